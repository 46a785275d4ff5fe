import { join } from 'node:path'
import { loadTenants } from '../lib/datasets.mjs'
import { ROOT } from '../lib/places.mjs'
import { Server } from '../lib/server.mjs'
import { median, said, spread } from '../lib/stats.mjs'

export const title = 'P4 · sweep of due obligations, with many open and with few'

const TENANTS = 20
const AGREEMENTS = 50
/** How long a sweep may take before it is given up: many times the bar. */
const GIVE_UP_MS = 600_000
/** Of each size. A sweep takes seconds, and its data longer to copy. */
const ROUNDS = 3

export async function run({ bench, quick, say }) {
  const due = quick ? 1_000 : 10_000
  const found = []
  for (const open of quick ? [2_000, 20_000] : [20_000, 1_000_000])
    found.push({ open, kept: await loaded(bench, open, say), seconds: [], cpuMs: [] })
  // In turn, so that what else the machine does falls on both.
  for (let round = 1; round <= ROUNDS; round++)
    for (const each of found) {
      const { seconds, cpuMs } = await sweep(bench, each.kept, due)
      each.seconds.push(seconds)
      each.cpuMs.push(cpuMs)
      say(`round ${round} of ${ROUNDS}: ${due} due of ${each.open} open: ${seconds.toFixed(1)} s`)
    }
  return report(found, due)
}

function report([few, many], due) {
  const ratio = spread(many.seconds.map((each, index) => each / few.seconds[index]))
  const out = spread(many.seconds)
  return {
    title,
    note: `${due} obligations of ${TENANTS} tenants fall due at one instant; one worker process rings them. Seconds from that instant to the last breach committed; median and range of ${ROUNDS} rounds in turn, each on a fresh copy of the data.`,
    columns: ['open obligations', 'seconds', 'breaches/s', 'worker CPU ms/breach'],
    rows: [few, many].map(({ open, seconds, cpuMs }) => [
      open.toLocaleString('en'),
      said(spread(seconds), 1),
      (due / median(seconds)).toFixed(0),
      said(spread(cpuMs), 2),
    ]),
    bars: [
      {
        what: `with ${many.open.toLocaleString('en')} open / with ${few.open.toLocaleString('en')} open`,
        value: ratio,
        bar: '<= 1.3',
        holds: ratio.median <= 1.3,
        must: true,
      },
      {
        what: `the ${due.toLocaleString('en')} are out, seconds`,
        value: out,
        bar: '<= 10',
        holds: out.median <= 10,
        must: false,
      },
    ],
    raw: [few, many].map(({ open, seconds, cpuMs }) => ({ open, seconds, cpuMs })),
  }
}

const loaded = (bench, open, say) => {
  const tickets = open / 2 / (TENANTS * AGREEMENTS)
  const shape = { tenants: TENANTS, customers: 10, agreements: AGREEMENTS, tickets, openTickets: tickets }
  return bench.database(`open_${open}`, client => loadTenants(client, shape, say))
}

async function sweep(bench, kept, due) {
  const name = 'sweep_measured'
  const urls = await bench.copy(kept, name)
  const client = await bench.connect(name)
  // The demo has duties of its own that fall due.
  await client.query(`delete from alarms where tenant_id not in (select id from tenants where slug like 'bench-%')`)
  const worker = await Server.start(join(ROOT, 'dist/src/cli.js'), ['serve', '--role', 'worker'], bench.env(urls))
  try {
    await fallDue(client, due)
    const startedAt = performance.now()
    const cpuBefore = worker.cpuMs()
    for (;;) {
      const { rows } = await client.query('select count(*)::int as found from breaches')
      if (rows[0].found >= due) break
      if (performance.now() - startedAt > GIVE_UP_MS) throw new Error(`only ${rows[0].found} breaches in ten minutes`)
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    const seconds = (performance.now() - startedAt) / 1000
    const cpuMs = (worker.cpuMs() - cpuBefore) / due
    await exactlyOnce(client, due)
    return { seconds, cpuMs }
  } finally {
    await client.end()
    await worker.stop()
    await bench.drop(name)
  }
}

/** The same number of each agreement, all at one instant, in one transaction. */
async function fallDue(client, due) {
  const each = due / (TENANTS * AGREEMENTS)
  await client.query(`begin; set local session_replication_role = replica`)
  await client.query(
    `create temporary table falling on commit drop as
     select tenant_id, id from (
       select tenant_id, id, row_number() over (partition by tenant_id, agreement_id order by id) as n
       from obligations where state = 'RUNNING' and tenant_id in (select id from tenants where slug like 'bench-%')) as o
     where n <= $1`,
    [each],
  )
  const { rowCount } = await client.query(
    `update obligations set started_at = surety_now() - interval '1 day', due_at = surety_now() - interval '1 second'
     from falling where obligations.tenant_id = falling.tenant_id and obligations.id = falling.id`,
  )
  if (rowCount !== due) throw new Error(`${rowCount} obligations fall due and not ${due}`)
  await client.query(
    `update alarms set due_at = surety_now() - interval '999 milliseconds', next_at = surety_now() - interval '999 milliseconds'
     from falling where alarms.tenant_id = falling.tenant_id and alarms.kind = 'obligation.due' and alarms.subject_id = falling.id`,
  )
  await client.query('commit')
}

async function exactlyOnce(client, due) {
  const { rows } = await client.query(
    `select count(*)::int as breaches, count(distinct obligation_id)::int as obligations,
       (select count(*)::int from events where type = 'breach.detected') as events from breaches`,
  )
  const [{ breaches, obligations, events }] = rows
  if (breaches !== due || obligations !== due || events !== due)
    throw new Error(`${breaches} breaches of ${obligations} obligations with ${events} events for ${due} due`)
}
