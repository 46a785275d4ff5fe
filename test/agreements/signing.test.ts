import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TERMS } from '../../src/agreements/terms.js'
import {
  type AgreementHandle,
  type Caller,
  type Customer,
  filledTerms,
  type Provider,
  World,
} from '../kit/world.js'

const READ = `agreement { id state revision effectiveAt effectiveOn endsOn endsAt
  currentVersion { state contentHash signatures { side act method contentHash occurredAt acceptedAt evidence voidedAt } } }`
const NOT_SIGNING = [{ code: 'INVALID_STATE', field: ['input', 'agreementId'] }]

let world: World
let provider: Provider
let customer: Customer
let admin: Caller
let signatory: Caller
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  customer = await provider.customer('SIGN-1', '绵阳青禾商贸')
  admin = await provider.admin()
  signatory = await customer.signatory()
})
afterAll(() => world.close())

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
async function sign(agreement: AgreementHandle, by: Caller, input: object = {}): Promise<any> {
  const contentHash = await agreement.contentHash()
  return by.mutate('agreementSign', { agreementId: agreement.id, contentHash, ...input }, READ)
}

async function submitted(terms: object = {}, settings: object = {}): Promise<AgreementHandle> {
  const agreement = await customer.draft(terms, settings)
  await agreement.submit()
  return agreement
}

const submit = (agreement: AgreementHandle, more: object = {}) =>
  admin.mutate('agreementSubmitForSigning', { agreementId: agreement.id, ...more }, READ)

const typesOf = async (agreement: AgreementHandle): Promise<string[]> =>
  (await world.journal(provider.tenantId, agreement.uuid)).map(event => event.type.replace('agreement.', ''))

describe('submitting a draft', () => {
  it('settles its text: it gets the hash that both sides sign', async () => {
    const agreement = await customer.draft()
    expect(await agreement.contentHash()).toBeNull()
    const { agreement: settled, userErrors } = await submit(agreement)
    expect(userErrors).toEqual([])
    expect(settled).toMatchObject({ state: 'DRAFT', currentVersion: { state: 'SIGNING', signatures: [] } })
    expect(settled.currentVersion.contentHash).toMatch(/^[0-9a-f]{64}$/)
    expect((await submit(agreement)).userErrors).toMatchObject(NOT_SIGNING)
  })

  it('says of every empty blank that it is required, with its clause, and changes nothing', async () => {
    const { agreement: empty } = await admin.mutate(
      'agreementDraft',
      { customerId: customer.id },
      'agreement { id }',
    )
    const before = await world.contents()
    const { agreement, userErrors } = await admin.mutate(
      'agreementSubmitForSigning',
      { agreementId: empty.id },
      READ,
    )
    expect(agreement).toBeNull()
    expect(userErrors).toEqual(
      TERMS.map(({ name, clause }) => ({
        code: 'REQUIRED',
        field: ['terms', name],
        clause,
        message: 'It is required here.',
        retryable: false,
      })),
    )
    expect(await world.contents()).toEqual(before)
    const partly = await customer.draft({ restoreHours: null, contractNumber: null })
    expect((await submit(partly)).userErrors.map((error: { clause: string }) => error.clause)).toEqual([
      '0',
      '8.3.2',
    ])
  })

  it('is refused while the fix is due before the response, and not when they are due together (clause 2.3.1)', async () => {
    const agreement = await customer.draft({ responseHours: '4.5', fixHours: '4.4' })
    const { userErrors } = await submit(agreement)
    expect(userErrors).toMatchObject([
      { code: 'TOO_SMALL', field: ['terms', 'fixHours'], clause: '2.3.1', message: 'At least 4.5.' },
    ])
    await admin.mutate('agreementTermsSet', { agreementId: agreement.id, terms: { fixHours: '4.50' } })
    expect((await submit(agreement)).userErrors).toEqual([])
  })

  it('takes the revision that was read', async () => {
    const agreement = await customer.draft()
    const { revision } = await agreement.read('revision')
    const stale = await submit(agreement, { expectedRevision: revision - 1 })
    expect(stale.userErrors).toMatchObject([{ code: 'STALE_REVISION' }])
    expect((await submit(agreement, { expectedRevision: revision })).userErrors).toEqual([])
  })

  it('gives the same text the same hash, and another text another one', async () => {
    const terms = { contractNumber: null }
    const [one, two, other] = [
      await customer.draft(terms),
      await customer.draft(terms),
      await customer.draft(terms),
    ]
    const hashes: string[] = []
    for (const [agreement, values] of [
      [one, {}],
      [two, {}],
      [other, { restoreHours: '13' }],
    ] as const) {
      await admin.mutate('agreementTermsSet', {
        agreementId: agreement.id,
        terms: { contractNumber: 'SAME', ...values },
      })
      hashes.push(await agreement.submit())
      // The number is free for the next one once this one has another; the hash stays the one that was answered.
      await admin.mutate('agreementTermsSet', {
        agreementId: agreement.id,
        terms: { contractNumber: agreement.uuid },
      })
    }
    expect(hashes[0]).toBe(hashes[1])
    expect(hashes[2]).not.toBe(hashes[0])
  })
})

