import { type Client, createClient } from 'graphql-sse'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { MAX_CONNECTIONS_PER_CALLER } from '../../src/server/live-connections.js'
import { RawStream } from '../kit/event-stream.js'
import { PARTNER_SCOPES, Partner } from '../kit/partners.js'
import { RawSocket, until } from '../kit/subscriber.js'
import { Caller, type Customer, type Provider, World, withCost } from '../kit/world.js'

let world: World
let provider: Provider
let customer: Customer
let admin: Caller
let quiet: RawStream
beforeAll(async () => {
  world = await World.create({ corsOrigins: ['https://portal.example'] })
  provider = await world.provider()
  customer = await provider.customer()
  admin = await provider.admin()
  quiet = RawStream.of(await provider.staff('AGENT'), { query: EVENTS })
})
afterAll(() => world.close())

const EVENTS = 'subscription { events { id typeName cursor } }'
const FROM =
  'subscription ($after: EventCursor) { events(after: $after) { id typeName cursor previousCursor } }'
const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
const head = async (): Promise<string> => (await admin.ask('{ eventCursor }')).eventCursor
const staffFor = async (ttl: number): Promise<Caller> =>
  new Caller(world, await world.token({ tenant: provider.slug, role: ['ADMIN'], ttl }))

async function stream(caller: Caller, asked: object = { query: EVENTS }, headers = {}): Promise<RawStream> {
  const opened = RawStream.of(caller, asked, headers)
  onTestFinished(() => opened.cut())
  await opened.opened()
  await pause(150)
  return opened
}

/** The library's client, which comes back by itself; `came` counts its connections. */
function realClient(
  token: () => string,
  options: { retryAttempts?: number; address?: string } = {},
): { client: Client; came: { count: number } } {
  const came = { count: 0 }
  const client = createClient({
    url: `${options.address ?? world.address}/graphql`,
    headers: () => ({ authorization: `Bearer ${token()}` }),
    retryAttempts: options.retryAttempts ?? 0,
    retry: () => pause(20),
    on: { connected: () => void (came.count += 1) },
  })
  onTestFinished(() => client.dispose())
  return { client, came }
}

/** Follows the events from a cursor with the library's client; answers what comes. */
function follow(client: Client, after: string | null): { ids: string[]; told: string[]; over: boolean } {
  const seen = { ids: [] as string[], told: [] as string[], over: false }
  client.subscribe<{ events: { id: string } }>(
    { query: FROM, variables: { after } },
    {
      next: ({ data, errors }) => {
        if (data) seen.ids.push(data.events.id)
        seen.told.push(...(errors ?? []).map(each => String(each.extensions?.code)))
      },
      error: () => {
        seen.over = true
      },
      complete: () => {
        seen.over = true
      },
    },
  )
  return seen
}

describe('operations over a stream', () => {
  it('queries and mutations are answered as over HTTP, and complete', async () => {
    const { client } = realClient(() => admin.token)
    const ask = async (query: string, variables = {}) => {
      const answers = []
      for await (const answer of client.iterate({ query, variables })) answers.push(answer)
      return answers
    }
    const viewer = '{ viewer { kind tenant { slug } } }'
    expect(await ask(viewer)).toEqual([{ data: await admin.ask(viewer), extensions: withCost() }])
    const create = `mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { customer { number } userErrors { code } } }`
    const input = { idempotencyKey: 'by-stream', number: 'SSE-1', name: 'By stream' }
    const [made] = await ask(create, { input })
    expect(made?.data).toEqual({ customerCreate: { customer: { number: 'SSE-1' }, userErrors: [] } })
    expect((await admin.send(create, { input })).extensions).toMatchObject({ replayed: ['customerCreate'] })
    const member = realClient(() => memberToken).client
    const memberToken = (await customer.user('MEMBER')).token
    for await (const answer of member.iterate({ query: create, variables: { input } }))
      expect(answer.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
  })

  it('is a stream by its headers, named in the log by its Request-Id, and ends with complete', async () => {
    const asked = { query: 'query Streamed { viewer { kind } }' }
    const opened = await stream(admin, asked, {
      'request-id': 'stream-4711',
      origin: 'https://portal.example',
    })
    expect(await opened.ending()).toBe(true)
    expect(opened.text.startsWith(':\n\n')).toBe(true)
    expect(opened.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'private, no-store',
      'request-id': 'stream-4711',
      'x-accel-buffering': 'no',
      'access-control-allow-origin': 'https://portal.example',
    })
    expect(world.logged.some(line => line.includes('stream-4711') && line.includes('Streamed'))).toBe(true)
  })
})

