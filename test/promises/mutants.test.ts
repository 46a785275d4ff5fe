import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Delivery } from '../../src/events/delivery.js'
import { TenantFeed } from '../../src/events/tenant-feed.js'
import { type BatchRead, nodePrefixes, Request } from '../../src/tenancy/index.js'
import { readTenantTables, type TenantTable } from '../kit/canary/catalogue.js'
import { withoutPolicy } from '../kit/canary/mutants.js'
import { mutateStatements } from '../kit/connections.js'
import { APP_SCOPES, Side } from '../kit/interference/side.js'
import { Partner } from '../kit/partners.js'
import { Subscriber } from '../kit/subscriber.js'
import type { Caller, Customer, Provider, World } from '../kit/world.js'

/**
 * bars.md, Trust 5: what stands between two callers is broken on purpose, one thing at a time, in the real thing; a check
 * through the public API that holds without it must then fail.
 *
 * What is broken elsewhere and not again here: every wall's wording, FORCE and WITH CHECK by the catalogue
 * (catalogue.test.ts) and by direct writes (persistence/walls.test.ts), each of the session's settings below the API (there
 * as well), the tenant wall together with the statements' own condition (canary-fuzz.test.ts, non-interference.test.ts).
 */
let side: Side
let world: World
let provider: Provider
let own: Customer
let other: Customer
let member: Caller
let neighbour: Caller
beforeAll(async () => {
  side = await Side.create()
  world = side.world
  provider = side.provider
  own = await side.fill(provider, 'C-1')
  other = await side.fill(provider, 'C-2')
  member = await own.user('MEMBER')
  neighbour = await other.user('MEMBER')
})
afterAll(() => world?.close())

describe('a policy dropped', () => {
  let app: Caller
  let rows: { table: string; id: string }[]
  beforeAll(async () => {
    rows = await rowsOf(other)
    const scopes = [...APP_SCOPES, 'disclosure:read']
    const partner = await Partner.register(provider, { name: 'Nobody authorised it', scopes })
    app = await partner.caller()
  })

  it('shows nothing as long as none is', async () => {
    // All rooms are in it, or the rest proves little.
    expect(new Set(rows.map(({ table }) => table)).size).toBeGreaterThan(20)
    expect(await shown(neighbour)).toEqual(rows.map(({ table }) => table))
    expect(await shown(member)).toEqual([])
    expect(await shown(app)).toEqual([])
  })

  it("from any table shows another customer's rows of it to a customer's user: its customer wall", async () => {
    expect(await unnoticed('customer_wall', member)).toEqual([])
  })

  it('from any table shows rows of it to an app that nobody authorised: its consent wall', async () => {
    expect(await unnoticed('consent_wall', app)).toEqual([])
  })

  /** Tables of whose rows the caller sees some. */
  async function shown(caller: Caller): Promise<string[]> {
    const ids = rows.map(({ id }) => id)
    const { nodes } = await caller.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids })
    return rows.filter((_, index) => nodes[index] !== null).map(({ table }) => table)
  }

  /** Tables whose wall can be taken away without this caller seeing more. */
  async function unnoticed(wall: string, caller: Caller): Promise<string[]> {
    const silent: string[] = []
    for (const { table } of rows) {
      const tables = [table, ...(READ_THROUGH[table] ?? [])]
      const found = await tables.reduce(
        (look, each) => () => withoutPolicy(world, each, wall, look),
        () => shown(caller),
      )()
      if (!found.includes(table)) silent.push(table)
    }
    return silent
  }
})

/** An agreement of somebody's own. */
async function agreementOf(caller: Caller): Promise<string> {
  const { agreements } = await caller.ask('{ agreements(first: 1) { nodes { id } } }')
  return agreements.nodes[0].id as string
}

/** Whether somebody is shown an agreement, when asking for it by its id. */
async function sees(caller: Caller, id: string): Promise<boolean> {
  const { agreement } = await caller.ask('query ($id: ID!) { agreement(id: $id) { id } }', { id })
  return agreement !== null
}

describe('a transaction without its own settings', () => {
  const settings = /; set local app\.\w+ = '[^']*'/g

  it('shows its caller nothing of its own', async () => {
    const id = await agreementOf(member)
    expect(await sees(member, id)).toBe(true)
    const restore = await mutateStatements(world.database, sql => sql.replace(settings, ''))
    onTestFinished(restore)
    expect(await sees(member, id)).toBe(false)
    restore()
    expect(await sees(member, id)).toBe(true)
  })

  it('shows its caller what the one before saw, where settings outlive a transaction', async () => {
    const id = await agreementOf(member)
    let forgets = false
    const restore = await mutateStatements(world.database, sql =>
      sql.replace(settings, made => (forgets ? '' : made.replace('set local', 'set'))),
    )
    onTestFinished(restore)
    // As many as use all connections of the pool.
    const often = (caller: Caller): Promise<boolean[]> =>
      Promise.all(Array.from({ length: 30 }, () => sees(caller, id)))
    expect(await often(neighbour)).not.toContain(true)
    expect(await often(member)).not.toContain(false)
    forgets = true
    expect(await often(neighbour)).toContain(true)
    forgets = false
    expect(await often(neighbour)).not.toContain(true)
  })
})

describe('a loader shared between two requests', () => {
  it('answers one caller from what another one read', async () => {
    const id = await agreementOf(neighbour)
    const leaks = async (): Promise<boolean> => (await sees(neighbour, id)) && sees(member, id)
    expect(await leaks()).toBe(false)
    shareLoaders()
    expect(await leaks()).toBe(true)
  })
})

