import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { Socket } from 'node:net'
import jwt from 'jsonwebtoken'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { done } from '../kit/done.js'
import { Partner } from '../kit/partners.js'
import { NAMES_OF_PRIVATE, PRIVATE_URLS } from '../kit/private-addresses.js'
import { Receiver } from '../kit/receiver.js'
import { type AgreementHandle, Caller, type Customer, type Provider, World } from '../kit/world.js'

let world: World
let provider: Provider
let customer: Customer
let other: Customer
let agreements: AgreementHandle[]
let admin: Caller
beforeAll(async () => {
  world = await World.create({ privateHosts: ['127.0.0.1'] })
  provider = await world.provider()
  ;[customer, other] = [await provider.customer(), await provider.customer()]
  agreements = [await customer.agreement(), await other.agreement()]
  admin = await provider.admin()
})
afterAll(() => world.close())

const SCOPES = ['event:read', 'webhook:read', 'webhook:write', 'agreement:read']

/** Two events of each customer. */
async function happen(): Promise<void> {
  for (const { id: agreementId } of agreements) {
    await done(admin, 'agreementSuspend', { agreementId, scopes: ['BACKUP'], reason: 'Works' })
    await done(admin, 'agreementResume', { agreementId, scopes: ['BACKUP'] })
  }
}

/** A worker that goes on by itself until the answer is called. */
function work(): () => Promise<void> {
  const { clock, webhooks } = world.worker()
  clock.start()
  return async () => {
    await clock.stop()
    await webhooks.stop()
  }
}

const stateOf = async ({ endpointId }: Receiver): Promise<object> =>
  (
    await admin.ask('query ($id: ID!) { webhookEndpoint(id: $id) { state disabledReason } }', {
      id: endpointId,
    })
  ).webhookEndpoint
const ENDED = { state: 'DISABLED', disabledReason: 'ACCESS_ENDED' }

/** What a caller is told by a poll from a cursor on. */
async function polled(caller: Caller, after: string): Promise<string[]> {
  const { events } = await caller.ask(
    'query ($after: EventCursor) { events(after: $after, first: 100) { nodes { id } } }',
    {
      after,
    },
  )
  return events.nodes.map(({ id }: { id: string }) => id)
}

async function partner(scopes = SCOPES): Promise<{ app: Partner; caller: Caller }> {
  const app = await Partner.register(provider, { name: `App ${randomUUID()}`, scopes })
  return { app, caller: await app.caller() }
}

