import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { consentRequest, decide, Partner, personOf } from '../kit/partners.js'
import { type Customer, type Provider, type UserErrorAnswer, World } from '../kit/world.js'

let world: World
let provider: Provider
/** Another tenant. */
let stranger: Provider
let customer: Customer
let partner: Partner
let person: string
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  stranger = await world.provider()
  customer = await provider.customer()
  partner = await Partner.register(provider)
  person = await personOf(customer, 'Canary Name')
})
afterAll(() => world.close())

const read = async (id: string, selection: string): Promise<any> =>
  (
    await (
      await customer.user('MEMBER')
    ).ask(`query ($id: ID!) { consentRecord(id: $id) { ${selection} } }`, { id })
  ).consentRecord

describe('the term of a consent (Civil Code arts 201, 202)', () => {
  it('T23: given on 31 January for a month, its last day is 28 February, whatever day of the week', async () => {
    const its = await World.forTest()
    const [tenant, app] = await its
      .provider()
      .then(async each => [each, await Partner.register(each)] as const)
    const theirs = await tenant.customer()
    const someone = await personOf(theirs, 'Wang')
    await app.authorizedBy(theirs, ['CONTACT'])
    await its.setClock('2026-01-31T10:00:00+08:00')
    const consent = await app.asks(theirs, someone, { termMonths: 1 })
    expect(await decide(theirs, 'consentGrant', consent)).toEqual({
      state: 'GRANTED',
      expiresAt: '2026-02-28T16:00:00.000Z',
      endedAt: null,
    })
    const caller = await app.caller()
    const name = async (): Promise<unknown> =>
      (
        await caller.ask(
          'query ($id: ID!) { node(id: $id) { ... on Person { name redactions { reason } } } }',
          { id: someone },
        )
      ).node
    const closed = {
      name: null,
      redactions: Array.from({ length: 3 }, () => ({ reason: 'CONSENT_EXPIRED' })),
    }
    await its.setClock('2026-02-28T23:59:30+08:00')
    expect(await name()).toEqual({ name: 'Wang', redactions: [] })
    await its.setClock('2026-03-01T00:00:00+08:00')
    // Closed by the clock, before any alarm has rung.
    expect(await name()).toEqual(closed)
    expect(await its.ringDue()).toBeGreaterThan(0)
    expect(await name()).toEqual(closed)
    const staff = await tenant.admin()
    const { consentRecord } = await staff.ask(
      'query ($id: ID!) { consentRecord(id: $id) { state endedAt history { state occurredAt recordedOnBehalf } } }',
      { id: consent },
    )
    expect(consentRecord).toMatchObject({ state: 'EXPIRED', endedAt: '2026-02-28T16:00:00.000Z' })
    expect(consentRecord.history.at(-1)).toEqual({
      state: 'EXPIRED',
      occurredAt: '2026-02-28T16:00:00.000Z',
      recordedOnBehalf: false,
    })
    const events = await its.sqlAsSuperuser<{ type: string; occurred_at: Date }>(
      `select type, occurred_at from events where type like 'consent.%' order by sequence`,
    )
    expect(events.map(event => event.type)).toEqual(['consent.granted', 'consent.expired'])
    expect(events[1]?.occurred_at.toISOString()).toBe('2026-02-28T16:00:00.000Z')
  })

  it('T23: withdrawn on 10 February at nine, it is closed at nine and stays withdrawn when its month is over', async () => {
    const its = await World.forTest()
    const tenant = await its.provider()
    const theirs = await tenant.customer()
    const app = await Partner.register(tenant)
    const someone = await personOf(theirs)
    await its.setClock('2026-01-31T10:00:00+08:00')
    const consent = await app.asks(theirs, someone, { termMonths: 1 })
    await decide(theirs, 'consentGrant', consent)
    await its.setClock('2026-02-10T09:00:00+08:00')
    const withdrawn = await decide(theirs, 'consentWithdraw', consent)
    expect(withdrawn.state).toBe('WITHDRAWN')
    expect(withdrawn.endedAt).toMatch(/^2026-02-10T01:00:0/)
    await its.setClock('2026-03-02T00:00:00+08:00')
    await its.ringDue()
    const { consentRecord } = await (await tenant.admin()).ask(
      'query ($id: ID!) { consentRecord(id: $id) { state } }',
      { id: consent },
    )
    expect(consentRecord.state).toBe('WITHDRAWN')
  })

  it('counts days in the zone it names', async () => {
    const id = await partner.asks(customer, person, { termMonths: 1, timeZone: 'Europe/Berlin' })
    const decidedAt = new Date(Date.now() - 60_000)
    const { expiresAt } = await decide(customer, 'consentGrant', id, { decidedAt: decidedAt.toISOString() })
    const inBerlin = new Intl.DateTimeFormat('sv', { timeZone: 'Europe/Berlin', timeStyle: 'medium' })
    expect(inBerlin.format(new Date(expiresAt as string))).toBe('00:00:00')
  })
})

