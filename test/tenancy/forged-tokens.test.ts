import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type Caller, ISSUER, type Provider, World } from '../kit/world.js'

type Json = Record<string, unknown>

const AUDIENCE = 'surety'
const THEIRS = 'https://login.example.com/'

const b64 = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const es256 = (input: string, key: KeyObject): string =>
  sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
const rs256 = (input: string, key: KeyObject): string =>
  sign('sha256', Buffer.from(input), key).toString('base64url')
const hs256 = (input: string, secret: string): string =>
  createHmac('sha256', secret).update(input).digest('base64url')

const P256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const OTHER = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
const SMALL = generateKeyPairSync('rsa', { modulusLength: 1024 })
const PEM = RSA.publicKey.export({ format: 'pem', type: 'spki' }).toString()

let world: World
let provider: Provider
let foreign: Provider
let header: Json
let claims: Json
let own: string[]
let revoked: Caller
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  foreign = await world.provider()
  const admin = await provider.admin()
  own = admin.token.split('.')
  revoked = await provider.staff('AGENT')
  const { jti } = JSON.parse(Buffer.from(revoked.token.split('.')[1] as string, 'base64url').toString())
  await admin.mutate('tokenRevoke', { tokenId: jti })
  const jwk = { ...P256.publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'ES256' }
  const rsa = { ...RSA.publicKey.export({ format: 'jwk' }), kid: 'r', use: 'sig', alg: 'RS256' }
  const made = await admin.mutate(
    'issuerRegister',
    { issuer: THEIRS, audience: AUDIENCE, jwks: { keys: [jwk, rsa] } },
    'issuer { id }',
  )
  await admin.mutate('callerMap', { issuerId: made.issuer.id, subject: 's', kind: 'STAFF', roles: ['ADMIN'] })
  const iat = Math.floor(Date.now() / 1000)
  header = { alg: 'ES256', typ: 'JWT', kid: 'k' }
  claims = { iss: THEIRS, aud: AUDIENCE, sub: 's', iat, exp: iat + 600, jti: randomUUID() }
  await new Promise(resolve => setTimeout(resolve, 600))
})
afterAll(() => world.close())

/** A token that is good but for what is changed in it. */
function token(
  head: Json = {},
  body: Json | string = {},
  signature = (input: string) => es256(input, P256.privateKey),
): string {
  const payload = typeof body === 'string' ? body : { ...claims, ...body }
  const input = `${b64({ ...header, ...head })}.${b64(payload)}`
  return `${input}.${signature(input)}`
}
const es = (head: Json): string => token(head)
const says = (body: Json): string => token({}, body)
const rawPayload = (change: (json: string) => string): string => token({}, change(JSON.stringify(claims)))
const rawHeader = (json: string): string => {
  const input = `${b64(json)}.${b64(claims)}`
  return `${input}.${es256(input, P256.privateKey)}`
}
const now = (): number => Math.floor(Date.now() / 1000)
const spelled = (change: (parts: string[]) => string): string => change(token().split('.'))

