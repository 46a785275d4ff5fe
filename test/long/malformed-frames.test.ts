import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Compiled, compiled } from '../kit/compiled.js'
import { SuretyProcess } from '../kit/process.js'
import { RawSocket, until } from '../kit/subscriber.js'
import { type Caller, type Customer, World } from '../kit/world.js'

const FRAMES = 10_000
/** Connections that speak at once. */
const AT_ONCE = 10
/** Frames that are sent over one connection, if it lasts. */
const A_CONNECTION = 8
/** After the first thousands the process has what it keeps (plans, pools, its heap); from then on it may not grow. */
const SETTLED_AFTER = 4_000
const MAX_GROWTH = 1.1
/** What V8 may let lie as garbage, so that what stays is seen: without it the process keeps up to a fifth more. */
const HEAP = '--max-semi-space-size=8 --max-old-space-size=128'

let program: Compiled
let world: World
let admin: Caller
let customer: Customer
let server: SuretyProcess
beforeAll(async () => {
  program = compiled()
  world = await World.create()
  const provider = await world.provider()
  admin = await provider.admin()
  customer = await provider.customer()
  server = await SuretyProcess.start(program.cli, world, {
    role: 'api',
    env: { REQUEST_RATE: '1000000', COST_RATE: '1000000000', REFUSAL_RATE: '1000000', NODE_OPTIONS: HEAP },
  })
})
afterAll(async () => {
  await server?.stop()
  await world?.close()
  program?.remove()
})

/** Numbers that follow from a seed (mulberry32): a run can be repeated. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** A frame as RFC 6455, 5.2 has it, or nearly: `head` is its first byte, so that reserved bits and unknown codes may be set. */
function frameOf(head: number, payload: Buffer, { masked = true, length = payload.length } = {}): Buffer {
  const mask = masked ? 0x80 : 0
  const size = Buffer.alloc(length < 126 ? 1 : length < 65_536 ? 3 : 9)
  size[0] = mask | (length < 126 ? length : length < 65_536 ? 126 : 127)
  if (size.length === 3) size.writeUInt16BE(length, 1)
  if (size.length === 9) size.writeBigUInt64BE(BigInt(length), 1)
  return Buffer.concat([Buffer.from([head]), size, masked ? Buffer.alloc(4) : Buffer.alloc(0), payload])
}