describe('signing online', () => {
  it('counts when it is accepted, for the own side, and the last of both sides puts it in force', async () => {
    await world.setClock('2026-05-04T09:00:00+08:00')
    const agreement = await submitted()
    const first = await sign(agreement, signatory)
    expect(first.userErrors).toEqual([])
    expect(first.agreement).toMatchObject({ state: 'DRAFT', effectiveAt: null, endsAt: null })
    await world.setClock('2026-05-05T23:59:59+08:00')
    const { agreement: signed, userErrors } = await sign(agreement, admin, { side: 'PROVIDER', act: 'SEAL' })
    expect(userErrors).toEqual([])
    expect(signed).toMatchObject({ state: 'ACTIVE', effectiveOn: '2026-05-05', endsOn: '2029-05-05' })
    const { state, contentHash, signatures } = signed.currentVersion
    expect(state).toBe('IN_FORCE')
    expect(signatures).toMatchObject([
      { side: 'CUSTOMER', act: 'SIGNATURE', method: 'ONLINE', contentHash, evidence: null, voidedAt: null },
      { side: 'PROVIDER', act: 'SEAL', method: 'ONLINE', contentHash, evidence: null, voidedAt: null },
    ])
    for (const { occurredAt, acceptedAt } of signatures) expect(occurredAt).toBe(acceptedAt)
    expect(signed.effectiveAt).toBe(signatures[1].occurredAt)
  })

  it('is done once by each side, and no side can do it for the other', async () => {
    const agreement = await submitted()
    await sign(agreement, admin)
    const { userErrors } = await sign(agreement, await provider.staff('ADMIN', 'FINANCE'))
    expect(userErrors).toMatchObject([
      { code: 'INVALID_STATE', field: ['input', 'act'], message: 'This side has done this act already.' },
    ])
    // A seal besides is another act, and still the same side.
    const { agreement: sealed } = await sign(agreement, admin, { act: 'SEAL' })
    expect(sealed.state).toBe('DRAFT')
    const other = [{ code: 'OTHER_SIDE', field: ['input', 'side'] }]
    expect((await sign(agreement, admin, { side: 'CUSTOMER' })).userErrors).toMatchObject(other)
    expect((await sign(agreement, signatory, { side: 'PROVIDER' })).userErrors).toMatchObject(other)
    expect((await sign(agreement, signatory, { side: 'CUSTOMER' })).agreement.state).toBe('ACTIVE')
    expect((await sign(agreement, signatory)).userErrors).toMatchObject(NOT_SIGNING)
  })

  it('takes four acts where signature and seal are required, and is in force on the last', async () => {
    const agreement = await submitted({}, { requiredActs: 'SIGNATURE_AND_SEAL' })
    const acts: [Caller, string][] = [
      [admin, 'SIGNATURE'],
      [signatory, 'SEAL'],
      [signatory, 'SIGNATURE'],
      [admin, 'SEAL'],
    ]
    for (const [at, [by, act]] of acts.entries()) {
      await world.setClock(`2026-06-0${at + 1}T10:00:00+08:00`)
      const { agreement: after, userErrors } = await sign(agreement, by, { act })
      expect(userErrors).toEqual([])
      expect(after.state).toBe(at === 3 ? 'ACTIVE' : 'DRAFT')
    }
    expect(await agreement.read('effectiveOn endsOn')).toEqual({
      effectiveOn: '2026-06-04',
      endsOn: '2029-06-04',
    })
    expect((await typesOf(agreement)).filter(type => type === 'in_force')).toHaveLength(1)
  })

  it.each([
    ['nothing', ''],
    ['another text', '0'.repeat(64)],
    ['a megabyte', 'f'.repeat(1_000_000)],
  ])('the hash of %s is refused', async (_, contentHash) => {
    const agreement = await submitted()
    const { agreement: none, userErrors } = await sign(agreement, admin, { contentHash })
    expect(none).toBeNull()
    expect(userErrors).toMatchObject([{ code: 'CONTENT_CHANGED', field: ['input', 'contentHash'] }])
  })

  it('takes no instant and no evidence: those are of paper, and a signer who gives them means paper', async () => {
    const agreement = await submitted()
    const given = { occurredAt: '2026-01-01T00:00:00Z', evidence: '扫描件 1' }
    for (const name of ['occurredAt', 'evidence'] as const) {
      const { userErrors } = await sign(agreement, admin, { [name]: given[name] })
      expect(userErrors).toMatchObject([{ code: 'INVALID', field: ['input', name] }])
    }
  })

  it('is for drafts that were submitted, and not for those that were given up', async () => {
    const draft = await customer.draft()
    expect((await sign(draft, admin, { contentHash: '' })).userErrors).toMatchObject(NOT_SIGNING)
    const cancelled = await submitted()
    await sign(cancelled, signatory)
    expect((await admin.mutate('agreementCancel', { agreementId: cancelled.id })).userErrors).toEqual([])
    expect((await sign(cancelled, admin)).userErrors).toMatchObject(NOT_SIGNING)
    expect(await cancelled.read('state currentVersion { state }')).toEqual({
      state: 'CANCELLED',
      currentVersion: { state: 'CANCELLED' },
    })
  })
})

