import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { holdTable } from '../kit/hold.js'
import { type Caller, type Customer, type Provider, World } from '../kit/world.js'

/** Small, so that one connection that isn't given back shows at once. */
const POOL_SIZE = 3

let world: World
let provider: Provider
let admin: Caller
let customer: Customer
beforeAll(async () => {
  world = await World.create({ poolSize: POOL_SIZE })
  provider = await world.provider()
  admin = await provider.admin()
  customer = await provider.customer()
  for (let n = 0; n < 3; n += 1) await customer.draft()
})
afterAll(() => world.close())
beforeEach(() => {
  world.logged.length = 0
})

const PORTAL = `{ viewer { tenant { name } } customers { nodes { name agreements { nodes { number currentVersion { clauses { text blanks { value } } } } } } } }`
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** Every connection of the pool answers, each in a request of its own at the same time, and none is left in a transaction. */
async function expectWholePool(): Promise<void> {
  const answers = await Promise.all(Array.from({ length: POOL_SIZE * 4 }, () => admin.send(PORTAL)))
  expect(answers.map(answer => [answer.status, answer.errors])).toEqual(answers.map(() => [200, undefined]))
  const open = async () =>
    (
      await world.sqlAsSuperuser<{ state: string; query: string }>(
        `select state, query from pg_stat_activity where datname = current_database() and application_name = 'surety' and state <> 'idle'`,
      )
    ).map(row => `${row.state}: ${row.query}`)
  const until = performance.now() + 2_000
  while ((await open()).length > 0 && performance.now() < until) await pause(20)
  expect(await open()).toEqual([])
}

/** Sends a request and hangs up after some milliseconds. */
function abort(body: string, afterMs: number, announced = Buffer.byteLength(body)): Promise<void> {
  return new Promise(resolve => {
    const request = httpRequest(`${world.address}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${admin.token}`,
        'content-type': 'application/json',
        'content-length': announced,
      },
    })
    request.on('error', () => undefined)
    request.on('close', () => resolve())
    request.on('response', response => response.on('error', () => undefined).resume())
    if (announced > Buffer.byteLength(body)) request.write(body)
    else request.end(body)
    setTimeout(() => request.destroy(), afterMs)
  })
}

describe('clients that hang up', () => {
  it('300 of them, at any moment of a query or a change, leave the pool whole', async () => {
    const create = (n: number): string =>
      JSON.stringify({
        query: `mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { customer { agreements { nodes { id } } } } }`,
        variables: { input: { idempotencyKey: `abort-${n}`, number: `H-${n}`, name: 'Hung up' } },
      })
    const asked = JSON.stringify({ query: PORTAL })
    for (let batch = 0; batch < 10; batch += 1) {
      const aborted = Array.from({ length: 30 }, (_, index) => {
        const n = batch * 30 + index
        if (index % 3 === 0) return abort(create(n), n % 40)
        if (index % 3 === 1) return abort(asked, n % 40)
        return abort(asked.slice(0, 20), n % 40, asked.length)
      })
      await Promise.all(aborted)
    }
    await expectWholePool()
    const made = await world.sqlAsSuperuser<{ n: number }>(
      `select count(*)::int as n from customers where number like 'H-%'`,
    )
    const journalled = await world.sqlAsSuperuser<{ n: number }>(
      `select count(*)::int as n from idempotency_keys where key like 'abort-%'`,
    )
    expect(made).toEqual(journalled)
    expect(world.logged.map(line => JSON.parse(line)).filter(line => line.level >= 50)).toEqual([])
  })

  it('within a request that never ends, or in the middle of its headers, cost nothing', async () => {
    const { hostname, port } = new URL(world.address)
    await Promise.all(
      Array.from({ length: 30 }, (_, n) => {
        const socket = connect(Number(port), hostname)
        socket.on('error', () => undefined)
        socket.write(n % 2 ? 'POST /graphql HTTP/1.1\r\nHost: x\r\nAuthor' : 'GET / HT')
        return pause(20).then(() => socket.destroy())
      }),
    )
    await expectWholePool()
  })
})

