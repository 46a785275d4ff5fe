import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import jwt from 'jsonwebtoken'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { retireSigningKey, rotateSigningKey } from '../../src/tenancy/index.js'
import { Caller, type Customer, ISSUER, type Provider, World } from '../kit/world.js'

interface Key {
  kid: string
  privateKey: KeyObject
  jwk: object
}

function newKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const kid = randomUUID()
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' } }
}

/** An identity provider that answers over HTTP; it counts how often its keys are asked for. */
let server: Server
let issuer: string
let keys: Key[]
let described: object | null = null
let asked = 0
let world: World
let provider: Provider
let customer: Customer
let admin: Caller
beforeAll(async () => {
  keys = [newKey()]
  server = createServer((request, response) => {
    if (request.url === '/keys') {
      asked += 1
      const encryption = { ...keys[0]?.jwk, kid: 'enc', use: 'enc' }
      response.end(JSON.stringify({ keys: [encryption, ...keys.map(({ jwk }) => jwk)] }))
    } else if (request.url === '/.well-known/openid-configuration')
      response.end(JSON.stringify(described ?? { issuer, jwks_uri: `${issuer}/keys` }))
    else if (request.url === '/moved') response.writeHead(302, { location: '/keys' }).end()
    else response.writeHead(404).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  issuer = `http://${host}`
  world = await World.create({ privateHosts: [host] })
  provider = await world.provider()
  customer = await provider.customer()
  admin = await provider.admin()
})
afterAll(async () => {
  await world.close()
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
const register = (more: object = {}, by = admin): Promise<any> =>
  by.mutate(
    'issuerRegister',
    { issuer, audience: 'surety', ...more },
    'issuer { id jwksUri keyIds disabledAt }',
  )
const tokenOf = (sub: string, claims: object = {}, key = keys[0] as Key): string =>
  jwt.sign({ iss: issuer, aud: 'surety', sub, jti: randomUUID(), ...claims }, key.privateKey, {
    algorithm: 'ES256',
    keyid: key.kid,
    expiresIn: 600,
  })
const callerOf = (token: string): Caller => new Caller(world, token)
const statusOf = async (token: string): Promise<number> =>
  (await callerOf(token).send('{ viewer { id } }')).status

/** Until it is so; within a second, or the test fails. */
async function withinASecond(isSo: () => Promise<boolean>): Promise<void> {
  const startedAt = performance.now()
  while (!(await isSo())) {
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

describe("a tenant's issuer by its address", () => {
  let issuerId = ''
  let mappingId = ''

  it('is registered by its own description; keys that are of no use here are left out', async () => {
    const registered = await register()
    expect(registered.userErrors).toEqual([])
    expect(registered.issuer).toMatchObject({ jwksUri: `${issuer}/keys`, keyIds: [keys[0]?.kid] })
    issuerId = registered.issuer.id
    const to = { issuerId, subject: 'zhang', kind: 'CUSTOMER', customerId: customer.id, roles: ['MEMBER'] }
    mappingId = (await admin.mutate('callerMap', to, 'callerMapping { id }')).callerMapping.id
    await withinASecond(async () => (await statusOf(tokenOf('zhang'))) === 200)
    const lists = await admin.ask(
      '{ issuers { nodes { id issuer keyIds } } callerMappings(filter: { subject: "zhang" }) { nodes { id subject endedAt } } }',
    )
    expect(lists.issuers.nodes).toEqual([{ id: issuerId, issuer, keyIds: [keys[0]?.kid] }])
    expect(lists.callerMappings.nodes).toEqual([{ id: mappingId, subject: 'zhang', endedAt: null }])
  })

  it('says what is wrong with an address, and goes to no private one', async () => {
    const before = await world.contents()
    for (const [input, code, field] of [
      [{ jwksUri: 'https://127.0.0.1/keys' }, 'UNREACHABLE', 'jwksUri'],
      [{ jwksUri: 'http://example.com/keys' }, 'INVALID', 'jwksUri'],
      [{ jwksUri: `${issuer}/missing` }, 'UNREACHABLE', 'jwksUri'],
      [{ jwksUri: `${issuer}/moved` }, 'UNREACHABLE', 'jwksUri'],
      [{ jwksUri: `${issuer}/.well-known/openid-configuration` }, 'INVALID', 'jwksUri'],
      [{ jwksUri: `${issuer}/keys`, jwks: { keys: [newKey().jwk] } }, 'INVALID', 'jwksUri'],
      [{ issuer: 'https://169.254.169.254' }, 'UNREACHABLE', 'issuer'],
      [{ issuer: ISSUER }, 'TAKEN', 'issuer'],
    ] as const)
      expect([input, await register(input)]).toMatchObject([
        input,
        { issuer: null, userErrors: [{ code, field: ['input', field], retryable: code === 'UNREACHABLE' }] },
      ])
    described = { issuer: 'https://somebody.example.com', jwks_uri: `${issuer}/keys` }
    expect((await register()).userErrors).toMatchObject([{ code: 'INVALID', field: ['input', 'issuer'] }])
    described = null
    const other = await (await world.provider()).admin()
    const after = await world.contents()
    expect(after.issuers).toBe(before.issuers)
    expect((await register({}, other)).userErrors).toMatchObject([
      { code: 'TAKEN', field: ['input', 'issuer'] },
    ])
  })

  it('is asked once for a key that nobody knows, however many name one, and then knows it everywhere', async () => {
    const next = newKey()
    keys = [next, ...keys]
    const before = asked
    const tokens = Array.from({ length: 20 }, () => tokenOf('zhang', {}, next))
    expect(new Set(await Promise.all(tokens.map(statusOf)))).toEqual(new Set([200]))
    const forged = Array.from({ length: 20 }, () => tokenOf('zhang', {}, newKey()))
    expect(new Set(await Promise.all(forged.map(statusOf)))).toEqual(new Set([401]))
    expect(asked - before).toBe(1)
    const { issuers } = await admin.ask('{ issuers { nodes { keyIds } } }')
    expect(issuers.nodes[0].keyIds).toContain(next.kid)
  })

  it('and its subject and its issuer are nobody any more within a second; both come back', async () => {
    const token = tokenOf('zhang')
    expect(await statusOf(token)).toBe(200)
    const unmapped = await admin.mutate(
      'callerUnmap',
      { callerMappingId: mappingId },
      'callerMapping { endedAt }',
    )
    expect(unmapped.callerMapping.endedAt).not.toBeNull()
    await withinASecond(async () => (await statusOf(token)) === 401)
    const to = { issuerId, subject: 'zhang', kind: 'CUSTOMER', customerId: customer.id, roles: ['MEMBER'] }
    await admin.mutate('callerMap', to)
    await withinASecond(async () => (await statusOf(token)) === 200)
    const disabled = await admin.mutate('issuerDisable', { issuerId }, 'issuer { disabledAt }')
    expect(disabled.issuer.disabledAt).not.toBeNull()
    await withinASecond(async () => (await statusOf(token)) === 401)
    expect((await register()).issuer.disabledAt).toBeNull()
    await withinASecond(async () => (await statusOf(token)) === 200)
  })
})

describe('a token that is exchanged', () => {
  const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
  let client: { id: string; clientId: string; secret: string }
  beforeAll(async () => {
    const scopes = ['viewer:read', 'customer:read']
    const made = await admin.mutate(
      'appRegister',
      { name: 'Portal', contact: 'privacy@portal.example', scopes },
      'app { id clientId } clientSecret',
    )
    client = { id: made.app.id, clientId: made.app.clientId, secret: made.clientSecret }
    await new Promise(resolve => setTimeout(resolve, 300))
  })

  // biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
  async function exchange(
    token: string,
    more: Record<string, string> = {},
  ): Promise<{ status: number; body: any }> {
    const form = {
      ...{
        grant_type: EXCHANGE,
        subject_token: token,
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      },
      ...{ client_id: client.clientId, client_secret: client.secret, ...more },
    }
    const response = await fetch(`${world.address}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    })
    expect(response.headers.get('cache-control')).toBe('no-store')
    return { status: response.status, body: await response.json() }
  }

  it("passes the person's wall and the app's, and narrows purpose by request", async () => {
    const { status, body } = await exchange(tokenOf('zhang'), {
      purpose: 'SUPPORT_PORTAL BILLING',
      scope: 'viewer:read customer:read',
    })
    expect([status, body.issued_token_type, body.token_type]).toEqual([
      200,
      'urn:ietf:params:oauth:token-type:access_token',
      'Bearer',
    ])
    expect(body.expires_in).toBeLessThanOrEqual(600)
    expect(jwt.decode(body.access_token)).toMatchObject({
      sub: 'zhang',
      act: { sub: client.clientId },
      scope: 'viewer:read customer:read',
    })
    const caller = callerOf(body.access_token)
    const viewer = '{ viewer { kind roles scopes purpose customer { id } app { id } } }'
    const billing = await caller.send<{ viewer: object }>(viewer, {}, { 'surety-purpose': 'BILLING' })
    expect(billing.data.viewer).toMatchObject({
      kind: 'CUSTOMER',
      roles: ['MEMBER'],
      purpose: 'BILLING',
      app: { id: client.id },
    })
    const ambiguous = await caller.send('{ customers { nodes { id } } }')
    expect(ambiguous.errors?.[0]?.extensions.code).toBe('PURPOSE_REQUIRED')
    const foreign = await caller.send(viewer, {}, { 'surety-purpose': 'AUDIT' })
    expect(foreign.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    // The app's wall: no customer has authorised it.
    const closed = await caller.send<{ customers: { nodes: [] } }>(
      '{ customers { nodes { id } } }',
      {},
      { 'surety-purpose': 'BILLING' },
    )
    expect(closed.data.customers.nodes).toEqual([])
    const { userErrors } = await (await customer.signatory()).mutate('disclosureAuthorize', {
      ...{
        appId: client.id,
        purpose: 'BILLING',
        categories: ['CONTACT', 'CONTRACT'],
        recipientName: 'Portal',
      },
    })
    expect(userErrors).toEqual([])
    // The person's wall: authorised or not, only the one customer.
    await provider.customer()
    const open = await caller.send<{ customers: { nodes: { id: string }[] } }>(
      '{ customers { nodes { id } } }',
      {},
      { 'surety-purpose': 'BILLING' },
    )
    expect(open.data.customers.nodes.map(({ id }) => id).filter(id => id !== customer.id)).toEqual([])
  })

  it.each([
    ['no subject token', 'invalid_request', { subject_token: '' }],
    ['a forged one', 'invalid_request', { subject_token: 'x.y.z' }],
    ['another type', 'invalid_request', { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }],
    ['an actor', 'invalid_request', { actor_token: 'x' }],
    ['another audience', 'invalid_target', { audience: 'https://other.example.com' }],
    ['a scope beyond', 'invalid_scope', { scope: 'ticket:write' }],
    ['a wrong secret', 'invalid_client', { client_secret: 'wrong' }],
  ])('is refused with %s: %s', async (_, error, more) => {
    const { status, body } = await exchange(tokenOf('zhang'), more)
    expect([status, body.error]).toEqual([error === 'invalid_client' ? 401 : 400, error])
  })

  it('is refused for an unmapped subject and for a token of our own', async () => {
    for (const token of [tokenOf('nobody'), admin.token])
      expect((await exchange(token)).body.error).toBe('invalid_request')
  })

  it('dies with the token it was exchanged for', async () => {
    const jti = randomUUID()
    const { body } = await exchange(tokenOf('zhang', { jti }))
    expect(await statusOf(body.access_token)).toBe(200)
    await admin.mutate('tokenRevoke', { tokenId: jti, issuer })
    await withinASecond(async () => (await statusOf(body.access_token)) === 401)
  })
})

describe('our own keys', () => {
  // biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
  const published = async (): Promise<string[]> =>
    ((await (await fetch(`${world.address}/.well-known/jwks.json`)).json()) as any).keys.map(
      (key: { kid: string }) => key.kid,
    )
  const kidOf = (token: string): string => jwt.decode(token, { complete: true })?.header.kid as string

  it('are published before they sign; the one before verifies on, and one that leaked verifies nothing', async () => {
    const old = (await provider.staff('AGENT')).token
    const next = await rotateSigningKey(world.database, world.seals)
    await withinASecond(async () => (await published()).includes(next))
    expect(kidOf((await provider.staff('AGENT')).token)).toBe(kidOf(old))
    const now = await rotateSigningKey(world.database, world.seals, 0)
    await withinASecond(async () => kidOf((await provider.staff('AGENT')).token) === now)
    expect([await statusOf(old), await statusOf((await provider.staff('AGENT')).token)]).toEqual([200, 200])
    await retireSigningKey(world.database, kidOf(old))
    await withinASecond(async () => (await statusOf(old)) === 401)
    expect(await statusOf((await provider.staff('AGENT')).token)).toBe(200)
    expect(await published()).not.toContain(kidOf(old))
  })
})
