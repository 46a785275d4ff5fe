import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { done } from '../kit/done.js'
import { type AgreementHandle, World } from '../kit/world.js'
import { Desk } from '../tickets/kit.js'

let world: World
let desk: Desk

beforeAll(async () => {
  world = await World.create()
  desk = await Desk.open(world)
})
afterAll(() => world.close())

const VERSIONS = 'versions { id number state effectiveFrom contentHash terms { fixHours } }'

async function amend(agreement: AgreementHandle, input: object): Promise<void> {
  await done(desk.admin, 'agreementAmend', { agreementId: agreement.id, ...input })
  await done(desk.admin, 'agreementSubmitForSigning', { agreementId: agreement.id })
}

/** The provider signs, then the customer, at the clock's now. */
async function sign(agreement: AgreementHandle): Promise<void> {
  for (const caller of [desk.admin, await desk.customer.signatory()]) await signAs(caller, agreement)
}

async function signAs(caller: Desk['admin'], agreement: AgreementHandle): Promise<void> {
  const { versions } = await agreement.read(VERSIONS)
  await done(caller, 'agreementSign', {
    agreementId: agreement.id,
    contentHash: versions.findLast((each: { state: string }) => each.state === 'SIGNING').contentHash,
  })
}

describe('an amendment', () => {
  it('T5: amendment mid-ticket: what runs keeps the hours it began with', async () => {
    await desk.at('2026-03-20T10:00')
    await amend(desk.agreement, { effectiveFrom: '2026-03-31T16:00:00.000Z', terms: { fixHours: '8' } })
    await sign(desk.agreement)
    expect(await desk.agreement.read('currentVersion { number }')).toEqual({ currentVersion: { number: 1 } })
    await desk.at('2026-03-31T20:00')
    const before = await desk.report()
    expect((await desk.see(before)).fixObligation.dueAt).toBe('2026-04-01T12:00:00.000Z')
    // The alarm has yet to ring: what is triggered from the instant on is by the new version all the same.
    await world.freezeClock('2026-04-01T00:00:00.000+08:00')
    const after = await desk.report()
    expect((await desk.see(after)).fixObligation.dueAt).toBe('2026-04-01T00:00:00.000Z')
    await desk.at('2026-04-01T00:00:01')
    expect((await desk.see(before)).fixObligation.dueAt).toBe('2026-04-01T12:00:00.000Z')
    const { versions } = await desk.agreement.read(VERSIONS)
    expect(versions).toMatchObject([
      { number: 1, state: 'SUPERSEDED', terms: { fixHours: '24' } },
      { number: 2, state: 'IN_FORCE', effectiveFrom: '2026-03-31T16:00:00.000Z', terms: { fixHours: '8' } },
    ])
    const at = `versionAt(at: "2026-03-31T15:59:59.999Z") { number } after: versionAt(at: "2026-03-31T16:00:00Z") { number }`
    expect(await desk.agreement.read(at)).toEqual({ versionAt: { number: 1 }, after: { number: 2 } })
    // Retyped now, a ticket of before goes by the version of its receipt.
    await desk.act('ticketReclassify', before, { kind: 'SUPPORT' })
    await desk.act('ticketReclassify', before, { kind: 'FAULT' })
    expect((await desk.see(before)).fixObligation.dueAt).toBe('2026-04-01T12:00:00.000Z')
  })

  it('without an instant of its own holds from the last required act, and its years count from the first day', async () => {
    await desk.at('2026-05-06T10:00')
    const agreement = await desk.customer.agreement({ termYears: 1, serviceTermYears: 1 })
    await desk.at('2026-06-01T10:00')
    await amend(agreement, { terms: { termYears: 2, serviceTermYears: 2, responseHours: '1' } })
    await signAs(desk.admin, agreement)
    await desk.at('2026-06-03T15:00')
    await signAs(await desk.customer.signatory(), agreement)
    expect(
      await agreement.read(
        'state effectiveOn endsOn currentVersion { number effectiveFrom terms { responseHours } }',
      ),
    ).toEqual({
      state: 'ACTIVE',
      effectiveOn: '2026-05-06',
      endsOn: '2028-05-06',
      currentVersion: { number: 2, effectiveFrom: '2026-06-03T07:00:00.000Z', terms: { responseHours: '1' } },
    })
    // It goes on past the day on which the first version would have ended.
    await desk.at('2027-05-07T00:00:01')
    expect((await agreement.read('state')).state).toBe('ACTIVE')
  })

  it('signed after the instant it names holds from the last act; a signature on a superseded hash holds nothing', async () => {
    await desk.at('2027-06-01T10:00')
    const agreement = await desk.customer.agreement()
    await amend(agreement, { effectiveFrom: '2027-06-02T00:00:00.000Z', terms: { fixHours: '12' } })
    const { versions } = await agreement.read(VERSIONS)
    const superseded = { agreementId: agreement.id, contentHash: versions[1].contentHash }
    await done(desk.admin, 'agreementSign', superseded)
    await done(desk.admin, 'agreementTermsSet', { agreementId: agreement.id, terms: { fixHours: '10' } })
    await desk.at('2027-06-05T10:00')
    const signatory = await desk.customer.signatory()
    expect((await signatory.mutate('agreementSign', superseded)).userErrors).toMatchObject([
      { code: 'CONTENT_CHANGED' },
    ])
    await sign(agreement)
    expect((await agreement.read(VERSIONS)).versions[1]).toMatchObject({
      state: 'IN_FORCE',
      effectiveFrom: '2027-06-05T02:00:00.000Z',
      terms: { fixHours: '10' },
    })
  })

  it('is one at a time; given up, the agreement goes on as it was and can be amended again', async () => {
    await desk.at('2027-07-01T10:00')
    const agreement = await desk.customer.agreement()
    await done(desk.admin, 'agreementAmend', { agreementId: agreement.id })
    const again = { agreementId: agreement.id }
    const [refusal] = (await desk.admin.mutate('agreementAmend', again)).userErrors
    expect(refusal).toMatchObject({ code: 'INVALID_STATE', field: ['input', 'agreementId'] })
    await done(desk.admin, 'agreementCancel', again)
    expect(await agreement.read(`state ${VERSIONS}`)).toMatchObject({
      state: 'ACTIVE',
      versions: [{ state: 'IN_FORCE' }, { state: 'CANCELLED' }],
    })
    await done(desk.admin, 'agreementAmend', again)
    expect((await agreement.read(VERSIONS)).versions.map((each: { number: number }) => each.number)).toEqual([
      1, 2, 3,
    ])
  })

  it('copies what the version has, and keeps the number; what it says is in the past or past the term is refused', async () => {
    await desk.at('2027-08-02T10:00')
    const agreement = await desk.customer.draft()
    const target = { agreementId: agreement.id }
    await done(desk.admin, 'coveredSoftwareSet', { ...target, software: [{ product: 'Desk', version: '7' }] })
    const channels = [{ kind: 'PHONE', address: '400-000-0000', hours: '9-18' }]
    await done(desk.admin, 'supportChannelSet', { ...target, channels })
    const fees = { annualFee: { amount: '240000.00', currency: 'CNY' }, taxRatePercent: '6' }
    await done(desk.admin, 'feeScheduleSet', { ...target, ...fees })
    await agreement.submit()
    await agreement.signByBoth()
    const refused = async (input: object): Promise<object[]> =>
      (await desk.admin.mutate('agreementAmend', { ...target, ...input })).userErrors
    expect(await refused({ effectiveFrom: '2027-08-02T01:59:59.999Z' })).toMatchObject([
      { code: 'INVALID', field: ['input', 'effectiveFrom'] },
    ])
    expect(await refused({ effectiveFrom: '2031-01-01T00:00:00Z' })).toMatchObject([
      { code: 'INVALID', field: ['input', 'effectiveFrom'], clause: '1.3.1' },
    ])
    expect(await refused({ terms: { contractNumber: 'Another' } })).toMatchObject([
      { code: 'INVALID', field: ['input', 'terms', 'contractNumber'] },
    ])
    await done(desk.admin, 'agreementAmend', target)
    const parts = `clauses { number text } damagesRules { dutyClauses ratePercent } coveredSoftware { product version }
      supportChannels { kind address hours } requiredActs feeSchedule { annualFee { amount } signedWithVersion }`
    const { versions } = await agreement.read(`versions { ${parts} }`)
    expect(versions[1]).toEqual(versions[0])
    expect(versions[0].feeSchedule.annualFee.amount).toBe('240000.00')
  })

  it('lapses with its agreement, and is nothing for a draft', async () => {
    await desk.at('2027-09-01T10:00')
    const agreement = await desk.customer.agreement()
    await amend(agreement, { effectiveFrom: '2027-10-01T00:00:00Z' })
    await sign(agreement)
    expect((await agreement.read(VERSIONS)).versions[1].state).toBe('SCHEDULED')
    await done(desk.admin, 'agreementTerminate', { agreementId: agreement.id, reason: 'They parted' })
    await desk.at('2027-10-02T10:00')
    expect((await agreement.read(VERSIONS)).versions.map((each: { state: string }) => each.state)).toEqual([
      'IN_FORCE',
      'CANCELLED',
    ])
    for (const target of [agreement, await desk.customer.draft()])
      expect(
        (await desk.admin.mutate('agreementAmend', { agreementId: target.id })).userErrors,
      ).toMatchObject([{ code: 'INVALID_STATE' }])
  })
})

