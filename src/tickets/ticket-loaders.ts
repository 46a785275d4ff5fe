import { statement } from '../persistence/index.js'
import { type BatchRead, groupedInKeyOrder, inKeyOrder } from '../tenancy/index.js'
import type { TicketState } from './ticket.js'

export interface TicketRow {
  id: string
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

export const TICKET_COLUMNS = `id, agreement_id as "agreementId", number, kind, state, priority, channel, subject, description,
  software_id as "softwareId", reporter_id as "reporterId", claimed_at as "claimedAt", received_at as "receivedAt",
  responded_at as "respondedAt", resolved_at as "resolvedAt", closed_at as "closedAt", created_at as "createdAt",
  updated_at as "updatedAt", revision`

const ticketsById = statement(
  'tickets_by_id',
  `select ${TICKET_COLUMNS} from tickets where tenant_id = $1 and id = any ($2::uuid[])`,
)

export const ticketById: BatchRead<string, TicketRow | null> = async (reads, ids) =>
  inKeyOrder(ids, await reads.rows<TicketRow>(ticketsById, [reads.session.tenantId, ids]), row => row.id)

const newestOfAgreements = statement(
  'newest_tickets_of_agreements',
  `select ticket.* from unnest($2::uuid[], $3::int[]) as parent (id, size) cross join lateral (
     select ${TICKET_COLUMNS} from tickets where tenant_id = $1 and agreement_id = parent.id
     order by created_at desc, id desc limit parent.size) as ticket`,
)

/** The newest tickets of many agreements, so many of each, in one statement. One more than asked says whether there are more. */
export const newestTicketsOf: BatchRead<{ agreementId: string; size: number }, TicketRow[]> = async (
  reads,
  keys,
) => {
  const ids = keys.map(key => key.agreementId)
  const sizes = keys.map(key => key.size)
  const rows = await reads.rows<TicketRow>(newestOfAgreements, [reads.session.tenantId, ids, sizes])
  return groupedInKeyOrder(ids, rows, row => row.agreementId).map((group, index) =>
    group.slice(0, sizes[index]),
  )
}

export interface CommentRow {
  id: string
  ticketId: string
  side: string
  text: string
  createdAt: Date
}

const COMMENT_COLUMNS = `id, ticket_id as "ticketId", side, text, created_at as "createdAt"`

const commentsById = statement(
  'ticket_comments_by_id',
  `select ${COMMENT_COLUMNS} from ticket_comments where tenant_id = $1 and id = any ($2::uuid[])`,
)

export const commentById: BatchRead<string, CommentRow | null> = async (reads, ids) =>
  inKeyOrder(ids, await reads.rows<CommentRow>(commentsById, [reads.session.tenantId, ids]), row => row.id)
