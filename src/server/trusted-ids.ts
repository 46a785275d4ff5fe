import { createHash } from 'node:crypto'
import { MAX_DOCUMENT_ID } from './trusted-document.js'

const SHA256 = /^(?:sha256:)?([0-9a-f]{64})$/i
const ID = new RegExp(`^[\\w.:~+/=-]{1,${MAX_DOCUMENT_ID}}$`)

/**
 * A document's id in the one form it is kept in: a SHA-256, bare as Apollo's clients send it or with its prefix as the code
 * generator writes it, becomes `sha256:<hex>`; any other stands as it is. Null for what is no id.
 */
export function documentIdOf(given: string): string | null {
  const hash = SHA256.exec(given)?.[1]
  if (hash) return `sha256:${hash.toLowerCase()}`
  return ID.test(given) ? given : null
}

export const isHash = (documentId: string): boolean => SHA256.test(documentId)

/** The id of a text, by its SHA-256 over UTF-8. */
export const hashIdOf = (body: string): string => `sha256:${createHash('sha256').update(body).digest('hex')}`
