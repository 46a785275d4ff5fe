import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registry } from '../../src/platform/metrics.js'
import { agreementWithFees } from '../invoices/kit.js'
import { Metrics } from '../kit/metrics.js'
import { declaredMetrics, problemsOf } from '../kit/promql.js'
import { Subscriber } from '../kit/subscriber.js'
import { type AgreementHandle, type Caller, World } from '../kit/world.js'

const TOKEN = 'a-token-of-operators'
const HOUR = 60 * 60 * 1000

let world: World
let admin: Caller
let agreement: AgreementHandle
beforeAll(async () => {
  world = await World.create({ metricsToken: TOKEN, slowMs: 60_000 })
  const provider = await world.provider('acme', 'Acme')
  admin = await provider.admin()
  agreement = await agreementWithFees(await provider.customer())
})
afterAll(() => world.close())

const metrics = () => Metrics.read(world.address, TOKEN)

/** What a count rose by. */
async function rise(work: () => Promise<unknown>): Promise<(...asked: Parameters<Metrics['sum']>) => number> {
  const before = await metrics()
  await work()
  const after = await metrics()
  return (...asked) => after.sum(...asked) - before.sum(...asked)
}

describe('/metrics', () => {
  it('is for those who hold the token', async () => {
    for (const authorization of [
      undefined,
      'Bearer',
      `Bearer ${TOKEN}x`,
      `Basic ${TOKEN}`,
      `Bearer ${admin.token}`,
    ]) {
      const answer = await fetch(`${world.address}/metrics`, {
        headers: authorization ? { authorization } : {},
      })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="surety metrics"')
      expect(await answer.text()).not.toContain('surety_')
    }
    const answer = await fetch(`${world.address}/metrics`, { headers: { authorization: `bearer ${TOKEN}` } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
  })

  it('is not there at all where no token is set', async () => {
    const closed = await World.forTest()
    expect((await fetch(`${closed.address}/metrics`)).status).toBe(404)
  })

  it('tells of the process, its memory and its collector, and which release it is', async () => {
    const all = await metrics()
    expect(all.names).toContain('process_resident_memory_bytes')
    expect(all.names).toContain('nodejs_gc_duration_seconds')
    expect(all.series.get('surety_build_info{version="0.1.0"}')).toBe(1)
  })

  it('counts an answer by type, root field and outcome', async () => {
    const rose = await rise(async () => {
      await admin.send('query Mine { mine: viewer { kind } }')
      await admin.send('query Mine($n: Int) { customers(first: $n) { nodes { id } } }', { n: 0 })
      await admin.send('{ viewer { kind } customers { totalCount } }')
      await admin.send('{ viewer { nothing } }')
      await admin.send('{ viewer')
      await world.post('{')
    })
    const counted = 'surety_operations_total'
    expect(rose(counted, { type: 'query', field: 'viewer', outcome: 'OK' })).toBe(1)
    expect(rose(counted, { type: 'query', field: 'customers', outcome: 'BAD_USER_INPUT' })).toBe(1)
    expect(rose(counted, { type: 'query', field: 'several', outcome: 'OK' })).toBe(1)
    expect(rose(counted, { type: 'none', field: 'none', outcome: 'GRAPHQL_VALIDATION_FAILED' })).toBe(1)
    expect(rose(counted, { type: 'none', field: 'none', outcome: 'GRAPHQL_PARSE_FAILED' })).toBe(1)
    expect(rose(counted)).toBe(5)
    expect(rose('surety_operation_duration_seconds_count', { type: 'query' })).toBe(3)
    expect(rose('surety_requests_refused_total', { status: '401', code: 'UNAUTHENTICATED' })).toBe(1)
    expect((await metrics()).sum('surety_operations_in_flight')).toBe(0)
  })

  it('has no series for what clients make up', async () => {
    await metrics()
    const before = await metrics()
    for (let index = 0; index < 20; index++) {
      const made = `Zq${randomUUID().replaceAll('-', '')}`
      await admin.send(`query ${made} { ${made}: viewer { kind } }`)
      await admin.send(`query ${made} { ${made} }`)
    }
    const after = await metrics()
    expect(after.text).not.toContain('Zq')
    expect(after.text).not.toContain('acme')
    expect(
      [...after.series.keys()].filter(each => !before.series.has(each) && each.startsWith('surety_')),
    ).toEqual([])
  })

  it('counts a replay, the events of a change, and its statements by their names', async () => {
    const customer = { idempotencyKey: randomUUID(), number: 'C-77', name: 'Replayed' }
    const document =
      'mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { customer { id } } }'
    const rose = await rise(async () => {
      await admin.send(document, { input: customer })
      await admin.send(document, { input: customer })
      await admin.send('{ customers { totalCount } }')
    })
    expect(rose('surety_idempotent_replays_total')).toBe(1)
    expect(rose('surety_operations_total', { type: 'mutation', field: 'customerCreate' })).toBe(2)
    const statements = 'surety_statement_duration_seconds_count'
    expect(rose(statements, { statement: 'insert customers' })).toBe(1)
    expect(rose(statements, { statement: 'insert idempotency_keys' })).toBe(1)
    expect(rose(statements, { statement: 'count customers' })).toBe(1)
  })

  it('tells of a breach from its alarm to its reader', async () => {
    // What a process counts is of all its worlds: other files of this worker had sockets, too.
    const closed = (await metrics()).sum('surety_sockets_closed_total', { code: '1000' })
    const subscriber = await new Subscriber(admin, { types: ['BREACH_DETECTED'] }).ready()
    await expect.poll(async () => (await metrics()).sum('surety_subscriptions_open')).toBe(1)
    // It has read all there was, and waits.
    const reads = { statement: 'events_after' }
    await expect
      .poll(async () => (await metrics()).sum('surety_statement_duration_seconds_count', reads))
      .toBeGreaterThan(0)
    expect((await metrics()).sum('surety_connections_open', { transport: 'websocket' })).toBe(1)
    const { ticket } = await admin.mutate(
      'ticketReport',
      { agreementId: agreement.id, kind: 'FAULT', subject: 'Down' },
      'ticket { receivedAt }',
    )
    await world.setClock(new Date(Date.parse(ticket.receivedAt) + 3 * HOUR))
    const due = await metrics()
    expect(due.sum('surety_alarms_due')).toBeGreaterThan(0)
    expect(due.sum('surety_alarms_oldest_due_seconds')).toBeGreaterThan(0.9 * 3600)
    expect(due.sum('surety_database_ready')).toBe(1)
    const rose = await rise(async () => {
      await world.ringDue()
      await subscriber.has(1)
    })
    expect(rose('surety_alarms_rung_total', { kind: 'obligation.due' })).toBe(1)
    expect(rose('surety_alarm_delay_seconds_count')).toBeGreaterThan(0)
    expect(rose('surety_events_recorded_total', { type: 'breach.detected' })).toBe(1)
    expect(rose('surety_events_delivered_total', { type: 'breach.detected' })).toBe(1)
    expect(rose('surety_event_lag_seconds_count')).toBe(1)
    expect((await metrics()).sum('surety_alarms_due')).toBe(0)
    await subscriber.stop()
    await expect
      .poll(async () => (await metrics()).sum('surety_connections_open', { transport: 'websocket' }))
      .toBe(0)
    const over = await metrics()
    expect(over.sum('surety_subscriptions_open')).toBe(0)
    expect(over.sum('surety_sockets_closed_total', { code: '1000' })).toBe(closed + 1)
  })

  it('tells of the pool and of the directory', async () => {
    const all = await metrics()
    expect(all.sum('surety_pool_connections', { state: 'waiting' })).toBe(0)
    expect(all.sum('surety_pool_connections')).toBeGreaterThan(0)
    expect(all.sum('surety_directory_age_seconds')).toBeLessThan(0.5)
  })
})

const read = (file: string): string =>
  readFileSync(join(import.meta.dirname, '../../src/watching', file), 'utf8')

interface Panel {
  title: string
  type: string
  targets?: { expr: string }[]
}
const dashboard = JSON.parse(read('grafana-dashboard.json')) as {
  panels: Panel[]
  annotations: { list: { expr: string }[] }
}
const ofDashboard = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
  ...dashboard.annotations.list.map(({ expr }) => ['annotation', expr] as const),
]
const ofAlerts = [...read('prometheus-alerts.yml').matchAll(/alert: (\w+)\n\s+expr: (.+)\n/g)].map(
  ([, name, expr]) => [name as string, expr as string] as const,
)

describe('the dashboard for Grafana and the alert rules for Prometheus', () => {
  it('ask for metrics and labels that there are', () => {
    expect(ofDashboard.length).toBeGreaterThan(30)
    expect(ofAlerts.length).toBe(read('prometheus-alerts.yml').match(/- alert:/g)?.length)
    expect(
      [...ofDashboard, ...ofAlerts].flatMap(([where, expr]) =>
        problemsOf(expr, declaredMetrics()).map(each => `${where}: ${each}`),
      ),
    ).toEqual([])
  })

  it('leave out nothing that the house counts', () => {
    const asked = [...ofDashboard, ...ofAlerts].map(([, expr]) => expr).join('\n')
    const unasked = registry
      .getMetricsAsArray()
      .map(({ name }) => name)
      .filter(name => name.startsWith('surety_') && !asked.includes(name))
    // What the list of jobs is read from.
    expect(unasked).toEqual(['surety_build_info'])
  })

  it.each([
    ['sum(rate(surety_operations_total[5m])', '( is left open'],
    ['sum(surety_operation_total)', 'there is no metric surety_operation_total'],
    ['surety_operations_total{tenant="acme"}', 'surety_operations_total has no label tenant'],
    ['sum by (kind) (surety_operations_total)', 'surety_operations_total has no label kind'],
    ['rate(surety_operation_duration_seconds[5m])', 'there is no metric surety_operation_duration_seconds'],
    ['sum(rate([5m]))', 'it asks for nothing'],
  ])('must fail: %s', (expr, problem) => {
    expect(problemsOf(expr, declaredMetrics())).toContain(problem)
  })
})
