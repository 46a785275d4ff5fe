import { LockMode } from '@mikro-orm/postgresql'
import {
  AGREEMENT_ID,
  Agreement,
  AgreementVersion,
  CoveredSoftware,
  nextNumber,
  SOFTWARE_ID,
  type SuspensionScope,
  wasSuspended,
} from '../agreements/index.js'
import {
  lockObligation,
  Obligation,
  pauseObligation,
  resumeObligation,
  startObligation,
  stopObligation,
} from '../obligations/index.js'
import { type EventActor, type Operation, type Reaction, violatesUnique } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { isUuid, newUuid, uuidOf } from '../platform/ids.js'
import { checkRevision, checkText, PERSON_ID } from '../tenancy/index.js'
import { Ticket, type TicketChannel, TicketComment, type TicketKind, type TicketPriority } from './ticket.js'

export const TICKET_ID = 'tkt'
export const COMMENT_ID = 'tkc'

/** What a duty of a ticket is called, its clause, the term that counts it, and the scope whose suspension stops its clock. */
const DUTIES: Record<
  TicketKind,
  {
    kind: string
    clause: string
    scope: SuspensionScope
    term: 'responseHours' | 'fixHours' | 'supportResponseHours' | 'upgradeProblemResponseHours'
  }[]
> = {
  // Two obligations, both from receipt (2.3.1).
  FAULT: [
    { kind: 'FAULT_RESPONSE', clause: '2.3.1', scope: 'SERVICE', term: 'responseHours' },
    { kind: 'FAULT_FIX', clause: '2.3.1', scope: 'SERVICE', term: 'fixHours' },
  ],
  SUPPORT: [{ kind: 'SUPPORT_RESPONSE', clause: '7.2.1', scope: 'SERVICE', term: 'supportResponseHours' }],
  UPGRADE_PROBLEM: [
    {
      kind: 'UPGRADE_PROBLEM_RESPONSE',
      clause: '6.4.2',
      scope: 'UPGRADE',
      term: 'upgradeProblemResponseHours',
    },
  ],
}
export const RESPONSES = ['FAULT_RESPONSE', 'SUPPORT_RESPONSE', 'UPGRADE_PROBLEM_RESPONSE']
export const FIXES = ['FAULT_FIX']

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
  const agreement = await agreementInForce(operation, input.agreementId)
  const where = { tenantId: agreement.tenantId, agreementId: agreement.id, state: 'IN_FORCE' } as const
  const version = await operation.em.findOneOrFail(AgreementVersion, where)
  const number = await nextNumber(operation, agreement, 'TICKET')
  const now = await operation.now()
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

async function startClocks(
  operation: Operation,
  ticket: Ticket,
  agreement: Agreement,
  version: AgreementVersion,
  now: Date,
  actor: EventActor,
): Promise<void> {
  const common = {
    customerId: ticket.customerId,
    agreementId: agreement.id,
    versionId: version.id,
    owedBy: 'PROVIDER',
    subject: { kind: TICKET_ID, id: ticket.id },
    startedAt: now,
  } as const
  for (const { kind, clause, scope, term } of DUTIES[ticket.kind]) {
    const hours = version.terms[term]
    if (hours === null) continue
    const duty = { ...common, clause, kind, deadline: { unit: 'HOURS', hours } } as const
    const clock = await startObligation(operation, duty, actor)
    if (await wasSuspended(operation, agreement, scope, now))
      await pauseObligation(operation, clock, { occurredAt: now, acceptedAt: now }, actor)
  }
}

/** A suspension: the clocks of its scopes stand still from that instant on. */
export const pauseClocks: Reaction = async (operation, event) => {
  const scopes = event.data?.scopes as SuspensionScope[]
  for (const clock of await openClocks(operation, event.subject.id, 'RUNNING'))
    if (scopes.includes('ALL') || scopes.includes(scopeOf(clock.kind)))
      await pauseObligation(operation, clock, event, event.actor)
}

/** A scope goes on, or the agreement ended and no suspension outlives it: clocks go on, unless another suspension still stops them. */
export const resumeClocks: Reaction = async (operation, event) => {
  const { tenantId } = operation.session
  const clocks = await openClocks(operation, event.subject.id, 'PAUSED')
  if (clocks.length === 0) return
  const agreement = await operation.em.findOneOrFail(Agreement, { tenantId, id: event.subject.id })
  for (const clock of clocks)
    if (!(await wasSuspended(operation, agreement, scopeOf(clock.kind), event.occurredAt)))
      await resumeObligation(operation, clock, event, event.actor)
}

const scopeOf = (kind: string): SuspensionScope =>
  Object.values(DUTIES)
    .flat()
    .find(duty => duty.kind === kind)?.scope ?? 'ALL'

/** Clocks of an agreement's tickets in a state, locked in the order they were started, as whoever solves a ticket locks them. */
function openClocks(
  operation: Operation,
  agreementId: string,
  state: 'RUNNING' | 'PAUSED',
): Promise<Obligation[]> {
  const where = { tenantId: operation.session.tenantId, agreementId, subjectKind: TICKET_ID, state }
  const inOrder = { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const
  return operation.em.find(Obligation, where, inOrder)
}

/** Locks the ticket's clocks, then reads the clock that decides, then stops those that run. Answers the instant. */
async function stopClocks(
  operation: Operation,
  ticket: Ticket,
  kinds: readonly string[],
  actor: EventActor,
): Promise<Date> {
  const locked = []
  for (const kind of kinds) {
    const obligation = await lockObligation(operation, ticket.id, kind)
    if (obligation) locked.push(obligation)
  }
  const now = await operation.now()
  for (const obligation of locked) await stopObligation(operation, obligation, now, actor)
  return now
}

async function agreementInForce(operation: Operation, agreementId: string): Promise<Agreement> {
  const id = uuidOf(AGREEMENT_ID, agreementId)
  const where = { tenantId: operation.session.tenantId, id: id ?? '' }
  const agreement =
    id && (await operation.em.findOne(Agreement, where, { lockMode: LockMode.PESSIMISTIC_READ }))
  if (!agreement) throw refuse('NOT_FOUND', { field: ['input', 'agreementId'] })
  if (agreement.state !== 'ACTIVE' && agreement.state !== 'SUSPENDED') {
    throw refuse('INVALID_STATE', {
      field: ['input', 'agreementId'],
      params: { state: agreement.state },
      clause: '1.3.1',
    })
  }
  return agreement
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
