import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attributesOf, Collector, type ExportedSpan } from '../kit/collector.js'
import { type Compiled, compiled } from '../kit/compiled.js'
import { Metrics } from '../kit/metrics.js'
import { SuretyProcess } from '../kit/process.js'
import { type Caller, type Customer, World } from '../kit/world.js'

/** Surety as operators run it, with a collector and a port for metrics: an API and a worker. */
let program: Compiled
let world: World
let collector: Collector
let customer: Customer
let admin: Caller
let api: SuretyProcess
let worker: SuretyProcess
beforeAll(async () => {
  program = compiled()
  collector = await Collector.start()
  world = await World.create()
  const provider = await world.provider()
  admin = await provider.admin()
  customer = await provider.customer()
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.address,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-key=of-the-collector',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  }
  const locked = { METRICS_PORT: '0', METRICS_TOKEN: 'a-token-of-operators' }
  const more = { METRICS_PORT: '0', SLOW_OPERATION_MS: '1' }
  const [first, second] = await Promise.all([
    SuretyProcess.start(program.cli, world, { role: 'api', env: { ...env, ...locked } }),
    SuretyProcess.start(program.cli, world, { role: 'worker', env: { ...env, ...more } }),
  ])
  api = first
  worker = second
}, 120_000)
afterAll(async () => {
  await Promise.all([api?.stop(), worker?.stop()])
  await world.close()
  await collector.close()
  program.remove()
})

async function ask(query: string, variables: object, headers: Record<string, string> = {}): Promise<void> {
  const answer = await fetch(`${api.address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${admin.token}`, ...headers },
    body: JSON.stringify({ query, variables }),
  })
  expect(answer.status).toBe(200)
}

