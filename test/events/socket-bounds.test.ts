import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { Partner } from '../kit/partners.js'
import { RawSocket, socketAddress, until } from '../kit/subscriber.js'
import { type Caller, type Provider, World } from '../kit/world.js'

let world: World
let provider: Provider
let admin: Caller
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  admin = await provider.admin()
})
afterAll(() => world.close())

const MB = 1024 * 1024
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const bearer = (caller: Caller): { authorization: string } => ({ authorization: `Bearer ${caller.token}` })

function raw(): RawSocket {
  const socket = new RawSocket(world)
  onTestFinished(() => socket.socket.terminate())
  return socket
}

/** Sends as much as the other side takes for some seconds, and reads nothing itself; answers how much left. */
async function flood(socket: WebSocket, message: string, send: (message: string) => void): Promise<number> {
  const { _socket: tcp } = socket as unknown as { _socket: { pause(): void; bytesWritten: number } }
  tcp.pause()
  const until = performance.now() + 2_500
  while (performance.now() < until && socket.readyState === WebSocket.OPEN) {
    while (socket.bufferedAmount < 4 * MB) send(message)
    await new Promise(resolve => setImmediate(resolve))
  }
  return tcp.bytesWritten - socket.bufferedAmount
}

describe('somebody who has not said who it is', () => {
  it('says no more than 64 kB at once', async () => {
    const socket = await raw().open()
    socket.send({ type: 'ping', payload: { x: 'x'.repeat(64 * 1024) } })
    expect(await socket.closing()).toBe(1009)
    const long = await raw().open()
    long.send({ type: 'connection_init', payload: { ...bearer(admin), x: 'x'.repeat(64 * 1024) } })
    expect(await long.closing()).toBe(1009)
    expect(long.messages).toEqual([])
  })

  it.each([
    ['pings of the protocol', JSON.stringify({ type: 'ping', payload: { x: 'x'.repeat(60_000) } }), 'send'],
    ['pings of WebSocket', 'x'.repeat(125), 'ping'],
  ] as const)(
    'who sends %s and takes no answer is not listened to any more',
    async (_what, message, how) => {
      const socket = new WebSocket(socketAddress(world), 'graphql-transport-ws')
      socket.on('error', () => undefined)
      onTestFinished(() => socket.terminate())
      await until(() => socket.readyState === WebSocket.OPEN)
      // What the server may keep, and what both kernels hold of it, each way.
      expect(await flood(socket, message, each => socket[how](each))).toBeLessThan(24 * MB)
    },
    10_000,
  )

  it('is listened to again as soon as it takes what waits', async () => {
    const socket = await raw().init(bearer(admin))
    const { _socket: tcp } = socket.socket as unknown as { _socket: { pause(): void; resume(): void } }
    tcp.pause()
    const payload = { x: 'x'.repeat(MB) }
    for (let at = 0; at < 12; at += 1) socket.send({ type: 'ping', payload: { at, ...payload } })
    await pause(500)
    tcp.resume()
    await until(() => socket.messages.filter(each => each.type === 'pong').length === 12)
    expect(socket.closed).toBeNull()
  })
})

describe('the places of a socket', () => {
  it('are not given back by `complete` while the query still runs', async () => {
    await (await provider.customer()).agreement()
    const socket = await raw().init(bearer(admin))
    const query = '{ agreements(first: 100) { nodes { currentVersion { clauses { blanks { name } } } } } }'
    const answered = (): number => world.logged.filter(line => line.includes('"type":"query"')).length
    const before = answered()
    for (let id = 0; id < 1_000; id += 1) {
      socket.send({ id: `${id}`, type: 'subscribe', payload: { query } })
      socket.send({ id: `${id}`, type: 'complete' })
    }
    // The last word is answered when all before it has been taken.
    socket.send({ id: 'last', type: 'subscribe', payload: { query: '{ viewer { id } }' } })
    await until(() => socket.messages.some(each => each.id === 'last'), 30_000)
    await pause(1_000)
    expect(answered() - before).toBeLessThan(1_000)
  }, 40_000)

  it('are all given back: by queries, by what is refused, and by subscriptions that end', async () => {
    const socket = await raw().init(bearer(admin))
    const documents = [
      '{ viewer { id } }',
      'subscription {',
      'subscription { events(after: "x") { id } }',
      'subscription { events { id } }',
    ]
    for (let id = 0; id < 200; id += 1) {
      socket.send({ id: `${id}`, type: 'subscribe', payload: { query: documents[id % 4] } })
      await pause(10)
      if (id % 4 === 3) socket.send({ id: `${id}`, type: 'complete' })
    }
    const codes = socket.messages
      .filter(each => each.type === 'error')
      .map(each => (each.payload as { extensions: { code: string } }[])[0]?.extensions.code)
    expect(new Set(codes)).toEqual(new Set(['GRAPHQL_PARSE_FAILED', 'BAD_USER_INPUT']))
  })
})

