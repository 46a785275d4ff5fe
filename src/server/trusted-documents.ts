import { type Database, statement, systemSession } from '../persistence/index.js'
import type { Caller, Directory } from '../tenancy/index.js'
import { KeptTexts } from './bounds/index.js'
import { RequestRefused } from './http-request.js'
import { documentIdOf, hashIdOf, isHash } from './trusted-ids.js'

/** What a client asks with: a text, or the id of one that was published. */
export interface AskedDocument {
  query?: string | null | undefined
  documentId?: unknown
  extensions?: Record<string, unknown> | null | undefined
}

/** Its set is an app's or the tenant's. */
interface Published {
  setId: string
  body: string
}

const trustedDocument = statement(
  'trusted_document',
  `select set_id as "setId", body from trusted_documents
   where tenant_id = $1 and set_id = any ($2::uuid[]) and document_id = $3`,
)

/**
 * Finds the text that a client means. An app's callers have its documents and then the tenant's; everybody else has the
 * tenant's. What was published never changes, so what was once found is kept; what wasn't found is looked for again, and so
 * a document is there for every process as soon as it is published. None is ever registered by being sent.
 */
export class TrustedDocuments {
  readonly #database: Database
  readonly #directory: Directory
  /** By tenant, app and id. */
  readonly #kept = new KeptTexts()

  constructor({ database, directory }: { database: Database; directory: Directory }) {
    this.#database = database
    this.#directory = directory
  }

  /** The question with its text. Throws BAD_USER_INPUT, PERSISTED_QUERY_NOT_FOUND, and FORBIDDEN for a text of an app's own. */
  async resolve<Asked extends AskedDocument>(
    caller: Caller,
    asked: Asked,
  ): Promise<Omit<Asked, 'documentId' | 'query'> & { query: string }> {
    const { documentId: _id, query: _query, ...rest } = asked
    const { persistedQuery: _hash, ...extensions } = asked.extensions ?? {}
    const query = await this.#textOf(caller, asked)
    return { ...rest, ...(asked.extensions ? { extensions } : {}), query }
  }

  async #textOf(caller: Caller, asked: AskedDocument): Promise<string> {
    const { query } = asked
    const id = idIn(asked)
    if (id === null && !query) throw new RequestRefused(400, 'NO_QUERY')
    if (query && id !== null && isHash(id) && id !== hashIdOf(query))
      throw new RequestRefused(400, 'HASH_DISAGREES')
    const mustBePublished = await this.#isTrustedOnly(caller)
    if (query && id !== null && isHash(id) && !mustBePublished) return query
    if (query && id === null && !mustBePublished) return query
    const published = await this.#find(caller, id ?? hashIdOf(query as string))
    if (published === null) throw query && mustBePublished ? trustedOnly() : notFound()
    if (query && query !== published) throw new RequestRefused(400, 'HASH_DISAGREES')
    return published
  }

  async #isTrustedOnly({ appId }: Caller): Promise<boolean> {
    if (appId === null) return false
    return (await this.#directory.look()).app(appId)?.trustedOnly ?? true
  }

  /**
   * A text of the tenant's under an id that is no hash isn't kept for an app: it may publish one of its own under that id,
   * which then comes first.
   */
  async #find({ tenantId, appId }: Caller, documentId: string): Promise<string | null> {
    const key = `${tenantId} ${appId ?? ''} ${documentId}`
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    const found = await this.#read(tenantId, appId, documentId)
    if (found && (isHash(documentId) || found.setId === (appId ?? tenantId))) this.#kept.set(key, found.body)
    return found?.body ?? null
  }

  /**
   * Privilege rises here: documents are the staff's to see, and anybody of the tenant may send one, so they are looked up as
   * Surety itself. Tenant and app come from the verified token, and nothing but a text that was published comes out.
   */
  async #read(tenantId: string, appId: string | null, documentId: string): Promise<Published | null> {
    const reads = this.#database.read(systemSession(tenantId))
    try {
      const sets = [...(appId === null ? [] : [appId]), tenantId]
      const rows = await reads.rows<Published>(trustedDocument, [tenantId, sets, documentId])
      return sets.flatMap(set => rows.filter(row => row.setId === set))[0] ?? null
    } finally {
      reads.close()
    }
  }
}

/** The id a client sends: `documentId`, or what Apollo's clients put into `extensions.persistedQuery` (version 1). */
function idIn({ documentId, extensions }: AskedDocument): string | null {
  const given = [
    ...(documentId == null ? [] : [documentIn(documentId, 'documentId')]),
    ...(extensions?.persistedQuery == null ? [] : [hashIn(extensions.persistedQuery)]),
  ]
  if (new Set(given).size > 1) throw new RequestRefused(400, 'HASH_DISAGREES')
  return given[0] ?? null
}

function hashIn(persistedQuery: unknown): string {
  const { version, sha256Hash } = Object(persistedQuery) as { version?: unknown; sha256Hash?: unknown }
  if (version !== 1) throw badParameter('extensions.persistedQuery')
  return documentIn(sha256Hash, 'extensions.persistedQuery')
}

function documentIn(given: unknown, name: string): string {
  const id = typeof given === 'string' ? documentIdOf(given) : null
  if (id === null) throw badParameter(name)
  return id
}

const badParameter = (name: string): RequestRefused =>
  new RequestRefused(400, 'BAD_PARAMETER', { params: { name } })

const notFound = (): RequestRefused =>
  new RequestRefused(400, 'PERSISTED_QUERY_NOT_FOUND', { code: 'PERSISTED_QUERY_NOT_FOUND' })

const trustedOnly = (): RequestRefused => new RequestRefused(403, 'TRUSTED_ONLY', { code: 'FORBIDDEN' })
