import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import jwt from 'jsonwebtoken'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Compiled, compiled } from '../kit/compiled.js'
import { lookedUpAgain, Partner } from '../kit/partners.js'
import { SuretyProcess } from '../kit/process.js'
import { RawSocket } from '../kit/subscriber.js'
import { Caller, type Customer, ISSUER, type Provider, World } from '../kit/world.js'

/** How old what a process knows of keys and callers may be (architecture.md). */
const FRESH_WITHIN_MS = 500
/** What is revoked is good for nothing after so long, on sockets as well (trust 14). */
const CLOSED_WITHIN_MS = 1_000
/** Who asks while keys change. */
const CLIENTS = 8

let program: Compiled
let world: World
let provider: Provider
let customer: Customer
let admin: Caller
/** Two processes on one database, as operators run them; the third, of the world, is the one where things are changed. */
let processes: SuretyProcess[]
beforeAll(async () => {
  program = compiled()
  world = await World.create()
  provider = await world.provider()
  customer = await provider.customer()
  admin = await provider.admin()
  const env = { REQUEST_RATE: '1000000', REFUSAL_RATE: '1000000', COST_RATE: '1000000000' }
  processes = await Promise.all(
    [0, 1].map(() => SuretyProcess.start(program.cli, world, { role: 'api', env })),
  )
})
afterAll(async () => {
  await Promise.all(processes.map(each => each.stop()))
  await world.close()
  program.remove()
})

/** `surety keys ...` as it's typed into a terminal. */
async function keys(...args: string[]): Promise<string> {
  const { PATH = '', HOME = '' } = process.env
  const settings = { DATABASE_URL: world.appUrl, SURETY_MASTER_KEY: world.masterKey, PUBLIC_URL: ISSUER }
  const { stdout } = await promisify(execFile)(process.execPath, [program.cli, 'keys', ...args], {
    env: { PATH, HOME, ...settings },
  })
  return stdout
}

async function statusOf(address: string, token: string): Promise<number> {
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ viewer { kind } }' }),
  })
  await response.text()
  return response.status
}

