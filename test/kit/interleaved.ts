import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
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
import { contextOf, INSUFFICIENT_PRIVILEGE, Killer, poolOf } from './connections.js'
import { customersFor, maySee, personsFor, type Population } from './population.js'
import type { World } from './world.js'

/**
 * Many transactions at once over few connections, of every kind of caller, some cut off in the middle. Each row says
 * whose it is, so that one which comes to the wrong transaction gives itself away.
 */
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

/** Runs the transactions and says what went wrong. The same seed draws from the same numbers. */
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
      this.#compare(session, 'customers', customers, customersFor(this.#people, session))
      this.#compare(session, 'persons', persons, personsFor(this.#people, session))
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
    const visible = personsFor(this.#people, session).has(target.id)
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
    this.#compare(session, 'persons', await reading, personsFor(this.#people, session))
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

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T
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
