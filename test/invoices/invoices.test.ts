import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AgreementHandle, type Caller, type Customer, type Provider, World } from '../kit/world.js'
import { done } from '../kit/done.js'
import { agreementWithFees, cny, issuedInvoice, payment, readInvoice } from './kit.js'

let world: World
let provider: Provider
let customer: Customer
let agreement: AgreementHandle
let finance: Caller
let foreign: Provider
let counting: Provider

beforeAll(async () => {
  world = await World.create()
  await world.setClock('2026-01-05T09:00:00+08:00')
  provider = await world.provider()
  foreign = await world.provider()
  counting = await world.provider()
  customer = await provider.customer()
  agreement = await agreementWithFees(customer)
  finance = await provider.staff('FINANCE')
})
afterAll(() => world.close())

/** What the journal holds about a subject, in order. */
async function eventsOf(id: string): Promise<string[]> {
  const rows = await world.sqlAsSuperuser<{ type: string }>(
    `select type from events where subject_id = $1 order by sequence`,
    [id.slice(4)],
  )
  return rows.map(row => row.type)
}

describe('the fee schedule (clauses 3.1.1, 3.2.1 and 3.4.1)', () => {
  it('is signed with the version, and only another version changes it', async () => {
    const { currentVersion } = await agreement.read(
      'currentVersion { feeSchedule { number annualFee { amount currency } taxInclusive taxRatePercent billingPeriod dueDays signedWithVersion } }',
    )
    expect(currentVersion.feeSchedule).toEqual({
      number: 1,
      annualFee: cny('240000.00'),
      taxInclusive: true,
      taxRatePercent: '6',
      billingPeriod: 'ANNUAL',
      dueDays: 30,
      signedWithVersion: true,
    })
    const input = { agreementId: agreement.id, annualFee: cny('1'), taxRatePercent: '6' }
    const { userErrors } = await finance.mutate('feeScheduleSet', input)
    expect(userErrors).toMatchObject([{ code: 'INVALID_STATE', clause: '3.2.1' }])
  })

  it('voids what was signed when it changes while the version is being signed', async () => {
    const draft = await customer.draft()
    const before = await draft.submit()
    const admin = await provider.admin()
    await done(admin, 'agreementSign', { agreementId: draft.id, contentHash: before })
    const fees = { agreementId: draft.id, annualFee: cny('10'), taxRatePercent: '6' }
    await done(finance, 'feeScheduleSet', fees)
    const after = await draft.contentHash()
    expect(after).not.toBe(before)
    const { currentVersion } = await draft.read('currentVersion { signatures { voidedAt } }')
    expect(currentVersion.signatures).toEqual([{ voidedAt: expect.any(String) }])
    // The same terms are the same content: nothing is voided by saying them again.
    await done(finance, 'feeScheduleSet', fees)
    expect(await draft.contentHash()).toBe(after)
  })

  it('may be entered as a fact where the signed version left it blank, and corrected by entering it again', async () => {
    const blank = await customer.agreement()
    const hash = await blank.contentHash()
    for (const amount of ['100.00', '120.00'])
      await done(finance, 'feeScheduleSet', {
        agreementId: blank.id,
        annualFee: cny(amount),
        taxRatePercent: '6',
      })
    const { currentVersion } = await blank.read(
      'currentVersion { contentHash feeSchedule { number annualFee { amount } signedWithVersion } }',
    )
    expect(currentVersion).toEqual({
      contentHash: hash,
      feeSchedule: { number: 2, annualFee: { amount: '120.00' }, signedWithVersion: false },
    })
  })

  it.each([
    [{ annualFee: cny('0') }, 'TOO_SMALL', 'annualFee'],
    [{ annualFee: cny('1.001') }, 'INVALID', 'annualFee'],
    [{ annualFee: { amount: '1.5', currency: 'JPY' } }, 'INVALID', 'annualFee'],
    [{ annualFee: cny('99999999999999999999') }, 'TOO_LARGE', 'annualFee'],
    [{ taxRatePercent: '-1' }, 'TOO_SMALL', 'taxRatePercent'],
    [{ taxRatePercent: '100.1' }, 'TOO_LARGE', 'taxRatePercent'],
    [{ taxCode: '123' }, 'INVALID', 'taxCode'],
    [{ dueDays: -1 }, 'TOO_SMALL', 'dueDays'],
    [{ dueDays: 366 }, 'TOO_LARGE', 'dueDays'],
  ])('refuses %j', async (wrong, code, field) => {
    const draft = await customer.draft()
    const input = { agreementId: draft.id, annualFee: cny('10'), taxRatePercent: '6', ...wrong }
    const { userErrors } = await finance.mutate('feeScheduleSet', input)
    expect(userErrors).toMatchObject([{ code }])
    expect(userErrors[0]?.field).toContain(field)
  })
})

