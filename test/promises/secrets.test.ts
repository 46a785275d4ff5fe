import { randomUUID } from 'node:crypto'
import type { GraphQLField } from 'graphql'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { counter, registry } from '../../src/platform/metrics.js'
import { startTracing, type StopTracing } from '../../src/platform/tracing.js'
import { currentWork } from '../../src/platform/work.js'
import { buildSchema } from '../../src/rooms.js'
import { Request } from '../../src/tenancy/index.js'
import { attributesOf, Collector } from '../kit/collector.js'
import { Metrics } from '../kit/metrics.js'
import { socketAddress } from '../kit/subscriber.js'
import { TcpProxy } from '../kit/tcp-proxy.js'
import { type Caller, World } from '../kit/world.js'
import { callOf, documentOf, ordinaryArguments, withValueAt } from './kit/arguments.js'
import { literal, phone, placesOf, plantedEverywhere, plantedIn, secret } from './kit/planted.js'
import { fill, type Ground, SAMPLES, senderOf } from './kit/samples.js'

// Trust 18: what a client puts in, wherever it may put something, comes out in no line of the log, no error, no metric
// and no span. The places are those of the schema as it's built, so a new one is planted from its first day.

const schema = buildSchema()
const fieldsOf = (kind: 'Query' | 'Mutation' | 'Subscription') =>
  Object.values((schema.getType(kind) as { getFields(): Record<string, Field> } & object).getFields())
type Field = GraphQLField<unknown, unknown>

const TOKEN = 'a-token-of-operators'
let world: World
let proxy: TcpProxy
let collector: Collector
let stopTracing: StopTracing
let ground: Ground
let operationsBefore: number
/** Everything that clients were told when something went wrong, and every head. */
const told: string[] = []
const codes = new Map<string, number>()

beforeAll(async () => {
  collector = await Collector.start()
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.address)
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '200')
  vi.stubEnv('OTEL_BSP_MAX_QUEUE_SIZE', '100000')
  stopTracing = (await startTracing(process.env)) as StopTracing
  proxy = await TcpProxy.to(inject('superuserUrl'))
  // Slow from the start: a slow operation says most.
  world = await World.create({
    corsOrigins: ['https://portal.example'],
    metricsToken: TOKEN,
    slowMs: 0,
    pooler: async url => proxy.through(url),
  })
  operationsBefore = await operationsSoFar()
  ground = await fill(await (await world.provider()).customer())
})
afterAll(async () => {
  await proxy.restore()
  await world.close()
  await proxy.close()
  await stopTracing()
  await collector.close()
  vi.unstubAllEnvs()
})

/** Sends something and keeps what came back. */
async function send(path: string, init: RequestInit): Promise<string> {
  const answer = await fetch(`${world.address}${path}`, init)
  const text = await answer.text()
  told.push([...answer.headers].map(pair => pair.join(': ')).join('\n'), text)
  for (const [, code] of text.matchAll(/"code":"(\w+)"/g))
    codes.set(code as string, (codes.get(code as string) ?? 0) + 1)
  return text
}

