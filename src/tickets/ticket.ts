import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned } from '../persistence/index.js'
import { type Refusal, refuse } from '../platform/failure.js'

export const TICKET_ID = 'tkt'

export type TicketState =
  | 'REPORTED'
  | 'RESPONDED'
  | 'IN_PROGRESS'
  | 'WAITING_CUSTOMER'
  | 'RESOLVED'
  | 'CLOSED'
  | 'REOPENED'
/** FAULT: response and fix (2.3.1). SUPPORT: response only (7.2.1). UPGRADE_PROBLEM: response (6.4.2). CUSTOM_WORK: an order, without a clock (2.2.1.4). */
export type TicketKind = 'FAULT' | 'SUPPORT' | 'UPGRADE_PROBLEM' | 'CUSTOM_WORK'
/** What support is asked for (7.3.1.1-3). */
export type SupportCategory = 'INSTALLATION' | 'TRAINING' | 'DIAGNOSIS'
export type TicketPriority = 'LOW' | 'NORMAL' | 'HIGH' | 'URGENT'
export type TicketChannel = 'PORTAL' | 'PHONE' | 'EMAIL' | 'ONLINE'

/** How long after it was solved a ticket can be reopened, in days of 24 hours: past it, it is another fault (domain.md, States). */
const REOPEN_DAYS = 7
const DAY_MS = 24 * 60 * 60 * 1000

/** In which states a verb is possible. The verbs are held to it, and `viewerActions` is read from it. */
const POSSIBLE_IN = {
  comment: ['REPORTED', 'RESPONDED', 'IN_PROGRESS', 'WAITING_CUSTOMER', 'RESOLVED', 'CLOSED', 'REOPENED'],
  respond: ['REPORTED', 'WAITING_CUSTOMER'],
  start: ['RESPONDED', 'REOPENED'],
  requestInfo: ['REPORTED', 'RESPONDED', 'IN_PROGRESS', 'WAITING_CUSTOMER', 'REOPENED'],
  provideInfo: ['WAITING_CUSTOMER'],
  resolve: ['REPORTED', 'RESPONDED', 'IN_PROGRESS', 'WAITING_CUSTOMER', 'REOPENED'],
  close: ['RESOLVED'],
  reopen: ['RESOLVED', 'CLOSED'],
  reclassify: ['REPORTED', 'RESPONDED', 'IN_PROGRESS', 'WAITING_CUSTOMER', 'RESOLVED', 'REOPENED'],
  markDuplicate: ['REPORTED', 'RESPONDED', 'IN_PROGRESS', 'WAITING_CUSTOMER', 'REOPENED'],
} as const satisfies Record<string, readonly TicketState[]>
export type TicketVerb = keyof typeof POSSIBLE_IN

/** What decides whether a verb is possible. */
export interface TicketStanding {
  state: TicketState
  respondedAt?: Date | null
  resolvedAt?: Date | null
  duplicateOfId?: string | null
}

/** Whether a ticket that stands so takes a verb at an instant. */
export function takes(ticket: TicketStanding, verb: TicketVerb, now: Date): boolean {
  const states: readonly TicketState[] = POSSIBLE_IN[verb]
  if (!states.includes(ticket.state)) return false
  if (verb === 'respond') return ticket.respondedAt == null
  if (verb === 'reopen') return ticket.duplicateOfId == null && now.getTime() <= reopenableUntil(ticket)
  return true
}

const reopenableUntil = ({ resolvedAt }: TicketStanding): number =>
  (resolvedAt?.getTime() ?? 0) + REOPEN_DAYS * DAY_MS

const TicketSchema = defineEntity({
  name: 'Ticket',
  tableName: 'tickets',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    agreementId: p.uuid(),
    versionId: p.uuid(),
    /** Runs per agreement. */
    number: p.integer(),
    kind: p.string().length(20).$type<TicketKind>(),
    state: p.string().length(20).$type<TicketState>(),
    priority: p.string().length(10).$type<TicketPriority>(),
    channel: p.string().length(10).$type<TicketChannel>(),
    subject: p.string().length(300),
    description: p.text(),
    /** Covered software it is about; null: not said. Uncovered software has no clock (1.2.1). */
    softwareId: p.uuid().nullable(),
    /** False: it is about software that the agreement doesn't list. */
    covered: p.boolean(),
    /** The software as the reporter named it; null: not said so. */
    softwareProduct: p.string().length(200).nullable(),
    softwareVersion: p.string().length(100).nullable(),
    softwareEnvironment: p.string().length(200).nullable(),
    supportCategory: p.string().length(20).$type<SupportCategory>().nullable(),
    /** The older ticket that goes on in its place. */
    duplicateOfId: p.uuid().nullable(),
    reporterId: p.uuid().nullable(),
    /** The reporter's own id for it, made offline; unique per caller. */
    clientId: p.uuid().nullable(),
    callerId: p.string().length(64),
    /** What the reporter's clock said: evidence only. */
    claimedAt: p.datetime(3).nullable(),
    receivedAt: p.datetime(3),
    respondedAt: p.datetime(3).nullable(),
    resolvedAt: p.datetime(3).nullable(),
    closedAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  uniques: [
    { name: 'tickets_number_key', properties: ['tenantId', 'agreementId', 'number'] },
    { name: 'tickets_client_id_key', properties: ['tenantId', 'callerId', 'clientId'] },
    { name: 'tickets_customer_key', properties: ['tenantId', 'customerId', 'id'] },
  ],
  indexes: [
    { name: 'tickets_created_idx', properties: ['tenantId', 'createdAt', 'id'] },
    { name: 'tickets_updated_idx', properties: ['tenantId', 'updatedAt', 'id'] },
    { name: 'tickets_agreement_created_idx', properties: ['tenantId', 'agreementId', 'createdAt', 'id'] },
    { name: 'tickets_agreement_updated_idx', properties: ['tenantId', 'agreementId', 'updatedAt', 'id'] },
    { name: 'tickets_customer_created_idx', properties: ['tenantId', 'customerId', 'createdAt', 'id'] },
    {
      name: 'tickets_duplicate_of_idx',
      properties: ['tenantId', 'duplicateOfId'],
      where: 'duplicate_of_id is not null',
    },
  ],
  ...customerOwned('TICKET'),
})

