import { orderedBy } from '../platform/graphql/pages.js'
import { statement } from '../persistence/index.js'
import { type BatchRead, byId, newestOf } from '../tenancy/index.js'
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
  covered: boolean
  softwareProduct: string | null
  softwareVersion: string | null
  softwareEnvironment: string | null
  category: string | null
  duplicateOfId: string | null
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
  software_id as "softwareId", covered, software_product as "softwareProduct", software_version as "softwareVersion",
  software_environment as "softwareEnvironment", support_category as "category", duplicate_of_id as "duplicateOfId", reporter_id as "reporterId", claimed_at as "claimedAt", received_at as "receivedAt",
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

const originals = statement(
  'tickets_with_duplicates',
  'select distinct duplicate_of_id as id from tickets where tenant_id = $1 and duplicate_of_id = any ($2::uuid[])',
)

/** Whether another ticket is a duplicate of each. */
export const hasDuplicates: BatchRead<string, boolean> = async (reads, ids) => {
  const rows = await reads.rows<{ id: string }>(originals, [reads.session.tenantId, ids])
  const found = new Set(rows.map(({ id }) => id))
  return ids.map(id => found.has(id))
}

export interface QuestionRow {
  id: string
  customerId: string
  ticketId: string
  state: string
  text: string
  answer: string | null
  endedAt: Date | null
  createdAt: Date
  updatedAt: Date
  revision: number
}

export const QUESTION_COLUMNS = `id, customer_id as "customerId", ticket_id as "ticketId", state, text, answer, ended_at as "endedAt",
  created_at as "createdAt", updated_at as "updatedAt", revision`

export const questionById = byId<QuestionRow>('ticket_questions', QUESTION_COLUMNS)

/** The oldest questions of many tickets. */
export const firstQuestionsOf = newestOf<QuestionRow>(
  'ticket_questions',
  QUESTION_COLUMNS,
  'ticket_id',
  orderedBy('createdAt', 'ASC'),
)

export interface ActRow {
  id: string
  customerId: string
  ticketId: string
  type: string
  state: string
  kind: string
  covered: boolean
  actorKind: string
  actorId: string
  at: Date
  claimedAt: Date | null
}

export const ACT_COLUMNS = `id, customer_id as "customerId", ticket_id as "ticketId", type, state, kind, covered, actor_kind as "actorKind",
  actor_id as "actorId", at, claimed_at as "claimedAt"`

export const actById = byId<ActRow>('ticket_acts', ACT_COLUMNS)

/** The first steps of many tickets. */
export const firstActsOf = newestOf<ActRow>('ticket_acts', ACT_COLUMNS, 'ticket_id', orderedBy('at', 'ASC'))
