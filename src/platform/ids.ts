import { v7 } from 'uuid'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const PUBLIC_ID = /^([a-z]{3})_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/

/** A new row's id: UUID version 7 (RFC 9562), so that new rows sit together at the end of every index. */
export const newUuid = (): string => v7()

export const isUuid = (text: string): boolean => UUID.test(text)

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
