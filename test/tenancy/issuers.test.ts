import { generateKeyPairSync, type JsonWebKey, type KeyObject, randomUUID } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Caller, type Customer, ISSUER, type Provider, World } from '../kit/world.js'

const AUDIENCE = 'surety'
/** After a change of the directory every process knows it within this time (architecture.md). */
const FRESH_WITHIN_MS = 500
const UNKNOWN = '00000000-0000-7000-8000-000000000000'

/** One key of an identity provider: what it signs with, and what it publishes. */
interface Key {
  kid: string
  privateKey: KeyObject
  algorithm: 'ES256' | 'RS256'
  jwk: JsonWebKey & { kid: string; use: string; alg: string }
}

function newKey(kid: string = randomUUID(), algorithm: Key['algorithm'] = 'ES256'): Key {
  const { privateKey, publicKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: algorithm }
  return { kid, privateKey, algorithm, jwk }
}

/** A tenant's identity provider, as it stands somewhere on the net. */
class IdentityProvider {
  readonly issuer: string
  id = ''
  key: Key
  readonly #provider: Provider

  private constructor(provider: Provider, key: Key) {
    this.issuer = `https://login-${randomUUID()}.example.com/`
    this.#provider = provider
    this.key = key
  }

  static async of(provider: Provider, key = newKey()): Promise<IdentityProvider> {
    const made = new IdentityProvider(provider, key)
    const { issuer, userErrors } = await made.register([key])
    if (!issuer) throw new Error(JSON.stringify(userErrors))
    made.id = issuer.id
    await until(async () => (await made.send('nobody')).reason !== 'unknown-issuer')
    return made
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
  async register(keys: Key[], more: object = {}): Promise<any> {
    const input = {
      issuer: this.issuer,
      audience: AUDIENCE,
      jwks: { keys: keys.map(({ jwk }) => jwk) },
      ...more,
    }
    return register(await this.#provider.admin(), input)
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
  async map(subject: string, to: object): Promise<any> {
    return map(await this.#provider.admin(), { issuerId: this.id, subject, ...to })
  }

  token(sub: string, claims: object = {}, key = this.key, header: object = {}): string {
    const iat = Math.floor(Date.now() / 1000)
    const payload = { iss: this.issuer, aud: AUDIENCE, sub, iat, exp: iat + 600, ...claims }
    const { algorithm, kid, privateKey } = key
    // As JSON: a claim that is undefined isn't there.
    return jwt.sign(JSON.stringify(payload), privateKey, {
      algorithm,
      header: { alg: algorithm, kid, ...header },
    })
  }

  caller(sub: string, claims: object = {}): Caller {
    return new Caller(world, this.token(sub, claims))
  }

  /** Asks who one is; the log says why a token was refused, the answer never does. */
  async send(
    sub: string,
    claims: object = {},
    key = this.key,
  ): Promise<{ status: number; reason: string | null }> {
    const before = world.logged.length
    const { status } = await new Caller(world, this.token(sub, claims, key)).send('{ viewer { id } }')
    const said = world.logged.slice(before).join('')
    return { status, reason: /"reason":"([a-z-]+)"/.exec(said)?.[1] ?? null }
  }
}

const ISSUER_FIELDS = 'issuer { id issuer audience revision }'
const MAPPING_FIELDS = 'callerMapping { id subject kind customerId roles revision }'
// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
const register = (by: Caller, input: object): Promise<any> =>
  by.mutate('issuerRegister', input, ISSUER_FIELDS)
// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
const map = (by: Caller, input: object): Promise<any> => by.mutate('callerMap', input, MAPPING_FIELDS)

/** Waits for the directory to be looked up again, and no longer than it may take. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const startedAt = performance.now()
  while (!(await holds())) {
    if (performance.now() - startedAt > FRESH_WITHIN_MS)
      throw new Error('the directory is older than it may be')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

let world: World
let provider: Provider
let customer: Customer
let admin: Caller
let login: IdentityProvider
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  customer = await provider.customer()
  admin = await provider.admin()
  login = await IdentityProvider.of(provider)
})
afterAll(() => world.close())

const WHO = '{ viewer { kind roles scopes purpose tenant { slug } customer { id } app { id } } }'

describe("a tenant's own issuer", () => {
  it('vouches for whom an ADMIN has mapped, as what the ADMIN has mapped them', async () => {
    expect((await login.map('u-1', { kind: 'STAFF', roles: ['AGENT', 'OPERATOR'] })).userErrors).toEqual([])
    await login.map('u-2', { kind: 'CUSTOMER', customerId: customer.id, roles: ['SIGNATORY'] })
    const common = { scopes: [], purpose: null, tenant: { slug: provider.slug }, app: null }
    const staff = { kind: 'STAFF', roles: ['AGENT', 'OPERATOR'], customer: null }
    expect((await login.caller('u-1').ask(WHO)).viewer).toEqual({ ...common, ...staff })
    const theirs = { kind: 'CUSTOMER', roles: ['SIGNATORY'], customer: { id: customer.id } }
    expect((await login.caller('u-2').ask(WHO)).viewer).toEqual({ ...common, ...theirs })
  })

  it('vouches for nobody else: an unmapped subject is refused like a forged token', async () => {
    const answer = await login.caller('u-unmapped').send('{ viewer { id } }')
    const forged = await new Caller(world, 'a.b.c').send('{ viewer { id } }')
    expect([answer.status, answer.text]).toEqual([401, forged.text])
    expect(answer.headers.get('www-authenticate')).toBe(forged.headers.get('www-authenticate'))
    expect((await login.send('u-unmapped')).reason).toBe('subject-not-mapped')
  })

  it('grants nothing by what its tokens claim of roles, kind, customer, scope or client', async () => {
    await login.map('u-3', { kind: 'CUSTOMER', customerId: customer.id, roles: ['MEMBER'] })
    const neighbour = await provider.customer()
    const claims = {
      roles: ['ADMIN', 'SIGNATORY'],
      kind: 'staff',
      customer: neighbour.uuid,
      scope: 'agreement:write customer:write',
      client_id: randomUUID(),
      purpose: 'AUDIT',
    }
    const caller = login.caller('u-3', claims)
    const { viewer } = await caller.ask(WHO)
    expect(viewer).toMatchObject({
      kind: 'CUSTOMER',
      roles: ['MEMBER'],
      scopes: [],
      purpose: null,
      app: null,
    })
    expect(viewer.customer).toEqual({ id: customer.id })
    expect(await caller.ask('query ($id: ID!) { customer(id: $id) { id } }', { id: neighbour.id })).toEqual({
      customer: null,
    })
    const document =
      'mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { userErrors { code } } }'
    const { errors } = await caller.send(document, { input: { idempotencyKey: 'k', number: 'X', name: 'X' } })
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    for (const claim of Object.keys(claims))
      expect((await login.send('u-unmapped', { [claim]: claims[claim as 'kind'] })).status).toBe(401)
  })

  it("is of one tenant: a token that names another tenant is refused, one that names its own isn't", async () => {
    await login.map('u-4', { kind: 'STAFF', roles: ['ADMIN'] })
    const other = await world.provider()
    const agreement = await (await other.customer()).draft()
    expect((await login.send('u-4', { tenant: provider.tenantId })).status).toBe(200)
    expect(await login.send('u-4', { tenant: other.tenantId })).toEqual({
      status: 401,
      reason: 'foreign-tenant',
    })
    for (const tenant of [other.slug, provider.slug, UNKNOWN, '', null, [provider.tenantId]])
      expect((await login.send('u-4', { tenant })).status).toBe(401)
    const seen = await login
      .caller('u-4')
      .ask('query ($id: ID!) { agreement(id: $id) { id } customers { totalCount } }', { id: agreement.id })
    expect(seen.agreement).toBeNull()
  })

  it('is registered by one tenant alone, and nobody registers the house itself', async () => {
    const other = await (await world.provider()).admin()
    const input = { audience: AUDIENCE, jwks: { keys: [newKey().jwk] } }
    const before = await world.contents()
    const taken = {
      issuer: null,
      userErrors: [{ code: 'TAKEN', field: ['input', 'issuer'], message: 'It is taken already.' }],
    }
    expect(await register(other, { ...input, issuer: login.issuer })).toMatchObject(taken)
    expect(await register(other, { ...input, issuer: ISSUER })).toMatchObject(taken)
    expect(await register(admin, { ...input, issuer: ISSUER })).toMatchObject(taken)
    expect(await world.contents()).toEqual(before)
    expect((await login.send('u-unmapped')).reason).toBe('subject-not-mapped')
  })

  it("is kept apart from another tenant's, be subject and key id the same", async () => {
    const other = await world.provider()
    const [own, theirs] = [
      await IdentityProvider.of(provider, newKey('key-1')),
      await IdentityProvider.of(other, newKey('key-1')),
    ]
    await own.map('same', { kind: 'STAFF', roles: ['AUDITOR'] })
    await theirs.map('same', { kind: 'STAFF', roles: ['AGENT'] })
    const who = async (of: IdentityProvider): Promise<object> =>
      (await of.caller('same').ask('{ viewer { roles tenant { slug } } }')).viewer
    expect(await who(own)).toEqual({ roles: ['AUDITOR'], tenant: { slug: provider.slug } })
    expect(await who(theirs)).toEqual({ roles: ['AGENT'], tenant: { slug: other.slug } })
    expect(await own.send('same', {}, theirs.key)).toEqual({ status: 401, reason: 'bad-signature' })
    expect(await own.send('same', { iss: theirs.issuer })).toEqual({ status: 401, reason: 'bad-signature' })
  })

  it('may sign with RS256, and has its mapping per issuer', async () => {
    const rsa = await IdentityProvider.of(provider, newKey('rsa-1', 'RS256'))
    expect((await rsa.send('u-4')).reason).toBe('subject-not-mapped')
    await rsa.map('u-4', { kind: 'STAFF', roles: ['AUDITOR'] })
    expect((await rsa.caller('u-4').ask('{ viewer { roles } }')).viewer.roles).toEqual(['AUDITOR'])
  })

  it.each([
    ['another audience', { aud: ISSUER }, 'wrong-audience'],
    ['no audience', { aud: undefined }, 'missing-aud'],
    ['its time over', { iat: 1_700_000_000, exp: 1_700_000_600 }, 'expired'],
    ['no end', { exp: undefined }, 'missing-exp'],
    ['two days to live', { exp: Math.floor(Date.now() / 1000) + 172_800 }, 'lifetime-too-long'],
    ['no subject', { sub: '' }, 'invalid-sub'],
  ])('does not vouch by a token with %s', async (_, claims, reason) => {
    await login.map('u-5', { kind: 'STAFF', roles: ['AUDITOR'] })
    expect(await login.send('u-5', claims)).toEqual({ status: 401, reason })
  })
})

describe('new keys of an issuer', () => {
  it('take the place of the old ones: tokens of those are refused within half a second', async () => {
    const rotating = await IdentityProvider.of(provider)
    await rotating.map('u', { kind: 'STAFF', roles: ['AUDITOR'] })
    const [old, next] = [rotating.key, newKey()]
    const both = await rotating.register([old, next], { audience: 'both' })
    expect(both.userErrors).toEqual([])
    expect(both.issuer).toMatchObject({ id: rotating.id, audience: 'both', revision: 2 })
    const aud = 'both'
    await until(async () => (await rotating.send('u', { aud }, next)).status === 200)
    expect((await rotating.send('u', { aud }, old)).status).toBe(200)
    expect((await rotating.register([next], { audience: 'both' })).userErrors).toEqual([])
    await until(async () => (await rotating.send('u', { aud }, old)).status === 401)
    for (let times = 0; times < 5; times += 1) {
      expect(await rotating.send('u', { aud }, old)).toEqual({ status: 401, reason: 'unknown-key' })
      expect((await rotating.send('u', { aud }, next)).status).toBe(200)
    }
  })
})

describe('keys that are refused', () => {
  const { jwk } = newKey()
  const { d } = newKey().privateKey.export({ format: 'jwk' })
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' })
  const rsaPrivate = newKey('r', 'RS256').privateKey.export({ format: 'jwk' })
  const SETS: [string, unknown, string][] = [
    ['a private key', { keys: [{ ...jwk, d }] }, 'INVALID'],
    ['a private RSA key', { keys: [{ ...rsaPrivate, kid: 'r', use: 'sig' }] }, 'INVALID'],
    ['a secret', { keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 's', use: 'sig', alg: 'HS256' }] }, 'INVALID'],
    ['an RSA key of 1024 bits', { keys: [{ ...weak, kid: 'w', use: 'sig', alg: 'RS256' }] }, 'INVALID'],
    ['a key on P-384', { keys: [{ ...p384, kid: 'p', use: 'sig', alg: 'ES384' }] }, 'INVALID'],
    ['a point that is on no curve', { keys: [{ ...jwk, x: jwk.y, y: jwk.x }] }, 'INVALID'],
    ['a key without id', { keys: [{ ...jwk, kid: undefined }] }, 'INVALID'],
    ['a key for encryption', { keys: [{ ...jwk, use: 'enc' }] }, 'INVALID'],
    ['a key that does not say what for', { keys: [{ ...jwk, use: undefined }] }, 'INVALID'],
    ['a key for another algorithm', { keys: [{ ...jwk, alg: 'HS256' }] }, 'INVALID'],
    ['two keys of one id', { keys: [jwk, { ...newKey().jwk, kid: jwk.kid }] }, 'INVALID'],
    ['a good key beside a bad one', { keys: [jwk, { kty: 'oct', k: 'c2VjcmV0', kid: 's' }] }, 'INVALID'],
    ['no key', { keys: [] }, 'INVALID'],
    ['no list', { keys: jwk }, 'INVALID'],
    ['one bare key', jwk, 'INVALID'],
    ['an address', 'https://login.example.com/jwks.json', 'INVALID'],
    ['a list', [jwk], 'INVALID'],
    ['a number', 7, 'INVALID'],
    ['21 keys', { keys: Array.from({ length: 21 }, () => newKey().jwk) }, 'TOO_MANY'],
  ]

  it.each(SETS)('%s leaves nothing behind, neither in the database nor in the log', async (_, jwks, code) => {
    const before = await world.contents()
    for (const issuer of ['https://new.example.com', login.issuer]) {
      const { issuer: none, userErrors } = await register(admin, { issuer, audience: AUDIENCE, jwks })
      expect(none).toBeNull()
      expect(userErrors).toMatchObject([{ code, field: ['input', 'jwks'] }])
    }
    expect(await world.contents()).toEqual(before)
    expect(world.logged.join('')).not.toMatch(new RegExp(`${d}|c2VjcmV0`))
  })

  it('twenty keys are taken, and only what a verifier needs of them is kept', async () => {
    const keys = Array.from({ length: 20 }, () => newKey())
    const issuer = `https://many-${randomUUID()}.example.com`
    const jwks = { keys: keys.map(key => ({ ...key.jwk, x5c: ['MIIB'], note: 'a\0\ud800' })), extra: true }
    expect((await register(admin, { issuer, audience: AUDIENCE, jwks })).userErrors).toEqual([])
    const [row] = await world.sqlAsSuperuser<{ jwks: unknown }>(
      'select jwks from issuers where issuer = $1',
      [issuer],
    )
    expect(row?.jwks).toEqual({ keys: keys.map(key => key.jwk) })
  })

  it.each([
    ['issuer', 'http://login.example.com', 'INVALID'],
    ['issuer', 'login.example.com', 'INVALID'],
    ['issuer', 'https://login.example.com/?a=b', 'INVALID'],
    ['issuer', 'https://login.example.com/#a', 'INVALID'],
    ['issuer', 'https://', 'INVALID'],
    ['issuer', 'https://a b.example.com', 'INVALID'],
    ['issuer', 'https://a\0.example.com', 'INVALID'],
    ['issuer', ' ', 'BLANK'],
    ['issuer', `https://${'a'.repeat(493)}`, 'TOO_LONG'],
    ['audience', '', 'BLANK'],
    ['audience', 'a'.repeat(501), 'TOO_LONG'],
    ['audience', 'a\0', 'INVALID'],
  ])('an %s of %j is refused', async (name, value, code) => {
    const input = {
      issuer: 'https://new.example.com',
      audience: AUDIENCE,
      jwks: { keys: [jwk] },
      [name]: value,
    }
    expect((await register(admin, input)).userErrors).toMatchObject([{ code, field: ['input', name] }])
  })
})

describe('mapping a subject', () => {
  let theirs: IdentityProvider
  let ids: Record<string, string>
  beforeAll(async () => {
    const other = await world.provider()
    theirs = await IdentityProvider.of(other)
    ids = { own: customer.id, foreign: (await other.customer()).id }
  })

  it('again changes it, at once', async () => {
    const first = await login.map('changing', { kind: 'STAFF', roles: ['ADMIN', 'ADMIN', 'AGENT'] })
    expect(first.callerMapping).toMatchObject({
      subject: 'changing',
      kind: 'STAFF',
      customerId: null,
      roles: ['ADMIN', 'AGENT'],
    })
    const roles = async (): Promise<string[]> =>
      (await login.caller('changing').ask('{ viewer { roles } }')).viewer.roles
    expect(await roles()).toEqual(['ADMIN', 'AGENT'])
    const second = await login.map('changing', {
      kind: 'CUSTOMER',
      customerId: customer.id,
      roles: ['MEMBER'],
    })
    expect(second.callerMapping).toMatchObject({
      id: first.callerMapping.id,
      kind: 'CUSTOMER',
      customerId: customer.id,
    })
    expect(second.callerMapping.revision).toBeGreaterThan(first.callerMapping.revision)
    expect(await roles()).toEqual(['MEMBER'])
  })

  it('by many at once makes one mapping, and nobody hears of an inner error', async () => {
    const results = await Promise.all(
      Array.from({ length: 6 }, () => login.map('rushed', { kind: 'STAFF', roles: ['AUDITOR'] })),
    )
    expect(results.flatMap(({ userErrors }) => userErrors)).toEqual([])
    expect(new Set(results.map(({ callerMapping }) => callerMapping.id)).size).toBe(1)
  })

  it.each([
    [
      'staff with a customer',
      { kind: 'STAFF', customerId: 'own', roles: ['AGENT'] },
      'customerId',
      'INVALID',
    ],
    ['a customer without one', { kind: 'CUSTOMER', roles: ['MEMBER'] }, 'customerId', 'REQUIRED'],
    [
      'an unknown customer',
      { kind: 'CUSTOMER', customerId: `cus_${UNKNOWN}`, roles: ['MEMBER'] },
      'customerId',
      'NOT_FOUND',
    ],
    [
      "another tenant's customer",
      { kind: 'CUSTOMER', customerId: 'foreign', roles: ['MEMBER'] },
      'customerId',
      'NOT_FOUND',
    ],
    ["staff with a customer's role", { kind: 'STAFF', roles: ['AGENT', 'SIGNATORY'] }, 'roles', 'INVALID'],
    [
      "a customer with a staff member's role",
      { kind: 'CUSTOMER', customerId: 'own', roles: ['ADMIN'] },
      'roles',
      'INVALID',
    ],
    ['no role', { kind: 'STAFF', roles: [] }, 'roles', 'REQUIRED'],
    ['a blank subject', { kind: 'STAFF', roles: ['AGENT'], subject: ' ' }, 'subject', 'BLANK'],
    [
      'a subject of 256 characters',
      { kind: 'STAFF', roles: ['AGENT'], subject: 'x'.repeat(256) },
      'subject',
      'TOO_LONG',
    ],
    ['a subject with a NUL', { kind: 'STAFF', roles: ['AGENT'], subject: 'x\0' }, 'subject', 'INVALID'],
    [
      'an unknown issuer',
      { kind: 'STAFF', roles: ['AGENT'], issuerId: `iss_${UNKNOWN}` },
      'issuerId',
      'NOT_FOUND',
    ],
    [
      "another tenant's issuer",
      { kind: 'STAFF', roles: ['AGENT'], issuerId: 'foreign' },
      'issuerId',
      'NOT_FOUND',
    ],
  ])('%s is refused and leaves nothing behind', async (_, given, name, code) => {
    const { customerId, issuerId, ...rest } = given as { customerId?: string; issuerId?: string }
    const before = await world.contents()
    const { callerMapping, userErrors } = await map(admin, {
      issuerId: issuerId === 'foreign' ? theirs.id : (issuerId ?? login.id),
      subject: 'refused',
      ...rest,
      ...(customerId ? { customerId: ids[customerId] ?? customerId } : {}),
    })
    expect(callerMapping).toBeNull()
    expect(userErrors).toMatchObject([{ code, field: ['input', name] }])
    expect(await world.contents()).toEqual(before)
  })

  it('and registering an issuer are for an ADMIN alone', async () => {
    const callers = [
      await provider.staff('AGENT', 'FINANCE', 'OPERATOR', 'AUDITOR'),
      await customer.signatory(),
      await provider.service(['issuer:write', 'caller:write']),
    ]
    const before = await world.contents()
    for (const caller of callers) {
      const input = { idempotencyKey: 'k', issuerId: login.id, subject: 'x', kind: 'STAFF', roles: ['ADMIN'] }
      const mapping = await caller.send(
        'mutation ($input: CallerMapInput!) { callerMap(input: $input) { userErrors { code } } }',
        { input },
      )
      expect(mapping.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
      const issuer = {
        idempotencyKey: 'k',
        issuer: 'https://x.example.com',
        audience: 'x',
        jwks: { keys: [newKey().jwk] },
      }
      const registering = await caller.send(
        'mutation ($input: IssuerRegisterInput!) { issuerRegister(input: $input) { userErrors { code } } }',
        { input: issuer },
      )
      expect(registering.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    }
    expect(await world.contents()).toEqual(before)
  })
})