describe('requests that fail', () => {
  it.each([
    ['before they get in', () => world.post('{}', { authorization: 'Bearer x' })],
    ['in their JSON', () => world.post('{', { authorization: `Bearer ${admin.token}` })],
    ['in their syntax', () => admin.send('{ viewer {')],
    ['in validation', () => admin.send('{ nothing }')],
    ['in their variables', () => admin.send('query ($id: ID!) { customer(id: $id) { id } }')],
    [
      'in their arguments',
      () => admin.send('{ viewer { tenant { name } } agreements(first: 0) { nodes { id } } }'),
    ],
    [
      'in an operation that is not there',
      () => world.post({ query: PORTAL, operationName: 'X' }, { authorization: `Bearer ${admin.token}` }),
    ],
    [
      'for a permission',
      async () =>
        (await provider.staff('AUDITOR')).send(
          'mutation { personErase(input: { idempotencyKey: "k", personId: "p" }) { person { id } } }',
        ),
    ],
    ['in a refusal', () => admin.mutate('customerCreate', { number: '', name: '' })],
  ])('%s leave the pool whole', async (_where, ask) => {
    await Promise.all(Array.from({ length: 30 }, ask))
    await expectWholePool()
  })

  it('in one field while its neighbours still read leave the pool whole', async () => {
    // An instant that ISO 8601 can't say: the field fails, and everything up to the list with it, at once.
    const broken = await provider.customer('C-broken')
    await broken.draft()
    await world.sqlAsSuperuser(`update customers set created_at = 'infinity' where number = 'C-broken'`)
    const query = `query ($id: ID!) {
      a: customer(id: $id) { createdAt agreements { nodes { currentVersion { clauses { blanks { value } } signatures { id } supportChannels { id } } } } }
      nodes(ids: [$id]) { ... on Customer { createdAt agreements { nodes { versions { agreement { customer { agreements { nodes { number } } } } } } } } } }`
    for (let round = 0; round < 10; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: POOL_SIZE * 2 }, () => admin.send(query, { id: broken.id })),
      )
      for (const { errors } of answers)
        expect(errors?.map(error => error.extensions.code)).toEqual(['INTERNAL', 'INTERNAL'])
    }
    await world.sqlAsSuperuser(`update customers set created_at = now() where number = 'C-broken'`)
    await expectWholePool()
  })
})

describe('a pool that is full', () => {
  it('lets requests wait, and answers them all when it is free again', async () => {
    const release = await holdTable(world, 'customers')
    const waiting = Array.from({ length: POOL_SIZE * 5 }, () =>
      admin.send('{ customers { nodes { number } } }'),
    )
    await pause(1_000)
    await release()
    const answers = await Promise.all(waiting)
    expect(answers.map(answer => [answer.status, answer.errors])).toEqual(answers.map(() => [200, undefined]))
    await expectWholePool()
  })

  it('answers 503 with a time to come back to those who waited too long, and lives on', async () => {
    const holders = Array.from({ length: POOL_SIZE }, () =>
      world.database.acrossTenants('surety_directory', query => query('select pg_sleep(7)')),
    )
    await pause(400)
    const begun = performance.now()
    const answers = await Promise.all(
      Array.from({ length: POOL_SIZE * 4 }, () => admin.send('{ customers { nodes { number } } }')),
    )
    // As long as a connection is waited for.
    expect(performance.now() - begun).toBeLessThan(6_000)
    for (const answer of answers) {
      expect(answer.status).toBe(503)
      expect(answer.headers.get('retry-after')).toBe('1')
      expect(answer.errors).toEqual([
        {
          message: 'The service is busy, and nothing was done: repeat it after retryAfter seconds.',
          extensions: { code: 'TIMEOUT', retryAfter: 1 },
        },
      ])
    }
    await Promise.all(holders)
    await expectWholePool()
  })
})
