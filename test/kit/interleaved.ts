import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import {
  type DataCategory,
  type Database,
  type Grant,
  type Operation,
  type Session,
  statement,
  systemSession,
} from '../../src/persistence/index.js'
import { Failure } from '../../src/platform/failure.js'
import { createTenant } from '../../src/tenancy/index.js'
import type { World } from './world.js'

/**
 * Many transactions at once over few connections, of every kind of caller, some cut off in the middle. Each row says
 * whose it is, so that one which comes to the wrong transaction gives itself away.
 */
export interface Population {
  tenants: string[]
  customers: { tenantId: string; id: string }[]
  persons: { tenantId: string; customerId: string | null; id: string }[]
  /** Every table with rows of tenants. */
  tables: string[]
}

export interface Interleaving {
  transactions: number
  /** Transactions whose connection was ended under them. */
  killed: number
  /** Transactions that failed because of it: at most one for each. */
  cut: number
  /** What was seen that shouldn't have been, or not seen that should: empty when the walls hold. */
  wrong: string[]
  /** Errors nobody provoked. */
  unexpected: string[]
}

export interface InterleaveOptions {
  transactions: number
  /** How many run at once; more than there are connections, so that connections change hands all the time. */
  atOnce?: number
  /** Ends a connection about once in so many transactions; never when omitted. */
  killEvery?: number
  /** Goes no further once something is wrong: for walls that are known to be broken. */
  untilWrong?: boolean
  seed: number
}

/** Tenants with customers, and persons of both, planted past all walls. */
export async function populate(
  world: World,
  { tenants = 5, customersEach = 4, personsEach = 3 } = {},
): Promise<Population> {
  const population: Population = {
    tenants: [],
    customers: [],
    persons: [],
    tables: await tenantTables(world),
  }
  for (let t = 0; t < tenants; t++) {
    const slug = `t${randomUUID().slice(0, 13)}`
    const tenantId = await createTenant(world.database, { slug, name: slug })
    population.tenants.push(tenantId)
    const own = Array.from({ length: customersEach }, () => ({ tenantId, id: randomUUID() }))
    population.customers.push(...own)
    for (const customerId of [null, ...own.map(customer => customer.id)]) {
      for (let p = 0; p < personsEach; p++)
        population.persons.push({ tenantId, customerId, id: randomUUID() })
    }
  }
  await world.sqlAsSuperuser(
    `insert into customers (tenant_id, id, number, name, created_at, updated_at)
     select tenant_id, id, id::text, tenant_id::text, now(), now() from jsonb_to_recordset($1) as row (tenant_id uuid, id uuid)`,
    [JSON.stringify(population.customers.map(each => ({ tenant_id: each.tenantId, id: each.id })))],
  )
  await world.sqlAsSuperuser(
    `insert into persons (tenant_id, customer_id, id, name, created_at, updated_at)
     select tenant_id, customer_id, id, tenant_id || '/' || coalesce(customer_id::text, 'own'), now(), now()
     from jsonb_to_recordset($1) as row (tenant_id uuid, customer_id uuid, id uuid)`,
    [
      JSON.stringify(
        population.persons.map(each => ({
          tenant_id: each.tenantId,
          customer_id: each.customerId,
          id: each.id,
        })),
      ),
    ],
  )
  return population
}