describe('an invoice', () => {
  it('T25: bills a period of the fee schedule, 240,000.00 with 6 % within', async () => {
    const own = await agreementWithFees(customer, { taxCode: '3040201990000000000' })
    const { invoice } = await done(
      finance,
      'invoiceDraft',
      { agreementId: own.id, externalReference: 'ERP 1' },
      'invoice { id state number net { amount } tax { amount } total { amount } balance { amount currency } periodStartsOn periodEndsOn externalReference lines { taxCode taxRatePercent net { amount } tax { amount } gross { amount } } obligation { id } overdue eInvoice { number } credits { id } payments { nodes { id } } }',
    )
    expect(invoice).toEqual({
      id: expect.stringMatching(/^inv_/),
      state: 'DRAFT',
      number: null,
      net: { amount: '226415.09' },
      tax: { amount: '13584.91' },
      total: { amount: '240000.00' },
      balance: cny('240000.00'),
      periodStartsOn: '2026-01-05',
      periodEndsOn: '2027-01-04',
      externalReference: 'ERP 1',
      lines: [
        {
          taxCode: '3040201990000000000',
          taxRatePercent: '6',
          net: { amount: '226415.09' },
          tax: { amount: '13584.91' },
          gross: { amount: '240000.00' },
        },
      ],
      obligation: null,
      overdue: false,
      eInvoice: null,
      credits: [],
      payments: { nodes: [] },
    })
  })

  it('bills each period once, until the invoice that did is void or credited', async () => {
    const own = await agreementWithFees(
      customer,
      { billingPeriod: 'QUARTERLY' },
      { termYears: 1, serviceTermYears: 1 },
    )
    const draft = async (period?: number) =>
      finance.mutate(
        'invoiceDraft',
        { agreementId: own.id, ...(period ? { period } : {}) },
        'invoice { id periodStartsOn total { amount } }',
      )
    const first = await draft()
    expect(first.invoice).toMatchObject({ periodStartsOn: '2026-01-05', total: { amount: '60000.00' } })
    expect((await draft()).invoice.periodStartsOn).toBe('2026-04-05')
    expect((await draft(1)).userErrors).toMatchObject([{ code: 'TAKEN', field: ['input', 'period'] }])
    expect((await draft(5)).userErrors).toMatchObject([{ code: 'TOO_LARGE', clause: '1.3.1' }])
    await done(finance, 'invoiceVoid', { invoiceId: first.invoice.id })
    const again = await draft(1)
    await done(finance, 'invoiceIssue', { invoiceId: again.invoice.id })
    expect((await draft(1)).userErrors).toMatchObject([{ code: 'TAKEN' }])
    await done(finance, 'invoiceCredit', { invoiceId: again.invoice.id, reason: 'Wrong buyer' })
    expect((await draft(1)).userErrors).toEqual([])
  })

  it('bills given lines, of net or of gross amounts, each rounded by itself', async () => {
    const lines = [
      { description: 'Custom work', taxRatePercent: '6', net: '0.25' },
      { description: 'Training', taxRatePercent: '6', gross: '100.00' },
      { description: 'Travel', taxRatePercent: '0', gross: '33.33' },
    ]
    const { invoice } = await done(
      finance,
      'invoiceDraft',
      { agreementId: agreement.id, lines },
      'invoice { net { amount } tax { amount } total { amount } lines { net { amount } tax { amount } gross { amount } } }',
    )
    const money = (net: string, tax: string, gross: string): object => ({
      net: { amount: net },
      tax: { amount: tax },
      gross: { amount: gross },
    })
    expect(invoice).toEqual({
      net: { amount: '127.92' },
      tax: { amount: '5.68' },
      total: { amount: '133.60' },
      lines: [
        money('0.25', '0.02', '0.27'),
        money('94.34', '5.66', '100.00'),
        money('33.33', '0.00', '33.33'),
      ],
    })
  })

  it.each([
    [{ lines: [] }, 'REQUIRED', ['input', 'lines']],
    [{ lines: [{ description: 'x', taxRatePercent: '6' }] }, 'REQUIRED', ['input', 'lines', '0', 'gross']],
    [
      { lines: [{ description: 'x', taxRatePercent: '6', net: '1', gross: '1' }] },
      'INVALID',
      ['input', 'lines', '0', 'gross'],
    ],
    [
      { lines: [{ description: ' ', taxRatePercent: '6', net: '1' }] },
      'BLANK',
      ['input', 'lines', '0', 'description'],
    ],
    [
      { lines: [{ description: 'x', taxRatePercent: '6', net: '1' }], period: 1 },
      'INVALID',
      ['input', 'period'],
    ],
    [{ currency: 'EUR' }, 'INVALID', ['input', 'currency']],
    [{ period: 0 }, 'TOO_SMALL', ['input', 'period']],
  ])('is not drawn up of %j', async (wrong, code, field) => {
    const { invoice, userErrors } = await finance.mutate(
      'invoiceDraft',
      { agreementId: agreement.id, ...wrong },
      'invoice { id }',
    )
    expect(invoice).toBeNull()
    expect(userErrors).toMatchObject([{ code, field }])
  })

  it('is drawn up for no agreement that never came into force, and for no foreign one', async () => {
    const draft = await customer.draft()
    const lines = [{ description: 'x', taxRatePercent: '6', net: '1' }]
    const unsigned = await finance.mutate('invoiceDraft', { agreementId: draft.id, lines })
    expect(unsigned.userErrors).toMatchObject([{ code: 'INVALID_STATE', clause: '1.3.1' }])
    const other = await (await foreign.customer()).agreement()
    for (const agreementId of [other.id, `agr_${randomUUID()}`, 'nonsense']) {
      const { userErrors } = await finance.mutate('invoiceDraft', { agreementId, lines })
      expect(userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['input', 'agreementId'] }])
    }
  })

  it('keeps the fields of the e-invoice, and refuses what can be none', async () => {
    const eInvoice = {
      number: '25332000000012345678',
      sellerTaxId: '91330100ma2b3c4d5e',
      buyerTaxId: '913301007654321098',
    }
    const documentUrl = 'https://invoices.example.com/25332000000012345678.ofd'
    const lines = [{ description: 'x', taxRatePercent: '6', net: '1' }]
    const { invoice } = await done(
      finance,
      'invoiceDraft',
      { agreementId: agreement.id, lines },
      'invoice { id }',
    )
    for (const wrong of [
      { eInvoice: { number: '123' } },
      { eInvoice: { buyerTaxId: 'x' } },
      { documentUrl: 'javascript:alert(1)' },
      { documentUrl: 'https://' },
    ]) {
      const { userErrors } = await finance.mutate('invoiceIssue', { invoiceId: invoice.id, ...wrong })
      expect(userErrors).toMatchObject([{ code: 'INVALID' }])
    }
    await done(finance, 'invoiceIssue', { invoiceId: invoice.id, eInvoice, documentUrl })
    expect(
      await readInvoice(finance, invoice.id, 'documentUrl eInvoice { number sellerTaxId buyerTaxId }'),
    ).toEqual({
      documentUrl,
      eInvoice: { ...eInvoice, sellerTaxId: '91330100MA2B3C4D5E' },
    })
  })

  it('is void only before issue, and credited only after', async () => {
    const lines = [{ description: 'x', taxRatePercent: '6', net: '1' }]
    const { invoice } = await done(
      finance,
      'invoiceDraft',
      { agreementId: agreement.id, lines },
      'invoice { id revision }',
    )
    const input = { invoiceId: invoice.id }
    expect((await finance.mutate('invoiceCredit', { ...input, reason: 'x' })).userErrors).toMatchObject([
      { code: 'INVALID_STATE' },
    ])
    expect(
      (await finance.mutate('paymentRecord', payment(invoice.id, '1.00', '2026-01-05T00:00:00Z'))).userErrors,
    ).toMatchObject([{ code: 'INVALID_STATE' }])
    expect(
      (await finance.mutate('invoiceVoid', { ...input, expectedRevision: invoice.revision + 1 })).userErrors,
    ).toMatchObject([{ code: 'STALE_REVISION' }])
    await done(finance, 'invoiceIssue', { ...input, expectedRevision: invoice.revision })
    expect((await finance.mutate('invoiceVoid', input)).userErrors).toMatchObject([{ code: 'INVALID_STATE' }])
    expect((await finance.mutate('invoiceIssue', input)).userErrors).toMatchObject([
      { code: 'INVALID_STATE' },
    ])
    const credited = await done(
      finance,
      'invoiceCredit',
      { ...input, reason: 'Wrong buyer', eInvoiceNumber: '25332000000012345679' },
      'creditNote { number total { amount } reason eInvoiceNumber } invoice { state balance { amount } credits { reason } obligation { state } }',
    )
    expect(credited).toMatchObject({
      creditNote: {
        total: { amount: '1.06' },
        reason: 'Wrong buyer',
        eInvoiceNumber: '25332000000012345679',
      },
      invoice: {
        state: 'CREDITED',
        balance: { amount: '0.00' },
        credits: [{ reason: 'Wrong buyer' }],
        obligation: { state: 'CANCELLED' },
      },
    })
    expect((await finance.mutate('invoiceCredit', { ...input, reason: 'x' })).userErrors).toMatchObject([
      { code: 'INVALID_STATE' },
    ])
    expect(await eventsOf(invoice.id)).toEqual(['invoice.drafted', 'invoice.issued', 'invoice.credited'])
  })
})

