import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accrueOverdue } from '../../src/breaches/index.js'
import { done } from '../kit/done.js'
import { type AgreementHandle, type Caller, type Customer, type Provider, World } from '../kit/world.js'
import { issuedInvoice, payment, readInvoice } from './kit.js'

let world: World
let provider: Provider
let customer: Customer
let admin: Caller
let signatory: Caller

beforeAll(async () => {
  world = await World.create()
  await world.freezeClock('2026-01-10T09:00:00+08:00')
  provider = await world.provider()
  customer = await provider.customer()
  admin = await provider.admin()
  signatory = await customer.signatory()
})
afterAll(() => world.close())

/** An agreement whose rule for late payment is 0.05 % per day of what is overdue (5.2.1), the clock back at its beginning. */
async function agreed(rule: object = {}): Promise<AgreementHandle> {
  await world.freezeClock('2026-01-10T09:00:00+08:00')
  const agreement = await customer.draft()
  const { currentVersion } = await agreement.read('currentVersion { damagesRules { id dutyClauses } }')
  const offered = currentVersion.damagesRules.find((each: { dutyClauses: string[] }) =>
    each.dutyClauses.includes('3.4.1'),
  )
  const terms = { dutyClauses: ['3.4.1'], basis: 'OVERDUE_PRINCIPAL', mode: 'PER_DAY', ratePercent: '0.05' }
  await done(admin, 'agreementDamagesRuleSet', {
    ...{ agreementId: agreement.id, ruleId: offered.id, rule: { ...terms, ...rule } },
  })
  await agreement.submit()
  await agreement.signByBoth()
  return agreement
}

async function at(instant: string): Promise<void> {
  await world.freezeClock(instant)
  await world.ringDue()
}

const pay = (invoiceId: string, amount: string, creditedAt: string): Promise<{ payment: { id: string } }> =>
  done(admin, 'paymentRecord', payment(invoiceId, amount, creditedAt), 'payment { id }') as never

const PRICE = `state units basisAmount { amount } amount { amount } total { amount } change { amount } bookable { amount } formula asOf
  revisions { number total { amount } change { amount } bookable { amount } } breaches { id state occurredAt curedAt }`

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
async function priceOf(agreement: AgreementHandle, selection = PRICE): Promise<any> {
  const { assessments } = await admin.ask(
    `query ($id: ID!) { assessments(first: 5, filter: { agreementId: $id }) { nodes { ${selection} } } }`,
    { id: agreement.id },
  )
  expect(assessments.nodes.length).toBeLessThan(2)
  return assessments.nodes[0] ?? null
}

const accruedBy = async (agreement: AgreementHandle, day: string): Promise<string | null> =>
  (await priceOf(agreement, `accrued(asOf: "${day}T12:00:00+08:00") { total { amount } }`)).accrued?.total
    .amount ?? null

/** What is so of any price, whatever happened to it: its changes come to its total, and what is booked to what is due. */
async function expectSums(agreement: AgreementHandle): Promise<void> {
  const { state, total, revisions } = await priceOf(agreement)
  const sum = (name: 'change' | 'bookable'): string =>
    (
      revisions.reduce(
        (cents: number, each: Record<string, { amount: string }>) =>
          cents + Math.round(Number(each[name]?.amount) * 100),
        0,
      ) / 100
    ).toFixed(2)
  expect(sum('change')).toBe(total.amount)
  expect(sum('bookable')).toBe(state === 'AGREED' || state === 'SETTLED' ? total.amount : '0.00')
}

const typesOf = async (agreement: AgreementHandle): Promise<string[]> =>
  (await world.journal(provider.tenantId, agreement.uuid)).map(row => row.type)