/** What a customer asked for. */
export class Ticket extends TicketSchema.class {
  /** The first answer by a person; an automatic acknowledgement is none. It may come while the customer is asked something. */
  respond(now: Date): void {
    requireTakes(this, 'respond', now)
    if (this.state === 'REPORTED') this.state = 'RESPONDED'
    this.respondedAt = now
    this.updatedAt = now
  }

  start(now: Date): void {
    requireTakes(this, 'start', now)
    this.state = 'IN_PROGRESS'
    this.updatedAt = now
  }

  /** The customer is asked something: no answer of substance (1.5.1), so whoever has yet to respond still owes that. */
  requestInfo(now: Date): void {
    requireTakes(this, 'requestInfo', now)
    this.state = 'WAITING_CUSTOMER'
    this.updatedAt = now
  }

  /** A question was answered. With the last one the work goes on. */
  provideInfo(questionsLeft: number, now: Date): void {
    requireTakes(this, 'provideInfo', now)
    if (questionsLeft === 0) this.state = this.respondedAt == null ? 'REPORTED' : 'IN_PROGRESS'
    this.updatedAt = now
  }

  /** Solved. Who solves without having answered has answered by it. */
  resolve(now: Date): void {
    requireTakes(this, 'resolve', now)
    this.state = 'RESOLVED'
    this.respondedAt ??= now
    this.resolvedAt = now
    this.updatedAt = now
  }

  close(now: Date): void {
    requireTakes(this, 'close', now)
    this.state = 'CLOSED'
    this.closedAt = now
    this.updatedAt = now
  }

  /** The same fault again, soon enough: it was not solved after all. */
  reopen(now: Date): void {
    if (this.resolvedAt && now.getTime() > reopenableUntil(this))
      throw invalidState(this, 'REOPENED_TOO_LATE', { days: REOPEN_DAYS })
    requireTakes(this, 'reopen', now)
    this.state = 'REOPENED'
    this.resolvedAt = null
    this.closedAt = null
    this.updatedAt = now
  }

  /** It is something else than was thought at first. */
  reclassify(as: { kind: TicketKind; category: SupportCategory | null }, now: Date): void {
    requireTakes(this, 'reclassify', now)
    this.kind = as.kind
    this.supportCategory = categoryOf(as.kind, as.category)
    this.updatedAt = now
  }

  /** The same as an older one, which goes on in its place: no clock may be got rid of by pointing at a younger or a solved one. */
  markDuplicate(of: Ticket, now: Date): void {
    requireTakes(this, 'markDuplicate', now)
    const field = ['input', 'duplicateOfId']
    const wrong = (messageKey: string): Refusal => refuse('INVALID', { field, messageKey })
    if (of.agreementId !== this.agreementId) throw wrong('DUPLICATE_ELSEWHERE')
    if (of.duplicateOfId) throw wrong('DUPLICATE_CHAIN')
    if (of.number >= this.number) throw wrong('DUPLICATE_OF_YOUNGER')
    if (of.kind !== this.kind || of.covered !== this.covered) throw wrong('DUPLICATE_OF_OTHER_KIND')
    if (!takes(of, 'markDuplicate', now)) throw wrong('DUPLICATE_OF_SOLVED')
    this.duplicateOfId = of.id
    this.state = 'CLOSED'
    this.closedAt = now
    this.updatedAt = now
  }
}
TicketSchema.setClass(Ticket)

/** What support is for (7.3.1); other kinds have no category. */
export function categoryOf(kind: TicketKind, category: SupportCategory | null): SupportCategory | null {
  if (category !== null && kind !== 'SUPPORT')
    throw refuse('INVALID', { field: ['input', 'category'], messageKey: 'SUPPORT_ONLY', clause: '7.3.1' })
  return category
}

function requireTakes(ticket: Ticket, verb: TicketVerb, now: Date): void {
  if (!takes(ticket, verb, now)) throw invalidState(ticket)
}

const invalidState = (
  { state }: Ticket,
  messageKey = 'INVALID_STATE',
  params: Record<string, number> = {},
): Refusal =>
  refuse('INVALID_STATE', { field: ['input', 'ticketId'], messageKey, params: { state, ...params } })