describe('a consent record (ISO/IEC TS 27560; PIPL arts 14, 15, 23)', () => {
  it('keeps what the person was told, what was decided, and what shows it', async () => {
    const id = await partner.asks(customer, person)
    await decide(customer, 'consentGrant', id)
    const record = await read(
      id,
      `state purpose categories processingMethod recipientName recipientContact noticeHash termMonths timeZone
       app { id } customer { id } person { id name } history { state expressedBy evidence recordedOnBehalf }`,
    )
    expect(record).toEqual({
      state: 'GRANTED',
      purpose: 'SUPPORT_PORTAL',
      categories: ['CONTACT'],
      processingMethod: 'shown to the agents of the portal',
      recipientName: 'Partner',
      recipientContact: 'privacy@partner.example',
      noticeHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      termMonths: null,
      timeZone: 'Asia/Shanghai',
      app: null,
      customer: { id: customer.id },
      person: { id: person, name: 'Canary Name' },
      history: [
        { state: 'REQUESTED', expressedBy: null, evidence: null, recordedOnBehalf: false },
        { state: 'GRANTED', expressedBy: 'PAPER', evidence: 'folder 7', recordedOnBehalf: true },
      ],
    })
  })

  it('is superseded by a newer consent that covers it, and not by a narrower one', async () => {
    const someone = await personOf(customer)
    const ask = (categories: string[]): Promise<string> => partner.asks(customer, someone, { categories })
    const wide = await ask(['CONTACT', 'ATTACHMENT'])
    await decide(customer, 'consentGrant', wide)
    const narrow = await ask(['ATTACHMENT'])
    await decide(customer, 'consentGrant', narrow)
    expect([(await read(wide, 'state')).state, (await read(narrow, 'state')).state]).toEqual([
      'GRANTED',
      'GRANTED',
    ])
    const newest = await ask(['ATTACHMENT', 'CONTACT'])
    await decide(customer, 'consentGrant', newest)
    expect(await read(wide, 'state history { state }')).toEqual({
      state: 'SUPERSEDED',
      history: [{ state: 'REQUESTED' }, { state: 'GRANTED' }, { state: 'SUPERSEDED' }],
    })
    expect([(await read(narrow, 'state')).state, (await read(newest, 'state')).state]).toEqual([
      'SUPERSEDED',
      'GRANTED',
    ])
  })

  it('goes its way once: every verb in a wrong state says so and changes nothing', async () => {
    const member = await customer.user('MEMBER')
    const attempt = async (mutation: string, consentRecordId: string): Promise<string[]> => {
      const input = { consentRecordId, expressedBy: 'EMAIL', evidence: 'mail' }
      return (await member.mutate(mutation, input)).userErrors.map(({ code }: UserErrorAnswer) => code)
    }
    const requested = await partner.asks(customer, person)
    expect(await attempt('consentWithdraw', requested)).toEqual(['INVALID_STATE'])
    expect(await attempt('consentRefuse', requested)).toEqual([])
    for (const verb of ['consentGrant', 'consentRefuse', 'consentWithdraw'])
      expect(await attempt(verb, requested)).toEqual(['INVALID_STATE'])
    const granted = await partner.asks(customer, await personOf(customer))
    expect(await attempt('consentGrant', granted)).toEqual([])
    expect(await attempt('consentGrant', granted)).toEqual(['INVALID_STATE'])
    expect(await attempt('consentWithdraw', granted)).toEqual([])
    expect(await attempt('consentWithdraw', granted)).toEqual(['INVALID_STATE'])
    expect((await read(granted, 'history { state }')).history).toHaveLength(3)
  })

  it.each([
    [{ categories: ['CONTRACT'] }, 'INVALID', 'categories'],
    [{ categories: [] }, 'REQUIRED', 'categories'],
    [{ noticeHash: 'ABC' }, 'INVALID', 'noticeHash'],
    [{ termMonths: 0 }, 'TOO_SMALL', 'termMonths'],
    [{ termMonths: 121 }, 'TOO_LARGE', 'termMonths'],
    [{ processingMethod: '' }, 'BLANK', 'processingMethod'],
    [{ purpose: 'OTHER' }, 'REQUIRED', 'purposeText'],
  ])('is not asked for with %j: %s', async (more, code, field) => {
    const input = { ...consentRequest(partner.id, person), ...more }
    const { userErrors } = await (await customer.user('MEMBER')).mutate('consentRequest', input)
    expect(userErrors).toMatchObject([{ code, field: ['input', field] }])
  })

  it('is not decided tomorrow, nor so long ago that it is over, nor without evidence', async () => {
    const member = await customer.user('MEMBER')
    const consentRecordId = await partner.asks(customer, person, { termMonths: 1 })
    const attempt = async (more: object): Promise<unknown> =>
      (
        await member.mutate('consentGrant', {
          consentRecordId,
          expressedBy: 'PHONE',
          evidence: 'call',
          ...more,
        })
      ).userErrors.map(({ code, field }: UserErrorAnswer) => [code, field?.at(-1)])
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString()
    expect(await attempt({ decidedAt: tomorrow })).toEqual([['IN_FUTURE', 'decidedAt']])
    expect(await attempt({ decidedAt: '2020-01-01T00:00:00Z' })).toEqual([['INVALID', 'decidedAt']])
    expect(await attempt({ evidence: ' ' })).toEqual([['BLANK', 'evidence']])
    expect((await read(consentRecordId, 'state')).state).toBe('REQUESTED')
  })

  it("is recorded by the customer's users alone; the provider may ask, and no app may do either", async () => {
    const consentRecordId = await partner.asks(customer, person)
    const grant =
      'mutation ($input: ConsentGrantInput!) { consentGrant(input: $input) { consentRecord { id } } }'
    const input = { idempotencyKey: randomUUID(), consentRecordId, expressedBy: 'PAPER', evidence: 'x' }
    for (const caller of [await provider.admin(), await partner.caller()])
      expect((await caller.send(grant, { input })).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    const admin = await provider.admin()
    const asked = await admin.mutate(
      'consentRequest',
      consentRequest(partner.id, person),
      'consentRecord { state }',
    )
    expect(asked.consentRecord).toEqual({ state: 'REQUESTED' })
    const { person: own } = await admin.mutate('personUpsert', { name: 'Own' }, 'person { id }')
    const refused = await admin.mutate('consentRequest', consentRequest(partner.id, own.id))
    expect(refused.userErrors).toMatchObject([{ code: 'INVALID', field: ['input', 'personId'] }])
  })

  it('knows no person, app or record of another customer or tenant', async () => {
    const other = await provider.customer()
    const theirPerson = await personOf(other)
    const theirRecord = await partner.asks(other, theirPerson)
    const foreignApp = await Partner.register(stranger)
    const foreignPerson = await personOf(await stranger.customer())
    const member = await customer.user('MEMBER')
    const answersOf = async (mutation: string, inputs: object[]): Promise<Set<string>> =>
      new Set(
        await Promise.all(
          inputs.map(input => member.mutate(mutation, input).then(each => JSON.stringify(each))),
        ),
      )
    const random = (prefix: string): string => `${prefix}_${randomUUID()}`
    const persons = [theirPerson, foreignPerson, random('prs'), 'malformed', customer.id]
    expect(
      await answersOf(
        'consentRequest',
        persons.map(id => consentRequest(partner.id, id)),
      ),
    ).toHaveProperty('size', 1)
    const apps = [foreignApp.id, random('app'), 'malformed']
    expect(
      await answersOf(
        'consentRequest',
        apps.map(id => consentRequest(id, person)),
      ),
    ).toHaveProperty('size', 1)
    const records = [theirRecord, random('cns'), 'malformed', person].map(consentRecordId => ({
      consentRecordId,
      expressedBy: 'PAPER',
      evidence: 'x',
    }))
    for (const verb of ['consentGrant', 'consentRefuse', 'consentWithdraw'])
      expect(await answersOf(verb, records)).toHaveProperty('size', 1)
    expect(await read(theirRecord, 'id')).toBeNull()
  })

  it('is told to an app under CONSENT_RECORD alone, its person under CONTACT and consent', async () => {
    const id = await partner.asks(customer, person)
    const app = await Partner.register(provider)
    const caller = await app.caller()
    const query = 'query ($id: ID!) { consentRecord(id: $id) { state app { id } person { id } } }'
    expect((await caller.ask(query, { id })).consentRecord).toBeNull()
    await app.authorizedBy(customer, ['CONSENT_RECORD'])
    expect((await caller.ask(query, { id })).consentRecord).toEqual({
      state: 'REQUESTED',
      app: null,
      person: null,
    })
  })

  it('lists by person, app, state and purpose', async () => {
    const someone = await personOf(customer)
    const id = await partner.asks(customer, someone, { purpose: 'AUDIT' })
    const list = async (filter: object): Promise<string[]> => {
      const { consentRecords } = await (await customer.user('MEMBER')).ask(
        'query ($filter: ConsentFilter) { consentRecords(first: 100, filter: $filter) { nodes { id } } }',
        { filter },
      )
      return consentRecords.nodes.map((each: any) => each.id)
    }
    expect(await list({ personId: someone })).toEqual([id])
    expect(await list({ purpose: ['AUDIT'], state: ['REQUESTED'], appId: partner.id })).toEqual([id])
    expect(await list({ personId: someone, state: ['GRANTED'] })).toEqual([])
    expect(await list({ personId: 'malformed' })).toEqual([])
  })
})

describe('the journal', () => {
  it('holds ids of what was authorised and consented, and nobody by name', async () => {
    const disclosureAuthorizationId = await partner.authorizedBy(customer, ['CONTACT'])
    await (await customer.signatory()).mutate('disclosureRevoke', { disclosureAuthorizationId })
    const rows = await world.sqlAsSuperuser<{ type: string; text: string; clause: string }>(
      'select type, clause, to_jsonb(events)::text as text from events where customer_id = $1',
      [customer.uuid],
    )
    const types = new Set(rows.map(row => row.type))
    for (const type of [
      'consent.granted',
      'consent.withdrawn',
      'disclosure.authorized',
      'disclosure.revoked',
    ])
      expect(types).toContain(type)
    for (const { text, clause } of rows) {
      expect(clause).toBe('8.2.1')
      expect(text).not.toMatch(/Canary|person\.example|5555 ?0100|folder 7/)
    }
  })

  it('and the log hold no personal data', () => {
    expect(world.logged.join('')).not.toMatch(/Canary|person\.example|5555 ?0100|folder 7/)
  })
})