describe('who may open a stream', () => {
  it('nobody unknown, and the answer is JSON with the status that interceptors key on', async () => {
    for (const authorization of [undefined, 'Bearer aaaa.bbbb.cccc']) {
      const opened = await new RawStream(world, { query: EVENTS }, { authorization }).opened()
      await opened.ending()
      expect([opened.status, opened.headers['content-type']]).toEqual([
        401,
        'application/json; charset=utf-8',
      ])
      expect(JSON.parse(opened.text).errors[0].extensions).toEqual({ code: 'UNAUTHENTICATED' })
    }
  })

  it('a caller’s streams and sockets are counted together', async () => {
    const fleet = await staffFor(3600)
    const opened: { cut: () => void }[] = []
    onTestFinished(() => opened.forEach(each => each.cut()))
    for (let at = 0; at < MAX_CONNECTIONS_PER_CALLER; at += 1) {
      if (at % 2 === 0) opened.push(await RawStream.of(fleet, { query: EVENTS }).opened())
      else {
        const socket = await new RawSocket(world).init({ authorization: `Bearer ${fleet.token}` })
        opened.push({ cut: () => socket.socket.terminate() })
      }
    }
    const last = await RawStream.of(fleet, { query: EVENTS }).opened()
    await last.ending()
    expect(last.status).toBe(429)
    expect(JSON.parse(last.text).errors[0].extensions).toMatchObject({ code: 'RATE_LIMITED' })
    const socket = await new RawSocket(world).init({ authorization: `Bearer ${fleet.token}` })
    expect(await socket.closing()).toBe(1013)
    opened.pop()?.cut()
    opened.pop()?.cut()
    await until(
      async () => (await RawStream.of(fleet, { query: '{ viewer { kind } }' }).opened()).status === 200,
    )
  })
})

it('streams that are opened at once are no more than those that are opened one after the other', async () => {
  const fleet = await staffFor(3600)
  const opened = await Promise.all(
    Array.from({ length: MAX_CONNECTIONS_PER_CALLER + 30 }, () =>
      RawStream.of(fleet, { query: EVENTS }).opened(),
    ),
  )
  onTestFinished(() => opened.forEach(each => each.cut()))
  const statuses = opened.map(({ status }) => status)
  expect(statuses.filter(status => status === 200)).toHaveLength(MAX_CONNECTIONS_PER_CALLER)
  expect(statuses.filter(status => status === 429)).toHaveLength(30)
})