describe('a delivery check skipped', () => {
  const suspend = async (): Promise<void> => {
    const admin = await provider.admin()
    const [{ id: agreementId }] = (
      await neighbour.ask('{ agreements(filter: { state: [ACTIVE] }) { nodes { id } } }')
    ).agreements.nodes
    for (const mutation of ['agreementSuspend', 'agreementResume']) {
      const reason = mutation === 'agreementSuspend' ? { reason: 'a pause' } : {}
      const { userErrors } = await admin.mutate(mutation, { agreementId, scopes: ['BACKUP'], ...reason })
      if (userErrors.length > 0) throw new Error(JSON.stringify(userErrors))
    }
  }
  async function listen(caller: Caller): Promise<Subscriber> {
    const subscriber = new Subscriber(caller)
    onTestFinished(() => subscriber.stop())
    return subscriber.ready()
  }
  /** So long after its event a frame is waited for where none may come: bars.md gives it a second. */
  const quietly = (): Promise<unknown> => new Promise(resolve => setTimeout(resolve, 1_000))

  /** What an app still hears of a customer that has taken its authorisation back, after it has heard something. */
  async function heardAfterRevocation(): Promise<string[]> {
    const partner = await Partner.register(provider, { scopes: ['event:read', 'agreement:read'] })
    const disclosureAuthorizationId = await partner.authorizedBy(other, ['CONTRACT'], {
      operations: ['SUBSCRIBE'],
    })
    const subscriber = await listen(await partner.caller())
    await suspend()
    await subscriber.has(2)
    const signatory = await other.signatory()
    await signatory.mutate('disclosureRevoke', { disclosureAuthorizationId })
    await suspend()
    await quietly()
    return subscriber.events.slice(2).map(event => event.typeName)
  }

  it('where a frame is not admitted anew, tells an app what it was authorised for once', async () => {
    expect(await heardAfterRevocation()).toEqual([])
    admitOnce()
    expect(await heardAfterRevocation()).toEqual(['agreement.suspended', 'agreement.resumed'])
  })

  it("where what was read for one class of callers is given to all, tells a customer of another's", async () => {
    const heard = async (): Promise<string[]> => {
      const [staff, mine] = [await listen(await provider.admin()), await listen(member)]
      await suspend()
      await staff.has(2)
      await quietly()
      return mine.events.map(event => event.typeName)
    }
    expect(await heard()).toEqual([])
    deliverToAll()
    expect(await heard()).toEqual(['agreement.suspended', 'agreement.resumed'])
  })
})

/** Rows that are read together with those of another table, whose wall then hides them as well. */
const READ_THROUGH: Record<string, readonly string[]> = { invoice_lines: ['invoices'] }

/** One row of a customer in every table whose rows have an address of their own in the API. */
async function rowsOf(customer: Customer): Promise<{ table: string; id: string }[]> {
  const admin = await provider.admin()
  const rows: { table: string; id: string }[] = []
  for (const table of (await readTenantTables(world)).filter(hasRowsOfCustomers)) {
    const [row] = await world.sqlAsSuperuser<{ id: string }>(
      `select id from ${table.name} where tenant_id = $1 and ${table.customerColumn} = $2 limit 1`,
      [provider.tenantId, customer.uuid],
    )
    const ids = row ? nodePrefixes().map(prefix => `${prefix}_${row.id}`) : []
    const { nodes } = await admin.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })
    const found = nodes.find((node: unknown) => node !== null)
    if (found) rows.push({ table: table.name, id: found.id })
  }
  return rows
}

const hasRowsOfCustomers = ({ customerColumn, columns }: TenantTable): boolean =>
  customerColumn !== null && columns.some(({ name }) => name === 'id')

/** All requests of the process ask the loaders of the first: what DataLoader's authors warn of. Until the test is over. */
function shareLoaders(): void {
  const shared = new Map<string, Promise<unknown>>()
  const { load } = Request.prototype
  Request.prototype.load = function loadShared<Key, Value>(
    this: Request,
    batch: BatchRead<Key, Value>,
    key: Key,
  ): Promise<Value> {
    const place = `${numberOf(batch)} ${JSON.stringify(key)}`
    if (!shared.has(place)) shared.set(place, load.call(this, batch as never, key as never))
    return shared.get(place) as Promise<Value>
  }
  onTestFinished(() => {
    Request.prototype.load = load
  })
}

const numbers = new Map<unknown, number>()
function numberOf(batch: unknown): number {
  if (!numbers.has(batch)) numbers.set(batch, numbers.size)
  return numbers.get(batch) as number
}

/** A subscription asks the gate when it begins and never again. Until the test is over. */
function admitOnce(): void {
  const { admit, anew } = Request.prototype
  const admitted = new WeakSet<Request>()
  Request.prototype.anew = function same(this: Request): Request {
    const another = this.again()
    admitted.add(another)
    return another
  }
  Request.prototype.admit = async function once(this: Request): Promise<void> {
    if (!admitted.has(this)) await admit.call(this)
  }
  onTestFinished(() => {
    Object.assign(Request.prototype, { admit, anew })
  })
}

/** What lies behind a place is read as whoever asked first, and given to all. Until the test is over. */
function deliverToAll(): void {
  const { deliver } = TenantFeed.prototype
  let first: Request | null = null
  TenantFeed.prototype.deliver = function toAll(this: TenantFeed, request, ask): Promise<Delivery> {
    first ??= request
    return deliver.call(this, first, ask)
  }
  onTestFinished(() => {
    TenantFeed.prototype.deliver = deliver
  })
}
