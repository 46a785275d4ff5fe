import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { MAX_OPERATIONS } from '../../src/server/live-operations.js'
import { holdTable } from '../kit/hold.js'
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

/** Frames of a client, as they go over the wire (RFC 6455, 5.2): masked with zeros. */
function frameOf(opcode: number, payload: Buffer): Buffer {
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 0xff]
  return Buffer.concat([Buffer.from([0x80 | opcode, ...length, 0, 0, 0, 0]), payload])
}

/** Sends frames for some seconds, as many as the other side takes, and reads nothing; answers how much it took. */
async function flood(socket: WebSocket, frames: Buffer): Promise<number> {
  const { _socket: tcp } = socket as unknown as { _socket: Socket }
  tcp.pause()
  const end = performance.now() + 2_500
  while (performance.now() < end && tcp.writable) {
    if (tcp.writableLength < 4 * MB) tcp.write(frames)
    await new Promise(resolve => setImmediate(resolve))
  }
  return tcp.bytesWritten - tcp.writableLength
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
    [
      'pings of the protocol',
      frameOf(1, Buffer.from(JSON.stringify({ type: 'ping', payload: { x: 'x'.repeat(60_000) } }))),
    ],
    ['pings of WebSocket', Buffer.concat(Array.from({ length: 500 }, () => frameOf(9, Buffer.alloc(125))))],
  ])(
    'who sends %s and takes no answer is not listened to any more',
    async (_what, frames) => {
      const socket = new WebSocket(socketAddress(world), 'graphql-transport-ws')
      socket.on('error', () => undefined)
      onTestFinished(() => socket.terminate())
      await until(() => socket.readyState === WebSocket.OPEN)
      // What the server may keep, and what the kernel holds of it, each way.
      expect(await flood(socket, frames)).toBeLessThan(24 * MB)
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
    const socket = await raw().init(bearer(admin))
    const query = '{ customers { nodes { number } } }'
    const release = await holdTable(world, 'customers')
    for (let id = 0; id < MAX_OPERATIONS; id += 1) {
      socket.send({ id: `${id}`, type: 'subscribe', payload: { query } })
      socket.send({ id: `${id}`, type: 'complete' })
    }
    socket.send({ id: 'one more', type: 'subscribe', payload: { query } })
    const { id, payload } = await socket.message('error')
    await release()
    expect([id, payload]).toMatchObject(['one more', [{ extensions: { code: 'RATE_LIMITED' } }]])
    await until(async () => {
      socket.messages.length = 0
      socket.send({ id: 'after', type: 'subscribe', payload: { query } })
      return (await socket.message('complete').catch(() => null)) !== null
    }, 15_000)
  })

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
    // As over HTTP: an empty text is the place of one that is named by its id, and none is named.
    [{ query: '' }, 'BAD_USER_INPUT'],
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
