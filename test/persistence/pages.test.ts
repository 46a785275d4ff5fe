import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Seals, type Session, systemSession } from '../../src/persistence/index.js'
import { openSession } from '../../src/persistence/walls.js'
import { publicId } from '../../src/platform/ids.js'
import { poolOf } from '../kit/connections.js'
import { type Caller, type Customer, type Provider, World } from '../kit/world.js'

const ROWS = 97
const MANY = 5_000
const FIELDS = ['CREATED_AT', 'UPDATED_AT'] as const
const DIRECTIONS = ['ASC', 'DESC'] as const
const ORDERS = FIELDS.flatMap(field => DIRECTIONS.map(direction => ({ field, direction })))

interface Order {
  field: (typeof FIELDS)[number]
  direction: (typeof DIRECTIONS)[number]
}

interface Page {
  nodes: { id: string }[]
  edges: { cursor: string; node: { id: string } }[]
  pageInfo: {
    hasNextPage: boolean
    hasPreviousPage: boolean
    startCursor: string | null
    endCursor: string | null
  }
  totalCount?: number
}

interface List {
  name: 'customers' | 'agreements'
  prefix: string
}
const LISTS: List[] = [
  { name: 'customers', prefix: 'cus' },
  { name: 'agreements', prefix: 'agr' },
]

let world: World
let provider: Provider
let customer: Customer
let admin: Caller

beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  customer = await provider.customer('the one')
  admin = await provider.admin()
  // Ten instants for the first column and four for the second: most rows are tied with others.
  await plant(world, provider.tenantId, customer.uuid, ROWS, { createdAt: 'n % 10', updatedAt: 'n % 4' })
})
afterAll(() => world.close())

describe.each(LISTS)('a walk through $name', list => {
  it('gives every row exactly once and in order, at any page size, either way, also where values are equal', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 4, max: 100 }),
        fc.constantFrom(...ORDERS),
        fc.boolean(),
        async (size, order, backward) => {
          const pages = await walk(list, { size, order, backward })
          const walked = backward ? pages.toReversed() : pages
          expect(walked.flatMap(page => page.nodes.map(node => node.id))).toEqual(await inOrder(list, order))
          for (const [index, page] of walked.entries()) {
            expect(page.edges.map(edge => edge.node)).toEqual(page.nodes)
            expect(page.pageInfo).toEqual({
              hasNextPage: index < walked.length - 1,
              hasPreviousPage: index > 0,
              startCursor: page.edges[0]?.cursor,
              endCursor: page.edges.at(-1)?.cursor,
            })
          }
        },
      ),
      {
        numRuns: 15,
        examples: [
          [1, ORDERS[1] as Order, false],
          [100, ORDERS[2] as Order, true],
        ],
      },
    )
  })

  it('turns round anywhere: before the first of a page stands the page before it', async () => {
    const order = ORDERS[1] as Order
    const pages = await walk(list, { size: 13, order, backward: false })
    for (const [index, page] of pages.slice(1, -1).entries()) {
      const back = await ask(list, { last: 13, before: page.pageInfo.startCursor, orderBy: order })
      expect(back.nodes).toEqual(pages[index]?.nodes)
      const forth = await ask(list, { first: 13, after: back.pageInfo.endCursor, orderBy: order })
      expect(forth.nodes).toEqual(page.nodes)
    }
  })

  it('goes on from any entry, not only from the last of a page', async () => {
    const all = await ask(list, { first: 30 })
    for (const [index, edge] of all.edges.entries()) {
      const rest = await ask(list, { first: 30 - index, after: edge.cursor })
      expect(rest.nodes.slice(0, 29 - index)).toEqual(all.nodes.slice(index + 1))
    }
  })

  it.each(ORDERS)(
    'misses and repeats nothing that was there before, while rows come in, by $field $direction',
    async order => {
      const provider = await world.provider()
      const owner = await provider.customer()
      const admin = await provider.admin()
      await plant(world, provider.tenantId, owner.uuid, 60, { createdAt: 'n % 10', updatedAt: 'n % 4' })
      const before = await inOrder(list, order, provider)
      const seen: string[] = []
      let after: string | null = null
      for (let pages = 0; pages === 0 || after !== null; pages++) {
        const page: Page = await ask(list, { first: 10, after, orderBy: order }, PAGE, admin)
        seen.push(...page.nodes.map(node => node.id))
        after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
        // Before, behind and amid what was walked, also at the very instants that are there.
        if (pages < 6)
          await plant(world, provider.tenantId, owner.uuid, 8, { createdAt: 'n * 2', updatedAt: 'n' })
      }
      const old = new Set(before)
      expect(seen.filter(id => old.has(id))).toEqual(before)
      expect(new Set(seen).size).toBe(seen.length)
    },
  )

  it('counts the whole list, whatever the page', async () => {
    const all = await inOrder(list, ORDERS[0] as Order)
    const selection = '{ totalCount nodes { id } edges { cursor node { id } } pageInfo { hasNextPage } }'
    expect((await ask(list, { first: 1 }, selection)).totalCount).toBe(all.length)
    const { edges } = await ask(list, { first: 5 })
    expect((await ask(list, { first: 1, after: edges[4]?.cursor }, selection)).totalCount).toBe(all.length)
  })
})

