import type { GraphQLResolveInfo } from 'graphql'
import {
  Arg,
  type ClassType,
  Ctx,
  Field,
  ID,
  Info,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Resolver,
} from 'type-graphql'
import type { Operation } from '../persistence/index.js'
import { Allow, MutationInput, UserError, payloadOf } from '../platform/graphql/contract.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { callerId, Request } from '../tenancy/index.js'
import { CommentType, TicketType, toComment, toTicket } from './ticket-types.js'
import { TicketChannelEnum, TicketKindEnum, TicketPriorityEnum } from './ticket-enums.js'
import { commentById, ticketById } from './ticket-loaders.js'
import type { TicketChannel, TicketKind, TicketPriority } from './ticket.js'
import {
  closeTicket,
  commentOnTicket,
  reportTicket,
  resolveTicket,
  respondToTicket,
  startTicket,
} from './tickets.js'

@InputType({ description: 'What is asked for.' })
class TicketReportInput extends MutationInput {
  @Field(() => ID, { description: 'The agreement to serve it under; it must be in force.' })
  agreementId!: string

  @Field(() => TicketKindEnum, { description: 'It decides which clocks run.' })
  kind!: TicketKind

  @Field(() => String, { description: 'In one line, at most 300 characters.' })
  subject!: string

  @Field(() => String, { nullable: true, description: 'In full, at most 20,000 characters.' })
  description?: string | null

  @Field(() => TicketPriorityEnum, { nullable: true, description: 'Default NORMAL. It changes no clock.' })
  priority?: TicketPriority | null

  @Field(() => TicketChannelEnum, {
    nullable: true,
    description: 'How it came in (clause 7.1.1). Default PORTAL.',
  })
  channel?: TicketChannel | null

  @Field(() => ID, { nullable: true, description: 'The covered software it is about (clause 1.2.1).' })
  softwareId?: string | null

  @Field(() => ID, { nullable: true, description: "Who reports it: one of the customer's persons." })
  reporterId?: string | null

  @Field(() => String, {
    nullable: true,
    description:
      'A UUID of your own, made offline; unique per caller. `client:<uuid>` then stands for its id.',
  })
  clientId?: string | null

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'What your clock says: evidence only, the clocks run from receipt.',
  })
  claimedAt?: Date | null
}

@InputType()
abstract class TicketChangeInput extends MutationInput {
  @Field(() => ID, { description: 'The ticket, or `client:<uuid>` of one that you reported.' })
  ticketId!: string

  @Field(() => Int, {
    nullable: true,
    description: 'The revision you have read; another one is STALE_REVISION.',
  })
  expectedRevision?: number | null
}

@InputType({ description: 'The first answer by a person.' })
class TicketRespondInput extends TicketChangeInput {
  @Field(() => String, { description: 'What is answered, at most 20,000 characters.' })
  text!: string
}

@InputType({ description: 'A ticket to work on.' })
class TicketStartInput extends TicketChangeInput {}

@InputType({ description: 'A ticket that is solved.' })
class TicketResolveInput extends TicketChangeInput {
  @Field(() => String, { nullable: true, description: 'How, at most 20,000 characters.' })
  text?: string | null
}

@InputType({ description: 'A ticket to be done with.' })
class TicketCloseInput extends TicketChangeInput {}

@InputType({ description: 'A message.' })
class TicketCommentInput extends TicketChangeInput {
  @Field(() => String, { description: 'At most 20,000 characters.' })
  text!: string

  @Field(() => String, {
    nullable: true,
    description: 'A UUID of your own, made offline; unique per caller.',
  })
  clientId?: string | null
}

interface TicketPayload {
  ticket: () => Promise<TicketType | null> | null
  userErrors: UserError[]
}

const payload = (mutation: string): ClassType<TicketPayload> =>
  payloadOf<TicketPayload>(mutation, {
    ticket: { type: () => TicketType, description: 'The ticket as it is now; null when nothing happened.' },
  })

const ReportPayload = payload('ticketReport')
const RespondPayload = payload('ticketRespond')
const StartPayload = payload('ticketStart')
const ResolvePayload = payload('ticketResolve')
const ClosePayload = payload('ticketClose')

@ObjectType({ description: 'What `ticketComment` did.', simpleResolvers: true })
class TicketCommentPayload {
  @Field(() => CommentType, { nullable: true, description: 'The message; null when nothing happened.' })
  comment!: unknown

