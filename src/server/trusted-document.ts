import { defineEntity, p } from '@mikro-orm/postgresql'
import { staffOnly } from '../persistence/index.js'

/** Longest id: a SHA-256 with its prefix takes 71. */
export const MAX_DOCUMENT_ID = 128
/** Longest name of an operation: what the log shows of one, too. */
export const MAX_DOCUMENT_NAME = 100

/**
 * A document that was published before anybody sends it, by its id alone. It stays: an app on somebody's telephone goes on
 * sending the id it was built with.
 */
export const TrustedDocument = defineEntity({
  name: 'TrustedDocument',
  tableName: 'trusted_documents',
  properties: {
    tenantId: p.uuid().primary(),
    /** Whose callers may send it: an app's id; the tenant's own for everybody of the tenant. */
    setId: p.uuid().primary(),
    /** `sha256:` and the hash in hex, or an id of the manifest's own making. */
    documentId: p.string().length(MAX_DOCUMENT_ID).primary(),
    /** Of its one operation. */
    name: p.string().length(MAX_DOCUMENT_NAME),
    /** `query`, `mutation` or `subscription`. */
    kind: p.string().length(12),
    body: p.text(),
    publishedAt: p.datetime(3),
  },
  ...staffOnly(),
})
