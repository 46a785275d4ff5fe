import {
  type AnyEntity,
  type EntitySchema,
  MikroORM,
  type PostgreSqlConnection,
  type SqlEntityManager,
} from '@mikro-orm/postgresql'
import { Migrator } from '@mikro-orm/migrations'
import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg'
import { alarmsOf } from './alarm-metrics.js'
import { eventsRecorded, pools } from './database-metrics.js'
import { isSilence, translateDatabaseError } from './failures.js'
import { NotifyChannel } from './notify-channel.js'
import { Operation, type Reactions, type Run, runIn } from './operation.js'
import { ReadTransaction, types } from './read-transaction.js'
import { lockWithoutKeys } from './row-locks.js'
import { knowTables } from './statement-labels.js'
import { TransactionConnection } from './transaction-connection.js'
import { Turnstile } from './turnstile.js'
import { SharedWakeUp, type WakeUp } from './wake-up.js'
import { type DatabaseRole, openRole, openSession, type Session } from './walls.js'

export type Entity = EntitySchema<AnyEntity>

export interface DatabaseOptions {
  url: string
  poolSize: number
  /** Of them one tenant holds so many at once. Half when omitted, so that another always finds one. */
  tenantConnections?: number
  entities: readonly unknown[]
  /** What rooms do when another one records something. */
  reactions?: Reactions
  /** Name of the newest migration this code was built with. */
  newestMigration: string
  /** A pooler in transaction mode stands between: statements stay unnamed, since older poolers lose the names. */
  pooled?: boolean
  /** Straight to PostgreSQL, where wake-ups of other processes are heard. Without it a process hears its own, and looks for the rest. */
  listenUrl?: string
  /** 20 s when omitted. */
  transactionMs?: number
}

/** A statement in a transaction across tenants. */
export type Query = <Row extends QueryResultRow>(
  text: string,
  values?: readonly unknown[],
) => Promise<QueryResult<Row>>

/** How long a request waits for a free connection. 5 s, the same as for a lock: a queue this long needs another process. */
const CONNECT_TIMEOUT_MS = 5_000
/** How long it waits for its turn before that: a little less, so that who waits behind a pool that is stuck hears it as soon. */
const TURN_TIMEOUT_MS = CONNECT_TIMEOUT_MS - 500
/**
 * How long a statement's answer is waited for, when the network swallows it. 12 s: PostgreSQL ends the statement itself
 * after 10 s, and has 2 s to say so.
 */
const ANSWER_TIMEOUT_MS = 12_000
/**
 * After so long a caller's transaction begins no statement any more; with the 10 s of its last one it's over in 30 s,
 * before the proxies in front of an API give up on it, which by custom is after 60 s. (`transaction_timeout` is
 * PostgreSQL's from 17 on alone.)
 */
const TRANSACTION_MS = 20_000

/** The one way to the data: every transaction is opened here, within the walls. */
export class Database {
  readonly orm: MikroORM
  /** How long a caller's transaction begins statements. */
  readonly transactionMs: number
  readonly #pool: Pool
  readonly #named: boolean
  readonly #newestMigration: string
  readonly #reactions: Reactions
  readonly #turnstile: Turnstile
  readonly #wakeUp: SharedWakeUp

  private constructor(orm: MikroORM, pool: Pool, options: DatabaseOptions) {
    this.orm = orm
    this.#pool = pool
    this.#named = !options.pooled
    this.#newestMigration = options.newestMigration
    this.#reactions = options.reactions ?? new Map()
    this.transactionMs = options.transactionMs ?? TRANSACTION_MS
    const share = options.tenantConnections ?? Math.ceil(options.poolSize / 2)
    this.#turnstile = new Turnstile(options.poolSize, share, TURN_TIMEOUT_MS)
    this.#wakeUp = new SharedWakeUp(options.listenUrl ? new NotifyChannel(options.listenUrl) : null)
    knowTables(orm)
    pools.add(pool)
    alarmsOf.add(this)
  }

  static async open(options: DatabaseOptions): Promise<Database> {
    const common = ormOptions(options)
    const driverOptions = { ...(common?.driverOptions as object), query_timeout: ANSWER_TIMEOUT_MS }
    const orm = new MikroORM({ ...common, driverOptions }) as unknown as MikroORM
    try {
      lockWithoutKeys(orm)
      const connection = orm.em.getConnection() as unknown as PostgreSqlConnection
      return new Database(orm, (await connection.getNativeClient()) as unknown as Pool, options)
    } catch (error) {
      await orm.close(true)
      throw error
    }
  }

  /** Rings after each commit that recorded an event, of this process and of others. */
  get wakeUp(): WakeUp {
    return this.#wakeUp
  }