/** Runs the transactions and says what went wrong. The same seed draws the same transactions. */
export async function interleave(
  world: World,
  database: Database,
  population: Population,
  { transactions, atOnce = 40, killEvery, untilWrong = false, seed }: InterleaveOptions,
): Promise<Interleaving> {
  const run = new Run(database, population, seed)
  const killer = killEvery === undefined ? null : await Killer.on(world)
  let begun = 0
  const worker = async (): Promise<void> => {
    while (begun < transactions && !(untilWrong && run.wrong.length + run.unexpected.length > 0)) {
      begun += 1
      if (killEvery !== undefined && begun % killEvery === 0) await killer?.killOne()
      await run.one()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  await Promise.allSettled(run.abandoned)
  await killer?.stop()
  const { cut, wrong, unexpected } = run
  return { transactions: begun, killed: killer?.killed ?? 0, cut, wrong, unexpected }
}

/** The pool behind a database, for looking at it from below. */
export async function poolOf(database: Database): Promise<pg.Pool> {
  const connection = database.orm.em.getConnection() as unknown as { getNativeClient(): Promise<pg.Pool> }
  return connection.getNativeClient()
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

const INSUFFICIENT_PRIVILEGE = '42501'

async function tenantTables(world: World): Promise<string[]> {
  const rows = await world.sqlAsSuperuser<{ table_name: string }>(
    `select table_name from information_schema.columns where table_schema = 'public' and column_name = 'tenant_id'`,
  )
  return ['tenants', ...rows.map(row => row.table_name)].sort()
}

const customersSeen = statement(
  'interleaved_customers',
  'select tenant_id, id, name, pg_sleep($1) from customers',
)
const personsSeen = statement('interleaved_persons', 'select tenant_id, customer_id, id, name from persons')

interface PersonRow {
  tenant_id: string
  customer_id: string | null
  id: string
  name: string
}

class Run {
  cut = 0
  readonly wrong: string[] = []
  readonly unexpected: string[] = []
  readonly abandoned: Promise<unknown>[] = []
  readonly #database: Database
  readonly #people: Population
  readonly #random: () => number

  constructor(database: Database, people: Population, seed: number) {
    this.#database = database
    this.#people = people
    this.#random = randomFrom(seed)
  }

  async one(): Promise<void> {
    const acts: [number, () => Promise<void>][] = [
      [40, () => this.#read()],
      [25, () => this.#write()],
      [10, () => this.#writeForeign()],
      [6, () => this.#failMidway()],
      [4, () => this.#abandonWrite()],
      [5, () => this.#abandonRead()],
      [2, () => this.#timeOut()],
      [6, () => this.#acrossTenants()],
      [6, () => this.#speakWithoutContext()],
    ]
    let draw = this.#random() * acts.reduce((sum, [weight]) => sum + weight, 0)
    const [, act] = acts.find(([weight]) => (draw -= weight) < 0) as [number, () => Promise<void>]
    try {
      await act()
    } catch (error) {
      if (isCut(error)) this.cut += 1
      else this.unexpected.push(describe(error))
    }
  }

  async #read(): Promise<void> {
    const session = this.#session()
    const reads = this.#database.read(session)
    try {
      const [customers, persons] = await Promise.all([
        reads.rows<PersonRow>(customersSeen, [this.#pick([0, 0, 0.001, 0.003])]),
        reads.rows<PersonRow>(personsSeen),
      ])
      this.#compare(session, 'customers', customers, this.#customersFor(session))
      this.#compare(session, 'persons', persons, this.#personsFor(session))
      for (const row of persons) {
        if (row.name !== `${row.tenant_id}/${row.customer_id ?? 'own'}`)
          this.wrong.push(`a person is ${row.name}`)
      }
    } finally {
      reads.close()
    }
  }

  async #write(): Promise<void> {
    const session = this.#session()
    const target = this.#pick(this.#people.persons)
    const changed = await this.#database.write(session, operation => this.#change(operation, target.id))
    const visible = this.#personsFor(session).has(target.id)
    if (changed.length !== (visible ? 1 : 0))
      this.wrong.push(`${describeSession(session)} changed ${changed.length} rows of ${target.tenantId}`)
  }

  /** A row for another tenant, or for another customer than one's own: WITH CHECK refuses it. */
  async #writeForeign(): Promise<void> {
    const session = this.#session()
    const near = this.#people.customers.filter(customer => customer.tenantId === session.tenantId)
    const target = this.#pick(this.#random() < 0.5 ? near : this.#people.customers)
    if (target.tenantId === session.tenantId && maySee(session, target.id, 'CONTACT')) return
    const refused = await this.#database
      .write(session, async operation => {
        await operation.run(
          `insert into persons (tenant_id, customer_id, id, name, created_at, updated_at) values ($1, $2, $3, 'planted', now(), now())`,
          [target.tenantId, target.id, randomUUID()],
        )
        this.wrong.push(`${describeSession(session)} wrote a row of ${target.tenantId}/${target.id}`)
        throw new Provoked()
      })
      .catch((error: unknown) => {
        if (!isRefusedByAWall(error) && !(error instanceof Provoked)) throw error
        return 'refused'
      })
    if (refused !== 'refused') this.wrong.push('a foreign row was committed')
  }

  async #failMidway(): Promise<void> {
    const session = this.#session()
    const target = this.#pick(this.#people.persons)
    const failing = this.#database.write(session, async operation => {
      await this.#change(operation, target.id)
      throw new Provoked()
    })
    await failing.catch(error => {
      if (!(error instanceof Provoked)) throw error
    })
  }

  /** Nobody waits for it any more, as when a client has hung up: it goes on by itself, or is cut off by its transaction's end. */
  async #abandonWrite(): Promise<void> {
    const session = this.#session()
    const target = this.#pick(this.#people.persons)
    let stray: Promise<unknown> = Promise.resolve()
    const writing = this.#database.write(session, async operation => {
      stray = sleep(this.#random() * 4).then(() => this.#change(operation, target.id))
      stray.catch(() => undefined)
      if (this.#random() < 0.5) throw new Provoked()
    })
    this.abandoned.push(writing, stray)
    await Promise.race([writing.catch(() => undefined), sleep(1)])
  }

  async #abandonRead(): Promise<void> {
    const session = this.#session()
    const reads = this.#database.read(session)
    const reading = reads.rows<PersonRow>(personsSeen)
    reads.close()
    this.#compare(session, 'persons', await reading, this.#personsFor(session))
  }

  async #timeOut(): Promise<void> {
    const slow = this.#database.write(this.#session(), async operation => {
      await operation.run("set local statement_timeout = '5ms'")
      await operation.run('select pg_sleep(1)')
    })
    await slow.then(
      () => this.wrong.push('a timeout was answered as a success'),
      error => {
        if (!(error instanceof Failure && error.code === 'TIMEOUT')) throw error
      },
    )
  }

  async #acrossTenants(): Promise<void> {
    const seen = await this.#database.acrossTenants('surety_directory', async query => {
      const { rows } = await query<{ id: string }>('select id from tenants')
      return new Set(rows.map(row => row.id))
    })
    if (this.#people.tenants.some(id => !seen.has(id))) this.wrong.push('the directory misses a tenant')
    const role = this.#pick(['surety_directory', 'surety_alarm'] as const)
    const customers = this.#database.acrossTenants(role, query => query('select id from customers'))
    await customers.then(
      () => this.wrong.push(`${role} may read customers`),
      error => {
        if (error.code !== INSUFFICIENT_PRIVILEGE) throw error
      },
    )
  }

  /** Somebody who forgot to say whom they work for, on a connection that others have used. */
  async #speakWithoutContext(): Promise<void> {
    const pool = await poolOf(this.#database)
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      const left = await contextOf(client, String(pool.options.user), [this.#pick(this.#people.tables)])
      this.wrong.push(...left.map(each => `without context: ${each}`))
    } catch (error) {
      broken = error as Error
      throw error
    } finally {
      client.release(broken)
    }
  }

  #change(operation: Operation, personId: string): Promise<object[]> {
    return operation.run('update persons set phone = $1 where id = $2 returning id', [
      String(this.#random()).slice(0, 12),
      personId,
    ])
  }

  #compare(session: Session, what: string, rows: PersonRow[], expected: ReadonlySet<string>): void {
    const seen = new Set(rows.map(row => row.id))
    const foreign = rows.filter(row => !expected.has(row.id))
    const missing = [...expected].filter(id => !seen.has(id))
    if (foreign.length > 0)
      this.wrong.push(
        `${describeSession(session)} sees ${foreign.length} ${what} of ${foreign[0]?.tenant_id}`,
      )
    if (missing.length > 0) this.wrong.push(`${describeSession(session)} misses ${missing.length} ${what}`)
  }

  #session(): Session {
    const { tenantId, id } = this.#pick(this.#people.customers)
    const elsewhere = this.#pick(this.#people.customers)
    const base = { ...systemSession(tenantId), kind: 'staff' as const }
    return this.#pick<Session>([
      base,
      systemSession(tenantId),
      { ...base, kind: 'customer', customerId: id },
      { ...base, kind: 'service' },
      { ...base, kind: 'service', customerId: id },
      { ...base, kind: 'app', appId: randomUUID(), grants: this.#grants(tenantId) },
      { ...base, kind: 'app', appId: randomUUID() },
      // Mistakes, all of which see nothing: staff bound to a customer, a user of another tenant's customer, and nobody's user.
      { ...base, customerId: id },
      { ...base, kind: 'customer', customerId: elsewhere.tenantId === tenantId ? id : elsewhere.id },
      { ...base, kind: 'customer' },
    ])
  }

  /** Also grants for customers of other tenants, which open nothing. */
  #grants(tenantId: string): Grant[] {
    const categories: DataCategory[] = ['CONTRACT', 'CONTACT', 'TICKET']
    return this.#people.customers
      .filter(customer => this.#random() < (customer.tenantId === tenantId ? 0.5 : 0.1))
      .map(customer => ({ customerId: customer.id, category: this.#pick(categories) }))
  }

  #customersFor(session: Session): Set<string> {
    return new Set(
      this.#people.customers
        .filter(({ tenantId, id }) => tenantId === session.tenantId && maySee(session, id, 'CONTRACT'))
        .map(({ id }) => id),
    )
  }

  #personsFor(session: Session): Set<string> {
    return new Set(
      this.#people.persons
        .filter(each => each.tenantId === session.tenantId && maySee(session, each.customerId, 'CONTACT'))
        .map(({ id }) => id),
    )
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T
  }
}

