import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { agreementWithFees } from '../invoices/kit.js'
import { agreementSignedBy, decide, Partner, personOf } from '../kit/partners.js'
import { type Caller, type Customer, type Provider, World } from '../kit/world.js'

let world: World
let provider: Provider
/** Another tenant. */
let stranger: Provider
let partner: Partner
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  stranger = await world.provider()
  partner = await Partner.register(provider)
})
afterAll(() => world.close())

const LIST = `{ disclosures(first: 100) { totalCount nodes { id purpose categories objectCount fieldCount requestId occurredAt recipientName customer { id } } } }`
const listOf = async (caller: Caller, count: number): Promise<any[]> =>
  vi.waitFor(async () => {
    const { nodes } = (await caller.ask(LIST)).disclosures
    expect(nodes).toHaveLength(count)
    return nodes
  })

describe('the disclosure log (clause 8.2.1)', () => {
  let customer: Customer
  let person: string
  beforeAll(async () => {
    customer = await provider.customer()
    person = await personOf(customer)
    await agreementSignedBy(customer, person)
    await partner.authorizedBy(customer, ['CONTRACT', 'CONTACT'])
  })

  it('says who read how much of what, for what, answer by answer', async () => {
    const portal = await partner.caller()
    await portal.send(
      '{ agreements { nodes { id number state customer { name } } } }',
      {},
      { 'request-id': 'portal-1' },
    )
    const [entry] = await listOf(await customer.user('MEMBER'), 1)
    expect(entry).toEqual({
      id: expect.stringMatching(/^dsc_/),
      purpose: 'SUPPORT_PORTAL',
      categories: ['CONTRACT'],
      objectCount: 2,
      fieldCount: 4,
      requestId: 'portal-1',
      occurredAt: expect.any(String),
      recipientName: 'Partner',
      customer: { id: customer.id },
    })
  })

  it('counts no field that was closed, and counts through fragments and what is left out', async () => {
    const portal = await partner.caller()
    const query = `query ($id: ID!, $no: Boolean = false) { node(id: $id) { id ...of } }
      fragment of on Person { name email phone @skip(if: true) createdAt @include(if: $no) ... on Node { id } }`
    await portal.send(query, { id: person }, { 'request-id': 'closed' })
    await decide(customer, 'consentGrant', await partner.asks(customer, person))
    await portal.send(query, { id: person }, { 'request-id': 'open' })
    const entries = await listOf(await customer.user('MEMBER'), 3)
    const counts = Object.fromEntries(
      entries.map(each => [each.requestId, [each.categories, each.objectCount, each.fieldCount]]),
    )
    expect(counts).toMatchObject({ closed: [['CONTACT'], 1, 2], open: [['CONTACT'], 1, 4] })
  })

  it('has an entry for each customer of an answer, which no other customer sees', async () => {
    const other = await provider.customer()
    await other.agreement()
    await partner.authorizedBy(other, ['CONTRACT'])
    const portal = await partner.caller()
    await portal.send('{ agreements { nodes { id } } }', {}, { 'request-id': 'both' })
    const [theirs] = await listOf(await other.user('MEMBER'), 1)
    expect(theirs).toMatchObject({ requestId: 'both', objectCount: 1, customer: { id: other.id } })
    const ours = await listOf(await customer.user('MEMBER'), 4)
    expect(ours.map(each => each.customer.id)).toEqual(ours.map(() => customer.id))
    expect((await (await stranger.admin()).ask(LIST)).disclosures.totalCount).toBe(0)
  })

  it('holds nothing of what staff, customers and services read, nor of an empty answer', async () => {
    const nobody = await (await Partner.register(provider)).caller()
    const service = await provider.service(['agreement:read', 'customer:read'])
    const before = (await (await provider.admin()).ask(LIST)).disclosures.totalCount
    for (const caller of [nobody, service, await provider.admin(), await customer.user('MEMBER')])
      await caller.ask('{ agreements { nodes { id customer { name } } } }')
    await new Promise(resolve => setTimeout(resolve, 300))
    expect((await (await provider.admin()).ask(LIST)).disclosures.totalCount).toBe(before)
  })

  it('counts what is within terms and money, and not what says that something is closed', async () => {
    const theirs = await provider.customer()
    await agreementWithFees(theirs)
    await partner.authorizedBy(theirs, ['CONTRACT'])
    const portal = await partner.caller()
    const ask = (requestId: string, selection: string) =>
      portal.send(
        `query ($of: ID!) { customer(id: $of) { agreements { nodes { currentVersion { ${selection} } } } } }`,
        { of: theirs.id },
        { 'request-id': requestId },
      )
    await ask('terms', 'terms { responseHours fixHours liquidatedDamagesPercent }')
    await ask('money', 'feeSchedule { annualFee { amount currency } }')
    await ask('closed', 'signatures { redactions { field reason } }')
    const entries = await listOf(await theirs.user('MEMBER'), 3)
    const counts = Object.fromEntries(entries.map(each => [each.requestId, each.fieldCount]))
    expect(counts).toEqual({ terms: 3, money: 2, closed: 0 })
  })

  it('holds what an app learns by counting, by an empty page and by bare cursors, of whom the list may speak', async () => {
    const theirs = await provider.customer()
    await theirs.agreement()
    const curious = await Partner.register(provider, { name: 'Curious' })
    await curious.authorizedBy(theirs, ['CONTRACT'])
    const portal = await curious.caller()
    const ask = (requestId: string, query: string, variables = {}) =>
      portal.send(query, variables, { 'request-id': requestId })
    await ask('count', '{ agreements { totalCount } }')
    await ask('cursors', '{ agreements { edges { cursor } } }')
    await ask('empty', '{ agreements(filter: { state: [DRAFT] }) { nodes { id } } }')
    await ask('beneath', 'query ($of: ID!) { customer(id: $of) { agreements { totalCount } } }', {
      of: theirs.id,
    })
    const entries = await listOf(await theirs.user('MEMBER'), 4)
    const counts = Object.fromEntries(
      entries.map(each => [each.requestId, [each.categories, each.objectCount, each.fieldCount]]),
    )
    expect(counts).toEqual({
      count: [['CONTRACT'], 0, 1],
      cursors: [['CONTRACT'], 1, 0],
      empty: [['CONTRACT'], 0, 0],
      beneath: [['CONTRACT'], 1, 1],
    })
    expect((await (await customer.user('MEMBER')).ask(LIST)).disclosures.nodes).not.toContainEqual(
      expect.objectContaining({ recipientName: 'Curious' }),
    )
  })

  it('is read by no app without the scope, nor without CONSENT_RECORD authorised', async () => {
    const { errors } = await (await partner.caller()).send(LIST)
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    const scopes = ['disclosure:read', 'agreement:read']
    const curious = await Partner.register(provider, { scopes })
    await curious.authorizedBy(customer, ['CONTRACT'])
    expect((await (await curious.caller()).ask(LIST)).disclosures).toEqual({ totalCount: 0, nodes: [] })
  })

  it('leaves a line in the log when it could not be written, and the answer stands', async () => {
    const its = await World.forTest()
    const tenant = await its.provider()
    const theirs = await tenant.customer()
    await theirs.draft()
    const app = await Partner.register(tenant)
    await app.authorizedBy(theirs, ['CONTRACT'])
    await its.sqlAsOwner('revoke insert on disclosures from surety_app')
    const { data } = await (await app.caller()).send<any>('{ agreements { nodes { id } } }')
    expect(data.agreements.nodes).toHaveLength(1)
    const line = await vi.waitFor(() => {
      const found = its.logged.find(each => each.includes('a disclosure could not be written down'))
      expect(found).toBeDefined()
      return JSON.parse(found as string)
    })
    expect(line).toMatchObject({
      tenantId: tenant.tenantId,
      appId: app.uuid,
      purpose: 'SUPPORT_PORTAL',
      disclosed: [{ customerId: theirs.uuid, categories: ['CONTRACT'], objectCount: 1, fieldCount: 1 }],
    })
  })
})