const FORGED: Record<string, () => string> = {
  'no algorithm and no signature': () => token({ alg: 'none' }, {}, () => ''),
  'no algorithm, capital letters': () => token({ alg: 'nOnE' }, {}, () => ''),
  'no algorithm with a signature': () => es({ alg: 'none' }),
  'the algorithm left out': () => es({ alg: undefined }),
  'a list of algorithms': () => es({ alg: ['ES256'] }),
  'an unknown algorithm': () => es({ alg: 'PS256' }),
  'HMAC with the RSA key as its secret': () =>
    token({ alg: 'HS256', kid: 'r' }, {}, input => hs256(input, PEM)),
  'HMAC with a weak secret': () => token({ alg: 'HS256' }, {}, input => hs256(input, 'secret')),
  'HMAC with an empty secret': () => token({ alg: 'HS256' }, {}, input => hs256(input, '')),
  'RS256 by the id of an ES256 key': () => token({ alg: 'RS256' }, {}, input => rs256(input, RSA.privateKey)),
  'ES256 by the id of an RS256 key': () => es({ kid: 'r' }),
  'an RSA key of 1024 bits': () =>
    token({ alg: 'RS256', kid: 'r' }, {}, input => rs256(input, SMALL.privateKey)),
  'a signature of nothing but zeros': () => token({}, {}, () => Buffer.alloc(64).toString('base64url')),
  'a signature in DER': () =>
    token({}, {}, input => sign('sha256', Buffer.from(input), P256.privateKey).toString('base64url')),
  'an empty signature': () => token({}, {}, () => ''),
  'a signature that is cut': () => token({}, {}, input => es256(input, P256.privateKey).slice(0, 40)),
  'a signature of another key': () => token({}, {}, input => es256(input, OTHER.privateKey)),
  'a signature of another token': () => token({}, { sub: 'other' }, () => token().split('.')[2] as string),
  'no key id': () => es({ kid: undefined }),
  'an unknown key id': () => es({ kid: 'nobody' }),
  'a key id that is a path': () => es({ kid: '../../../../dev/null' }),
  'a key id that is SQL': () => es({ kid: "k' or '1'='1" }),
  'a key id that is a number': () => es({ kid: 1 }),
  'a key id of the prototype': () => es({ kid: '__proto__' }),
  'the address of a key set': () => es({ jku: 'https://evil.example.com/keys' }),
  'the address of a certificate': () => es({ x5u: 'https://evil.example.com/c' }),
  'a key of its own': () =>
    token({ jwk: OTHER.publicKey.export({ format: 'jwk' }) }, {}, input => es256(input, OTHER.privateKey)),
  'a certificate of its own': () => es({ x5c: ['MIIB'] }),
  'a critical header nobody understands': () => es({ crit: ['exp'], exp: 1 }),
  'an empty list of critical headers': () => es({ crit: [] }),
  'a payload that is not encoded': () => es({ b64: false, crit: ['b64'] }),
  'the type of a logout token': () => es({ typ: 'logout+jwt' }),
  'the type of a proof': () => es({ typ: 'dpop+jwt' }),
  'a type that is a number': () => es({ typ: 1 }),
  'no expiry': () => says({ exp: undefined }),
  'an expiry in the past': () => says({ iat: now() - 900, exp: now() - 300 }),
  'an expiry as text': () => says({ exp: String(now() + 600) }),
  'a negative expiry': () => says({ exp: -1 }),
  'an expiry without end': () => rawPayload(json => json.replace(/"exp":\d+/, '"exp":1e400')),
  'an expiry in ten years': () => says({ exp: now() + 10 * 365 * 86_400 }),
  'an expiry of null': () => says({ exp: null }),
  'no time of issue': () => says({ iat: undefined }),
  'an issue in the future': () => says({ iat: now() + 300, exp: now() + 600 }),
  'an issue as text': () => says({ iat: String(now()) }),
  'not yet valid': () => says({ nbf: now() + 300 }),
  'validity as text': () => says({ nbf: 'now' }),
  'no issuer': () => says({ iss: undefined }),
  'an unknown issuer': () => says({ iss: 'https://evil.example.com/' }),
  'an issuer without its slash': () => says({ iss: THEIRS.replace(/\/$/, '') }),
  'an issuer with a slash too many': () => says({ iss: `${THEIRS}/` }),
  'an issuer in capitals': () => says({ iss: THEIRS.toUpperCase() }),
  'an issuer in other letters': () => says({ iss: THEIRS.replace('o', 'о') }),
  'an issuer with a space': () => says({ iss: `${THEIRS} ` }),
  'a list of issuers': () => says({ iss: [THEIRS] }),
  'our own issuer, signed by theirs': () =>
    token(
      { typ: 'at+jwt' },
      { iss: ISSUER, aud: ISSUER, tenant: provider.tenantId, kind: 'staff', roles: ['ADMIN'] },
    ),
  'no audience': () => says({ aud: undefined }),
  'another audience': () => says({ aud: 'other' }),
  'an empty list of audiences': () => says({ aud: [] }),
  'a list with a number': () => says({ aud: [AUDIENCE, 1] }),
  'an audience in an object': () => says({ aud: { 0: AUDIENCE } }),
  'no subject': () => says({ sub: undefined }),
  'a subject nobody mapped': () => says({ sub: 'nobody' }),
  'a subject in other letters': () => says({ sub: 'ѕ' }),
  'a subject with a NUL': () => says({ sub: 's\0' }),
  'a subject that is a number': () => says({ sub: 1 }),
  "another tenant, named by a tenant's own issuer": () => says({ tenant: foreign.tenantId }),
  'a tenant by its name': () => says({ tenant: provider.slug }),
  'a claim twice': () => rawPayload(json => json.replace('{', '{"sub":"other",')),
  'a claim twice, once escaped': () => rawPayload(json => json.replace('{', '{"\\u0073ub":"other",')),
  'a header twice': () => rawHeader('{"alg":"none","alg":"ES256","kid":"k"}'),
  'a payload that is a list': () => token({}, '[]'),
  'a payload that is null': () => token({}, 'null'),
  'a payload that is no JSON': () => token({}, '{"iss":'),
  'a byte order mark': () => rawPayload(json => `\ufeff${json}`),
  'a token inside a token': () => token({ cty: 'JWT' }, token()),
  'a payload nested too deep': () =>
    rawPayload(json => json.replace('{', `{"x":${'['.repeat(50)}${']'.repeat(50)},`)),
  padding: () => spelled(([h, p, s]) => `${h}.${p}.${s}==`),
  'a signature spelled otherwise': () =>
    spelled(
      ([h, p, s]) =>
        `${h}.${p}.${s?.slice(0, -1)}${s?.endsWith('A') ? 'B' : s?.endsWith('Q') ? 'R' : s?.endsWith('g') ? 'h' : 'x'}`,
    ),
  'a dot at the end': () => spelled(parts => `${parts.join('.')}.`),
  'a dot at the beginning': () => spelled(parts => `.${parts.join('.')}`),
  'five parts': () => spelled(([h, p, s]) => `${h}.${p}.${s}.${p}.${s}`),
  'two parts': () => spelled(([h, p]) => `${h}.${p}`),
  'nothing but dots': () => '..',
  'more than eight kilobytes': () => says({ padding: 'x'.repeat(9_000) }),
  'a revoked token': () => revoked.token,
  'our own token with another payload': () => `${own[0]}.${b64({ ...claims, iss: ISSUER })}.${own[2]}`,
  'our own header with their signature': () =>
    `${own[0]}.${own[1]}.${es256(`${own[0]}.${own[1]}`, P256.privateKey)}`,
}

