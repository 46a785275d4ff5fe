import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildSchema } from '../../src/rooms.js'
import { type Caller, type Customer, World } from '../kit/world.js'

/**
 * Whatever a client submits is marked, and so is everything another tenant has. No mark may come back: in no body, no
 * header and no line of the log. Aliases and a well-formed Request-Id are the client's own names for the answer, and the
 * name of an operation is what operators know it by: those are not marked, or looked at apart.
 */
const MARK = /zq[0-9a-f]{12}|918273\d{6}/i
const mark = (): string => `Zq${randomBytes(6).toString('hex')}`
const markedNumber = (): string => `918273${String(randomBytes(4).readUInt32BE()).padStart(6, '0').slice(-6)}`

const schema = buildSchema()
let world: World
let callers: (Caller | null)[]
let ids: string[]
beforeAll(async () => {
  world = await World.create({ corsOrigins: ['https://portal.example'] })
  const provider = await world.provider('own', 'Own provider')
  const customer = await provider.customer()
  const agreement = await customer.draft()
  callers = [
    await provider.admin(),
    await provider.admin(),
    await customer.signatory(),
    await provider.service(['viewer:read', 'node:read', 'agreement:read', 'customer:read']),
    await provider.app('portal', ['viewer:read', 'agreement:read']),
    null,
  ]
  const foreign = await plantAnotherTenant()
  ids = [customer.id, agreement.id, foreign.id]
  // The other tenant's own requests are logged under its own name.
  world.logged.length = 0
})
afterAll(() => world.close())

async function plantAnotherTenant(): Promise<Customer> {
  const other = await world.provider(mark().toLowerCase(), `Provider ${mark()}`)
  const customer = await other.customer(mark(), `Customer ${mark()}`)
  await customer.draft({ contractNumber: mark(), providerName: mark(), customerName: mark() })
  const admin = await other.admin()
  const person = {
    customerId: customer.id,
    name: mark(),
    email: `${mark()}@example.org`,
    phone: markedNumber(),
  }
  await admin.mutate('personUpsert', person, 'person { id }')
  return customer
}

/** Everything of an answer that a client can see. */
async function seen(path: string, init: RequestInit): Promise<{ status: number; all: string; text: string }> {
  const answer = await fetch(`${world.address}${path}`, init)
  const text = await answer.text()
  const head = [answer.statusText, ...[...answer.headers].map(pair => pair.join(': '))].join('\n')
  return { status: answer.status, text, all: `${head}\n\n${text}` }
}

function expectUnmarked(all: string, sent: unknown): void {
  const found = MARK.exec(all)
  if (found)
    throw new Error(
      `${found[0]} came back:\n${all.slice(0, 3000)}\nfor\n${JSON.stringify(sent).slice(0, 3000)}`,
    )
}

function expectUnmarkedLog(): void {
  const line = world.logged.find(each => MARK.test(each))
  expect(line).toBeUndefined()
}

/** Fresh marks for every run, whatever fast-check remembers. */
const fresh = <T>(make: () => T): fc.Arbitrary<T> => fc.constant(null).map(make)

/** A value for an input type: marked and well-formed, or, when it's `wild`, perhaps of another type altogether. */
function valueOf(type: GraphQLInputType, wild: boolean): fc.Arbitrary<unknown> {
  const fitting = fittingValue(type, wild)
  if (!wild) return fitting
  const wrong = fc.oneof(
    fc.constantFrom(null, 5, 0.5, true, {}, [], [[]]),
    fresh(mark),
    fresh(() => ({ [mark()]: mark() })),
    fresh(() => Number(markedNumber())),
  )
  return fc.oneof({ arbitrary: wrong, weight: 1 }, { arbitrary: fitting, weight: 9 })
}

