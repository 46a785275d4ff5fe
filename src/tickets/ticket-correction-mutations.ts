import type { GraphQLResolveInfo } from 'graphql'
import { Arg, type ClassType, Ctx, Info, Mutation, Resolver } from 'type-graphql'
import type { Operation } from '../persistence/index.js'
import { Allow, payloadOf } from '../platform/graphql/contract.js'
import { callerId, Request } from '../tenancy/index.js'
import { markDuplicate, reclassifyTicket, reopenTicket } from './ticket-corrections.js'
import {
  TicketMarkDuplicateInput,
  TicketProvideInfoInput,
  TicketReclassifyInput,
  TicketReopenInput,
  TicketRequestInfoInput,
} from './ticket-inputs.js'
import { questionById } from './ticket-loaders.js'
import { change, payload, sideOf, TICKET_FIELD, ticketOf, type TicketPayload } from './ticket-payloads.js'
import type { TicketQuestion } from './ticket-question.js'
import { provideInfo, requestInfo } from './ticket-questions.js'
import { QuestionType, toQuestion } from './ticket-types.js'

interface QuestionPayload extends TicketPayload {
  question: () => Promise<QuestionType | null> | null
}

const questionPayload = (mutation: string): ClassType<QuestionPayload> =>
  payloadOf<QuestionPayload>(mutation, {
    ticket: TICKET_FIELD,
    question: {
      type: () => QuestionType,
      description: 'The question as it is now; null when nothing happened.',
    },
  })

const RequestInfoPayload = questionPayload('ticketRequestInfo')
const ProvideInfoPayload = questionPayload('ticketProvideInfo')
const ReopenPayload = payload('ticketReopen')
const ReclassifyPayload = payload('ticketReclassify')
const MarkDuplicatePayload = payload('ticketMarkDuplicate')

/** What turns a ticket from its straight way: questions, and what proves to be otherwise than it was thought. */
@Resolver()
export class TicketCorrectionMutations {
  @Allow('ticket:handle')
  @Mutation(() => RequestInfoPayload, {
    nullable: true,
    description:
      'Asks the customer something specific: while it is open the fix clock stands still, the response clock never does, and a question is no answer (clause 2.3.1). A pause after the due instant cures nothing. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG, TOO_MANY.',
  })
  ticketRequestInfo(
    @Arg('input', () => TicketRequestInfoInput, { description: 'The question.' })
    input: TicketRequestInfoInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<QuestionPayload> {
    return ask(request, info, input, operation =>
      requestInfo(operation, input, callerId(request.caller), request.actor),
    )
  }

  @Allow('ticket:answer')
  @Mutation(() => ProvideInfoPayload, {
    nullable: true,
    description:
      'Answers a question; with the last open one the fix clock goes on with what was left. Staff may enter what the customer told them. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  ticketProvideInfo(
    @Arg('input', () => TicketProvideInfoInput, { description: 'The answer.' }) input: TicketProvideInfoInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<QuestionPayload> {
    return ask(request, info, input, operation =>
      provideInfo(operation, input, callerId(request.caller), request.actor),
    )
  }

  @Allow('ticket:reopen')
  @Mutation(() => ReopenPayload, {
    nullable: true,
    description:
      'The same fault again, within 7 days of its solution: the fix clock goes on where it stopped. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  ticketReopen(
    @Arg('input', () => TicketReopenInput, { description: 'The ticket, and what is still wrong.' })
    input: TicketReopenInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TicketPayload> {
    return change(request, info, input, operation =>
      reopenTicket(operation, input, sideOf(request), callerId(request.caller), request.actor),
    )
  }

  @Allow('ticket:handle')
  @Mutation(() => ReclassifyPayload, {
    nullable: true,
    description:
      'It is something else than was thought: clocks that it needs now run from its original receipt, with the pauses and answers there have been; those that it does not need are cancelled, and a miss stays one. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  ticketReclassify(
    @Arg('input', () => TicketReclassifyInput, { description: 'What it really is.' })
    input: TicketReclassifyInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TicketPayload> {
    return change(request, info, input, operation =>
      reclassifyTicket(operation, input, callerId(request.caller), request.actor),
    )
  }

  @Allow('ticket:handle')
  @Mutation(() => MarkDuplicatePayload, {
    nullable: true,
    description:
      'Closes a ticket that says the same as an older one of its agreement, which goes on in its place. Its clocks are cancelled; one that is past due stays a miss. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  ticketMarkDuplicate(
    @Arg('input', () => TicketMarkDuplicateInput, { description: 'Both tickets.' })
    input: TicketMarkDuplicateInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TicketPayload> {
    return change(request, info, input, operation =>
      markDuplicate(operation, input, callerId(request.caller), request.actor),
    )
  }
}

async function ask(
  request: Request,
  info: GraphQLResolveInfo,
  input: { idempotencyKey: string },
  work: (operation: Operation) => Promise<TicketQuestion>,
): Promise<QuestionPayload> {
  const { ids, userErrors } = await request.change(info, input, async operation => {
    const question = await work(operation)
    return { questionId: question.id, ticketId: question.ticketId }
  })
  return {
    ticket: () => ticketOf(request, ids),
    question: () => ids && request.load(questionById, ids.questionId).then(row => row && toQuestion(row)),
    userErrors,
  }
}
