import { AgreementVersion } from '../agreements/index.js'
import type { EventActor, Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { publicId } from '../platform/ids.js'
import { type SupportCategory, TICKET_ID, Ticket, type TicketKind } from './ticket.js'
import { cancelClocks, reopenClocks, settleClocks } from './ticket-clocks.js'
import { addComment, type Side } from './ticket-commenting.js'
import { addAct, agreementOf, findTicket, record, type TicketTarget } from './ticket-finding.js'
import { lifeOf } from './ticket-life.js'
import { withdrawQuestions } from './ticket-questions.js'
import { type SoftwareChoice, softwareOf } from './ticket-software.js'

/** The same fault again, soon enough: the fix clock goes on where it stopped. The response was given. */
export async function reopenTicket(
  operation: Operation,
  input: TicketTarget & { text?: string | null },
  side: Side,
  callerId: string,
  actor: EventActor,
): Promise<Ticket> {
  const ticket = await findTicket(operation, input, callerId)
  const agreement = await agreementOf(operation, ticket)
  const now = await reopenClocks(operation, ticket, agreement, actor)
  ticket.reopen(now)
  if (input.text != null) addComment(operation, ticket, { text: input.text }, side, callerId, now)
  addAct(operation, ticket, 'REOPENED', actor, now, input.claimedAt)
  record(operation, ticket, 'ticket.reopened', actor, now)
  return ticket
}

export interface ReclassifyInput extends TicketTarget, SoftwareChoice {
  kind?: TicketKind | null
  category?: SupportCategory | null
}

/**
 * It is something else than was thought. Clocks that it needs now run from its receipt, as if it had been known then;
 * those that it doesn't need are cancelled. A miss that was found stays one.
 */
export async function reclassifyTicket(
  operation: Operation,
  input: ReclassifyInput,
  callerId: string,
  actor: EventActor,
): Promise<Ticket> {
  const ticket = await findTicket(operation, input, callerId)
  const agreement = await agreementOf(operation, ticket)
  const where = { tenantId: ticket.tenantId, id: ticket.versionId }
  const version = await operation.em.findOneOrFail(AgreementVersion, where)
  const from = ticket.kind
  const kind = input.kind ?? from
  // A category is of its kind: it doesn't outlive it, and an omitted one is unchanged.
  const kept = kind === from ? (ticket.supportCategory ?? null) : null
  const now = await operation.now()
  ticket.reclassify({ kind, category: input.category === undefined ? kept : input.category }, now)
  if (input.softwareId !== undefined || input.software !== undefined)
    operation.em.assign(ticket, await softwareOf(operation, version, input))
  addAct(operation, ticket, 'RECLASSIFIED', actor, now, input.claimedAt)
  await settleClocks(operation, ticket, [agreement, version], await lifeOf(operation, ticket), now, actor)
  record(operation, ticket, 'ticket.reclassified', actor, now, { from, to: kind, covered: ticket.covered })
  return ticket
}

/** The same as an older ticket of the agreement, which goes on in its place: this one's clocks are cancelled, and it's closed. */
export async function markDuplicate(
  operation: Operation,
  input: TicketTarget & { duplicateOfId: string },
  callerId: string,
  actor: EventActor,
): Promise<Ticket> {
  const [original, ticket] = await bothInOrder(operation, input, callerId)
  const where = { tenantId: ticket.tenantId, duplicateOfId: ticket.id }
  if ((await operation.em.count(Ticket, where)) > 0)
    throw refuse('INVALID', { field: ['input', 'ticketId'], messageKey: 'DUPLICATE_CHAIN' })
  const now = await cancelClocks(operation, ticket, actor)
  ticket.markDuplicate(original, now)
  await withdrawQuestions(operation, ticket, now)
  addAct(operation, ticket, 'MARKED_DUPLICATE', actor, now, input.claimedAt)
  record(operation, ticket, 'ticket.closed', actor, now, {
    duplicateOfId: publicId(TICKET_ID, original.id),
  })
  return ticket
}

/** Both tickets, locked. The older one first, as its id says, so that nobody waits in a circle. */
async function bothInOrder(
  operation: Operation,
  input: TicketTarget & { duplicateOfId: string },
  callerId: string,
): Promise<[Ticket, Ticket]> {
  const original = (): Promise<Ticket> =>
    findTicket(operation, { ticketId: input.duplicateOfId }, callerId, 'duplicateOfId')
  if (input.duplicateOfId <= input.ticketId) {
    const first = await original()
    return [first, await findTicket(operation, input, callerId)]
  }
  const second = await findTicket(operation, input, callerId)
  return [await original(), second]
}