function fittingValue(type: GraphQLInputType, wild: boolean): fc.Arbitrary<unknown> {
  const nullable = getNullableType(type) as GraphQLInputType
  if (isListType(nullable))
    return fc.array(valueOf(nullable.ofType as GraphQLInputType, wild), { maxLength: 3 })
  if (isEnumType(nullable)) {
    const known = fc.constantFrom(...nullable.getValues().map(value => value.name))
    return wild ? fc.oneof(known, fresh(mark)) : known
  }
  if (isInputObjectType(nullable)) {
    const fields = Object.values(nullable.getFields())
    const requiredKeys = fields.filter(isRequiredInputField).map(field => field.name)
    const shape = Object.fromEntries(fields.map(field => [field.name, valueOf(field.type, wild)]))
    const unknown = wild
      ? fc.option(
          fresh(() => ({ [mark()]: mark() })),
          { freq: 10 },
        )
      : fc.constant({})
    return fc
      .tuple(fc.record(shape, { requiredKeys }), unknown)
      .map(([given, more]) => ({ ...given, ...more }))
  }
  const { good, bad } = scalarValues(String(nullable))
  return wild ? fc.oneof(good, bad) : good
}

/** What a scalar takes and what it doesn't, both marked wherever it can hold a mark. */
function scalarValues(name: string): { good: fc.Arbitrary<unknown>; bad: fc.Arbitrary<unknown> } {
  switch (name) {
    case 'Int':
      return { good: fc.integer({ min: -1, max: 101 }), bad: fresh(() => Number(markedNumber())) }
    case 'Boolean':
      return { good: fc.boolean(), bad: fresh(mark) }
    case 'ID':
      return { good: someId, bad: fc.constant(0.5) }
    case 'DateTime':
      return {
        good: fc.oneof(
          fc.constant('2026-01-01T00:00:00Z'),
          fresh(() => `2026-01-01T00:00:00.${markedNumber().slice(0, 9)}Z`),
        ),
        bad: fresh(() => `2026-13-01T00:00:00${mark()}`),
      }
    case 'Date':
      return { good: fc.constant('2026-01-01'), bad: fresh(() => `2026-02-30${mark()}`) }
    case 'Decimal':
      return {
        good: fc.oneof(
          fc.constantFrom('2', '0.5', '-1'),
          fresh(markedNumber),
          fresh(() => `0.${markedNumber()}`),
        ),
        bad: fresh(mark),
      }
    case 'ClauseNumber':
      return { good: fc.constantFrom('2.3.1', '918.273'), bad: fresh(() => `2.${markedNumber()}`) }
    case 'TimeZone':
      return { good: fc.constant('Asia/Shanghai'), bad: fresh(() => `Asia/${mark()}`) }
    default:
      return { good: someText, bad: fresh(() => Number(markedNumber())) }
  }
}

const someId = fc.oneof(
  fresh(mark),
  fresh(() => ids[Math.floor(Math.random() * ids.length)]),
  fc.constantFrom('cus_', 'agr_', 'psn_').map(prefix => `${prefix}${randomUUID()}`),
  fc.constantFrom('cus_', 'agr_', 'psn_', 'nod_').map(prefix => `${prefix}${mark()}`),
)

const someText = fc.oneof(
  fresh(mark),
  fresh(() => `${mark()}@example.org`),
  fresh(() => `"; drop table ${mark()}; --`),
  fresh(() => `" at "${mark()}"; Expected type "${mark()}". Did you mean "${mark()}"?`),
  fresh(() => `${mark()}\u0000`),
  fresh(() => `${mark()}\ud800`),
  fresh(() => `${mark()}\n    at x (src/${mark()}/y.ts:1:1)`),
  fresh(() => mark().repeat(60)),
)

interface Asked {
  field: GraphQLField<unknown, unknown>
  mutation: boolean
  args: Record<string, unknown>
  literal: boolean
}

/** A root field with arguments of any kind. */
function question(): fc.Arbitrary<Asked> {
  const fields = [schema.getQueryType(), schema.getMutationType()].flatMap(root =>
    Object.values(root?.getFields() ?? {}).map(field => ({
      field,
      mutation: root === schema.getMutationType(),
    })),
  )
  return fc.tuple(fc.constantFrom(...fields), fc.boolean()).chain(([{ field, mutation }, wild]) => {
    const shape = Object.fromEntries(
      field.args.map(argument => [argument.name, valueOf(argument.type, wild)]),
    )
    const requiredKeys = field.args
      .filter(argument => isNonNullType(argument.type))
      .map(argument => argument.name)
    return fc.record({
      field: fc.constant(field),
      mutation: fc.constant(mutation),
      args: fc.record(shape, { requiredKeys }),
      literal: fc.boolean(),
    })
  })
}

