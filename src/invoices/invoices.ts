import { Agreement, versionInForceAt } from '../agreements/index.js'
import { cancelObligation, lockObligation, type Obligation, obligationsOf } from '../obligations/index.js'
import type { EventActor, NewEvent, Operation, Reaction } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid } from '../platform/ids.js'
import { civilDate, startOfDate } from '../platform/time.js'
import { checkText, SYSTEM_ACTOR } from '../tenancy/index.js'
import { checkEInvoiceNumber, checkPastDay, checkTaxId, checkUnderAgreement, checkUrl } from './checks.js'
import { DEFAULT_DUE_DAYS, FeeSchedule } from './fee-schedule.js'
import { standingSchedule } from './fee-schedules.js'
import {
  findInvoice,
  INVOICE_ID,
  type InvoiceTarget,
  PAYMENT_DUTY,
  recordInvoice,
} from './invoice-finding.js'
import { nextDocumentNumber } from './invoice-numbers.js'
import { CreditNote, type FallsDue, Invoice, type Issue } from './invoice.js'
import { dueOf, holdSuspensions, startDuty } from './payment-clock.js'

/** An issue before its duty is counted and its number taken. */
type Issued = Omit<Issue, 'number' | keyof FallsDue>

export interface IssueInput extends InvoiceTarget {
  issuedOn?: string | null
  receivedOn?: string | null
  eInvoice?: { number?: string | null; sellerTaxId?: string | null; buyerTaxId?: string | null } | null
  documentUrl?: string | null
}

/**
 * Issued: from here on it has a number, and the customer owes it (3.4.1) until the day it falls due has ended. Its number
 * is taken last, since that lock is the tenant's.
 */
export async function issueInvoice(
  operation: Operation,
  input: IssueInput,
  actor: EventActor,
): Promise<Invoice> {
  const invoice = await findInvoice(operation, input)
  invoice.requireDraft()
  const agreement = await holdSuspensions(operation, invoice.agreementId)
  const now = await operation.now()
  const issued = await issueOf(operation, invoice, agreement, input, now)
  const startedAt = startOf(issued.receivedOn, agreement, now)
  const duty = await startDuty(operation, invoice, agreement, { ...issued, startedAt }, now, actor)
  const issue = { ...issued, ...dueOf(duty, agreement) }
  invoice.issue({ ...issue, number: await nextDocumentNumber(operation, 'INVOICE') }, now)
  const occurredAt = startOf(issue.issuedOn, agreement, now)
  const { issuedOn, receivedOn, dueOn } = issue
  recordInvoice(
    operation,
    invoice,
    'invoice.issued',
    actor,
    { occurredAt, acceptedAt: now },
    { issuedOn, receivedOn, dueOn },
  )
  return invoice
}

/** A draft that is not wanted. It never had a number, so none is missing. */
export async function voidInvoice(
  operation: Operation,
  input: InvoiceTarget,
  actor: EventActor,
): Promise<Invoice> {
  const invoice = await findInvoice(operation, input)
  const now = await operation.now()
  invoice.void(now)
  recordInvoice(operation, invoice, 'invoice.voided', actor, now)
  return invoice
}

/** Takes an issued invoice back by a red-letter note over the whole of it. Nothing is owed any more; what was paid stays as credit. */
export async function creditInvoice(
  operation: Operation,
  input: InvoiceTarget & { reason: string; eInvoiceNumber?: string | null },
  actor: EventActor,
): Promise<CreditNote> {
  const invoice = await findInvoice(operation, input)
  const where = { tenantId: invoice.tenantId, id: invoice.agreementId }
  const agreement = await operation.em.findOneOrFail(Agreement, where)
  const reason = checkText(input.reason, ['input', 'reason'], { max: 1000 })
  const eInvoiceNumber = checkEInvoiceNumber(input.eInvoiceNumber, ['input', 'eInvoiceNumber'])
  const obligation = await lockObligation(operation, invoice.id, PAYMENT_DUTY)
  const now = await operation.now()
  invoice.credit(now)
  if (obligation) await cancelObligation(operation, obligation, { occurredAt: now, acceptedAt: now }, actor)
  const note = operation.em.create(CreditNote, {
    tenantId: invoice.tenantId,
    id: newUuid(),
    customerId: invoice.customerId,
    invoiceId: invoice.id,
    currency: invoice.currency,
    net: invoice.net,
    tax: invoice.tax,
    total: invoice.total,
    number: await nextDocumentNumber(operation, 'CREDIT_NOTE'),
    reason,
    issuedOn: civilDate(now, agreement.timeZone),
    eInvoiceNumber,
    createdAt: now,
  })
  recordInvoice(operation, invoice, 'invoice.credited', actor, now, { creditNoteNumber: note.number })
  return note
}

