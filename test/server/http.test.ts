import { createHash } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Caller, contractText, type Customer, type Provider, World, withCost } from '../kit/world.js'

const JSON_TYPE = 'application/json; charset=utf-8'
const RESPONSE_TYPE = 'application/graphql-response+json; charset=utf-8'

let world: World
let provider: Provider
let admin: Caller
let customer: Customer
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  admin = await provider.admin()
  customer = await provider.customer()
})
afterAll(() => world.close())

interface Sent {
  method?: string
  headers?: Record<string, string>
  body?: string | Buffer
  token?: string | null
}

async function send(path: string, { method = 'POST', headers = {}, body, token = admin.token }: Sent = {}) {
  const response = await fetch(`${world.address}${path}`, {
    method,
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { body: body as NonNullable<RequestInit['body']> }),
  })
  const text = await response.text()
  // biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
  let json: any = null
  try {
    json = JSON.parse(text)
  } catch {}
  return { status: response.status, headers: response.headers, text, json }
}
type Answer = Awaited<ReturnType<typeof send>>

const post = (body: unknown, headers: Record<string, string> = {}) =>
  send('/graphql', {
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  })

function expectRefusal(answer: Answer, status: number, code = 'BAD_USER_INPUT'): void {
  expect(answer.status).toBe(status)
  expect(answer.json).toEqual({ errors: [{ message: expect.any(String), extensions: { code } }] })
  expect(answer.headers.get('content-type')).toBe(JSON_TYPE)
}

