import { join } from 'node:path'
import { ask, graphql } from '../lib/load.mjs'
import { loadTenants } from '../lib/datasets.mjs'
import { ROOT } from '../lib/places.mjs'
import { Server } from '../lib/server.mjs'
import { said, spread } from '../lib/stats.mjs'
import { tokensOf } from '../lib/tokens.mjs'

export const title = 'P8 · webhooks to a receiver that verifies with the official library'

const TENANTS = 10
const AGREEMENTS = 50
const TICKETS = 30
const ROUNDS = 3
/** Longest wait for the last delivery. */
const GIVE_UP_MS = 120_000

export async function run({ bench, quick, say }) {
  const shape = { tenants: TENANTS, customers: 10, agreements: AGREEMENTS, tickets: TICKETS, openTickets: 2 }
  const kept = await bench.database('webhooks', client => loadTenants(client, shape, say))
  const results = { one: [], ten: [] }
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++)
    for (const [name, tenants] of [
      ['one', 1],
      ['ten', TENANTS],
    ])
      results[name].push(await measure({ bench, kept, tenants, say }))
  return report(results, quick ? 1 : ROUNDS)
}

async function measure({ bench, kept, tenants, say }) {
  const urls = await bench.copy(kept, 'webhooks_measured')
  const client = await bench.connect('webhooks_measured')
  const env = { ...bench.env(urls), PRIVATE_HOSTS: '127.0.0.1' }
  const { tokens } = await tokensOf(env, tenants)
  await client.query(`delete from alarms where tenant_id not in (select id from tenants where slug like 'bench-%')`)
  const events = await makeHistory(client)
  const receiver = await Server.start(join(ROOT, 'test/bench/lib/hook-receiver.mjs'), [], {})
  const api = await Server.surety(env)
  let worker
  try {
    const secrets = {}
    for (const [n, token] of tokens.entries()) {
      const path = `/hooks/${n}`
      secrets[path] = await endpoint(api.address, token, `${receiver.address}${path}`)
    }
    await fetch(receiver.address, { method: 'PUT', body: JSON.stringify(secrets) })
    worker = await Server.start(join(ROOT, 'dist/src/cli.js'), ['serve', '--role', 'worker'], env)
    const seen = await untilArrived(receiver.address, tenants * (events - 1))
    const seconds = (seen.lastAt - seen.firstAt) / 1000
    const cpu = { worker: worker.cpuMs() / seen.ids, receiver: receiver.cpuMs() / seen.ids }
    say(`${tenants} endpoints: ${Math.round(seen.ids / seconds)} a second`)
    return { perSecond: seen.ids / seconds, deliveries: seen.ids, seconds, cpu }
  } finally {
    await client.end()
    await worker?.stop()
    await api.stop()
    await receiver.stop()
    await bench.drop('webhooks_measured')
  }
}

/** An event for each ticket, as reporting it leaves one. Answers how many each tenant has. */
async function makeHistory(client) {
  await client.query('begin; set local session_replication_role = replica')
  await client.query(
    `insert into events (tenant_id, sequence, id, type, customer_id, category, subject_kind, subject_id, subject_revision, agreement_id, clause,
       actor_kind, actor_id, occurred_at, accepted_at, data)
     select tenant_id, row_number() over (partition by tenant_id order by agreement_id, number), gen_random_uuid(), 'ticket.reported', customer_id,
       'TICKET', 'tkt', id, 1, agreement_id, '2.3.1', 'customer', md5(id::text), surety_now(), surety_now(),
       jsonb_build_object('number', number, 'kind', 'FAULT', 'channel', 'API', 'covered', true)
     from tickets where tenant_id in (select id from tenants where slug like 'bench-%')`,
  )
  await client.query(
    `update event_heads set sequence = (select count(*) from events where events.tenant_id = event_heads.tenant_id)
     where tenant_id in (select id from tenants where slug like 'bench-%')`,
  )
  await client.query('commit')
  return AGREEMENTS * TICKETS
}

/** From the second event of all on; answers the secret. */
async function endpoint(address, token, url) {
  const { data: found } = await ask(
    address,
    graphql('/graphql', token, '{ events(first: 1) { nodes { cursor } } }'),
  )
  const input = { idempotencyKey: url, url, after: found.events.nodes[0].cursor }
  const create = `mutation ($input: WebhookEndpointCreateInput!) { made: webhookEndpointCreate(input: $input) { secret userErrors { message } } }`
  const { data } = await ask(address, graphql('/graphql', token, create, { input }))
  if (!data.made.secret) throw new Error(data.made.userErrors[0].message)
  return data.made.secret
}

async function untilArrived(address, count) {
  const giveUpAt = Date.now() + GIVE_UP_MS
  for (;;) {
    const seen = await (await fetch(address)).json()
    if (seen.refused > 0) throw new Error(`${seen.refused} were not genuine`)
    if (seen.ids === count) return seen
    if (Date.now() > giveUpAt) throw new Error(`${seen.ids} of ${count} arrived`)
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

function report({ one, ten }, rounds) {
  const rowOf = (what, measured) => [
    what,
    measured[0].deliveries.toLocaleString('en'),
    said(spread(measured.map(each => each.perSecond))),
    said(spread(measured.map(each => each.cpu.worker)), 2),
    said(spread(measured.map(each => each.cpu.receiver)), 2),
  ]
  const value = spread(ten.map(each => each.perSecond))
  return {
    title,
    note: `What happened to ${(AGREEMENTS * TICKETS).toLocaleString('en')} tickets of each tenant is delivered by one worker process to a receiver in a process of its own, which checks each signature with \`standardwebhooks\`. An endpoint is delivered to in order, one event at a time. Median and range of ${rounds} rounds in turn, each on a fresh copy of the data; from the first arrival to the last.`,
    columns: ['endpoints', 'deliveries', 'deliveries/s', 'worker CPU ms/delivery', 'receiver CPU ms/delivery'],
    rows: [rowOf('1', one), rowOf(String(TENANTS), ten)],
    bars: [
      {
        what: `deliveries/s to ${TENANTS} endpoints`,
        value,
        bar: '>= 500',
        holds: value.median >= 500,
        must: false,
      },
    ],
    raw: { one, ten },
  }
}