describe('the size of a page', () => {
  it('is 20 when nothing is said, also backwards, where the last 20 come', async () => {
    expect((await ask(LISTS[0] as List, {})).nodes).toHaveLength(20)
    const order = ORDERS[0] as Order
    const all = await inOrder(LISTS[0] as List, order)
    const { edges } = await ask(LISTS[0] as List, { last: 1, orderBy: order })
    const before = await ask(LISTS[0] as List, { before: edges[0]?.cursor, orderBy: order })
    expect(before.nodes.map(node => node.id)).toEqual(all.slice(-21, -1))
  })

  it.each([
    { first: 0 },
    { first: -1 },
    { first: 101 },
    { last: 0 },
    { last: 101 },
    { first: 5, last: 5 },
    { first: 5, before: 'x' },
    { last: 5, after: 'x' },
    { first: 5, after: 'x', before: 'x' },
  ])('is refused as BAD_USER_INPUT: %j', async args => {
    const { edges } = await ask(LISTS[0] as List, { first: 1 })
    const cursors = Object.fromEntries(
      Object.entries(args).map(([name, value]) => [name, value === 'x' ? edges[0]?.cursor : value]),
    )
    expect(await refusalOf(admin, LISTS[0] as List, cursors)).toBe('BAD_USER_INPUT')
  })

  it('of an empty list is nothing, with no cursors and nothing on either side', async () => {
    const empty = { nodes: [], edges: [], pageInfo: { ...NOWHERE, startCursor: null, endCursor: null } }
    const nobody = { filter: { number: 'nobody has it' } }
    expect(await ask(LISTS[0] as List, { ...nobody, first: 10 })).toEqual(empty)
    expect(await ask(LISTS[0] as List, { ...nobody, last: 10 })).toEqual(empty)
  })
})

