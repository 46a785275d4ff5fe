import type { Api } from './api.js'
import type { Parties } from './journey-agreement.js'
import { now, type Walk } from './walk.js'

const INVOICE = 'invoice { id number state total { amount currency } balance { amount } }'

/** 3. An invoice from the fee schedule, and its payment. */
export async function collect(walk: Walk, { agreementId }: Parties): Promise<void> {
  const finance = await walk.as({ role: ['FINANCE'] })
  const { invoice: draft } = await finance.change('invoiceDraft', { agreementId, period: 1 }, INVOICE)
  const { id, ...drafted } = draft
  const total = { amount: '240000.00', currency: 'CNY' }
  walk.holds('Finance drafts an invoice for the first year from the fee schedule (clause 3.1.1).', drafted, {
    number: null,
    state: 'DRAFT',
    total,
    balance: { amount: '240000.00' },
  })
  const { invoice: issued } = await finance.change('invoiceIssue', { invoiceId: id }, INVOICE)
  walk.holds('It issues it: the invoice gets its number and is owed (clause 3.4.1).', issued, {
    id,
    number: 1,
    state: 'ISSUED',
    total,
    balance: { amount: '240000.00' },
  })
  walk.holds(
    'A payment of 100,000.00 is recorded: balance and state follow.',
    await pay(finance, id, '100000.00', 'BANK-1'),
    { id, number: 1, state: 'PARTLY_PAID', total, balance: { amount: '140000.00' } },
  )
  walk.holds('So they do when the rest is.', await pay(finance, id, '140000.00', 'BANK-2'), {
    id,
    number: 1,
    state: 'PAID',
    total,
    balance: { amount: '0.00' },
  })
}

async function pay(finance: Api, invoiceId: string, amount: string, reference: string): Promise<object> {
  const { invoice } = await finance.change(
    'paymentRecord',
    { invoiceId, amount: { amount, currency: 'CNY' }, creditedAt: await now(finance), reference },
    INVOICE,
  )
  return invoice
}
