import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadTenants, REFERENCE, SMALL } from '../lib/datasets.mjs'
import { ask, CONNECTIONS, graphql, load } from '../lib/load.mjs'
import { ROOT } from '../lib/places.mjs'
import { Server } from '../lib/server.mjs'
import { median, said, spread } from '../lib/stats.mjs'
import { tokensOf } from '../lib/tokens.mjs'

export const title = 'P2 · ticketReport: a ticket, two obligations with their alarms, three events'

const REPORT = `mutation Report($input: TicketReportInput!) {
  ticketReport(input: $input) { ticket { id number state } userErrors { code } }
}`
/** A number that no other text holds: it is found again in what was sent. */
const NUMBER = 987_654_321
const SUBJECT = 'The assistant answers no more'
const DESCRIPTION = 'Since this morning every question is answered with the greeting.'

export async function run({ bench, quick, rounds, seconds, say }) {
  const shape = quick ? SMALL : REFERENCE
  const kept = await bench.database(quick ? 'small' : 'reference', client => loadTenants(client, shape, say))
  const urls = await bench.copy(kept, 'reports_measured')
  const client = await bench.connect('reports_measured')
  const folder = mkdtempSync(join(tmpdir(), 'surety-bench-'))
  const running = new Map()
  try {
    const { tokens, publicKey } = await tokensOf(bench.env(urls), shape.tenants)
    const agreements = await agreementsOf(client, shape)
    const recorded = join(folder, 'recorded.json')
    await record(bench.env(urls), client, tokens[0], agreements[0], folder, recorded)
    const env = { ...bench.env(urls), TOKEN_PUBLIC_KEY: publicKey, DATABASE_POOL_SIZE: String(CONNECTIONS) }
    const handwritten = join(ROOT, 'test/bench/contestants/handwritten-report.mjs')
    running.set('surety', await Server.surety(env))
    running.set('handwritten', await Server.start(handwritten, [], { ...env, RECORDED: recorded }))
    const found = await measure(running, { client, tokens, agreements, rounds, seconds, say })
    return report(found, shape, JSON.parse(readFileSync(recorded, 'utf8')).messages.length)
  } finally {
    for (const server of running.values()) await server.stop()
    await client.end()
    await bench.drop('reports_measured')
    rmSync(folder, { recursive: true })
  }
}

/** Of all tenants in turn: the n-th is of the tenant with the n-th token. */
async function agreementsOf(client, { tenants }) {
  const { rows } = await client.query(
    `select a.tenant_id as tenant, a.id as agreement, a.customer_id as customer, v.id as version from (
       select *, row_number() over (partition by tenant_id order by id) as n from agreements
       where tenant_id in (select id from tenants where slug like 'bench-%')) as a
     join agreement_versions v on v.tenant_id = a.tenant_id and v.agreement_id = a.id and v.state = 'IN_FORCE'
     order by a.n, a.tenant_id`,
  )
  const byTenant = [...new Set(rows.map(each => each.tenant))].sort()
  if (byTenant.length !== tenants) throw new Error(`agreements of ${byTenant.length} tenants and not ${tenants}`)
  return rows
}

/** What Surety sends for one report, as the hand-written contestant is given it. */
async function record(env, client, token, known, folder, file) {
  const to = join(folder, 'messages.json')
  const recording = join(ROOT, 'test/bench/lib/recording.mjs')
  const server = await Server.surety({ ...env, NODE_OPTIONS: `--import ${recording}`, RECORD_TO: to })
  try {
    const written = async () => {
      rmSync(to, { force: true })
      process.kill(server.pid, 'SIGUSR2')
      while (!existsSync(to) || readFileSync(to, 'utf8') === '') await new Promise(resolve => setTimeout(resolve, 20))
      return JSON.parse(readFileSync(to, 'utf8'))
    }
    // The first of a process is another one: what it prepares, the others have.
    await ask(server.address, ours(token, known))
    await client.query(
      `update agreement_numbers set last = $3 where tenant_id = $1 and agreement_id = $2 and kind = 'TICKET'`,
      [known.tenant, known.agreement, NUMBER - 1],
    )
    await written()
    const { data } = await ask(server.address, ours(token, known))
    if (data.ticketReport.ticket?.number !== NUMBER) throw new Error(`no report: ${JSON.stringify(data)}`)
    await new Promise(resolve => setTimeout(resolve, 100))
    const messages = transactionsOfCallers(await written())
    writeFileSync(file, JSON.stringify({ ids: known, number: NUMBER, messages }))
  } finally {
    await server.stop()
  }
}

