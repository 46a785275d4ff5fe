import { LockMode } from '@mikro-orm/postgresql'
import { findInForce, nextNumber, versionHeldAt } from '../agreements/index.js'
import type { EventActor, Operation } from '../persistence/index.js'
import { newUuid } from '../platform/ids.js'
import { checkText } from '../tenancy/index.js'
import {
  categoryOf,
  type SupportCategory,
  Ticket,
  type TicketChannel,
  type TicketKind,
  type TicketPriority,
} from './ticket.js'
import { FIXES, RESPONSES, settleClocks, stopClocks } from './ticket-clocks.js'
import { addComment, MAX_TEXT } from './ticket-commenting.js'
import { addAct, clientIdOf, findTicket, flushClientId, record, type TicketTarget } from './ticket-finding.js'
import { NEWBORN } from './ticket-life.js'
import { withdrawQuestions } from './ticket-questions.js'
import { addToSearch } from './ticket-search.js'
import { reporterOf, softwareOf, type SoftwareChoice } from './ticket-software.js'

export interface ReportInput extends SoftwareChoice {
  agreementId: string
  kind: TicketKind
  category?: SupportCategory | null
  subject: string
  description?: string | null
  priority?: TicketPriority | null
  channel?: TicketChannel | null
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
  // Sent together and done in turn: the clock is read when the number is taken, for which a report before this one is waited for.
  const [number, now] = await Promise.all([nextNumber(operation, agreement, 'TICKET'), operation.now()])
  const version = await versionHeldAt(operation, agreement, now)
  const ticket = operation.em.create(Ticket, {
    tenantId: agreement.tenantId,
    id: newUuid(),
    customerId: agreement.customerId,
    agreementId: agreement.id,
    versionId: version.id,
    number,
    kind: input.kind,
    supportCategory: categoryOf(input.kind, input.category ?? null),
    state: 'REPORTED',
    priority: input.priority ?? 'NORMAL',
    channel: input.channel ?? 'PORTAL',
    subject: checkText(input.subject, ['input', 'subject'], { max: 300 }),
    description: checkText(input.description ?? '', ['input', 'description'], { max: MAX_TEXT, blank: true }),
    ...(await softwareOf(operation, version, input)),
    reporterId: await reporterOf(operation, agreement, input.reporterId),
    clientId: clientIdOf(input.clientId),
    callerId,
    claimedAt: input.claimedAt ?? null,
    receivedAt: now,
    createdAt: now,
    updatedAt: now,
  })
  await flushClientId(operation, 'tickets_client_id_key')
  await addToSearch(operation, ticket)
  addAct(operation, ticket, 'REPORTED', actor, now, input.claimedAt)
  await settleClocks(operation, ticket, [agreement, version], NEWBORN, now, actor)
  record(operation, ticket, 'ticket.reported', actor, now, { number: ticket.number, kind: ticket.kind })
  return ticket
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
  addAct(operation, ticket, 'RESPONDED', actor, now, input.claimedAt)
  record(operation, ticket, 'ticket.responded', actor, now)
  return ticket
}

export async function startTicket(
  operation: Operation,
  input: TicketTarget,
  callerId: string,
  actor: EventActor,
): Promise<Ticket> {
  const ticket = await findTicket(operation, input, callerId)
  const now = await operation.now()
  ticket.start(now)
  addAct(operation, ticket, 'STARTED', actor, now, input.claimedAt)
  return ticket
}

/** Solved: stops the fix clock, and the response clock of one that was never answered. What the customer was asked needs no answer any more. */
export async function resolveTicket(
  operation: Operation,
  input: TicketTarget & { text?: string | null },
  callerId: string,
  actor: EventActor,
): Promise<Ticket> {
  const ticket = await findTicket(operation, input, callerId)
  const now = await stopClocks(operation, ticket, [...RESPONSES, ...FIXES], actor)
  ticket.resolve(now)
  await withdrawQuestions(operation, ticket, now)
  if (input.text != null && input.text.trim() !== '')
    addComment(operation, ticket, { text: input.text }, 'PROVIDER', callerId, now)
  addAct(operation, ticket, 'RESOLVED', actor, now, input.claimedAt)
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
  addAct(operation, ticket, 'CLOSED', actor, now, input.claimedAt)
  record(operation, ticket, 'ticket.closed', actor, now)
  return ticket
}