  @Field(() => TicketType, {
    nullable: true,
    description: 'The ticket as it is now; null when nothing happened.',
  })
  ticket!: unknown

  @Field(() => [UserError], { description: 'Why not; empty on success.' })
  userErrors!: UserError[]
}

@Resolver()
export class TicketMutations {
  @Allow('ticket:report')
  @Mutation(() => ReportPayload, {
    nullable: true,
    description:
      'Reports a ticket. Its clocks run from the instant it is accepted, by the version in force then (clauses 2.3.1, 6.4.2, 7.2.1). Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, TAKEN, TOO_LONG.',
  })
  ticketReport(
    @Arg('input', () => TicketReportInput, { description: 'What is asked for.' }) input: TicketReportInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TicketPayload> {
    return change(request, info, input, operation =>
      reportTicket(operation, input, callerId(request.caller), request.actor),
    )
  }

  @Allow('ticket:handle')
  @Mutation(() => RespondPayload, {
    nullable: true,
    description:
      'The first answer by a person: stops the response clock at the instant it is accepted (clauses 2.3.1, 6.4.2, 7.2.1). Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  ticketRespond(
    @Arg('input', () => TicketRespondInput, { description: 'The answer.' }) input: TicketRespondInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TicketPayload> {
    return change(request, info, input, operation =>
      respondToTicket(operation, input, callerId(request.caller), request.actor),
    )
  }

  @Allow('ticket:handle')
  @Mutation(() => StartPayload, {
    nullable: true,
    description:
      'Work begins; no clock cares. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  ticketStart(
    @Arg('input', () => TicketStartInput, { description: 'The ticket.' }) input: TicketStartInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TicketPayload> {
    return change(request, info, input, operation => startTicket(operation, input, callerId(request.caller)))
  }

  @Allow('ticket:handle')
  @Mutation(() => ResolvePayload, {
    nullable: true,
    description:
      'Solved: stops the fix clock at the instant it is accepted, and the response clock of a ticket that nobody answered (clause 2.3.1). Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  ticketResolve(
    @Arg('input', () => TicketResolveInput, { description: 'The ticket, and how it was solved.' })
    input: TicketResolveInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TicketPayload> {
    return change(request, info, input, operation =>
      resolveTicket(operation, input, callerId(request.caller), request.actor),
    )
  }

  @Allow('ticket:close')
  @Mutation(() => ClosePayload, {
    nullable: true,
    description: 'Done with. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  ticketClose(
    @Arg('input', () => TicketCloseInput, { description: 'The ticket.' }) input: TicketCloseInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TicketPayload> {
    return change(request, info, input, operation =>
      closeTicket(operation, input, callerId(request.caller), request.actor),
    )
  }

  @Allow('ticket:comment')
  @Mutation(() => TicketCommentPayload, {
    nullable: true,
    description:
      'A message from either side. It stops no clock: an answer that does is `ticketRespond`. Codes: BLANK, INVALID, NOT_FOUND, STALE_REVISION, TAKEN, TOO_LONG.',
  })
  async ticketComment(
    @Arg('input', () => TicketCommentInput, { description: 'The message.' }) input: TicketCommentInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TicketCommentPayload> {
    const side =
      request.caller.kind === 'customer' || request.caller.customerId !== null ? 'CUSTOMER' : 'PROVIDER'
    const { ids, userErrors } = await request.change(info, input, async operation => {
      const comment = await commentOnTicket(operation, input, side, callerId(request.caller), request.actor)
      return { commentId: comment.id, ticketId: comment.ticketId }
    })
    return {
      comment: () => ids && request.load(commentById, ids.commentId).then(row => row && toComment(row)),
      ticket: () => ids && request.load(ticketById, ids.ticketId).then(row => row && toTicket(row)),
      userErrors,
    }
  }
}

async function change(
  request: Request,
  info: GraphQLResolveInfo,
  input: { idempotencyKey: string },
  work: (operation: Operation) => Promise<{ id: string }>,
): Promise<TicketPayload> {
  const { ids, userErrors } = await request.change(info, input, async operation => ({
    ticketId: (await work(operation)).id,
  }))
  return {
    ticket: () => ids && request.load(ticketById, ids.ticketId).then(row => row && toTicket(row)),
    userErrors,
  }
}
