import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql'
import { Allow, payloadOf } from '../platform/graphql/contract.js'
import { callerId, Request } from '../tenancy/index.js'
import { commentOnTicket } from './ticket-commenting.js'
import {
  TicketCloseInput,
  TicketCommentInput,
  TicketReportInput,
  TicketResolveInput,
  TicketRespondInput,
  TicketStartInput,
} from './ticket-inputs.js'
import { commentById } from './ticket-loaders.js'
import { change, payload, sideOf, TICKET_FIELD, ticketOf, type TicketPayload } from './ticket-payloads.js'
import { CommentType, toComment } from './ticket-types.js'
import { closeTicket, reportTicket, resolveTicket, respondToTicket, startTicket } from './tickets.js'

const ReportPayload = payload('ticketReport')
const RespondPayload = payload('ticketRespond')
const StartPayload = payload('ticketStart')
const ResolvePayload = payload('ticketResolve')
const ClosePayload = payload('ticketClose')

interface TicketCommentPayload extends TicketPayload {
  comment: () => Promise<CommentType | null> | null
}

const CommentPayload = payloadOf<TicketCommentPayload>('ticketComment', {
  comment: { type: () => CommentType, description: 'The message; null when nothing happened.' },
  ticket: TICKET_FIELD,
})

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
    return change(request, info, input, operation =>
      startTicket(operation, input, callerId(request.caller), request.actor),
    )
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
  @Mutation(() => CommentPayload, {
    nullable: true,
    description:
      'A message from either side. It stops no clock: an answer that does is `ticketRespond`. Codes: BLANK, INVALID, NOT_FOUND, STALE_REVISION, TAKEN, TOO_LONG.',
  })
  async ticketComment(
    @Arg('input', () => TicketCommentInput, { description: 'The message.' }) input: TicketCommentInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TicketCommentPayload> {
    const { ids, userErrors } = await request.change(info, input, async operation => {
      const who = [callerId(request.caller), request.actor] as const
      const comment = await commentOnTicket(operation, input, sideOf(request), ...who)
      return { commentId: comment.id, ticketId: comment.ticketId }
    })
    return {
      comment: () => ids && request.load(commentById, ids.commentId).then(row => row && toComment(row)),
      ticket: () => ticketOf(request, ids),
      userErrors,
    }
  }
}