describe('damages for late payment (clauses 5.2.1 and 5.3.1)', () => {
  it('T10, T11: 66,000 that came 20 days late cost 660.00, and 40,000 that came the second before midnight nothing', async () => {
    const agreement = await agreed()
    const invoice = await issuedInvoice(admin, agreement, '106000.00', { receivedOn: '2026-01-10' })
    await at('2026-02-25T09:00:00+08:00')
    // Received on 01-10 it's due on 02-09; the example's fifteen days later comes of its receipt.
    expect((await priceOf(agreement)).breaches[0].occurredAt).toBe('2026-02-09T16:00:00.000Z')
    await pay(invoice, '106000.00', '2026-02-25T08:00:00+08:00')
    await expectSums(agreement)

    const other = await agreed()
    await world.freezeClock('2026-01-16T09:00:00+08:00')
    const late = await issuedInvoice(admin, other, '106000.00')
    await world.freezeClock('2026-02-25T00:30:00+08:00')
    await pay(late, '40000.00', '2026-02-24T23:59:59+08:00')
    await world.ringDue()
    expect(await priceOf(other)).toMatchObject({
      ...{ state: 'INDICATIVE', units: '1', basisAmount: { amount: '66000.00' } },
      ...{ total: { amount: '33.00' }, breaches: [{ occurredAt: '2026-02-24T16:00:00.000Z' }] },
    })
    expect(await accruedBy(other, '2026-03-11')).toBe('495.00')
    await world.freezeClock('2026-03-17T09:00:00+08:00')
    await pay(late, '66000.00', '2026-03-16T15:00:00+08:00')
    expect(await priceOf(other)).toMatchObject({
      units: '20',
      total: { amount: '660.00' },
      formula: '0.05 % × 66000.00 CNY × 20 = 660.00 CNY',
    })
    // Made good: it grows no further.
    expect(await accruedBy(other, '2026-12-31')).toBeNull()
    await expectSums(other)
  })

  it.each([
    ['DAMAGES_FIRST', '1205.00', '0.05 % × (100000.00 CNY × 10 + 70500.00 CNY × 20) = 1205.00 CNY'],
    ['PRINCIPAL_FIRST', '1200.00', '0.05 % × (100000.00 CNY × 10 + 70000.00 CNY × 20) = 1200.00 CNY'],
  ])('T12: part-payment, %s, comes to %s', async (allocation, total, formula) => {
    const agreement = await agreed({ allocation })
    await world.freezeClock('2026-03-01T09:00:00+08:00')
    const invoice = await issuedInvoice(admin, agreement, '100000.00')
    await at('2026-04-01T00:00:01+08:00')
    expect(await priceOf(agreement)).toMatchObject({ units: '1', total: { amount: '50.00' } })
    await at('2026-04-10T15:00:00+08:00')
    await pay(invoice, '30000.00', '2026-04-10T10:00:00+08:00')
    expect(await priceOf(agreement)).toMatchObject({ units: '10', total: { amount: '500.00' } })
    // Days after a payment cost by what was left, those before it by what was owed.
    expect(await accruedBy(agreement, '2026-04-05')).toBe('250.00')
    expect(await accruedBy(agreement, '2026-04-30')).toBe(total)
    await at('2026-04-30T15:00:00+08:00')
    await pay(invoice, '70000.00', '2026-04-30T10:00:00+08:00')
    expect(await priceOf(agreement)).toMatchObject({ units: '30', total: { amount: total }, formula })
    await expectSums(agreement)
    expect(
      (await priceOf(agreement)).revisions.map(({ change }: never) => (change as { amount: string }).amount),
    ).toEqual(['50.00', '450.00', `${Number(total) - 500}.00`])
  })

  it('are withdrawn when a payment turns out to have come in time, and stand again when that bounces', async () => {
    const agreement = await agreed()
    const invoice = await issuedInvoice(admin, agreement, '1000.00')
    await at('2026-03-01T09:00:00+08:00')
    expect(await priceOf(agreement)).toMatchObject({ state: 'INDICATIVE', breaches: [{ state: 'DETECTED' }] })
    const early = await pay(invoice, '1000.00', '2026-02-01T10:00:00+08:00')
    expect(await priceOf(agreement)).toMatchObject({
      ...{ state: 'RELEASED', total: { amount: '0.00' }, breaches: [{ state: 'WITHDRAWN' }] },
    })
    expect(await typesOf(agreement)).toEqual(
      expect.arrayContaining(['obligation.corrected', 'breach.withdrawn', 'assessment.released']),
    )
    await done(admin, 'paymentReverse', { paymentId: early.payment.id, reason: 'It bounced' })
    await world.ringDue()
    expect(await priceOf(agreement)).toMatchObject({
      ...{ state: 'INDICATIVE', breaches: [{ state: 'DETECTED', curedAt: null }] },
    })
    await expectSums(agreement)
    // And again, so that nothing of it hangs on being the first time.
    await pay(invoice, '1000.00', '2026-02-02T10:00:00+08:00')
    expect(await priceOf(agreement)).toMatchObject({ state: 'RELEASED', breaches: [{ state: 'WITHDRAWN' }] })
    await expectSums(agreement)
  })

  it('end with the day that is learnt to be the right one, earlier or later than was known', async () => {
    const agreement = await agreed()
    const invoice = await issuedInvoice(admin, agreement, '1000000.00')
    await at('2026-03-01T09:00:00+08:00')
    const { breaches } = await priceOf(agreement)
    // Due 2026-02-09. Known first: all of it on the 20th day after.
    const twentieth = await pay(invoice, '1000000.00', '2026-03-01T08:00:00+08:00')
    expect(await priceOf(agreement)).toMatchObject({ units: '20', total: { amount: '10000.00' } })
    // It had come ten days earlier already; the second transfer is credit.
    await pay(invoice, '1000000.00', '2026-02-19T08:00:00+08:00')
    expect(await priceOf(agreement)).toMatchObject({ units: '10', total: { amount: '5000.00' } })
    expect(breaches).toHaveLength(1)
    await done(admin, 'paymentReverse', { paymentId: twentieth.payment.id, reason: 'Sent twice' })
    expect(await priceOf(agreement)).toMatchObject({ units: '10', total: { amount: '5000.00' } })
    await expectSums(agreement)
  })

  it('go on when the payment that ended them is reversed', async () => {
    const agreement = await agreed()
    const invoice = await issuedInvoice(admin, agreement, '1000000.00')
    await at('2026-02-19T09:00:00+08:00')
    const only = await pay(invoice, '1000000.00', '2026-02-19T08:00:00+08:00')
    expect(await priceOf(agreement)).toMatchObject({ units: '10', total: { amount: '5000.00' } })
    await at('2026-03-01T09:00:00+08:00')
    await done(admin, 'paymentReverse', { paymentId: only.payment.id, reason: 'It bounced' })
    expect(await priceOf(agreement)).toMatchObject({ units: '20', total: { amount: '10000.00' } })
    expect(await accruedBy(agreement, '2026-03-11')).toBe('15000.00')
    await expectSums(agreement)
  })

  it('end with a credit note over the invoice: what was late until then is owed all the same', async () => {
    const agreement = await agreed()
    const invoice = await issuedInvoice(admin, agreement, '1000000.00')
    await at('2026-02-19T09:00:00+08:00')
    await done(admin, 'invoiceCredit', { invoiceId: invoice, reason: 'Billed in error' })
    await at('2026-06-01T09:00:00+08:00')
    expect(await priceOf(agreement)).toMatchObject({ units: '10', total: { amount: '5000.00' } })
    expect(await accruedBy(agreement, '2026-06-01')).toBeNull()
    await expectSums(agreement)
  })

  it('are none of an invoice that was credited, though the payment of it bounces afterwards', async () => {
    const agreement = await agreed()
    const invoice = await issuedInvoice(admin, agreement, '1000.00')
    const { payment: paid } = await pay(invoice, '1000.00', '2026-01-10T08:00:00+08:00')
    await done(admin, 'invoiceCredit', { invoiceId: invoice, reason: 'Billed in error' })
    await done(admin, 'paymentReverse', { paymentId: paid.id, reason: 'It bounced' })
    await at('2026-06-01T09:00:00+08:00')
    expect(await priceOf(agreement)).toBeNull()
  })

  it('of a small debt have the whole of its own cap, whatever a large one cost in the same year', async () => {
    const agreement = await agreed({ capPercent: '1' })
    for (const amount of ['1000000.00', '1000.00']) await issuedInvoice(admin, agreement, amount)
    await at('2026-02-10T09:00:00+08:00')
    await at('2026-06-01T09:00:00+08:00')
    const { breaches } = await admin.ask(
      'query ($id: ID!) { breaches(filter: { agreementId: $id }, first: 2) { nodes { id } } }',
      { id: agreement.id },
    )
    for (const { id: breachId } of breaches.nodes) await done(admin, 'breachConfirm', { breachId })
    const { assessments } = await admin.ask(
      'query ($id: ID!) { assessments(filter: { agreementId: $id }, first: 2) { nodes { cap { amount } total { amount } } } }',
      { id: agreement.id },
    )
    const capped = (amount: string): object => ({ cap: { amount }, total: { amount } })
    expect(assessments.nodes).toEqual(expect.arrayContaining([capped('10000.00'), capped('10.00')]))
  })

  it('stay as both sides agreed, whatever is paid later; a payment learnt late that was before changes what is booked', async () => {
    const agreement = await agreed()
    const invoice = await issuedInvoice(admin, agreement, '1000000.00')
    await at('2026-02-19T09:00:00+08:00')
    const { id } = await priceOf(agreement, 'id')
    const breachId = (await priceOf(agreement)).breaches[0].id
    await done(admin, 'breachConfirm', { breachId })
    expect(await priceOf(agreement)).toMatchObject({ units: '10', total: { amount: '5000.00' } })
    for (const caller of [admin, signatory]) await done(caller, 'assessmentAgree', { assessmentId: id })
    await at('2026-03-01T09:00:00+08:00')
    await pay(invoice, '500000.00', '2026-03-01T08:00:00+08:00')
    expect(await priceOf(agreement)).toMatchObject({ state: 'AGREED', total: { amount: '5000.00' } })
    // Half of it had come five days after it was due.
    await pay(invoice, '500000.00', '2026-02-14T08:00:00+08:00')
    expect(await priceOf(agreement)).toMatchObject({ state: 'AGREED', bookable: { amount: '-1243.75' } })
    await expectSums(agreement)
  })

  it('end with a payment, and by no word of the side that owes it', async () => {
    const agreement = await agreed()
    await issuedInvoice(admin, agreement, '1000000.00')
    await at('2026-03-01T09:00:00+08:00')
    const [{ id: breachId, occurredAt: curedAt }] = (await priceOf(agreement)).breaches
    const cure = { breachId, curedAt, evidence: 'We say so' }
    const { userErrors } = await (await customer.user('MEMBER')).mutate('breachCure', cure)
    expect(userErrors).toMatchObject([{ code: 'INVALID_STATE' }])
    await done(admin, 'breachConfirm', { breachId })
    expect(await priceOf(agreement)).toMatchObject({ units: '20', total: { amount: '10000.00' } })
  })

  it('that were waived stay so when a payment in time turns up, and bounces', async () => {
    const agreement = await agreed()
    const invoice = await issuedInvoice(admin, agreement, '1000.00')
    await at('2026-03-01T09:00:00+08:00')
    const { breaches } = await priceOf(agreement)
    await done(admin, 'breachWaive', { breachId: breaches[0].id, reason: 'Once' })
    const early = await pay(invoice, '1000.00', '2026-02-01T10:00:00+08:00')
    await done(admin, 'paymentReverse', { paymentId: early.payment.id, reason: 'It bounced' })
    await world.ringDue()
    const { obligation } = await readInvoice(admin, invoice, 'obligation { state }')
    expect(obligation.state).toBe('MISSED')
    expect(await priceOf(agreement)).toMatchObject({ state: 'WAIVED', breaches: [{ state: 'WAIVED' }] })
    await expectSums(agreement)
  })

  it('are counted from the receipt that is learnt to be the right one, and the invoice says so', async () => {
    const agreement = await agreed()
    const invoice = await issuedInvoice(admin, agreement, '1000.00')
    const { obligation } = await readInvoice(admin, invoice, 'obligation { id }')
    const occurredAt = '2026-01-06T09:00:00+08:00'
    const receipt = { fact: 'STARTED', corrects: 0, occurredAt, evidence: 'The courier' }
    await done(admin, 'factCorrect', { obligationId: obligation.id, ...receipt })
    expect(await readInvoice(admin, invoice, 'dueOn dueAt')).toEqual({
      ...{ dueOn: '2026-02-05', dueAt: '2026-02-05T16:00:00.000Z' },
    })
  })

  it('have no number where the rule counts hours of money, or a principal without its tax', async () => {
    for (const rule of [{ mode: 'PER_STARTED_HOUR' }, { taxInclusive: false }]) {
      const agreement = await agreed(rule)
      await issuedInvoice(admin, agreement, '1000.00')
      await at('2026-03-01T09:00:00+08:00')
      expect(await priceOf(agreement)).toMatchObject({ state: 'NEEDS_LEGAL_DECISION', total: null })
    }
  })

  it('are a percent of what was overdue once, where the rule says once', async () => {
    const agreement = await agreed({ mode: 'ONE_OFF', ratePercent: '2' })
    const invoice = await issuedInvoice(admin, agreement, '1000.00')
    await pay(invoice, '400.00', '2026-01-10T09:00:00+08:00')
    await at('2026-03-01T09:00:00+08:00')
    expect(await priceOf(agreement)).toMatchObject({
      ...{ units: '1', basisAmount: { amount: '600.00' }, total: { amount: '12.00' } },
      formula: '2 % × 600.00 CNY = 12.00 CNY',
    })
  })

  it('come to what stands in the end, in whatever order payments, reversals and looks at the clock came', async () => {
    const seed = Number(process.env.LATE_PAYMENT_SEED ?? Math.floor(Math.random() * 2 ** 31))
    for (const [index, history] of fc.sample(histories, { seed, numRuns: HISTORIES }).entries()) {
      const allocation = index % 2 === 0 ? 'DAMAGES_FIRST' : 'PRINCIPAL_FIRST'
      const agreement = await agreed({ allocation })
      const standing = await live(agreement, history)
      const price = await priceOf(agreement)
      const said = `LATE_PAYMENT_SEED=${seed}, history ${index}: ${JSON.stringify(history)}`
      const covered = coveredOn(standing)
      if (covered !== null && covered <= DUE_ON) expect(price?.state ?? 'RELEASED', said).toBe('RELEASED')
      else {
        const { damages } = accrueOverdue({ ...DEBT, allocation, reductions: standing }, covered ?? LAST_DAY)
        expect(price.total.amount, said).toBe((Number(damages) / 100).toFixed(2))
      }
      if (price) await expectSums(agreement)
    }
  })
})

