import jwt from 'jsonwebtoken'
import { accessTable } from '../../../src/rooms.js'
import { nodePrefixes } from '../../../src/tenancy/index.js'
import { Caller, type Customer, type Provider, World, type WorldOptions } from '../world.js'
import { type Attacker, MAY_SEE } from './attackers.js'
import type { Worker } from './bustle.js'
import { CanaryBook, type Group } from './canaries.js'
import { readTenantTables, type TenantTable } from './catalogue.js'
import { fillCustomer, fillProvider, type IdentityProvider } from './filling.js'
import { fillHooks } from './hooks.js'
import { Partner } from '../partners.js'
import { Partnership } from './partnership.js'
import { type Grouping, plantCanaries, type Planted } from './planting.js'
import type { Services } from './services.js'

/** An id as clients see it, of a row there is or was. */
export interface KnownId {
  /** The GraphQL type that has such ids; null where the API shows no such rows. */
  type: string | null
  prefix: string | null
  uuid: string
  table: string
  origin: Group | 'deleted'
}

/**
 * Two tenants full of canaries. Tenant A is the attackers': it has the customer that some of them are bound to, and
 * another one. Tenant B is nobody's: whatever of it comes out has come through a wall.
 */
export class CanaryWorld {
  readonly world: World
  readonly tables: readonly TenantTable[]
  readonly book: CanaryBook
  readonly planted: Planted
  readonly groupOf: Grouping
  readonly ids: readonly KnownId[]
  readonly attackers: readonly Attacker[]
  /** Whose cursors the attackers try beside their own. */
  readonly outsiders: readonly { origin: 'foreign' | 'other'; caller: Caller }[]
  /** Those who go on working while the attackers listen. */
  readonly workers: readonly Worker[]
  /** Uuids of what the attackers must leave as it is, so that what each may see stays the same. */
  readonly spared: ReadonlySet<string>
  /** Canaries that an attacker has said as a text: tenant A may have stored them since, and may be answered with them. */
  readonly spoken = new Set<string>()

  private constructor(parts: Omit<CanaryWorld, 'close' | 'idsOf' | 'spoken' | 'keepNewIds'>) {
    this.world = parts.world
    this.tables = parts.tables
    this.book = parts.book
    this.planted = parts.planted
    this.groupOf = parts.groupOf
    this.ids = parts.ids
    this.attackers = parts.attackers
    this.outsiders = parts.outsiders
    this.workers = parts.workers
    this.spared = parts.spared
  }

