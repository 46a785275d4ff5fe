import { createHash } from 'node:crypto'
import { LockMode } from '@mikro-orm/postgresql'
import { type Database, type Seals, statement, systemSession } from '../persistence/index.js'
import {
  type Caller,
  type FileAnswer,
  type FileDoor,
  FileRefused,
  type FileUpload,
  type Request,
  SYSTEM_ACTOR,
} from '../tenancy/index.js'
import { Attachment } from './attachment.js'
import { attachmentById } from './attachment-loaders.js'
import { openUpload, storeAttachment } from './attachments.js'

/** How long a link to a file is good: five minutes, in which a browser has followed it. Access is judged again when it does. */
const LINK_MS = 5 * 60 * 1000
/** Bytes in one row of a file: read and sent one after the other, a download holds no more than this. */
const PART_BYTES = 1_000_000
/** Uploads that are taken in at once by one process: each is held in memory until its hash is known, 80 MB in all. */
const MAX_UPLOADS = 8

const DOWNLOAD = 'attachment download'

interface Download {
  attachmentId: string
  until: string
  caller: Caller
}

export const fileAddress = (request: Request, link: string): string =>
  new URL(`files/${link}`, request.ownIssuer.endsWith('/') ? request.ownIssuer : `${request.ownIssuer}/`).href

/** No link outlives the token that asked for it. */
export const linkUntil = ({ expiresAt }: Caller, now: Date): Date =>
  new Date(Math.min(now.getTime() + LINK_MS, Math.max(expiresAt.getTime(), now.getTime())))

export const sealDownload = (request: Request, attachmentId: string, until: Date): string =>
  request.seals.seal(
    DOWNLOAD,
    '',
    JSON.stringify({ attachmentId, until: until.toISOString(), caller: request.caller } satisfies Download),
  )

function openDownload(seals: Seals, link: string): Download | null {
  const opened = seals.open(DOWNLOAD, '', link)
  if (opened === null) return null
  const download = JSON.parse(opened) as Download
  return { ...download, caller: { ...download.caller, expiresAt: new Date(download.caller.expiresAt) } }
}

const nextPart = statement(
  'attachment_part',
  'select bytes from attachment_parts where tenant_id = $1 and attachment_id = $2 and ordinal = $3',
)

/** The attachments' side of the door for files. */
export class AttachmentFiles implements FileDoor {
  readonly #database: Database
  readonly #seals: Seals
  #uploads = 0

  constructor(database: Database, seals: Seals) {
    this.#database = database
    this.#seals = seals
  }

  /** Takes in what was announced, once: of that size and that hash, or nothing of it is kept. */
  async put(link: string, upload: FileUpload): Promise<void> {
    const place = openUpload(this.#seals, link)
    if (!place) throw new FileRefused(404, 'NO_SUCH_FILE')
    const session = systemSession(place.tenantId)
    const where = { tenantId: place.tenantId, id: place.attachmentId }
    const announced = await this.#database.write(session, async operation => {
      const attachment = await operation.em.findOne(Attachment, where)
      return attachment?.awaits(await operation.now()) ? attachment : null
    })
    if (!announced) throw new FileRefused(410, 'FILE_NOT_AWAITED')
    if (this.#uploads >= MAX_UPLOADS) throw new FileRefused(503, 'TOO_MANY_UPLOADS')
    this.#uploads += 1
    try {
      const parts = await read(upload, announced)
      const stored = await this.#database.write(session, async operation => {
        const lockMode = LockMode.PESSIMISTIC_WRITE
        const attachment = await operation.em.findOneOrFail(Attachment, where, { lockMode })
        return storeAttachment(operation, attachment, parts, SYSTEM_ACTOR)
      })
      if (!stored) throw new FileRefused(410, 'FILE_NOT_AWAITED')
    } finally {
      this.#uploads -= 1
    }
  }

  /** Judges anew whether the caller who was given the link may have the file, and brings it part by part. */
  async get(link: string, requestOf: (caller: Caller) => Promise<Request>): Promise<FileAnswer> {
    const download = openDownload(this.#seals, link)
    if (!download) throw new FileRefused(404, 'NO_SUCH_FILE')
    const request = await requestOf(download.caller)
    try {
      const [now, row] = [await request.now(), await request.load(attachmentById, download.attachmentId)]
      if (now > new Date(download.until)) throw new FileRefused(410, 'FILE_LINK_OVER')
      if (!request.mayDo('ticket:read') || row?.state !== 'STORED' || row.url === null)
        throw new FileRefused(404, 'NO_SUCH_FILE')
      if (request.caller.appId !== null) {
        request.noteDisclosure(row.customerId, 'ATTACHMENT', 1)
        await request.keepDisclosures()
      }
      const { fileName, contentType, byteSize } = row
      return { fileName: fileName ?? 'file', contentType, byteSize, bytes: partsOf(request, row.id) }
    } catch (error) {
      request.end()
      throw error
    }
  }
}

/** Each part is read in a view of its own: a slow reader holds no connection, and none is sent to who may see it no more. */
async function* partsOf(request: Request, attachmentId: string): AsyncGenerator<Buffer> {
  try {
    for (let ordinal = 0; ; ordinal++) {
      request.close()
      await request.admit()
      const values = [request.caller.tenantId, attachmentId, ordinal]
      const [part] = await request.reads.rows<{ bytes: Buffer }>(nextPart, values)
      request.close()
      if (!part) return
      yield part.bytes
    }
  } finally {
    request.end()
  }
}

async function read(upload: FileUpload, { byteSize, sha256 }: Attachment): Promise<Buffer[]> {
  if (upload.length !== null && upload.length !== byteSize) throw new FileRefused(400, 'FILE_DIFFERS')
  const hash = createHash('sha256')
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of upload.bytes) {
    length += piece.length
    if (length > byteSize) throw new FileRefused(400, 'FILE_DIFFERS')
    hash.update(piece)
    pieces.push(piece)
  }
  if (length !== byteSize || hash.digest('hex') !== sha256) throw new FileRefused(400, 'FILE_DIFFERS')
  const whole = Buffer.concat(pieces)
  const count = Math.ceil(whole.length / PART_BYTES)
  return Array.from({ length: count }, (_, part) =>
    whole.subarray(part * PART_BYTES, (part + 1) * PART_BYTES),
  )
}
