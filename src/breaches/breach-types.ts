import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { SideEnum } from '../agreements/index.js'
import { Discloses, Node } from '../platform/graphql/contract.js'
import { MoneyType, toMoney } from '../platform/graphql/money.js'
import { connectionOf } from '../platform/graphql/pages.js'
import { ClauseNumberScalar, DateScalar, DateTimeScalar, DecimalScalar } from '../platform/graphql/scalars.js'
import { Redactable, registerNode, toNode } from '../tenancy/index.js'
import { ASSESSMENT_ID, BREACH_ID } from './breaches.js'
import { assessmentById, type AssessmentRow, breachById, type BreachRow } from './breach-loaders.js'

export enum BreachStateEnum {
  DETECTED = 'DETECTED',
}
registerEnumType(BreachStateEnum, {
  name: 'BreachState',
  description: 'Where a breach stands. More states come as disputes do.',
  valuesConfig: { DETECTED: { description: 'Found; nobody has answered it yet.' } },
})

export enum AssessmentStateEnum {
  NEEDS_LEGAL_DECISION = 'NEEDS_LEGAL_DECISION',
  INDICATIVE = 'INDICATIVE',
}
registerEnumType(AssessmentStateEnum, {
  name: 'AssessmentState',
  description: 'Where a price stands. More states come as agreement and settlement do.',
  valuesConfig: {
    NEEDS_LEGAL_DECISION: {
      description:
        'Never a number: no confirmed rule, nothing signed that it is a percent of, a cap taken in another currency, or a rule per day or hour, whose accrual is not computed yet.',
    },
    INDICATIVE: { description: 'Computed by the rule both sides signed; not agreed yet.' },
  },
})

@ObjectType('Breach', {
  implements: [Node, Redactable],
  description:
    'One finding (违约): an obligation missed. It cites its duty clause, its liability clause and the version.',
  simpleResolvers: true,
})
@Discloses('BREACH')
export class BreachType extends Node {
  uuid!: string
  agreementId!: string
  versionId!: string
  obligationId!: string
  assessmentId!: string

  @Field(() => Int, { description: 'Runs per agreement, from 1.' })
  number!: number

  @Field(() => SideEnum, { description: 'Who broke it.' })
  owedBy!: string

  @Field(() => ClauseNumberScalar, { description: 'The duty that was missed, e.g. `2.3.1`.' })
  dutyClause!: string

  @Field(() => ClauseNumberScalar, {
    nullable: true,
    description: 'What makes it cost, e.g. `5.1.1`; null for clause 6.4.1, which names none.',
  })
  liabilityClause!: string | null

  @Field(() => DateTimeScalar, { description: 'The due instant that passed.' })
  occurredAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it was found.' })
  detectedAt!: Date

  @Field(() => BreachStateEnum, { description: 'Where it stands.' })
  state!: string

  @Field(() => DateTimeScalar, { description: 'When it was entered.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change.' })
  revision!: number
}
export const toBreach = (row: BreachRow): BreachType => toNode(BREACH_ID, row)
export const BreachConnection = connectionOf(() => BreachType, 'Breach', 'breaches')
registerNode(BREACH_ID, 'Breach', 'breach:read', breachById, toBreach)

@ObjectType('Assessment', {
  implements: Node,
  description:
    'The price of one root cause (clause 5.3.1), shared by all its breaches: the highest counts once.',
  simpleResolvers: true,
})
@Discloses('BREACH')
export class AssessmentType extends Node {
  uuid!: string
  agreementId!: string
  rootCauseKind!: string
  rootCauseId!: string
  ruleId!: string | null

  @Field(() => SideEnum, { description: 'Who owes it.' })
  owedBy!: string

  @Field(() => AssessmentStateEnum, { description: 'Where it stands.' })
  state!: string

  @Field(() => DecimalScalar, { nullable: true, description: 'Percent that was applied (clause 5.3.1).' })
  rate!: string | null

  @Field(() => MoneyType, { nullable: true, description: 'What it is a percent of.' })
  basisAmount!: MoneyType | null

  @Field(() => MoneyType, {
    nullable: true,
    description: 'Cap of the agreement year; null when the rule has none.',
  })
  cap!: MoneyType | null

  @Field(() => MoneyType, {
    nullable: true,
    description: 'What was left of the cap when it was priced; never below zero.',
  })
  capRemaining!: MoneyType | null

  @Field(() => MoneyType, {
    nullable: true,
    description: 'Rate by basis, rounded half up to the minor unit, before the cap.',
  })
  amount!: MoneyType | null

  @Field(() => MoneyType, {
    nullable: true,
    description: 'What is owed; null only while it needs a legal decision.',
  })
  total!: MoneyType | null

  @Field(() => MoneyType, { nullable: true, description: 'Difference to the total of the revision before.' })
  change!: MoneyType | null

  @Field(() => DateScalar, { description: 'First day of the agreement year whose cap it takes from.' })
  yearStartsOn!: string

  @Field(() => DateTimeScalar, { description: 'The instant it was computed for.' })
  asOf!: Date

  @Field(() => DateTimeScalar, { description: 'When it was first made.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change: act once per (id, revision).' })
  revision!: number
}

export function toAssessment(row: AssessmentRow): AssessmentType {
  const money = (minor: string | null): MoneyType | null =>
    minor === null || row.currency === null ? null : toMoney({ minor: BigInt(minor), currency: row.currency })
  return {
    ...toNode(ASSESSMENT_ID, row),
    rate: row.ratePercent,
    basisAmount: money(row.basisAmount),
    cap: money(row.cap),
    capRemaining: money(row.capRemaining),
    amount: money(row.amount),
    total: money(row.total),
    change: money(row.change),
  }
}
export const AssessmentConnection = connectionOf(() => AssessmentType, 'Assessment', 'assessments')
registerNode(ASSESSMENT_ID, 'Assessment', 'breach:read', assessmentById, toAssessment)