  static async create(seed: number, options: WorldOptions = {}): Promise<CanaryWorld> {
    const world = await World.create({ ...options, privateHosts: ['127.0.0.1'] })
    const a = await world.provider('harbour')
    const b = await world.provider('summit')
    const [own, other] = [await a.customer('C-1'), await a.customer('C-2')]
    const [foreign, another] = [await b.customer('C-1'), await b.customer('C-9')]
    const [idp] = await Promise.all([fillProvider(a, own), fillProvider(b, foreign)])
    const partnership = await Partnership.begin(own, APP_SCOPES)
    const filled = await Promise.all([
      fillCustomer(own, Object.values(partnership.people)),
      ...[other, foreign].map(each => fillCustomer(each)),
    ])
    await another.draft()
    const hooks = await Promise.all([
      ...[own, other, foreign].map(async each => fillHooks(await each.signatory())),
      ...[a, b].map(async each => fillHooks(await each.admin())),
      fillHooks(new Caller(world, partnership.token)),
      fillHooks(await strangersPartner(foreign)),
    ])
    await letTimePass(
      world,
      filled.map(each => each.services),
    )
    await world.deliverWebhooks()
    for (const { finish } of hooks) await finish()
    // Before anything is overwritten, since tokens are asked for by slugs and numbers.
    const staying = await tokens(a, own, partnership)
    await b.app('foreign-portal', ['customer:read'])
    const outsiders = [
      { origin: 'foreign' as const, caller: await b.admin() },
      { origin: 'foreign' as const, caller: await foreign.signatory() },
      { origin: 'other' as const, caller: await other.signatory() },
    ]
    const workers: Worker[] = [
      { group: 'foreign', caller: await b.admin(), isStaff: true },
      { group: 'other', caller: await other.signatory(), isStaff: false },
      { group: 'own', caller: await own.signatory(), isStaff: false },
    ]
    const tables = await readTenantTables(world)
    const before = await rowIds(world, tables)
    for (const { removal } of filled) await removal()
    const unauthorized = await appId(world)
    const dealings = await dealingsWithApps(world)
    const groupOf = grouping({ a, b, own, unauthorized, partnership, dealings })
    const spared = new Set([
      unauthorized,
      ...(await partnership.foundations(world)),
      ...(await vouching(world, idp)),
    ])
    const after = await rowIds(world, tables)
    const types = await typesOfTables(await a.admin(), a.tenantId, after)
    const ids = knownIds(before, after, types, groupOf)
    const book = new CanaryBook()
    const planted = await plantCanaries(world, tables, groupOf, book, seed)
    const mapped = { ...CUSTOMER_USER, name: "customer's user of the tenant's own issuer", writes: 2 }
    const attackers = [...staying, { ...mapped, token: await mappedToken(world, a, idp) }]
    // Every process has read the directory anew after half a second (architecture.md).
    await new Promise(resolve => setTimeout(resolve, 500))
    return new CanaryWorld({
      ...{ world, tables, book, planted, groupOf, ids, attackers },
      ...{ outsiders, workers, spared },
    })
  }

  close(): Promise<void> {
    return this.world.close()
  }

  /** The ids of rows that came since the planting are canaries, too: of everybody's work. */
  async keepNewIds(): Promise<void> {
    for (const { table, row } of await rowIds(this.world, this.tables)) {
      const text = String(row.id)
      if (this.book.has(text)) continue
      const group = this.groupOf(table, row, 'id')
      if (group !== 'tenant')
        this.book.add({ group, table: table.name, column: 'id', text, number: null, rowIds: [text] })
    }
  }

  idsOf(origin: KnownId['origin']): KnownId[] {
    return this.ids.filter(id => id.origin === origin)
  }
}

const DAY_MS = 24 * 60 * 60 * 1000
/** Five minutes past 02:30 in Shanghai, by UTC the day before. */
const SLOT_MS = (18 * 60 + 35) * 60 * 1000
const ATTACKERS_APP = 'portal'
const STAFF = { maySee: MAY_SEE.staff, sees: 'tenant', writes: 0 } as const
const CUSTOMER_USER = { maySee: MAY_SEE.customer, sees: 'customer', writes: 0 } as const

/** All that the permission table lets an app ask for. */
const APP_SCOPES = Object.entries(accessTable).flatMap(([scope, rule]) => (rule.app ? [scope] : []))

/** A partner of the other tenant's customer, which is told of what happens. */
async function strangersPartner(customer: Customer): Promise<Caller> {
  const partner = await Partner.register(customer.provider, {
    name: 'Told of everything',
    scopes: APP_SCOPES,
  })
  await partner.authorizedBy(customer, ['CONTRACT'], { operations: ['READ', 'SUBSCRIBE', 'WRITE'] })
  return partner.caller()
}