describe('a query', () => {
  it('comes by POST', async () => {
    const answer = await post({ query: '{ viewer { kind } }' })
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({ data: { viewer: { kind: 'STAFF' } }, extensions: withCost() })
    expect(answer.headers.get('content-type')).toBe(JSON_TYPE)
  })

  it('comes by GET, with its variables, operationName and extensions in the address', async () => {
    const params = new URLSearchParams({
      query: 'query A($id: ID!) { customer(id: $id) { number } } query B { viewer { kind } }',
      variables: JSON.stringify({ id: customer.id }),
      operationName: 'A',
      extensions: '{}',
    })
    const answer = await send(`/graphql?${String(params)}`, { method: 'GET' })
    expect(answer.json).toEqual({
      data: { customer: { number: customer.number } },
      extensions: withCost(),
    })
  })

  it.each([
    ['nothing', undefined, JSON_TYPE],
    ['anything', '*/*', JSON_TYPE],
    ['JSON', 'application/json', JSON_TYPE],
    ["GraphQL's own type", 'application/graphql-response+json', RESPONSE_TYPE],
    ["GraphQL's own type first", 'application/graphql-response+json, application/json;q=0.9', RESPONSE_TYPE],
    ['JSON first', 'application/json, application/graphql-response+json;q=0.5', JSON_TYPE],
    ['what Apollo Client sends', 'application/graphql-response+json,application/json;q=0.9', RESPONSE_TYPE],
  ])('is answered in the type its sender accepts: %s', async (_what, accept, type) => {
    const answer = await post({ query: '{ viewer { kind } }' }, accept ? { accept } : {})
    expect(answer.headers.get('content-type')).toBe(type)
    expect(answer.json.data.viewer.kind).toBe('STAFF')
  })

  it('whose sender accepts neither type is refused before it runs', async () => {
    const input = { number: 'C-unacceptable', name: 'Nobody', idempotencyKey: 'unacceptable' }
    const query =
      'mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { customer { id } } }'
    const answer = await post({ query, variables: { input } }, { accept: 'text/html' })
    expectRefusal(answer, 406)
    expect(
      await world.sqlAsSuperuser('select 1 from customers where number = $1', ['C-unacceptable']),
    ).toEqual([])
  })

  it.each([
    ['that is not GraphQL', '{ viewer {', 'GRAPHQL_PARSE_FAILED'],
    ['that does not fit the schema', '{ viewer { nothingOfTheKind } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['whose variable is missing', 'query ($id: ID!) { customer(id: $id) { id } }', 'BAD_USER_INPUT'],
  ])('%s is 400, and 200 where plain JSON is wanted', async (_what, query, code) => {
    const precise = await post({ query }, { accept: 'application/graphql-response+json' })
    const plain = await post({ query })
    expect([precise.status, plain.status]).toEqual([400, 200])
    expect(precise.json).toEqual(plain.json)
    expect(plain.json).not.toHaveProperty('data')
    expect(plain.json.errors[0].extensions).toEqual({ code })
  })

  it('of a document with several operations needs a name among them', async () => {
    const query = 'query A { viewer { kind } } query B { viewer { kind } }'
    for (const operationName of [undefined, 'C']) {
      const answer = await post({ query, operationName })
      expect(answer.json.errors[0].extensions.code).toBe('BAD_USER_INPUT')
    }
    expect((await post({ query, operationName: 'B' })).json.data.viewer.kind).toBe('STAFF')
  })

  it('known by its hash alone is not found, and found with its text beside it', async () => {
    const query = '{ viewer { kind } }'
    const sha256Hash = createHash('sha256').update(query).digest('hex')
    const extensions = { persistedQuery: { version: 1, sha256Hash } }
    const alone = await post({ extensions })
    expect(alone.status).toBe(200)
    expect(alone.json.errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND')
    expect((await post({ extensions }, { accept: 'application/graphql-response+json' })).status).toBe(400)
    const both = await post({ extensions, query })
    expect(both.json).toEqual({ data: { viewer: { kind: 'STAFF' } }, extensions: withCost() })
  })
})

describe('a mutation by GET', () => {
  it('is refused with 405 and changes nothing', async () => {
    const input = { number: 'C-by-get', name: 'By GET', idempotencyKey: 'get' }
    const params = new URLSearchParams({
      query: 'mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { customer { id } } }',
      variables: JSON.stringify({ input }),
    })
    const answer = await send(`/graphql?${String(params)}`, { method: 'GET' })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('POST')
    expect(answer.json).toEqual({
      errors: [
        { message: 'GET is for queries only: send this by POST.', extensions: { code: 'BAD_USER_INPUT' } },
      ],
      extensions: withCost(),
    })
    expect(await world.sqlAsSuperuser('select 1 from customers where number = $1', ['C-by-get'])).toEqual([])
  })
})

describe('what is no GraphQL request', () => {
  it.each([
    ['an empty body', ''],
    ['invalid JSON', '{"query":'],
    ['JSON null', 'null'],
    ['a JSON text', '"{ viewer { kind } }"'],
    ['a number', '5'],
    ['an empty object', '{}'],
    ['no query', '{"variables":{}}'],
    ['an empty query', '{"query":""}'],
    ['a query of null', '{"query":null}'],
    ['a query that is no text', '{"query":{"kind":"Document","definitions":[]}}'],
    ['variables as text', '{"query":"{ viewer { kind } }","variables":"{}"}'],
    ['variables as a list', '{"query":"{ viewer { kind } }","variables":[]}'],
    ['an operationName that is no text', '{"query":"{ viewer { kind } }","operationName":1}'],
    ['extensions as text', '{"query":"{ viewer { kind } }","extensions":"{}"}'],
    ['a batch', '[{"query":"{ viewer { kind } }"}]'],
    ['an empty batch', '[]'],
    ['a poisoned prototype', '{"query":"{ viewer { kind } }","variables":{"__proto__":{"a":1}}}'],
  ])('is 400 in the shape of a GraphQL answer: %s', async (_what, body) => {
    expectRefusal(await post(body), 400)
  })

  it('is 400 when its bytes are no UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"query":"{ customers(filter: { number: \\"'),
      // 乙方 in GB 18030
      Buffer.from([0xd2, 0xd2, 0xb7, 0xbd]),
      Buffer.from('\\" }) { nodes { id } } }"}'),
    ])
    expectRefusal(await post(bytes), 400)
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/graphql',
    'multipart/form-data; boundary=x',
    '',
  ])('is 415 when its type is %s', async type => {
    const body = Buffer.from('{"query":"{ viewer { kind } }"}')
    expectRefusal(await send('/graphql', { headers: type ? { 'content-type': type } : {}, body }), 415)
  })

  it.each(['?query=', '', '?variables=%7B%7D'])('is 400 by GET without a query: %s', async search => {
    expectRefusal(await send(`/graphql${search}`, { method: 'GET' }), 400)
  })

  it.each(['variables=%7B', 'variables=1', 'variables=%5B%5D', 'extensions=x', 'query=%7Bviewer%7Bid%7D%7D'])(
    'is 400 by GET with a wrong or repeated parameter: %s',
    async parameter => {
      const query = 'query=%7Bviewer%7Bkind%7D%7D'
      expectRefusal(await send(`/graphql?${query}&${parameter}`, { method: 'GET' }), 400)
    },
  )

  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'is 405 by %s, with the methods that are allowed',
    async method => {
      const answer = await send('/graphql', { method, token: null })
      expectRefusal(answer, 405)
      expect(answer.headers.get('allow')).toBe('GET, POST')
    },
  )

  it('is 405 by HEAD', async () => {
    const answer = await send('/graphql', { method: 'HEAD', token: null })
    expect([answer.status, answer.text]).toEqual([405, ''])
  })

  it.each(['/', '/graphql/', '/graphQL', '/admin', '/.env'])('is 404 at %s', async path => {
    expectRefusal(await send(path), 404)
    expectRefusal(await send(path, { method: 'GET', token: null }), 404)
  })

  it('is 400 at an address that is no address, which is not repeated', async () => {
    const answer = await raw(`GET /graphql/%zz-s3cret HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('"code":"BAD_USER_INPUT"')
    expect(answer).toMatch(/request-id: [\w-]{36}/)
    expect(answer).not.toContain('s3cret')
  })

  it.each([
    ['no HTTP', 'NONSENSE s3cret\r\n\r\n', 400],
    [
      'headers over 16 kB',
      `GET /graphql HTTP/1.1\r\nHost: x\r\nX-Long: s3cret${'x'.repeat(20_000)}\r\n\r\n`,
      431,
    ],
  ])('is answered in the shape of a GraphQL answer: %s', async (_what, bytes, status) => {
    const answer = await raw(bytes)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    })
    expect(answer).not.toContain('s3cret')
  })
})

/** Writes bytes and reads until the server hangs up. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(world.address)
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    let received = ''
    socket.setEncoding('utf8')
    socket.on('data', data => {
      received += data
    })
    socket.on('close', () => resolve(received))
    socket.on('error', error => (received === '' ? reject(error) : resolve(received)))
  })
}

describe('the size of a body', () => {
  /** Announces a body, sends `sent` bytes of it, and waits for the answer. */
  function announce(
    length: number | null,
    sent: number,
  ): Promise<{ status: number; text: string; ms: number }> {
    const begun = performance.now()
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        `${world.address}/graphql`,
        {
          method: 'POST',
          headers: {
            authorization: `Bearer ${admin.token}`,
            'content-type': 'application/json',
            ...(length === null ? {} : { 'content-length': length }),
          },
        },
        response => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', data => {
            text += data
          })
          response.on('end', () => {
            resolve({ status: response.statusCode ?? 0, text, ms: performance.now() - begun })
            request.destroy()
          })
        },
      )
      request.on('error', reject)
      if (sent > 0) request.write(Buffer.alloc(sent, ' '))
      else request.flushHeaders()
    })
  }

  it('over 2 MB is refused by its Content-Length, before it is sent', async () => {
    // The quickest of some: a machine that is busy for a moment says nothing of the server.
    const answers = []
    for (let n = 0; n < 10; n++) answers.push(await announce(10_000_000, 0))
    const answer = answers.reduce((best, each) => (each.ms < best.ms ? each : best))
    expect(answer.status).toBe(413)
    expect(JSON.parse(answer.text).errors[0]).toEqual({
      message: 'The body is over 2097152 bytes.',
      extensions: { code: 'BAD_USER_INPUT' },
    })
    expect(answer.ms).toBeLessThan(50)
  })

  it('over 2 MB is refused when it does not say its length, as soon as it is over', async () => {
    const answer = await announce(null, 2 * 1024 * 1024 + 1)
    expect(answer.status).toBe(413)
  })

  it('of nobody is refused unread', async () => {
    const answer = await send('/graphql', {
      token: null,
      headers: { 'content-type': 'application/json' },
      body: '{ this is no JSON, and nobody finds out',
    })
    expect(answer.status).toBe(401)
  })

  it('holds a contract of 256 kB, every character of it escaped as \\uXXXX', async () => {
    const contract = contractText('A-escaped')
    const filler = '甲'.repeat(Math.floor((256 * 1024 - Buffer.byteLength(contract) - 64) / 3))
    const text = `${contract}\n${filler}`
    const variables = { input: { idempotencyKey: 'escaped', customerId: customer.id, text } }
    const query =
      'mutation ($input: AgreementImportInput!) { agreementImport(input: $input) { agreement { number } userErrors { code } } }'
    const body = JSON.stringify({ query, variables }).replace(
      /[^\0-\x7f]/g,
      char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    const ascii = `{"padding":"${'\\u0020'.repeat(200_000)}",${body.slice(1)}`
    expect(Buffer.byteLength(ascii)).toBeGreaterThan(1_700_000)
    const answer = await post(ascii)
    expect(answer.json).toEqual({
      data: { agreementImport: { agreement: { number: 'A-escaped' }, userErrors: [] } },
      extensions: withCost(),
    })
  })
})

describe('every answer', () => {
  const kinds: [string, () => Promise<Answer>][] = [
    ['a query', () => post({ query: '{ viewer { kind } }' })],
    ['an error of GraphQL', () => post({ query: '{' })],
    ['a refused token', () => send('/graphql', { token: 'x' })],
    ['a refused body', () => post('{')],
    ['a refused method', () => send('/graphql', { method: 'PUT' })],
    ['an unknown address', () => send('/nowhere')],
    ['health', () => send('/healthz', { method: 'GET' })],
    ['readiness', () => send('/readyz', { method: 'GET' })],
  ]
  it.each(kinds)(
    'is private, not stored, not sniffed, and has a Request-Id of its own: %s',
    async (_what, ask) => {
      const answers = [await ask(), await ask()]
      const ids = answers.map(({ headers }) => headers.get('request-id'))
      expect(new Set(ids).size).toBe(2)
      for (const { headers } of answers) {
        expect(headers.get('request-id')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
        expect(headers.get('cache-control')).toBe('private, no-store')
        expect(headers.get('x-content-type-options')).toBe('nosniff')
        expect(headers.get('vary')).toBe('accept, accept-language, authorization')
        expect([...headers.keys()].filter(name => name.startsWith('access-control'))).toEqual([])
        expect(headers.get('server') ?? headers.get('x-powered-by')).toBeNull()
      }
    },
  )

  it('has the Request-Id it was asked with, when that is one', async () => {
    for (const id of ['req-1', 'a'.repeat(100), 'A.b_c:d-0']) {
      const answer = await send('/graphql', { headers: { 'request-id': id } })
      expect(answer.headers.get('request-id')).toBe(id)
    }
  })

  it.each(['a'.repeat(101), 'two words', '<script>', 'a,b', 'a@b.example', '"'])(
    'has another Request-Id than a malformed one: %s',
    async id => {
      const answer = await send('/graphql', { headers: { 'request-id': id } })
      expect(answer.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/)
    },
  )
})

describe('another origin', () => {
  let open: World
  beforeAll(async () => {
    open = await World.create({ corsOrigins: ['https://portal.example', 'https://app.example:8443'] })
  })
  afterAll(() => open.close())

  const preflight = (address: string, origin: string) =>
    fetch(`${address}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-s3cret',
      },
    })
  const ofCors = (headers: Headers) =>
    Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control')))

  it.each(['https://portal.example', 'https://app.example:8443'])(
    'that is listed may call: %s',
    async origin => {
      const asked = await preflight(open.address, origin)
      expect(asked.status).toBe(204)
      expect(ofCors(asked.headers)).toEqual({
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'GET, POST, PUT',
        'access-control-allow-headers':
          'Authorization, Content-Type, Accept, Accept-Language, Request-Id, Surety-Purpose, Last-Event-ID',
        'access-control-expose-headers': 'Request-Id, Retry-After, RateLimit, RateLimit-Policy',
        'access-control-max-age': '600',
      })
      const tenant = await open.provider()
      const { token } = await tenant.admin()
      const answer = await fetch(`${open.address}/graphql?query={viewer{kind}}`, {
        headers: { origin, authorization: `Bearer ${token}` },
      })
      expect(ofCors(answer.headers)).toEqual({
        'access-control-allow-origin': origin,
        'access-control-expose-headers': 'Request-Id, Retry-After, RateLimit, RateLimit-Policy',
      })
      expect(await answer.json()).toEqual({ data: { viewer: { kind: 'STAFF' } }, extensions: withCost() })
    },
  )

  it('that is listed can read why it was refused, too', async () => {
    for (const init of [{ method: 'POST' }, { method: 'PUT' }]) {
      const answer = await fetch(`${open.address}/graphql`, {
        ...init,
        headers: { origin: 'https://portal.example' },
      })
      expect([401, 405]).toContain(answer.status)
      expect(answer.headers.get('access-control-allow-origin')).toBe('https://portal.example')
      expect(answer.headers.get('vary')).toBe('accept, accept-language, authorization, Origin')
    }
  })

  it.each([
    'https://evil.example',
    'https://portal.example.evil.example',
    'http://portal.example',
    'https://app.example',
    'null',
  ])('that is not listed may not: %s', async origin => {
    const asked = await preflight(open.address, origin)
    expect(asked.headers.get('access-control-allow-origin')).toBeNull()
    const answer = await fetch(`${open.address}/healthz`, { headers: { origin } })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    expect(answer.headers.get('vary')).toContain('Origin')
  })

  it('may not call where none is listed', async () => {
    const asked = await preflight(world.address, 'https://portal.example')
    expect(asked.status).toBe(405)
    expect(ofCors(asked.headers)).toEqual({})
  })
})