describe('a text that changes while it is signed', () => {
  const CHANGES: [string, string, object][] = [
    ['a term', 'agreementTermsSet', { terms: { responseHours: '3' } }],
    [
      'the number',
      'agreementTermsSet',
      { terms: { contractNumber: `NEW-${crypto.randomUUID().slice(0, 8)}` } },
    ],
    ['the required acts', 'agreementTermsSet', { terms: {}, requiredActs: 'SIGNATURE_AND_SEAL' }],
    [
      'a damages rule',
      'agreementDamagesRuleSet',
      { rule: { dutyClauses: ['4.2.1'], basis: 'ANNUAL_FEE', mode: 'ONE_OFF' } },
    ],
    ['the covered software', 'coveredSoftwareSet', { software: [{ product: '客服' }] }],
    ['the support channels', 'supportChannelSet', { channels: [{ kind: 'PHONE', address: '400' }] }],
  ]

  it.each(CHANGES)(
    'by %s voids what was signed, and only its new hash can be signed',
    async (_, mutation, input) => {
      const agreement = await submitted()
      const old = await agreement.contentHash()
      await sign(agreement, admin)
      const { agreement: changed, userErrors } = await admin.mutate(
        mutation,
        { agreementId: agreement.id, ...input },
        READ,
      )
      expect(userErrors).toEqual([])
      expect(changed.currentVersion.state).toBe('SIGNING')
      expect(changed.currentVersion.contentHash).toMatch(/^[0-9a-f]{64}$/)
      expect(changed.currentVersion.contentHash).not.toBe(old)
      expect(changed.currentVersion.signatures).toMatchObject([
        { contentHash: old, voidedAt: expect.any(String) },
      ])
      const refused = await sign(agreement, signatory, { contentHash: old })
      expect(refused.userErrors).toMatchObject([{ code: 'CONTENT_CHANGED' }])
      const { agreement: after } = await sign(agreement, signatory, { act: 'SIGNATURE' })
      expect(after.state).toBe('DRAFT')
      expect((await sign(agreement, admin)).userErrors).toEqual([])
      expect(await typesOf(agreement)).toEqual(
        expect.arrayContaining(['drafted', 'submitted', 'signed', 'redrafted', 'signed', 'signed']),
      )
    },
  )

  it('by a rule that is taken out does so as well', async () => {
    const agreement = await submitted()
    const [{ id: ruleId }] = (await agreement.read('currentVersion { damagesRules { id } }')).currentVersion
      .damagesRules
    await sign(agreement, signatory)
    const { agreement: changed } = await admin.mutate(
      'agreementDamagesRuleRemove',
      { agreementId: agreement.id, ruleId },
      READ,
    )
    expect(changed.currentVersion.signatures).toMatchObject([{ voidedAt: expect.any(String) }])
  })

  it('back to what it was has the hash it had, and the signatures stay void', async () => {
    const agreement = await submitted()
    const old = await agreement.contentHash()
    await sign(agreement, admin)
    for (const responseHours of ['3', '2'])
      await admin.mutate('agreementTermsSet', { agreementId: agreement.id, terms: { responseHours } })
    expect(await agreement.contentHash()).toBe(old)
    const { agreement: half } = await sign(agreement, signatory)
    expect(half.state).toBe('DRAFT')
    expect((await sign(agreement, admin)).agreement.state).toBe('ACTIVE')
  })

  it('by nothing keeps what was signed', async () => {
    const agreement = await submitted()
    await sign(agreement, admin)
    const terms = filledTerms('')
    await admin.mutate('agreementTermsSet', {
      agreementId: agreement.id,
      terms: { responseHours: terms.responseHours, fixHours: '24.0' },
    })
    await admin.mutate('coveredSoftwareSet', { agreementId: agreement.id, software: [] })
    expect((await sign(agreement, signatory)).agreement.state).toBe('ACTIVE')
  })

  it('cannot lose what is required for signing, nor contradict itself', async () => {
    const agreement = await submitted()
    await sign(agreement, admin)
    const before = await world.contents()
    const change = (terms: object) => admin.mutate('agreementTermsSet', { agreementId: agreement.id, terms })
    expect((await change({ termYears: null, restoreHours: null })).userErrors).toMatchObject([
      { code: 'REQUIRED', field: ['input', 'terms', 'termYears'], clause: '1.3.1' },
      { code: 'REQUIRED', field: ['input', 'terms', 'restoreHours'], clause: '8.3.2' },
    ])
    expect((await change({ responseHours: '25' })).userErrors).toMatchObject([
      { code: 'TOO_SMALL', field: ['input', 'terms', 'fixHours'], clause: '2.3.1' },
    ])
    expect(await world.contents()).toEqual(before)
  })
})

