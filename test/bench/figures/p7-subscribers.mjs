import { readFileSync } from 'node:fs'
import { WebSocket } from 'ws'
import { loadTenants, slugOf } from '../lib/datasets.mjs'
import { Server } from '../lib/server.mjs'
import { median, round } from '../lib/stats.mjs'
import { layFoundations } from '../../../dist/src/main.js'
import { readConfig } from '../../../dist/src/platform/config.js'
import { issueToken } from '../../../dist/src/token.js'

export const title = 'P7 · one event to 5,000 open subscriptions on one process'

const SUBSCRIPTIONS = 5_000
/** A caller may have a hundred sockets; so many callers it takes. */
const A_CALLER = 100
/** Sockets that are opened at once: a backlog of the system's is 511 by default, and nobody waits for his 3 s. */
const AT_ONCE = 50
const ROUNDS = 9
/** What is waited before memory is read: long enough for a collection of what opening them left behind. */
const SETTLE_MS = 20_000
const GIVE_UP_MS = 30_000
/** A descriptor for each socket on either side, and some. */
const DESCRIPTORS = SUBSCRIPTIONS + 500

const EVENTS = `subscription { events { id typeName cursor previousCursor time clause data agreement { id number } } }`
/** Stops and restarts the clocks of a scope that has none in this data: a change of one row, and one event. */
const CHANGES = ['agreementSuspend', 'agreementResume']

export async function run({ bench, quick, rounds, say }) {
  requireDescriptors()
  const count = quick ? 500 : SUBSCRIPTIONS
  const kept = await bench.database('readers', client =>
    loadTenants(client, { tenants: 1, customers: 1, agreements: 1 }, say),
  )
  const urls = await bench.copy(kept, 'subscribers_measured')
  const env = bench.env(urls)
  const { admin, tokens } = await tokensOf(env, Math.ceil(count / A_CALLER))
  const api = await Server.surety(env)
  const other = await Server.surety(env)
  const readers = []
  try {
    const { data } = await ask(other.address, admin, '{ agreements { nodes { id } } }')
    const agreementId = data.agreements.nodes[0].id
    await warm(api.address, tokens[0])
    const empty = await settled(api, quick)
    const openedAt = performance.now()
    while (readers.length < count) readers.push(...(await openSome(api.address, tokens, readers.length)))
    const opening = performance.now() - openedAt
    const kilobytes = ((await settled(api, quick)) - empty) / count / 1024
    say(`${count} are open after ${(opening / 1000).toFixed(1)} s; ${kilobytes.toFixed(1)} kB each`)
    const times = []
    for (let round = 0; round < (quick ? 2 : Math.max(rounds, ROUNDS)); round += 1) {
      times.push(await tellAll(other.address, admin, agreementId, round, readers))
      await new Promise(resolve => setTimeout(resolve, 500))
    }
    return report(count, kilobytes, opening, times)
  } finally {
    for (const reader of readers) reader.end()
    await api.stop()
    await other.stop()
    await bench.drop('subscribers_measured')
  }
}

const openSome = (address, tokens, from) =>
  Promise.all(
    Array.from({ length: AT_ONCE }, (_, n) => Reader.open(address, tokens[Math.floor((from + n) / A_CALLER)])),
  )

/** Callers of one class of entitlement, each with a name of its own. */
async function tokensOf(env, callers) {
  const base = await layFoundations(readConfig(env))
  try {
    const wish = { tenant: slugOf(1), ttl: 43_200 }
    const admin = await issueToken(base, { ...wish, role: ['ADMIN'] })
    const tokens = []
    for (let n = 0; n < callers; n += 1)
      tokens.push(await issueToken(base, { ...wish, role: ['AGENT'], subject: `reader-${n}` }))
    return { admin, tokens }
  } finally {
    await base.close()
  }
}

/** What the first subscription ever costs (plans, loaders) isn't what each costs. */
async function warm(address, token) {
  const some = await Promise.all(Array.from({ length: 50 }, () => Reader.open(address, token)))
  for (const each of some) each.end()
}

