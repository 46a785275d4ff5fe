import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FAILURE_CODES } from '../../src/platform/failure.js'
import { type Caller, type GraphqlAnswer, type Provider, World } from '../kit/world.js'

let world: World
let provider: Provider
let admin: Caller
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  admin = await provider.admin()
  await provider.customer()
})
afterAll(() => world.close())

const inChinese = { 'accept-language': 'zh-CN' }
/** Asks in both languages; the same errors must come, each in its language, and nothing else in them. */
async function errorsOf(
  query: string,
  variables: object = {},
): Promise<NonNullable<GraphqlAnswer['errors']>> {
  const english = await admin.send(query, variables)
  const chinese = await admin.send(query, variables, inChinese)
  const withoutMessages = ({ errors }: GraphqlAnswer) =>
    errors?.map(({ message: _message, ...others }) => others)
  expect(withoutMessages(chinese as unknown as GraphqlAnswer)).toEqual(
    withoutMessages(english as unknown as GraphqlAnswer),
  )
  for (const error of english.errors ?? []) {
    expect(
      Object.keys(error).filter(key => !['message', 'locations', 'path', 'extensions'].includes(key)),
    ).toEqual([])
    expect(Object.keys(error.extensions).filter(key => key !== 'code')).toEqual([])
    expect(FAILURE_CODES).toContain(error.extensions.code)
    expect(error.message).not.toMatch(/\p{Script=Han}/u)
  }
  for (const error of chinese.errors ?? []) expect(error.message).toMatch(/\p{Script=Han}/u)
  return english.errors ?? []
}

describe('a document that is not GraphQL', () => {
  it.each([
    ['{ viewer {', 'The document is not GraphQL at line 1, column 11: it takes Name there.'],
    ['{ viewer(: }', 'The document is not GraphQL at line 1, column 10: it takes Name there.'],
    [
      'query ($a ID) { viewer { id } }',
      'The document is not GraphQL at line 1, column 11: it takes ":" there.',
    ],
    ['nonsense', 'The document is not GraphQL at line 1, column 1.'],
    ['{\n  viewer { id ? }\n}', 'The document is not GraphQL at line 2, column 15.'],
    ['{ node(id: "unfinished) { id } }', 'The document is not GraphQL at line 1, column 33.'],
    ['{ node(id: "\\q") { id } }', 'The document is not GraphQL at line 1, column 13.'],
  ])('is told where: %s', async (query, message) => {
    const errors = await errorsOf(query)
    expect(errors).toEqual([
      { message, locations: [expect.anything()], extensions: { code: 'GRAPHQL_PARSE_FAILED' } },
    ])
  })
})