describe('a cursor', () => {
  const list = LISTS[0] as List
  const cursorOf = async (args: object = {}, caller = admin, of = list): Promise<string> =>
    (await ask(of, { first: 1, ...args }, undefined, caller)).edges[0]?.cursor as string

  it('is good for its list, order and filter, and for everybody with the same view', async () => {
    const filter = { updatedAfter: '2020-01-01T00:00:00Z' }
    const orderBy = { field: 'UPDATED_AT', direction: 'ASC' }
    const after = await cursorOf({ filter, orderBy })
    const agent = await provider.staff('AGENT')
    const next = await ask(list, { first: 5, after, filter, orderBy })
    expect(await ask(list, { first: 5, after, filter, orderBy }, undefined, agent)).toMatchObject({
      nodes: next.nodes,
    })
  })

  it.each<[string, () => Promise<{ caller?: Caller; of?: List; args: object }>]>([
    ['of another order', async () => ({ args: { after: await cursorOf({ orderBy: ORDERS[0] }) } })],
    [
      'of the other direction',
      async () => ({ args: { after: await cursorOf({ orderBy: ORDERS[0] }), orderBy: ORDERS[1] } }),
    ],
    [
      'of another filter',
      async () => ({
        args: { after: await cursorOf({ filter: { updatedAfter: '2020-01-01T00:00:00Z' } }) },
      }),
    ],
    ['of another list', async () => ({ of: LISTS[1] as List, args: { after: await cursorOf() } })],
    [
      'of another tenant',
      async () => ({ caller: await (await world.provider()).admin(), args: { after: await cursorOf() } }),
    ],
    [
      "of staff, in a customer's hands",
      async () => ({ caller: await customer.signatory(), args: { after: await cursorOf() } }),
    ],
    [
      "of a customer's user, in the hands of staff",
      async () => ({ args: { after: await cursorOf({}, await customer.signatory()) } }),
    ],
    [
      'of a service bound to a customer, in the hands of one that is not',
      async () => {
        const bound = await provider.service(['customer:read'], customer)
        return {
          caller: await provider.service(['customer:read']),
          args: { after: await cursorOf({}, bound) },
        }
      },
    ],
    ['that is no cursor', async () => ({ args: { after: 'no cursor' } })],
    ['that is empty', async () => ({ args: { after: '' } })],
    ['that is long', async () => ({ args: { after: 'A'.repeat(100_000) } })],
    [
      'sealed by somebody else',
      async () => ({
        args: {
          after: new Seals(Seals.newMasterKey()).seal('list cursor', '', '["2026-01-01T00:00:00Z","x"]'),
        },
      }),
    ],
    [
      'sealed here for something else',
      async () => ({ args: { after: world.seals.seal('signing key', 'kid', 'secret') } }),
    ],
  ])('%s is BAD_USER_INPUT, and so is it backwards', async (_, wrong) => {
    const { caller = admin, of = list, args } = await wrong()
    expect(await refusalOf(caller, of, { first: 1, ...args })).toBe('BAD_USER_INPUT')
    const { after, ...rest } = args as { after: string }
    expect(await refusalOf(caller, of, { last: 1, ...rest, before: after })).toBe('BAD_USER_INPUT')
  })

  it('does not open after any change of it, and is not quoted back', async () => {
    const good = await cursorOf()
    for (let at = 0; at < good.length; at += 3) {
      const after = good.slice(0, at) + (good[at] === 'A' ? 'B' : 'A') + good.slice(at + 1)
      const answer = await send(admin, list, { first: 1, after })
      expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
      expect(answer.text).not.toContain(after)
    }
  })

  it('shows neither ids nor instants of what it points at', async () => {
    const { edges } = await ask(list, { first: 1 })
    const [edge] = edges as [Page['edges'][number]]
    const bytes = Buffer.from(edge.cursor, 'base64url')
    expect(bytes.includes(edge.node.id.slice(4, 12))).toBe(false)
    expect(bytes.includes('202')).toBe(false)
  })
})