/** What is asked back holds nothing of what is stored: codes, sentences and type names. */
const SELECTION = '{ __typename }'
const PAYLOAD = '{ __typename userErrors { code field message clause retryable } }'

function documentOf({ field, mutation, args, literal }: Asked): { query: string; variables: object } {
  const names = Object.keys(args)
  const operation = mutation ? 'mutation' : 'query'
  const selection = mutation ? PAYLOAD : SELECTION
  const typeOf = (name: string): string =>
    String((field.args.find(argument => argument.name === name) as GraphQLArgument).type)
  if (literal) {
    const given = names.map(name => `${name}: ${literalOf(args[name], typeNamed(field, name))}`).join(', ')
    return {
      query: `${operation} { ${field.name}${given ? `(${given})` : ''} ${selection} }`,
      variables: { [mark()]: mark() },
    }
  }
  const marks = names.map(() => mark())
  const declared = names.map((name, index) => `$${marks[index]}: ${typeOf(name)}`).join(', ')
  const given = names.map((name, index) => `${name}: $${marks[index]}`).join(', ')
  return {
    query: `${operation} ${declared ? `(${declared})` : ''} { ${field.name}${given ? `(${given})` : ''} ${selection} }`,
    variables: Object.fromEntries(names.map((name, index) => [marks[index], args[name]])),
  }
}

const typeNamed = (field: GraphQLField<unknown, unknown>, name: string): GraphQLInputType =>
  (field.args.find(argument => argument.name === name) as GraphQLArgument).type

function literalOf(value: unknown, type: GraphQLInputType | null): string {
  const nullable = type && (getNullableType(type) as GraphQLInputType)
  if (value === undefined || value === null) return 'null'
  if (Array.isArray(value)) {
    const item = nullable && isListType(nullable) ? (nullable.ofType as GraphQLInputType) : nullable
    return `[${value.map(each => literalOf(each, item)).join(', ')}]`
  }
  if (typeof value === 'object') {
    const fields = nullable && isInputObjectType(nullable) ? nullable.getFields() : {}
    return `{ ${Object.entries(value)
      .map(([name, each]) => `${name}: ${literalOf(each, fields[name]?.type ?? null)}`)
      .join(', ')} }`
  }
  if (typeof value === 'string' && nullable && isEnumType(nullable) && /^\w+$/.test(value)) return value
  return JSON.stringify(value)
}

const RUNS = 800
const seed = Number(process.env.SEED ?? randomBytes(4).readUInt32BE())

