import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'

export const TICKET_ID = 'tkt'
export const COMMENT_ID = 'tkc'

export type TicketState = 'REPORTED' | 'RESPONDED' | 'IN_PROGRESS' | 'RESOLVED' | 'CLOSED'
/** FAULT: response and fix (2.3.1). SUPPORT: response only (7.2.1). UPGRADE_PROBLEM: response (6.4.2). */
export type TicketKind = 'FAULT' | 'SUPPORT' | 'UPGRADE_PROBLEM'
export type TicketPriority = 'LOW' | 'NORMAL' | 'HIGH' | 'URGENT'
export type TicketChannel = 'PORTAL' | 'PHONE' | 'EMAIL' | 'ONLINE'

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
  ],
  ...customerOwned('TICKET'),
})

/** What a customer asked for. */
export class Ticket extends TicketSchema.class {
  /** The first answer by a person; an automatic acknowledgement is none. */
  respond(now: Date): void {
    requireState(this, ['REPORTED'])
    this.state = 'RESPONDED'
    this.respondedAt = now
    this.updatedAt = now
  }

  start(now: Date): void {
    requireState(this, ['RESPONDED'])
    this.state = 'IN_PROGRESS'
    this.updatedAt = now
  }

  /** Solved. Who solves without having answered has answered by it. */
  resolve(now: Date): void {
    requireState(this, ['REPORTED', 'RESPONDED', 'IN_PROGRESS'])
    this.state = 'RESOLVED'
    this.respondedAt ??= now
    this.resolvedAt = now
    this.updatedAt = now
  }

  close(now: Date): void {
    requireState(this, ['RESOLVED'])
    this.state = 'CLOSED'
    this.closedAt = now
    this.updatedAt = now
  }
}
TicketSchema.setClass(Ticket)

function requireState(ticket: Ticket, states: readonly TicketState[]): void {
  if (!states.includes(ticket.state))
    throw refuse('INVALID_STATE', { field: ['input', 'ticketId'], params: { state: ticket.state } })
}

const CommentSchema = defineEntity({
  name: 'TicketComment',
  tableName: 'ticket_comments',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    ticketId: p.uuid(),
    side: p.string().length(10).$type<'PROVIDER' | 'CUSTOMER'>(),
    text: p.text(),
    clientId: p.uuid().nullable(),
    callerId: p.string().length(64),
    createdAt: p.datetime(3),
  },
  uniques: [{ name: 'ticket_comments_client_id_key', properties: ['tenantId', 'callerId', 'clientId'] }],
  indexes: [{ name: 'ticket_comments_ticket_idx', properties: ['tenantId', 'ticketId', 'createdAt', 'id'] }],
  ...customerOwned('TICKET'),
})

/** One message on a ticket, from either side. */
export class TicketComment extends CommentSchema.class {}
CommentSchema.setClass(TicketComment)
