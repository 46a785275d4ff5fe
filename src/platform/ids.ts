import { createHash } from 'node:crypto'
import { v7 } from 'uuid'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const PUBLIC_ID = /^([a-z]{3})_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/

/** A new row's id: UUID version 7 (RFC 9562), so that new rows sit together at the end of every index. */
export const newUuid = (): string => v7()

/** One that nothing has. */
export const NO_UUID = '00000000-0000-0000-0000-000000000000'

export const isUuid = (text: string): boolean => UUID.test(text)

/** An id derived from a text, the same every time: SHA-256 cut into a UUID version 8 (RFC 9562, 5.8). */
export function uuidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The id that clients see: `agr_<uuid>`. Opaque to them, lower-case ASCII, 40 characters. */
export const publicId = (prefix: string, uuid: string): string => `${prefix}_${uuid}`

/** Splits a client's id, or null when it has no such form. */
export function splitPublicId(id: string): { prefix: string; uuid: string } | null {
  const match = PUBLIC_ID.exec(id)
  return match ? { prefix: match[1] as string, uuid: match[2] as string } : null
}

/** The uuid within a client's id of one kind; null when malformed or of another kind, which then looks like any unknown id. */
export function uuidOf(prefix: string, id: string): string | null {
  const split = splitPublicId(id)
  return split?.prefix === prefix ? split.uuid : null
}