describe('an endpoint sees what whoever set it up sees', () => {
  it('staff all, a customer its own, a service that is bound to one that one, an app what is authorised', async () => {
    const { app, caller } = await partner()
    await app.authorizedBy(customer, ['CONTRACT'], { operations: ['READ', 'SUBSCRIBE'] })
    const callers = [admin, await customer.signatory(), await provider.service(SCOPES, customer), caller]
    const receivers = []
    for (const each of callers) receivers.push(await Receiver.for(each))
    const { eventCursor } = await admin.ask('{ eventCursor }')
    await happen()
    await world.deliverWebhooks()
    for (const [index, receiver] of receivers.entries()) {
      const expected = await polled(callers[index] as Caller, eventCursor)
      expect(expected.length).toBeGreaterThan(0)
      expect(receiver.ids, String(index)).toEqual(expected)
    }
    const [all, mine, bound, theirs] = receivers.map(({ ids }) => ids.length)
    expect(mine).toBeLessThan(all as number)
    expect(bound).toBe(mine)
    expect(theirs).toBeLessThanOrEqual(mine as number)
  })

  it('and what an app is sent stands in the log of disclosures', async () => {
    const { app, caller } = await partner()
    await app.authorizedBy(customer, ['CONTRACT'], { operations: ['SUBSCRIBE'] })
    const receiver = await Receiver.for(caller)
    await happen()
    await world.deliverWebhooks()
    expect(receiver.arrivals.length).toBeGreaterThan(0)
    const { disclosures } = await (await customer.signatory()).ask(
      'query ($id: ID!) { disclosures(filter: { appId: $id }) { nodes { recipientName categories objectCount } } }',
      { id: app.id },
    )
    expect(disclosures.nodes).toEqual([
      { recipientName: app.name, categories: ['CONTRACT'], objectCount: receiver.arrivals.length },
    ])
  })

  it('and is shown to that side and staff alone', async () => {
    const { caller } = await partner()
    const receiver = await Receiver.for(caller)
    const seen = async (by: Caller): Promise<boolean> =>
      (await by.ask('query ($id: ID!) { webhookEndpoint(id: $id) { id } }', { id: receiver.endpointId }))
        .webhookEndpoint !== null
    const [stranger, neighbour] = [await partner(), await other.signatory()]
    expect(await Promise.all([caller, admin, stranger.caller, neighbour].map(seen))).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it('and is pointed elsewhere by nobody who may not see events', async () => {
    const admin = await provider.admin()
    const { webhookEndpoint } = await done(
      admin,
      'webhookEndpointCreate',
      { url: 'https://hooks.example.com/mine' },
      'webhookEndpoint { id }',
    )
    const blind = await provider.service(['webhook:read', 'webhook:write'])
    const { errors } = await blind.send(
      'mutation ($input: WebhookEndpointUpdateInput!) { webhookEndpointUpdate(input: $input) { userErrors { code } } }',
      {
        input: {
          idempotencyKey: randomUUID(),
          webhookEndpointId: webhookEndpoint.id,
          url: 'https://hooks.example.com/theirs',
        },
      },
    )
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })

  it('a service changes what it set up itself, and no other', async () => {
    const receiver = await Receiver.for(admin)
    const service = await provider.service(SCOPES)
    const change = { webhookEndpointId: receiver.endpointId, url: 'https://elsewhere.example.com/' }
    const { userErrors } = await service.mutate('webhookEndpointUpdate', change)
    expect(userErrors).toMatchObject([{ code: 'NOT_FOUND' }])
  })
})

describe('nothing more leaves', () => {
  it('within a second once a customer takes its authorisation back, neither what is queued nor a replay', async () => {
    const { app, caller } = await partner()
    const disclosureAuthorizationId = await app.authorizedBy(customer, ['CONTRACT'], {
      operations: ['READ', 'SUBSCRIBE'],
    })
    const { eventCursor } = await caller.ask('{ eventCursor }')
    const receiver = await Receiver.for(caller)
    receiver.answer = response => void setTimeout(() => response.writeHead(204).end(), 100)
    for (let count = 0; count < 12; count++) await happen()
    const stop = work()
    await receiver.has(3)
    await done(await customer.signatory(), 'disclosureRevoke', { disclosureAuthorizationId })
    await new Promise(resolve => setTimeout(resolve, 1_000))
    const sent = receiver.arrivals.length
    await new Promise(resolve => setTimeout(resolve, 500))
    await stop()
    await world.deliverWebhooks()
    await done(caller, 'webhookReplay', { webhookEndpointId: receiver.endpointId, after: eventCursor })
    await world.deliverWebhooks()
    expect(receiver.arrivals).toHaveLength(sent)
    // Of 24, which take more than two seconds.
    expect(sent).toBeLessThan(24)
    expect(await stateOf(receiver)).toEqual({ state: 'ENABLED', disabledReason: null })
  })

  it('once its app is disabled', async () => {
    const { app, caller } = await partner()
    await app.authorizedBy(customer, ['CONTRACT'], { operations: ['SUBSCRIBE'] })
    const receiver = await Receiver.for(caller)
    await happen()
    await done(admin, 'appDisable', { appId: app.id })
    await new Promise(resolve => setTimeout(resolve, 500))
    await world.deliverWebhooks()
    expect(receiver.arrivals).toEqual([])
    expect(await stateOf(receiver)).toEqual(ENDED)
  })

  it('once the token that set it up is revoked, by retry or by replay, until somebody else stands in for it', async () => {
    const boss = await provider.staff('ADMIN')
    const receiver = await Receiver.for(boss)
    receiver.answers(500)
    await happen()
    await world.deliverWebhooks()
    const { jti } = jwt.decode(boss.token) as { jti: string }
    await done(admin, 'tokenRevoke', { tokenId: jti })
    await done(admin, 'webhookReplay', {
      webhookEndpointId: receiver.endpointId,
      after: (await admin.ask('{ events(first: 1) { nodes { cursor } } }')).events.nodes[0].cursor,
    })
    await new Promise(resolve => setTimeout(resolve, 500))
    await world.deliverWebhooks()
    expect(receiver.arrivals).toHaveLength(1)
    expect(await stateOf(receiver)).toEqual(ENDED)
    receiver.answers(204)
    await done(admin, 'webhookEndpointEnable', { webhookEndpointId: receiver.endpointId })
    await world.deliverWebhooks()
    expect(receiver.arrivals.length).toBeGreaterThan(1)
  })

  it('once the person who set it up is nobody here any more, also where nothing happens', async () => {
    const { caller, callerMappingId } = await mappedAdmin()
    const [busy, idle] = [
      await Receiver.for(caller),
      await Receiver.for(caller, { types: ['PAYMENT_RECORDED'] }),
    ]
    await happen()
    await world.deliverWebhooks()
    const sent = busy.arrivals.length
    expect(sent).toBeGreaterThan(0)
    await done(admin, 'callerUnmap', { callerMappingId })
    await happen()
    await new Promise(resolve => setTimeout(resolve, 500))
    await world.deliverWebhooks()
    expect(busy.arrivals).toHaveLength(sent)
    expect(await stateOf(busy)).toEqual(ENDED)
    await world.setClock(new Date(Date.now() + 25 * 3_600_000))
    await world.deliverWebhooks()
    expect(await stateOf(idle)).toEqual(ENDED)
  })

  it('once it is disabled, while it is being delivered to', async () => {
    const receiver = await Receiver.for(admin)
    receiver.answer = response => void setTimeout(() => response.writeHead(204).end(), 40)
    for (let count = 0; count < 6; count++) await happen()
    const stop = work()
    await receiver.has(3)
    await done(admin, 'webhookEndpointDisable', { webhookEndpointId: receiver.endpointId })
    await new Promise(resolve => setTimeout(resolve, 1_000))
    const sent = receiver.arrivals.length
    await new Promise(resolve => setTimeout(resolve, 500))
    await stop()
    expect(receiver.arrivals).toHaveLength(sent)
    expect(sent).toBeLessThan(24)
  })
})

describe('no connection is made', () => {
  it(`to any of ${PRIVATE_URLS.length + NAMES_OF_PRIVATE.length} private addresses and names, whether an endpoint or what its name leads to`, async () => {
    expect(PRIVATE_URLS.length + NAMES_OF_PRIVATE.length).toBeGreaterThanOrEqual(150)
    const answers = new Map(NAMES_OF_PRIVATE.map(({ name, addresses }) => [name, addresses]))
    const world = await World.forTest({
      resolve: async name =>
        (answers.get(name) ?? []).map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
    })
    const house = [new URL(world.address).port, new URL(world.superuserUrl).port]
    const emitted = vi.spyOn(Socket.prototype, 'emit')
    const boss = await (await world.provider()).admin()
    const make = (url: string) => boss.mutate('webhookEndpointCreate', { url }, 'webhookEndpoint { id }')
    const refused = await Promise.all(PRIVATE_URLS.map(make))
    for (const [index, { userErrors }] of refused.entries())
      expect(userErrors, PRIVATE_URLS[index]).toMatchObject([
        { code: expect.stringMatching(/INVALID|BLANK/) },
      ])
    // What a name leads to is looked at when it's sent to.
    await Promise.all(
      NAMES_OF_PRIVATE.map(async ({ name }) => {
        const { webhookEndpoint } = await make(`https://${name}/`)
        await done(boss, 'webhookEndpointTest', { webhookEndpointId: webhookEndpoint.id })
      }),
    )
    await world.deliverWebhooks()
    const { webhookDeliveries } = await boss.ask(
      '{ webhookDeliveries(first: 100) { nodes { problem statusCode } } }',
    )
    expect(webhookDeliveries.nodes).toEqual(
      NAMES_OF_PRIVATE.map(() => ({ problem: 'PRIVATE_ADDRESS', statusCode: null })),
    )
    const attempts = emitted.mock.calls
      .map(call => call.map(String))
      .filter(([event, , port]) => event === 'connectionAttempt' && !house.includes(port as string))
    expect(attempts).toEqual([])
  })
})

/** An ADMIN whom the tenant's own issuer vouches for. */
async function mappedAdmin(): Promise<{ caller: Caller; callerMappingId: string }> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'ES256' }
  const iss = `https://idp-${randomUUID()}.example`
  const { issuer } = await done(
    admin,
    'issuerRegister',
    { issuer: iss, audience: 'surety', jwks: { keys: [key] } },
    'issuer { id }',
  )
  const { callerMapping } = await done(
    admin,
    'callerMap',
    { issuerId: issuer.id, subject: 'boss', kind: 'STAFF', roles: ['ADMIN'] },
    'callerMapping { id }',
  )
  await new Promise(resolve => setTimeout(resolve, 500))
  const token = jwt.sign({}, privateKey, {
    ...{ algorithm: 'ES256' as const, keyid: 'k', issuer: iss, audience: 'surety' },
    ...{ subject: 'boss', expiresIn: 3600 },
  })
  return { caller: new Caller(world, token), callerMappingId: callerMapping.id }
}
