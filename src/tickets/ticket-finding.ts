import { LockMode } from '@mikro-orm/postgresql'
import { Agreement } from '../agreements/index.js'
import { type EventActor, type Operation, violatesUnique } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { isUuid, newUuid, uuidOf } from '../platform/ids.js'
import { checkRevision } from '../tenancy/index.js'
import { TICKET_ID, Ticket } from './ticket.js'
import { TicketAct, type TicketActType } from './ticket-act.js'

export interface TicketTarget {
  ticketId: string
  expectedRevision?: number | null
  /** What the client's clock says: evidence only. */
  claimedAt?: Date | null
}

/** A ticket by its id, or by the id that this caller made for it offline: `client:<uuid>`. Locked. */
export async function findTicket(
  operation: Operation,
  target: TicketTarget,
  callerId: string,
  field = 'ticketId',
): Promise<Ticket> {
  const tenantId = operation.session.tenantId
  const clientId = /^client:(.+)$/.exec(target.ticketId)?.[1]?.toLowerCase()
  const id = uuidOf(TICKET_ID, target.ticketId)
  const where = clientId && isUuid(clientId) ? { tenantId, callerId, clientId } : id && { tenantId, id }
  const ticket =
    where && (await operation.em.findOne(Ticket, where, { lockMode: LockMode.PESSIMISTIC_WRITE }))
  if (!ticket) throw refuse('NOT_FOUND', { field: ['input', field] })
  checkRevision(ticket, target.expectedRevision)
  return ticket
}

/** The agreement of a ticket, in whatever state: what it owed before it ended is still owed. Locked so that no suspension begins or ends meanwhile. */
export async function agreementOf(operation: Operation, ticket: Ticket): Promise<Agreement> {
  const where = { tenantId: ticket.tenantId, id: ticket.agreementId }
  return operation.em.findOneOrFail(Agreement, where, { lockMode: LockMode.PESSIMISTIC_READ })
}

export function clientIdOf(clientId: string | null | undefined): string | null {
  if (clientId == null) return null
  const id = clientId.toLowerCase()
  if (!isUuid(id)) throw refuse('INVALID', { field: ['input', 'clientId'] })
  return id
}

export async function flushClientId(operation: Operation, constraint: string): Promise<void> {
  try {
    await operation.em.flush()
  } catch (error) {
    if (violatesUnique(error, constraint)) throw refuse('TAKEN', { field: ['input', 'clientId'] })
    throw error
  }
}

/** A step in a ticket's life, as it left the ticket. */
export function addAct(
  operation: Operation,
  ticket: Ticket,
  type: TicketActType,
  actor: EventActor,
  at: Date,
  claimedAt: Date | null | undefined,
): void {
  operation.em.create(TicketAct, {
    tenantId: ticket.tenantId,
    id: newUuid(),
    customerId: ticket.customerId,
    ticketId: ticket.id,
    type,
    state: ticket.state,
    kind: ticket.kind,
    covered: ticket.covered,
    actorKind: actor.kind,
    actorId: actor.id,
    at,
    claimedAt: claimedAt ?? null,
  })
}

/** An event about a ticket. */
export function record(
  operation: Operation,
  ticket: Ticket,
  type: string,
  actor: EventActor,
  now: Date,
  data: Record<string, unknown> = {},
): void {
  operation.record({
    type,
    category: 'TICKET',
    subject: { kind: TICKET_ID, id: ticket.id, revision: () => ticket.revision },
    customerId: ticket.customerId,
    agreementId: ticket.agreementId,
    actor,
    occurredAt: now,
    acceptedAt: now,
    data,
  })
}
