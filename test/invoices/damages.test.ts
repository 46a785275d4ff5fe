import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startObligation } from '../../src/obligations/index.js'
import { systemSession } from '../../src/persistence/index.js'
import { newUuid } from '../../src/platform/ids.js'
import { SYSTEM_ACTOR } from '../../src/tenancy/index.js'
import { type AgreementHandle, type Caller, type Customer, type Provider, World } from '../kit/world.js'
import { done } from '../kit/done.js'
import { agreementWithFees, cny } from './kit.js'

let world: World
let provider: Provider
let customer: Customer
let admin: Caller

beforeAll(async () => {
  world = await World.create()
  await world.setClock('2026-04-01T09:00:00+08:00')
  provider = await world.provider()
  customer = await provider.customer()
  admin = await provider.admin()
})
afterAll(() => world.close())

/** Duties of one root cause that nobody does: each runs an hour from `startedAt`. */
async function startDuties(agreement: AgreementHandle, startedAt: string, ...kinds: string[]): Promise<void> {
  const subject = { kind: 'tkt', id: newUuid() }
  for (const kind of kinds) await startDuty(agreement, subject, '2.3.1', kind, startedAt)
}

async function startDuty(
  agreement: AgreementHandle,
  subject: { kind: string; id: string },
  clause: string,
  kind: string,
  startedAt: string,
): Promise<void> {
  const [version] = await world.sqlAsSuperuser<{ id: string }>(
    `select id from agreement_versions where agreement_id = $1 and state = 'IN_FORCE'`,
    [agreement.uuid],
  )
  const duty = {
    customerId: customer.uuid,
    agreementId: agreement.uuid,
    versionId: version?.id as string,
    owedBy: 'PROVIDER',
    startedAt: new Date(startedAt),
    deadline: { unit: 'HOURS', hours: '1' },
  } as const
  await world.database.write(systemSession(provider.tenantId), operation =>
    startObligation(operation, { ...duty, clause, kind, subject }, SYSTEM_ACTOR),
  )
}

const ASSESSMENT =
  'state rate basisAmount { amount currency } cap { amount } capRemaining { amount } amount { amount } total { amount } change { amount } breaches { number dutyClause liabilityClause }'

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
async function assessmentsOf(agreement: AgreementHandle): Promise<any[]> {
  const { assessments } = await admin.ask(
    `query ($id: ID!) { assessments(first: 100, filter: { agreementId: $id }) { nodes { ${ASSESSMENT} } } }`,
    { id: agreement.id },
  )
  return assessments.nodes.reverse()
}

/** An agreement whose one rule for 2.3.1 has this basis, signed with these fees, and with further rules. */
async function agreementWithRule(
  rule: object,
  fees: object = {},
  further: readonly object[] = [],
): Promise<AgreementHandle> {
  const agreement = await customer.draft()
  const { currentVersion } = await agreement.read('currentVersion { damagesRules { id dutyClauses } }')
  const offered = currentVersion.damagesRules.find((each: { dutyClauses: string[] }) =>
    each.dutyClauses.includes('2.3.1'),
  )
  await done(admin, 'agreementDamagesRuleSet', {
    agreementId: agreement.id,
    ruleId: offered.id,
    rule: { dutyClauses: ['2.3.1'], mode: 'ONE_OFF', ...rule },
  })
  for (const each of further)
    await done(admin, 'agreementDamagesRuleSet', { agreementId: agreement.id, rule: each })
  await done(admin, 'feeScheduleSet', {
    agreementId: agreement.id,
    annualFee: cny('240000.00'),
    taxRatePercent: '6',
    ...fees,
  })
  await agreement.submit()
  await agreement.signByBoth()
  return agreement
}