const post = (caller: Caller, body: unknown, headers: Record<string, string> = {}): Promise<string> =>
  send('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${caller.token}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

/** What is asked back holds nothing of what is stored. */
const ask = (field: Field): string =>
  field.type.toString().endsWith('Payload') ? '{ userErrors { code field message } }' : '{ __typename }'

function question(
  operation: 'query' | 'mutation',
  field: Field,
  args: object,
): { query: string; variables: object } {
  const document = documentOf(operation, field, Object.keys(args))
  const call = callOf(
    field,
    field.args.filter(({ name }) => name in args),
  )
  return {
    query: document.replace(
      call,
      call.slice(0, call.indexOf('{') < 0 ? undefined : call.indexOf('{')) + ask(field),
    ),
    variables: args,
  }
}

/** Counters are the process's: other files of this worker have counted before. */
const operationsSoFar = async (): Promise<number> =>
  (await Metrics.read(world.address, TOKEN)).sum('surety_operations_total')

/** What spans there were, looked through and let go. */
const seen = { attributes: new Set<string>(), operations: 0, events: 0 }

/** Where something planted is found: in the log, in what clients were told, in the metrics, in the spans. Then they are let go. */
async function leaks(): Promise<string[]> {
  const exports = collector.bodies.length
  await expect.poll(() => collector.bodies.length, { timeout: 5_000 }).toBeGreaterThan(exports)
  const { spans } = collector
  for (const { attributes, events, kind } of spans) {
    for (const key of Object.keys(attributesOf(attributes))) seen.attributes.add(key)
    seen.operations += kind === 2 ? 1 : 0
    seen.events += events.length
  }
  // What is not planted but real.
  const { password } = new URL(world.appUrl)
  const real = [ground.admin.token, world.masterKey, TOKEN, decodeURIComponent(password)].filter(Boolean)
  const { text } = await Metrics.read(world.address, TOKEN)
  const places: [string, readonly string[]][] = [
    ['log', world.logged.splice(0)],
    ['told', told.splice(0)],
    ['metrics', [text]],
    // The bytes, to the last resource; a span by itself is easier to read when something is found.
    [
      'spans',
      [
        ...new Set([
          ...spans.map(span => JSON.stringify([span.name, span.attributes, span.status])),
          ...collector.bodies.splice(0),
        ]),
      ],
    ],
  ]
  return places.flatMap(([where, texts]) =>
    texts.flatMap(each => {
      const found = plantedIn(each) ?? real.find(one => each.includes(one))
      return found ? [`${where}: ${found} in ${each.slice(0, 500)}`] : []
    }),
  )
}

/** Something that is logged and traced, so that there is an export to wait for. */
const stir = () => ground.admin.ask('{ viewer { kind } }')

async function expectNoLeak(): Promise<void> {
  await stir()
  expect(await leaks()).toEqual([])
}

describe('what is planted comes out nowhere', () => {
  const samples = new Map<string, Record<string, unknown>>()

  it('from any argument or input field of a query or mutation: each text by itself, all of them, and all places at once', async () => {
    // Made before anything is planted: some of it moves what others stand on.
    for (const { name } of fieldsOf('Mutation')) {
      const [sample] = (await SAMPLES[name]?.(ground)) ?? []
      if (sample) samples.set(name, sample)
    }
    const places = new Set<string>()
    for (const operation of ['query', 'mutation'] as const) {
      for (const field of fieldsOf(operation === 'query' ? 'Query' : 'Mutation')) {
        for (const place of placesOf(field)) places.add(place.name)
        for (const asked of questions(operation, field)) await post(senderOf(ground, field.name), asked)
      }
    }
    expect(places.size).toBeGreaterThan(300)
    expect([...codes.keys()]).toEqual(
      expect.arrayContaining(['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED', 'NOT_FOUND', 'INVALID']),
    )
    await expectNoLeak()
  })

  /** Those with texts alone pass validation and reach the verbs; those with everything don't, in variables and in the text. */
  function* questions(operation: 'query' | 'mutation', field: Field): Generator<object> {
    const usual = (): object => {
      const sample = samples.get(field.name)
      return sample ? { input: { idempotencyKey: randomUUID(), ...sample } } : ordinaryArguments(field)
    }
    const places = placesOf(field)
    const texts = places.filter(({ isText }) => isText)
    for (const { path, plant } of texts)
      yield question(operation, field, withValueAt(usual(), path, plant()) as object)
    yield question(operation, field, plantedEverywhere(texts, usual()))
    const all = plantedEverywhere(places, usual())
    yield question(operation, field, all)
    const args = Object.entries(all).map(([name, value]) => `${name}: ${literal(value)}`)
    yield {
      query: `${operation} { ${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''} ${ask(field)} }`,
    }
  }

  it('from a change that fails inside PostgreSQL, whose message, detail and hint quote the row', async () => {
    await world.sqlAsSuperuser(`create function refuse() returns trigger language plpgsql as $$ begin
      raise exception 'refused %', new::text using detail = new::text, hint = new::text; end $$`)
    const tables = await world.sqlAsSuperuser<{ name: string }>(
      `select distinct table_name as name from information_schema.columns
       where table_schema = 'public' and column_name = 'tenant_id' and table_name not in ('alarms', 'event_heads')`,
    )
    for (const { name } of tables)
      await world.sqlAsSuperuser(
        `create trigger refuse before insert or update on "${name}" for each row execute function refuse()`,
      )
    const failed = new Set<string>()
    for (const field of fieldsOf('Mutation')) {
      const sample = samples.get(field.name) ?? {}
      const own = placesOf(field).filter(
        ({ isText, path }) => isText && isProse(sample[path.at(-1) as string]),
      )
      for (const { path, plant } of own) {
        const args = withValueAt(
          { input: { ...sample, idempotencyKey: randomUUID() } },
          path,
          plant(),
        ) as object
        const answer = await post(senderOf(ground, field.name), question('mutation', field, args))
        if (answer.includes('"INTERNAL"')) failed.add(field.name)
      }
    }
    for (const { name } of tables) await world.sqlAsSuperuser(`drop trigger refuse on "${name}"`)
    expect([...failed]).toEqual(
      expect.arrayContaining(['customerCreate', 'personUpsert', 'ticketReport', 'ticketComment']),
    )
    expect(world.logged.some(line => line.includes('"msg":"an operation failed"'))).toBe(true)
    await expectNoLeak()
  }, 60_000)

  it('from the words of a document and the members of a body', async () => {
    const { admin } = ground
    for (const query of [
      `{ ${secret()}: viewer { ${secret()}: kind } }`,
      `{ viewer { ${secret()} } }`,
      `{ viewer(${secret()}: "${secret()}") @${secret()} { ...${secret()} } }`,
      `query ($${secret()}: ${secret()} = "${secret()}") { viewer { kind } }`,
      `{ # ${secret()}\n viewer { kind } } "${secret()}`,
      `{ viewer { kind } } fragment ${secret()} on Viewer { kind }`,
    ]) {
      const before = told.length
      await post(admin, { query, extensions: { [secret()]: secret() }, [secret()]: secret() })
      // Aliases are the client's own names for the parts of its answer.
      if (query.includes(': viewer')) told.length = before
    }
    await post(admin, `{"query": "${secret()}", ${secret()}`)
    await post(admin, { extensions: { persistedQuery: { version: 1, sha256Hash: secret() } } })
    await send(`/graphql?query=${secret()}&variables=${secret()}&access_token=${secret()}`, {})
    await send(`/${secret()}?${secret()}=${secret()}`, {})
    await expectNoLeak()
  })

  it('from headers, tokens and passwords', async () => {
    const basic = Buffer.from(`${secret()}:${secret()}`).toString('base64')
    const trace = `00-${randomUUID().replaceAll('-', '')}-00f067aa0ba902b7-01`
    const kinds: Record<string, string>[] = [
      ...[`Bearer ${secret()}`, `Bearer ${secret()}.${secret()}.${secret()}`, `Basic ${basic}`].map(
        authorization => ({ authorization }),
      ),
      { traceparent: trace, tracestate: `vendor=${secret()}`, baggage: `user=${secret()},phone=${phone()}` },
      { traceparent: `${trace}-${secret()}` },
      { traceparent: secret() },
      ...[
        'user-agent',
        'cookie',
        'referer',
        'accept',
        'accept-language',
        'x-forwarded-for',
        'surety-purpose',
        'x-api-key',
        'content-type',
      ].map(name => ({ [name]: secret() })),
      { origin: `https://${secret()}.example` },
      { 'request-id': `${secret()} @` },
      { accept: 'text/event-stream', 'last-event-id': secret() },
    ]
    for (const headers of kinds) {
      await post(ground.admin, { query: '{ viewer { kind } }' }, headers)
      await post(ground.admin, { query: 'subscription { events { id } }' }, { ...headers, accept: secret() })
    }
    const forms: Record<string, string>[] = [
      { grant_type: secret() },
      {
        grant_type: 'client_credentials',
        client_id: secret(),
        client_secret: secret(),
        scope: secret(),
        purpose: secret(),
      },
    ]
    for (const form of forms) {
      const init = { method: 'POST', body: new URLSearchParams(form) }
      await send('/oauth/token', init)
      await send('/oauth/token', { ...init, headers: { authorization: `Basic ${basic}` } })
    }
    await send('/metrics', { headers: { authorization: `Bearer ${secret()}` } })
    await expectNoLeak()
  })

  it('from sockets and streams: parameters, messages, subscriptions', async () => {
    const authorization = `Bearer ${ground.admin.token}`
    const init = (payload: object) => JSON.stringify({ type: 'connection_init', payload })
    const subscribe = (payload: object) => JSON.stringify({ id: secret(), type: 'subscribe', payload })
    const [field] = fieldsOf('Subscription') as [Field]
    const args = Object.entries(plantedEverywhere(placesOf(field), {})).map(
      ([name, value]) => `${name}: ${literal(value)}`,
    )
    const greeted = init({ authorization, acceptLanguage: secret(), [secret()]: secret() })
    for (const messages of [
      [init({ authorization: `Bearer ${secret()}` })],
      [secret()],
      [JSON.stringify({ type: secret(), id: secret(), payload: secret() })],
      [greeted, subscribe({ query: `subscription { events(after: "${secret()}") { id } }` })],
      [greeted, subscribe({ query: `subscription { ${field.name}(${args.join(', ')}) { __typename } }` })],
      [
        greeted,
        subscribe({
          query: `{ viewer { ${secret()} } }`,
          operationName: secret(),
          variables: { [secret()]: phone() },
        }),
      ],
      [
        greeted,
        subscribe({
          query: 'query ($n: Int) { customers(first: $n) { nodes { id } } }',
          variables: { n: secret() },
        }),
      ],
      [greeted, JSON.stringify({ type: 'next', id: secret(), payload: secret() })],
    ])
      await overSocket(messages)
    await expectNoLeak()
  })

  it('while the database is gone', async () => {
    await proxy.cut()
    await new Promise(resolve => setTimeout(resolve, 300))
    for (const field of [...fieldsOf('Mutation'), ...fieldsOf('Query')].slice(0, 6))
      await post(
        ground.admin,
        { query: `{ ${field.name} }`, variables: plantedEverywhere(placesOf(field), {}) },
        { cookie: secret() },
      )
    await proxy.restore()
    await expect.poll(async () => (await fetch(`${world.address}/readyz`)).status).toBe(200)
    await expectNoLeak()
  })

  it('but the name of an operation and a well-formed Request-Id: in their own places of the log alone', async () => {
    const [name, id] = [secret(), secret()]
    const before = world.logged.length
    await post(ground.admin, { query: `query ${name} { viewer { kind } }` }, { 'request-id': id })
    const [line] = world.logged.splice(before)
    const { operation, requestId, ...rest } = JSON.parse(line as string)
    expect([operation, requestId]).toEqual([name, id])
    expect(plantedIn(JSON.stringify(rest))).toBeNull()
    // The answer's head says the id again, so that it can be quoted.
    told.length = 0
    await expectNoLeak()
  })

  it('and all of it was watched: the spans have these attributes and no others', async () => {
    expect([...seen.attributes].sort()).toEqual([
      'db.query.summary',
      'db.system.name',
      'error.type',
      'graphql.operation.type',
      'surety.alarms',
      'surety.document.sha256',
      'surety.root_field',
    ])
    expect(seen.operations).toBeGreaterThan(500)
    expect(seen.operations).toBe((await operationsSoFar()) - operationsBefore)
    expect(seen.events).toBe(0)
  })
})

/** Words of a sample that any others could stand for. */
const isProse = (value: unknown): boolean =>
  typeof value === 'string' && !/^[A-Z_]+$|^\w{3}_[\da-f-]{36}$/.test(value)

/** Says all of it on a socket, and keeps what comes until it is quiet or closed. */
async function overSocket(messages: readonly string[]): Promise<void> {
  const socket = new WebSocket(socketAddress(world), 'graphql-transport-ws')
  const over = new Promise(resolve =>
    socket.once('close', (code, reason) => resolve(told.push(`${code} ${reason}`))),
  )
  socket.on('message', data => {
    const { id: _own, ...message } = JSON.parse((data as Buffer).toString('utf8'))
    told.push(JSON.stringify(message))
  })
  await new Promise(resolve => socket.once('open', resolve))
  for (const message of messages) {
    socket.send(message)
    await new Promise(resolve => setTimeout(resolve, 40))
  }
  socket.close()
  await over
}

describe('must fail', () => {
  const leaky = counter('surety_leaky_total', 'Of a test.', ['number'])
  // Other files of this worker look at what the house counts.
  afterAll(() => {
    registry.removeSingleMetric('surety_leaky_total')
  })
  const mutants: [string, string, (input: object) => void][] = [
    ['a change that logs its input', 'log', input => world.log.info({ input }, 'a change')],
    [
      'a change that logs an error as text',
      'log',
      input => world.log.error({ problem: String(new Error(JSON.stringify(input))) }, 'a change'),
    ],
    [
      'a change whose span holds its input',
      'spans',
      input => currentWork()?.span?.setAttribute('input', JSON.stringify(input)),
    ],
    [
      'a change whose span holds it in a disguise',
      'spans',
      input =>
        currentWork()?.span?.setAttribute('input', Buffer.from(JSON.stringify(input)).toString('base64')),
    ],
    [
      'a change that is counted by its input',
      'metrics',
      input => leaky.inc({ number: String((input as { number: string }).number) }),
    ],
  ]

  it.each(mutants)('%s', async (_what, where, leak) => {
    const { change } = Request.prototype
    const spied = vi.spyOn(Request.prototype, 'change').mockImplementation(function (this: Request, ...args) {
      leak(args[1])
      return change.apply(this, args) as never
    })
    try {
      await ground.admin.mutate('customerCreate', { number: secret(), name: 'Somebody' })
    } finally {
      spied.mockRestore()
    }
    await stir()
    const found = await leaks()
    expect(found.length).toBeGreaterThan(0)
    expect(found.every(each => each.startsWith(`${where}: `))).toBe(true)
    leaky.reset()
  })
})