describe('acts on paper', () => {
  const paper = (side: string, occurredAt: string, more: object = {}): object => ({
    method: 'PAPER',
    side,
    occurredAt,
    evidence: '档案柜 3,扫描件 17',
    ...more,
  })

  it('count at the instant stated, whoever is entered first, and keep both instants and the evidence', async () => {
    await world.setClock('2026-07-20T12:00:00+08:00')
    const agreement = await submitted()
    await sign(agreement, admin, paper('CUSTOMER', '2026-07-15T18:30:00.123999+08:00', { act: 'SEAL' }))
    const { agreement: signed, userErrors } = await sign(
      agreement,
      admin,
      paper('PROVIDER', '2026-07-01T00:00:00+08:00'),
    )
    expect(userErrors).toEqual([])
    expect(signed).toMatchObject({
      state: 'ACTIVE',
      effectiveAt: '2026-07-15T10:30:00.123Z',
      effectiveOn: '2026-07-15',
      endsOn: '2029-07-15',
      endsAt: '2029-07-15T16:00:00.000Z',
    })
    const [seal] = signed.currentVersion.signatures
    expect(seal).toMatchObject({
      side: 'CUSTOMER',
      act: 'SEAL',
      method: 'PAPER',
      evidence: '档案柜 3,扫描件 17',
    })
    expect(seal.occurredAt).toBe('2026-07-15T10:30:00.123Z')
    expect(Date.parse(seal.acceptedAt)).toBeGreaterThanOrEqual(Date.parse('2026-07-20T04:00:00Z'))
    const events = await world.journal(provider.tenantId, agreement.uuid)
    const inForce = events.find(event => event.type === 'agreement.in_force')
    expect(inForce?.occurred_at).toEqual(new Date('2026-07-15T10:30:00.123Z'))
    expect(inForce?.accepted_at.getTime()).toBeGreaterThanOrEqual(Date.parse('2026-07-20T04:00:00Z'))
  })

  it('mix with acts online: the last of all counts', async () => {
    await world.setClock('2026-07-21T08:00:00+08:00')
    const agreement = await submitted()
    await sign(agreement, signatory, paper('CUSTOMER', '2026-07-10T10:00:00+08:00'))
    expect((await sign(agreement, admin)).agreement).toMatchObject({ effectiveOn: '2026-07-21' })
  })

  it.each([
    ['no instant', { occurredAt: null }, 'occurredAt', 'REQUIRED'],
    ['an instant to come', { occurredAt: '2026-07-22T08:00:30+08:00' }, 'occurredAt', 'IN_FUTURE'],
    ['no evidence', { evidence: null }, 'evidence', 'REQUIRED'],
    ['blank evidence', { evidence: ' \n' }, 'evidence', 'BLANK'],
    ['evidence of 2001 characters', { evidence: 'x'.repeat(2001) }, 'evidence', 'TOO_LONG'],
    ['evidence with a NUL', { evidence: 'a\0' }, 'evidence', 'INVALID'],
  ])('with %s are refused', async (_, more, name, code) => {
    await world.setClock('2026-07-22T08:00:00+08:00')
    const agreement = await submitted()
    const { userErrors } = await sign(agreement, admin, paper('PROVIDER', '2026-07-01T00:00:00Z', more))
    expect(userErrors).toMatchObject([{ code, field: ['input', name] }])
    const full = paper('PROVIDER', '2026-07-22T08:00:00+08:00', { evidence: '字'.repeat(2000) })
    expect((await sign(agreement, admin, full)).userErrors).toEqual([])
  })

  it.each(['0001-01-01T00:00:00Z', '1582-10-10T00:00:00Z', '1949-10-01T00:00:00.001+08:00'])(
    'of %s are taken, be it long ago',
    async occurredAt => {
      const agreement = await submitted()
      for (const side of ['PROVIDER', 'CUSTOMER'])
        expect((await sign(agreement, admin, paper(side, occurredAt))).userErrors).toEqual([])
      await world.ringDue()
      const { state, effectiveAt } = await agreement.read('state effectiveAt')
      expect([state, effectiveAt]).toEqual(['EXPIRED', new Date(occurredAt).toISOString()])
    },
  )

  it.each([
    '0000-12-31T23:59:59Z',
    '0001-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59-14:00',
    '2026-02-30T00:00:00Z',
    '2026-01-01',
  ])('of %s are no instant', async occurredAt => {
    const agreement = await submitted()
    const input = { idempotencyKey: 'k', agreementId: agreement.id, contentHash: '', occurredAt }
    const document =
      'mutation ($input: AgreementSignInput!) { agreementSign(input: $input) { userErrors { code } } }'
    const { errors } = await admin.send(document, { input })
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
  })

  it("are entered by staff for either side, by a customer's user for its own", async () => {
    const agreement = await submitted()
    const { userErrors } = await sign(agreement, signatory, paper('PROVIDER', '2026-07-01T00:00:00Z'))
    expect(userErrors).toMatchObject([{ code: 'OTHER_SIDE', field: ['input', 'side'] }])
    expect((await sign(agreement, signatory, paper('CUSTOMER', '2026-07-01T00:00:00Z'))).userErrors).toEqual(
      [],
    )
    const again = await sign(agreement, admin, paper('CUSTOMER', '2026-07-02T00:00:00Z'))
    expect(again.userErrors).toMatchObject([{ code: 'INVALID_STATE', field: ['input', 'act'] }])
  })

  it.each([
    ['Asia/Shanghai', '2028-02-29T10:15:00+08:00', 1, '2028-02-29', '2029-02-28', '2029-02-28T16:00:00.000Z'],
    ['Asia/Shanghai', '2028-02-29T10:15:00+08:00', 4, '2028-02-29', '2032-02-29', '2032-02-29T16:00:00.000Z'],
    ['Asia/Shanghai', '2026-03-31T16:30:00Z', 1, '2026-04-01', '2027-04-01', '2027-04-01T16:00:00.000Z'],
    ['Asia/Shanghai', '2026-03-31T15:59:59.999Z', 1, '2026-03-31', '2027-03-31', '2027-03-31T16:00:00.000Z'],
    ['Asia/Shanghai', '2026-03-31T16:00:00.000Z', 1, '2026-04-01', '2027-04-01', '2027-04-01T16:00:00.000Z'],
    // Clocks in Berlin are two hours ahead of UTC in summer and one in winter; 2027 has them change on 03-28 and 10-31.
    ['Europe/Berlin', '2026-03-31T21:59:59.999Z', 1, '2026-03-31', '2027-03-31', '2027-03-31T22:00:00.000Z'],
    ['Europe/Berlin', '2026-03-31T22:00:00.000Z', 1, '2026-04-01', '2027-04-01', '2027-04-01T22:00:00.000Z'],
    ['Europe/Berlin', '2026-10-30T23:00:00Z', 1, '2026-10-31', '2027-10-31', '2027-10-31T23:00:00.000Z'],
    ['Europe/Berlin', '2026-03-27T23:30:00Z', 1, '2026-03-28', '2027-03-28', '2027-03-28T22:00:00.000Z'],
    [
      'America/Los_Angeles',
      '2026-04-01T06:59:00Z',
      1,
      '2026-03-31',
      '2027-03-31',
      '2027-04-01T07:00:00.000Z',
    ],
    ['Asia/Kathmandu', '2026-03-31T18:15:00Z', 1, '2026-04-01', '2027-04-01', '2027-04-01T18:15:00.000Z'],
  ])(
    'in %s a last act at %s begins %i year(s) on %s',
    async (timeZone, at, years, effectiveOn, endsOn, endsAt) => {
      await world.setClock('2028-03-01T00:00:00Z')
      const agreement = await submitted(
        { termYears: years, serviceTermYears: years, confidentialityYears: 1 },
        { timeZone },
      )
      await sign(agreement, admin, paper('PROVIDER', '2026-01-01T00:00:00Z'))
      await sign(agreement, admin, paper('CUSTOMER', at))
      expect(await agreement.read('effectiveOn endsOn endsAt')).toEqual({ effectiveOn, endsOn, endsAt })
    },
  )

  it('that put a term in force which is over already let it expire at the next ring', async () => {
    await world.setClock('2026-08-01T00:00:00Z')
    await world.ringDue()
    const agreement = await submitted({ termYears: 1, serviceTermYears: 1, confidentialityYears: 2 })
    for (const side of ['PROVIDER', 'CUSTOMER'])
      await sign(agreement, admin, paper(side, '2020-02-01T00:00:00+08:00'))
    expect((await agreement.read('state')).state).toBe('ACTIVE')
    expect(await world.ringDue()).toBe(1)
    expect(await agreement.read('state endsOn confidentialUntil currentVersion { state }')).toEqual({
      state: 'EXPIRED',
      endsOn: '2021-02-01',
      confidentialUntil: '2023-02-01',
      currentVersion: { state: 'IN_FORCE' },
    })
    expect((await typesOf(agreement)).slice(-2)).toEqual(['in_force', 'expired'])
  })
})

