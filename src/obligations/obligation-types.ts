import { Field, InputType, Int, ObjectType } from 'type-graphql'
import { SideEnum, RecordFilter } from '../agreements/index.js'
import { Discloses, Node, OrderDirection } from '../platform/graphql/contract.js'
import { connectionOf, stateCountsOf } from '../platform/graphql/pages.js'
import { ClauseNumberScalar, DateTimeScalar } from '../platform/graphql/scalars.js'
import { Redactable, registerNode, toNode } from '../tenancy/index.js'
import {
  ObligationBasisEnum,
  ObligationNatureEnum,
  ObligationOrderField,
  ObligationStateEnum,
} from './obligation-enums.js'
import { obligationById, type ObligationRow } from './obligation-loaders.js'
import { OBLIGATION_ID } from './obligation.js'

@ObjectType('Obligation', {
  implements: [Node, Redactable],
  description: 'One duty on a clock, owed by one side of an agreement to the other. Data category BREACH.',
  simpleResolvers: true,
})
@Discloses('BREACH')
export class ObligationType extends Node {
  uuid!: string
  agreementId!: string
  subjectKind!: string
  subjectId!: string
  quantity!: string
  unit!: ObligationRow['unit']
  counting!: ObligationRow['counting']

  @Field(() => ClauseNumberScalar, {
    description: 'The clause it comes from, of the version in force when it started.',
  })
  clause!: string

  @Field(() => ObligationBasisEnum, { description: 'A clause, or a law.' })
  basis!: string

  @Field(() => ObligationNatureEnum, { description: 'What reaching the end means.' })
  nature!: ObligationRow['nature']

  @Field(() => SideEnum, { description: 'Who owes it.' })
  owedBy!: string

  @Field(() => SideEnum, { description: 'To whom.' })
  owedTo!: string

  @Field(() => String, {
    description: 'What is owed, e.g. `FAULT_RESPONSE` or `FAULT_FIX`; new kinds may be added.',
  })
  kind!: string

  @Field(() => ObligationStateEnum, { description: 'Where it stands.' })
  state!: string

  @Field(() => DateTimeScalar, { description: 'When its clock started.' })
  startedAt!: Date

  @Field(() => DateTimeScalar, {
    description:
      'When it falls due: an act at this very millisecond is in time. Of a duty counted in days it is the midnight that ends the last one, and an act must come before it.',
  })
  dueAt!: Date

  @Field(() => Boolean, {
    description:
      'True while the due instant is an estimate: it needs a day that nobody has published. No miss is found by an estimate; when the days are published it is counted anew.',
  })
  provisional!: boolean

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When it was done or cancelled; null while it runs, and after a miss that was never made good.',
  })
  stoppedAt!: Date | null

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'Since when its clock stands still; null unless it is PAUSED. It then falls due later by as long as it stood.',
  })
  pausedSince!: Date | null

  @Field(() => DateTimeScalar, { description: 'When it was entered.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change.' })
  revision!: number
}
export const toObligation = (row: ObligationRow): ObligationType => toNode(OBLIGATION_ID, row)
export const ObligationConnection = connectionOf(
  () => ObligationType,
  'Obligation',
  'obligations',
  stateCountsOf('Obligation', ObligationStateEnum),
)
registerNode(OBLIGATION_ID, 'Obligation', 'obligation:read', obligationById, toObligation)

@InputType({ description: 'Order of a list of obligations.' })
export class ObligationOrder {
  @Field(() => ObligationOrderField, { description: 'By what.' })
  field!: ObligationOrderField

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction!: OrderDirection
}

@InputType({
  description: 'Which obligations. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class ObligationFilter extends RecordFilter {
  @Field(() => [ObligationStateEnum], { nullable: true, description: 'In one of these states.' })
  state?: string[] | null

  @Field(() => [SideEnum], { nullable: true, description: 'Owed by one of these sides.' })
  owedBy?: string[] | null

  @Field(() => [ClauseNumberScalar], { nullable: true, description: 'Of one of these clauses.' })
  clause?: string[] | null
}
