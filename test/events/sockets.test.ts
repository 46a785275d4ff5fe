import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { generateKeyPairSync } from 'node:crypto'
import { request } from 'node:http'
import jsonwebtoken from 'jsonwebtoken'
import { WebSocket } from 'ws'
import { MAX_OPERATIONS } from '../../src/server/live-operations.js'
import { MAX_CONNECTIONS_PER_CALLER } from '../../src/server/live-connections.js'
import { liveClient, RawSocket, socketAddress, Subscriber, until } from '../kit/subscriber.js'
import { Caller, type Customer, type Provider, World, withCost } from '../kit/world.js'

let world: World
let provider: Provider
let customer: Customer
let admin: Caller
beforeAll(async () => {
  world = await World.create({ corsOrigins: ['https://portal.example'] })
  provider = await world.provider()
  customer = await provider.customer()
  admin = await provider.admin()
})
afterAll(() => world.close())

const bearer = (caller: Caller): { authorization: string } => ({ authorization: `Bearer ${caller.token}` })
const EVENTS = 'subscription { events { id typeName cursor } }'

function raw(options: ConstructorParameters<typeof RawSocket>[1] = {}, on = world): RawSocket {
  const socket = new RawSocket(on, options)
  onTestFinished(() => socket.socket.terminate())
  return socket
}
const admitted = (caller: Caller): Promise<RawSocket> => raw({}, caller.world).init(bearer(caller))
const staffFor = async (ttl: number): Promise<Caller> =>
  new Caller(world, await world.token({ tenant: provider.slug, role: ['ADMIN'], ttl }))
const subscribed = async (caller: Caller): Promise<RawSocket> => {
  const socket = await admitted(caller)
  socket.send({ id: '1', type: 'subscribe', payload: { query: EVENTS } })
  await new Promise(resolve => setTimeout(resolve, 150))
  return socket
}