const TEXT = 0x81
const textFrame = (value: unknown): Buffer =>
  frameOf(TEXT, Buffer.from(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')))

const TYPES = ['connection_init', 'connection_ack', 'subscribe', 'next', 'error', 'complete', 'ping', 'pong']
const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`

/** Any JSON. */
function anyJson(random: (below: number) => number, depth = 0): unknown {
  const few = (): number => random(4)
  const values: (() => unknown)[] = [
    () => null,
    () => random(2) === 0,
    () => random(1e9) - 5e8,
    () => 1e308 * 10,
    () => 'x'.repeat(random(300)),
    () => '\u0000\ud800',
    () => Array.from({ length: few() }, () => anyJson(random, depth + 1)),
    () =>
      Object.fromEntries(
        Array.from({ length: few() }, () => [
          ['type', 'id', 'payload', '__proto__', 'constructor', 'query', 'variables'][random(7)],
          anyJson(random, depth + 1),
        ]),
      ),
  ]
  return values[random(depth > 4 ? 6 : values.length)]?.()
}

/** One of everything that a client shouldn't send. */
const MALFORMED: ((random: (below: number) => number) => Buffer)[] = [
  random => textFrame(anyJson(random)),
  random => frameOf(TEXT, randomBytes(random(500))),
  random => frameOf(0x82, randomBytes(random(500))),
  // Of another kind than it should be, each part by itself.
  random => textFrame({ id: anyJson(random), type: TYPES[random(8)], payload: anyJson(random) }),
  random =>
    textFrame({
      id: 'a',
      type: 'subscribe',
      payload: { query: anyJson(random), variables: anyJson(random) },
    }),
  random =>
    textFrame({
      id: 'b',
      type: 'subscribe',
      payload: {
        query: 'subscription { events { id } }',
        operationName: anyJson(random),
        extensions: anyJson(random),
      },
    }),
  random =>
    textFrame({
      id: 'c',
      type: 'subscribe',
      payload: { query: `subscription { events(after: ${JSON.stringify(String(random(1e9)))}) { id } }` },
    }),
  // Out of order.
  random => textFrame({ id: String(random(3)), type: ['complete', 'next', 'connection_ack'][random(3)] }),
  () => textFrame({ type: 'connection_init', payload: { authorization: 'Bearer x.y.z' } }),
  // Huge, deep, cut off.
  random => textFrame({ id: 'd', type: 'subscribe', payload: { query: `{ a${'{ a '.repeat(random(400))}` } }),
  random => textFrame(`{"id":"e","type":"subscribe","payload":${deep(1 + random(3_000))}}`),
  random => frameOf(TEXT, Buffer.alloc(random(20) === 0 ? 2_200_000 : 70_000, 0x61)),
  random => frameOf(TEXT, Buffer.from('{"type":"ping"'), { length: 14 + random(100) }),
  () => frameOf(TEXT, Buffer.from('{}'), { length: 2 ** 40 }),
  // Fragments: one that isn't the last, one that goes on where nothing began, a control frame in pieces or too large.
  random => frameOf(0x01, Buffer.from('{"type":'.slice(0, random(8)))),
  random => frameOf(0x80, randomBytes(random(50))),
  random => frameOf([0x08, 0x09, 0x0a][random(3)] as number, randomBytes(random(50))),
  () => frameOf(0x89, Buffer.alloc(126)),
  // Reserved bits and codes, without a mask, a close that says nonsense.
  random => frameOf(0x80 | random(128), randomBytes(random(50))),
  random => frameOf(TEXT, Buffer.from('{}'), { masked: random(2) === 0 }),
  random => frameOf(0x88, randomBytes(random(125))),
]

/** A connection that is upgraded by hand, since no library would send what follows; half of them say who they are. */
async function open(random: (below: number) => number): Promise<Socket> {
  const socket = connect(Number(new URL(server.address).port), '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(
    'GET /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n' +
      'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n',
  )
  let received = 0
  socket.on('data', data => (received += data.length))
  await until(() => received > 0 || socket.destroyed)
  if (random(2) === 0) {
    const before = received
    socket.write(textFrame({ type: 'connection_init', payload: { authorization: `Bearer ${admin.token}` } }))
    await until(() => received > before || socket.destroyed)
  }
  return socket
}

const residentKb = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))?.[1])

describe(`${FRAMES} malformed frames`, () => {
  it('crash nothing: the process serves others meanwhile and afterwards, and does not grow', async () => {
    const seed = Date.now() % 1_000_000
    console.info(`seed ${seed}`)
    const bystander = await new RawSocket({ address: server.address }).init({
      authorization: `Bearer ${admin.token}`,
    })
    bystander.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { events { id } }' } })
    let sent = 0
    let connections = 0
    const memory: number[] = []
    await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, n) => {
        const random = randomOf(seed + n)
        while (sent < FRAMES) {
          const socket = await open(random)
          connections += 1
          for (
            let at = 0;
            at < A_CONNECTION && sent < FRAMES && !socket.destroyed && socket.writable;
            at += 1
          ) {
            socket.write((MALFORMED[random(MALFORMED.length)] as (typeof MALFORMED)[number])(random))
            sent += 1
            if (sent % 500 === 0 && sent >= SETTLED_AFTER) memory.push(residentKb())
            await sleep(random(3))
          }
          socket.destroy()
        }
      }),
    )
    expect(server.child.exitCode).toBeNull()
    const answer = await fetch(`${server.address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${admin.token}` },
      body: JSON.stringify({ query: '{ viewer { kind } }' }),
    })
    expect([answer.status, await answer.json()]).toMatchObject([200, { data: { viewer: { kind: 'STAFF' } } }])
    // Who was there before still is, and hears of what happens.
    expect(bystander.closed).toBeNull()
    await customer.draft()
    await bystander.message('next')
    bystander.socket.terminate()
    // A mistake of a client's is none of ours.
    const errors = server.log.split('\n').filter(line => line.includes('"level":50'))
    expect(errors).toEqual([])
    const settled = [...memory.slice(0, 3)].toSorted((a, b) => a - b)[1] as number
    const last = [...memory.slice(-3)].toSorted((a, b) => a - b)[1] as number
    console.info(
      `${sent} frames over ${connections} connections; ${settled} kB after ${SETTLED_AFTER}, ${last} kB in the end`,
    )
    expect(last / settled).toBeLessThan(MAX_GROWTH)
  })
})