describe('who signs', () => {
  it('is ADMIN for the provider and SIGNATORY for the customer, and nobody else', async () => {
    const agreement = await submitted()
    const contentHash = await agreement.contentHash()
    const others = [
      await provider.staff('AGENT', 'FINANCE', 'OPERATOR', 'AUDITOR'),
      await customer.user('MEMBER'),
      await provider.service(['agreement:sign', 'agreement:read', 'agreement:write']),
      await provider.service(['agreement:sign'], customer),
      await provider.app('signer', ['agreement:sign', 'agreement:read']),
    ]
    const document =
      'mutation ($input: AgreementSignInput!) { agreementSign(input: $input) { userErrors { code } } }'
    const before = await world.contents()
    for (const caller of others) {
      for (const agreementId of [agreement.id, 'agr_00000000-0000-7000-8000-000000000000']) {
        const { errors } = await caller.send(document, {
          input: { idempotencyKey: 'k', agreementId, contentHash },
        })
        expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
      }
    }
    expect(await world.contents()).toEqual(before)
  })

  it("finds nothing of another customer, nor of another tenant's", async () => {
    const agreement = await submitted()
    const contentHash = await agreement.contentHash()
    const neighbour = await (await provider.customer()).signatory()
    const foreign = await (await world.provider()).admin()
    for (const caller of [neighbour, foreign]) {
      const seen = await caller.ask('query ($id: ID!) { agreement(id: $id) { id } node(id: $id) { id } }', {
        id: agreement.id,
      })
      expect(seen).toEqual({ agreement: null, node: null })
      const real = await caller.mutate('agreementSign', { agreementId: agreement.id, contentHash }, READ)
      const unknown = await caller.mutate(
        'agreementSign',
        { agreementId: 'agr_00000000-0000-7000-8000-000000000000', contentHash },
        READ,
      )
      expect(real).toEqual(unknown)
      expect(real.userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['input', 'agreementId'] }])
    }
  })

  it('may be said by a person that the caller sees', async () => {
    const person = async (by: Caller, input: object): Promise<string> =>
      (await by.mutate('personUpsert', input, 'person { id }')).person.id
    const own = await person(signatory, { name: '李四', email: 'li@example.com' })
    const staff = await person(admin, { name: '王五' })
    const neighbours = await person(admin, { name: '赵六', customerId: (await provider.customer()).id })
    const agreement = await submitted()
    for (const signatoryId of [
      staff,
      neighbours,
      'prs_00000000-0000-7000-8000-000000000000',
      'x',
      customer.id,
    ]) {
      const { userErrors } = await sign(agreement, signatory, { signatoryId })
      expect(userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['input', 'signatoryId'] }])
    }
    expect((await sign(agreement, signatory, { signatoryId: own })).userErrors).toEqual([])
    expect((await sign(agreement, admin, { signatoryId: staff })).userErrors).toEqual([])
    const document =
      'query ($id: ID!) { agreement(id: $id) { currentVersion { signatures { side signatory { name } } } } }'
    const names = async (caller: Caller): Promise<unknown> =>
      (await caller.ask(document, { id: agreement.id })).agreement.currentVersion.signatures
    expect(await names(admin)).toEqual([
      { side: 'CUSTOMER', signatory: { name: '李四' } },
      { side: 'PROVIDER', signatory: { name: '王五' } },
    ])
    // The provider's own people are invisible to customers.
    expect(await names(signatory)).toEqual([
      { side: 'CUSTOMER', signatory: { name: '李四' } },
      { side: 'PROVIDER', signatory: null },
    ])
  })
})