describe('the day it falls due (clause 3.4.1)', () => {
  it('T10: received on 16 January, 30 days end with 15 February, which rolls over Spring Festival to the 24th', async () => {
    await world.freezeClock('2026-01-16T10:00:00+08:00')
    const id = await issuedInvoice(finance, agreement)
    expect(
      await readInvoice(
        finance,
        id,
        'state issuedOn receivedOn dueOn dueAt overdue obligation { clause kind owedBy owedTo state startedAt dueAt dueOn provisional derivation { steps { code text } } }',
      ),
    ).toEqual({
      state: 'ISSUED',
      issuedOn: '2026-01-16',
      receivedOn: '2026-01-16',
      dueOn: '2026-02-24',
      dueAt: '2026-02-24T16:00:00.000Z',
      overdue: false,
      obligation: {
        clause: '3.4.1',
        kind: 'PAYMENT',
        owedBy: 'CUSTOMER',
        owedTo: 'PROVIDER',
        state: 'RUNNING',
        startedAt: '2026-01-16T02:00:00.000Z',
        dueAt: '2026-02-24T16:00:00.000Z',
        dueOn: '2026-02-24',
        provisional: false,
        derivation: {
          steps: [
            { code: 'STARTED', text: expect.any(String) },
            { code: 'DUE', text: expect.stringContaining('30 days') },
          ],
        },
      },
    })
  })

  it('is counted from the day of receipt, which may be later than that of issue but not in the future', async () => {
    await world.freezeClock('2026-01-20T10:00:00+08:00')
    const lines = [{ description: 'x', taxRatePercent: '6', net: '1' }]
    const { invoice } = await done(
      finance,
      'invoiceDraft',
      { agreementId: agreement.id, lines },
      'invoice { id }',
    )
    const issue = (dates: object) =>
      finance.mutate(
        'invoiceIssue',
        { invoiceId: invoice.id, ...dates },
        'invoice { issuedOn receivedOn dueOn }',
      )
    expect((await issue({ receivedOn: '2026-01-21' })).userErrors).toMatchObject([
      { code: 'IN_FUTURE', field: ['input', 'receivedOn'] },
    ])
    expect((await issue({ issuedOn: '2026-01-21' })).userErrors).toMatchObject([
      { code: 'IN_FUTURE', field: ['input', 'issuedOn'] },
    ])
    expect((await issue({ issuedOn: '2026-01-19', receivedOn: '2026-01-18' })).userErrors).toMatchObject([
      { code: 'INVALID' },
    ])
    expect((await issue({ issuedOn: '2026-01-17', receivedOn: '2026-01-19' })).invoice).toEqual({
      issuedOn: '2026-01-17',
      receivedOn: '2026-01-19',
      dueOn: '2026-02-24',
    })
  })

  it.each([
    ['the last millisecond of the due day', '2026-02-24T23:59:59.999+08:00', 'MET'],
    ['the midnight that ends the due day', '2026-02-25T00:00:00.000+08:00', 'MISSED'],
  ])('funds credited at %s', async (_what, creditedAt, state) => {
    await world.freezeClock('2026-01-16T10:00:00+08:00')
    const id = await issuedInvoice(finance, agreement)
    // Entered at that very instant, before any sweep has looked.
    await world.freezeClock(creditedAt)
    await done(finance, 'paymentRecord', payment(id, '106000.00', creditedAt))
    expect(await readInvoice(finance, id, 'state overdue obligation { state stoppedAt }')).toEqual({
      state: 'PAID',
      overdue: false,
      obligation: { state, stoppedAt: new Date(creditedAt).toISOString() },
    })
    // Once it's paid it isn't overdue: nobody is told so behind that.
    expect(await eventsOf(id)).toEqual(['invoice.drafted', 'invoice.issued', 'invoice.paid'])
  })

  it('passes with a breach of the customer, found by the sweep at midnight and not before', async () => {
    await world.freezeClock('2026-01-16T10:00:00+08:00')
    const id = await issuedInvoice(finance, agreement)
    await done(finance, 'paymentRecord', payment(id, '40000.00', '2026-01-16T10:00:00+08:00'))
    await world.freezeClock('2026-02-24T23:59:59.999+08:00')
    await world.ringDue()
    expect(await readInvoice(finance, id, 'overdue obligation { state }')).toEqual({
      overdue: false,
      obligation: { state: 'RUNNING' },
    })
    await world.freezeClock('2026-02-25T00:00:00+08:00')
    await world.ringDue()
    await world.ringDue()
    expect(
      await readInvoice(
        finance,
        id,
        'state overdue balance { amount } obligation { state breach { dutyClause liabilityClause owedBy occurredAt assessment { state rootCause { id } } } }',
      ),
    ).toEqual({
      state: 'PARTLY_PAID',
      overdue: true,
      balance: { amount: '66000.00' },
      obligation: {
        state: 'MISSED',
        breach: {
          dutyClause: '3.4.1',
          liabilityClause: '5.2.1',
          owedBy: 'CUSTOMER',
          occurredAt: '2026-02-24T16:00:00.000Z',
          assessment: { state: 'INDICATIVE', rootCause: { id } },
        },
      },
    })
    expect(await eventsOf(id)).toEqual(['invoice.drafted', 'invoice.issued', 'invoice.overdue'])
    const overdue = await finance.ask(
      '{ yes: invoices(filter: { overdue: true }, first: 100) { nodes { id } } no: invoices(filter: { overdue: false }, first: 100) { nodes { id } } }',
    )
    expect(overdue.yes.nodes).toContainEqual({ id })
    expect(overdue.no.nodes).not.toContainEqual({ id })
    // The rest comes late: paid, no longer overdue, and still one breach.
    await world.freezeClock('2026-03-16T10:00:00+08:00')
    await done(finance, 'paymentRecord', payment(id, '66000.00', '2026-03-16T09:00:00+08:00'))
    expect(await readInvoice(finance, id, 'state overdue balance { amount } obligation { state }')).toEqual({
      state: 'PAID',
      overdue: false,
      balance: { amount: '0.00' },
      obligation: { state: 'MISSED' },
    })
    expect((await eventsOf(id)).at(-1)).toBe('invoice.paid')
  })
})

