import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { migrations } from '../../migrations/index.js'
import {
  Database,
  type Grant,
  MAX_GRANTS,
  type ReadTransaction,
  type Session,
  statement,
  systemSession,
} from '../../src/persistence/index.js'
import { openSession } from '../../src/persistence/walls.js'
import { accessTable, disclosureGate, entities } from '../../src/rooms.js'
import { type BatchRead, type Caller, Request } from '../../src/tenancy/index.js'
import { contextOf, mutateStatements, poolOf } from '../kit/connections.js'
import { interleave } from '../kit/interleaved.js'
import { type Population, populate } from '../kit/population.js'
import { World } from '../kit/world.js'

const customersSeen = statement('walls_customers', 'select id from customers')
const personsSeen = statement('walls_persons', 'select id from persons')
const issuersSeen = statement('walls_issuers', 'select id from issuers')
const headsSeen = statement('walls_heads', 'select tenant_id as id from event_heads')

/** insufficient_privilege, as WITH CHECK says it, and what becomes of it. */
const BEHIND_A_WALL = { code: 'FORBIDDEN', cause: { code: '42501' } }

let world: World
let people: Population
let tenantId: string
let mine: string
let other: string
let foreign: string

beforeAll(async () => {
  world = await World.create()
  people = await populate(world, { tenants: 2, customersEach: 2, personsEach: 1 })
  tenantId = people.tenants[0] as string
  const customers = people.customers.filter(each => each.tenantId === tenantId).map(each => each.id)
  ;[mine, other] = customers as [string, string]
  foreign = people.customers.find(each => each.tenantId !== tenantId)?.id as string
  for (const tenant of people.tenants) {
    await world.sqlAsSuperuser(
      `insert into issuers (tenant_id, id, issuer, audience, jwks, created_at, updated_at) values ($1::uuid, $1::uuid, $1::uuid::text, 'aud', '{"keys":[]}', now(), now())`,
      [tenant],
    )
  }
})
afterAll(() => world.close())

describe('who works for whom, and what it sees', () => {
  it('staff see every customer of their tenant, and nothing of another', async () => {
    expect(await seen(session('staff'))).toEqual(everything())
  })

  it('Surety itself sees one tenant at a time', async () => {
    expect(await seen(session('system'))).toEqual(everything())
  })

  it("a customer's user sees its customer, its people, and nothing that belongs to the provider", async () => {
    const expected = { customers: [mine], persons: personsOf(mine), issuers: [], heads: [tenantId] }
    expect(await seen(session('customer', { customerId: mine }))).toEqual(expected)
  })

  it('a service sees its tenant, or the one customer it is bound to; what is for staff alone it never sees', async () => {
    expect(await seen(session('service'))).toEqual({ ...everything(), issuers: [] })
    const expected = { customers: [mine], persons: personsOf(mine), issuers: [], heads: [tenantId] }
    expect(await seen(session('service', { customerId: mine }))).toEqual(expected)
  })

  it('an app sees nothing until a customer grants it a category, and then that customer and category alone', async () => {
    const app = (...grants: Grant[]) => seen(session('app', { appId: randomUUID(), grants }))
    const nothing = { customers: [], persons: [], issuers: [], heads: [tenantId] }
    expect(await app()).toEqual(nothing)
    expect(await app({ customerId: mine, category: 'TICKET' })).toEqual(nothing)
    expect(await app({ customerId: mine, category: 'CONTRACT' })).toEqual({ ...nothing, customers: [mine] })
    expect(await app({ customerId: mine, category: 'CONTACT' })).toEqual({
      ...nothing,
      persons: personsOf(mine),
    })
    expect(await app({ customerId: foreign, category: 'CONTRACT' })).toEqual(nothing)
  })

  it('with as many grants as a session takes, an app still sees the last one', async () => {
    const grants = Array.from({ length: MAX_GRANTS - 1 }, () => ({
      customerId: randomUUID(),
      category: 'CONTRACT' as const,
    }))
    const last = { customerId: mine, category: 'CONTRACT' as const }
    expect(
      (await seen(session('app', { appId: randomUUID(), grants: [...grants, last] }))).customers,
    ).toEqual([mine])
  })

  it('a person with an app in its token passes both walls, its own and the app’s', async () => {
    const both = (customerId: string, category: Grant['category']) =>
      seen(session('customer', { customerId: mine, appId: randomUUID(), grants: [{ customerId, category }] }))
    expect(await both(mine, 'CONTRACT')).toMatchObject({ customers: [mine], persons: [] })
    expect(await both(other, 'CONTRACT')).toMatchObject({ customers: [], persons: [] })
  })

  it.each<[string, Partial<Session> & Pick<Session, 'kind'>]>([
    ['staff bound to a customer', { kind: 'staff', customerId: 'mine' }],
    ["a customer's user without a customer", { kind: 'customer' }],
    ['an app without grants', { kind: 'app', appId: 'app' }],
  ])('%s is a mistake and sees no customer', async (_, { kind, customerId, appId }) => {
    const found = await seen(
      session(kind, { customerId: customerId ? mine : null, appId: appId ? randomUUID() : null }),
    )
    expect(found).toMatchObject({ customers: [], persons: [], issuers: [] })
  })

  it.each<Session['kind']>(['staff', 'customer', 'service', 'app', 'system'])(
    'a session of kind %s that names no tenant sees nothing',
    async kind => {
      const opening = openSession(session(kind, { customerId: kind === 'customer' ? mine : null }))
      for (const tenant of ['', randomUUID()])
        expect(await seenWith(opening.replace(tenantId, tenant))).toEqual([])
    },
  )

  it.each(['', 'root', 'STAFF', 'staff '])('the kind "%s" sees no customer', async kind => {
    expect(await seenWith(openSession(session('staff')).replace("'staff'", `'${kind}'`))).toEqual([])
  })
})

