import pg from 'pg'
import type { Database } from '../../src/persistence/index.js'
import type { World } from './world.js'

/** A database from below: its pool, what its connections say and show, and how they end. */

/** PostgreSQL's code for what a role may not do. */
export const INSUFFICIENT_PRIVILEGE = '42501'

/** The pool behind a database, for looking at it from below. */
export async function poolOf(database: Database): Promise<pg.Pool> {
  const connection = database.orm.em.getConnection() as unknown as { getNativeClient(): Promise<pg.Pool> }
  return connection.getNativeClient()
}

/** Passes every statement through `mutation`, on all connections made from now on: what the app would do were it wrong. */
export async function mutateStatements(database: Database, mutation: (sql: string) => string): Promise<void> {
  const pool = await poolOf(database)
  pool.on('connect', client => {
    const query = client.query.bind(client) as (query: unknown, ...rest: unknown[]) => unknown
    const mutated = (asked: string | { text: string }, ...rest: unknown[]): unknown =>
      query(typeof asked === 'string' ? mutation(asked) : { ...asked, text: mutation(asked.text) }, ...rest)
    Object.assign(client, { query: mutated })
  })
}

/** What a connection between two transactions shows and may; empty when it shows nothing and may do nothing. */
export async function contextOf(
  client: pg.ClientBase,
  login: string,
  tables: readonly string[],
): Promise<string[]> {
  const left: string[] = []
  const { rows } = await client.query(
    `select current_user as login, coalesce(current_setting('app.kind', true), '') || coalesce(current_setting('app.tenant_id', true), '')
       || coalesce(current_setting('app.customer_id', true), '') || coalesce(current_setting('app.app_id', true), '')
       || coalesce(current_setting('app.grants', true), '') as settings`,
  )
  if (rows[0].login !== login) left.push(`the role is ${rows[0].login}`)
  if (rows[0].settings !== '') left.push(`the settings are ${rows[0].settings}`)
  for (const table of tables) {
    const count = await client.query(`select 1 from ${table} limit 1`).then(
      found => found.rowCount,
      (error: { code?: string }) => (error.code === INSUFFICIENT_PRIVILEGE ? 0 : Promise.reject(error)),
    )
    if (count !== 0) left.push(`${table} shows rows`)
  }
  return left
}

/** Ends connections of the app's login as an operator would, the busy ones first. */
export class Killer {
  killed = 0
  readonly #client: pg.Client
  readonly #login: string

  private constructor(client: pg.Client, login: string) {
    this.#client = client
    this.#login = login
  }

  static async on(world: World): Promise<Killer> {
    const url = new URL(world.superuserUrl)
    url.pathname = new URL(world.appUrl).pathname
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    return new Killer(client, new URL(world.appUrl).username)
  }

  async killOne(): Promise<void> {
    const { rows } = await this.#client.query<{ killed: boolean }>(
      `select pg_terminate_backend(pid) as killed from (
         select pid from pg_stat_activity where datname = current_database() and usename = $1
         order by state = 'idle', random() limit 1) as victim`,
      [this.#login],
    )
    if (rows[0]?.killed) this.killed += 1
  }

  async stop(): Promise<void> {
    await this.#client.end()
  }
}
