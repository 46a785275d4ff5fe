import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signToken } from '../../src/tenancy/index.js'
import { ISSUER, type Caller, type Provider, World, withCost } from '../kit/world.js'

let world: World
let provider: Provider
let admin: Caller
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider('acme')
  admin = await provider.admin()
})
afterAll(() => world.close())

const METADATA = `resource_metadata="${ISSUER}/.well-known/oauth-protected-resource"`
const NOBODY = `Bearer realm="surety", ${METADATA}`
const REFUSED = `${NOBODY}, error="invalid_token"`

function ask(headers: Record<string, string> = {}, search = '') {
  return fetch(`${world.address}/graphql${search}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: '{ viewer { kind } }' }),
  })
}

describe('without a bearer token', () => {
  it.each([
    ['application/json', 'application/json; charset=utf-8'],
    ['application/graphql-response+json', 'application/graphql-response+json; charset=utf-8'],
    ['*/*', 'application/json; charset=utf-8'],
    ['text/html', 'application/json; charset=utf-8'],
  ])('the answer is 401 and says how to send one, as %s', async (accept, type) => {
    const answer = await ask({ accept })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe(NOBODY)
    expect(answer.headers.get('content-type')).toBe(type)
    expect(await answer.json()).toEqual({
      errors: [
        {
          message: 'A valid bearer token is required: send it as "Authorization: Bearer <token>".',
          extensions: { code: 'UNAUTHENTICATED' },
        },
      ],
    })
  })

  it('a GET is 401 as well', async () => {
    const answer = await fetch(`${world.address}/graphql?query={viewer{kind}}`)
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, NOBODY])
  })
})

describe('the bearer token', () => {
  it.each(['Bearer', 'bearer', 'BEARER', 'beArer'])(
    'may be announced as %s (RFC 9110, 11.1)',
    async scheme => {
      const answer = await ask({ authorization: `${scheme} ${admin.token}` })
      expect(await answer.json()).toEqual({ data: { viewer: { kind: 'STAFF' } }, extensions: withCost() })
    },
  )

  it('may stand behind and before blanks', async () => {
    expect((await ask({ authorization: `Bearer   ${admin.token}  ` })).status).toBe(200)
  })

  it.each(['access_token', 'token', 'authorization', 'bearer', 'jwt'])(
    'is not read from the address, as %s (RFC 9700, 4.3.2)',
    async name => {
      const answer = await ask({}, `?${name}=${admin.token}`)
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, NOBODY])
    },
  )

  it('is not read from a cookie or from the body', async () => {
    expect((await ask({ cookie: `token=${admin.token}; Authorization=Bearer ${admin.token}` })).status).toBe(
      401,
    )
    const form = await fetch(`${world.address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ viewer { kind } }', access_token: admin.token }),
    })
    expect(form.status).toBe(401)
  })
})

describe('a token that is refused', () => {
  const segments = () => admin.token.split('.') as [string, string, string]
  const payload = () =>
    JSON.parse(Buffer.from(segments()[1], 'base64url').toString()) as Record<string, unknown>
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

  const refused: [string, string, () => string | Promise<string>][] = [
    ['no scheme', 'no-bearer-token', () => admin.token],
    ['another scheme', 'no-bearer-token', () => `Basic ${Buffer.from('user:password').toString('base64')}`],
    ['an empty header', 'no-bearer-token', () => 'Bearer'],
    ['two tokens', 'no-bearer-token', () => `Bearer ${admin.token} ${admin.token}`],
    ['two schemes', 'no-bearer-token', () => `Bearer Bearer ${admin.token}`],
    ['a comma list', 'non-canonical-base64url', () => `Bearer ${admin.token},x`],
    ['no token at all', 'wrong-segment-count', () => 'Bearer x'],
    [
      'a tampered signature',
      'bad-signature',
      () => `Bearer ${segments()[0]}.${segments()[1]}.${'A'.repeat(86)}`,
    ],
    [
      'tampered claims',
      'bad-signature',
      () => `Bearer ${segments()[0]}.${encode({ ...payload(), roles: ['AUDITOR'] })}.${segments()[2]}`,
    ],
    [
      'no signature',
      'algorithm-refused',
      () => `Bearer ${encode({ alg: 'none', typ: 'at+jwt', kid: 'x' })}.${segments()[1]}.`,
    ],
    [
      'an unknown issuer',
      'unknown-issuer',
      () =>
        `Bearer ${segments()[0]}.${encode({ ...payload(), iss: 'https://else.example' })}.${segments()[2]}`,
    ],
    [
      'an expired token',
      'expired',
      async () => {
        const claims = { kind: 'staff', sub: 'yesterday', tenant: provider.tenantId, roles: ['ADMIN'] }
        const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000)
        const key = await world.directory.signingKey()
        const wish = { issuer: ISSUER, audience: ISSUER, now: yesterday, ttlSeconds: 3600 }
        return `Bearer ${signToken(claims as never, key, wish)}`
      },
    ],
    [
      'a revoked token',
      'revoked',
      async () => {
        const token = await world.token({ tenant: 'acme', role: ['ADMIN'], subject: 'leaver' })
        const { jti } = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())
        await world.sqlAsSuperuser(
          `insert into token_revocations (tenant_id, issuer, jti, revoked_at, expires_at) values ($1, $2, $3, now(), now() + interval '1 day')`,
          [provider.tenantId, ISSUER, jti],
        )
        await new Promise(resolve => setTimeout(resolve, 500))
        return `Bearer ${token}`
      },
    ],
  ]

  it.each(refused)(
    'gets the same answer for every reason, and the reason stands in the log alone: %s',
    async (_what, reason, header) => {
      const authorization = await header()
      for (const accept of ['application/json', 'application/graphql-response+json']) {
        const before = world.logged.length
        const answer = await ask({ authorization, accept })
        expect(answer.status).toBe(401)
        expect(answer.headers.get('www-authenticate')).toBe(REFUSED)
        const text = await answer.text()
        expect(text).toBe(
          '{"errors":[{"message":"A valid bearer token is required: send it as \\"Authorization: Bearer <token>\\".","extensions":{"code":"UNAUTHENTICATED"}}]}',
        )
        const lines = world.logged.slice(before).map(line => JSON.parse(line) as Record<string, unknown>)
        const requestId = answer.headers.get('request-id')
        expect(lines).toContainEqual(
          expect.objectContaining({ msg: 'a token was refused', reason, requestId }),
        )
        expect(JSON.stringify(lines)).not.toContain(authorization.split(' ').at(-1))
      }
    },
  )
})

describe('a slow sender', () => {
  it('whose token is revoked while its body is under way does not get in', async () => {
    const token = await world.token({ tenant: 'acme', role: ['ADMIN'], subject: 'slow' })
    const { jti } = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode('{"query":'))
        await new Promise(resolve => setTimeout(resolve, 100))
        await world.sqlAsSuperuser(
          `insert into token_revocations (tenant_id, issuer, jti, revoked_at, expires_at) values ($1, $2, $3, now(), now() + interval '1 day')`,
          [provider.tenantId, ISSUER, jti],
        )
        await new Promise(resolve => setTimeout(resolve, 500))
        controller.enqueue(new TextEncoder().encode('"{ viewer { kind } }"}'))
        controller.close()
      },
    })
    const answer = await fetch(`${world.address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
      duplex: 'half',
    } as RequestInit)
    expect(answer.status).toBe(401)
  })
})
