import type { AlarmHandler, EventActor, Operation, Seals } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid } from '../platform/ids.js'
import { checkText } from '../tenancy/index.js'
import { Attachment, ATTACHMENT_ID } from './attachment.js'
import { Ticket } from './ticket.js'
import { clientIdOf, findTicket, flushClientId, type TicketTarget } from './ticket-finding.js'

/** Largest file, in bytes: 10 MB. A screenshot or a log; sent within the 30 s that a request may take at 3 Mbit/s. */
export const MAX_ATTACHMENT_BYTES = 10_000_000
/** Files of one ticket, with what was announced and never sent. */
const MAX_ATTACHMENTS = 100
/** How long after it was announced a file is taken: ten minutes, for a telephone on a train. */
const UPLOAD_MS = 10 * 60 * 1000
/** How long after that one which was never sent is still shown: an hour, in which whoever announced it looks why it isn't there. */
const SHOWN_UNSENT_MS = 60 * 60 * 1000
/** The alarm at which a file that was announced and never sent is forgotten. */
export const UNSENT_ALARM = 'attachment.unsent'
/** RFC 6838, 4.2, without parameters. */
const CONTENT_TYPE = /^[a-z0-9][\w!#$&^.+-]{0,62}\/[a-z0-9][\w!#$&^.+-]{0,62}$/
const SHA256 = /^[0-9a-f]{64}$/

export interface UploadInput extends TicketTarget {
  fileName: string
  contentType: string
  byteSize: number
  sha256: string
  clientId?: string | null
}

/** Announces a file: its name, size and hash. Its bytes come next, under a link of their own. */
export async function announceAttachment(
  operation: Operation,
  input: UploadInput,
  callerId: string,
): Promise<Attachment> {
  const ticket = await findTicket(operation, input, callerId)
  const of = { tenantId: ticket.tenantId, ticketId: ticket.id }
  if ((await operation.em.count(Attachment, of)) >= MAX_ATTACHMENTS)
    throw refuse('TOO_MANY', { field: ['input', 'ticketId'], params: { max: MAX_ATTACHMENTS } })
  const now = await operation.now()
  const attachment = operation.em.create(Attachment, {
    ...of,
    id: newUuid(),
    customerId: ticket.customerId,
    state: 'PENDING',
    ...checkedFile(input),
    clientId: clientIdOf(input.clientId),
    callerId,
    uploadUntil: new Date(now.getTime() + UPLOAD_MS),
    createdAt: now,
    updatedAt: now,
  })
  await flushClientId(operation, 'attachments_client_id_key')
  const forgottenAt = new Date(attachment.uploadUntil.getTime() + SHOWN_UNSENT_MS)
  operation.setAlarm(UNSENT_ALARM, attachment.id, forgottenAt)
  return attachment
}

/** Announced, and never sent: nobody can send it any more, and it takes a place among its ticket's files. */
export const forgetUnsent: AlarmHandler = async (operation, alarms) => {
  await operation.run(
    `delete from attachments where tenant_id = $1 and id = any ($2::uuid[]) and state = 'PENDING' and upload_until < (select surety_now())`,
    [operation.session.tenantId, alarms.map(({ subjectId }) => subjectId)],
  )
}

function checkedFile({ fileName, contentType, byteSize, sha256 }: UploadInput): {
  fileName: string
  contentType: string
  byteSize: number
  sha256: string
} {
  const at = (name: string): string[] => ['input', name]
  const name = checkText(fileName, at('fileName'), { max: 255 })
  // A name and no path, and nothing that a terminal or a header would take for more than a name.
  if (/[/\\\p{Cc}]/u.test(name)) throw refuse('INVALID', { field: at('fileName') })
  if (!CONTENT_TYPE.test(contentType)) throw refuse('INVALID', { field: at('contentType') })
  if (!SHA256.test(sha256)) throw refuse('INVALID', { field: at('sha256') })
  if (byteSize < 1) throw refuse('TOO_SMALL', { field: at('byteSize'), params: { min: 1 } })
  if (byteSize > MAX_ATTACHMENT_BYTES)
    throw refuse('TOO_LARGE', { field: at('byteSize'), params: { max: MAX_ATTACHMENT_BYTES } })
  return { fileName: name, contentType, byteSize, sha256 }
}

/** What an upload link opens: one place for the bytes of one attachment. */
export interface UploadPlace {
  tenantId: string
  attachmentId: string
}

const UPLOAD = 'attachment upload'

export const sealUpload = (seals: Seals, place: UploadPlace): string =>
  seals.seal(UPLOAD, '', JSON.stringify(place))

export function openUpload(seals: Seals, link: string): UploadPlace | null {
  const opened = seals.open(UPLOAD, '', link)
  return opened === null ? null : (JSON.parse(opened) as UploadPlace)
}

/** The bytes are in, and are what was announced. Answers whether they were still awaited. */
export async function storeAttachment(
  operation: Operation,
  attachment: Attachment,
  parts: readonly Buffer[],
  actor: EventActor,
): Promise<boolean> {
  const now = await operation.now()
  if (!attachment.awaits(now)) return false
  const { tenantId, ticketId } = attachment
  const ticket = await operation.em.findOneOrFail(Ticket, { tenantId, id: ticketId })
  for (const [ordinal, bytes] of parts.entries())
    await operation.run(
      'insert into attachment_parts (tenant_id, attachment_id, ordinal, customer_id, bytes) values ($1, $2, $3, $4, $5)',
      [attachment.tenantId, attachment.id, ordinal, attachment.customerId, bytes],
    )
  attachment.store(now)
  operation.clearAlarm(UNSENT_ALARM, attachment.id)
  operation.record({
    type: 'attachment.stored',
    category: 'ATTACHMENT',
    subject: { kind: ATTACHMENT_ID, id: attachment.id, revision: () => attachment.revision },
    customerId: attachment.customerId,
    agreementId: ticket.agreementId,
    actor,
    occurredAt: now,
    acceptedAt: now,
    data: { byteSize: attachment.byteSize },
  })
  return true
}