describe(`a page of ${MANY} rows costs the same wherever it stands`, () => {
  let world: World
  let provider: Provider
  let one: Customer

  beforeAll(async () => {
    world = await World.create()
    provider = await world.provider()
    one = await provider.customer('one')
    const another = await provider.customer('another')
    // Most agreements are of others: who sees few of many must not read them all.
    await plant(world, provider.tenantId, one.uuid, MANY / 10, { createdAt: 'n * 100', updatedAt: '-n * 70' })
    await plant(world, provider.tenantId, another.uuid, MANY, { createdAt: 'n * 10', updatedAt: '-n * 7' })
    const elsewhere = await world.provider()
    const theirs = await elsewhere.customer()
    await plant(world, elsewhere.tenantId, theirs.uuid, MANY, { createdAt: 'n * 10', updatedAt: '-n * 7' })
    await world.sqlAsSuperuser('analyze')
  })
  afterAll(() => world.close())

  const cases = LISTS.flatMap(list => ORDERS.map(order => ({ list, order })))
  it.each(cases)('$list.name by $order.field $order.direction, as staff', async ({ list, order }) => {
    await expectFlat(await provider.admin(), staff(), list.name, order, '')
  })

  it.each(ORDERS)('agreements of one customer by $field $direction, as staff', async order => {
    await expectFlat(
      await provider.admin(),
      staff(),
      'agreements',
      order,
      `filter: { customerId: "${one.id}" },`,
    )
  })

  it.each(ORDERS)(
    "agreements by $field $direction, as a customer's user who sees few of many",
    async order => {
      const session: Session = { ...staff(), kind: 'customer', customerId: one.uuid }
      await expectFlat(await one.signatory(), session, 'agreements', order, '')
    },
  )

  const staff = (): Session => ({ ...systemSession(provider.tenantId), kind: 'staff' })

  /** The very statement that the API sends, explained under the same walls: by an index, and no dearer at the end than at the start. */
  async function expectFlat(
    caller: Caller,
    session: Session,
    list: string,
    order: Order,
    filter: string,
  ): Promise<void> {
    const orderBy = `orderBy: { field: ${order.field}, direction: ${order.direction} }`
    const read = (page: string) =>
      caller.ask(`{ ${list}(${filter} ${page} ${orderBy}) { nodes { id } pageInfo { startCursor } } }`)
    const sent = await statementsOf(world, () => read('first: 20'))
    const { pageInfo } = (await read('last: 40'))[list]
    const late = await statementsOf(world, () =>
      read(`first: 20, after: ${JSON.stringify(pageInfo.startCursor)},`),
    )
    const first = await explain(world, session, sent, list)
    const last = await explain(world, session, late, list)
    for (const plan of [first, last]) {
      expect(plan.nodes, plan.text).not.toContain('Sort')
      expect(plan.nodes, plan.text).not.toContain('Incremental Sort')
      expect(plan.nodes, plan.text).not.toContain('Seq Scan')
      expect(plan.rowsRead, plan.text).toBeLessThanOrEqual(30)
    }
    expect(last.buffers, last.text).toBeLessThanOrEqual(first.buffers * 1.2 + 10)
  }
})

const NOWHERE = { hasNextPage: false, hasPreviousPage: false }
const PAGE = `{ nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`

function send(caller: Caller, { name }: List, args: object, selection = PAGE) {
  const type = name === 'customers' ? 'Customer' : 'Agreement'
  return caller.send<Record<string, Page>>(
    `query ($first: Int, $after: String, $last: Int, $before: String, $filter: ${type}Filter, $orderBy: ${type}Order) {
      ${name}(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) ${selection} }`,
    args,
  )
}

async function ask(list: List, args: object, selection = PAGE, caller = admin): Promise<Page> {
  const answer = await send(caller, list, args, selection)
  if (answer.errors) throw new Error(answer.text)
  return answer.data[list.name] as Page
}

async function refusalOf(caller: Caller, list: List, args: object): Promise<string | undefined> {
  const answer = await send(caller, list, args)
  expect(answer.data[list.name]).toBeNull()
  return answer.errors?.[0]?.extensions.code
}

async function walk(
  list: List,
  { size, order, backward }: { size: number; order: Order; backward: boolean },
): Promise<Page[]> {
  const pages: Page[] = []
  for (;;) {
    const last: Page | undefined = pages.at(-1)
    const args = backward
      ? { last: size, before: last?.pageInfo.startCursor }
      : { first: size, after: last?.pageInfo.endCursor }
    const page = await ask(list, { ...args, orderBy: order })
    pages.push(page)
    if (!(backward ? page.pageInfo.hasPreviousPage : page.pageInfo.hasNextPage)) return pages
  }
}

