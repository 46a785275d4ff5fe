import { LockMode } from '@mikro-orm/postgresql'
import { lockObligation } from '../obligations/index.js'
import type { EventActor, NewEvent, Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { uuidOf } from '../platform/ids.js'
import { formatMinor } from '../platform/money.js'
import { checkRevision } from '../tenancy/index.js'
import { Invoice } from './invoice.js'

export const INVOICE_ID = 'inv'
export const LINE_ID = 'inl'
export const CREDIT_NOTE_ID = 'crn'
/** What the customer's duty to pay an invoice is called among the obligations (3.4.1). */
export const PAYMENT_DUTY = 'PAYMENT'

/** Names an invoice and, if the client likes, the revision it has read. */
export interface InvoiceTarget {
  invoiceId: string
  expectedRevision?: number | null
}

/** Finds the invoice within the walls and locks it: whatever moves its balance waits in line. Unseen means missing. */
export async function findInvoice(operation: Operation, target: InvoiceTarget): Promise<Invoice> {
  const id = uuidOf(INVOICE_ID, target.invoiceId)
  const invoice = id && (await lockInvoice(operation, id))
  if (!invoice) throw refuse('NOT_FOUND', { field: ['input', 'invoiceId'] })
  checkRevision(invoice, target.expectedRevision)
  return invoice
}

/** Its duty first, if it has one: whoever suspends payment or counts its clock anew holds that, and then writes its due day. */
export async function lockInvoice(operation: Operation, id: string): Promise<Invoice | null> {
  await lockObligation(operation, id, PAYMENT_DUTY)
  const where = { tenantId: operation.session.tenantId, id }
  return operation.em.findOne(Invoice, where, { lockMode: LockMode.PESSIMISTIC_WRITE })
}

/** An event about an invoice. Of a draft, and of one that was given up, only the provider hears. */
export function recordInvoice(
  operation: Operation,
  invoice: Invoice,
  type: string,
  actor: EventActor,
  at: Date | { occurredAt: Date; acceptedAt: Date },
  data: NewEvent['data'] = {},
): void {
  const { currency } = invoice
  operation.record({
    type,
    category: 'INVOICE',
    subject: { kind: INVOICE_ID, id: invoice.id, revision: () => invoice.revision },
    customerId: invoice.isUnissued() ? null : invoice.customerId,
    agreementId: invoice.agreementId,
    clause: '3.4.1',
    actor,
    ...(at instanceof Date ? { occurredAt: at, acceptedAt: at } : at),
    data: {
      number: invoice.number ?? null,
      total: formatMinor({ minor: invoice.total, currency }),
      balance: formatMinor({ minor: invoice.balance(), currency }),
      currency,
      ...data,
    },
  })
}