/** The sweep found that an invoice wasn't paid in time, or a payment showed that it came too late. */
export const overdueWhenMissed: Reaction = async (operation, events) => {
  const obligations = await obligationsOf(operation, events)
  const overdue = new Map(
    obligations.filter(each => each.subjectKind === INVOICE_ID).map(each => [each.subjectId, each]),
  )
  if (overdue.size === 0) return
  const { acceptedAt } = events[0] as NewEvent
  // Read without a lock: whoever pays waits for the obligation, which is locked here.
  const where = { tenantId: operation.session.tenantId, id: { $in: [...overdue.keys()] } }
  for (const invoice of await operation.em.find(Invoice, where, { orderBy: { id: 'asc' } })) {
    // The payment that came too late is what showed it: by now nothing is overdue.
    if (invoice.state === 'PAID') continue
    const at = { occurredAt: (overdue.get(invoice.id) as Obligation).dueAt, acceptedAt }
    recordInvoice(operation, invoice, 'invoice.overdue', SYSTEM_ACTOR, at, { dueOn: invoice.dueOn })
  }
}

/** What is said of it when it's issued, checked. */
async function issueOf(
  operation: Operation,
  invoice: Invoice,
  agreement: Agreement,
  input: IssueInput,
  now: Date,
): Promise<Issued> {
  const today = civilDate(now, agreement.timeZone)
  const issuedOn = checkPastDay(input.issuedOn ?? today, today, ['input', 'issuedOn'])
  checkUnderAgreement(issuedOn, agreement, ['input', 'issuedOn'])
  const receivedField = ['input', 'receivedOn']
  const receivedOn = checkPastDay(input.receivedOn ?? issuedOn, today, receivedField)
  if (receivedOn < issuedOn)
    throw refuse('INVALID', { field: receivedField, messageKey: 'RECEIVED_BEFORE_ISSUE' })
  const at = (name: string): string[] => ['input', 'eInvoice', name]
  return {
    issuedOn,
    receivedOn,
    dueDays: await dueDaysOf(operation, invoice, agreement, now),
    eInvoiceNumber: checkEInvoiceNumber(input.eInvoice?.number, at('number')),
    sellerTaxId: checkTaxId(input.eInvoice?.sellerTaxId, at('sellerTaxId')),
    buyerTaxId: checkTaxId(input.eInvoice?.buyerTaxId, at('buyerTaxId')),
    documentUrl: checkUrl(input.documentUrl, ['input', 'documentUrl']),
  }
}

/** By the fee schedule it bills, else by the one that stands now, else the default offered. */
async function dueDaysOf(
  operation: Operation,
  invoice: Invoice,
  agreement: Agreement,
  now: Date,
): Promise<number> {
  const { tenantId, feeScheduleId } = invoice
  if (feeScheduleId)
    return (await operation.em.findOneOrFail(FeeSchedule, { tenantId, id: feeScheduleId })).dueDays
  const version = await versionInForceAt(operation, agreement, now)
  const schedule = version && (await standingSchedule(operation, version.id))
  return schedule?.dueDays ?? DEFAULT_DUE_DAYS
}

/** A day as an instant: now when it's today, else its beginning. */
function startOf(day: string, agreement: Agreement, now: Date): Date {
  return day === civilDate(now, agreement.timeZone) ? now : startOfDate(day, agreement.timeZone)
}
