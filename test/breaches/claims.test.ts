import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cny } from '../invoices/kit.js'
import { done } from '../kit/done.js'
import type { Caller } from '../kit/world.js'
import { Court } from './kit.js'

let court: Court
beforeAll(async () => {
  court = await Court.open()
})
afterAll(() => court?.world.close())

const refused = async (caller: Caller, mutation: string, input: object): Promise<string[]> =>
  (await caller.mutate(mutation, input)).userErrors.map((each: { code: string }) => each.code)

const award = { basis: 'AWARD', document: 'CIETAC 2026-77' }

describe('a breach', () => {
  it('is claimed by the side that was wronged and answered by the other: neither decides for the other', async () => {
    const agreement = await court.agreement()
    const [breach] = await court.missed(agreement, 1)
    const breachId = breach?.id as string
    const [theirs, ours] = [court.admin, court.signatory]
    expect(await refused(theirs, 'breachConfirm', { breachId })).toEqual(['OTHER_SIDE'])
    expect(await refused(theirs, 'breachWaive', { breachId, reason: 'Ours' })).toEqual(['OTHER_SIDE'])
    expect(await refused(ours, 'breachNotify', { breachId })).toEqual(['INVALID_STATE'])
    await done(ours, 'breachConfirm', { breachId, expectedRevision: 1 })
    expect(await refused(ours, 'breachNotify', { breachId, expectedRevision: 1 })).toEqual(['STALE_REVISION'])
    await done(ours, 'breachNotify', { breachId })
    expect(await refused(ours, 'breachAccept', { breachId })).toEqual(['OTHER_SIDE'])
    const { breach: accepted } = await done(
      theirs,
      'breachAccept',
      { breachId, note: 'We were late' },
      'breach { state acts { kind side text } }',
    )
    expect(accepted).toEqual({
      state: 'ACCEPTED',
      acts: [
        { kind: 'CONFIRMED', side: 'CUSTOMER', text: null },
        { kind: 'NOTIFIED', side: 'CUSTOMER', text: null },
        { kind: 'ACCEPTED', side: 'PROVIDER', text: 'We were late' },
      ],
    })
    expect(await refused(theirs, 'breachDispute', { breachId, grounds: 'No' })).toEqual(['INVALID_STATE'])
    const types = (await court.world.journal(court.provider.tenantId, agreement.uuid)).map(row => row.type)
    expect(types.filter(type => type.startsWith('breach.'))).toEqual([
      'breach.detected',
      'breach.confirmed',
      'breach.notified',
      'breach.accepted',
    ])
  })

  it('that is disputed is decided by a document: an award binds both, a mediation takes the word of both', async () => {
    const agreement = await court.agreement()
    const [one, two] = await court.missed(agreement, 2)
    for (const breach of [one, two])
      await court.bring(breach?.id as string, 'breachConfirm', 'breachNotify', 'breachDispute')
    const mediated = { breachId: one?.id, basis: 'MEDIATION', document: 'Record 5' }
    const first = await done(
      court.admin,
      'breachReject',
      mediated,
      'breach { state } assessment { total { amount } }',
    )
    expect(first).toMatchObject({
      breach: { state: 'DISPUTED' },
      assessment: { total: { amount: '12000.00' } },
    })
    // Its own word again is not the other's.
    await done(court.admin, 'breachReject', mediated)
    await done(court.signatory, 'breachReject', { ...mediated, document: 'Record 6' })
    expect((await court.breaches(agreement))[0]?.state).toBe('DISPUTED')
    const both = await done(
      court.signatory,
      'breachReject',
      mediated,
      'breach { state } assessment { state total { amount } change { amount } }',
    )
    expect(both).toMatchObject({
      breach: { state: 'REJECTED' },
      assessment: { state: 'RELEASED', total: { amount: '0.00' }, change: { amount: '-12000.00' } },
    })
    const upheld = await done(
      court.signatory,
      'breachUphold',
      { breachId: two?.id, ...award, amount: cny('15000.00') },
      `breach { state } assessment { state total { amount } bookable { amount } }`,
    )
    expect(upheld).toMatchObject({
      breach: { state: 'UPHELD' },
      assessment: { state: 'AGREED', total: { amount: '15000.00' }, bookable: { amount: '15000.00' } },
    })
    expect(await court.brokenPromises()).toEqual([])
  })

  it('waiver of one breach is not a waiver of the next, nor of another of its root cause', async () => {
    const agreement = await court.agreement()
    const found = await court.missed(agreement, 2, true)
    const [response, fix] = found.filter(each => each.assessment.id === found[0]?.assessment.id)
    const waived = await done(
      court.signatory,
      'breachWaive',
      { breachId: response?.id, reason: 'Once' },
      'assessment { state total { amount } }',
    )
    expect(waived.assessment).toEqual({ state: 'INDICATIVE', total: { amount: '12000.00' } })
    expect(await court.totals(agreement)).toEqual(['1200000', '1200000'])
    const both = await done(
      court.signatory,
      'breachWaive',
      { breachId: fix?.id, reason: 'Once' },
      'assessment { state total { amount } }',
    )
    expect(both.assessment).toEqual({ state: 'WAIVED', total: { amount: '0.00' } })
    await court.missed(agreement, 1)
    expect((await court.totals(agreement)).toSorted()).toEqual(['0', '1200000', '1200000'])
    expect(await court.brokenPromises()).toEqual([])
  })

  it('gives its share of the cap back when it is rejected: cap released by rejection', async () => {
    const agreement = await court.agreement()
    const found = await court.missed(agreement, 7)
    const six = Array.from({ length: 6 }, () => '1200000')
    expect(await court.totals(agreement)).toEqual([...six, '0'])
    const third = found[2]?.id as string
    await court.bring(third, 'breachConfirm', 'breachNotify', 'breachDispute')
    await done(court.admin, 'breachReject', { breachId: third, ...award })
    expect(await court.totals(agreement)).toEqual([
      '1200000',
      '1200000',
      '0',
      '1200000',
      '1200000',
      '1200000',
      '1200000',
    ])
    const last = await court.price(found[6]?.assessment.id as string)
    expect(last).toMatchObject({ revision: 2, total: { amount: '12000.00' }, change: { amount: '12000.00' } })
    expect(await court.brokenPromises()).toEqual([])
    const revised = (await court.world.journal(court.provider.tenantId, agreement.uuid)).filter(row =>
      row.type.startsWith('assessment.'),
    )
    expect(revised.map(({ type, data }) => [type, data.change])).toEqual([
      ['assessment.released', '-12000.00'],
      ['assessment.revised', '12000.00'],
    ])
  })

  it('that was found late takes its place in the year: those behind it give way', async () => {
    const agreement = await court.agreement({ capPercent: '10' })
    const early = court.now
    await court.missed(agreement, 3)
    expect(await court.totals(agreement)).toEqual(['1200000', '1200000', '0'])
    const finding = {
      ...{ agreementId: agreement.id, dutyClause: '2.1.1', owedBy: 'PROVIDER', occurredAt: early },
      ...{ description: 'Nothing was optimised', evidence: 'The minutes' },
    }
    const { breach, assessment } = await done(
      court.signatory,
      'findingReport',
      finding,
      'breach { number kind liabilityClause obligation { id } evidence } assessment { total { amount } rootCause { id } }',
    )
    expect(breach).toEqual({
      ...{ number: 4, kind: 'FOUND', liabilityClause: '5.1.1', obligation: null, evidence: 'The minutes' },
    })
    expect(assessment.total).toEqual({ amount: '12000.00' })
    expect(await court.totals(agreement)).toEqual(['1200000', '1200000', '0', '0'])
    expect(await court.brokenPromises()).toEqual([])
  })

  it('double LD: findings that turn out to be of one root cause cost once, and so do those to come', async () => {
    const agreement = await court.agreement()
    const [one, two] = await court.missed(agreement, 2)
    const link = { breachId: two?.id, toBreachId: one?.id, reason: 'One outage' }
    expect(await refused(court.admin, 'breachLinkRootCause', link)).toEqual(['OTHER_SIDE'])
    const linked = await done(
      court.signatory,
      'breachLinkRootCause',
      link,
      'assessment { total { amount } breaches { number } }',
    )
    expect(linked.assessment).toEqual({
      total: { amount: '12000.00' },
      breaches: [{ number: 1 }, { number: 2 }],
    })
    await court.pass(24)
    await court.world.ringDue()
    expect(await court.totals(agreement)).toEqual(['1200000', '0'])
    const found = await court.breaches(agreement)
    expect(new Set(found.map(each => each.assessment.id)).size).toBe(1)
    expect(found).toHaveLength(4)
    expect(await court.brokenPromises()).toEqual([])
  })
})

