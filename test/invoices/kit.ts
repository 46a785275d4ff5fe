import { randomUUID } from 'node:crypto'
import { done } from '../kit/done.js'
import type { AgreementHandle, Caller, Customer } from '../kit/world.js'

export const cny = (amount: string): { amount: string; currency: string } => ({ amount, currency: 'CNY' })

/** An agreement in force whose fees both sides signed with it. */
export async function agreementWithFees(
  customer: Customer,
  fees: object = {},
  terms: Parameters<Customer['draft']>[0] = {},
): Promise<AgreementHandle> {
  const admin = await customer.provider.admin()
  const agreement = await customer.draft(terms)
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

/** An issued invoice over one line; tax is 6 % within. */
export async function issuedInvoice(
  caller: Caller,
  agreement: AgreementHandle,
  gross = '106000.00',
  issue: object = {},
): Promise<string> {
  const lines = [{ description: 'Maintenance', taxRatePercent: '6', gross }]
  const { invoice } = await done(
    caller,
    'invoiceDraft',
    { agreementId: agreement.id, lines },
    'invoice { id }',
  )
  await done(caller, 'invoiceIssue', { invoiceId: invoice.id, ...issue })
  return invoice.id
}

export function payment(invoiceId: string, amount: string, creditedAt: string | Date): object {
  return { invoiceId, amount: cny(amount), creditedAt, reference: `bank ${randomUUID()}` }
}

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
export async function readInvoice(caller: Caller, id: string, selection: string): Promise<any> {
  return (await caller.ask(`query ($id: ID!) { invoice(id: $id) { ${selection} } }`, { id })).invoice
}