/** Without what the process asks for itself at the same time, such as whether a token was revoked. */
function transactionsOfCallers(messages) {
  const open = new Map()
  return messages.filter(({ connection, text }) => {
    if (text.startsWith('begin')) open.set(connection, text.includes('set local role surety_app'))
    return open.get(connection)
  })
}

const ours = (token, { agreement }) =>
  graphql('/graphql', token, REPORT, {
    input: {
      idempotencyKey: randomUUID(),
      agreementId: `agr_${agreement}`,
      kind: 'FAULT',
      subject: SUBJECT,
      description: DESCRIPTION,
    },
  })

const theirs = (token, agreement) => ({
  path: '/report',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  body: JSON.stringify({ agreement, subject: SUBJECT, description: DESCRIPTION }),
})

async function measure(running, { client, tokens, agreements, rounds, seconds, say }) {
  const found = Object.fromEntries([...running.keys()].map(name => [name, { perSecond: [], cpuMs: [], p50: [] }]))
  let next = 0
  for (let round = 0; round <= rounds; round++) {
    for (const [name, server] of running) {
      const request = name === 'surety' ? ours : theirs
      const rowsBefore = await rowsOf(client)
      const before = server.cpuMs()
      const result = await load({
        address: server.address,
        seconds: round === 0 ? Math.max(2, seconds / 2) : seconds,
        requestAt: () => request(tokens[next % tokens.length], agreements[next++ % agreements.length]),
      })
      const cpuMs = server.cpuMs() - before
      const rows = await rowsOf(client)
      for (const [table, each] of Object.entries({ tickets: 1, obligations: 2, alarms: 2, events: 3 }))
        if (rows[table] - rowsBefore[table] !== each * result.answered)
          throw new Error(`${name}: ${rows[table] - rowsBefore[table]} ${table} of ${result.answered} reports`)
      if (round === 0) continue
      found[name].perSecond.push(result.answered / result.seconds)
      found[name].cpuMs.push(cpuMs / result.answered)
      found[name].p50.push(median(result.latencies))
      say(`round ${round} of ${rounds}: ${name} ${(result.answered / result.seconds).toFixed(0)}/s`)
    }
  }
  return found
}

/** Whoever leaves something out isn't measured. */
async function rowsOf(client) {
  const { rows } = await client.query(
    `select (select count(*)::int from tickets) as tickets, (select count(*)::int from obligations) as obligations,
       (select count(*)::int from alarms where kind = 'obligation.due') as alarms, (select count(*)::int from events) as events`,
  )
  return rows[0]
}

function report(found, { tenants }, messages) {
  const titles = { surety: 'Surety', handwritten: 'hand-written handler, the same statements' }
  const ratio = spread(found.surety.perSecond.map((each, index) => each / found.handwritten.perSecond[index]))
  return {
    title,
    note: `Reports to the agreements of ${tenants} tenants in turn, ${CONNECTIONS} connections; both check the token, send the same ${messages} messages, as many at once, and wait for the same commit; median and range of the rounds; CPU is the server process's, without PostgreSQL.`,
    columns: ['contestant', 'requests/s', 'CPU ms/request', 'p50 ms'],
    rows: Object.entries(titles).map(([name, each]) => [
      each,
      said(spread(found[name].perSecond)),
      said(spread(found[name].cpuMs), 2),
      said(spread(found[name].p50), 1),
    ]),
    bars: [
      { what: 'Surety / hand-written', value: ratio, bar: '>= 0.6', holds: ratio.median >= 0.6, must: false },
    ],
    chart: {
      unit: 'reports/s',
      bars: Object.entries(titles).map(([name, label]) => ({
        label,
        ...spread(found[name].perSecond),
        own: name === 'surety',
      })),
    },
    raw: found,
  }
}