describe('a price', () => {
  it('T15: a loss over the damages tops them up, and one under them flags that they may be reduced', async () => {
    const agreement = await court.agreement()
    const [breach] = await court.missed(agreement, 1)
    const assessmentId = breach?.assessment.id as string
    const file = (loss: string): Promise<{ assessment: object }> =>
      done(
        court.signatory,
        'lossClaimFile',
        { assessmentId, loss: cny(loss), evidence: 'The audit' },
        `assessment { total { amount } topUp { amount } reductionRisk indicativeCeiling { amount } }`,
      )
    expect((await file('35000.00')).assessment).toEqual({
      ...{ total: { amount: '35000.00' }, topUp: { amount: '23000.00' } },
      ...{ reductionRisk: false, indicativeCeiling: { amount: '45500.00' } },
    })
    expect((await file('8000.00')).assessment).toEqual({
      ...{ total: { amount: '12000.00' }, topUp: { amount: '0.00' } },
      ...{ reductionRisk: true, indicativeCeiling: { amount: '10400.00' } },
    })
    const claim = { assessmentId, loss: cny('1.00'), evidence: 'x' }
    expect(await refused(court.admin, 'lossClaimFile', claim)).toEqual(['OTHER_SIDE'])
    expect(
      await refused(court.signatory, 'lossClaimFile', { ...claim, loss: { amount: '1', currency: 'USD' } }),
    ).toEqual(['INVALID'])
    await done(court.signatory, 'lossClaimWithdraw', { assessmentId })
    expect(await court.price(assessmentId)).toMatchObject({ lossClaimed: null, reductionRisk: false })
    expect(await refused(court.signatory, 'lossClaimWithdraw', { assessmentId })).toEqual(['INVALID_STATE'])
    expect(await court.brokenPromises()).toEqual([])
  })

  it('is agreed once both sides have agreed to the same, is booked once, and is settled by whom it is owed to', async () => {
    const agreement = await court.agreement()
    const [breach] = await court.missed(agreement, 1)
    const assessmentId = breach?.assessment.id as string
    const settle = { assessmentId, evidence: 'Slip 9' }
    expect(await refused(court.signatory, 'assessmentSettle', settle)).toEqual(['INVALID_STATE'])
    await done(court.admin, 'assessmentAgree', { assessmentId, amount: cny('10000.00') })
    await done(court.signatory, 'assessmentAgree', { assessmentId })
    expect(await court.price(assessmentId)).toMatchObject({
      state: 'INDICATIVE',
      bookable: { amount: '0.00' },
    })
    await done(court.admin, 'assessmentAgree', { assessmentId })
    const agreed = await court.price(assessmentId)
    expect(agreed).toMatchObject({
      ...{ state: 'AGREED', total: { amount: '12000.00' } },
      ...{ change: { amount: '0.00' }, bookable: { amount: '12000.00' } },
    })
    expect(await refused(court.admin, 'assessmentSettle', settle)).toEqual(['OTHER_SIDE'])
    await done(court.signatory, 'assessmentSettle', settle)
    expect(await court.price(assessmentId)).toMatchObject({ state: 'SETTLED', bookable: { amount: '0.00' } })
    const waive = { breachId: breach?.id, reason: 'Late' }
    expect(await refused(court.signatory, 'breachWaive', waive)).toEqual(['INVALID_STATE'])
    expect(await court.brokenPromises()).toEqual([])
  })

  it('that needs a legal decision is never a number until both agree one', async () => {
    const agreement = await court.customer.agreement()
    const [breach] = await court.missed(agreement, 1)
    const assessmentId = breach?.assessment.id as string
    expect(await refused(court.admin, 'assessmentAgree', { assessmentId })).toEqual(['REQUIRED'])
    await done(court.admin, 'assessmentAgree', { assessmentId, amount: cny('500.00') })
    expect(await court.price(assessmentId)).toMatchObject({ state: 'NEEDS_LEGAL_DECISION', total: null })
    await done(court.signatory, 'assessmentAgree', { assessmentId, amount: cny('500.00') })
    expect(await court.price(assessmentId)).toMatchObject({
      ...{
        state: 'AGREED',
        total: { amount: '500.00' },
        bookable: { amount: '500.00' },
        formula: '500.00 CNY',
      },
    })
    expect(await court.brokenPromises()).toEqual([])
  })

  it('per day grows with the days, as of now or of any instant, and is written down when something is done about it', async () => {
    const agreement = await court.agreement({ mode: 'PER_DAY', ratePercent: '0.1', capPercent: '1' })
    const [breach] = await court.missed(agreement, 1)
    const assessmentId = breach?.assessment.id as string
    const accrued = 'revision units total { amount } accrued { units amount { amount } total { amount } }'
    // Due that noon and found an hour later: the due day isn't late.
    expect(await court.price(assessmentId, accrued)).toMatchObject({
      revision: 1,
      units: '0',
      total: { amount: '0.00' },
    })
    await court.pass(24 * 7)
    expect(await court.price(assessmentId, accrued)).toMatchObject({
      revision: 1,
      accrued: { units: '7', amount: { amount: '1680.00' }, total: { amount: '1680.00' } },
    })
    const later = new Date(court.now.getTime() + 30 * 24 * 3_600_000).toISOString()
    expect(
      await court.price(
        assessmentId,
        `accrued(asOf: "${later}") { units amount { amount } total { amount } }`,
      ),
    ).toEqual({
      accrued: { units: '37', amount: { amount: '8880.00' }, total: { amount: '2400.00' } },
    })
    await court.bring(breach?.id as string, 'breachConfirm')
    expect(await court.price(assessmentId, `${accrued} change { amount }`)).toMatchObject({
      ...{ revision: 2, units: '7', total: { amount: '1680.00' }, change: { amount: '1680.00' } },
    })
    expect(await court.brokenPromises()).toEqual([])
  })

  it('per day of a finding ends on the day it was made good', async () => {
    const agreement = await court.agreement({ mode: 'PER_DAY', ratePercent: '0.1' })
    const { breach, assessment } = await done(
      court.signatory,
      'findingReport',
      {
        ...{ agreementId: agreement.id, dutyClause: '2.1.1', occurredAt: court.now },
        ...{ description: 'No optimisation', evidence: 'Minutes' },
      },
      'breach { id owedBy } assessment { id }',
    )
    expect(breach.owedBy).toBe('PROVIDER')
    const curedAt = new Date(court.now.getTime() + 3 * 24 * 3_600_000).toISOString()
    await court.pass(24 * 10)
    const cure = { breachId: breach.id, curedAt, evidence: 'Done' }
    const cured = await done(
      court.admin,
      'breachCure',
      cure,
      'breach { state curedAt } assessment { units total { amount } accrued { units } }',
    )
    expect(cured).toMatchObject({
      breach: { state: 'DETECTED', curedAt },
      assessment: { units: '3', total: { amount: '720.00' }, accrued: null },
    })
    expect(await refused(court.admin, 'breachCure', cure)).toEqual(['INVALID_STATE'])
    for (const caller of [court.admin, court.signatory])
      await done(caller, 'assessmentAgree', { assessmentId: assessment.id })
    await court.pass(24)
    expect(await court.price(assessment.id)).toMatchObject({
      ...{ state: 'AGREED', total: { amount: '720.00' }, bookable: { amount: '720.00' } },
    })
    expect(await court.brokenPromises()).toEqual([])
    expect((await court.price(assessment.id, 'revisions { number change { amount } }')).revisions).toEqual([
      { number: 1, change: { amount: '0.00' } },
      { number: 2, change: { amount: '720.00' } },
      { number: 3, change: { amount: '0.00' } },
      { number: 4, change: { amount: '0.00' } },
    ])
  })
})