describe('liquidated damages (clause 5.3.1) over the fees of the agreement', () => {
  it('T13: two findings of one root cause cost 12,000.00 once', async () => {
    const agreement = await agreementWithFees(customer)
    await startDuties(agreement, '2026-04-02T10:00:00+08:00', 'FAULT_RESPONSE', 'FAULT_FIX')
    await world.setClock('2026-04-02T11:00:01+08:00')
    await world.ringDue()
    expect(await assessmentsOf(agreement)).toEqual([
      {
        state: 'INDICATIVE',
        rate: '5',
        basisAmount: cny('240000.00'),
        cap: { amount: '72000.00' },
        capRemaining: { amount: '72000.00' },
        amount: { amount: '12000.00' },
        total: { amount: '12000.00' },
        change: { amount: '12000.00' },
        breaches: [1, 2].map(number => ({ number, dutyClause: '2.3.1', liabilityClause: '5.1.1' })),
      },
    ])
  })

  it('T14: seven root causes in one agreement year come to 72,000.00, and the seventh adds nothing', async () => {
    const agreement = await agreementWithFees(customer)
    for (let day = 3; day <= 9; day++)
      await startDuties(agreement, `2026-04-0${day}T10:00:00+08:00`, 'FAULT_RESPONSE', 'FAULT_FIX')
    for (let day = 3; day <= 9; day++) {
      await world.setClock(`2026-04-0${day}T11:00:01+08:00`)
      await world.ringDue()
    }
    const totals = (await assessmentsOf(agreement)).map(each => each.total.amount)
    expect(totals).toEqual([...Array.from({ length: 6 }, () => '12000.00'), '0.00'])
    // The next agreement year has a pool of its own.
    await startDuties(agreement, '2027-04-10T10:00:00+08:00', 'FAULT_RESPONSE')
    await world.setClock('2027-04-10T11:00:01+08:00')
    await world.ringDue()
    expect((await assessmentsOf(agreement)).at(-1)?.total).toEqual({ amount: '12000.00' })
    await world.setClock('2026-04-10T09:00:00+08:00')
  })

  it.each([
    [
      'the annual fee, put on tax where it was agreed without',
      { basis: 'ANNUAL_FEE' },
      { annualFee: cny('226415.09'), taxInclusive: false },
      '240000.00',
    ],
    [
      'the annual fee without tax, where the rule says so',
      { basis: 'ANNUAL_FEE', taxInclusive: false },
      {},
      '226415.09',
    ],
    ['the fees of all years', { basis: 'CONTRACT_TOTAL' }, {}, '720000.00'],
    ['the fee of the period', { basis: 'PERIOD_FEE' }, { billingPeriod: 'MONTHLY' }, '20000.00'],
  ])('are a percent of %s', async (_what, rule, fees, basis) => {
    await world.setClock('2026-04-20T09:00:00+08:00')
    const agreement = await agreementWithRule(rule, fees)
    await startDuties(agreement, '2026-04-20T10:00:00+08:00', 'FAULT_FIX')
    await world.setClock('2026-04-20T11:00:01+08:00')
    await world.ringDue()
    const expected = ((Number(basis) * 5) / 100).toFixed(2)
    expect(await assessmentsOf(agreement)).toMatchObject([
      { state: 'INDICATIVE', basisAmount: cny(basis), total: { amount: expected } },
    ])
  })

  it('are no number but a legal decision where nobody said what maintenance costs, or what is overdue', async () => {
    await world.setClock('2026-04-21T09:00:00+08:00')
    const without = await customer.agreement()
    const overdue = await agreementWithRule({ basis: 'OVERDUE_PRINCIPAL' })
    for (const agreement of [without, overdue])
      await startDuties(agreement, '2026-04-21T10:00:00+08:00', 'FAULT_FIX')
    await world.setClock('2026-04-21T11:00:01+08:00')
    await world.ringDue()
    for (const agreement of [without, overdue])
      expect(await assessmentsOf(agreement)).toMatchObject([
        { state: 'NEEDS_LEGAL_DECISION', total: null, basisAmount: null },
      ])
  })

  it('are none by fees that the provider wrote down alone: it would say itself what it owes', async () => {
    await world.setClock('2026-05-01T09:00:00+08:00')
    const agreement = await customer.agreement()
    await done(admin, 'feeScheduleSet', {
      agreementId: agreement.id,
      annualFee: cny('0.01'),
      taxRatePercent: '0',
    })
    await startDuties(agreement, '2026-05-01T10:00:00+08:00', 'FAULT_FIX')
    await world.setClock('2026-05-01T11:00:01+08:00')
    await world.ringDue()
    expect(await assessmentsOf(agreement)).toMatchObject([{ state: 'NEEDS_LEGAL_DECISION', total: null }])
  })

  it('take from the cap of their own rule, and from no other: never less than nothing is owed', async () => {
    await world.freezeClock('2026-06-01T09:00:00+08:00')
    const agreement = await agreementWithRule({ basis: 'ANNUAL_FEE', capPercent: '7' }, {}, [
      { dutyClauses: ['7.2.1'], mode: 'ONE_OFF', basis: 'ANNUAL_FEE', capPercent: '4' },
      { dutyClauses: ['6.4.2'], mode: 'ONE_OFF', basis: 'ANNUAL_FEE' },
    ])
    const report = (kind: string): Promise<unknown> =>
      done(admin, 'ticketReport', { agreementId: agreement.id, kind, subject: 'No answers' })
    for (const [kind, at] of [
      ['FAULT', '2026-06-01T12:00:00+08:00'],
      ['FAULT', '2026-06-01T15:00:00+08:00'],
      ['SUPPORT', '2026-06-02T15:00:00+08:00'],
      ['SUPPORT', '2026-06-03T15:00:00+08:00'],
      ['UPGRADE_PROBLEM', '2026-06-04T15:00:00+08:00'],
    ] as const) {
      await report(kind)
      await world.freezeClock(at)
      await world.ringDue()
    }
    const prices = await assessmentsOf(agreement)
    expect(prices.map(({ capRemaining, total }) => [capRemaining?.amount ?? null, total.amount])).toEqual([
      ['16800.00', '12000.00'],
      ['4800.00', '4800.00'],
      ['9600.00', '9600.00'],
      ['0.00', '0.00'],
      [null, '12000.00'],
    ])
  })

  it('tell each revision once: findings of one price, in one sweep or in two, are one revision and no event of a change', async () => {
    await world.freezeClock('2026-07-01T09:00:00+08:00')
    const agreement = await agreementWithFees(customer)
    await startDuties(agreement, '2026-07-01T10:00:00+08:00', 'FAULT_RESPONSE', 'FAULT_FIX')
    await done(admin, 'ticketReport', { agreementId: agreement.id, kind: 'FAULT', subject: 'No answers' })
    for (const at of ['2026-07-01T12:00:00+08:00', '2026-07-02T12:00:00+08:00']) {
      await world.freezeClock(at)
      await world.ringDue()
    }
    const { assessments } = await admin.ask(
      'query ($id: ID!) { assessments(filter: { agreementId: $id }) { nodes { revision total { amount } change { amount } breaches { number } } } }',
      { id: agreement.id },
    )
    for (const each of assessments.nodes)
      expect(each).toMatchObject({
        revision: 1,
        total: { amount: '12000.00' },
        change: { amount: '12000.00' },
      })
    expect(assessments.nodes.flatMap((each: { breaches: object[] }) => each.breaches)).toHaveLength(4)
    const types = (await world.journal(provider.tenantId, agreement.uuid)).map(row => row.type)
    expect(types).not.toContain('assessment.revised')
  })

  it('are revised by a dearer finding of the same root cause, and the journal says by how much', async () => {
    await world.freezeClock('2026-08-01T09:00:00+08:00')
    const agreement = await agreementWithRule({ basis: 'ANNUAL_FEE', ratePercent: '1' }, {}, [
      { dutyClauses: ['7.2.1'], mode: 'ONE_OFF', basis: 'ANNUAL_FEE', ratePercent: '3' },
    ])
    const subject = { kind: 'tkt', id: newUuid() }
    await startDuty(agreement, subject, '2.3.1', 'FAULT_RESPONSE', '2026-08-01T10:00:00+08:00')
    await startDuty(agreement, subject, '7.2.1', 'SUPPORT_RESPONSE', '2026-08-01T12:00:00+08:00')
    for (const at of ['2026-08-01T11:30:00+08:00', '2026-08-01T14:00:00+08:00']) {
      await world.freezeClock(at)
      await world.ringDue()
    }
    expect(await assessmentsOf(agreement)).toMatchObject([
      { rate: '3', total: { amount: '7200.00' }, change: { amount: '4800.00' } },
    ])
    const revised = (await world.journal(provider.tenantId, agreement.uuid)).filter(
      row => row.type === 'assessment.revised',
    )
    expect(revised).toMatchObject([
      {
        subject_kind: 'asm',
        subject_revision: 2,
        data: { total: '7200.00', change: '4800.00', currency: 'CNY' },
      },
    ])
  })
})