describe('what is written', () => {
  const insert = `insert into persons (tenant_id, customer_id, id, name, created_at, updated_at) values ($1, $2, $3, 'x', now(), now())`

  it.each<[string, () => Session, () => (string | null)[]]>([
    ['staff, into another tenant', () => session('staff'), () => [people.tenants[1] as string, null]],
    ["a customer's user, for another customer", () => userOfMine(), () => [tenantId, other]],
    ["a customer's user, for the provider", () => userOfMine(), () => [tenantId, null]],
    ['an app, for a customer without a grant', () => appOfMine(), () => [tenantId, other]],
    [
      'Surety itself, into another tenant',
      () => systemSession(tenantId),
      () => [people.tenants[1] as string, null],
    ],
  ])('by %s, is refused', async (_, who, row) => {
    const writing = world.database.write(who(), operation => operation.run(insert, [...row(), randomUUID()]))
    await expect(writing).rejects.toMatchObject(BEHIND_A_WALL)
  })

  it('does not leave its walls by an update either', async () => {
    const [person] = personsOf(mine)
    const moving = (column: string, to: string) =>
      world.database.write(session('customer', { customerId: mine }), operation =>
        operation.run(`update persons set ${column} = $1 where id = $2`, [to, person]),
      )
    await expect(moving('customer_id', other)).rejects.toMatchObject(BEHIND_A_WALL)
    await expect(moving('tenant_id', people.tenants[1] as string)).rejects.toMatchObject(BEHIND_A_WALL)
  })

  it('reaches no row behind a wall: an update or a deletion of it changes none', async () => {
    const [person] = personsOf(other)
    const changed = await world.database.write(session('customer', { customerId: mine }), operation =>
      operation.run('update persons set name = null where id = $1 returning id', [person]),
    )
    expect(changed).toEqual([])
  })
})

describe('a session', () => {
  it.each<[string, Partial<Session>]>([
    ['a tenant that is no UUID', { tenantId: "x'; set local app.tenant_id = '" }],
    ['an upper-case UUID', { tenantId: randomUUID().toUpperCase() }],
    ['a customer that is no UUID', { customerId: "'; reset role; --" }],
    ['an app that is no UUID', { appId: 'app' }],
    ['an empty tenant', { tenantId: '' }],
    ['a kind that is none', { kind: "staff'; reset role; --" as never }],
    ['a grant without a category', { grants: [{ customerId: randomUUID(), category: '' as never }] }],
    ['a grant of an unknown category', { grants: [{ customerId: randomUUID(), category: 'ALL' as never }] }],
    ['a grant for no customer', { grants: [{ customerId: "x,y'", category: 'CONTRACT' }] }],
    [
      'more grants than its limit',
      { grants: Array(MAX_GRANTS + 1).fill({ customerId: randomUUID(), category: 'CONTRACT' }) },
    ],
  ])('does not open with %s', (_, mistake) => {
    expect(() => openSession({ ...systemSession(randomUUID()), ...mistake })).toThrow()
  })
})