/** Somebody's own trace. */
function someTrace(): { traceId: string; spanId: string; traceparent: string } {
  const traceId = randomUUID().replaceAll('-', '')
  const spanId = traceId.slice(0, 16)
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` }
}

async function spansOf(traceId: string, count: number): Promise<ExportedSpan[]> {
  const mine = (): ExportedSpan[] => collector.spans.filter(each => each.traceId === traceId)
  await expect.poll(() => mine().length, { timeout: 5_000 }).toBe(count)
  return mine()
}

describe('with OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  it('an operation is a span of the trace that its request belongs to, and each statement one beneath it', async () => {
    const { traceId, spanId, traceparent } = someTrace()
    await ask('query Page { customers { nodes { number } totalCount } }', {}, { traceparent })
    const spans = await spansOf(traceId, 3)
    const operation = spans.find(each => each.parentSpanId === spanId) as ExportedSpan
    expect(operation).toMatchObject({ name: 'query customers', kind: 2, status: { code: 0 }, events: [] })
    expect(attributesOf(operation.attributes)).toEqual({
      'graphql.operation.type': 'query',
      'surety.root_field': 'customers',
      'surety.document.sha256': expect.stringMatching(/^[\da-f]{64}$/),
    })
    const statements = spans.filter(each => each.parentSpanId === operation.spanId)
    expect(statements.map(({ name }) => name).sort()).toEqual(['count customers', 'list customers'])
    for (const { kind, attributes, name, startTimeUnixNano } of statements) {
      expect(kind).toBe(3)
      expect(attributesOf(attributes)).toEqual({ 'db.system.name': 'postgresql', 'db.query.summary': name })
      expect(BigInt(startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(operation.startTimeUnixNano))
    }
    expect(collector.resources[0]).toMatchObject({
      'service.name': 'surety',
      'deployment.environment.name': 'test',
    })
    expect(collector.headers[0]).toMatchObject({ 'x-key': 'of-the-collector' })
  })

  it('a span says that it failed by its code, and what was written by verb and table', async () => {
    const wrong = someTrace()
    await ask(
      'query ($n: Int) { customers(first: $n) { nodes { id } } }',
      { n: 0 },
      { traceparent: wrong.traceparent },
    )
    const [refused] = await spansOf(wrong.traceId, 1)
    expect(refused).toMatchObject({ name: 'query customers', status: { code: 2 }, events: [] })
    expect(refused?.status.message).toBeUndefined()
    expect(attributesOf(refused?.attributes ?? [])).toMatchObject({ 'error.type': 'BAD_USER_INPUT' })
    const write = someTrace()
    await ask(
      'mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { customer { id } } }',
      { input: { idempotencyKey: randomUUID(), number: 'C-9', name: 'Somebody' } },
      { traceparent: write.traceparent },
    )
    await expect
      .poll(() => collector.spans.filter(each => each.traceId === write.traceId).map(({ name }) => name))
      .toEqual(
        expect.arrayContaining(['mutation customerCreate', 'insert customers', 'insert idempotency_keys']),
      )
  })

  it('a document with a value in it has no hash: what is short could be guessed from it', async () => {
    const { traceId, traceparent } = someTrace()
    await ask('{ customer(id: "138 0000 0000") { id } }', {}, { traceparent })
    const [span] = await spansOf(traceId, 1)
    expect(Object.keys(attributesOf(span?.attributes ?? []))).toEqual([
      'graphql.operation.type',
      'surety.root_field',
    ])
  })

  it('a line of the log names the trace', async () => {
    const { traceId, traceparent } = someTrace()
    await ask('query Named { viewer { kind } }', {}, { traceparent })
    await expect.poll(() => api.log).toContain(`"traceId":"${traceId}"`)
    await spansOf(traceId, 1)
  })

  it.each([
    '',
    '00',
    `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`,
    `ff-${'1'.repeat(32)}-${'1'.repeat(16)}-01`,
    'Zq',
  ])('a traceparent that is none (%j) begins a trace of its own', async traceparent => {
    const before = collector.spans.length
    await ask('{ viewer { kind } }', {}, { traceparent })
    await expect.poll(() => collector.spans.length).toBeGreaterThan(before)
    const span = collector.spans.slice(before).find(({ name }) => name === 'query viewer')
    expect(span?.parentSpanId ?? '').toBe('')
    expect(span?.traceId).not.toMatch(/^([01])\1+$/)
  })
})

const addressIn = (log: string): string => /"metricsAddress":"([^"]+)"/.exec(log)?.[1] as string

describe('METRICS_TOKEN', () => {
  it('is asked for on both ports, and not for health', async () => {
    for (const address of [api.address, addressIn(api.log)]) {
      const refused = await fetch(`${address}/metrics`)
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
        401,
        'Bearer realm="surety metrics"',
      ])
      expect((await Metrics.read(address, 'a-token-of-operators')).sum('surety_database_ready')).toBe(1)
      expect((await fetch(`${address}/healthz`)).status).toBe(200)
    }
  })
})

describe('a worker', () => {
  const metricsAddress = (): string => addressIn(worker.log)

  it('answers for its health on METRICS_PORT, and for nothing else', async () => {
    const status = async (path: string, method = 'GET') =>
      (await fetch(`${metricsAddress()}${path}`, { method })).status
    expect(await status('/healthz')).toBe(200)
    expect(await status('/readyz')).toBe(200)
    expect(await status('/graphql')).toBe(404)
    expect(await status('/healthz', 'POST')).toBe(404)
  })

  it('counts and traces the alarms that it rings, and says which were slow', async () => {
    const [{ now }] = (await world.sqlAsOwner('select surety_now() as now')) as [{ now: Date }]
    await customer.agreement()
    await world.setClock(new Date(now.getTime() + 25 * 60 * 60 * 1000))
    await expect
      .poll(async () => (await Metrics.read(metricsAddress())).sum('surety_alarms_rung_total'), {
        timeout: 5_000,
      })
      .toBeGreaterThan(0)
    const all = await Metrics.read(metricsAddress())
    expect(all.sum('surety_clocks_agree')).toBe(1)
    await expect
      .poll(() => collector.spans.map(({ name }) => name))
      .toContainEqual(expect.stringMatching(/^alarm \w/))
    expect(worker.log).toMatch(
      /"level":40,.*"alarm":"[\w.]+","alarms":\d+,"ms":\d+,"statements":\d+,"slowest":\[\{.*"msg":"slow alarms"/,
    )
  })
})

describe('a stop', () => {
  it('waits for the last spans', async () => {
    const { traceId, traceparent } = someTrace()
    await ask('{ viewer { kind } }', {}, { traceparent })
    api.signal('SIGTERM')
    await api.ended
    expect(collector.spans.some(each => each.traceId === traceId)).toBe(true)
  })
})