describe('who may open a socket', () => {
  it.each([
    ['no parameters', undefined],
    ['no token', {}],
    ['an empty token', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['not a text', { authorization: 1 }],
    ['a list', { authorization: ['Bearer x'] }],
    ['no token of ours', { authorization: 'Bearer aaaa.bbbb.cccc' }],
    ['a token elsewhere', { Authorization: 'Bearer x', token: 'x' }],
  ])('%s is 4401, and never an acknowledgement', async (_what, payload) => {
    const socket = await raw().init(payload)
    expect(await socket.closing()).toBe(4401)
    expect(socket.messages).toEqual([])
  })

  it('a token in the address or in a header of the upgrade opens nothing', async () => {
    const socket = new WebSocket(`${socketAddress(world)}?token=${admin.token}`, 'graphql-transport-ws', {
      headers: { authorization: `Bearer ${admin.token}` },
    })
    onTestFinished(() => socket.terminate())
    const code = new Promise(resolve => socket.on('close', resolve))
    socket.on('open', () => socket.send('{"type":"connection_init"}'))
    expect(await code).toBe(4401)
  })

  it('a subscription before the acknowledgement is 4401', async () => {
    const socket = await raw().open()
    socket.send({ id: '1', type: 'subscribe', payload: { query: EVENTS } })
    expect(await socket.closing()).toBe(4401)
    const racing = await raw().open()
    racing.send({ type: 'connection_init', payload: bearer(admin) })
    racing.send({ id: '1', type: 'subscribe', payload: { query: EVENTS } })
    expect(await racing.closing()).toBe(4401)
    expect(racing.messages.filter(each => each.type === 'next')).toEqual([])
  })

  it('a socket that never says who it is is 4408', async () => {
    expect(await raw().closing(6_000)).toBe(4408)
  })

  it('a page of a foreign origin is refused, one of a listed origin or of our own address is not', async () => {
    const foreign = raw({ origin: 'https://evil.example' })
    await until(() => foreign.closed !== null)
    expect(foreign.closed?.code).toBe(1006)
    for (const origin of ['https://portal.example', world.address]) await raw({ origin }).open()
  })

  it('there is one address: another is not found', async () => {
    const elsewhere = raw({ path: '/graphql/other' })
    await until(() => elsewhere.closed !== null)
    expect(elsewhere.closed?.code).toBe(1006)
  })

  it('a fleet of sockets of one caller ends with 1013', async () => {
    const fleet = await staffFor(3600)
    for (let at = 0; at < MAX_CONNECTIONS_PER_CALLER; at++) await admitted(fleet)
    const last = await raw().init(bearer(fleet))
    expect(await last.closing()).toBe(1013)
    expect((await admitted(await customer.user('MEMBER'))).closed).toBeNull()
  })
})

describe('what a socket may say', () => {
  it.each([
    ['no JSON', 'hello', 4400],
    ['no object', '[]', 4400],
    ['no type', '{}', 4400],
    ['an unknown type', '{"type":"start"}', 4400],
    ['a subscription without id', '{"type":"subscribe","payload":{"query":"{ eventCursor }"}}', 4400],
    ['a subscription without query', '{"id":"1","type":"subscribe","payload":{}}', 4400],
    [
      'variables that are no object',
      '{"id":"1","type":"subscribe","payload":{"query":"{ eventCursor }","variables":"x"}}',
      4400,
    ],
    ['what only a server says', '{"id":"1","type":"next","payload":{}}', 4400],
    ['who it is a second time', '{"type":"connection_init"}', 4429],
  ])('%s ends it', async (_what, message, code) => {
    const socket = await admitted(admin)
    socket.send(message)
    expect(await socket.closing()).toBe(code)
  })

  it('an id that is in use is 4409, another subprotocol 4406', async () => {
    const socket = await subscribed(admin)
    socket.send({ id: '1', type: 'subscribe', payload: { query: EVENTS } })
    expect(await socket.closing()).toBe(4409)
    expect(await raw({ protocol: null }).closing()).toBe(4406)
  })

  it('over 2 MB is not read', async () => {
    const socket = await admitted(admin)
    socket.send(JSON.stringify({ type: 'ping', payload: { x: 'x'.repeat(2 * 1024 * 1024) } }))
    expect(await socket.closing()).toBe(1009)
  })

  it('a mistake of ours is 4500, and the next socket is served', async () => {
    const socket = await admitted(admin)
    const { push } = world.logged
    // Nothing a client says makes one: here the log fails, which is told where the failure of the subscription is told.
    world.logged.push = (...lines: string[]) => {
      if (/"type":"subscription"|a subscription failed/.test(lines.join('')))
        throw new Error('the disk is full')
      return push.apply(world.logged, lines)
    }
    onTestFinished(() => {
      world.logged.push = push
    })
    socket.send({ id: '1', type: 'subscribe', payload: { query: EVENTS } })
    expect(await socket.closing()).toBe(4500)
    expect(world.logged.at(-1)).toContain('a socket failed')
    world.logged.push = push
    expect((await subscribed(admin)).closed).toBeNull()
  })

  it.each([1000, 4004, 4005, 4499])('a client may end it with %s, and its place is free', async code => {
    const own = await staffFor(3600)
    const socket = await subscribed(own)
    socket.socket.close(code)
    expect(await socket.closing()).toBe(code)
    await customer.draft()
    expect(socket.messages.filter(each => each.type === 'next')).toEqual([])
  })

  it('a ping is answered', async () => {
    const socket = await admitted(admin)
    socket.send({ type: 'ping', payload: { at: 1 } })
    expect(await socket.message('pong')).toEqual({ type: 'pong', payload: { at: 1 } })
  })

  it('what is wrong with a document is an error of the operation, in the reader’s language, without its values', async () => {
    const socket = await raw().init({ ...bearer(admin), acceptLanguage: 'zh-CN' })
    const documents = {
      parse: ['subscription {', 'GRAPHQL_PARSE_FAILED'],
      validate: ['subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
      two: ['subscription { events { id } b: events { id } }', 'GRAPHQL_VALIDATION_FAILED'],
      cursor: ['subscription { events(after: "canary-4711") { id } }', 'BAD_USER_INPUT'],
      variable: [
        'subscription ($types: [EventType!]) { events(types: $types) { id } }',
        'BAD_USER_INPUT',
        { variables: { types: ['CANARY_4711'] } },
      ],
      name: ['subscription A { events { id } }', 'BAD_USER_INPUT', { operationName: 'Canary4711' }],
    } as const
    for (const [id, [query, , more]] of Object.entries(documents))
      socket.send({ id, type: 'subscribe', payload: { query, ...more } })
    await until(() => socket.messages.filter(each => each.type === 'error').length === 6)
    for (const [id, [, code]] of Object.entries(documents)) {
      const { payload } = socket.messages.find(each => each.id === id) as {
        payload: { extensions: object }[]
      }
      expect(payload[0]?.extensions).toEqual({ code })
    }
    expect(JSON.stringify(socket.messages)).not.toContain('4711')
    expect(socket.closed).toBeNull()
  })

  it('too many operations at once are refused one by one, and the others go on', async () => {
    const socket = await admitted(admin)
    for (let id = 0; id <= MAX_OPERATIONS; id++)
      socket.send({ id: String(id), type: 'subscribe', payload: { query: EVENTS } })
    const error = (await socket.message('error')) as { payload: { extensions: object }[] }
    expect(error.payload[0]?.extensions).toEqual({ code: 'RATE_LIMITED' })
    expect(socket.messages.filter(each => each.type === 'error')).toHaveLength(1)
    expect(socket.closed).toBeNull()
  })
})

describe('queries and mutations over a socket', () => {
  it('are the same as over HTTP: permissions, transaction, replay, errors, bound', async () => {
    const { client } = liveClient(admin)
    onTestFinished(() => void client.dispose())
    // biome-ignore lint/suspicious/noExplicitAny: whatever comes
    const ask = (query: string, variables: Record<string, unknown> = {}): Promise<any> =>
      new Promise((resolve, reject) => {
        client.subscribe({ query, variables }, { next: resolve, error: reject, complete: () => undefined })
      })
    const viewer = '{ viewer { kind tenant { slug } } }'
    expect(await ask(viewer)).toEqual({ data: await admin.ask(viewer), extensions: withCost() })
    const create = `mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { customer { id number } userErrors { code } } }`
    const input = { idempotencyKey: 'over-a-socket', number: 'WS-1', name: 'By socket' }
    const made = await ask(create, { input })
    expect(made.data.customerCreate).toMatchObject({ customer: { number: 'WS-1' }, userErrors: [] })
    expect(await admin.send(create, { input })).toMatchObject({
      data: made.data,
      extensions: { replayed: ['customerCreate'] },
    })
    const many = Array.from(
      { length: 11 },
      (_, at) => `m${at}: tokenRevoke(input: { idempotencyKey: "k", tokenId: "t" }) { userErrors { code } }`,
    )
    const bound = await ask(`mutation { ${many.join(' ')} }`)
    expect(bound.errors).toEqual([expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT' } })])
  })

  it('keep the guard: without the permission, FORBIDDEN', async () => {
    const socket = await admitted(await customer.user('MEMBER'))
    const query =
      'mutation { customerCreate(input: { idempotencyKey: "k", number: "X", name: "X" }) { userErrors { code } } }'
    socket.send({ id: '1', type: 'subscribe', payload: { query } })
    const { payload } = (await socket.message('next')) as {
      payload: { data: unknown; errors: { extensions: object }[] }
    }
    expect(payload.data).toEqual({ customerCreate: null })
    expect(payload.errors[0]?.extensions).toEqual({ code: 'FORBIDDEN' })
  })

  it('a subscription over HTTP is told where subscriptions run', async () => {
    const { errors, data } = await admin.send(EVENTS)
    expect(data ?? null).toBeNull()
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } })
    expect(errors?.[0]?.message).toContain('WebSocket')
  })

  it('HTTP goes on beside the sockets, also for a client that offers another protocol', async () => {
    const status = await new Promise(resolve => {
      const asked = request(
        `${world.address}/healthz`,
        {
          headers: {
            connection: 'Upgrade, HTTP2-Settings',
            upgrade: 'h2c',
            'http2-settings': 'AAMAAABkAAQAAP__',
          },
        },
        response => resolve(response.statusCode),
      )
      asked.end()
    })
    expect(status).toBe(200)
  })
})

describe('who is admitted no more', () => {
  it('a token that expires closes its socket with 4403 within a second', async () => {
    const socket = await subscribed(await staffFor(2))
    const expiresAt = performance.now() + 2_000
    expect(await socket.closing()).toBe(4403)
    expect(performance.now() - expiresAt).toBeLessThan(1_000)
  })

  it('a token that is revoked closes its socket with 4403 within a second, and no other', async () => {
    const [leaving, staying] = [await staffFor(3600), await staffFor(3600)]
    const [gone, there] = [await subscribed(leaving), await subscribed(staying)]
    const { jti } = JSON.parse(Buffer.from(leaving.token.split('.')[1] as string, 'base64url').toString())
    await admin.mutate('tokenRevoke', { tokenId: jti })
    const revokedAt = performance.now()
    expect(await gone.closing()).toBe(4403)
    expect(performance.now() - revokedAt).toBeLessThan(1_000)
    await customer.draft()
    await there.message('next')
    expect(gone.messages.filter(each => each.type === 'next')).toEqual([])
    const again = await raw().init(bearer(leaving))
    expect(await again.closing()).toBe(4401)
  })

  it('an app that is disabled loses its sockets within a second', async () => {
    const app = await provider.app('to-be-disabled', ['event:read'])
    const socket = await subscribed(app)
    await world.sqlAsSuperuser(
      `update apps set disabled_at = surety_now() where client_id = 'to-be-disabled'`,
    )
    const disabledAt = performance.now()
    expect(await socket.closing()).toBe(4403)
    expect(performance.now() - disabledAt).toBeLessThan(1_000)
  })

  it('somebody of the tenant’s own issuer whose role changes loses the socket within a second', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }
    const issuer = 'https://login.provider.example'
    const registered = await admin.mutate(
      'issuerRegister',
      { issuer, audience: 'surety', jwks: { keys: [jwk] } },
      'issuer { id }',
    )
    const map = (role: string) =>
      admin.mutate('callerMap', {
        issuerId: registered.issuer.id,
        subject: 'somebody',
        kind: 'STAFF',
        roles: [role],
      })
    expect((await map('AGENT')).userErrors).toEqual([])
    const token = jsonwebtoken.sign({ jti: 'j1' }, privateKey, {
      algorithm: 'ES256',
      keyid: 'k1',
      issuer,
      audience: 'surety',
      subject: 'somebody',
      expiresIn: 600,
    })
    await new Promise(resolve => setTimeout(resolve, 300))
    const socket = await subscribed(new Caller(world, token))
    expect(socket.closed).toBeNull()
    await map('AUDITOR')
    const changedAt = performance.now()
    expect(await socket.closing()).toBe(4403)
    expect(performance.now() - changedAt).toBeLessThan(1_000)
  })

  it('the real client comes back by itself with a new token and goes on from its last cursor', async () => {
    const after = (await admin.ask('{ eventCursor }')).eventCursor
    let caller = await staffFor(2)
    const cursors: string[] = []
    const { client, closes } = liveClient(caller, {
      retryAttempts: 10,
      params: {},
      connectionParams: async () => bearer(caller),
    })
    onTestFinished(() => void client.dispose())
    client.subscribe<{ events: { cursor: string } }>(
      {
        query: 'subscription ($after: EventCursor) { events(after: $after) { cursor } }',
        variables: { after },
      },
      {
        next: ({ data }) => void (data && cursors.push(data.events.cursor)),
        error: () => undefined,
        complete: () => undefined,
      },
    )
    await customer.draft()
    await until(() => cursors.length === 1)
    caller = await staffFor(3600)
    await until(() => closes.length === 1)
    expect(closes[0]?.code).toBe(4403)
    await customer.draft()
    // The library resubscribes with the variables it had, so from `after`: at least once, by id once.
    await until(() => cursors.length === 3)
  })
})