describe('what is wrong with an operation', () => {
  it.each([
    [{ query: 'subscription {' }, 'GRAPHQL_PARSE_FAILED'],
    [{ query: 'subscription { nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    [{ query: 'subscription { events(after: "canary-4711") { id } }' }, 'BAD_USER_INPUT'],
    [{ query: FROM, variables: { after: ['CANARY_4711'] } }, 'BAD_USER_INPUT'],
    [{ query: EVENTS, operationName: 'Canary4711' }, 'BAD_USER_INPUT'],
    [{ query: '{ nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
  ])('is told in the stream, which then completes: %j', async (asked, code) => {
    const opened = await stream(admin, asked, { 'accept-language': 'zh-CN' })
    expect(await opened.ending()).toBe(true)
    expect(opened.messages.map(({ event }) => event)).toEqual(['next', 'complete'])
    expect(opened.messages[0]?.data.errors[0].extensions).toEqual({ code })
    expect(opened.messages[0]?.data.errors[0].message).toMatch(/\p{Script=Han}/u)
    expect(opened.text).not.toContain('4711')
  })

  it('by GET nothing is changed', async () => {
    const ask = async (query: string) => {
      const address = new URLSearchParams({ query }).toString()
      const opened = new RawStream(
        world,
        address,
        { authorization: `Bearer ${admin.token}` },
        { method: 'GET' },
      )
      await opened.opened()
      await opened.ending()
      return opened.messages[0]?.data
    }
    expect(await ask('{ viewer { kind } }')).toEqual({
      data: { viewer: { kind: 'STAFF' } },
      extensions: withCost(),
    })
    const change =
      'mutation { customerCreate(input: { idempotencyKey: "g", number: "GET-1", name: "X" }) { userErrors { code } } }'
    expect((await ask(change)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    const { totalCount } = (await admin.ask('{ customers(filter: { number: "GET-1" }) { totalCount } }'))
      .customers
    expect(totalCount).toBe(0)
  })

  it('no request at all is refused as over HTTP', async () => {
    const opened = await new RawStream(world, 'no json', { authorization: `Bearer ${admin.token}` }).opened()
    await opened.ending()
    expect([opened.status, JSON.parse(opened.text).errors[0].extensions]).toEqual([
      400,
      { code: 'BAD_USER_INPUT' },
    ])
  })
})

describe('a reader that comes back', () => {
  it('has missed nothing after cuts: by its last cursor, or by the Last-Event-ID its library sends', async () => {
    const after = await head()
    const had: { id: string; events: { id: string; cursor: string; previousCursor: string } }[] = []
    let lastEventId: string | undefined
    for (let round = 0; round < 4; round += 1) {
      const opened = await stream(
        admin,
        { query: FROM, variables: { after } },
        lastEventId ? { 'last-event-id': lastEventId } : {},
      )
      await customer.draft()
      for (const { id, data } of await opened.has(1)) {
        lastEventId = id ?? undefined
        had.push({ id: id as string, events: data.data.events })
      }
      opened.cut()
      await customer.draft()
    }
    const rest = await stream(admin, {
      query: FROM,
      variables: { after: had.at(-1)?.events.cursor },
    })
    for (const { id, data } of await rest.has(1)) had.push({ id: id as string, events: data.data.events })
    const polled = await admin.ask(
      'query ($after: EventCursor) { events(after: $after, first: 100) { nodes { id cursor } } }',
      { after },
    )
    expect(had.map(each => each.events.id)).toEqual(polled.events.nodes.map(({ id }: { id: string }) => id))
    expect(had.map(each => each.id)).toEqual(had.map(each => each.events.cursor))
    expect(had.map(each => each.events.previousCursor)).toEqual([
      after,
      ...had.slice(0, -1).map(each => each.events.cursor),
    ])
  })

  it('with a place that is none of ours is told so', async () => {
    const opened = await stream(admin, { query: FROM }, { 'last-event-id': 'canary-4711' })
    await opened.ending()
    expect(opened.messages[0]?.data.errors[0].extensions).toEqual({ code: 'BAD_USER_INPUT' })
  })
})

describe('who is admitted no more', () => {
  const endedFor = async (opened: RawStream, since: number): Promise<void> => {
    expect(await opened.ending()).toBe(true)
    expect(performance.now() - since).toBeLessThan(1_000)
    expect(opened.messages.at(-1)).toMatchObject({
      event: 'next',
      data: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    })
    expect(opened.messages.some(({ event }) => event === 'complete')).toBe(false)
  }

  it('a token that is revoked ends its stream within a second, told so, and no other', async () => {
    const leaving = await staffFor(3600)
    const [gone, there] = [await stream(leaving), await stream(await staffFor(3600))]
    const { jti } = JSON.parse(Buffer.from(leaving.token.split('.')[1] as string, 'base64url').toString())
    await admin.mutate('tokenRevoke', { tokenId: jti })
    await endedFor(gone, performance.now())
    await customer.draft()
    await there.has(1)
    expect(gone.nexts).toHaveLength(1)
  })

  it('an app that is disabled loses its stream within a second', async () => {
    const app = await provider.app('streaming', ['event:read'])
    const opened = await stream(app)
    await world.sqlAsSuperuser(`update apps set disabled_at = surety_now() where client_id = 'streaming'`)
    await endedFor(opened, performance.now())
  })

  it('the real client hears why, comes back by itself with a new token, and goes on', async () => {
    const after = await head()
    let { token } = await staffFor(2)
    const { client, came } = realClient(() => token, { retryAttempts: 20 })
    const seen = follow(client, after)
    await customer.draft()
    await until(() => seen.ids.length === 1)
    token = (await staffFor(3600)).token
    await until(() => came.count === 2)
    expect(seen.told).toEqual(['UNAUTHENTICATED'])
    await customer.draft()
    // It asks again with the variables it had, so from `after`: at least once, by id once.
    await until(() => new Set(seen.ids).size === 2)
    expect(seen.over).toBe(false)
  })
})

describe('an app’s stream', () => {
  it('is judged at delivery, tells what is closed, and is an account of what it showed', async () => {
    const app = await Partner.register(provider, { scopes: [...PARTNER_SCOPES, 'event:read'] })
    const authorization = await app.authorizedBy(customer, ['CONTRACT', 'CONTACT'], {
      operations: ['READ', 'SUBSCRIBE'],
    })
    const opened = await stream(await app.caller(), {
      query: 'subscription { events { typeName agreement { id number } } }',
    })
    await customer.draft()
    const [first] = await opened.has(1)
    expect(first?.data.data.events.agreement.number).toMatch(/^A-/)
    const signatory = await customer.signatory()
    await until(async () => {
      const { disclosures } = await signatory.ask('{ disclosures { nodes { app { id } categories } } }')
      return disclosures.nodes.length > 0
    })
    const { userErrors } = await signatory.mutate('disclosureRevoke', {
      disclosureAuthorizationId: authorization,
    })
    expect(userErrors).toEqual([])
    await pause(1_000)
    await customer.draft()
    await pause(500)
    expect(opened.nexts.filter(({ data }) => data.data.events.agreement)).toHaveLength(1)
  })
})

describe('a quiet stream', () => {
  it('is kept alive by a comment every 15 s, and by nothing else', async () => {
    await until(() => quiet.comments >= 2, 20_000)
    expect(quiet.endedWell).toBeNull()
    quiet.cut()
  }, 25_000)
})

describe('a slow reader', () => {
  it('is cut off without a complete, holds nobody up, and loses nothing when it comes back', async () => {
    const after = await head()
    const draft = await customer.draft()
    await draft.submit()
    const [slow, other] = [
      await stream(admin, {
        query: 'subscription { events { cursor a: data b: data c: data d: data e: data } }',
      }),
      await stream(admin),
    ]
    slow.pause()
    // Five times in each frame: enough to fill what lies between the two ends.
    const large = 'x'.repeat(60_000)
    await world.database.write(
      { kind: 'system', tenantId: provider.tenantId, customerId: null, appId: null, grants: [] },
      async operation => {
        const now = await operation.now()
        for (let at = 0; at < 60; at += 1)
          operation.record({
            type: 'agreement.submitted',
            category: 'CONTRACT',
            subject: { kind: 'agr', id: draft.uuid, revision: () => 1 },
            customerId: customer.uuid,
            agreementId: draft.uuid,
            actor: { kind: 'system', id: 'surety' },
            occurredAt: now,
            acceptedAt: now,
            data: { large },
          })
      },
    )
    const all = await other.has(60)
    await pause(8_700)
    slow.resume()
    expect(await slow.ending(10_000)).toBe(false)
    const had = slow.nexts
    expect(had.length).toBeLessThan(60)
    const back = await stream(
      admin,
      { query: FROM, variables: { after } },
      had.length > 0 ? { 'last-event-id': had.at(-1)?.id as string } : {},
    )
    const idOf = ({ data }: { data: { data: { events: { id: string } } } }) => data.data.events.id
    const missed = all.slice(had.length).map(idOf)
    await until(() => back.nexts.length >= missed.length)
    expect(back.nexts.slice(-missed.length).map(idOf)).toEqual(missed)
  })
})

describe('a drain', () => {
  it('ends every stream without a complete, and the real client comes back', async () => {
    const own = await World.create()
    let closed = false
    const close = async (): Promise<void> => {
      if (!closed) await own.close()
      closed = true
    }
    onTestFinished(close)
    const staff = await (await own.provider()).admin()
    const opened = await stream(staff)
    const { client, came } = realClient(() => staff.token, { address: own.address, retryAttempts: 3 })
    let attempts = 0
    const seen = follow(client, null)
    await until(() => came.count === 1)
    const started = performance.now()
    await close()
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(await opened.ending()).toBe(true)
    expect(opened.messages).toEqual([])
    // It has tried to come back, and found nobody: there is no other process here.
    await until(() => seen.over)
    attempts = came.count
    expect(attempts).toBeGreaterThanOrEqual(1)
    expect(seen.told).toEqual([])
  })
})