async function newToken(address: string, partner: Partner): Promise<string> {
  const response = await fetch(`${address}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: partner.clientId,
      client_secret: partner.secret,
      purpose: 'SUPPORT_PORTAL',
    }),
  })
  return ((await response.json()) as { access_token: string }).access_token
}

const kidOf = (token: string): string =>
  (jwt.decode(token, { complete: true }) as unknown as { header: { kid: string } }).header.kid

/** What the ways to end somebody are, each done in one process while the other has the socket. */
describe('who is admitted no more', () => {
  const EVENTS = 'subscription { events { id } }'
  const idOf = (caller: Caller): string => (jwt.decode(caller.token) as { jti: string }).jti
  const someone = async (kid: string): Promise<{ issuerId: string; mappingId: string; caller: Caller }> => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }
    const issuer = `https://${kid}.provider.example`
    const wish = { issuer, audience: 'surety', jwks: { keys: [jwk] } }
    const registered = await admin.mutate('issuerRegister', wish, 'issuer { id }')
    const subject = { issuerId: registered.issuer.id, subject: 'somebody' }
    const mapped = await admin.mutate(
      'callerMap',
      { ...subject, kind: 'CUSTOMER', customerId: customer.id, roles: ['MEMBER'] },
      'callerMapping { id }',
    )
    await lookedUpAgain()
    const options = { algorithm: 'ES256', keyid: kid, issuer, audience: 'surety', expiresIn: 600 } as const
    const token = jwt.sign({ jti: kid }, privateKey, { ...options, subject: 'somebody' })
    const caller = new Caller(world, token)
    return { issuerId: registered.issuer.id, mappingId: mapped.callerMapping.id, caller }
  }
  const app = async (): Promise<{ id: string; caller: Caller }> => {
    const partner = await Partner.register(provider, { scopes: ['viewer:read', 'event:read'] })
    return { id: partner.id, caller: await partner.caller() }
  }

  it.each<
    [what: string, make: () => Promise<{ caller: Caller; end: () => Promise<{ userErrors: unknown[] }> }>]
  >([
    [
      'whose token is revoked',
      async () => {
        const caller = await provider.staff('AGENT')
        return { caller, end: () => admin.mutate('tokenRevoke', { tokenId: idOf(caller) }) }
      },
    ],
    [
      'whose app is disabled',
      async () => {
        const { id, caller } = await app()
        return { caller, end: () => admin.mutate('appDisable', { appId: id }) }
      },
    ],
    [
      'whose issuer is disabled',
      async () => {
        const { issuerId, caller } = await someone('disabled')
        return { caller, end: () => admin.mutate('issuerDisable', { issuerId }) }
      },
    ],
    [
      'who is mapped no more',
      async () => {
        const { mappingId, caller } = await someone('unmapped')
        return { caller, end: () => admin.mutate('callerUnmap', { callerMappingId: mappingId }) }
      },
    ],
    [
      'whose role is another one',
      async () => {
        const { issuerId, caller } = await someone('moved')
        const other = { kind: 'CUSTOMER', customerId: customer.id, roles: ['SIGNATORY'] }
        return { caller, end: () => admin.mutate('callerMap', { issuerId, subject: 'somebody', ...other }) }
      },
    ],
  ])('somebody %s loses the sockets of every process within a second', async (what, make) => {
    const { caller, end } = await make()
    const authorization = `Bearer ${caller.token}`
    const sockets = await Promise.all(processes.map(each => new RawSocket(each).init({ authorization })))
    for (const socket of sockets) socket.send({ id: '1', type: 'subscribe', payload: { query: EVENTS } })
    await sleep(300)
    expect(sockets.map(each => each.closed)).toEqual([null, null])
    expect((await end()).userErrors).toEqual([])
    const endedAt = performance.now()
    expect(await Promise.all(sockets.map(each => each.closing()))).toEqual([4403, 4403])
    expect(performance.now() - endedAt).toBeLessThan(CLOSED_WITHIN_MS)
    // Another role is another caller, who may come back as that.
    const then = what === 'whose role is another one' ? 200 : 401
    for (const { address } of processes) expect(await statusOf(address, caller.token)).toBe(then)
  })
})

describe('keys that are rotated while everybody asks', () => {
  it('refuse nobody, and one that is retired verifies nothing on any process within half a second', async () => {
    const partner = await Partner.register(provider)
    await lookedUpAgain()
    const statuses = new Map<number, number>()
    const signedBy = new Set<string>()
    let rotating = true
    // Each takes a token from one process and shows it to both at once, in turn with tokens that it had before.
    const client = async (n: number): Promise<void> => {
      const tokens: string[] = []
      for (let turn = n; rotating; turn += 1) {
        const issuedBy = processes[turn % 2] as SuretyProcess
        const token = await newToken(issuedBy.address, partner)
        signedBy.add(kidOf(token))
        tokens.push(token)
        for (const { address } of processes)
          for (const shown of [token, tokens[turn % tokens.length] as string]) {
            const status = await statusOf(address, shown)
            statuses.set(status, (statuses.get(status) ?? 0) + 1)
          }
      }
    }
    const clients = Array.from({ length: CLIENTS }, (_, n) => client(n))
    const before = await keys('list')
    const said = await keys('rotate', '--grace', '1')
    await sleep(1_000 + FRESH_WITHIN_MS + 1_000)
    rotating = false
    await Promise.all(clients)
    expect([...statuses.keys()]).toEqual([200])
    expect(statuses.get(200)).toBeGreaterThan(100)
    expect(signedBy.size).toBe(2)
    const [first, second] = [...signedBy] as [string, string]
    expect([before.includes(first), before.includes(second), said.includes(second)]).toEqual([
      true,
      false,
      true,
    ])

    await keys('retire', first)
    await sleep(FRESH_WITHIN_MS)
    for (const { address } of processes) {
      expect(await statusOf(address, admin.token)).toBe(401)
      expect(await statusOf(address, await newToken(address, partner))).toBe(200)
    }
  }, 60_000)
})