describe('a client’s mistake', () => {
  const SKIPPED = 'subscription ($a: Boolean!) { events @skip(if: $a) { id } }'

  it.each([
    [{ query: SKIPPED, variables: { a: true } }, 'GRAPHQL_VALIDATION_FAILED'],
    [
      { query: 'subscription ($a: Boolean = true) { events @include(if: $a) { id } }' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [{ query: 'subscription { events { ...a } } fragment a on Event { ...a }' }, 'GRAPHQL_VALIDATION_FAILED'],
    [{ query: 'subscription { __typename }' }, 'GRAPHQL_VALIDATION_FAILED'],
    [{ query: 'subscription { events @skip(if: true) { id } }' }, 'GRAPHQL_VALIDATION_FAILED'],
    [
      { query: 'subscription { ...a } fragment a on Subscription { ... @skip(if: true) { events { id } } }' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [{ query: '{ viewer { id } }', operationName: 'nope' }, 'BAD_USER_INPUT'],
    [{ query: 'query A { viewer { id } } subscription B { events { id } }' }, 'BAD_USER_INPUT'],
    [{ query: '' }, 'GRAPHQL_PARSE_FAILED'],
    [{ query: 'fragment a on Query { viewer { id } }' }, 'GRAPHQL_VALIDATION_FAILED'],
  ] as const)('is told as one, and never as ours: %j', async (payload, code) => {
    world.logged.length = 0
    const socket = await raw().init(bearer(admin))
    socket.send({ id: '1', type: 'subscribe', payload })
    const error = (await socket.message('error')) as { payload: { extensions: { code: string } }[] }
    const codes = new Set(error.payload.map(each => each.extensions.code))
    expect(codes).toEqual(new Set([code]))
    expect(socket.closed).toBeNull()
    expect(world.logged.filter(line => line.includes('"level":50'))).toEqual([])
  })

  it('is told as one over HTTP, too', async () => {
    world.logged.length = 0
    const asJson = await admin.send(SKIPPED, { a: true })
    expect([asJson.status, asJson.errors?.[0]?.extensions.code]).toEqual([200, 'GRAPHQL_VALIDATION_FAILED'])
    const accept = { accept: 'application/graphql-response+json' }
    const other = await admin.send(`query A { viewer { id } } ${SKIPPED.replace('n (', 'n B (')}`, {}, accept)
    expect([other.status, other.errors?.[0]?.extensions.code]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED'])
    expect(world.logged.filter(line => line.includes('"level":50'))).toEqual([])
  })

  it('of an app that does not say what for is told when it subscribes, as when it polls', async () => {
    const app = await Partner.register(provider, { scopes: ['event:read', 'breach:read'] })
    const socket = await raw().init(bearer(await app.caller(null)))
    for (const query of ['subscription { events { id } }', 'subscription { breachEvents { id } }']) {
      socket.messages.length = 0
      socket.send({ id: query, type: 'subscribe', payload: { query } })
      const { payload } = (await socket.message('error')) as { payload: { extensions: object }[] }
      expect(payload[0]?.extensions).toEqual({ code: 'PURPOSE_REQUIRED' })
    }
  })
})