describe('signatures at once', () => {
  it('of both sides put it in force exactly once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const agreement = await submitted()
      const contentHash = await agreement.contentHash()
      const results = await Promise.all(
        [admin, signatory].map(by =>
          by.mutate('agreementSign', { agreementId: agreement.id, contentHash }, READ),
        ),
      )
      expect(results.flatMap(({ userErrors }) => userErrors)).toEqual([])
      expect((await agreement.read('state')).state).toBe('ACTIVE')
      expect(await typesOf(agreement)).toEqual(['drafted', 'submitted', 'signed', 'signed', 'in_force'])
      const alarms = await world.sqlAsSuperuser('select kind, due_at from alarms where subject_id = $1', [
        agreement.uuid,
      ])
      expect(alarms).toEqual([
        { kind: 'agreement.expire', due_at: new Date((await agreement.read('endsAt')).endsAt) },
      ])
    }
  })

  it('of one side are one signature', async () => {
    const agreement = await submitted()
    const results = await Promise.all(Array.from({ length: 4 }, () => sign(agreement, admin)))
    const codes: string[] = results.map(({ userErrors }) => userErrors[0]?.code ?? 'signed')
    expect(codes.sort()).toEqual(['INVALID_STATE', 'INVALID_STATE', 'INVALID_STATE', 'signed'])
  })

  it('and a change of the text never leave a signature standing under another text', async () => {
    for (let round = 0; round < 5; round += 1) {
      const agreement = await submitted()
      const [signed] = await Promise.all([
        sign(agreement, signatory),
        admin.mutate('agreementTermsSet', { agreementId: agreement.id, terms: { responseHours: '1' } }),
      ])
      const { currentVersion } = await agreement.read(
        'currentVersion { contentHash signatures { contentHash voidedAt } }',
      )
      expect(signed.userErrors.map(({ code }: { code: string }) => code)).toEqual(
        currentVersion.signatures.length === 0 ? ['CONTENT_CHANGED'] : [],
      )
      for (const each of currentVersion.signatures)
        expect(each.voidedAt === null).toBe(each.contentHash === currentVersion.contentHash)
    }
  })
})

