import { Field, InputType, Int, ObjectType } from 'type-graphql'
import { SideEnum, RecordFilter } from '../agreements/index.js'
import { Discloses, Node, OrderDirection } from '../platform/graphql/contract.js'
import { connectionOf } from '../platform/graphql/pages.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { Redactable, registerNode, toNode } from '../tenancy/index.js'
import {
  TicketChannelEnum,
  TicketKindEnum,
  TicketOrderField,
  TicketPriorityEnum,
  TicketStateEnum,
} from './ticket-enums.js'
import { commentById, type CommentRow, ticketById, type TicketRow } from './ticket-loaders.js'
import { COMMENT_ID, TICKET_ID } from './ticket.js'

@ObjectType('Ticket', {
  implements: [Node, Redactable],
  description: 'What a customer asked for. Data category TICKET.',
  simpleResolvers: true,
})
@Discloses('TICKET')
export class TicketType extends Node {
  uuid!: string
  agreementId!: string
  customerId!: string
  reporterId!: string | null
  softwareId!: string | null

  @Field(() => Int, { description: 'Runs per agreement, from 1.' })
  number!: number

  @Field(() => TicketKindEnum, { description: 'What is asked for; it decides which clocks run.' })
  kind!: string

  @Field(() => TicketStateEnum, { description: 'Where it stands.' })
  state!: string

  @Field(() => TicketPriorityEnum, { description: 'In which order people look at it; it changes no clock.' })
  priority!: string

  @Field(() => TicketChannelEnum, { description: 'How it came in (clause 7.1.1).' })
  channel!: string

  @Field(() => String, { description: 'In one line.' })
  subject!: string

  @Field(() => String, { description: 'In full; may be empty.' })
  description!: string

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "What the reporter's clock said: evidence only.",
  })
  claimedAt!: Date | null

  @Field(() => DateTimeScalar, {
    description: 'When it was received: its clocks run from here (clause 2.3.1).',
  })
  receivedAt!: Date

  @Field(() => DateTimeScalar, { nullable: true, description: 'When a person first answered.' })
  respondedAt!: Date | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was solved.' })
  resolvedAt!: Date | null

  @Field(() => DateTimeScalar, { description: 'When it was entered.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change; `expectedRevision` takes it.' })
  revision!: number
}
export const toTicket = (row: TicketRow): TicketType => toNode(TICKET_ID, row)
export const TicketConnection = connectionOf(() => TicketType, 'Ticket', 'tickets')
registerNode(TICKET_ID, 'Ticket', 'ticket:read', ticketById, toTicket)

@ObjectType('TicketComment', {
  implements: Node,
  description: 'One message on a ticket. Data category TICKET.',
  simpleResolvers: true,
})
@Discloses('TICKET')
export class CommentType extends Node {
  uuid!: string

  @Field(() => SideEnum, { description: 'Which side wrote it.' })
  side!: string

  @Field(() => String, { description: 'Its words.' })
  text!: string

  @Field(() => DateTimeScalar, { description: 'When it was accepted.' })
  createdAt!: Date
}
export const toComment = (row: CommentRow): CommentType => toNode(COMMENT_ID, row)
export const CommentConnection = connectionOf(() => CommentType, 'TicketComment', 'messages on a ticket')
registerNode(COMMENT_ID, 'TicketComment', 'ticket:read', commentById, toComment)

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
}
