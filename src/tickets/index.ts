import { Ticket, TicketComment } from './ticket.js'

export const ticketEntities = [Ticket, TicketComment]
