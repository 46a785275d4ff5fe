import { Field, Int, ObjectType } from 'type-graphql'
import { SideEnum } from '../agreements/index.js'
import { Discloses, Node } from '../platform/graphql/contract.js'
import { connectionOf, stateCountsOf } from '../platform/graphql/pages.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { Redactable, registerNode, toNode } from '../tenancy/index.js'
import { ACT_ID } from './ticket-act.js'
import { COMMENT_ID } from './ticket-comment.js'
import {
  QuestionStateEnum,
  SupportCategoryEnum,
  TicketActEnum,
  TicketChannelEnum,
  TicketKindEnum,
  TicketPriorityEnum,
  TicketStateEnum,
} from './ticket-enums.js'
import {
  actById,
  type ActRow,
  commentById,
  type CommentRow,
  questionById,
  type QuestionRow,
  ticketById,
  type TicketRow,
} from './ticket-loaders.js'
import { QUESTION_ID } from './ticket-question.js'
import { TICKET_ID, type TicketState } from './ticket.js'

@ObjectType('StatedSoftware', {
  description: 'Software in the words of whoever named it.',
  simpleResolvers: true,
})
export class StatedSoftwareType {
  @Field(() => String, { description: 'Product.' })
  product!: string

  @Field(() => String, { nullable: true, description: 'Version; null when not said.' })
  version!: string | null

  @Field(() => String, { nullable: true, description: 'Where it runs; null when not said.' })
  environment!: string | null
}

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
  softwareProduct!: string | null
  softwareVersion!: string | null
  softwareEnvironment!: string | null
  duplicateOfId!: string | null

  @Field(() => Int, { description: 'Runs per agreement, from 1.' })
  number!: number

  @Field(() => TicketKindEnum, { description: 'What is asked for; it decides which clocks run.' })
  kind!: string

  @Field(() => SupportCategoryEnum, {
    nullable: true,
    description: 'What support is asked for (clause 7.3.1); null when not said, and for every other kind.',
  })
  category!: string | null

  @Field(() => TicketStateEnum, { description: 'Where it stands.' })
  state!: TicketState

  @Field(() => TicketPriorityEnum, { description: 'In which order people look at it; it changes no clock.' })
  priority!: string

  @Field(() => TicketChannelEnum, { description: 'How it came in (clause 7.1.1).' })
  channel!: string

  @Field(() => String, { description: 'In one line.' })
  subject!: string

  @Field(() => String, { description: 'In full; may be empty.' })
  description!: string

  @Field(() => Boolean, {
    description:
      'Whether it is about software that the agreement covers: on any other no clock runs (clause 1.2.1). What names no software counts as covered.',
  })
  covered!: boolean

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

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was solved; null again once it is reopened.',
  })
  resolvedAt!: Date | null

  @Field(() => DateTimeScalar, { description: 'When it was entered.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change; `expectedRevision` takes it.' })
  revision!: number
}
export const toTicket = (row: TicketRow): TicketType => toNode(TICKET_ID, row)
export const TicketConnection = connectionOf(
  () => TicketType,
  'Ticket',
  'tickets',
  stateCountsOf('Ticket', TicketStateEnum),
)
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

@ObjectType('TicketQuestion', {
  implements: Node,
  description:
    'Something specific that the customer was asked. While it is open the fix clock stands still. Data category TICKET.',
  simpleResolvers: true,
})
@Discloses('TICKET')
export class QuestionType extends Node {
  uuid!: string

  @Field(() => QuestionStateEnum, { description: 'Where it stands.' })
  state!: string

  @Field(() => String, { description: 'What was asked.' })
  text!: string

  @Field(() => String, { nullable: true, description: 'What was answered; null unless it is ANSWERED.' })
  answer!: string | null

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was answered or withdrawn; null while it is open.',
  })
  endedAt!: Date | null

  @Field(() => DateTimeScalar, { description: 'When it was asked.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change.' })
  revision!: number
}
export const toQuestion = (row: QuestionRow): QuestionType => toNode(QUESTION_ID, row)
export const QuestionConnection = connectionOf(
  () => QuestionType,
  'TicketQuestion',
  'questions to the customer',
)
registerNode(QUESTION_ID, 'TicketQuestion', 'ticket:read', questionById, toQuestion)

@ObjectType('TicketAct', {
  implements: Node,
  description: "One step in a ticket's life. It never changes. Data category TICKET.",
  simpleResolvers: true,
})
@Discloses('TICKET')
export class ActType extends Node {
  uuid!: string
  actorKind!: string
  actorId!: string

  @Field(() => TicketActEnum, { description: 'What happened.' })
  type!: string

  @Field(() => TicketStateEnum, { description: 'Where the ticket stood after it.' })
  state!: string

  @Field(() => TicketKindEnum, { description: 'What the ticket was taken for after it.' })
  kind!: string

  @Field(() => Boolean, { description: 'Whether its software counted as covered after it (clause 1.2.1).' })
  covered!: boolean

  @Field(() => DateTimeScalar, { description: 'When it was accepted: this is what counts.' })
  at!: Date

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "What the clock of whoever did it said: evidence only; null when it wasn't stated.",
  })
  claimedAt!: Date | null
}
export const toAct = (row: ActRow): ActType => toNode(ACT_ID, row)
export const ActConnection = connectionOf(() => ActType, 'TicketAct', "steps in a ticket's life")
registerNode(ACT_ID, 'TicketAct', 'ticket:read', actById, toAct)