describe('without a session', () => {
  it('a bare connection is the login, sees no row and may read no table', async () => {
    const pool = await poolOf(world.database)
    const client = await pool.connect()
    try {
      for (const table of people.tables)
        await expect(client.query(`select 1 from ${table}`)).rejects.toMatchObject({ code: '42501' })
      expect(await contextOf(client, new URL(world.appUrl).username, people.tables)).toEqual([])
    } finally {
      client.release()
    }
  })

  it.each(['surety_app', 'surety_directory', 'surety_alarm'])(
    'the role %s alone shows no customer',
    async role => {
      const client = await connect(world.appUrl)
      await client.query(`begin; set local role ${role}`)
      const found = client.query('select 1 from customers')
      if (role === 'surety_app') expect((await found).rowCount).toBe(0)
      else await expect(found).rejects.toMatchObject({ code: '42501' })
    },
  )

  it("the owner's own login sees no row either, since the walls are forced on it", async () => {
    for (const table of people.tables)
      expect(await world.sqlAsOwner(`select 1 from ${table} limit 1`), table).toEqual([])
  })
})

describe('mutants: a wall that is gone is noticed', () => {
  it('and an intact one is not', async () => {
    expect(await complaints(world)).toEqual([])
  })

  it.each([
    'drop policy tenant_wall on customers',
    'drop policy tenant_wall on persons',
    'drop policy customer_wall on persons',
    'drop policy customer_wall on customers',
    'drop policy consent_wall on persons',
    'drop policy consent_wall on customers',
    'drop policy admitted on persons',
    'alter table customers disable row level security',
    'alter table persons disable row level security',
    'alter policy tenant_wall on persons with check (true)',
    'alter policy customer_wall on persons with check (true)',
    'alter policy consent_wall on persons with check (true)',
    'grant select on customers to surety_directory',
    'alter table customers no force row level security',
  ])('in the database: %s', async mutation => {
    const restore = await statementsThatRestoreTheWalls()
    await world.sqlAsOwner(mutation)
    const complained = await complaints(world)
    for (const statement of restore) await world.sqlAsOwner(statement)
    expect(complained).not.toEqual([])
  })

  it.each<[string, (sql: string) => string]>([
    ['the tenant forgotten', sql => sql.replace(/set local app\.tenant_id = '[^']*'/, 'select 1')],
    ['the kind forgotten', sql => sql.replace(/set local app\.kind = '[^']*'/, 'select 1')],
    ['the customer forgotten', sql => sql.replace(/set local app\.customer_id = '[^']*'/, 'select 1')],
    ['the grants forgotten', sql => sql.replace(/set local app\.grants = '[^']*'/, 'select 1')],
    ['the role forgotten', sql => sql.replace('set local role surety_app', 'select 1')],
    ['a setting that outlives its transaction', sql => sql.replaceAll('set local app.', 'set app.')],
    ['a role that outlives its transaction', sql => sql.replaceAll('set local role', 'set role')],
    ['a transaction never begun', sql => sql.replace(/^begin[^;]*/, 'select 1')],
    ['a failed transaction never rolled back', sql => sql.replace(/^rollback$/, 'select 1')],
  ])('in the session: %s', async (_, mutation) => {
    expect(await complaints(world, mutation)).not.toEqual([])
  })

  it('and once they all stand again there is nothing to complain of', async () => {
    expect(await complaints(world)).toEqual([])
  })
})

describe("requests keep their callers' views apart", () => {
  it('200 requests at once that ask for the same key each get their own answer, by loaders of their own', async () => {
    const asked: string[] = []
    const byTenant: BatchRead<string, string> = async (reads, keys) => {
      asked.push(reads.session.tenantId)
      const rows = await reads.rows<{ id: string }>(headsSeen)
      return keys.map(key => `${key} of ${rows.map(row => row.id).join()}`)
    }
    const requests = Array.from({ length: 200 }, (_, index) => request(people.tenants[index % 2] as string))
    const answers = await Promise.all(
      requests.map(async each => {
        await each.admit()
        const both = await Promise.all([each.load(byTenant, 'the key'), each.load(byTenant, 'the key')])
        each.close()
        return both
      }),
    )
    expect(answers).toEqual(requests.map(({ caller }) => Array(2).fill(`the key of ${caller.tenantId}`)))
    // Once for each request: the second question of one was answered by its own loader, and by nobody else's.
    expect(asked).toHaveLength(200)
  })

  it('a request that was not admitted reads nothing', () => {
    expect(() => request(tenantId).reads).toThrow('the request was not admitted')
  })

  it('after a change nothing is answered from what was read before it', async () => {
    const admitted = request(tenantId)
    await admitted.admit()
    const views: ReadTransaction[] = []
    const byView: BatchRead<string, number> = async (reads, keys) => {
      views.push(reads)
      return keys.map(() => views.length)
    }
    expect(await admitted.load(byView, 'key')).toBe(1)
    expect(await admitted.load(byView, 'key')).toBe(1)
    const change = { fieldName: 'nothing', path: { key: 'nothing' } }
    await admitted.change(change, { idempotencyKey: randomUUID() }, async () => ({}))
    expect(await admitted.load(byView, 'key')).toBe(2)
    expect(views[0]).not.toBe(views[1])
    admitted.close()
  })
})

const session = (kind: Session['kind'], rest: Partial<Session> = {}): Session => ({
  ...{ kind, tenantId, customerId: null, appId: null, grants: [] },
  ...rest,
})
const userOfMine = (): Session => session('customer', { customerId: mine })
const appOfMine = (): Session =>
  session('app', { appId: randomUUID(), grants: [{ customerId: mine, category: 'CONTACT' }] })

const personsOf = (customerId: string | null): string[] =>
  people.persons
    .filter(each => each.tenantId === tenantId && each.customerId === customerId)
    .map(each => each.id)

const everything = () => ({
  customers: [mine, other].sort(),
  persons: [...personsOf(null), ...personsOf(mine), ...personsOf(other)].sort(),
  issuers: [tenantId],
  heads: [tenantId],
})

async function seen(session: Session): Promise<Record<string, string[]>> {
  const reads = world.database.read(session)
  const ids = async (query: typeof customersSeen) =>
    (await reads.rows<{ id: string }>(query)).map(row => row.id).sort()
  try {
    return {
      customers: await ids(customersSeen),
      persons: await ids(personsSeen),
      issuers: await ids(issuersSeen),
      heads: await ids(headsSeen),
    }
  } finally {
    reads.close()
  }
}

/** The customers that show under an opening of our own. */
async function seenWith(opening: string): Promise<object[]> {
  const client = await connect(world.appUrl)
  await client.query(`begin; ${opening}`)
  return (await client.query('select id from customers')).rows
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

/** What the interleaved transactions and the owner's look complain of, with every statement passed through `mutation`. */
async function complaints(world: World, mutation?: (sql: string) => string): Promise<string[]> {
  const population = await populate(world, { tenants: 2, customersEach: 2, personsEach: 1 })
  const database = await Database.open({
    url: world.appUrl,
    poolSize: 2,
    entities,
    newestMigration: migrations.at(-1)?.name ?? '',
  })
  try {
    if (mutation) await mutateStatements(database, mutation)
    const one = { transactions: 300, atOnce: 1, untilWrong: true, seed: 6 }
    const { wrong, unexpected } = await interleave(world, database, population, one)
    const tables = population.tables.map(table => `(select '${table}' as shown from ${table} limit 1)`)
    const shown = await world.sqlAsOwner<{ shown: string }>(tables.join(' union all '))
    return [...wrong, ...unexpected, ...shown.map(row => `the owner sees ${row.shown}`)]
  } finally {
    await database.close()
  }
}

async function statementsThatRestoreTheWalls(): Promise<string[]> {
  const policies = await world.sqlAsSuperuser<{ gone: string; made: string }>(
    `select format('drop policy if exists %I on %I', policyname, tablename) as gone,
       format('create policy %I on %I as %s to %s using (%s) with check (%s)', policyname, tablename, permissive,
         array_to_string(roles, ','), qual, with_check) as made
     from pg_policies where tablename in ('customers', 'persons')`,
  )
  return [
    ...policies.flatMap(({ gone, made }) => [gone, made]),
    ...['customers', 'persons'].flatMap(table => [
      `alter table ${table} enable row level security`,
      `alter table ${table} force row level security`,
      `revoke all on ${table} from surety_directory`,
    ]),
  ]
}

function request(tenantId: string): Request {
  const caller: Caller = {
    ...{ kind: 'staff', tenantId, tenantSlug: 'slug', customerId: null, appId: null },
    ...{ issuer: 'issuer', subject: 'subject', tokenId: null, roles: ['ADMIN'], scopes: [], purpose: null },
    expiresAt: new Date(Date.now() + 60_000),
  }
  return new Request({
    ...{ id: randomUUID(), caller, language: 'en', outside: world.directory.outside, ownIssuer: 'issuer' },
    ...{
      database: world.database,
      seals: world.seals,
      gate: disclosureGate(world.database),
      access: accessTable,
    },
  })
}
