import DataLoader from 'dataloader'
import type { Language } from '../platform/language.js'
import { say } from '../platform/language.js'
import type { GuardedFetch } from '../platform/guarded-fetch.js'
import { Failure, Refusal, refuse, type UserErrorData } from '../platform/failure.js'
import { UserError, type UserErrorCode } from '../platform/graphql/contract.js'
import {
  type Database,
  type DataCategory,
  type Grant,
  MAX_KEY_LENGTH,
  once,
  type Operation,
  type ReadTransaction,
  type Seals,
  statement,
} from '../persistence/index.js'
import type { BatchRead } from './batch-reads.js'
import { type AccessTable, mayDo, type Permission } from './permissions.js'
import {
  actorOf,
  type Caller,
  callerId,
  type DisclosureGate,
  type DisclosureOperation,
  type DisclosureNote,
  type RedactionReason,
  sessionOf,
  viewOf,
} from './caller.js'
import type { Redaction } from './redactions.js'

const serverTime = statement('server_time', 'select surety_now() as now')

const clockOfAnswer: BatchRead<string, Date> = async (reads, keys) => {
  const [row] = await reads.rows<{ now: Date }>(serverTime)
  return keys.map(() => (row as { now: Date }).now)
}

export interface RequestParts {
  id: string
  caller: Caller
  language: Language
  database: Database
  seals: Seals
  gate: DisclosureGate
  access: AccessTable
  /** The `iss` of Surety's own tokens. */
  ownIssuer: string
  /** The way to addresses that tenants name. */
  outside: GuardedFetch
  /** What an app must be authorised for to be answered: READ, unless what it is answered is pushed to it. */
  operation?: DisclosureOperation
}

/** The GraphQL context. A plain object around the request, since Apollo copies its context and a copy has no private parts. */
export interface RequestContext {
  request: Request
  /** Where subscriptions get their events from; there over a connection that lasts alone. */
  live?: LiveEvents
}

/**
 * One step of a subscription: what happened, and the walls through which it is told. Access is judged at delivery, so a
 * frame brings a request of its own, admitted when the frame was read and shared by all subscribers of one entitlement.
 */
export interface Frame {
  /** The source of the root field. */
  root: object
  /** Where a reader stands who has had it. */
  cursor: string | null
  /** Where it stood before. */
  previousCursor: string | null
  /**
   * Executes the frame's selection under its request, which is closed when nobody uses it any more: once for all of one
   * entitlement who ask for what goes by the same key.
   */
  deliver<T>(key: string, execute: (request: Request) => Promise<T>): Promise<T>
}

export interface EventWish {
  /** An event cursor: from the event behind it. Null: from now. */
  after: string | null
  /** Types as the journal names them (`breach.detected`). Null: all. */
  types: readonly string[] | null
  /** Uuids. Null: of all. */
  agreementId: string | null
  customerId: string | null
}

/** Where subscriptions get their events from. Declared here, where requests are known; implemented by the room of events. */
export interface LiveEvents {
  /** Throws BAD_USER_INPUT for a forged cursor; the iterator throws CURSOR_EXPIRED when events behind the cursor are gone. */
  subscribe(request: Request, wish: EventWish): Promise<AsyncIterableIterator<Frame>>
  close(): void
}

/** What an app may ask without saying what for: who it is. All else is somebody's records. */
const WITHOUT_PURPOSE: readonly Permission[] = ['viewer:read']

/** What a change hands back: ids on success, reasons on refusal. */
export interface Outcome<Ids> {
  ids: Ids | null
  userErrors: UserError[]
}

/**
 * One GraphQL operation under way: who asks, in which language, through which walls. Every
 * room's resolvers read and change through it alone.
 */
export class Request {
  readonly id: string
  readonly caller: Caller
  readonly language: Language
  readonly seals: Seals
  readonly ownIssuer: string
  readonly outside: GuardedFetch
  /** Response keys of mutations that were answered from memory (`extensions.replayed`). */
  readonly replayed: string[] = []
  readonly #parts: RequestParts
  readonly #database: Database
  readonly #gate: DisclosureGate
  readonly #access: AccessTable
  readonly #startedAt = performance.now()
  #grants: readonly Grant[] | null = null
  #reads: ReadTransaction | null = null
  #over = false
  #loaders = new Map<unknown, DataLoader<never, never>>()
  #redactions = new Map<string, Redaction & { id: string }>()
  #disclosed = new Map<string, { categories: Set<DataCategory>; objectCount: number; fieldCount: number }>()

  constructor(parts: RequestParts) {
    this.#parts = parts
    this.id = parts.id
    this.caller = parts.caller
    this.language = parts.language
    this.seals = parts.seals
    this.#database = parts.database
    this.#gate = parts.gate
    this.#access = parts.access
    this.ownIssuer = parts.ownIssuer
    this.outside = parts.outside
  }

