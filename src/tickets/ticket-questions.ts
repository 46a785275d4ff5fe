import type { EventActor, Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid, publicId, uuidOf } from '../platform/ids.js'
import { checkText } from '../tenancy/index.js'
import type { Ticket } from './ticket.js'
import { freeFix, holdFix } from './ticket-clocks.js'
import { MAX_TEXT } from './ticket-commenting.js'
import { addAct, findTicket, record, type TicketTarget } from './ticket-finding.js'
import { QUESTION_ID, TicketQuestion } from './ticket-question.js'

/** Open questions of one ticket: past it nobody could say which of them is waited for. */
const MAX_OPEN = 20

/** Asks the customer something specific. From now on the fix clock stands still, the response clock doesn't. */
export async function requestInfo(
  operation: Operation,
  input: TicketTarget & { text: string },
  callerId: string,
  actor: EventActor,
): Promise<TicketQuestion> {
  const ticket = await findTicket(operation, input, callerId)
  const open = await openQuestions(operation, ticket)
  if (open.length >= MAX_OPEN)
    throw refuse('TOO_MANY', { field: ['input', 'ticketId'], params: { max: MAX_OPEN } })
  const id = newUuid()
  const now = await holdFix(operation, ticket, id, actor)
  ticket.requestInfo(now)
  const question = operation.em.create(TicketQuestion, {
    tenantId: ticket.tenantId,
    id,
    customerId: ticket.customerId,
    ticketId: ticket.id,
    state: 'OPEN',
    text: checkText(input.text, ['input', 'text'], { max: MAX_TEXT, clause: '2.3.1' }),
    createdAt: now,
    updatedAt: now,
  })
  addAct(operation, ticket, 'INFO_REQUESTED', actor, now, input.claimedAt)
  record(operation, ticket, 'ticket.info_requested', actor, now, {
    questionId: publicId(QUESTION_ID, question.id),
  })
  return question
}

/** Answers one open question, the oldest when none is named. With the last one, and no suspension, the fix clock goes on. */
export async function provideInfo(
  operation: Operation,
  input: TicketTarget & { questionId?: string | null; text: string },
  callerId: string,
  actor: EventActor,
): Promise<TicketQuestion> {
  const ticket = await findTicket(operation, input, callerId)
  const open = await openQuestions(operation, ticket)
  const question = await chosen(operation, ticket, open, input.questionId)
  const text = checkText(input.text, ['input', 'text'], { max: MAX_TEXT })
  const left = open.filter(each => each !== question).length
  const now = await freeFix(operation, ticket, question?.id ?? null, actor)
  question?.answerWith(text, now)
  ticket.provideInfo(left, now)
  if (!question) throw new Error('a ticket that waits for the customer has an open question')
  addAct(operation, ticket, 'INFO_PROVIDED', actor, now, input.claimedAt)
  record(operation, ticket, 'ticket.info_provided', actor, now, {
    questionId: publicId(QUESTION_ID, question.id),
  })
  return question
}

/** Nobody needs their answers any more. */
export async function withdrawQuestions(operation: Operation, ticket: Ticket, now: Date): Promise<void> {
  for (const question of await openQuestions(operation, ticket)) question.withdraw(now)
}

function openQuestions(operation: Operation, ticket: Ticket): Promise<TicketQuestion[]> {
  const where = { tenantId: ticket.tenantId, ticketId: ticket.id, state: 'OPEN' } as const
  return operation.em.find(TicketQuestion, where, { orderBy: { createdAt: 'asc', id: 'asc' } })
}

async function chosen(
  operation: Operation,
  ticket: Ticket,
  open: readonly TicketQuestion[],
  questionId: string | null | undefined,
): Promise<TicketQuestion | null> {
  if (questionId == null) return open[0] ?? null
  const id = uuidOf(QUESTION_ID, questionId)
  const where = { tenantId: ticket.tenantId, ticketId: ticket.id }
  const question = id && (await operation.em.findOne(TicketQuestion, { ...where, id }))
  if (!question) throw refuse('NOT_FOUND', { field: ['input', 'questionId'] })
  return question
}
