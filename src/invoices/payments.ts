import {
  correctStop,
  lockObligation,
  type Obligation,
  stopObligation,
  undoStop,
} from '../obligations/index.js'
import type { EventActor, Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid, publicId, uuidOf } from '../platform/ids.js'
import { formatMinor } from '../platform/money.js'
import { checkRevision, checkText } from '../tenancy/index.js'
import { checkAmount } from './checks.js'
import {
  findInvoice,
  type InvoiceTarget,
  lockInvoice,
  PAYMENT_DUTY,
  recordInvoice,
} from './invoice-finding.js'
import type { Invoice } from './invoice.js'
import { Payment } from './payment.js'
import { holdSuspensions, waitAsSuspended } from './payment-clock.js'

export const PAYMENT_ID = 'pay'

export interface PaymentInput extends InvoiceTarget {
  amount: { amount: string; currency: string }
  creditedAt: Date
  reference: string
  evidence?: string | null
}

/**
 * Funds were credited: a fact, which counts at the instant stated by whoever enters it. Once the whole of the invoice is
 * covered the customer's duty is done, at the instant that covered it. More than is owed is kept as credit.
 */
export async function recordPayment(
  operation: Operation,
  input: PaymentInput,
  actor: EventActor,
): Promise<Payment> {
  const invoice = await findInvoice(operation, input)
  const now = await operation.now()
  if (input.amount.currency !== invoice.currency)
    throw refuse('INVALID', { field: ['input', 'amount', 'currency'], messageKey: 'OTHER_CURRENCY' })
  if (input.creditedAt > now) throw refuse('IN_FUTURE', { field: ['input', 'creditedAt'], clause: '3.4.1' })
  const payment = operation.em.create(Payment, {
    tenantId: invoice.tenantId,
    id: newUuid(),
    customerId: invoice.customerId,
    agreementId: invoice.agreementId,
    invoiceId: invoice.id,
    state: 'RECORDED',
    currency: invoice.currency,
    amount: checkAmount(input.amount.amount, invoice.currency, ['input', 'amount', 'amount']),
    creditedAt: input.creditedAt,
    reference: await referenceOf(operation, invoice, input.reference),
    evidence: evidenceOf(input.evidence),
    createdAt: now,
    updatedAt: now,
  })
  const before = invoice.state
  invoice.receive(payment.amount, now)
  await operation.em.flush()
  record(operation, payment, 'payment.recorded', actor, { occurredAt: payment.creditedAt, acceptedAt: now })
  const coveredAt = await judgeDuty(operation, invoice, payment, now, actor)
  if (coveredAt && invoice.state === 'PAID' && before !== 'PAID')
    recordInvoice(operation, invoice, 'invoice.paid', actor, { occurredAt: coveredAt, acceptedAt: now })
  return payment
}

/** Funds that were recorded went back, or never came: the balance rises again, and a duty they had met runs on. */
export async function reversePayment(
  operation: Operation,
  input: { paymentId: string; expectedRevision?: number | null; reason: string },
  actor: EventActor,
): Promise<Payment> {
  const { payment, invoice } = await findPayment(operation, input.paymentId)
  checkRevision(payment, input.expectedRevision)
  const reason = checkText(input.reason, ['input', 'reason'], { max: 1000 })
  const now = await operation.now()
  await holdSuspensions(operation, invoice.agreementId)
  payment.reverse(reason, now)
  invoice.giveBack(payment.amount, now)
  record(operation, payment, 'payment.reversed', actor, { occurredAt: now, acceptedAt: now })
  await operation.em.flush()
  await judgeDuty(operation, invoice, payment, now, actor)
  return payment
}

/**
 * The customer's duty was done when the payments that stand had covered the whole, or isn't done. Answers when it was. They
 * may be learnt in any order, and after the verdict: then it is corrected, and what followed from it is derived anew.
 */
