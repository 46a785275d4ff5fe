import type { Duplex } from 'node:stream'
import pg, { type PoolClient, type QueryResult } from 'pg'
import { Failure } from '../platform/failure.js'
import { asStatement } from '../platform/work.js'
import { isAborted, translateDatabaseError } from './failures.js'
import { instantOf } from './instants.js'
import { openSession, type Session } from './walls.js'

/** A statement with its own name: prepared once per connection, so its text is a constant. */
export interface Statement {
  readonly name: string
  readonly text: string
  /** What it is called where it's counted and traced, when its own name says less. */
  readonly label: string
}

const known = new Map<string, string>()

/** Names a statement. The same name with another text is a mistake, found when the module loads. */
export function statement(name: string, text: string, label = name): Statement {
  const trimmed = text.replace(/\s+/g, ' ').trim()
  const earlier = known.get(name)
  if (earlier !== undefined && earlier !== trimmed) throw new Error(`two statements are named ${name}`)
  known.set(name, trimmed)
  return { name, text: trimmed, label }
}

/** What statements are asked of: a view of one answer, or a change under way. What both need to know is written once. */
export interface Rows {
  readonly session: Session
  rows<Row extends object>(query: Statement, values?: readonly unknown[]): Promise<Row[]>
}

/**
 * A read-only transaction, begun by its first statement and seen through one session's walls. All statements of one
 * answer read the same snapshot (REPEATABLE READ), so the parts of an answer agree with each other.
 */
export class ReadTransaction {
  readonly #connect: () => Promise<PoolClient>
  readonly #session: Session
  readonly #named: boolean
  readonly #deadline: number
  #client: Promise<PoolClient> | null = null
  /** The answer to BEGIN and the walls, which the first statement doesn't wait for. */
  #begun: Promise<unknown> = Promise.resolve()
  #closed = false
  /** Why the first statement that failed did: PostgreSQL then refuses all that follow, and their reason is the same. */
  #failure: unknown = null

  /** Past `deadline`, a reading of the monotonic clock, it begins no statement any more. */
  constructor(
    connect: () => Promise<PoolClient>,
    session: Session,
    { named, deadline }: { named: boolean; deadline: number },
  ) {
    this.#connect = connect
    this.#session = session
    this.#named = named
    this.#deadline = deadline
  }

  get session(): Session {
    return this.#session
  }

  async rows<Row extends object>(query: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    this.#checkOpen()
    // Found out before it's sent: in PostgreSQL's hands it would take the other fields of the answer down with it.
    if (values.some(isUnstorable)) throw new Failure('BAD_USER_INPUT')
    this.#client ??= this.#begin()
    const client = await this.#client
    try {
      const [, result] = await asStatement(query.label, () =>
        Promise.all([this.#begun, this.#send(client, query, values)]),
      )
      return result.rows as Row[]
    } catch (error) {
      if (isAborted(error) && this.#failure) throw this.#failure
      this.#failure = ofReading(translateDatabaseError(error))
      throw this.#failure
    }
  }

  /**
   * Privilege rises here, for one statement: it is seen as Surety itself sees it, within the same tenant and the same
   * snapshot, and on the same connection, since a request that waited for a second one while it holds the first would
   * wait for itself once the pool is busy. The three messages are sent in one go and answered in order, so nothing of the
   * session's own comes between; when one of them fails the transaction is over, with whatever session it had.
   */
  async rowsAsSurety<Row extends object>(query: Statement, values: readonly unknown[]): Promise<Row[]> {
    this.#checkOpen()
    this.#client ??= this.#begin()
    const client = await this.#client
    const surety: Session = { ...this.#session, kind: 'system', customerId: null, appId: null, grants: [] }
    try {
      const [, , result] = await asStatement(query.label, () =>
        Promise.all([
          this.#begun,
          client.query(openSession(surety)),
          this.#send(client, query, values),
          client.query(openSession(this.#session)),
        ]),
      )
      return result.rows as Row[]
    } catch (error) {
      throw ofReading(translateDatabaseError(error))
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new Error('the read transaction is over')
    if (performance.now() > this.#deadline) throw readTimeout()
  }

  /** What the fields of one moment ask for leaves together, as well. */
  #send(client: PoolClient, { name, text }: Statement, values: readonly unknown[]): Promise<QueryResult> {
    holdBack(client)
    return client.query({ text, values: values as unknown[], types, ...(this.#named ? { name } : {}) })
  }

  /** Ends the transaction. Nobody waits for the answer to a read-only commit; the connection goes back when it's there. */
  close(): void {
    this.#closed = true
    const client = this.#client
    this.#client = null
    client?.then(
      open =>
        Promise.all([this.#begun, open.query('commit')]).then(
          () => open.release(),
          (error: Error) => open.release(error),
        ),
      () => undefined,
    )
  }

  /**
   * BEGIN and the walls go out in one piece with the first statement, and PostgreSQL takes them in that order: where they
   * failed, the statement fails as well, and so does the connection's return to the pool.
   */
  async #begin(): Promise<PoolClient> {
    const client = await this.#connect()
    holdBack(client)
    const begun = client.query(
      `begin isolation level repeatable read read only; ${openSession(this.#session)}`,
    )
    // Whoever sends a statement hears of it; without one nobody needs to.
    begun.catch(() => undefined)
    this.#begun = begun
    return client
  }
}

const readTimeout = (cause?: unknown): Failure =>
  new Failure('TIMEOUT', { messageKey: 'READ_TIMEOUT', cause })

/** A reader has nothing to repeat with the same key. */
const ofReading = (failure: unknown): unknown =>
  failure instanceof Failure && failure.messageKey === 'TIMEOUT' ? readTimeout(failure.cause) : failure

/** What is written now leaves together with what is written before this moment ends: each piece by itself costs a call of the system. */
function holdBack(client: PoolClient): void {
  const { stream } = (client as unknown as { connection: { stream: Duplex } }).connection
  stream.cork()
  process.nextTick(() => stream.uncork())
}

/** A text with NUL, which no text of PostgreSQL's holds. */
const isUnstorable = (value: unknown): boolean =>
  Array.isArray(value) ? value.some(isUnstorable) : typeof value === 'string' && value.includes('\0')

/**
 * How columns become JavaScript values, whatever the pool does by default: timestamptz a Date; `date` the text that
 * PostgreSQL sends, since a civil date is no midnight of some zone; bigint text, since money in minor units may pass 2^53.
 */
export const types = new pg.TypeOverrides()
types.setTypeParser(pg.types.builtins.DATE, value => value)
types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, instantOf)