describe(`nothing that is submitted comes back (SEED=${seed})`, () => {
  it(`in ${RUNS} operations over every root field, by literals and variables of right and wrong types`, async () => {
    const codes = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(question(), fc.nat(), fc.boolean(), async (asked, who, chinese) => {
        const caller = callers[who % callers.length]
        const { query, variables } = documentOf(asked)
        const { status, all, text } = await seen('/graphql', {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'accept-language': chinese ? 'zh-CN' : 'en',
            ...(caller ? { authorization: `Bearer ${caller.token}` } : {}),
          },
          body: JSON.stringify({ query, variables }),
        })
        expectUnmarked(all, { query, variables })
        expect([200, 401]).toContain(status)
        const { errors = [], data } = JSON.parse(text)
        const [payload] = Object.values(
          (data ?? {}) as Record<string, { userErrors?: { code: string }[] } | null>,
        )
        const found = [
          ...errors.map((error: { extensions: { code: string } }) => error.extensions.code),
          ...(payload?.userErrors ?? []).map(error => `user ${error.code}`),
        ]
        for (const code of found.length > 0 ? found : ['none']) codes.set(code, (codes.get(code) ?? 0) + 1)
      }),
      { numRuns: RUNS, seed, endOnFailure: true },
    )
    expectUnmarkedLog()
    // The questions get everywhere: past the door, through validation, to the verbs. And none of them breaks anything.
    expect([...codes.keys()]).toEqual(
      expect.arrayContaining([
        'none',
        'UNAUTHENTICATED',
        'FORBIDDEN',
        'BAD_USER_INPUT',
        'GRAPHQL_VALIDATION_FAILED',
        'user NOT_FOUND',
        'user INVALID',
      ]),
    )
    expect(codes.get('INTERNAL') ?? 0).toBe(0)
  }, 120_000)

  const token = (): string => (callers[0] as Caller).token
  const asked: [string, () => { path?: string; init: RequestInit }][] = [
    [
      'a name of an operation that is not there',
      () => posted({ query: '{ viewer { id } }', operationName: mark() }),
    ],
    ['an unknown field', () => posted({ query: `{ viewer { ${mark()} } }` })],
    ['an unknown root field', () => posted({ query: `{ ${mark()} }` })],
    ['an unknown argument', () => posted({ query: `{ viewer(${mark()}: "${mark()}") { id } }` })],
    ['an unknown directive', () => posted({ query: `{ viewer @${mark()}(${mark()}: 1) { id } }` })],
    ['an unknown type', () => posted({ query: `query ($${mark()}: ${mark()}) { viewer { id } }` })],
    ['an unknown fragment', () => posted({ query: `{ viewer { ...${mark()} } }` })],
    ['an unused fragment', () => posted({ query: `{ viewer { id } } fragment ${mark()} on Viewer { id }` })],
    ['a circular fragment', () => circular(mark())],
    [
      'conflicting fields',
      () =>
        posted({
          query: `{ viewer { a: id a: kind } b: agreement(id: "${mark()}") { id } b: agreement(id: "${mark()}") { id } }`,
        }),
    ],
    ['a twice-named operation', () => twice(mark())],
    [
      'an undeclared variable',
      () => posted({ query: `query ${mark()} { agreement(id: $${mark()}) { id } }` }),
    ],
    ['an unused variable', () => posted({ query: `query ${mark()}($${mark()}: ID) { viewer { id } }` })],
    ['a variable in the wrong place', () => misplaced(mark())],
    ['a syntax error', () => posted({ query: `{ viewer { id } } ${mark()} "${mark()}"` })],
    ['an unfinished text', () => posted({ query: `{ agreement(id: "${mark()}` })],
    ['a bad escape', () => posted({ query: `{ agreement(id: "\\u${mark()}") { id } }` })],
    ['a comment', () => posted({ query: `{ # ${mark()}\n ? }` })],
    ['extensions', () => posted({ query: '{ viewer {', extensions: { [mark()]: mark() } })],
    ['an unknown hash', () => posted({ extensions: { persistedQuery: { version: 1, sha256Hash: mark() } } })],
    ['other members of the body', () => posted({ [mark()]: mark() })],
    ['a batch', () => posted([{ query: mark() }])],
    ['a query that is no text', () => posted({ query: { [mark()]: mark() } })],
    ['variables that are no object', () => posted({ query: '{ viewer { id } }', variables: mark() })],
    ['invalid JSON', () => ({ init: { ...posted({}).init, body: `{"query": "{ viewer }", ${mark()}` } })],
    ['JSON that is a text', () => ({ init: { ...posted({}).init, body: `"${mark()}"` } })],
    [
      'a poisoned prototype',
      () => ({ init: { ...posted({}).init, body: `{"__proto__":{"${mark()}":"${mark()}"}}` } }),
    ],
    ['another content type', () => withHeaders({ 'content-type': `text/${mark()}` })],
    ['another Accept', () => withHeaders({ accept: `text/${mark()}` })],
    ['another Accept-Language', () => withHeaders({ 'accept-language': mark() })],
    ['a malformed Request-Id', () => withHeaders({ 'request-id': `${mark()} @` })],
    ['an Origin', () => withHeaders({ origin: `https://${mark()}.example` })],
    ['a Cookie', () => withHeaders({ cookie: `a=${mark()}` })],
    ['a User-Agent', () => withHeaders({ 'user-agent': mark() })],
    ['forwarding headers', () => withHeaders({ 'x-forwarded-for': mark(), forwarded: `for=${mark()}` })],
    ['a purpose', () => withHeaders({ 'surety-purpose': mark() })],
    ['a wrong token', () => withHeaders({ authorization: `Bearer ${mark()}` })],
    ['a wrong token of three parts', () => withHeaders({ authorization: `Bearer ${forged()}` })],
    [
      'a password',
      () => withHeaders({ authorization: `Basic ${Buffer.from(mark()).toString('base64')} ${mark()}` }),
    ],
    ['a preflight', () => preflight(mark())],
    ['an unknown address', () => ({ path: `/${mark()}?${mark()}=${mark()}`, init: {} })],
    ['an address that is none', () => ({ path: `/${mark()}%zz`, init: {} })],
    ['a wrong method', () => ({ init: { method: 'PUT', body: mark() } })],
    [
      'a token in the address',
      () => ({ path: `/graphql?access_token=${mark()}&query={viewer{id}}`, init: {} }),
    ],
    ['a GET with wrong variables', () => got(`query={viewer{id}}&variables=${mark()}`)],
    ['a GET with a wrong query', () => got(`query=${mark()}`)],
    ['a mutation by GET', () => got(`query=mutation{${mark()}}`)],
  ]
  const headers = (): Record<string, string> => ({
    authorization: `Bearer ${token()}`,
    'content-type': 'application/json',
  })
  const posted = (body: unknown) => ({
    init: { method: 'POST', headers: headers(), body: JSON.stringify(body) },
  })
  const withHeaders = (more: Record<string, string>) => {
    const { init } = posted({ query: `{ viewer { ${mark()} } }` })
    return { init: { ...init, headers: { ...init.headers, ...more } } }
  }
  const got = (search: string) => ({ path: `/graphql?${search}`, init: { headers: headers() } })
  const circular = (name: string) =>
    posted({ query: `{ viewer { ...${name} } } fragment ${name} on Viewer { id ...${name} }` })
  const twice = (name: string) =>
    posted({ query: `query ${name} { viewer { id } } query ${name} { viewer { id } }` })
  const misplaced = (name: string) =>
    posted({
      query: `query ($${name}: ID) { agreement(id: $${name}) { id } }`,
      variables: { [name]: mark() },
    })
  const forged = () =>
    [
      { alg: 'ES256', kid: mark() },
      { iss: mark(), sub: mark() },
    ]
      .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .concat(mark())
      .join('.')
  const preflight = (header: string) => ({
    init: {
      method: 'OPTIONS',
      headers: {
        origin: 'https://portal.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': header,
      },
    },
  })

  it.each(asked)('from %s', async (_what, make) => {
    for (const language of ['en', 'zh-CN']) {
      const { path = '/graphql', init } = make()
      const sent = { 'accept-language': language, ...(init.headers as Record<string, string>) }
      const { all } = await seen(path, { ...init, headers: sent })
      expectUnmarked(all, init)
    }
    expectUnmarkedLog()
  })

  it('from the name of an operation, but into the log that operators read', async () => {
    const name = mark()
    const { all } = await seen('/graphql', posted({ query: `query ${name} { viewer { nothing } }` }).init)
    expectUnmarked(all, name)
    expectUnmarkedLog()
    const good = await seen('/graphql', posted({ query: `query ${name} { viewer { kind } }` }).init)
    expectUnmarked(good.all, name)
    const line = world.logged.findIndex(each => each.includes(name))
    expect(JSON.parse(world.logged.splice(line, 1)[0] as string)).toMatchObject({
      operation: name,
      type: 'query',
    })
    expectUnmarkedLog()
  })

  it('from persons and contracts that are taken in', async () => {
    const admin = callers[0] as Caller
    const person = { name: mark(), email: `${mark()}@example.org`, phone: markedNumber() }
    const before = world.logged.length
    const { person: kept, userErrors } = await admin.mutate('personUpsert', person, 'person { id }')
    expect(userErrors).toEqual([])
    expect(
      await admin.ask('query ($id: ID!) { node(id: $id) { ... on Person { name } } }', { id: kept.id }),
    ).toEqual({
      node: { name: person.name },
    })
    expect(world.logged.length - before).toBe(2)
    expectUnmarkedLog()
  })
})