describe('a document that does not fit the schema', () => {
  it.each([
    ['{ viewer { nam } }', 'The type "Viewer" has no such field.'],
    ['{ agreement(id: "x") { stat } }', 'The type "Agreement" has no such field. Did you mean "state"?'],
    [
      '{ agreement(idd: "x", id: "x") { id } }',
      'The field "agreement" of "Query" takes no such argument. Did you mean "id"?',
    ],
    [
      '{ viewer @include(iff: true, if: true) { id } }',
      'The directive "@include" takes no such argument. Did you mean "if"?',
    ],
    ['{ viewer @nothing { id } }', 'There is no such directive.'],
    ['{ viewer @deprecated { id } }', 'The directive may not stand here.'],
    ['{ viewer @defer { id } }', 'There is no such directive.'],
    ['{ viewer { ...Nothing } }', 'The document has no such fragment.'],
    ['{ viewer { id } } fragment F on Viewer { id }', 'The fragment is never used.'],
    ['{ viewer { ...F } } fragment F on Viewer { id ...F }', 'The fragment holds itself.'],
    [
      '{ viewer { ... on Agreement { id } } }',
      'A "Viewer" can never be a "Agreement": the fragment cannot stand here.',
    ],
    [
      '{ viewer { ...F } } fragment F on Agreement { id }',
      'A "Viewer" can never be a "Agreement": the fragment cannot stand here.',
    ],
    ['{ viewer { ... on String { id } } }', 'A fragment takes an object, interface or union type.'],
    ['{ viewer { ... on Viewr { id } } }', 'There is no such type. Did you mean "Viewer"?'],
    [
      '{ viewer { id } } query B { viewer { id } }',
      'An operation without a name must be the only one in its document.',
    ],
    ['{ viewer { id } } type T { a: Int }', 'A document holds operations and fragments only.'],
    ['{ agreement(id: $id) { id } }', 'The variable is not declared.'],
    ['query A { agreement(id: $id) { id } }', 'The variable is not declared.'],
    ['query A($id: ID!) { viewer { id } }', 'The variable is never used.'],
    ['query ($id: Viewer) { agreement(id: $id) { id } }', 'A variable takes an input type.'],
    [
      'query ($id: ID) { agreement(id: $id) { id } }',
      'A variable of type "ID" does not fit where "ID!" is expected.',
    ],
    [
      '{ a: agreement(id: "1") { id } a: agreement(id: "2") { id } }',
      'Two different fields have the same name in the answer: give one of them an alias.',
    ],
    ['{ agreement { id } }', 'The argument "id" of type "ID!" is required.'],
    ['{ viewer @skip { id } }', 'The argument "if" of type "Boolean!" is required.'],
    ['{ viewer }', 'The field "viewer" of type "Viewer!" takes a selection of its fields.'],
    ['{ viewer { kind { id } } }', 'The field "kind" of type "CallerKind!" has no fields to select.'],
    ['{ agreement(id: "1", id: "2") { id } }', 'The same name is given twice.'],
    ['query A { viewer { id } } query A { viewer { id } }', 'The same name is given twice.'],
    ['query ($a: ID!, $a: ID!) { agreement(id: $a) { id } }', 'The same name is given twice.'],
    ['{ viewer @skip(if: true) @skip(if: true) { id } }', 'The same name is given twice.'],
    ['{ agreements(first: "ten") { nodes { id } } }', 'It takes an Int: a whole number of 32 bits.'],
    ['{ agreements(first: 3000000000) { nodes { id } } }', 'It takes an Int: a whole number of 32 bits.'],
    ['{ agreement(id: null) { id } }', 'It takes a value of type "ID!".'],
    ['{ agreement(id: 1.5) { id } }', 'It takes a value of type "ID".'],
    ['{ agreements(filter: { number: 5 }) { nodes { id } } }', 'It takes a value of type "String".'],
    [
      '{ agreements(filter: { state: [ACTIV] }) { nodes { id } } }',
      'It is no value of "AgreementState". Did you mean "ACTIVE"?',
    ],
    [
      '{ agreements(filter: { state: ["ACTIVE"] }) { nodes { id } } }',
      'It is no value of "AgreementState". Did you mean "ACTIVE"?',
    ],
    [
      '{ agreements(filter: { numbr: "5" }) { nodes { id } } }',
      'The type "AgreementFilter" has no such field. Did you mean "number"?',
    ],
    ['{ agreements(filter: 5) { nodes { id } } }', 'It takes a value of type "AgreementFilter".'],
    [
      '{ agreements(orderBy: { field: CREATED_AT }) { nodes { id } } }',
      'The field "direction" of type "OrderDirection!" is required.',
    ],
    [
      '{ agreements(filter: { updatedAfter: "yesterday" }) { nodes { id } } }',
      'It takes a DateTime: ISO 8601 with an offset, such as "2026-04-01T09:30:00.000Z".',
    ],
    [
      '{ agreement(id: "x") { currentVersion { clause(number: "two") { id } } } }',
      'It takes a ClauseNumber, such as "2.3.1".',
    ],
  ])('is told what, without what it says: %s', async (query, message) => {
    const errors = await errorsOf(query)
    expect(errors.map(error => error.message)).toContain(message)
    for (const error of errors) {
      expect(error.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED')
      expect(error).not.toHaveProperty('path')
    }
  })

  it('is told of no more than ten errors', async () => {
    const query = `{ viewer { ${Array.from({ length: 300 }, (_, index) => `unknown${index}`).join(' ')} } }`
    const errors = await errorsOf(query)
    expect(errors).toHaveLength(11)
    expect(errors.at(-1)?.message).toBe('There are more errors than these.')
  })

  it('is told that an introspection goes too deep', async () => {
    const deep = '{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }'
    expect((await errorsOf(deep)).map(error => error.message)).toEqual([
      'Introspection lists go at most 2 deep: ask for a type by its name.',
    ])
  })
})

describe('an operation that is not offered over HTTP', () => {
  it('is BAD_USER_INPUT, and says where it is: a subscription by POST', async () => {
    for (const query of ['subscription { events { id } }', 'subscription S { breachEvents { id } }']) {
      expect(await errorsOf(query)).toEqual([
        {
          message:
            'Subscriptions run at this address as server-sent events (Accept: text/event-stream) or over a WebSocket (subprotocol graphql-transport-ws).',
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ])
    }
  })
})

describe('variables that are not as declared', () => {
  const draft =
    'mutation ($input: AgreementDraftInput!) { agreementDraft(input: $input) { agreement { id } userErrors { code } } }'
  const base = { idempotencyKey: 'k', customerId: 'cus_x' }

  it.each([
    [draft, {}, ['The variable of type "AgreementDraftInput!" is required.']],
    [draft, { input: null }, ['It takes a value of type "AgreementDraftInput!" and not null.']],
    [draft, { input: 5 }, ['It takes a value of type "AgreementDraftInput".']],
    [draft, { input: { customerId: 'x' } }, ['The field "idempotencyKey" of type "String!" is required.']],
    [draft, { input: { ...base, nothing: 1 } }, ['The type "AgreementDraftInput" has no such field.']],
    [
      draft,
      { input: { ...base, idempotencyKey: 5 } },
      ['.idempotencyKey: It takes a value of type "String".'],
    ],
    [
      draft,
      { input: { ...base, idempotencyKey: null } },
      ['.idempotencyKey: It takes a value of type "String!" and not null.'],
    ],
    [draft, { input: { ...base, customerId: {} } }, ['.customerId: It takes a value of type "ID".']],
    [
      draft,
      { input: { ...base, timeZone: 'Mars/Olympus' } },
      ['.timeZone: It takes a TimeZone: a name of the IANA database, such as "Asia/Shanghai".'],
    ],
    [
      draft,
      { input: { ...base, terms: { termYears: 1.5 } } },
      ['.terms.termYears: It takes an Int: a whole number of 32 bits.'],
    ],
    [
      draft,
      { input: { ...base, terms: { responseHours: 2 } } },
      ['.terms.responseHours: It takes a Decimal: a string such as "0.5".'],
    ],
    [
      draft,
      { input: { ...base, terms: { responseHours: '1e3', fixHours: 'x' } } },
      [
        '.terms.responseHours: It takes a Decimal: a string such as "0.5".',
        '.terms.fixHours: It takes a Decimal: a string such as "0.5".',
      ],
    ],
  ])('are told where and what: %# %j', async (query, variables, expected) => {
    const errors = await errorsOf(query, variables)
    expect(errors).toEqual(
      expected.map(each => ({
        message: `The variables, at $input${each.startsWith('.') ? '' : ': '}${each}`,
        locations: [{ line: 1, column: 11 }],
        extensions: { code: 'BAD_USER_INPUT' },
      })),
    )
  })

  it("are placed within a list, and by a path alone where the name is nobody else's", async () => {
    const query = 'query ($mine: [AgreementState!]) { agreements(filter: { state: $mine }) { nodes { id } } }'
    const errors = await errorsOf(query, { mine: ['ACTIVE', 'GONE'] })
    expect(errors.map(error => error.message)).toEqual([
      'The variables, at [1]: It is no value of "AgreementState".',
    ])
    const date = 'query ($after: DateTime) { agreements(filter: { updatedAfter: $after }) { nodes { id } } }'
    for (const after of ['2026-02-30T00:00:00Z', '2026-01-01', 5, {}, 'x']) {
      expect((await errorsOf(date, { after })).map(error => error.message)).toEqual([
        'The variables, at $after: It takes a DateTime: ISO 8601 with an offset, such as "2026-04-01T09:30:00.000Z".',
      ])
    }
  })

  it('are told of no more than fifty errors', async () => {
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
    expect(await errorsOf(query, { ids: Array.from({ length: 200 }, () => ({})) })).toHaveLength(50)
  })
})

describe('an error of a field', () => {
  it('has its path and its place, and leaves the rest of the answer alone', async () => {
    const { token } = await provider.staff('AUDITOR')
    const answer = await world.post(
      {
        query:
          'mutation ($input: CustomerCreateInput!) { mine: customerCreate(input: $input) { customer { id } } }',
        variables: { input: { idempotencyKey: 'forbidden', number: 'C-99', name: 'x' } },
      },
      { authorization: `Bearer ${token}`, accept: 'application/graphql-response+json' },
    )
    expect(answer.status).toBe(200)
    expect(answer.data).toEqual({ mine: null })
    expect(answer.errors).toEqual([
      {
        message: 'Your role or scope does not allow this operation.',
        path: ['mine'],
        locations: [{ line: 1, column: 43 }],
        extensions: { code: 'FORBIDDEN' },
      },
    ])
  })

  it.each([
    [
      '{ viewer { kind } agreements(first: 0) { nodes { id } } }',
      'first and last take 1 to 100, and not both at once.',
    ],
    [
      '{ viewer { kind } agreements(after: "x") { nodes { id } } }',
      'The cursor is not one of this list: start again without it.',
    ],
  ])('is BAD_USER_INPUT where an argument is to blame: %s', async (query, message) => {
    const errors = await errorsOf(query)
    expect(errors).toEqual([
      {
        message,
        path: ['agreements'],
        locations: [{ line: 1, column: 19 }],
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ])
    expect((await admin.send(query)).data).toEqual({ viewer: { kind: 'STAFF' }, agreements: null })
  })

  it('is never INTERNAL for a text that PostgreSQL cannot hold', async () => {
    const query = 'query ($n: String) { customers(filter: { number: $n }) { nodes { id } } }'
    for (const n of ['\u0000', 'a\u0000b', '\ud800']) {
      const answer = await admin.send(query, { n })
      expect(answer.errors?.map(error => error.extensions.code) ?? []).not.toContain('INTERNAL')
    }
  })
})

describe('an error of ours', () => {
  it('is INTERNAL, says nothing, asks for the Request-Id, and is logged under it with where it arose', async () => {
    const own = await World.forTest()
    const tenant = await own.provider()
    const caller = await tenant.admin()
    const buyer = await tenant.customer('C-broken', 'Zebra-Secret Ltd')
    await own.sqlAsSuperuser('alter table customers rename column credit_code to lost_secret_column')
    for (const [headers, message] of [
      [{}, /^Something went wrong on our side\..*Request-Id\.$/],
      [inChinese, /^服务内部错误.*Request-Id。$/],
    ] as const) {
      const answer = await caller.send(
        'query ($id: ID!) { mine: customer(id: $id) { name creditCode } }',
        { id: buyer.id },
        headers,
      )
      const requestId = answer.headers.get('request-id')
      expect(answer.status).toBe(200)
      expect(answer.data).toEqual({ mine: null })
      expect(answer.errors).toEqual([
        {
          message: expect.stringMatching(message),
          path: ['mine'],
          locations: [expect.anything()],
          extensions: { code: 'INTERNAL' },
        },
      ])
      const line = own.logged
        .map(each => JSON.parse(each))
        .find(each => each.requestId === requestId && each.level === 50)
      expect(line).toMatchObject({
        msg: 'an operation failed',
        field: 'customer',
        // undefined_column
        code: '42703',
        at: expect.arrayContaining([expect.stringMatching(/^src\/tenancy\/batch-reads\.ts:\d+:\d+$/)]),
      })
      expect(own.logged.join('')).not.toMatch(/lost_secret|credit_code|Zebra|select|mine|C-broken/)
    }
  })
})

describe('more wrong variables than are told', () => {
  it('are the request’s fault all the same: the status of one, and nothing in the log of ours', async () => {
    const before = world.logged.length
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
    const one = await admin.send(query, { ids: [{}] })
    // graphql-js stops at fifty.
    const { status, errors } = await admin.send(query, { ids: Array.from({ length: 60 }, () => ({})) })
    expect(status).toBe(one.status)
    expect(new Set(errors?.map(({ extensions }) => extensions.code))).toEqual(new Set(['BAD_USER_INPUT']))
    expect(world.logged.slice(before).join('')).not.toContain('an operation failed')
  })
})