const good = (): string => token()
const byRsa = (): string => token({ alg: 'RS256', kid: 'r' }, {}, input => rs256(input, RSA.privateKey))

/** What came of a token over HTTP, all of it that a forger sees. */
async function overHttp(given: string): Promise<string> {
  const { status, text, headers } = await world.post(
    { query: '{ viewer { id } }' },
    { authorization: `Bearer ${given}` },
  )
  return JSON.stringify([status, text, headers.get('www-authenticate')])
}

function overWebSocket(given: string): Promise<string> {
  const socket = new WebSocket(`${world.address.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  return new Promise(resolve => {
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${given}` } })),
    )
    socket.on('message', data => {
      resolve(JSON.parse((data as Buffer).toString()).type)
      socket.close()
    })
    socket.on('close', (code, reason) => resolve(`${code} ${reason}`))
  })
}

it(`none of ${Object.keys(FORGED).length} forged and odd tokens is accepted, and all are answered alike`, async () => {
  expect(Object.keys(FORGED).length).toBeGreaterThanOrEqual(60)
  for (const control of [own.join('.'), good(), byRsa()]) {
    expect(await overHttp(control)).toContain('[200,')
    expect(await overWebSocket(control)).toBe('connection_ack')
  }
  const answers = await Promise.all(
    Object.entries(FORGED).map(async ([name, make]) => {
      const forged = make()
      return [name, await overHttp(forged), await overWebSocket(forged)]
    }),
  )
  const [, http] = answers[0] as string[]
  expect(http).toContain('[401,')
  expect(answers).toEqual(answers.map(([name]) => [name, http, '4401 Unauthorized']))
  // The controls once more: it wasn't the house that was shut.
  expect(await overHttp(good())).toContain('[200,')
})
