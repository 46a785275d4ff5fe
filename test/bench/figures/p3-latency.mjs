import { join } from 'node:path'
import { Agent, request } from 'undici'
import { loadTenants } from '../lib/datasets.mjs'
import { ROOT } from '../lib/places.mjs'
import { Server } from '../lib/server.mjs'
import { median, quantile } from '../lib/stats.mjs'
import { tokensOf } from '../lib/tokens.mjs'

export const title = 'P3 · from the due instant to the committed breach, and to the frame at a subscriber'

const TENANTS = 20
const AGREEMENTS = 50
const OPEN = 20_000
const PER_SECOND = 100
/** Until the processes are there and everybody has subscribed. */
const LEAD_SECONDS = 8
/** Longest wait for the last of them. */
const GIVE_UP_MS = 60_000
/** How often the database is asked for what is committed: the figure is by so much too high at most. */
const LOOK_MS = 20

const EVENTS = 'subscription { breachEvents { id breach { occurredAt } } }'

export async function run({ bench, quick, say }) {
  const seconds = quick ? 5 : 60
  const count = seconds * PER_SECOND
  const shape = { tenants: TENANTS, customers: 10, agreements: AGREEMENTS, tickets: 10, openTickets: 10 }
  const kept = await bench.database(`open_${OPEN}`, client => loadTenants(client, shape, say))
  const urls = await bench.copy(kept, 'latency_measured')
  const client = await bench.connect('latency_measured')
  const env = bench.env(urls)
  const { tokens } = await tokensOf(env, TENANTS)
  // The demo has duties of its own that fall due.
  await client.query(`delete from alarms where tenant_id not in (select id from tenants where slug like 'bench-%')`)
  const worker = await Server.start(join(ROOT, 'dist/src/cli.js'), ['serve', '--role', 'worker'], env)
  const api = await Server.surety(env)
  const streams = []
  try {
    await fallDueInTurn(client, count)
    const frames = []
    for (const token of tokens) streams.push(await subscribe(api.address, token, at => frames.push(Date.now() - at)))
    const committed = await untilCommitted(client, count)
    const giveUpAt = Date.now() + GIVE_UP_MS
    while (frames.length < count && Date.now() < giveUpAt) await new Promise(resolve => setTimeout(resolve, 50))
    if (frames.length !== count) throw new Error(`${frames.length} frames of ${count} breaches`)
    return report(committed, frames, seconds)
  } finally {
    for (const end of streams) end()
    await client.end()
    await api.stop()
    await worker.stop()
    await bench.drop('latency_measured')
  }
}

/** One each ten milliseconds, of the tenants in turn. */
async function fallDueInTurn(client, count) {
  await client.query('begin; set local session_replication_role = replica')
  const { rowCount } = await client.query(
    `create temporary table falling on commit drop as
     select tenant_id, id, surety_now() + make_interval(secs => $1 + (row_number() over (order by nth, tenant_id) - 1) / $2::float8) as due_at from (
       select tenant_id, id, row_number() over (partition by tenant_id order by agreement_id, id) as nth
       from obligations where state = 'RUNNING' and tenant_id in (select id from tenants where slug like 'bench-%')) as o
     order by nth, tenant_id limit $3`,
    [LEAD_SECONDS, PER_SECOND, count],
  )
  if (rowCount !== count) throw new Error(`${rowCount} obligations fall due and not ${count}`)
  await client.query(
    `update obligations set started_at = falling.due_at - interval '1 day', due_at = falling.due_at
     from falling where obligations.tenant_id = falling.tenant_id and obligations.id = falling.id`,
  )
  await client.query(
    `update alarms set due_at = falling.due_at + interval '1 millisecond', next_at = falling.due_at + interval '1 millisecond'
     from falling where alarms.tenant_id = falling.tenant_id and alarms.kind = 'obligation.due' and alarms.subject_id = falling.id`,
  )
  await client.query('commit')
}

/** Milliseconds from each due instant until its breach was seen to be committed. */
async function untilCommitted(client, count) {
  const seen = new Set()
  const took = []
  let late = Date.now()
  while (took.length < count) {
    const { rows } = await client.query(
      `select obligation_id as id, occurred_at as at from breaches where detected_at > surety_now() - interval '10 seconds'`,
    )
    const now = Date.now()
    for (const { id, at } of rows)
      if (!seen.has(id)) {
        seen.add(id)
        took.push(now - at.getTime())
        late = now
      }
    if (now - late > GIVE_UP_MS) throw new Error(`only ${took.length} breaches of ${count}`)
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
  return took
}

/** Server-sent events in distinct connections mode: a stream for each subscription. */
async function subscribe(address, token, onFrame) {
  const dispatcher = new Agent({ bodyTimeout: 0 })
  const { statusCode, body } = await request(`${address}/graphql`, {
    dispatcher,
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: EVENTS }),
  })
  if (statusCode !== 200) throw new Error(`a subscription was answered with ${statusCode}: ${await body.text()}`)
  let text = ''
  body.on('data', data => {
    text += data
    const blocks = text.split('\n\n')
    text = blocks.pop()
    for (const block of blocks) {
      const line = block.split('\n').find(each => each.startsWith('data: {'))
      const event = line && JSON.parse(line.slice(6)).data?.breachEvents
      if (event) onFrame(Date.parse(event.breach.occurredAt))
    }
  })
  body.on('error', () => undefined)
  return () => void dispatcher.destroy()
}

function report(committed, frames, seconds) {
  const rowOf = (what, took) => [
    what,
    Math.round(median(took)),
    Math.round(quantile(took, 0.99)),
    Math.round(Math.max(...took)),
  ]
  const barOf = (what, took) => ({
    what: `${what}, p99 ms`,
    value: Math.round(quantile(took, 0.99)),
    bar: '<= 1000',
    holds: quantile(took, 0.99) <= 1_000,
    must: false,
  })
  return {
    title,
    note: `${PER_SECOND} obligations a second fall due for ${seconds} s, of ${TENANTS} tenants in turn, among ${OPEN.toLocaleString('en')} open; one worker, one API process with a subscriber (server-sent events) of each tenant. The database is looked at every ${LOOK_MS} ms.`,
    columns: ['from the due instant', 'median ms', 'p99 ms', 'most ms'],
    rows: [rowOf('to the committed breach', committed), rowOf('to the frame at the subscriber', frames)],
    bars: [barOf('to the committed breach', committed), barOf('to the frame', frames)],
    raw: { committed: percentiles(committed), frames: percentiles(frames) },
  }
}

/** The least, each hundredth, and the most: thousands of readings would say no more. */
const percentiles = took => Array.from({ length: 101 }, (_, at) => Math.round(quantile(took, at / 100)))
