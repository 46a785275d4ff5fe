import { LockMode } from '@mikro-orm/postgresql'
import {
  Agreement,
  AgreementVersion,
  CoveredSoftware,
  nextNumber,
  SOFTWARE_ID,
  findInForce,
} from '../agreements/index.js'
import { type EventActor, type Operation, violatesUnique } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { isUuid, newUuid, uuidOf } from '../platform/ids.js'
import { checkRevision, checkText, PERSON_ID } from '../tenancy/index.js'
import {
  TICKET_ID,
  Ticket,
  type TicketChannel,
  TicketComment,
  type TicketKind,
  type TicketPriority,
} from './ticket.js'
import { FIXES, RESPONSES, startClocks, stopClocks } from './ticket-clocks.js'

/** Longest description and comment: a page of log lines, not the log. */
const MAX_TEXT = 20_000

export interface ReportInput {
  agreementId: string
  kind: TicketKind
  subject: string
  description?: string | null
  priority?: TicketPriority | null
  channel?: TicketChannel | null
  softwareId?: string | null
  reporterId?: string | null
  clientId?: string | null
  claimedAt?: Date | null
}

/**
 * Received: its clocks start now, by the terms of the version in force at this instant; those of a suspended scope stand
 * still until it goes on.
 */
export async function reportTicket(
  operation: Operation,
  input: ReportInput,
  callerId: string,
  actor: EventActor,
): Promise<Ticket> {
  const agreement = await findInForce(operation, input.agreementId, LockMode.PESSIMISTIC_READ)
  const where = { tenantId: agreement.tenantId, agreementId: agreement.id, state: 'IN_FORCE' } as const
  const version = await operation.em.findOneOrFail(AgreementVersion, where)
  // Sent together and done in turn: the clock is read when the number is taken, for which a report before this one is waited for.
  const [number, now] = await Promise.all([nextNumber(operation, agreement, 'TICKET'), operation.now()])
  const ticket = operation.em.create(Ticket, {
    tenantId: agreement.tenantId,
    id: newUuid(),
    customerId: agreement.customerId,
    agreementId: agreement.id,
    versionId: version.id,
    number,
    kind: input.kind,
    state: 'REPORTED',
    priority: input.priority ?? 'NORMAL',
    channel: input.channel ?? 'PORTAL',
    subject: checkText(input.subject, ['input', 'subject'], { max: 300 }),
    description: checkText(input.description ?? '', ['input', 'description'], { max: MAX_TEXT, blank: true }),
    softwareId: await softwareOf(operation, version, input.softwareId),
    reporterId: await reporterOf(operation, agreement, input.reporterId),
    clientId: clientIdOf(input.clientId),
    callerId,
    claimedAt: input.claimedAt ?? null,
    receivedAt: now,
    createdAt: now,
    updatedAt: now,
  })
  await flushClientId(operation, 'tickets_client_id_key')
  await startClocks(operation, ticket, agreement, version, now, actor)
  record(operation, ticket, 'ticket.reported', actor, now, { number: ticket.number, kind: ticket.kind })
  return ticket
}

export interface TicketTarget {
  ticketId: string
  expectedRevision?: number | null
}

/** The first answer by a person: stops the response clock when it's accepted. */
export async function respondToTicket(
  operation: Operation,
  input: TicketTarget & { text: string },
  callerId: string,
  actor: EventActor,
): Promise<Ticket> {
  const ticket = await findTicket(operation, input, callerId)
  const now = await stopClocks(operation, ticket, RESPONSES, actor)
  ticket.respond(now)
  addComment(operation, ticket, { text: input.text }, 'PROVIDER', callerId, now)
  record(operation, ticket, 'ticket.responded', actor, now)
  return ticket
}

export async function startTicket(
  operation: Operation,
  input: TicketTarget,
  callerId: string,
): Promise<Ticket> {
  const ticket = await findTicket(operation, input, callerId)
  ticket.start(await operation.now())
  return ticket
}

