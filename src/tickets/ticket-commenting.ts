import type { EventActor, Operation } from '../persistence/index.js'
import { newUuid } from '../platform/ids.js'
import { checkText } from '../tenancy/index.js'
import type { Ticket } from './ticket.js'
import { TicketComment } from './ticket-comment.js'
import { clientIdOf, findTicket, flushClientId, record, type TicketTarget } from './ticket-finding.js'

/** Longest description, comment, question and answer: a page of log lines, not the log. */
export const MAX_TEXT = 20_000

export type Side = 'PROVIDER' | 'CUSTOMER'

/** A message from either side. It stops no clock: an answer that does is `ticketRespond`. */
export async function commentOnTicket(
  operation: Operation,
  input: TicketTarget & { text: string; clientId?: string | null },
  side: Side,
  callerId: string,
  actor: EventActor,
): Promise<TicketComment> {
  const ticket = await findTicket(operation, input, callerId)
  const now = await operation.now()
  const comment = addComment(operation, ticket, input, side, callerId, now)
  ticket.updatedAt = now
  await flushClientId(operation, 'ticket_comments_client_id_key')
  record(operation, ticket, 'ticket.commented', actor, now, { side, commentId: comment.id })
  return comment
}

/** A message behind those that were there. */
export function addComment(
  operation: Operation,
  ticket: Ticket,
  input: { text: string; clientId?: string | null },
  side: Side,
  callerId: string,
  now: Date,
): TicketComment {
  return operation.em.create(TicketComment, {
    tenantId: ticket.tenantId,
    id: newUuid(),
    customerId: ticket.customerId,
    ticketId: ticket.id,
    side,
    text: checkText(input.text, ['input', 'text'], { max: MAX_TEXT }),
    clientId: clientIdOf(input.clientId),
    callerId,
    createdAt: now,
  })
}