describe('a renewal', () => {
  it('is a new agreement that is linked to the old one, in its terms, with a number of its own', async () => {
    await desk.at('2027-10-04T10:00')
    const old = await desk.customer.agreement({ fixHours: '36' })
    const { agreement } = await done(
      desk.admin,
      'agreementRenew',
      { agreementId: old.id },
      'agreement { id number state renews { id } currentVersion { number state terms { fixHours contractNumber } missingTerms { name } } }',
    )
    expect(agreement).toMatchObject({
      number: null,
      state: 'DRAFT',
      renews: { id: old.id },
      currentVersion: {
        number: 1,
        state: 'DRAFT',
        terms: { fixHours: '36', contractNumber: null },
        missingTerms: [{ name: 'contractNumber' }],
      },
    })
    expect(await old.read('state renewedBy { id }')).toEqual({
      state: 'ACTIVE',
      renewedBy: { id: agreement.id },
    })
    const again = await desk.admin.mutate('agreementRenew', { agreementId: old.id })
    expect(again.userErrors).toMatchObject([{ code: 'INVALID_STATE' }])
    await done(desk.admin, 'agreementCancel', { agreementId: agreement.id })
    expect((await old.read('renewedBy { id }')).renewedBy).toBeNull()
    const types = (await world.journal(desk.provider.tenantId, old.uuid)).map(row => row.type)
    expect(types).toContain('agreement.renewed')
  })

  it('expired agreement with open tickets: clocks go on, and the renewal is another agreement', async () => {
    await desk.at('2027-11-01T23:00')
    const old = await desk.customer.agreement({ termYears: 1, serviceTermYears: 1, fixHours: '48' })
    await desk.at('2028-11-01T22:00')
    const id = await desk.report({}, old.id)
    await desk.at('2028-11-02T00:00:01')
    expect(await old.read('state endsOn')).toEqual({ state: 'EXPIRED', endsOn: '2028-11-01' })
    expect(await desk.see(id)).toMatchObject({
      fixObligation: { state: 'RUNNING', dueAt: '2028-11-03T14:00:00.000Z' },
    })
    await desk.act('ticketRequestInfo', id, { text: 'Which version?' })
    await desk.at('2028-11-02T01:00:01')
    await desk.act('ticketProvideInfo', id, { text: 'Seven' }, desk.member)
    const terms = { contractNumber: 'R-2028' }
    const { agreement } = await done(
      desk.admin,
      'agreementRenew',
      { agreementId: old.id, terms },
      'agreement { id number }',
    )
    expect(agreement.number).toBe('R-2028')
    await desk.at('2028-11-03T23:00:00.001')
    expect((await desk.see(id)).fixObligation).toEqual({ state: 'MISSED', dueAt: '2028-11-03T15:00:00.000Z' })
    expect(
      (await desk.admin.mutate('ticketReport', { agreementId: old.id, kind: 'FAULT', subject: 'x' }))
        .userErrors,
    ).toMatchObject([{ code: 'INVALID_STATE', clause: '1.3.1' }])
  })
})