  /** Asks the gate what an app may see. Called once before anything is read, and again after every change. */
  async admit(): Promise<void> {
    this.#grants = await this.#grantsFor(this.#operation)
  }

  /** The consent wall stands for apps alone. */
  async #grantsFor(operation: DisclosureOperation): Promise<readonly Grant[]> {
    return this.caller.appId === null ? [] : this.#gate.grantsOf(this.caller, operation)
  }

  get #operation(): DisclosureOperation {
    return this.#parts.operation ?? 'READ'
  }

  /** The view this answer is read from. */
  get reads(): ReadTransaction {
    if (!this.#grants) throw new Error('the request was not admitted')
    if (this.#over) throw new Error('the request is over')
    this.#reads ??= this.#database.read(sessionOf(this.caller, this.#grants))
    return this.#reads
  }

  /** The value for a key, batched with all others that are asked for in the same moment. */
  load<Key, Value>(batch: BatchRead<Key, Value>, key: Key): Promise<Value> {
    let loader = this.#loaders.get(batch) as DataLoader<Key, Value, string> | undefined
    if (!loader) {
      loader = new DataLoader<Key, Value, string>(keys => batch(this.reads, keys, this), {
        cacheKeyFn: each => (typeof each === 'string' ? each : JSON.stringify(each)),
      })
      this.#loaders.set(batch, loader as never)
    }
    return loader.load(key)
  }

  /** The clock that decides, read once for all of an answer, so that its rows agree with each other. */
  now(): Promise<Date> {
    return this.load(clockOfAnswer, 'now')
  }

  /** Binds a list's cursors to tenant, view, list, order and filter. */
  cursorBinding(list: string, order: unknown, filter: unknown): string {
    return [viewOf(this.caller), list, JSON.stringify(order), JSON.stringify(filter ?? null)].join('|')
  }

  /**
   * Makes one change: its own transaction, once per key, committed before anything is read back. A refusal rolls it
   * back and comes out as user errors; the payload is then read in a fresh view, under today's access. `find` fetches
   * what the change needs from outside, before the transaction.
   */
  async change<Ids extends object, Found = undefined>(
    mutation: { fieldName: string; path: { key: string | number } },
    input: { idempotencyKey: string },
    work: (operation: Operation, found: Found) => Promise<Ids>,
    find?: () => Promise<Found>,
  ): Promise<Outcome<Ids>> {
    const { idempotencyKey, ...body } = input
    // The view that an earlier payload was read from gives its connection back first: a request that holds one while it
    // waits for another would, together with others like it, hold the whole pool and wait for ever.
    this.close()
    // One that comes late in a long document hasn't begun: it is told so, and those before it stand.
    if (performance.now() - this.#startedAt > this.#database.transactionMs)
      throw new Failure('TIMEOUT', { messageKey: 'CHANGE_TIMEOUT' })
    try {
      checkKey(idempotencyKey)
      const call = {
        callerId: callerId(this.caller),
        mutation: mutation.fieldName,
        key: idempotencyKey,
        input: body,
      }
      const found = (await find?.()) as Found
      const session = sessionOf(this.caller, await this.#grantsFor('WRITE'))
      const done = await this.#database.write(session, operation =>
        once(operation, call, () => work(operation, found)),
      )
      if (done.replayed) this.replayed.push(String(mutation.path.key))
      return { ids: done.result, userErrors: [] }
    } catch (error) {
      if (error instanceof Refusal)
        return { ids: null, userErrors: error.errors.map(each => this.#userError(each)) }
      throw error
    } finally {
      this.close()
      await this.admit()
    }
  }

  /** The same caller asking anew: nothing is admitted, read or remembered yet. */
  anew(): Request {
    return new Request(this.#parts)
  }

  /** The same admission for another answer, which opens a view of its own. */
  again(): Request {
    const other = new Request(this.#parts)
    other.#grants = this.#grants
    return other
  }

  /** Another answer from the same view, with an account of its own of what it showed and what it closed. */
  beside(): Request {
    const other = this.again()
    other.#reads = this.reads
    return other
  }

  mayDo(permission: Permission): boolean {
    return mayDo(this.caller, permission, this.#access)
  }

  /** Lets the caller do it or says why not. An app says what it wants records for, or gets none (8.2.1). */
  allow(permission: Permission): void {
    if (!this.mayDo(permission)) throw new Failure('FORBIDDEN')
    const { appId, purpose } = this.caller
    if (appId !== null && purpose === null && !WITHOUT_PURPOSE.includes(permission))
      throw new Failure('PURPOSE_REQUIRED')
  }

  /** Whether the table lets any app do it, its customers willing: what an app's registration may name as a scope. */
  isAppScope(scope: string): boolean {
    return this.#access[scope as Permission]?.app === true
  }

  /** Whether records of this customer and category are open to the caller by the consent wall. */
  isDisclosed(customerId: string, category: DataCategory): boolean {
    if (this.caller.appId === null) return true
    return (this.#grants ?? []).some(grant => grant.customerId === customerId && grant.category === category)
  }

  /** Customers whose records of this category are open to an app. */
  customersOf(category: DataCategory): string[] {
    const { customerId } = this.caller
    return (this.#grants ?? [])
      .filter(
        grant => grant.category === category && (customerId === null || grant.customerId === customerId),
      )
      .map(grant => grant.customerId)
  }

  /** For each person: why the personal category is closed to the caller, or null where it's open. */
  async closuresOf(
    category: DataCategory,
    personIds: readonly string[],
  ): Promise<readonly (RedactionReason | null)[]> {
    if (this.caller.appId === null || personIds.length === 0) return personIds.map(() => null)
    return this.#gate.closuresOf(this.reads, this.caller, this.#operation, category, personIds)
  }

  /** Remembers what this answer closes, for `extensions.consent`. */
  noteRedactions(id: string, redactions: readonly Redaction[]): void {
    for (const each of redactions) this.#redactions.set(`${id} ${each.field}`, { id, ...each })
  }

  get redactions(): readonly (Redaction & { id: string })[] {
    return [...this.#redactions.values()]
  }

  /** Remembers that this answer shows an app something of a customer. */
  noteDisclosure(customerId: string, category: DataCategory, fieldCount: number, objectCount = 1): void {
    const sofar = this.#disclosed.get(customerId) ?? {
      categories: new Set(),
      objectCount: 0,
      fieldCount: 0,
    }
    sofar.categories.add(category)
    sofar.objectCount += objectCount
    sofar.fieldCount += fieldCount
    this.#disclosed.set(customerId, sofar)
  }

  /** What this answer showed an app, customer by customer. */
  get disclosed(): DisclosureNote[] {
    return [...this.#disclosed].map(([customerId, { categories, ...counts }]) => ({
      customerId,
      categories: [...categories].sort(),
      ...counts,
    }))
  }

  /** Writes down what this answer showed, in a transaction of its own. */
  async keepDisclosures(): Promise<void> {
    const notes = this.disclosed
    if (notes.length > 0) await this.#gate.note(this.caller, this.id, notes)
  }

  get actor(): ReturnType<typeof actorOf> {
    return actorOf(this.caller)
  }

  /** Ends the view. The next read opens a new one. */
  close(): void {
    this.#reads?.close()
    this.#reads = null
    this.#loaders = new Map()
  }

  /**
   * Ends the request for good, when its answer is out. A field that failed doesn't stop its neighbours: one of them that
   * goes on reading must not open a view that nobody closes.
   */
  end(): void {
    this.close()
    this.#over = true
  }

  #userError(data: UserErrorData): UserError {
    const error = new UserError()
    error.code = data.code as UserErrorCode
    error.field = data.field
    error.message = say(data.messageKey, this.language, data.params)
    error.clause = data.clause
    // What a refusal names is wrong until the input or the object changes; lost races are CONFLICT, an error.
    error.retryable = data.code === 'UNREACHABLE'
    return error
  }
}

function checkKey(key: string): void {
  const field = ['input', 'idempotencyKey']
  if (key.trim() === '') throw refuse('BLANK', { field })
  if (key.length > MAX_KEY_LENGTH) throw refuse('TOO_LONG', { field, params: { max: MAX_KEY_LENGTH } })
  // PostgreSQL text holds no NUL, and two halves of characters would be stored as the same key.
  if (key.includes('\0') || !key.isWellFormed()) throw refuse('INVALID', { field })
}

/** Refuses texts that PostgreSQL can't hold or that nobody needs: blank where something must stand, too long, with NUL. */
export function checkText(
  value: string,
  field: string[],
  limits: { max: number; blank?: boolean; clause?: string },
): string {
  const text = value.trim()
  const clause = limits.clause ?? null
  if (text === '' && !limits.blank) throw refuse('BLANK', { field, clause })
  if (text.length > limits.max) throw refuse('TOO_LONG', { field, params: { max: limits.max }, clause })
  if (text.includes('\0') || !text.isWellFormed()) throw refuse('INVALID', { field, clause })
  return text
}

/** The client read the object as it stands, or is told that it changed. */
export function checkRevision(object: { revision: number }, expected: number | null | undefined): void {
  if (expected != null && expected !== object.revision) {
    throw refuse('STALE_REVISION', {
      field: ['input', 'expectedRevision'],
      params: { revision: object.revision },
    })
  }
}

export function badInput(messageKey: string, params: Record<string, string | number> = {}): Failure {
  return new Failure('BAD_USER_INPUT', { messageKey, params })
}
