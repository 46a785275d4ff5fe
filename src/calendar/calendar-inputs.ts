import { Field, InputType, Int, registerEnumType } from 'type-graphql'
import { MutationInput, OrderDirection } from '../platform/graphql/contract.js'
import { DateScalar, DateTimeScalar, JurisdictionScalar } from '../platform/graphql/scalars.js'

@InputType({
  description: 'Which calendar versions. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class CalendarVersionFilter {
  @Field(() => [JurisdictionScalar], { nullable: true, description: 'Of these jurisdictions.' })
  jurisdiction?: string[] | null

  @Field(() => Int, { nullable: true, description: 'With exactly this number.' })
  number?: number | null

  @Field(() => DateScalar, { nullable: true, description: 'That know this day.' })
  knows?: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Published here after this instant.' })
  createdAfter?: Date | null
}

export enum CalendarVersionOrderField {
  CREATED_AT = 'CREATED_AT',
}
registerEnumType(CalendarVersionOrderField, {
  name: 'CalendarVersionOrderField',
  description: 'What calendar versions can be ordered by.',
  valuesConfig: { CREATED_AT: { description: 'When they were published here.' } },
})

@InputType({ description: 'Order of a list of calendar versions.' })
export class CalendarVersionOrder {
  @Field(() => CalendarVersionOrderField, { description: 'By what.' })
  field!: CalendarVersionOrderField

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction!: OrderDirection
}

@InputType({ description: 'Days of a jurisdiction to publish.' })
export class CalendarPublishInput extends MutationInput {
  @Field(() => JurisdictionScalar, { description: 'Whose days they are.' })
  jurisdiction!: string

  @Field(() => String, { description: 'The notice that says so; at most 500 characters.' })
  source!: string

  @Field(() => DateScalar, { description: 'First day that is published.' })
  publishedFrom!: string

  @Field(() => DateScalar, {
    description: 'Last day that is published; at most three years (1,098 days) in all.',
  })
  publishedThrough!: string

  @Field(() => [Int], {
    nullable: true,
    description:
      'Days of the week that are rest days, 1 (Monday) to 7 (Sunday); Saturday and Sunday when omitted.',
  })
  weekend?: number[] | null

  @Field(() => [DateScalar], {
    description: 'Statutory rest days between the two; those of a weekend may be left out.',
  })
  restDays!: string[]

  @Field(() => [DateScalar], {
    nullable: true,
    description: 'Days of a weekend that are worked (调休); none when omitted.',
  })
  workDays?: string[] | null
}
