import { Field, ID, InputType, Int } from 'type-graphql'
import { RecordFilter } from '../agreements/index.js'
import { OrderDirection } from '../platform/graphql/contract.js'
import {
  SupportCategoryEnum,
  TicketChannelEnum,
  TicketKindEnum,
  TicketOrderField,
  TicketPriorityEnum,
  TicketStateEnum,
} from './ticket-enums.js'

@InputType({ description: 'Order of a list of tickets.' })
export class TicketOrder {
  @Field(() => TicketOrderField, { description: 'By what.' })
  field!: TicketOrderField

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction!: OrderDirection
}

@InputType({
  description: 'Which tickets. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class TicketFilter extends RecordFilter {
  @Field(() => [TicketStateEnum], { nullable: true, description: 'In one of these states.' })
  state?: string[] | null

  @Field(() => [TicketKindEnum], { nullable: true, description: 'Of one of these kinds.' })
  kind?: string[] | null

  @Field(() => Int, { nullable: true, description: 'With this number in its agreement.' })
  number?: number | null

  @Field(() => [SupportCategoryEnum], {
    nullable: true,
    description: 'Of one of these categories of support.',
  })
  category?: string[] | null

  @Field(() => [TicketPriorityEnum], { nullable: true, description: 'Of one of these priorities.' })
  priority?: string[] | null

  @Field(() => [TicketChannelEnum], { nullable: true, description: 'That came in by one of these.' })
  channel?: string[] | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'About covered software, or about any other (clause 1.2.1).',
  })
  covered?: boolean | null

  @Field(() => String, {
    nullable: true,
    description:
      'That say each of these words in the subject or the first 1,000 characters of the description, at most 300 characters; words are divided by spaces, and Chinese needs none. The case of Latin letters does not count.',
  })
  search?: string | null

  @Field(() => ID, { nullable: true, description: 'Duplicates of this ticket.' })
  duplicateOfId?: string | null
}
