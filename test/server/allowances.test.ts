import { createClient } from 'graphql-ws'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { liveClient, RawSocket, socketAddress } from '../kit/subscriber.js'
import { type Caller, type GraphqlAnswer, type Provider, World } from '../kit/world.js'

const GRAPHQL = { accept: 'application/graphql-response+json' }
const PORTAL = `{ agreements(first: 20) { nodes { number customer { name } tickets(first: 5) { nodes { number subject } } invoices(first: 3) { nodes { number } } } } }`
type Cost = Record<'requested' | 'actual' | 'limit' | 'remaining' | 'restoreRate', number>
const costOf = ({ extensions }: GraphqlAnswer<object>): Cost => extensions?.cost as Cost

describe('what an operation costs', () => {
  let world: World
  let provider: Provider
  let admin: Caller
  beforeEach(async () => {
    world ??= await World.create({ allowances: { costRate: 100 } })
    provider = await world.provider()
    admin = await provider.admin()
    return async () => undefined
  })

  it('is said on every answer: requested by the text, actual by what there was, and the rest is given back', async () => {
    const customer = await provider.customer()
    await customer.draft()
    await customer.draft()
    const fresh = await provider.staff('AGENT')
    const answer = await fresh.send(PORTAL)
    // The root, the connection, and twenty times: agreement, customer, two connections with five tickets and three invoices.
    expect(costOf(answer)).toMatchObject({
      requested: 1 + 1 + 20 * (1 + 1 + 6 + 4),
      limit: 1_000,
      restoreRate: 100,
    })
    // Two agreements, each with its customer and two empty connections.
    expect(costOf(answer).actual).toBe(1 + 1 + 2 * (1 + 1 + 1 + 1))
    expect(costOf(answer).remaining).toBeGreaterThanOrEqual(1_000 - costOf(answer).actual - 1)
    expect(costOf(await admin.send('{ nothing }'))).toMatchObject({ requested: 0, actual: 0 })
  })

  it('grows with what variables and ids ask for', async () => {
    const list = 'query ($n: Int) { customers(first: $n) { nodes { id } } }'
    expect(costOf(await admin.send(list, { n: 7 })).requested).toBe(2 + 7)
    expect(costOf(await admin.send(list, {})).requested).toBe(2 + 20)
    const nodes = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
    expect(costOf(await admin.send(nodes, { ids: ['a', 'b', 'c'] }))).toMatchObject({ requested: 4 })
    expect(costOf(await admin.send('{ __schema { types { name } } }')).requested).toBe(51)
    expect(
      costOf(await admin.send('{ a: customer(id: "x") { id } b: customer(id: "y") { id } }')),
    ).toMatchObject({ requested: 4, actual: 2 })
  })

  it('is the dearest of what one name stands for on types that exclude each other', async () => {
    const asked = (first: string, second: string): string =>
      `{ node(id: "x") { ...on Customer { x: agreements(first: ${first}) { nodes { id } } } ...on Agreement { x: tickets(first: ${second}) { nodes { id } } } } }`
    const requested = async (query: string): Promise<number> => costOf(await admin.send(query)).requested
    expect(await requested(asked('1', '50'))).toBe(1 + 1 + 1 + 50)
    expect(await requested(asked('50', '1'))).toBe(1 + 1 + 1 + 50)
    // On types that don't, all of it is asked for.
    const events = `{ events(first: 10) { nodes { subject { id } ...on BreachEvent { subject { ...on Breach { obligation { id } } } } } } }`
    expect(await requested(events)).toBe(1 + 1 + 10 * (1 + 1 + 1))
  })

  it('is the same whether a number is in the text, a default of the operation or given with it', async () => {
    const two = (definition: string, size: string): string =>
      `query ${definition} { customers(${size}) { nodes { id agreements(${size}) { nodes { id } } } } }`
    const requested = async (query: string, variables?: object): Promise<number> =>
      costOf(await admin.send(query, variables)).requested
    for (const name of ['first', 'last']) {
      const asked = [
        requested(two('', `${name}: 7`)),
        requested(two('($n: Int)', `${name}: $n`), { n: 7 }),
        requested(two('($n: Int = 7)', `${name}: $n`)),
        requested(two('($n: Int = 100)', `${name}: $n`), { n: 7 }),
      ]
      expect(await Promise.all(asked)).toEqual([65, 65, 65, 65])
    }
    // A null that is given stands: twenty, as without a number.
    expect(await requested(two('($n: Int = 7)', 'first: $n'), { n: null })).toBe(442)
    const nodes = 'query ($ids: [ID!]! = ["a", "b", "c"]) { nodes(ids: $ids) { id } }'
    expect(await requested(nodes)).toBe(4)
    const deep = two('($n: Int = 100)', 'first: $n')
    const { errors, extensions } = await admin.send(deep)
    expect(errors).toMatchObject([{ extensions: { code: 'COST_LIMIT_EXCEEDED' } }])
    expect(extensions?.cost).toMatchObject({ requested: 10_202, actual: 0 })
  })

  it('is the same of a subscription, whose defaults count as well', async () => {
    const { client } = liveClient(admin)
    onTestFinished(() => void client.dispose())
    const refused = await new Promise(resolve => {
      client.subscribe(
        {
          query: `subscription ($n: Int = 100) { events { agreement { customer { agreements(first: $n) { nodes { tickets(first: $n) { nodes { id } } } } } } } }`,
        },
        { next: resolve, error: resolve, complete: () => resolve(null) },
      )
    })
    expect(refused).toMatchObject([{ extensions: { code: 'COST_LIMIT_EXCEEDED' } }])
  })

  it('is refused before anything is read when it is more than one may cost, with what to do', async () => {
    const query = '{ customers(first: 100) { nodes { agreements(first: 100) { nodes { id } } } } }'
    const answer = await admin.send(query, {}, GRAPHQL)
    expect(answer.status).toBe(400)
    expect(answer.errors?.[0]).toMatchObject({
      message: expect.stringMatching(/^The operation costs 10202 points and one may cost 1000: /),
      extensions: { code: 'COST_LIMIT_EXCEEDED' },
    })
    expect(costOf(answer)).toMatchObject({ requested: 10_202, actual: 0, limit: 1_000 })
  })

  it('is refused for now when too much was asked lately, and may be asked when it says', async () => {
    const caller = await provider.staff('AGENT')
    const query = '{ __schema { queryType { name } } }'
    const many = await Promise.all(Array.from({ length: 40 }, () => caller.send(query, {}, GRAPHQL)))
    // Twenty of 51 points are more than 1,000, and 100 come back in a second.
    expect(many.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(19)
    const refused = many.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(0)
    for (const answer of refused) {
      expect(answer.errors?.[0]?.extensions).toEqual({ code: 'RATE_LIMITED', retryAfter: 1 })
      expect(answer.headers.get('retry-after')).toBe('1')
      expect(costOf(answer)).toMatchObject({ requested: 51, actual: 0, limit: 1_000 })
    }
    await new Promise(resolve => setTimeout(resolve, 1_000))
    expect((await caller.send(query)).errors).toBeUndefined()
  })
})

describe('how often one may ask', () => {
  it('is told in headers, and a request too many gets 429 with when to come back, whatever it accepts', async () => {
    const world = await World.forTest({ allowances: { requestRate: 1, tenantFactor: 100 } })
    const provider = await world.provider()
    const agent = await provider.staff('AGENT')
    const first = await agent.send('{ viewer { id } }')
    expect(first.headers.get('ratelimit-policy')).toBe('"caller";q=10;w=10, "tenant";q=100;w=1')
    expect(first.headers.get('ratelimit')).toMatch(/^"caller";r=9;t=1, "tenant";r=\d+;t=\d+$/)
    // Nine more at once, eight of them in one document.
    const guesses = Array.from({ length: 8 }, (_, n) => `a${n}: customer(id: "c${n}") { id }`).join(' ')
    expect((await agent.send(`{ ${guesses} }`)).errors).toBeUndefined()
    const more = await Promise.all(
      ['application/json', 'application/graphql-response+json'].flatMap(accept =>
        [1, 2, 3].map(() => agent.send('{ viewer { id } }', {}, { accept })),
      ),
    )
    const refused = more.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThanOrEqual(4)
    for (const answer of refused) {
      expect(answer.headers.get('retry-after')).toBe('1')
      expect(answer.errors?.[0]?.extensions).toEqual({ code: 'RATE_LIMITED', retryAfter: 1 })
    }
    expect(new Set(refused.map(answer => answer.headers.get('content-type')))).toEqual(
      new Set(['application/json; charset=utf-8', 'application/graphql-response+json; charset=utf-8']),
    )
    // Another caller of the tenant isn't held back by it.
    expect((await (await provider.staff('FINANCE')).send('{ viewer { id } }')).status).toBe(200)
  })

  it('is the same over a WebSocket, whose operation is refused and which stays open', async () => {
    const world = await World.forTest({ allowances: { requestRate: 1, tenantFactor: 100 } })
    const agent = await (await world.provider()).staff('AGENT')
    const client = createClient({
      url: socketAddress(world),
      webSocketImpl: WebSocket,
      lazy: false,
      connectionParams: { authorization: `Bearer ${agent.token}` },
    })
    const ask = async (): Promise<string> => {
      try {
        let told = 'nothing'
        for await (const { extensions } of client.iterate({ query: '{ viewer { id } }' }))
          told = (extensions as { cost?: unknown } | undefined)?.cost ? 'cost' : 'none'
        return told
      } catch (error) {
        return (error as { extensions: { code: string } }[])[0]?.extensions.code ?? String(error)
      }
    }
    const codes = await Promise.all(Array.from({ length: 30 }, ask))
    await client.dispose()
    expect(new Set(codes)).toEqual(new Set(['cost', 'RATE_LIMITED']))
    expect(codes.filter(code => code === 'cost').length).toBeGreaterThanOrEqual(10)
  })

  it('ends guessing: an address whose tokens are refused again and again is not listened to', async () => {
    const world = await World.forTest({ allowances: { refusalRate: 1 } })
    const agent = await (await world.provider()).staff('AGENT')
    const guess = (n: number): Promise<GraphqlAnswer> =>
      world.post({ query: '{ viewer { id } }' }, { authorization: `Bearer guess-${n}` })
    const guesses = await Promise.all(Array.from({ length: 20 }, (_, n) => guess(n)))
    expect(guesses.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(20)
    const after = await guess(20)
    expect(after.status).toBe(429)
    // One second, and more for each guess that was heard at the same time as the last one that might be.
    expect(Number(after.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    await new Promise(resolve => setTimeout(resolve, 50))
    expect((await agent.send('{ viewer { id } }')).status).toBe(429)
    const asked = Array.from({ length: 14 }, () =>
      fetch(`${world.address}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'a', client_secret: 'b' }),
      }),
    )
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    expect(statuses.filter(status => status === 401).length).toBeLessThanOrEqual(11)
    expect(statuses.filter(status => status === 429).length).toBeGreaterThanOrEqual(3)
  })

  it('ends guessing over WebSockets as well, by the address that a proxy tells', async () => {
    const world = await World.forTest({ allowances: { refusalRate: 0.5 }, trustedProxies: ['127.0.0.1'] })
    const agent = await (await world.provider()).staff('AGENT')
    const by = (address: string) => ({ 'x-forwarded-for': address })
    const knock = async (address: string, token: string): Promise<number | null> => {
      const socket = await new RawSocket(world, { headers: by(address) }).init({
        authorization: `Bearer ${token}`,
      })
      const code = socket.closed?.code ?? null
      socket.socket.terminate()
      return code
    }
    const ask = (address: string, token: string) =>
      world.post({ query: '{ viewer { id } }' }, { authorization: `Bearer ${token}`, ...by(address) })
    const [guesser, other] = ['203.0.113.7', '203.0.113.8']
    const guesses: (number | null)[] = []
    for (let at = 0; at < 12; at += 1) guesses.push(await knock(guesser, `guess-${at}`))
    expect(new Set(guesses)).toEqual(new Set([4401, 1013]))
    expect(guesses.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 4401))
    expect(await knock(guesser, agent.token)).toBe(1013)
    expect((await ask(guesser, agent.token)).status).toBe(429)
    expect(await knock(other, agent.token)).toBeNull()
    // Over HTTP they count for both.
    const many = Array.from({ length: 12 }, (_, at) => ask(other, `guess-${at}`))
    expect((await Promise.all(many)).map(({ status }) => status)).toContain(401)
    expect(await knock(other, agent.token)).toBe(1013)
  })
})