  /** One lazy, repeatable, read-only view for a query or a payload. Close it when the answer is out. */
  read(session: Session): ReadTransaction {
    return new ReadTransaction(() => this.#connectFor(session), session, {
      named: this.#named,
      deadline: performance.now() + this.transactionMs,
    })
  }

  /**
   * One atomic change. `work` finds, locks and calls verbs; what it recorded, the alarms it set and its counters commit
   * with it or not at all. Database errors come out as CONFLICT or TIMEOUT where that is what they mean.
   */
  async write<T>(session: Session, work: (operation: Operation) => Promise<T>): Promise<T> {
    const { result, operation } = await this.#transaction(
      openSession(session),
      connection => operate(this.#operationOn(connection, session), work),
      () => this.#connectFor(session),
      this.transactionMs,
    )
    this.#announce(operation)
    return result
  }

  /**
   * A change that first claims its work across tenants, as `role`, and is then done within the walls of the tenant it
   * found, in the same transaction: a process that dies in between gives its claim back at once. Answers null when
   * there was nothing to claim.
   */
  async writeClaimed<T>(
    role: DatabaseRole,
    claim: (run: Run) => Promise<Session | null>,
    work: (operation: Operation) => Promise<T>,
  ): Promise<T | null> {
    const done = await this.#transaction(openRole(role), async connection => {
      const em = this.#entityManagerOn(connection)
      const session = await claim((sql, values) => runIn(em, sql, values))
      if (!session) return null
      await connection.query(openSession(session))
      return operate(new Operation(em, session, this.#reactions), work)
    })
    if (!done) return null
    this.#announce(done.operation)
    return done.result
  }

  /**
   * Privilege rises here: a transaction as the directory or alarm role sees a few tables of *all* tenants. Those tables
   * hold ids, keys and times; the catalogue test lists them by name. Nothing a client sent reaches `work` unchecked.
   */
  async acrossTenants<T>(role: DatabaseRole, work: (query: Query) => Promise<T>): Promise<T> {
    return this.#transaction(openRole(role), connection =>
      work((text, values) => connection.query({ text, values: [...(values ?? [])], types })),
    )
  }

  /**
   * Begins, lets `work` do its part, commits, and gives the connection back whatever happens; one that couldn't even be
   * rolled back leaves the pool. READ COMMITTED: a change waits for the row it locks and then sees what the other wrote.
   */
  async #transaction<T>(
    opening: string,
    work: (connection: TransactionConnection) => Promise<T>,
    connect: () => Promise<PoolClient> = () => this.#connect(),
    lastsMs = Number.POSITIVE_INFINITY,
  ): Promise<T> {
    const client = await connect()
    const connection = new TransactionConnection(client, performance.now() + lastsMs)
    let broken: Error | undefined
    try {
      await client.query(`begin isolation level read committed; ${opening}`)
      const result = await work(connection)
      connection.end()
      await commit(client)
      return result
    } catch (error) {
      connection.end()
      if (isSilence(error)) broken = error as Error
      else await client.query('rollback').catch((failure: Error) => (broken = failure))
      throw translateDatabaseError(error)
    } finally {
      client.release(broken)
    }
  }

  async #connect(): Promise<PoolClient> {
    try {
      return await this.#pool.connect()
    } catch (error) {
      throw translateDatabaseError(error)
    }
  }

  /** A connection for a tenant's callers, in their turn; whoever gives it back gives the turn back. */
  async #connectFor({ tenantId }: Session): Promise<PoolClient> {
    const turn = this.#turnstile.enter(tenantId)
    if (turn) await turn
    try {
      const client = await this.#connect()
      const release = client.release.bind(client)
      client.release = error => {
        this.#turnstile.leave(tenantId)
        release(error)
      }
      return client
    } catch (error) {
      this.#turnstile.leave(tenantId)
      throw error
    }
  }

  #operationOn(connection: TransactionConnection, session: Session): Operation {
    return new Operation(this.#entityManagerOn(connection), session, this.#reactions)
  }

  /** After the commit: before it there is nothing to be seen. */
  #announce(operation: Operation): void {
    for (const type of operation.recorded) eventsRecorded.inc({ type })
    if (operation.recorded.length > 0) this.#wakeUp.announce(operation.session.tenantId)
    operation.committed()
  }

  /** Transactions are begun and ended here and not by the ORM, which loses a connection when a rollback fails on it. */
  #entityManagerOn(connection: TransactionConnection): SqlEntityManager {
    const em = this.orm.em.fork()
    em.setTransactionContext(connection.asKysely() as never)
    return em
  }

  /** True when the database answers and knows the newest migration this code was built with. */
  async isReady(): Promise<boolean> {
    try {
      const { rowCount } = await this.acrossTenants('surety_directory', query =>
        query('select 1 from migrations where name = $1', [this.#newestMigration]),
      )
      return rowCount === 1
    } catch {
      return false
    }
  }

  async close(): Promise<void> {
    pools.delete(this.#pool)
    alarmsOf.delete(this)
    this.#wakeUp.close()
    await this.orm.close(true)
  }
}

async function operate<T>(
  operation: Operation,
  work: (operation: Operation) => Promise<T>,
): Promise<{ result: T; operation: Operation }> {
  const result = await work(operation)
  await operation.finish()
  return { result, operation }
}

/** COMMIT of an aborted transaction is answered with ROLLBACK and no error: that must not pass for success. */
async function commit(client: PoolClient): Promise<void> {
  const result = await client.query('commit')
  if (result.command !== 'COMMIT') throw new Error('the transaction was rolled back at commit')
}

export function ormOptions(
  options: Pick<DatabaseOptions, 'url' | 'poolSize' | 'entities'>,
): ConstructorParameters<typeof MikroORM>[0] {
  return {
    entities: options.entities as never,
    clientUrl: options.url,
    extensions: [Migrator],
    // Foreign keys join aggregates by id only, so they are written in the migrations and not derived from relations.
    schemaGenerator: { createForeignKeyConstraints: false },
    // A query's answer must not depend on what an earlier request left in memory: forks only.
    allowGlobalContext: false,
    pool: { min: 0, max: options.poolSize, idleTimeoutMillis: 30_000 },
    driverOptions: {
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      // Statements of one view are sent as they come, and don't wait for each other's answers.
      pipeline: true,
      application_name: 'surety',
    },
    // Its messages quote values; what is worth logging is logged at the door.
    logger: () => undefined,
  }
}
