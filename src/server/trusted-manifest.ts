import { type DocumentNode, getOperationAST, GraphQLError, type GraphQLSchema } from 'graphql'
import { Failure, Refusal, refuse, userError, type UserErrorData } from '../platform/failure.js'
import type { Language } from '../platform/language.js'
import { Documents } from './bounds/index.js'
import { presentError } from './errors.js'
import { MAX_DOCUMENT_NAME } from './trusted-document.js'
import { documentIdOf, hashIdOf, isHash } from './trusted-ids.js'
import { problemsOf } from './validation.js'
import { wordsOf } from './wordings.js'

/** Most documents in one manifest: a large front end has some hundreds of operations. */
export const MAX_DOCUMENTS = 1_000
/** Reasons told at once: whoever mends these has seen the pattern. What is wrong with a thousand takes seconds to find out. */
const MAX_REASONS = 20

export const MANIFEST_FIELD = ['input', 'manifest']
const APOLLO_FORMAT = 'apollo-persisted-query-manifest'
const NAME = new RegExp(`^[_A-Za-z]\\w{0,${MAX_DOCUMENT_NAME - 1}}$`)

/** A document that may be published. */
export interface ReadDocument {
  documentId: string
  name: string
  kind: string
  body: string
}

/** What a manifest says of one document, before it is looked at. */
interface Entry {
  id: unknown
  body: unknown
  name?: unknown
  type?: unknown
}

/**
 * Reads a manifest: Apollo's (`apollo-persisted-query-manifest`, version 1), or what the code generator writes as
 * `persistedDocuments`, texts by their ids. Each document is held to the schema and its bounds as if it were sent; one that
 * isn't good refuses them all, by its name.
 */
export function readManifest(manifest: unknown, schema: GraphQLSchema, language: Language): ReadDocument[] {
  const entries = entriesOf(manifest)
  if (entries.length === 0) throw refuse('REQUIRED', { field: MANIFEST_FIELD })
  if (entries.length > MAX_DOCUMENTS)
    throw refuse('TOO_MANY', { field: MANIFEST_FIELD, params: { max: MAX_DOCUMENTS } })
  const reader = new Reader(schema, language)
  const documents = new Map<string, ReadDocument>()
  for (const [index, entry] of entries.entries()) {
    const document = reader.read(entry, index)
    if (document) documents.set(document.documentId, document)
    if (reader.reasons.length === MAX_REASONS) break
  }
  if (reader.reasons.length > 0) throw new Refusal(reader.reasons)
  return [...documents.values()]
}

function entriesOf(manifest: unknown): Entry[] {
  const unreadable = refuse('INVALID', { field: MANIFEST_FIELD, messageKey: 'MANIFEST_UNREADABLE' })
  if (!isRecord(manifest)) throw unreadable
  if (manifest.format === undefined)
    return Object.entries(manifest).map(([id, body]) => ({ id, body }) satisfies Entry)
  const { format, version, operations } = manifest
  if (format !== APOLLO_FORMAT || version !== 1 || !Array.isArray(operations) || !operations.every(isRecord))
    throw unreadable
  return operations.map(({ id, body, name = null, type = null }) => ({ id, body, name, type }))
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

class Reader {
  readonly reasons: UserErrorData[] = []
  readonly #schema: GraphQLSchema
  readonly #language: Language
  readonly #documents = new Documents()
  readonly #texts = new Map<string, string>()

  constructor(schema: GraphQLSchema, language: Language) {
    this.#schema = schema
    this.#language = language
  }

  /** Null when there is a reason against it. */
  read(entry: Entry, index: number): ReadDocument | null {
    // A name is told only if it is one: nothing else that was sent comes back.
    const called = typeof entry.name === 'string' && NAME.test(entry.name) ? entry.name : `#${index + 1}`
    const { body } = entry
    if (typeof body !== 'string' || body.includes('\0') || !body.isWellFormed())
      return this.#against(called, 'DOCUMENT_NO_TEXT')
    const document = this.#parse(body, called)
    if (!document) return null
    const operation = getOperationAST(document)
    const name = operation?.name?.value
    if (!operation || name === undefined || !NAME.test(name))
      return this.#against(called, 'DOCUMENT_NOT_ONE_OPERATION')
    const kind = operation.operation
    if (
      (entry.name !== undefined && entry.name !== name) ||
      (entry.type !== undefined && entry.type !== kind)
    )
      return this.#against(name, 'DOCUMENT_OTHERWISE_NAMED')
    const documentId = typeof entry.id === 'string' ? documentIdOf(entry.id) : null
    if (documentId === null) return this.#against(name, 'DOCUMENT_ID_INVALID')
    if (isHash(documentId) && documentId !== hashIdOf(body)) return this.#against(name, 'DOCUMENT_ID_WRONG')
    if ((this.#texts.get(documentId) ?? body) !== body) return this.#against(name, 'DOCUMENT_CHANGED')
    this.#texts.set(documentId, body)
    const [problem] = problemsOf(this.#schema, document)
    if (problem) return this.#against(name, 'DOCUMENT_REFUSED', { problem: this.#told(problem) })
    return { documentId, name, kind, body }
  }

  #parse(body: string, called: string): DocumentNode | null {
    try {
      return this.#documents.read(body)
    } catch (error) {
      if (!(error instanceof Failure) && !(error instanceof GraphQLError)) throw error
      return this.#against(called, 'DOCUMENT_REFUSED', { problem: this.#told(error) })
    }
  }

  #told(problem: Failure | GraphQLError): string {
    return presentError(problem, this.#language, wordsOf(this.#schema)).message
  }

  #against(name: string, messageKey: string, params: Record<string, string | number> = {}): null {
    this.reasons.push(
      userError('INVALID', { field: MANIFEST_FIELD, messageKey, params: { name, ...params } }),
    )
    return null
  }
}
