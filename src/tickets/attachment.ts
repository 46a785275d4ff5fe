import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned } from '../persistence/index.js'

export const ATTACHMENT_ID = 'att'

/** STORED: its bytes are here, of the size and hash that were announced. */
export type AttachmentState = 'PENDING' | 'STORED'

const AttachmentSchema = defineEntity({
  name: 'Attachment',
  tableName: 'attachments',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    ticketId: p.uuid(),
    state: p.string().length(10).$type<AttachmentState>(),
    fileName: p.string().length(255),
    contentType: p.string().length(127),
    byteSize: p.integer(),
    /** SHA-256 (FIPS 180-4) of its bytes, in lower-case hex. */
    sha256: p.string().length(64),
    clientId: p.uuid().nullable(),
    callerId: p.string().length(64),
    /** Until when its bytes are taken. */
    uploadUntil: p.datetime(3),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  uniques: [
    { name: 'attachments_client_id_key', properties: ['tenantId', 'callerId', 'clientId'] },
    { name: 'attachments_customer_key', properties: ['tenantId', 'customerId', 'id'] },
  ],
  indexes: [{ name: 'attachments_ticket_idx', properties: ['tenantId', 'ticketId', 'createdAt', 'id'] }],
  ...customerOwned('ATTACHMENT'),
})

/** A file on a ticket: announced first, then sent under a link that is good for it alone. */
export class Attachment extends AttachmentSchema.class {
  /** Whether its bytes may still come. */
  awaits(now: Date): boolean {
    return this.state === 'PENDING' && now <= this.uploadUntil
  }

  store(now: Date): void {
    this.state = 'STORED'
    this.updatedAt = now
  }
}
AttachmentSchema.setClass(Attachment)

/**
 * The bytes of an attachment, a part in each row. In the database, and not in a folder: every process on it has them,
 * the walls hold them like any other row, and one backup has all.
 */
export const AttachmentPart = defineEntity({
  name: 'AttachmentPart',
  tableName: 'attachment_parts',
  properties: {
    tenantId: p.uuid().primary(),
    attachmentId: p.uuid().primary(),
    ordinal: p.smallint().primary(),
    customerId: p.uuid(),
    bytes: p.blob(),
  },
  ...customerOwned('ATTACHMENT'),
})
