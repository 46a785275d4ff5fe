import { orderedBy } from '../platform/graphql/pages.js'
import { NO_UUID, publicId } from '../platform/ids.js'
import {
  type BatchRead,
  byId,
  closePersonal,
  inKeyOrder,
  newestOf,
  type NewestKey,
  type Redaction,
  type Request,
} from '../tenancy/index.js'
import { ATTACHMENT_ID, type AttachmentState } from './attachment.js'
import { ticketById } from './ticket-loaders.js'

export interface StoredAttachmentRow {
  id: string
  customerId: string
  ticketId: string
  state: AttachmentState
  fileName: string | null
  /** What a link to its bytes is made of; null where they are closed. */
  url: string | null
  contentType: string
  byteSize: number
  sha256: string
  uploadUntil: Date
  createdAt: Date
  updatedAt: Date
  revision: number
}

export type AttachmentRow = StoredAttachmentRow & { redactions: Redaction[] }

export const ATTACHMENT_COLUMNS = `id, customer_id as "customerId", ticket_id as "ticketId", state, file_name as "fileName", id as url,
  content_type as "contentType", byte_size as "byteSize", sha256, upload_until as "uploadUntil", created_at as "createdAt",
  updated_at as "updatedAt", revision`

const everythingOf = byId<StoredAttachmentRow>('attachments', ATTACHMENT_COLUMNS)
const everythingOfFirst = newestOf<StoredAttachmentRow>(
  'attachments',
  ATTACHMENT_COLUMNS,
  'ticket_id',
  orderedBy('createdAt', 'ASC'),
)

/** The one way to an attachment. What it is called and holds is the reporter's own, so to an app it is open under that person's consent alone; a ticket that names no reporter has nobody who could give it. */
export const attachmentById: BatchRead<string, AttachmentRow | null> = async (reads, ids, request) => {
  const rows = await everythingOf(reads, ids, request)
  const closed = await close(
    request,
    rows.filter(row => row !== null),
  )
  return inKeyOrder(ids, closed, row => row.id)
}

/** The first files of many tickets. */
export const firstAttachmentsOf: BatchRead<NewestKey, AttachmentRow[]> = async (reads, keys, request) => {
  const lists = await everythingOfFirst(reads, keys, request)
  const closed = await close(request, lists.flat())
  let from = 0
  return lists.map(list => closed.slice(from, (from += list.length)))
}

async function close(request: Request, rows: readonly StoredAttachmentRow[]): Promise<AttachmentRow[]> {
  const tickets = await Promise.all(rows.map(row => request.load(ticketById, row.ticketId)))
  const reporters = new Map(tickets.flatMap(ticket => (ticket ? [[ticket.id, ticket.reporterId]] : [])))
  return closePersonal(request, rows, {
    category: 'ATTACHMENT',
    fields: ['fileName', 'url'],
    personOf: row => reporters.get(row.ticketId) ?? NO_UUID,
    publicIdOf: row => publicId(ATTACHMENT_ID, row.id),
  })
}
