import { Field, Int, ObjectType } from 'type-graphql'
import { DamagesModeEnum, SideEnum } from '../agreements/index.js'
import { Discloses, Node } from '../platform/graphql/contract.js'
import { MoneyType, toMoney } from '../platform/graphql/money.js'
import { connectionOf } from '../platform/graphql/pages.js'
import { DateScalar, DateTimeScalar, DecimalScalar } from '../platform/graphql/scalars.js'
import { Redactable, registerNode, toNode } from '../tenancy/index.js'
import { AssessmentStateEnum } from './breach-enums.js'
import { assessmentById, type AssessmentRow, revisionById, type RevisionRow } from './breach-loaders.js'
import { formulaOf } from './formula.js'
import { ceilingOf, isOverCeiling } from './loss.js'
import { ASSESSMENT_ID } from './pricing.js'

@ObjectType('Assessment', {
  implements: [Node, Redactable],
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
  row!: AssessmentRow

  @Field(() => SideEnum, { description: 'Who owes it.' })
  owedBy!: string

  @Field(() => AssessmentStateEnum, { description: 'Where it stands.' })
  state!: string

  @Field(() => DecimalScalar, { nullable: true, description: 'Percent that was applied (clause 5.3.1).' })
  rate!: string | null

  @Field(() => DamagesModeEnum, {
    nullable: true,
    description: 'Once, or for every day or hour that it was late (clause 5.3.1).',
  })
  mode!: string | null

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'How often the percent is owed: days or hours that began after the due instant, as of `asOf`; 1 for once. Of what is overdue: the days on which something was.',
  })
  units!: string | null

  @Field(() => MoneyType, {
    nullable: true,
    description: 'What it is a percent of; of late payment what was overdue on the first day.',
  })
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
    description: 'Rate by basis by units, rounded half up to the minor unit, before the cap.',
  })
  amount!: MoneyType | null

  @Field(() => MoneyType, {
    nullable: true,
    description: 'The actual loss that is claimed; null when none is (clause 5.3.2).',
  })
  lossClaimed!: MoneyType | null

  @Field(() => MoneyType, {
    nullable: true,
    description:
      'What of the loss the damages do not cover: the total is the higher of the two (clause 5.3.2).',
  })
  topUp!: MoneyType | null

  @Field(() => Boolean, {
    description:
      'The damages are over 130 % of the loss that is claimed: a court may reduce them (Civil Code, art. 585). A flag for counsel; nothing is reduced by itself.',
  })
  reductionRisk!: boolean

  @Field(() => MoneyType, {
    nullable: true,
    description:
      '130 % of the loss that is claimed: what a court may reduce the damages to. Null when none is claimed.',
  })
  indicativeCeiling!: MoneyType | null

  @Field(() => String, {
    nullable: true,
    description: 'How the total came about, as arithmetic; null while it needs a legal decision.',
  })
  formula!: string | null

  @Field(() => MoneyType, {
    nullable: true,
    description: 'What is owed; null only while it needs a legal decision.',
  })
  total!: MoneyType | null

  @Field(() => MoneyType, { nullable: true, description: 'Difference to the total of the revision before.' })
  change!: MoneyType | null

  @Field(() => MoneyType, {
    nullable: true,
    description:
      'What this revision adds to the books: book it once per (id, revision). Zero before it is agreed, the total when it first is, the difference afterwards.',
  })
  bookable!: MoneyType | null

  @Field(() => MoneyType, {
    nullable: true,
    description:
      'What the provider has agreed to, while the customer has not agreed to the same; and once both have.',
  })
  providerAgreed!: MoneyType | null

  @Field(() => MoneyType, {
    nullable: true,
    description:
      'What the customer has agreed to, while the provider has not agreed to the same; and once both have.',
  })
  customerAgreed!: MoneyType | null

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
  const { currency } = row
  const money = (minor: string | null): MoneyType | null =>
    minor === null || currency === null ? null : toMoney({ minor: BigInt(minor), currency })
  const loss = row.lossClaimed === null ? null : BigInt(row.lossClaimed)
  const damages = BigInt(row.total ?? 0) - BigInt(row.topUp ?? 0)
  return {
    ...toNode(ASSESSMENT_ID, row),
    row,
    rate: row.ratePercent,
    basisAmount: money(row.basisAmount),
    cap: money(row.cap),
    capRemaining: money(row.capRemaining),
    amount: money(row.amount),
    lossClaimed: money(row.lossClaimed),
    topUp: money(row.topUp),
    reductionRisk: loss !== null && isOverCeiling(damages, loss),
    indicativeCeiling: loss === null ? null : money(ceilingOf(loss).toString()),
    formula: formulaOf(row),
    total: money(row.total),
    change: money(row.change),
    bookable: money(row.bookable),
    providerAgreed: money(row.providerAgreed),
    customerAgreed: money(row.customerAgreed),
  }
}
export const AssessmentConnection = connectionOf(() => AssessmentType, 'Assessment', 'assessments')
registerNode(ASSESSMENT_ID, 'Assessment', 'breach:read', assessmentById, toAssessment)

@ObjectType('AssessmentAccrual', {
  description: 'What a price has come to at an instant, nothing of which was written yet.',
  simpleResolvers: true,
})
export class AccrualType {
  @Field(() => DateTimeScalar, { description: 'The instant.' })
  asOf!: Date

  @Field(() => DecimalScalar, { description: 'Days or hours that had begun by then.' })
  units!: string

  @Field(() => MoneyType, { description: 'Rate by basis by units, before the cap.' })
  amount!: MoneyType

  @Field(() => MoneyType, {
    description:
      'What would be owed: within what was left of the cap at the last revision, or the loss where that is higher.',
  })
  total!: MoneyType
}

@ObjectType('AssessmentRevision', {
  implements: Node,
  description:
    'A price as one revision left it; never changed. The changes of all revisions come to the total.',
  simpleResolvers: true,
})
@Discloses('BREACH')
export class RevisionType extends Node {
  @Field(() => Int, { description: 'The `revision` of the assessment.' })
  number!: number

  @Field(() => AssessmentStateEnum, { description: 'Where it stood.' })
  state!: string

  @Field(() => MoneyType, { nullable: true, description: 'Before the cap.' })
  amount!: MoneyType | null

  @Field(() => MoneyType, { nullable: true, description: 'Of the loss (clause 5.3.2).' })
  topUp!: MoneyType | null

  @Field(() => MoneyType, { nullable: true, description: 'What was owed.' })
  total!: MoneyType | null

  @Field(() => MoneyType, { nullable: true, description: 'Difference to the total of the revision before.' })
  change!: MoneyType | null

  @Field(() => MoneyType, { nullable: true, description: 'What it added to the books.' })
  bookable!: MoneyType | null

  @Field(() => DateTimeScalar, { description: 'The instant it was computed for.' })
  asOf!: Date
}
export function toRevision(row: RevisionRow): RevisionType {
  const { currency } = row
  const money = (minor: string | null): MoneyType | null =>
    minor === null || currency === null ? null : toMoney({ minor: BigInt(minor), currency })
  return {
    ...toNode('asr', row),
    amount: money(row.amount),
    topUp: money(row.topUp),
    total: money(row.total),
    change: money(row.change),
    bookable: money(row.bookable),
  }
}
registerNode('asr', 'AssessmentRevision', 'breach:read', revisionById, toRevision)
