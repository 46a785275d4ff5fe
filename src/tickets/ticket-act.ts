import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned } from '../persistence/index.js'
import type { TicketKind, TicketState } from './ticket.js'

export const ACT_ID = 'tka'

export type TicketActType =
  | 'REPORTED'
  | 'RESPONDED'
  | 'STARTED'
  | 'INFO_REQUESTED'
  | 'INFO_PROVIDED'
  | 'RESOLVED'
  | 'CLOSED'
  | 'REOPENED'
  | 'RECLASSIFIED'
  | 'MARKED_DUPLICATE'

const ActSchema = defineEntity({
  name: 'TicketAct',
  tableName: 'ticket_acts',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    ticketId: p.uuid(),
    type: p.string().length(20).$type<TicketActType>(),
    /** As the act left the ticket. */
    state: p.string().length(20).$type<TicketState>(),
    kind: p.string().length(20).$type<TicketKind>(),
    covered: p.boolean(),
    actorKind: p.string().length(10),
    /** A caller's hashed id, never a name. */
    actorId: p.string().length(64),
    at: p.datetime(3),
    /** What the actor's clock said: evidence only. */
    claimedAt: p.datetime(3).nullable(),
  },
  indexes: [{ name: 'ticket_acts_ticket_idx', properties: ['tenantId', 'ticketId', 'at', 'id'] }],
  ...customerOwned('TICKET'),
})

/** One step in a ticket's life; append-only. Events are kept for 90 days, this as long as the ticket: clocks are replayed from it. */
export class TicketAct extends ActSchema.class {}
ActSchema.setClass(TicketAct)
