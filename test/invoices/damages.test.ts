import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startObligation } from '../../src/obligations/index.js'
import { systemSession } from '../../src/persistence/index.js'
import { newUuid } from '../../src/platform/ids.js'
import { SYSTEM_ACTOR } from '../../src/tenancy/index.js'
import { type AgreementHandle, type Caller, type Customer, type Provider, World } from '../kit/world.js'
import { agreementWithFees, cny, done } from './kit.js'

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
  const [version] = await world.sqlAsSuperuser<{ id: string }>(
    `select id from agreement_versions where agreement_id = $1 and state = 'IN_FORCE'`,
    [agreement.uuid],
  )
  await world.database.write(systemSession(provider.tenantId), async operation => {
    for (const kind of kinds)
      await startObligation(
        operation,
        {
          customerId: customer.uuid,
          agreementId: agreement.uuid,
          versionId: version?.id as string,
          clause: '2.3.1',
          kind,
          owedBy: 'PROVIDER',
          subject,
          startedAt: new Date(startedAt),
          deadline: { unit: 'HOURS', hours: '1' },
        },
        SYSTEM_ACTOR,
      )
  })
}

const ASSESSMENT =
  'state rate basisAmount { amount currency } cap { amount } amount { amount } total { amount } change { amount } breaches { number dutyClause liabilityClause }'

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
async function assessmentsOf(agreement: AgreementHandle): Promise<any[]> {
  const { assessments } = await admin.ask(
    `query ($id: ID!) { assessments(first: 100, filter: { agreementId: $id }) { nodes { ${ASSESSMENT} } } }`,
    { id: agreement.id },
  )
  return assessments.nodes.reverse()
}

/** An agreement whose one rule for 2.3.1 has this basis, signed with these fees. */
async function agreementWithRule(rule: object, fees: object = {}): Promise<AgreementHandle> {
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
        amount: { amount: '12000.00' },
        total: { amount: '12000.00' },
        change: { amount: '0.00' },
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
})
