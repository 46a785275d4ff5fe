import { Field, InputType, Int, registerEnumType } from 'type-graphql'
import { SideEnum, RecordFilter } from '../agreements/index.js'
import { OrderDirection } from '../platform/graphql/contract.js'
import { ClauseNumberScalar } from '../platform/graphql/scalars.js'
import { AssessmentStateEnum, BreachStateEnum } from './breach-enums.js'

export enum BreachOrderField {
  OCCURRED_AT = 'OCCURRED_AT',
}
registerEnumType(BreachOrderField, {
  name: 'BreachOrderField',
  description: 'What breaches can be ordered by.',
  valuesConfig: { OCCURRED_AT: { description: 'When they happened.' } },
})

@InputType({ description: 'Order of a list of breaches.' })
export class BreachOrder {
  @Field(() => BreachOrderField, { description: 'By what.' })
  field!: BreachOrderField

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction!: OrderDirection
}

@InputType({
  description: 'Which breaches. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class BreachFilter extends RecordFilter {
  @Field(() => [BreachStateEnum], { nullable: true, description: 'In one of these states.' })
  state?: string[] | null

  @Field(() => [SideEnum], { nullable: true, description: 'Broken by one of these sides.' })
  owedBy?: string[] | null

  @Field(() => [ClauseNumberScalar], { nullable: true, description: 'Of one of these duties.' })
  dutyClause?: string[] | null

  @Field(() => Int, { nullable: true, description: 'With this number in its agreement.' })
  number?: number | null
}

@InputType({
  description: 'Which assessments. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class AssessmentFilter extends RecordFilter {
  @Field(() => [AssessmentStateEnum], { nullable: true, description: 'In one of these states.' })
  state?: string[] | null
}

export enum AssessmentOrderField {
  CREATED_AT = 'CREATED_AT',
  UPDATED_AT = 'UPDATED_AT',
}
registerEnumType(AssessmentOrderField, {
  name: 'AssessmentOrderField',
  description: 'What assessments can be ordered by.',
  valuesConfig: {
    CREATED_AT: { description: 'When they were entered.' },
    UPDATED_AT: { description: 'When they last changed.' },
  },
})

@InputType({ description: 'Order of a list of assessments.' })
export class AssessmentOrder {
  @Field(() => AssessmentOrderField, { description: 'By what.' })
  field!: AssessmentOrderField

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction!: OrderDirection
}