/** All kinds of callers and all roles. */
async function tokens(a: Provider, own: Customer, { token }: Partnership): Promise<Attacker[]> {
  const scopes = Object.keys(accessTable)
  return [
    { ...STAFF, name: 'staff ADMIN', token: (await a.staff('ADMIN')).token, writes: 10 },
    { ...STAFF, name: 'staff AGENT', token: (await a.staff('AGENT')).token, writes: 2 },
    { ...STAFF, name: 'staff FINANCE', token: (await a.staff('FINANCE')).token, writes: 2 },
    { ...STAFF, name: 'staff OPERATOR', token: (await a.staff('OPERATOR')).token },
    { ...STAFF, name: 'staff AUDITOR', token: (await a.staff('AUDITOR')).token },
    { ...CUSTOMER_USER, name: 'customer SIGNATORY', token: (await own.signatory()).token, writes: 2 },
    { ...CUSTOMER_USER, name: 'customer MEMBER', token: (await own.user('MEMBER')).token },
    {
      ...CUSTOMER_USER,
      name: 'service bound to a customer',
      token: (await a.service(scopes, own)).token,
      writes: 2,
    },
    {
      name: 'service of the tenant',
      token: (await a.service(scopes)).token,
      maySee: MAY_SEE.service,
      sees: 'tenant',
      writes: 2,
    },
    {
      name: 'app that nobody authorised',
      token: (await a.app(ATTACKERS_APP, scopes)).token,
      maySee: MAY_SEE.app,
      sees: 'nothing',
      writes: 0,
    },
    { name: "the customer's partner", token, maySee: MAY_SEE.partner, sees: 'customer', writes: 0, asks: 4 },
  ]
}

/** On to where a slot of every backup policy is open, and on to where all that nobody did is missed. */
async function letTimePass(world: World, services: readonly Services[]): Promise<void> {
  const goTo = async (instant: number): Promise<void> => {
    await world.setClock(new Date(instant))
    await world.ringDue()
  }
  // 02:35 in Shanghai, where the agreements are and keep no summer time.
  const open = Math.ceil((Date.now() - SLOT_MS) / DAY_MS) * DAY_MS + SLOT_MS
  await goTo(open)
  for (const { atSlots } of services) await atSlots()
  await goTo(open + 3 * DAY_MS)
  for (const { afterwards } of services) await afterwards()
}

/** What an attacker is known by who comes from the tenant's own issuer: that and its mappings. */
async function vouching(world: World, idp: IdentityProvider): Promise<string[]> {
  const rows = await world.sqlAsSuperuser<{ id: string; issuer_id: string }>(
    `select id, issuer_id from caller_mappings where 'iss_' || issuer_id = $1`,
    [idp.issuerId],
  )
  return rows.flatMap(row => [row.id, row.issuer_id])
}

/** A token of the tenant's own issuer, as its row says after the planting: name, audience and key id are canaries now. */
async function mappedToken(world: World, provider: Provider, idp: IdentityProvider): Promise<string> {
  const [row] = await world.sqlAsSuperuser<{
    issuer: string
    audience: string
    kid: string
    subject: string
  }>(
    `select issuer, audience, jwks -> 'keys' -> 0 ->> 'kid' as kid, subject
     from issuers join caller_mappings on caller_mappings.issuer_id = issuers.id and kind = 'customer'
     where issuers.tenant_id = $1 and 'iss_' || issuers.id = $2`,
    [provider.tenantId, idp.issuerId],
  )
  if (!row) throw new Error('the identity provider was not kept')
  return jwt.sign({}, idp.privateKey, {
    algorithm: 'ES256',
    keyid: row.kid,
    issuer: row.issuer,
    audience: row.audience,
    subject: row.subject,
    expiresIn: 3600,
  })
}

async function appId(world: World): Promise<string> {
  const [row] = await world.sqlAsSuperuser<{ id: string }>('select id from apps where client_id = $1', [
    ATTACKERS_APP,
  ])
  if (!row) throw new Error('the app was not kept')
  return row.id
}

interface Grouped {
  a: Provider
  b: Provider
  own: Customer
  unauthorized: string
  partnership: Partnership
  dealings: ReadonlyMap<string, string>
}

