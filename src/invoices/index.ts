import './invoice-events.js'
import './invoice-messages.js'
import type { Reaction } from '../persistence/index.js'
import { creditsOfDebts, paymentsOfDebts } from './debts.js'
import { FeeSchedule } from './fee-schedule.js'
import { copyFees } from './fee-schedules.js'
import { AgreementInvoicesResolver, InvoiceResolver, VersionFeeScheduleResolver } from './invoice-api.js'
import { InvoiceMutations } from './invoice-mutations.js'
import { DocumentNumber } from './invoice-numbers.js'
import { CreditNote, Invoice, InvoiceLine } from './invoice.js'
import { overdueWhenMissed } from './invoices.js'
import { freePayments, holdPayments, moveDueDays } from './payment-clock.js'
import { Payment } from './payment.js'
import { InvoicePaymentsResolver, PaymentResolver } from './payment-api.js'

/**
 * Invoices: what is owed and what was paid.
 *
 * - *fee schedule*: what maintenance costs under a version, when it is billed and how many days there are to pay (3.1.1, 3.2.1, 3.4.1).
 * - *invoice*: what is owed for one *period* of it, or for given *lines*. *issue*: the act that numbers it and starts the duty.
 * - *credit note* (红字发票): takes an issued invoice back. *void*: giving up a draft.
 * - *payment*: funds credited for an invoice, a fact. *balance*: what is still owed; below zero it is credit.
 */
export { basisOfFees, signedFees } from './fee-schedules.js'
export { debtsOfInvoices } from './debts.js'
export { invoiceAccess } from './invoice-access.js'

export const invoiceEntities = [FeeSchedule, DocumentNumber, Invoice, InvoiceLine, CreditNote, Payment]
export const invoiceResolvers = [
  InvoiceResolver,
  AgreementInvoicesResolver,
  VersionFeeScheduleResolver,
  InvoiceMutations,
  PaymentResolver,
  InvoicePaymentsResolver,
] as const
export const invoiceReactions: Readonly<Record<string, Reaction>> = {
  'obligation.missed': overdueWhenMissed,
  'obligation.paused': moveDueDays,
  'obligation.resumed': moveDueDays,
  'obligation.recalculated': moveDueDays,
  'obligation.corrected': moveDueDays,
  'agreement.suspended': holdPayments,
  'agreement.resumed': freePayments,
  'agreement.terminated': freePayments,
  'agreement.expired': freePayments,
  'agreement.amended': copyFees,
  'agreement.renewed': copyFees,
  'payment.recorded': paymentsOfDebts,
  'payment.reversed': paymentsOfDebts,
  'invoice.credited': creditsOfDebts,
}
