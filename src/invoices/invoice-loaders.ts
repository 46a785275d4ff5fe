import { statement } from '../persistence/index.js'
import { type BatchRead, byId, groupedInKeyOrder, inKeyOrder, newestOf } from '../tenancy/index.js'
import type { BillingPeriod } from './fee-schedule.js'
import type { InvoiceState } from './invoice.js'
import type { PaymentState } from './payment.js'

/** Batch reads of the room, each one statement for all keys, in key order. Money comes as text: minor units may pass 2^53. */

export interface FeeScheduleRow {
  id: string
  customerId: string
  versionId: string
  number: number
  currency: string
  annualFee: string
  taxInclusive: boolean
  taxRatePercent: string
  taxCode: string | null
  billingPeriod: BillingPeriod
  dueDays: number
  signedWithVersion: boolean
  createdAt: Date
}

const FEE_COLUMNS = `id, customer_id as "customerId", version_id as "versionId", number, currency, annual_fee as "annualFee", tax_inclusive as "taxInclusive",
  tax_rate_percent as "taxRatePercent", tax_code as "taxCode", billing_period as "billingPeriod", due_days as "dueDays",
  signed_with_version as "signedWithVersion", created_at as "createdAt"`

export const feeScheduleById = byId<FeeScheduleRow>('fee_schedules', FEE_COLUMNS)

const standingSchedules = statement(
  'fee_schedules_of_versions',
  `select distinct on (version_id) ${FEE_COLUMNS} from fee_schedules
   where tenant_id = $1 and version_id = any ($2::uuid[]) order by version_id, number desc`,
)

/** The fee schedule that stands for a version: the one that was set last. */
export const feeScheduleOfVersion: BatchRead<string, FeeScheduleRow | null> = async (reads, versionIds) =>
  inKeyOrder(
    versionIds,
    await reads.rows<FeeScheduleRow>(standingSchedules, [reads.session.tenantId, versionIds]),
    row => row.versionId,
  )

export interface InvoiceRow {
  id: string
  agreementId: string
  customerId: string
  number: number | null
  state: InvoiceState
  currency: string
  net: string
  tax: string
  total: string
  paid: string
  credited: string
  periodStartsOn: string | null
  periodEndsOn: string | null
  issuedOn: string | null
  datedOn: string
  receivedOn: string | null
  dueOn: string | null
  dueAt: Date | null
  duePending: boolean
  eInvoiceNumber: string | null
  sellerTaxId: string | null
  buyerTaxId: string | null
  documentUrl: string | null
  externalReference: string | null
  createdAt: Date
  updatedAt: Date
  revision: number
}

export const INVOICE_COLUMNS = `id, agreement_id as "agreementId", customer_id as "customerId", number, state, currency, net, tax, total,
  paid, credited, period_starts_on as "periodStartsOn", period_ends_on as "periodEndsOn", issued_on as "issuedOn",
  dated_on as "datedOn", received_on as "receivedOn", due_on as "dueOn", due_at as "dueAt", due_pending as "duePending", e_invoice_number as "eInvoiceNumber",
  seller_tax_id as "sellerTaxId", buyer_tax_id as "buyerTaxId", document_url as "documentUrl",
  external_reference as "externalReference", created_at as "createdAt", updated_at as "updatedAt", revision`

export const invoiceById = byId<InvoiceRow>('invoices', INVOICE_COLUMNS)
export const newestInvoicesOf = newestOf<InvoiceRow>('invoices', INVOICE_COLUMNS, 'agreement_id')

export interface LineRow {
  id: string
  customerId: string
  invoiceId: string
  description: string
  taxCode: string | null
  taxRatePercent: string
  currency: string
  net: string
  tax: string
  gross: string
}

const linesQuery = (where: string): string =>
  `select line.id, line.customer_id as "customerId", line.invoice_id as "invoiceId", line.description, line.tax_code as "taxCode",
     line.tax_rate_percent as "taxRatePercent", invoice.currency, line.net, line.tax, line.gross
   from invoice_lines line join invoices invoice on invoice.tenant_id = line.tenant_id and invoice.id = line.invoice_id
   where line.tenant_id = $1 and ${where} order by line.invoice_id, line.ordinal`

const linesById = statement('invoice_lines_by_id', linesQuery('line.id = any ($2::uuid[])'))
const linesOfInvoices = statement(
  'invoice_lines_of_invoices',
  linesQuery('line.invoice_id = any ($2::uuid[])'),
)

export const lineById: BatchRead<string, LineRow | null> = async (reads, ids) =>
  inKeyOrder(ids, await reads.rows<LineRow>(linesById, [reads.session.tenantId, ids]), row => row.id)

export const linesOf: BatchRead<string, LineRow[]> = async (reads, invoiceIds) =>
  groupedInKeyOrder(
    invoiceIds,
    await reads.rows<LineRow>(linesOfInvoices, [reads.session.tenantId, invoiceIds]),
    row => row.invoiceId,
  )

export interface CreditNoteRow {
  id: string
  customerId: string
  invoiceId: string
  number: number
  currency: string
  net: string
  tax: string
  total: string
  reason: string
  issuedOn: string
  eInvoiceNumber: string | null
  createdAt: Date
}

const NOTE_COLUMNS = `id, customer_id as "customerId", invoice_id as "invoiceId", number, currency, net, tax, total, reason, issued_on as "issuedOn",
  e_invoice_number as "eInvoiceNumber", created_at as "createdAt"`

export const creditNoteById = byId<CreditNoteRow>('credit_notes', NOTE_COLUMNS)

const creditNotesOfInvoices = statement(
  'credit_notes_of_invoices',
  `select ${NOTE_COLUMNS} from credit_notes where tenant_id = $1 and invoice_id = any ($2::uuid[]) order by created_at, id`,
)

export const creditNotesOf: BatchRead<string, CreditNoteRow[]> = async (reads, invoiceIds) =>
  groupedInKeyOrder(
    invoiceIds,
    await reads.rows<CreditNoteRow>(creditNotesOfInvoices, [reads.session.tenantId, invoiceIds]),
    row => row.invoiceId,
  )

export interface PaymentRow {
  id: string
  customerId: string
  agreementId: string
  invoiceId: string
  state: PaymentState
  currency: string
  amount: string
  creditedAt: Date
  reference: string
  evidence: string | null
  reversedAt: Date | null
  reversalReason: string | null
  createdAt: Date
  updatedAt: Date
  revision: number
}

export const PAYMENT_COLUMNS = `id, customer_id as "customerId", agreement_id as "agreementId", invoice_id as "invoiceId", state, currency, amount,
  credited_at as "creditedAt", reference, evidence, reversed_at as "reversedAt", reversal_reason as "reversalReason",
  created_at as "createdAt", updated_at as "updatedAt", revision`

export const paymentById = byId<PaymentRow>('payments', PAYMENT_COLUMNS)
export const newestPaymentsOf = newestOf<PaymentRow>('payments', PAYMENT_COLUMNS, 'invoice_id')