async function inOrder(
  { name, prefix }: List,
  { field, direction }: Order,
  of = provider,
): Promise<string[]> {
  const rows = await world.sqlAsSuperuser<{ id: string }>(
    `select id from ${name} where tenant_id = $1 order by ${field} ${direction}, id ${direction}`,
    [of.tenantId],
  )
  return rows.map(row => publicId(prefix, row.id))
}

/** As many customers, and agreements of one customer, `n` seconds after an instant, where `n` counts from 1. */
async function plant(
  world: World,
  tenantId: string,
  customerId: string,
  count: number,
  { createdAt, updatedAt }: { createdAt: string; updatedAt: string },
): Promise<void> {
  const at = (seconds: string): string => `timestamptz '2026-01-01' + make_interval(secs => ${seconds})`
  await world.sqlAsSuperuser(
    `insert into customers (tenant_id, id, number, name, created_at, updated_at)
     select $1, gen_random_uuid(), $3 || n, 'name', ${at(createdAt)}, ${at(updatedAt)} from generate_series(1, $2::int) as n`,
    [tenantId, count, `${randomUUID().slice(0, 13)} `],
  )
  await world.sqlAsSuperuser(
    `insert into agreements (tenant_id, id, customer_id, state, time_zone, created_at, updated_at)
     select $1, gen_random_uuid(), $3, 'DRAFT', 'Asia/Shanghai', ${at(createdAt)}, ${at(updatedAt)} from generate_series(1, $2::int) as n`,
    [tenantId, count, customerId],
  )
}

interface Sent {
  text: string
  values: unknown[]
}

/** What is sent to the database while something is done. */
async function statementsOf(world: World, work: () => Promise<unknown>): Promise<Sent[]> {
  const sent: Sent[] = []
  const pool = await poolOf(world.database)
  const heard = new Map<pg.PoolClient, unknown>()
  const listen = (client: pg.PoolClient): void => {
    if (heard.has(client)) return
    const query = client.query as (...all: unknown[]) => unknown
    heard.set(client, query)
    const noting = (asked: string | Sent, ...rest: unknown[]): unknown => {
      if (typeof asked !== 'string') sent.push({ text: asked.text, values: asked.values })
      return query.call(client, asked, ...rest)
    }
    Object.assign(client, { query: noting })
  }
  pool.on('acquire', listen)
  await work()
  pool.off('acquire', listen)
  for (const [client, query] of heard) Object.assign(client, { query })
  return sent
}

interface PlanNode {
  'Node Type': string
  'Actual Rows': number
  'Rows Removed by Filter'?: number
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: PlanNode[]
}

async function explain(
  world: World,
  session: Session,
  sent: readonly Sent[],
  list: string,
): Promise<{ nodes: string[]; rowsRead: number; buffers: number; text: string }> {
  const found = sent.find(each => each.text.includes(` from ${list} `) && each.text.includes('limit'))
  if (!found) throw new Error(`no statement reads ${list}`)
  const client = new pg.Client({ connectionString: world.appUrl })
  await client.connect()
  try {
    await client.query(`begin; ${openSession(session)}`)
    const explained = `explain (analyze, buffers, format json) ${found.text}`
    const { rows } = await client.query({ text: explained, values: found.values })
    const [{ Plan: root }] = rows[0]['QUERY PLAN'] as [{ Plan: PlanNode }]
    const nodes = flatten(root)
    return {
      nodes: nodes.map(node => node['Node Type']),
      rowsRead: Math.max(...nodes.map(node => node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0))),
      buffers: root['Shared Hit Blocks'] + root['Shared Read Blocks'],
      text: `${found.text}\n${JSON.stringify(rows[0]['QUERY PLAN'], null, 1)}`,
    }
  } finally {
    await client.end()
  }
}

const flatten = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flatten)]
