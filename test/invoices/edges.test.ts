import { beforeEach, describe, expect, it } from 'vitest'
import { type AgreementHandle, type Caller, type Customer, type Provider, World } from '../kit/world.js'
import { done } from '../kit/done.js'
import { agreementWithFees, cny, issuedInvoice, payment, readInvoice } from './kit.js'

let world: World
let provider: Provider
let customer: Customer
let agreement: AgreementHandle
let finance: Caller

beforeEach(async () => {
  world = await World.forTest()
  await world.freezeClock('2026-04-01T09:00:00+08:00')
  provider = await world.provider()
  customer = await provider.customer()
  agreement = await agreementWithFees(customer)
  finance = await provider.staff('FINANCE')
})

async function goTo(at: string): Promise<void> {
  await world.freezeClock(at)
  await world.ringDue()
}

const pay = async (invoiceId: string, amount: string, creditedAt: string): Promise<string> =>
  (await done(finance, 'paymentRecord', payment(invoiceId, amount, creditedAt), 'payment { id }')).payment.id

const DUTY = 'obligation { state stoppedAt breach { number } }'

/** Issued on 1 April, its 30 days end with 1 May, a rest day: it falls due when 6 May ends. */
const AFTER_DUE = '2026-05-07T00:00:00.100+08:00'

describe('an invoice that fell due unpaid (clause 3.4.1)', () => {
  it('is not undone by a credit note of the next moment, though nobody had looked', async () => {
    const invoice = await issuedInvoice(finance, agreement)
    await world.freezeClock(AFTER_DUE)
    await done(finance, 'invoiceCredit', { invoiceId: invoice, reason: 'goodwill' })
    expect(await readInvoice(finance, invoice, `state ${DUTY}`)).toEqual({
      state: 'CREDITED',
      obligation: { state: 'MISSED', stoppedAt: null, breach: { number: 1 } },
    })
  })

  it('costs the offered 0.05 % of what is overdue for the day that has begun (clause 5.2.1)', async () => {
    const invoice = await issuedInvoice(finance, agreement)
    await goTo(AFTER_DUE)
    const { obligation } = await readInvoice(
      finance,
      invoice,
      'obligation { breach { dutyClause liabilityClause assessment { state total { amount } } } }',
    )
    expect(obligation.breach).toEqual({
      dutyClause: '3.4.1',
      liabilityClause: '5.2.1',
      assessment: { state: 'INDICATIVE', total: { amount: '53.00' } },
    })
  })
})

describe('a payment that went back', () => {
  it('leaves the duty missed when what else covers the invoice came too late', async () => {
    const invoice = await issuedInvoice(finance, agreement)
    await goTo('2026-04-10T10:00:00+08:00')
    const inTime = await pay(invoice, '106000.00', '2026-04-10T10:00:00+08:00')
    await goTo('2026-06-01T10:00:00+08:00')
    await pay(invoice, '106000.00', '2026-06-01T09:00:00+08:00')
    await done(finance, 'paymentReverse', { paymentId: inTime, reason: 'bounced' })
    expect(await readInvoice(finance, invoice, `state ${DUTY}`)).toEqual({
      state: 'PAID',
      obligation: { state: 'MISSED', stoppedAt: '2026-06-01T01:00:00.000Z', breach: { number: 1 } },
    })
  })

  it('leaves it met, at a later instant, when what else covers it came in time', async () => {
    const invoice = await issuedInvoice(finance, agreement)
    await goTo('2026-04-12T10:00:00+08:00')
    const first = await pay(invoice, '106000.00', '2026-04-10T10:00:00+08:00')
    await pay(invoice, '106000.00', '2026-04-11T10:00:00+08:00')
    await done(finance, 'paymentReverse', { paymentId: first, reason: 'bounced' })
    await goTo('2026-06-01T10:00:00+08:00')
    expect((await readInvoice(finance, invoice, DUTY)).obligation).toEqual({
      state: 'MET',
      stoppedAt: '2026-04-11T02:00:00.000Z',
      breach: null,
    })
  })

  it('that had made a miss good leaves it a miss that was never made good', async () => {
    const invoice = await issuedInvoice(finance, agreement)
    await goTo('2026-06-01T10:00:00+08:00')
    const late = await pay(invoice, '106000.00', '2026-06-01T09:00:00+08:00')
    await done(finance, 'paymentReverse', { paymentId: late, reason: 'bounced' })
    expect((await readInvoice(finance, invoice, DUTY)).obligation).toEqual({
      state: 'MISSED',
      stoppedAt: null,
      breach: { number: 1 },
    })
  })
})