/** Solved: stops the fix clock, and the response clock of one that was never answered. */
export async function resolveTicket(
  operation: Operation,
  input: TicketTarget & { text?: string | null },
  callerId: string,
  actor: EventActor,
): Promise<Ticket> {
  const ticket = await findTicket(operation, input, callerId)
  const now = await stopClocks(operation, ticket, [...RESPONSES, ...FIXES], actor)
  ticket.resolve(now)
  if (input.text != null && input.text.trim() !== '')
    addComment(operation, ticket, { text: input.text }, 'PROVIDER', callerId, now)
  record(operation, ticket, 'ticket.resolved', actor, now)
  return ticket
}

export async function closeTicket(
  operation: Operation,
  input: TicketTarget,
  callerId: string,
  actor: EventActor,
): Promise<Ticket> {
  const ticket = await findTicket(operation, input, callerId)
  const now = await operation.now()
  ticket.close(now)
  record(operation, ticket, 'ticket.closed', actor, now)
  return ticket
}

/** A message from either side. It stops no clock: an answer that does is `ticketRespond`. */
export async function commentOnTicket(
  operation: Operation,
  input: TicketTarget & { text: string; clientId?: string | null },
  side: 'PROVIDER' | 'CUSTOMER',
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

/** A ticket by its id, or by the id that this caller made for it offline: `client:<uuid>`. */
async function findTicket(operation: Operation, target: TicketTarget, callerId: string): Promise<Ticket> {
  const tenantId = operation.session.tenantId
  const clientId = /^client:(.+)$/.exec(target.ticketId)?.[1]?.toLowerCase()
  const id = uuidOf(TICKET_ID, target.ticketId)
  const where = clientId && isUuid(clientId) ? { tenantId, callerId, clientId } : id && { tenantId, id }
  const ticket =
    where && (await operation.em.findOne(Ticket, where, { lockMode: LockMode.PESSIMISTIC_WRITE }))
  if (!ticket) throw refuse('NOT_FOUND', { field: ['input', 'ticketId'] })
  checkRevision(ticket, target.expectedRevision)
  return ticket
}

async function softwareOf(
  operation: Operation,
  version: AgreementVersion,
  softwareId: string | null | undefined,
): Promise<string | null> {
  if (softwareId == null) return null
  const id = uuidOf(SOFTWARE_ID, softwareId)
  const found =
    id &&
    (await operation.em.findOne(CoveredSoftware, { tenantId: version.tenantId, versionId: version.id, id }))
  if (!found) throw refuse('NOT_FOUND', { field: ['input', 'softwareId'], clause: '1.2.1' })
  return found.id
}

async function reporterOf(
  operation: Operation,
  agreement: Agreement,
  personId: string | null | undefined,
): Promise<string | null> {
  if (personId == null) return null
  const id = uuidOf(PERSON_ID, personId)
  const values = [agreement.tenantId, id, agreement.customerId]
  const rows = id
    ? await operation.run(
        'select id from persons where tenant_id = $1 and id = $2 and customer_id = $3',
        values,
      )
    : []
  if (rows.length === 0) throw refuse('NOT_FOUND', { field: ['input', 'reporterId'] })
  return id
}

function addComment(
  operation: Operation,
  ticket: Ticket,
  input: { text: string; clientId?: string | null },
  side: 'PROVIDER' | 'CUSTOMER',
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

function clientIdOf(clientId: string | null | undefined): string | null {
  if (clientId == null) return null
  const id = clientId.toLowerCase()
  if (!isUuid(id)) throw refuse('INVALID', { field: ['input', 'clientId'] })
  return id
}

async function flushClientId(operation: Operation, constraint: string): Promise<void> {
  try {
    await operation.em.flush()
  } catch (error) {
    if (violatesUnique(error, constraint)) throw refuse('TAKEN', { field: ['input', 'clientId'] })
    throw error
  }
}

function record(
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