describe('the journal of an agreement that comes into force', () => {
  it('says what happened, in order, by whom as a hash, and nobody by name', async () => {
    const names = {
      providerName: '云答智能科技',
      customerName: '海川商贸集团',
      contractNumber: 'SECRET-2026-77',
    }
    const { person } = await signatory.mutate(
      'personUpsert',
      { name: '李四光', email: 'sg@example.com', phone: '13800138000' },
      'person { id }',
    )
    const agreement = await customer.draft(names)
    const contentHash = await agreement.submit()
    await sign(agreement, signatory, { signatoryId: person.id })
    await sign(agreement, admin, {
      act: 'SEAL',
      method: 'PAPER',
      occurredAt: '2026-01-02T03:04:05Z',
      evidence: '李四光 的柜子',
    })
    const events = await world.journal(provider.tenantId, agreement.uuid)
    const facts = events.map(({ type, clause, actor_kind, data }) => ({ type, clause, actor_kind, data }))
    const signed = { type: 'agreement.signed', clause: '1.3.1' }
    const { effectiveOn, endsOn, revision } = await agreement.read('effectiveOn endsOn revision')
    expect(facts).toEqual([
      {
        type: 'agreement.drafted',
        clause: null,
        actor_kind: 'staff',
        data: { versionNumber: 1, clauses: 77 },
      },
      {
        type: 'agreement.submitted',
        clause: null,
        actor_kind: 'staff',
        data: { versionNumber: 1, contentHash },
      },
      {
        ...signed,
        actor_kind: 'customer',
        data: { versionNumber: 1, side: 'CUSTOMER', act: 'SIGNATURE', method: 'ONLINE' },
      },
      {
        ...signed,
        actor_kind: 'staff',
        data: { versionNumber: 1, side: 'PROVIDER', act: 'SEAL', method: 'PAPER' },
      },
      {
        type: 'agreement.in_force',
        clause: '1.3.1',
        actor_kind: 'staff',
        data: { versionNumber: 1, effectiveOn, endsOn },
      },
    ])
    for (const [at, event] of events.entries()) {
      expect(event).toMatchObject({
        category: 'CONTRACT',
        customer_id: customer.uuid,
        subject_kind: 'agr',
        subject_id: agreement.uuid,
        agreement_id: agreement.uuid,
      })
      expect(event.actor_id).toMatch(/^[0-9a-f]{64}$/)
      if (at > 0) expect(event.subject_revision).toBeGreaterThanOrEqual(events[at - 1]!.subject_revision)
    }
    expect(events.at(-1)?.subject_revision).toBe(revision)
    // One hash per caller, over all its acts.
    expect(
      new Set(events.filter(event => event.actor_kind === 'staff').map(event => event.actor_id)).size,
    ).toBe(1)
    const text = JSON.stringify(events)
    for (const word of [
      ...Object.values(names),
      '李四光',
      'sg@example.com',
      '13800138000',
      '绵阳青禾',
      'ADMIN',
      'SIGNATORY',
    ])
      expect(text).not.toContain(word)
  })

  it('is one gap-free sequence of the tenant', async () => {
    const sequence = (await world.journal(provider.tenantId)).map(event => event.sequence)
    expect(sequence).toEqual(sequence.map((_, at) => at + 1))
  })
})
