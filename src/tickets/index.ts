import './ticket-events.js'
import { type AccessTable, EVERYONE, only } from '../tenancy/index.js'
import { Ticket, TicketComment } from './ticket.js'
import { AgreementTicketsResolver, TicketResolver } from './ticket-api.js'
import { TicketMutations } from './ticket-mutations.js'

/**
 * Tickets: what a customer asked for.
 *
 * - *ticket*: one request. Its *kind* decides which clocks run, from the instant it was *received*.
 * - *response*: the first answer by a person. *fix*: the solution.
 * - *client id*: an id that a caller makes offline, for its own queue.
 */
export const ticketEntities = [Ticket, TicketComment]
export const ticketResolvers = [TicketResolver, TicketMutations, AgreementTicketsResolver] as const

/** This room's part of the permission table. */
export const ticketAccess: AccessTable = {
  'ticket:read': EVERYONE,
  'ticket:report': only({ staff: ['ADMIN', 'AGENT'], customer: ['SIGNATORY', 'MEMBER'], service: true }),
  'ticket:comment': only({ staff: ['ADMIN', 'AGENT'], customer: ['SIGNATORY', 'MEMBER'], service: true }),
  'ticket:handle': only({ staff: ['ADMIN', 'AGENT'], service: true }),
  'ticket:close': only({ staff: ['ADMIN', 'AGENT'], customer: ['SIGNATORY', 'MEMBER'], service: true }),
}