async function judgeDuty(
  operation: Operation,
  invoice: Invoice,
  payment: Payment,
  now: Date,
  actor: EventActor,
): Promise<Date | null> {
  const obligation = await lockObligation(operation, invoice.id, PAYMENT_DUTY)
  const coveredAt = await coveredSince(operation, invoice)
  if (!obligation || obligation.state === 'CANCELLED') return coveredAt
  if (coveredAt?.getTime() === obligation.stoppedAt?.getTime()) return coveredAt
  const at = { occurredAt: now, acceptedAt: now }
  const { stoppedAt } = obligation
  if (stoppedAt && (!coveredAt || coveredAt > stoppedAt)) {
    // A credit note took the invoice back: nothing is owed any more that could run on.
    if (invoice.state === 'CREDITED') return coveredAt
    await undoStop(operation, obligation, at, actor)
    await waitAsSuspended(operation, obligation, stoppedAt, now, actor)
  }
  if (!coveredAt) return null
  const evidence = publicId(PAYMENT_ID, payment.id)
  if (isLearntLate(coveredAt, obligation))
    await correctStop(operation, obligation, { doneAt: coveredAt, evidence }, actor, now)
  else await stopObligation(operation, obligation, coveredAt, actor, now)
  return coveredAt
}

/** It was done before it was known to be, or though it was found missed. Money is owed on a day: by the midnight that ends it. */
const isLearntLate = (at: Date, { state, stoppedAt, dueAt }: Obligation): boolean =>
  stoppedAt != null || (state === 'MISSED' && at < dueAt)

/** The invoice first, as everywhere: then what hangs on it. */
async function findPayment(
  operation: Operation,
  paymentId: string,
): Promise<{ payment: Payment; invoice: Invoice }> {
  const tenantId = operation.session.tenantId
  const id = uuidOf(PAYMENT_ID, paymentId)
  const [found] = id
    ? await operation.run<{ invoiceId: string }>(
        'select invoice_id as "invoiceId" from payments where tenant_id = $1 and id = $2',
        [tenantId, id],
      )
    : []
  const invoice = found && (await lockInvoice(operation, found.invoiceId))
  const payment = invoice && (await operation.em.findOne(Payment, { tenantId, id: id as string }))
  if (!payment || !invoice) throw refuse('NOT_FOUND', { field: ['input', 'paymentId'] })
  return { payment, invoice }
}

/** Since when payments cover the whole; null while they don't. They may be entered in any order, and count in the order they were credited. */
async function coveredSince(operation: Operation, invoice: Invoice): Promise<Date | null> {
  const where = { tenantId: invoice.tenantId, invoiceId: invoice.id, state: 'RECORDED' } as const
  const payments = await operation.em.find(Payment, where, { orderBy: { creditedAt: 'asc', id: 'asc' } })
  let sum = 0n
  for (const payment of payments) {
    sum += payment.amount
    if (sum >= invoice.total) return payment.creditedAt
  }
  return null
}

/** The same reference twice on one invoice is the same transfer entered twice, unless the first was reversed. */
async function referenceOf(operation: Operation, invoice: Invoice, text: string): Promise<string> {
  const field = ['input', 'reference']
  const reference = checkText(text, field, { max: 100 })
  const where = { tenantId: invoice.tenantId, invoiceId: invoice.id, reference, state: 'RECORDED' } as const
  if (await operation.em.findOne(Payment, where))
    throw refuse('TAKEN', { field, messageKey: 'PAYMENT_RECORDED' })
  return reference
}

function evidenceOf(evidence: string | null | undefined): string | null {
  return evidence == null
    ? null
    : checkText(evidence, ['input', 'evidence'], { max: 2000, blank: true }) || null
}

function record(
  operation: Operation,
  payment: Payment,
  type: string,
  actor: EventActor,
  at: { occurredAt: Date; acceptedAt: Date },
): void {
  operation.record({
    type,
    category: 'PAYMENT',
    subject: { kind: PAYMENT_ID, id: payment.id, revision: () => payment.revision },
    customerId: payment.customerId,
    agreementId: payment.agreementId,
    clause: '3.4.1',
    actor,
    ...at,
    data: {
      invoiceId: payment.invoiceId,
      amount: formatMinor({ minor: payment.amount, currency: payment.currency }),
      currency: payment.currency,
      creditedAt: payment.creditedAt,
    },
  })
}