async function settled(api, quick) {
  await new Promise(resolve => setTimeout(resolve, quick ? 2_000 : SETTLE_MS))
  return api.residentBytes()
}

/** Changes something by another process; answers milliseconds from asking for it to its answer, and to the first and the last frame. */
async function tellAll(address, token, agreementId, round, readers) {
  const at = performance.now()
  const since = () => performance.now() - at
  const frames = readers.map(reader => reader.next())
  const first = Promise.race(frames).then(since)
  const last = Promise.all(frames).then(since)
  const field = CHANGES[round % 2]
  const input = { idempotencyKey: `p7-${round}`, agreementId, scopes: ['UPGRADE'], ...(round % 2 ? {} : { reason: 'P7' }) }
  const name = field[0].toUpperCase() + field.slice(1)
  const { data } = await ask(
    address,
    token,
    `mutation ($input: ${name}Input!) { ${field}(input: $input) { userErrors { code field } } }`,
    { input },
  )
  if (data[field].userErrors.length > 0) throw new Error(`${field}: ${JSON.stringify(data[field].userErrors)}`)
  const answered = since()
  const giveUp = setTimeout(() => {
    throw new Error('a frame is missing')
  }, GIVE_UP_MS)
  const times = { answered, first: await first, last: await last }
  clearTimeout(giveUp)
  return times
}

async function ask(address, token, query, variables = {}) {
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  })
  const answer = await response.json()
  if (answer.errors) throw new Error(JSON.stringify(answer.errors))
  return answer
}

/** A socket with one subscription on it. */
class Reader {
  #socket
  #waiting = null

  static open(address, token) {
    const reader = new Reader()
    const socket = new WebSocket(`${address.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    reader.#socket = socket
    return new Promise((resolve, reject) => {
      socket.on('error', reject)
      socket.on('close', code => reject(new Error(`a socket was closed with ${code}`)))
      socket.on('open', () =>
        socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })),
      )
      socket.on('message', data => {
        const { type, payload } = JSON.parse(data)
        if (type === 'connection_ack') {
          socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: EVENTS } }))
          // It is answered once the subscription stands, since they are taken in order.
          socket.send(JSON.stringify({ type: 'ping' }))
        } else if (type === 'pong') resolve(reader)
        else if (type === 'next' && !payload.errors) reader.#waiting?.()
        else if (type !== 'ping') reject(new Error(`a subscription was answered with ${JSON.stringify({ type, payload })}`))
      })
    })
  }

  next() {
    return new Promise(resolve => (this.#waiting = resolve))
  }

  end() {
    this.#socket.removeAllListeners('close')
    this.#socket.terminate()
  }
}

function requireDescriptors() {
  const [, soft] = /Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))
  if (Number(soft) < DESCRIPTORS)
    throw new Error(`${DESCRIPTORS} files may have to be open at once and ${soft} may: ulimit -n ${DESCRIPTORS}`)
}

function report(count, kilobytes, openedMs, times) {
  const of = what => times.map(each => each[what])
  const row = (name, what) => [name, Math.round(median(of(what))), Math.round(Math.max(...of(what)))]
  const worst = Math.round(Math.max(...of('last')))
  return {
    title,
    note: `${count.toLocaleString('en')} WebSockets of ${count / A_CALLER} callers on one process, a subscription on each, opened in ${(openedMs / 1000).toFixed(1)} s; ${times.length} changes by another process, told from asking for the change. Reading all frames in one process is part of it. Each socket takes a file descriptor of the server's and one of the reader's.`,
    columns: ['from asking for the change', 'median ms', 'most ms'],
    rows: [
      row('to its answer', 'answered'),
      row('to the first frame', 'first'),
      row('to the last frame', 'last'),
    ],
    bars: [
      { what: 'to the last frame, most ms', value: worst, bar: '<= 1000', holds: worst <= 1_000, must: false },
      { what: 'memory of an idle one, kB', value: round(kilobytes, 1), bar: '<= 40', holds: kilobytes <= 40, must: false },
    ],
    raw: { times },
  }
}