describe('a slow reader', () => {
  it('is closed with 1013, holds nobody up, and loses nothing when it comes back', async () => {
    const draft = await customer.draft()
    await draft.submit()
    const after = (await admin.ask('{ eventCursor }')).eventCursor
    const slow = await admitted(admin)
    // Each frame is large, so that some of them fill what lies between the two ends.
    const large = 'x'.repeat(300_000)
    slow.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { events { cursor data } }' } })
    await new Promise(resolve => setTimeout(resolve, 300))
    const tcp = (slow.socket as unknown as { _socket: { pause(): void; resume(): void } })._socket
    tcp.pause()
    const other = new Subscriber(admin)
    onTestFinished(() => other.stop())
    await other.ready()
    await world.database.write(
      { kind: 'system', tenantId: provider.tenantId, customerId: null, appId: null, grants: [] },
      async operation => {
        const now = await operation.now()
        for (let at = 0; at < 60; at++)
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
    await other.has(60)
    await new Promise(resolve => setTimeout(resolve, 5_700))
    tcp.resume()
    expect(await slow.closing(10_000)).toBe(1013)
    const had = slow.messages.filter(each => each.type === 'next') as {
      payload: { data: { events: { cursor: string } } }
    }[]
    expect(had.length).toBeLessThan(60)
    const back = new Subscriber(admin, { after: had.at(-1)?.payload.data.events.cursor ?? after })
    onTestFinished(() => back.stop())
    await back.has(60 - had.length)
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(back.events.map(event => event.id)).toEqual(other.events.slice(had.length).map(event => event.id))
  })
})

describe('a drain', () => {
  it('closes every socket with 1012, and what the client does then is come back', async () => {
    const own = await World.create()
    let closed = false
    const close = async (): Promise<void> => {
      if (!closed) await own.close()
      closed = true
    }
    onTestFinished(close)
    const theirs = await own.provider()
    const staff = await theirs.admin()
    const socket = await subscribed(staff)
    const quiet = await raw({}, own).open()
    const reader = new Subscriber(staff)
    onTestFinished(() => reader.stop())
    await reader.ready()
    const started = performance.now()
    await close()
    expect(performance.now() - started).toBeLessThan(5_000)
    expect([socket.closed?.code, quiet.closed?.code]).toEqual([1012, 1012])
    await until(() => reader.subscribed > 1)
    expect(reader.live.closes[0]?.code).toBe(1012)
  })
})