/** The walls once more, in the test's own words. */
function maySee(session: Session, customerId: string | null, category: DataCategory): boolean {
  switch (session.kind) {
    case 'staff':
      return session.customerId === null
    case 'system':
      return true
    case 'customer':
      return customerId !== null && customerId === session.customerId
    case 'service':
      return session.customerId === null || customerId === session.customerId
    case 'app':
      return session.grants.some(grant => grant.customerId === customerId && grant.category === category)
  }
}

/** Ends connections of the app's login as an operator would, the busy ones first. */
class Killer {
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

const isRefusedByAWall = (error: unknown): boolean =>
  error instanceof Failure && (error.cause as { code?: string } | undefined)?.code === INSUFFICIENT_PRIVILEGE

class Provoked extends Error {}

/** The connection was ended from outside; that is all its transaction may complain of. */
function isCut(error: unknown): boolean {
  if (error instanceof Failure) return error.messageKey === 'DATABASE_UNREACHABLE'
  const { code, message = '' } = error as { code?: string; message?: string }
  return (
    ['57P01', '08P01', 'ECONNRESET', 'EPIPE'].includes(String(code)) ||
    /^(Connection terminated|Client has encountered)/.test(message)
  )
}

function describe(error: unknown): string {
  const { name, code, message } = error as { name?: string; code?: string; message?: string }
  return `${name} ${code ?? ''} ${message}`
}

const describeSession = (session: Session): string =>
  `${session.kind} of ${session.tenantId}${session.customerId ? `/${session.customerId}` : ''}`

/** mulberry32: small, fast, and the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
