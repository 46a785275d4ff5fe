import { Field, ID, InputType, Int } from 'type-graphql'
import { SideEnum } from '../agreements/index.js'
import type { Party } from '../obligations/index.js'
import { MutationInput } from '../platform/graphql/contract.js'
import { MoneyInput } from '../platform/graphql/money.js'
import { ClauseNumberScalar, DateTimeScalar } from '../platform/graphql/scalars.js'
import { DecisionBasisEnum } from './breach-enums.js'
import type { DecisionBasis } from './claim-act.js'

@InputType({ description: 'What was found.' })
export class FindingReportInput extends MutationInput {
  @Field(() => ID, { description: 'The agreement that was broken.' })
  agreementId!: string

  @Field(() => ClauseNumberScalar, {
    description: 'The duty that was broken, e.g. `4.2.1`: a clause of the version in force at `occurredAt`.',
  })
  dutyClause!: string

  @Field(() => SideEnum, {
    nullable: true,
    description:
      'Who broke it: the side that the clause binds, which may be omitted; of chapter 4, which binds both, the other side when omitted.',
  })
  owedBy?: Party | null

  @Field(() => DateTimeScalar, { description: 'When it happened.' })
  occurredAt!: Date

  @Field(() => String, { description: 'What happened, at most 2,000 characters.' })
  description!: string

  @Field(() => String, {
    description: 'What shows it, e.g. a document or its address, at most 2,000 characters.',
  })
  evidence!: string

  @Field(() => ID, {
    nullable: true,
    description:
      'A breach of the same side that it comes from the same root cause as; it then costs no more than the dearest.',
  })
  causeBreachId?: string | null
}

@InputType()
abstract class BreachTargetInput extends MutationInput {
  @Field(() => ID, { description: 'The breach.' })
  breachId!: string

  @Field(() => Int, {
    nullable: true,
    description: 'The revision you have read; another one is STALE_REVISION.',
  })
  expectedRevision?: number | null
}

@InputType()
abstract class BreachStepInput extends BreachTargetInput {
  @Field(() => String, { nullable: true, description: 'A remark, at most 2,000 characters.' })
  note?: string | null
}

@InputType({ description: 'A breach to take up.' })
export class BreachConfirmInput extends BreachStepInput {}

@InputType({ description: 'A breach to tell the other side of.' })
export class BreachNotifyInput extends BreachStepInput {}

@InputType({ description: 'A breach to own up to.' })
export class BreachAcceptInput extends BreachStepInput {}

@InputType({ description: 'A breach that is said to be none.' })
export class BreachDisputeInput extends BreachTargetInput {
  @Field(() => String, { description: 'Why, at most 2,000 characters.' })
  grounds!: string
}

@InputType({ description: 'A breach to let go.' })
export class BreachWaiveInput extends BreachTargetInput {
  @Field(() => String, { description: 'Why, at most 2,000 characters.' })
  reason!: string
}

@InputType()
abstract class BreachDecisionInput extends BreachTargetInput {
  @Field(() => DecisionBasisEnum, { description: 'What the decision is by.' })
  basis!: DecisionBasis

  @Field(() => String, {
    description: 'The document that holds it, e.g. its number and court, at most 2,000 characters.',
  })
  document!: string

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was decided; now when omitted.' })
  decidedAt?: Date | null
}

@InputType({ description: 'A decision that a breach is one.' })
export class BreachUpholdInput extends BreachDecisionInput {
  @Field(() => MoneyInput, {
    nullable: true,
    description: 'What it sets for the root cause; the price as computed stays when omitted.',
  })
  amount?: MoneyInput | null
}

@InputType({ description: 'A decision that a breach is none.' })
export class BreachRejectInput extends BreachDecisionInput {}

@InputType({ description: 'A breach that was made good.' })
export class BreachCureInput extends BreachTargetInput {
  @Field(() => DateTimeScalar, { nullable: true, description: 'When; now when omitted.' })
  curedAt?: Date | null

  @Field(() => String, { description: 'What shows it, at most 2,000 characters.' })
  evidence!: string
}

@InputType({ description: 'Two breaches that come from one root cause.' })
export class BreachLinkRootCauseInput extends BreachTargetInput {
  @Field(() => ID, { description: 'The breach under whose root cause it counts from now on.' })
  toBreachId!: string

  @Field(() => String, { description: 'Why they are one, at most 2,000 characters.' })
  reason!: string
}

@InputType()
abstract class AssessmentTargetInput extends MutationInput {
  @Field(() => ID, { description: 'The price.' })
  assessmentId!: string

  @Field(() => Int, {
    nullable: true,
    description: 'The revision you have read; another one is STALE_REVISION.',
  })
  expectedRevision?: number | null
}

@InputType({ description: 'What was lost.' })
export class LossClaimFileInput extends AssessmentTargetInput {
  @Field(() => MoneyInput, { description: 'The actual loss, in the currency of the price.' })
  loss!: MoneyInput

  @Field(() => String, { description: 'What proves it, at most 2,000 characters.' })
  evidence!: string
}

@InputType({ description: 'A claim of loss to take back.' })
export class LossClaimWithdrawInput extends AssessmentTargetInput {
  @Field(() => String, { nullable: true, description: 'Why, at most 2,000 characters.' })
  reason?: string | null
}

@InputType({ description: 'What a side agrees to.' })
export class AssessmentAgreeInput extends AssessmentTargetInput {
  @Field(() => MoneyInput, {
    nullable: true,
    description: 'The amount; the total as it is computed now when omitted. Required while there is none.',
  })
  amount?: MoneyInput | null

  @Field(() => String, { nullable: true, description: 'A remark, at most 2,000 characters.' })
  note?: string | null
}

@InputType({ description: 'What was paid.' })
export class AssessmentSettleInput extends AssessmentTargetInput {
  @Field(() => DateTimeScalar, { nullable: true, description: 'When; now when omitted.' })
  settledAt?: Date | null

  @Field(() => String, { description: 'What shows it, at most 2,000 characters.' })
  evidence!: string
}
