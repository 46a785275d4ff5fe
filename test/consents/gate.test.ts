import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { agreementSignedBy, decide, Partner, personOf } from '../kit/partners.js'
import { type Caller, type Customer, type Provider, World } from '../kit/world.js'

const AGREEMENTS = `{ agreements { totalCount nodes { id number customer { id name } currentVersion {
  clauses { number } signatures { side redactions { field reason purpose category }
    signatory { id name email phone redactions { field reason purpose category } } } } } } }`

let world: World
let provider: Provider
let partner: Partner
let portal: Caller
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  partner = await Partner.register(provider)
  portal = await partner.caller()
})
afterAll(() => world.close())

describe('an app, from nothing to a name and back (clause 8.2.1)', () => {
  let customer: Customer
  let person: string
  let agreement: string
  beforeEach(async () => {
    customer = await provider.customer()
    person = await personOf(customer, 'Lin Mei')
    agreement = await agreementSignedBy(customer, person)
  })

  const seen = async (): Promise<any[]> =>
    (await portal.ask(AGREEMENTS)).agreements.nodes.filter((each: any) => each.id === agreement)
  const signature = async (): Promise<any> =>
    (await seen())[0].currentVersion.signatures.find((each: any) => each.side === 'CUSTOMER')

  const states = async (): Promise<Record<string, string>> => {
    const { consentRecords } = await (await customer.user('MEMBER')).ask(
      'query ($filter: ConsentFilter) { consentRecords(filter: $filter) { nodes { id state } } }',
      { filter: { personId: person } },
    )
    return Object.fromEntries(consentRecords.nodes.map((each: any) => [each.id, each.state]))
  }

  it('sees nothing of a customer that has authorised nothing', async () => {
    expect(await seen()).toEqual([])
    expect(
      (await portal.ask('query ($id: ID!) { node(id: $id) { id } }', { id: customer.id })).node,
    ).toBeNull()
  })

  it('sees the contract once CONTRACT is authorised, and that the signatory is closed', async () => {
    await partner.authorizedBy(customer, ['CONTRACT'])
    const [found] = await seen()
    expect(found.customer.id).toBe(customer.id)
    expect(found.currentVersion.clauses.length).toBeGreaterThan(10)
    expect(await signature()).toMatchObject({
      signatory: null,
      redactions: [
        { field: 'signatory', reason: 'NO_AUTHORIZATION', purpose: 'SUPPORT_PORTAL', category: 'CONTACT' },
      ],
    })
  })

  it("sees that there is a person once CONTACT is authorised, and the name only under the person's consent", async () => {
    await partner.authorizedBy(customer, ['CONTRACT', 'CONTACT'])
    const closed = (reason: string): object => ({
      id: person,
      name: null,
      email: null,
      phone: null,
      redactions: ['name', 'email', 'phone'].map(field => ({
        field,
        reason,
        purpose: 'SUPPORT_PORTAL',
        category: 'CONTACT',
      })),
    })
    expect((await signature()).signatory).toEqual(closed('NO_CONSENT'))
    const consent = await partner.asks(customer, person)
    expect((await signature()).signatory).toEqual(closed('NO_CONSENT'))
    await decide(customer, 'consentGrant', consent)
    expect((await signature()).signatory).toMatchObject({
      name: 'Lin Mei',
      phone: '+86 10 5555 0100',
      redactions: [],
    })
    await decide(customer, 'consentWithdraw', consent)
    expect((await signature()).signatory).toEqual(closed('CONSENT_WITHDRAWN'))
  })

  it('repeats what is closed in extensions.consent', async () => {
    await partner.authorizedBy(customer, ['CONTRACT', 'CONTACT'])
    const answer = await portal.send('query ($id: ID!) { node(id: $id) { ... on Person { name } } }', {
      id: person,
    })
    expect(answer.data).toEqual({ node: { name: null } })
    expect(answer.extensions?.consent).toEqual(
      ['name', 'email', 'phone'].map(field => ({
        id: person,
        field,
        reason: 'NO_CONSENT',
        purpose: 'SUPPORT_PORTAL',
        category: 'CONTACT',
      })),
    )
  })

  it('closes on the very next read when the authorisation is revoked', async () => {
    const disclosureAuthorizationId = await partner.authorizedBy(customer, ['CONTRACT'])
    expect(await seen()).toHaveLength(1)
    const { userErrors } = await (await customer.signatory()).mutate('disclosureRevoke', {
      disclosureAuthorizationId,
    })
    expect(userErrors).toEqual([])
    expect(await seen()).toEqual([])
  })

  it('closes at the instant an authorisation is good until', async () => {
    const worldOfIts = await World.forTest()
    const its = await worldOfIts.provider()
    const [theirs, app] = [await its.customer(), await Partner.register(its)]
    await theirs.draft()
    await worldOfIts.setClock('2026-05-01T00:00:00Z')
    await app.authorizedBy(theirs, ['CONTRACT'], { validUntil: '2026-06-01T00:00:00Z' })
    const caller = await app.caller()
    const count = async (): Promise<number> =>
      (await caller.ask('{ agreements { totalCount } }')).agreements.totalCount
    await worldOfIts.setClock('2026-05-31T23:59:30Z')
    expect(await count()).toBe(1)
    await worldOfIts.setClock('2026-06-01T00:00:00Z')
    expect(await count()).toBe(0)
  })

  it('is not opened by another purpose, another operation, or an authorisation of another app', async () => {
    await partner.authorizedBy(customer, ['CONTRACT'], { purpose: 'BILLING' })
    await partner.authorizedBy(customer, ['CONTRACT'], { operations: ['SUBSCRIBE', 'EXPORT'] })
    await (await Partner.register(provider)).authorizedBy(customer, ['CONTRACT'])
    expect(await seen()).toEqual([])
    const billing = await partner.caller('BILLING')
    expect((await billing.ask(AGREEMENTS)).agreements.nodes.map((each: any) => each.id)).toContain(agreement)
  })

  it('is not opened by a consent for another purpose, to another app, or of another person', async () => {
    await partner.authorizedBy(customer, ['CONTRACT', 'CONTACT'])
    const other = await Partner.register(provider)
    await decide(customer, 'consentGrant', await partner.asks(customer, person, { purpose: 'BILLING' }))
    await decide(
      customer,
      'consentGrant',
      await partner.asks(customer, person, { categories: ['ATTACHMENT'] }),
    )
    await decide(customer, 'consentGrant', await other.asks(customer, person))
    await decide(customer, 'consentGrant', await partner.asks(customer, await personOf(customer)))
    expect((await signature()).signatory).toMatchObject({
      name: null,
      redactions: [{ reason: 'NO_CONSENT' }, { reason: 'NO_CONSENT' }, { reason: 'NO_CONSENT' }],
    })
  })

  it('closes what a person took back, also where an older and wider consent stands, until it is given anew', async () => {
    await partner.authorizedBy(customer, ['CONTRACT', 'CONTACT'])
    const wide = await partner.asks(customer, person, { categories: ['CONTACT', 'ATTACHMENT'] })
    await decide(customer, 'consentGrant', wide)
    const narrow = await partner.asks(customer, person)
    await decide(customer, 'consentGrant', narrow)
    await decide(customer, 'consentWithdraw', narrow)
    expect((await signature()).signatory).toMatchObject({
      name: null,
      redactions: Array.from({ length: 3 }, () => ({ reason: 'CONSENT_WITHDRAWN' })),
    })
    expect(await states()).toEqual({ [wide]: 'GRANTED', [narrow]: 'WITHDRAWN' })
    await decide(customer, 'consentGrant', await partner.asks(customer, person))
    expect((await signature()).signatory.name).toBe('Lin Mei')
  })

  it('ends a narrower consent with the wider one that a person takes back', async () => {
    await partner.authorizedBy(customer, ['CONTRACT', 'CONTACT'])
    const wide = await partner.asks(customer, person, { categories: ['CONTACT', 'ATTACHMENT'] })
    await decide(customer, 'consentGrant', wide)
    const narrow = await partner.asks(customer, person)
    await decide(customer, 'consentGrant', narrow)
    await decide(customer, 'consentWithdraw', wide)
    expect((await signature()).signatory.name).toBeNull()
    expect(await states()).toEqual({ [wide]: 'WITHDRAWN', [narrow]: 'WITHDRAWN' })
    const told = await world.sqlAsSuperuser<{ n: number }>(
      `select count(*)::int as n from events where type = 'consent.withdrawn' and customer_id = $1`,
      [customer.uuid],
    )
    expect(told).toEqual([{ n: 2 }])
  })

  it('lets one of several consents stand that were given at once', async () => {
    const asked = await Promise.all(Array.from({ length: 4 }, () => partner.asks(customer, person)))
    await Promise.all(asked.map(id => decide(customer, 'consentGrant', id)))
    const left = Object.values(await states()).filter(state => state === 'GRANTED')
    expect(left).toHaveLength(1)
  })

  it('opens OTHER in the words that customer and person both said, and in no other', async () => {
    const other = await partner.caller('OTHER')
    const name = async (): Promise<string | null> =>
      (await other.ask('query ($id: ID!) { node(id: $id) { ... on Person { name } } }', { id: person })).node
        .name
    const explained = async (): Promise<object> => {
      const query = `query ($app: ID!, $of: ID!, $person: ID!) { explainAccess(appId: $app, customerId: $of, purpose: OTHER,
        category: CONTACT, operation: READ, personId: $person) { allowed reasons authorization { purposeText } } }`
      const variables = { app: partner.id, of: customer.id, person }
      return (await (await customer.user('MEMBER')).ask(query, variables)).explainAccess
    }
    const saying = (purposeText: string): object => ({ purpose: 'OTHER', purposeText })
    await partner.authorizedBy(customer, ['CONTACT'], saying('credit scoring'))
    const consent = await partner.asks(customer, person, saying('a birthday card'))
    await decide(customer, 'consentGrant', consent)
    expect(await name()).toBeNull()
    expect(await explained()).toMatchObject({ allowed: false, reasons: ['NO_CONSENT'] })
    await partner.authorizedBy(customer, ['CONTACT'], {
      ...saying('a birthday card'),
      operations: ['SUBSCRIBE'],
    })
    expect(await name()).toBeNull()
    await partner.authorizedBy(customer, ['CONTACT'], saying('a birthday card'))
    await partner.authorizedBy(customer, ['CONTACT'], saying('a letter'))
    expect(await name()).toBe('Lin Mei')
    expect(await explained()).toEqual({
      allowed: true,
      reasons: ['AUTHORIZED', 'CONSENTED'],
      authorization: { purposeText: 'a birthday card' },
    })
  })

  it('does not tell a refusal from a question without an answer', async () => {
    await partner.authorizedBy(customer, ['CONTRACT', 'CONTACT'])
    await decide(customer, 'consentRefuse', await partner.asks(customer, person))
    expect((await signature()).signatory.redactions[0].reason).toBe('NO_CONSENT')
  })

  it("never shows another customer's rows, nor counts them", async () => {
    const stranger = await provider.customer()
    await stranger.agreement()
    await partner.authorizedBy(customer, ['CONTRACT'])
    const { agreements } = await portal.ask(
      '{ agreements(first: 100) { totalCount nodes { customer { id } } } }',
    )
    expect(agreements.totalCount).toBe(agreements.nodes.length)
    expect(agreements.nodes.map((each: any) => each.customer.id)).not.toContain(stranger.id)
  })

  it("shows none of the provider's own people", async () => {
    const admin = await provider.admin()
    const { person: own } = await admin.mutate('personUpsert', { name: 'Own' }, 'person { id }')
    await partner.authorizedBy(customer, ['CONTRACT', 'CONTACT'])
    expect((await portal.ask('query ($id: ID!) { node(id: $id) { id } }', { id: own.id })).node).toBeNull()
  })

  it('needs no second connection while it holds one: more requests than connections all get their answer', async () => {
    const busy = await World.forTest({ poolSize: 2 })
    const tenant = await busy.provider()
    const theirs = await tenant.customer()
    const someone = await personOf(theirs)
    const app = await Partner.register(tenant)
    await app.authorizedBy(theirs, ['CONTACT'])
    const caller = await app.caller()
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        caller.send<any>(
          'query ($id: ID!) { node(id: $id) { ... on Person { name redactions { reason } } } }',
          {
            id: someone,
          },
        ),
      ),
    )
    for (const { data } of answers) expect(data.node.redactions[0].reason).toBe('NO_CONSENT')
  })

  it('closes nothing to staff and to the customer itself', async () => {
    for (const caller of [await provider.admin(), await customer.user('MEMBER')]) {
      const { node } = await caller.ask(
        'query ($id: ID!) { node(id: $id) { ... on Person { name redactions { field } } } }',
        { id: person },
      )
      expect(node).toEqual({ name: 'Lin Mei', redactions: [] })
    }
  })
})

describe('a token without a purpose', () => {
  it('says who it is, and gets no records', async () => {
    const aimless = await partner.caller(null)
    expect((await aimless.ask('{ viewer { purpose app { id } } }')).viewer).toEqual({
      purpose: null,
      app: { id: partner.id },
    })
    for (const query of [
      '{ agreements { totalCount } }',
      '{ customers { totalCount } }',
      '{ node(id: "x") { id } }',
    ]) {
      const { data, errors } = await aimless.send(query)
      expect(errors?.map(error => error.extensions.code)).toEqual(['PURPOSE_REQUIRED'])
      expect(Object.values(data)).toEqual([null])
    }
  })
})
