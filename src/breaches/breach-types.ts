import { Field, Int, ObjectType } from 'type-graphql'
import { SideEnum } from '../agreements/index.js'
import { Discloses, Node } from '../platform/graphql/contract.js'
import { MoneyType, toMoney } from '../platform/graphql/money.js'
import { connectionOf, stateCountsOf } from '../platform/graphql/pages.js'
import { ClauseNumberScalar, DateTimeScalar } from '../platform/graphql/scalars.js'
import { Redactable, registerNode, toNode } from '../tenancy/index.js'
import { BREACH_ID } from './breach.js'
import { BreachKindEnum, BreachStateEnum, ClaimActKindEnum, DecisionBasisEnum } from './breach-enums.js'
import { actById, type ActRow, breachById, type BreachRow } from './breach-loaders.js'

@ObjectType('Breach', {
  implements: [Node, Redactable],
  description:
    'One finding (违约): a duty that was broken. It cites its duty clause, its liability clause and the version.',
  simpleResolvers: true,
})
@Discloses('BREACH')
export class BreachType extends Node {
  uuid!: string
  agreementId!: string
  versionId!: string
  obligationId!: string | null
  ownCuredAt!: Date | null
  assessmentId!: string

  @Field(() => Int, { description: 'Runs per agreement, from 1.' })
  number!: number

  @Field(() => SideEnum, { description: 'Who broke it.' })
  owedBy!: string

  @Field(() => ClauseNumberScalar, { description: 'The duty that was broken, e.g. `2.3.1`.' })
  dutyClause!: string

  @Field(() => ClauseNumberScalar, {
    nullable: true,
    description: 'What makes it cost, e.g. `5.1.1`; null for clause 6.4.1, which names none.',
  })
  liabilityClause!: string | null

  @Field(() => BreachKindEnum, { description: 'How it came to light.' })
  kind!: string

  @Field(() => DateTimeScalar, {
    description: 'The due instant that passed, or when it happened, as whoever reported it says.',
  })
  occurredAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it was found.' })
  detectedAt!: Date

  @Field(() => BreachStateEnum, { description: 'Where it stands.' })
  state!: string

  @Field(() => String, { nullable: true, description: 'What was found; null where a clock says it.' })
  description!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'What shows it; null where that is the derivation of its obligation.',
  })
  evidence!: string | null

  @Field(() => DateTimeScalar, { description: 'When it was entered.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change; give it back as `expectedRevision`.' })
  revision!: number
}
export const toBreach = ({ curedAt, ...row }: BreachRow): BreachType => ({
  ...toNode(BREACH_ID, row),
  ownCuredAt: curedAt,
})
export const BreachConnection = connectionOf(
  () => BreachType,
  'Breach',
  'breaches',
  stateCountsOf('Breach', BreachStateEnum),
)
registerNode(BREACH_ID, 'Breach', 'breach:read', breachById, toBreach)

@ObjectType('ClaimAct', {
  implements: Node,
  description: 'What one side did about a breach or its price; never changed.',
  simpleResolvers: true,
})
@Discloses('BREACH')
export class ClaimActType extends Node {
  @Field(() => ClaimActKindEnum, { description: 'What it did.' })
  kind!: string

  @Field(() => SideEnum, { description: 'For which side it was done.' })
  side!: string

  @Field(() => DecisionBasisEnum, { nullable: true, description: 'What a decision is by; else null.' })
  basis!: string | null

  @Field(() => String, { nullable: true, description: 'Its grounds, or the document that shows it.' })
  text!: string | null

  @Field(() => MoneyType, { nullable: true, description: 'The amount it names.' })
  amount!: MoneyType | null

  @Field(() => DateTimeScalar, { description: 'When it was so, as stated.' })
  occurredAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it was entered.' })
  acceptedAt!: Date
}
export const toAct = ({ amount, currency, ...row }: ActRow): ClaimActType => ({
  ...toNode('act', row),
  amount: amount === null || currency === null ? null : toMoney({ minor: BigInt(amount), currency }),
})
registerNode('act', 'ClaimAct', 'breach:read', actById, toAct)