describe('payments', () => {
  beforeAll(() => world.freezeClock('2026-01-16T10:00:00+08:00'))

  it('move balance and state, and more than is owed is kept as credit', async () => {
    const id = await issuedInvoice(finance, agreement, '100.00')
    const states = []
    for (const amount of ['40.00', '60.00', '5.00']) {
      const answer = await done(
        finance,
        'paymentRecord',
        payment(id, amount, '2026-01-16T09:00:00+08:00'),
        'invoice { state balance { amount } paid { amount } } payment { id state amount { amount currency } }',
      )
      states.push([answer.invoice.state, answer.invoice.balance.amount])
    }
    expect(states).toEqual([
      ['PARTLY_PAID', '60.00'],
      ['PAID', '0.00'],
      ['PAID', '-5.00'],
    ])
    // Paid once, however much comes after.
    expect((await eventsOf(id)).filter(type => type === 'invoice.paid')).toHaveLength(1)
  })

  it('count at the instant that covered the whole, in whichever order they are entered', async () => {
    const id = await issuedInvoice(finance, agreement, '100.00')
    await world.freezeClock('2026-03-01T10:00:00+08:00')
    for (const [amount, at] of [
      ['50.00', '2026-02-10T12:00:00+08:00'],
      ['50.00', '2026-02-01T12:00:00+08:00'],
    ] as const)
      await done(finance, 'paymentRecord', payment(id, amount, at))
    expect(await readInvoice(finance, id, 'obligation { state stoppedAt }')).toEqual({
      obligation: { state: 'MET', stoppedAt: '2026-02-10T04:00:00.000Z' },
    })
    await world.freezeClock('2026-01-16T10:00:00+08:00')
  })

  it('that are reversed reopen the duty they had met, and a due day that has passed is then missed', async () => {
    const id = await issuedInvoice(finance, agreement, '100.00')
    const { payment: paid } = await done(
      finance,
      'paymentRecord',
      payment(id, '100.00', '2026-01-16T09:00:00+08:00'),
      'payment { id }',
    )
    const reversed = await done(
      finance,
      'paymentReverse',
      { paymentId: paid.id, reason: 'Bounced' },
      'payment { state reversalReason reversedAt } invoice { state balance { amount } obligation { state stoppedAt } }',
    )
    expect(reversed).toMatchObject({
      payment: { state: 'REVERSED', reversalReason: 'Bounced', reversedAt: '2026-01-16T02:00:00.000Z' },
      invoice: {
        state: 'ISSUED',
        balance: { amount: '100.00' },
        obligation: { state: 'RUNNING', stoppedAt: null },
      },
    })
    expect(
      (await finance.mutate('paymentReverse', { paymentId: paid.id, reason: 'x' })).userErrors,
    ).toMatchObject([{ code: 'INVALID_STATE' }])
    await world.freezeClock('2026-02-25T00:00:00+08:00')
    await world.ringDue()
    expect(
      await readInvoice(
        finance,
        id,
        'overdue obligation { state derivation { steps { code } } breach { number } }',
      ),
    ).toMatchObject({
      overdue: true,
      obligation: {
        state: 'MISSED',
        derivation: { steps: ['STARTED', 'DUE', 'STOPPED', 'UNDONE', 'MISSED'].map(code => ({ code })) },
      },
    })
    expect(await eventsOf(paid.id)).toEqual(['payment.recorded', 'payment.reversed'])
    await world.freezeClock('2026-01-16T10:00:00+08:00')
  })

  it('are refused in another currency, in the future, of nothing, and twice under one reference', async () => {
    const id = await issuedInvoice(finance, agreement, '100.00')
    const good = payment(id, '10.00', '2026-01-16T09:00:00+08:00')
    for (const [wrong, code] of [
      [{ amount: { amount: '10.00', currency: 'USD' } }, 'INVALID'],
      [{ creditedAt: '2026-01-16T10:00:00.001+08:00' }, 'IN_FUTURE'],
      [{ amount: cny('0.00') }, 'TOO_SMALL'],
      [{ amount: cny('0.001') }, 'INVALID'],
      [{ reference: ' ' }, 'BLANK'],
      [{ invoiceId: `inv_${randomUUID()}` }, 'NOT_FOUND'],
    ] as const)
      expect((await finance.mutate('paymentRecord', { ...good, ...wrong })).userErrors).toMatchObject([
        { code },
      ])
    const { payment: first } = await done(finance, 'paymentRecord', good, 'payment { id }')
    expect((await finance.mutate('paymentRecord', good)).userErrors).toMatchObject([
      { code: 'TAKEN', field: ['input', 'reference'] },
    ])
    await done(finance, 'paymentReverse', { paymentId: first.id, reason: 'Typing error' })
    await done(finance, 'paymentRecord', good)
    expect(await readInvoice(finance, id, 'balance { amount }')).toEqual({ balance: { amount: '90.00' } })
  })

  it('of twenty that come at once lose nothing', async () => {
    const id = await issuedInvoice(finance, agreement, '100.00')
    await Promise.all(
      Array.from({ length: 20 }, () =>
        done(finance, 'paymentRecord', payment(id, '5.01', '2026-01-16T09:00:00+08:00')),
      ),
    )
    expect(
      await readInvoice(
        finance,
        id,
        'state balance { amount } paid { amount } payments(first: 100) { totalCount } obligation { state }',
      ),
    ).toEqual({
      state: 'PAID',
      balance: { amount: '-0.20' },
      paid: { amount: '100.20' },
      payments: { totalCount: 20 },
      obligation: { state: 'MET' },
    })
    expect((await eventsOf(id)).filter(type => type === 'invoice.paid')).toHaveLength(1)
  })

  it('with reversals and credits leave total - payments + reversals - credits, in any order', async () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ act: fc.constant('pay' as const), cents: fc.integer({ min: 1, max: 8000 }) }),
      },
      { weight: 3, arbitrary: fc.record({ act: fc.constant('reverse' as const), which: fc.nat(20) }) },
      { weight: 1, arbitrary: fc.record({ act: fc.constant('credit' as const) }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async steps => {
        const id = await issuedInvoice(finance, agreement, '100.00')
        const standing: { id: string; cents: number }[] = []
        let credited = false
        for (const each of steps) {
          if (each.act === 'pay') {
            const amount = (each.cents / 100).toFixed(2)
            const answer = await done(
              finance,
              'paymentRecord',
              payment(id, amount, '2026-01-16T09:00:00+08:00'),
              'payment { id }',
            )
            standing.push({ id: answer.payment.id, cents: each.cents })
          } else if (each.act === 'reverse' && standing.length > 0) {
            const [gone] = standing.splice(each.which % standing.length, 1)
            await done(finance, 'paymentReverse', { paymentId: gone?.id, reason: 'Bounced' })
          } else if (each.act === 'credit' && !credited) {
            await done(finance, 'invoiceCredit', { invoiceId: id, reason: 'Wrong' })
            credited = true
          }
          const paid = standing.reduce((sum, { cents }) => sum + cents, 0)
          const expected = credited
            ? 'CREDITED'
            : paid >= 10_000
              ? 'PAID'
              : paid > 0
                ? 'PARTLY_PAID'
                : 'ISSUED'
          const invoice = await readInvoice(finance, id, 'state balance { amount } obligation { state }')
          expect(invoice.balance.amount).toBe(
            ((credited ? 0 : 10_000) / 100 - paid / 100).toFixed(2).replace(/^-(0\.00)$/, '$1'),
          )
          expect(invoice.state).toBe(expected)
          // While something is owed its clock runs; it never runs for what is paid or credited.
          expect(invoice.obligation.state === 'RUNNING').toBe(
            expected === 'ISSUED' || expected === 'PARTLY_PAID',
          )
        }
      }),
      { numRuns: 15 },
    )
  }, 120_000)
})

describe('numbers', () => {
  it('are without a gap under sixteen issues at once, refusals among them', async () => {
    const books = await counting.staff('FINANCE')
    const two = [await (await counting.customer()).agreement(), await (await counting.customer()).agreement()]
    const lines = [{ description: 'x', taxRatePercent: '6', net: '1' }]
    const drafts: string[] = []
    for (let index = 0; index < 16; index++) {
      const { invoice } = await done(
        books,
        'invoiceDraft',
        { agreementId: two[index % 2]?.id, lines },
        'invoice { id }',
      )
      drafts.push(invoice.id)
    }
    const issue = (invoiceId: string, wrong: object = {}) =>
      books.mutate('invoiceIssue', { invoiceId, ...wrong }, 'invoice { number }')
    const answers = await Promise.all(
      drafts.flatMap(id => [issue(id), issue(id, { eInvoice: { number: 'wrong' } })]),
    )
    const numbers = answers.flatMap(({ invoice }) => (invoice ? [invoice.number as number] : []))
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, index) => index + 1))
  })
})