/** Half a second each; `npm run test:long` lives through more. */
const HISTORIES = Number(process.env.SURETY_TEST_HISTORIES ?? 5)

/** Received on 01-10, 30 days: due by the end of 2026-02-09. */
const DUE_ON = '2026-02-09'
const LAST_DAY = '2026-03-21'
const DEBT = { currency: 'CNY', principal: 10_000_000n, dueOn: DUE_ON, ratePercent: '0.05' } as const

const dayAfter = (days: number): string => new Date(Date.UTC(2026, 0, 10 + days)).toISOString().slice(0, 10)

/** On some day somebody enters a payment of that day or of one before, or reverses one that stands. */
const histories = fc.array(
  fc.record({
    on: fc.integer({ min: 1, max: 69 }),
    age: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50 })),
    fen: fc.constantFrom(100_000, 3_333_333, 5_000_000, 10_000_000),
    reverses: fc.boolean(),
    looks: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
)
type History = typeof histories extends fc.Arbitrary<infer T> ? T : never

interface Standing {
  on: string
  amount: bigint
  kind: 'PAYMENT'
  id: string
}

/** Lives through a history; answers what payments stand in the end. The price is written down once more on the last day. */
async function live(agreement: AgreementHandle, history: History): Promise<Standing[]> {
  const invoice = await issuedInvoice(admin, agreement, '100000.00', { receivedOn: '2026-01-10' })
  const standing: Standing[] = []
  for (const { on, age, fen, reverses, looks } of history.toSorted((a, b) => a.on - b.on)) {
    await world.freezeClock(`${dayAfter(on)}T09:00:00+08:00`)
    if (looks) await world.ringDue()
    const reversed = reverses ? standing.shift() : undefined
    if (reversed) await done(admin, 'paymentReverse', { paymentId: reversed.id, reason: 'It bounced' })
    else {
      const day = dayAfter(Math.max(0, on - age))
      const paid = await pay(invoice, (fen / 100).toFixed(2), `${day}T08:00:00+08:00`)
      standing.push({ on: day, amount: BigInt(fen), kind: 'PAYMENT', id: paid.payment.id })
    }
  }
  await at(`${LAST_DAY}T09:00:00+08:00`)
  const price = await priceOf(agreement)
  const open = price?.breaches.find((each: { state: string }) => each.state === 'DETECTED')
  if (open) await done(admin, 'breachConfirm', { breachId: open.id })
  return standing
}

/** The day from which payments come to the whole; null while they don't. */
function coveredOn(standing: readonly Standing[]): string | null {
  let sum = 0n
  for (const { on, amount } of standing.toSorted((a, b) => (a.on < b.on ? -1 : 1))) {
    sum += amount
    if (sum >= DEBT.principal) return on
  }
  return null
}