describe('nothing is billed', () => {
  it('before the agreement came into force, though it may be paid before: that is a fact', async () => {
    const lines = [{ description: 'Maintenance', taxRatePercent: '6', gross: '100.00' }]
    const { invoice } = await done(
      finance,
      'invoiceDraft',
      { agreementId: agreement.id, lines },
      'invoice { id }',
    )
    const issued = await finance.mutate('invoiceIssue', { invoiceId: invoice.id, issuedOn: '2026-03-31' })
    expect(issued.userErrors).toMatchObject([
      { code: 'INVALID', field: ['input', 'issuedOn'], clause: '1.3.1' },
    ])
    await done(finance, 'invoiceIssue', { invoiceId: invoice.id, issuedOn: '2026-04-01' })
    const early = payment(invoice.id, '100.00', '2026-03-31T23:59:59.999+08:00')
    await done(finance, 'paymentRecord', early)
    expect((await readInvoice(finance, invoice.id, DUTY)).obligation.state).toBe('MET')
  })

  it('for a period whose fee rounds to nothing: the first one that is owed is billed instead', async () => {
    const tiny = await agreementWithFees(customer, { annualFee: cny('0.05'), billingPeriod: 'MONTHLY' })
    const first = await finance.mutate('invoiceDraft', { agreementId: tiny.id, period: 1 })
    expect(first.userErrors).toMatchObject([
      { code: 'TOO_SMALL', field: ['input', 'period'], clause: '3.2.1' },
    ])
    const { invoice } = await done(
      finance,
      'invoiceDraft',
      { agreementId: tiny.id },
      'invoice { total { amount } periodStartsOn }',
    )
    expect(invoice).toEqual({ total: { amount: '0.01' }, periodStartsOn: '2026-05-01' })
  })
})

describe('a draft', () => {
  it("is the provider's own until it is issued, and so is one that was given up", async () => {
    const lines = [{ description: 'Maintenance', taxRatePercent: '6', gross: '100.00' }]
    const input = { agreementId: agreement.id, lines, externalReference: 'margin 40 %' }
    const draft = async (): Promise<{ id: string; lines: { id: string }[] }> =>
      (await done(finance, 'invoiceDraft', input, 'invoice { id lines { id } }')).invoice
    const [first, second] = [await draft(), await draft()]
    await done(finance, 'invoiceVoid', { invoiceId: second.id })
    const seenBy = async (caller: Caller): Promise<unknown[]> => {
      const ids = [first, second].flatMap(invoice => [invoice.id, ...invoice.lines.map(line => line.id)])
      const { nodes, invoices, events } = await caller.ask(
        'query ($ids: [ID!]!) { nodes(ids: $ids) { id } invoices { nodes { id } totalCount } events(first: 100) { nodes { typeName } } }',
        { ids },
      )
      const types = events.nodes.map((event: { typeName: string }) => event.typeName)
      return [
        nodes.filter(Boolean).length,
        invoices.totalCount,
        types.filter((type: string) => type.startsWith('invoice.')),
      ]
    }
    const member = await customer.user('MEMBER')
    const machine = await provider.service(['node:read', 'invoice:read', 'event:read'], customer)
    for (const caller of [member, machine]) expect(await seenBy(caller)).toEqual([0, 0, []])
    const erp = await provider.service(['node:read', 'invoice:read', 'event:read'])
    const all = ['invoice.drafted', 'invoice.drafted', 'invoice.voided']
    for (const caller of [finance, erp]) expect(await seenBy(caller)).toEqual([4, 2, all])
    await done(finance, 'invoiceIssue', { invoiceId: first.id })
    expect(await seenBy(member)).toEqual([2, 1, ['invoice.issued']])
  })
})
