import { generateKeyPairSync, randomUUID } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Service, start } from '../../src/main.js'
import { readConfig } from '../../src/platform/config.js'
import { createLogger } from '../../src/platform/log.js'
import { Caller, type Customer, ISSUER, type Provider, World } from '../kit/world.js'

/** How old what a process knows of revocations may be (architecture.md). */
const FRESH_WITHIN_MS = 500

let world: World
let provider: Provider
let customer: Customer
let admin: Caller
/** A second server on the same database: its own pool, its own directory. */
let second: Service
let addresses: string[]
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  customer = await provider.customer()
  admin = await provider.admin()
  const settings = {
    DATABASE_URL: world.appUrl,
    SURETY_MASTER_KEY: world.masterKey,
    PUBLIC_URL: ISSUER,
    PORT: '0',
    DATABASE_POOL_SIZE: '4',
    // A revoked token is tried every few milliseconds.
    REFUSAL_RATE: '1000000',
    REQUEST_RATE: '1000000',
  }
  second = await start(readConfig(settings), createLogger('silent'), 'api')
  addresses = [world.address, second.address as string]
})
afterAll(async () => {
  await second.close()
  await world.close()
})

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
const revoke = (input: object, by = admin): Promise<any> => by.mutate('tokenRevoke', input, 'tokenId')
const idOf = (caller: Caller): string => (jwt.decode(caller.token) as { jti: string }).jti