function grouping({ a, b, own, unauthorized, partnership, dealings }: Grouped): Grouping {
  const ownApps: ReadonlyMap<unknown, Group> = new Map([
    [unauthorized, 'app'],
    [partnership.partner.uuid, 'partner'],
  ])
  const ofCustomer = (customer: unknown): Group => (customer === own.uuid ? 'own' : 'other')
  return (table, row, column) => {
    const tenant = row[table.tenantColumn]
    if (tenant === b.tenantId) return 'foreign'
    if (tenant !== a.tenantId) throw new Error(`${table.name} has a row of a third tenant`)
    if (table.tenantColumn === 'id' || table.name === 'calendar_versions') return 'tenant'
    // An app is the staff's to see, but its id and name that customer's, too, who authorised it by them (8.2.1).
    const named = table.name === 'apps' && (column === 'id' || column === 'name')
    if (named && dealings.has(String(row.id))) return ofCustomer(dealings.get(String(row.id)))
    if (ownApps.has(row.id)) return ownApps.get(row.id) as Group
    // What an app set up is the app's, and no customer's.
    if (table.name.startsWith('webhook_') && row.app_id !== null) return ownApps.get(row.app_id) as Group
    if (table.customerColumn === null) return table.staffOnly ? 'staff' : 'books'
    const customer = row[table.customerColumn]
    if (customer === null) return 'provider'
    const group = ofCustomer(customer)
    return group === 'own' && !partnership.opens(table, row, column ?? null) ? 'closed' : group
  }
}

/** The one customer that has to do with each app: in this world every customer has partners of its own. */
async function dealingsWithApps(world: World): Promise<Map<string, string>> {
  const rows = await world.sqlAsSuperuser<{ app: string; customer: string }>(
    `select app_id as app, customer_id as customer from disclosure_authorizations
     union select app_id, customer_id from consent_records`,
  )
  return new Map(rows.map(({ app, customer }) => [app, customer]))
}

interface RowId {
  table: TenantTable
  row: Record<string, unknown>
}

async function rowIds(world: World, tables: readonly TenantTable[]): Promise<RowId[]> {
  const ids: RowId[] = []
  for (const table of tables.filter(each => each.columns.some(({ name }) => name === 'id'))) {
    const rows = await world.sqlAsSuperuser<{ row: Record<string, unknown> }>(
      `select to_jsonb(t) as row from ${table.name} t`,
    )
    ids.push(...rows.map(({ row }) => ({ table, row })))
  }
  return ids
}

/** Which table's rows are which type's nodes: found by asking for a row of each under every prefix there is. */
async function typesOfTables(
  admin: Caller,
  tenantId: string,
  rows: readonly RowId[],
): Promise<Map<string, { type: string; prefix: string }>> {
  const types = new Map<string, { type: string; prefix: string }>()
  const asked = new Set<string>()
  for (const { table, row } of rows) {
    if (asked.has(table.name) || row[table.tenantColumn] !== tenantId) continue
    asked.add(table.name)
    const ids = nodePrefixes().map(prefix => `${prefix}_${String(row.id)}`)
    const { nodes } = await admin.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids })
    const found = (nodes as ({ __typename: string; id: string } | null)[]).find(node => node !== null)
    if (found) types.set(table.name, { type: found.__typename, prefix: found.id.slice(0, 3) })
  }
  return types
}

function knownIds(
  before: readonly RowId[],
  after: readonly RowId[],
  types: ReadonlyMap<string, { type: string; prefix: string }>,
  groupOf: Grouping,
): KnownId[] {
  const known = ({ table, row }: RowId, origin: KnownId['origin']): KnownId => ({
    type: types.get(table.name)?.type ?? null,
    prefix: types.get(table.name)?.prefix ?? null,
    uuid: String(row.id),
    table: table.name,
    origin,
  })
  const living = new Set(after.map(({ row }) => row.id))
  const gone = before.filter(({ table, row }) => !living.has(row.id) && groupOf(table, row) !== 'foreign')
  return [
    ...after.map(each => known(each, groupOf(each.table, each.row))),
    ...gone.map(each => known(each, 'deleted')),
  ]
}
