import { Kysely, PostgresDialect } from 'kysely'
import type { PoolClient, QueryConfig, QueryResult, QueryResultRow } from 'pg'
import { Failure } from '../platform/failure.js'
import { asStatement } from '../platform/work.js'
import { labelOfText } from './statement-labels.js'

/**
 * A connection for the length of one transaction. Work that outlives it, such as a promise nobody waited for, would
 * else speak in the transaction of whoever has the connection next.
 */
export class TransactionConnection {
  readonly #client: PoolClient
  readonly #deadline: number
  #over = false

  /** Past `deadline`, a reading of the monotonic clock, it takes no statement any more, and the transaction is rolled back. */
  constructor(client: PoolClient, deadline: number) {
    this.#client = client
    this.#deadline = deadline
  }

  query<Row extends QueryResultRow>(
    query: string | QueryConfig,
    values?: unknown[],
  ): Promise<QueryResult<Row>> {
    if (this.#over) return Promise.reject(new Error('the transaction is over'))
    if (performance.now() > this.#deadline)
      return Promise.reject(new Failure('TIMEOUT', { messageKey: 'CHANGE_TIMEOUT' }))
    const text = typeof query === 'string' ? query : query.text
    return asStatement(labelOfText(text), () => this.#client.query<Row>(query, values))
  }

  /** From now on it refuses; what was sent before still runs within the transaction. */
  end(): void {
    this.#over = true
  }

  /** The same connection as the ORM knows one. It begins, commits and releases nothing. */
  asKysely(): Kysely<unknown> {
    const borrowed = {
      query: (text: string, values: unknown[]) => this.query(text, values),
      release: () => undefined,
    }
    const pool = { connect: async () => borrowed, end: async () => undefined, options: {} }
    return new Kysely({ dialect: new PostgresDialect({ pool: pool as never }) })
  }
}