async function statusOf(caller: Caller, address: string): Promise<number> {
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${caller.token}` },
    body: JSON.stringify({ query: '{ viewer { id } }' }),
  })
  await response.text()
  return response.status
}

/** Uses a token every few milliseconds, on every process, from the moment it's revoked; answers when it was last good, in ms. */
async function lastGoodAfter(caller: Caller, forMs = FRESH_WITHIN_MS + 300): Promise<number[]> {
  const startedAt = performance.now()
  return Promise.all(
    addresses.map(async address => {
      let lastGood = 0
      for (let sentAt = 0; sentAt < forMs; sentAt = performance.now() - startedAt) {
        if ((await statusOf(caller, address)) === 200) lastGood = sentAt
        await new Promise(resolve => setTimeout(resolve, 10))
      }
      return lastGood
    }),
  )
}

const good = async (caller: Caller): Promise<boolean> =>
  (await Promise.all(addresses.map(address => statusOf(caller, address)))).every(status => status === 200)

describe('a revoked token', () => {
  it.each([
    ['staff', () => provider.staff('AGENT')],
    ["a customer's user", () => customer.signatory()],
    ['a service', () => provider.service(['viewer:read'])],
    ['an app', () => provider.app('revoked', ['viewer:read'])],
  ])('of %s is good for nothing on every process within half a second', async (_, make) => {
    const caller = await make()
    expect(await good(caller)).toBe(true)
    const { tokenId, userErrors } = await revoke({ tokenId: idOf(caller) })
    expect([tokenId, userErrors]).toEqual([idOf(caller), []])
    for (const lastGood of await lastGoodAfter(caller)) expect(lastGood).toBeLessThan(FRESH_WITHIN_MS)
    for (const address of addresses) expect(await statusOf(caller, address)).toBe(401)
  })

  it('leaves other tokens of the same caller alone', async () => {
    const [one, other] = [await provider.staff('AUDITOR'), await provider.staff('AUDITOR')]
    await revoke({ tokenId: idOf(one) })
    await lastGoodAfter(one)
    expect(await good(other)).toBe(true)
  })

  it('may be the one that revokes: its answer still comes', async () => {
    const caller = await provider.staff('ADMIN')
    expect((await revoke({ tokenId: idOf(caller) }, caller)).tokenId).toBe(idOf(caller))
    for (const lastGood of await lastGoodAfter(caller)) expect(lastGood).toBeLessThan(FRESH_WITHIN_MS)
  })

  it('is refused in the words in which an unknown one is', async () => {
    const caller = await provider.staff('AGENT')
    await revoke({ tokenId: idOf(caller) })
    await lastGoodAfter(caller)
    const [revoked, forged] = [
      await caller.send('{ viewer { id } }'),
      await new Caller(world, 'x.y.z').send('{ viewer { id } }'),
    ]
    expect([revoked.status, revoked.text]).toEqual([forged.status, forged.text])
    expect(world.logged.join('')).toContain('"reason":"revoked"')
    expect(world.logged.join('')).not.toContain(idOf(caller))
  })
})

describe('revoking', () => {
  it('is remembered once, however often and however many at once it is asked', async () => {
    const caller = await provider.staff('AGENT')
    const tokenId = idOf(caller)
    const results = await Promise.all(Array.from({ length: 6 }, () => revoke({ tokenId })))
    results.push(await revoke({ tokenId: ` ${tokenId} ` }), await revoke({ tokenId, issuer: ISSUER }))
    for (const result of results) expect(result).toEqual({ tokenId, userErrors: [] })
    const rows = await world.sqlAsSuperuser(
      'select tenant_id, issuer from token_revocations where jti = $1',
      [tokenId],
    )
    expect(rows).toEqual([{ tenant_id: provider.tenantId, issuer: ISSUER }])
  })

  it("does not reach another tenant's token, though its id is named", async () => {
    const other = await (await world.provider()).admin()
    const answer = await revoke({ tokenId: idOf(other) })
    // The same answer as for any id: it says nothing of whether there is such a token.
    expect(answer).toEqual({ tokenId: idOf(other), userErrors: [] })
    expect(await lastGoodAfter(other)).toEqual([expect.any(Number), expect.any(Number)])
    expect(await good(other)).toBe(true)
    const unknown = randomUUID()
    expect(await revoke({ tokenId: unknown })).toEqual({ tokenId: unknown, userErrors: [] })
  })

  it("ends tokens of the tenant's own issuer by that issuer's name, and knows no other issuer", async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const issuer = 'https://revoking.example.com'
    const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'ES256' }] }
    const registered = await admin.mutate('issuerRegister', { issuer, audience: 'a', jwks }, 'issuer { id }')
    await admin.mutate('callerMap', {
      issuerId: registered.issuer.id,
      subject: 's',
      kind: 'STAFF',
      roles: ['AUDITOR'],
    })
    const token = (jti?: string): Caller => {
      const claims = { iss: issuer, aud: 'a', sub: 's', ...(jti ? { jti } : {}) }
      return new Caller(
        world,
        jwt.sign(claims, privateKey, { algorithm: 'ES256', keyid: 'k', expiresIn: 600 }),
      )
    }
    const [ended, nameless, next] = [token('Σ/日 1'), token(), token('Σ/日 2')]
    while (!(await good(ended))) await new Promise(resolve => setTimeout(resolve, 20))
    // By its id alone it would be a token of the house's own issuer.
    await revoke({ tokenId: 'Σ/日 1' })
    await lastGoodAfter(ended)
    expect(await good(ended)).toBe(true)
    expect((await revoke({ tokenId: 'Σ/日 1', issuer })).userErrors).toEqual([])
    for (const lastGood of await lastGoodAfter(ended)) expect(lastGood).toBeLessThan(FRESH_WITHIN_MS)
    expect([await good(nameless), await good(next)]).toEqual([true, true])
    const none = { tokenId: null, userErrors: [{ code: 'NOT_FOUND', field: ['input', 'issuer'] }] }
    const other = await (await world.provider()).admin()
    expect(await revoke({ tokenId: 'x', issuer }, other)).toMatchObject(none)
    expect(await revoke({ tokenId: 'x', issuer: 'https://nobody.example.com' }, other)).toEqual(
      await revoke({ tokenId: 'x', issuer }, other),
    )
  })

  it.each([
    ['tokenId', '', 'BLANK'],
    ['tokenId', 'x'.repeat(256), 'TOO_LONG'],
    ['tokenId', 'x\0', 'INVALID'],
    ['issuer', ' ', 'BLANK'],
    ['issuer', `https://${'x'.repeat(500)}`, 'TOO_LONG'],
    ['issuer', 'https://\ud800', 'INVALID'],
  ])('takes no %s such as %j', async (name, value, code) => {
    const before = await world.contents()
    const { tokenId, userErrors } = await revoke({ tokenId: 'x', [name]: value })
    expect(tokenId).toBeNull()
    expect(userErrors).toMatchObject([{ code, field: ['input', name] }])
    expect(await world.contents()).toEqual(before)
  })

  it('is for an ADMIN alone', async () => {
    const document = 'mutation ($input: TokenRevokeInput!) { tokenRevoke(input: $input) { tokenId } }'
    const callers = [
      await provider.staff('AGENT', 'FINANCE', 'OPERATOR', 'AUDITOR'),
      await customer.signatory(),
      await provider.service(['token:revoke']),
    ]
    for (const caller of callers) {
      const { errors } = await caller.send(document, { input: { idempotencyKey: 'k', tokenId: idOf(admin) } })
      expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    }
    expect(await good(admin)).toBe(true)
  })
})
