import './ticket-events.js'
import type { Reaction } from '../persistence/index.js'
import { type AccessTable, EVERYONE, only } from '../tenancy/index.js'
import { Ticket, TicketComment } from './ticket.js'
import { AgreementTicketsResolver, TicketResolver } from './ticket-api.js'
import { TicketMutations } from './ticket-mutations.js'
import { pauseClocks, resumeClocks } from './ticket-clocks.js'

/**
 * Tickets: what a customer asked for.
 *
 * - *ticket*: one request. Its *kind* decides which clocks run, from the instant it was *received*.
 * - *response*: the first answer by a person. *fix*: the solution.
 * - *client id*: an id that a caller makes offline, for its own queue.
 */
export const ticketEntities = [Ticket, TicketComment]
export const ticketResolvers = [TicketResolver, TicketMutations, AgreementTicketsResolver] as const

export const ticketReactions: Readonly<Record<string, Reaction>> = {
  'agreement.suspended': pauseClocks,
  'agreement.resumed': resumeClocks,
  'agreement.terminated': resumeClocks,
  'agreement.expired': resumeClocks,
}

/** This room's part of the permission table. */
export const ticketAccess: AccessTable = {
  'ticket:read': EVERYONE,
  'ticket:report': only({ staff: ['ADMIN', 'AGENT'], customer: ['SIGNATORY', 'MEMBER'], service: true }),
  'ticket:comment': only({ staff: ['ADMIN', 'AGENT'], customer: ['SIGNATORY', 'MEMBER'], service: true }),
  // Its first answer is one by a person: no machine gives it, and whoever solves has answered.
  'ticket:handle': only({ staff: ['ADMIN', 'AGENT'] }),
  'ticket:close': only({ staff: ['ADMIN', 'AGENT'], customer: ['SIGNATORY', 'MEMBER'], service: true }),
}
