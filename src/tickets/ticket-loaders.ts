import { orderedBy } from '../platform/graphql/pages.js'
import { byId, newestOf } from '../tenancy/index.js'
import type { TicketState } from './ticket.js'

export interface TicketRow {
  id: string
  customerId: string
  agreementId: string
  number: number
  kind: string
  state: TicketState
  priority: string
  channel: string
  subject: string
  description: string
  softwareId: string | null
  reporterId: string | null
  claimedAt: Date | null
  receivedAt: Date
  respondedAt: Date | null
  resolvedAt: Date | null
  closedAt: Date | null
  createdAt: Date
  updatedAt: Date
  revision: number
}

export const TICKET_COLUMNS = `id, agreement_id as "agreementId", customer_id as "customerId", number, kind, state, priority, channel, subject, description,
  software_id as "softwareId", reporter_id as "reporterId", claimed_at as "claimedAt", received_at as "receivedAt",
  responded_at as "respondedAt", resolved_at as "resolvedAt", closed_at as "closedAt", created_at as "createdAt",
  updated_at as "updatedAt", revision`

export const ticketById = byId<TicketRow>('tickets', TICKET_COLUMNS)

/** The newest tickets of many agreements. One more than asked says whether there are more. */
export const newestTicketsOf = newestOf<TicketRow>('tickets', TICKET_COLUMNS, 'agreement_id')

export interface CommentRow {
  id: string
  customerId: string
  ticketId: string
  side: string
  text: string
  createdAt: Date
}

export const COMMENT_COLUMNS = `id, customer_id as "customerId", ticket_id as "ticketId", side, text, created_at as "createdAt"`

export const commentById = byId<CommentRow>('ticket_comments', COMMENT_COLUMNS)

/** The oldest messages of many tickets. */
export const firstCommentsOf = newestOf<CommentRow>(
  'ticket_comments',
  COMMENT_COLUMNS,
  'ticket_id',
  orderedBy('createdAt', 'ASC'),
)
