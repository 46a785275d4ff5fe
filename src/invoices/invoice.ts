import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned, providersOwn } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'

export type InvoiceState = 'DRAFT' | 'ISSUED' | 'PARTLY_PAID' | 'PAID' | 'CREDITED' | 'VOID'

const walls = customerOwned('INVOICE')

const InvoiceSchema = defineEntity({
  name: 'Invoice',
  tableName: 'invoices',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    agreementId: p.uuid(),
    /** Whose fee it bills; null when its lines were given. */
    feeScheduleId: p.uuid().nullable(),
    /** Gap-free per tenant, given on issue; null before. */
    number: p.integer().nullable(),
    state: p.string().length(12).$type<InvoiceState>(),
    currency: p.string().length(3),
    /** Minor units, the sums of its lines. */
    net: p.bigint(),
    tax: p.bigint(),
    total: p.bigint(),
    /** What was paid and not reversed. */
    paid: p.bigint(),
    credited: p.bigint(),
    /** The billing period; null when its lines were given. */
    periodNumber: p.smallint().nullable(),
    periodStartsOn: p.date().$type<string>().nullable(),
    periodEndsOn: p.date().$type<string>().nullable(),
    issuedOn: p.date().$type<string>().nullable(),
    /** The day it is listed under, so that a list has an order: `issuedOn`, before that the day it was drafted. */
    datedOn: p.date().$type<string>(),
    receivedOn: p.date().$type<string>().nullable(),
    dueDays: p.smallint().nullable(),
    /** Last civil day to pay on. */
    dueOn: p.date().$type<string>().nullable(),
    /** The midnight that ends that day. */
    dueAt: p.datetime(3).nullable(),
    /** It stands still, or is an estimate: nothing is overdue by it. */
    duePending: p.boolean().default(false),
    /** 数电票: 20 digits. */
    eInvoiceNumber: p.string().length(20).nullable(),
    sellerTaxId: p.string().length(20).nullable(),
    buyerTaxId: p.string().length(20).nullable(),
    documentUrl: p.string().length(2000).nullable(),
    externalReference: p.string().length(100).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  uniques: [
    { name: 'invoices_number_key', properties: ['tenantId', 'number'] },
    { name: 'invoices_customer_key', properties: ['tenantId', 'customerId', 'id'] },
  ],
  indexes: [
    { name: 'invoices_created_idx', properties: ['tenantId', 'createdAt', 'id'] },
    { name: 'invoices_dated_idx', properties: ['tenantId', 'datedOn', 'id'] },
    { name: 'invoices_agreement_created_idx', properties: ['tenantId', 'agreementId', 'createdAt', 'id'] },
    { name: 'invoices_agreement_dated_idx', properties: ['tenantId', 'agreementId', 'datedOn', 'id'] },
    { name: 'invoices_customer_created_idx', properties: ['tenantId', 'customerId', 'createdAt', 'id'] },
  ],
  rowLevelSecurity: walls.rowLevelSecurity,
  policies: [...walls.policies, providersOwn("state in ('DRAFT', 'VOID')")],
})

/** When it has to be paid, as its duty's clock says. */
export interface FallsDue {
  dueOn: string
  dueAt: Date
  duePending: boolean
}

export interface Issue extends FallsDue {
  number: number
  issuedOn: string
  receivedOn: string
  dueDays: number
  eInvoiceNumber: string | null
  sellerTaxId: string | null
  buyerTaxId: string | null
  documentUrl: string | null
}

/** What a customer owes for one period, or for what its lines say. */
export class Invoice extends InvoiceSchema.class {
  /** Still, or for ever, the provider's own paper. */
  isUnissued(): boolean {
    return this.state === 'DRAFT' || this.state === 'VOID'
  }

  requireDraft(): void {
    requireState(this, ['DRAFT'])
  }

  issue(issue: Issue, now: Date): void {
    this.requireDraft()
    Object.assign(this, issue, { state: 'ISSUED', datedOn: issue.issuedOn, updatedAt: now })
  }

  /** Its duty stands still, goes on or was counted anew. */
  fallDue(due: FallsDue, now: Date): void {
    Object.assign(this, due, { updatedAt: now })
  }

  /** Only before issue: what was issued has a number and is credited instead. */
  void(now: Date): void {
    this.requireDraft()
    this.state = 'VOID'
    this.updatedAt = now
  }

  /** By a red-letter note over the whole of it. What was paid is then the customer's credit. */
  credit(now: Date): void {
    requireState(this, ['ISSUED', 'PARTLY_PAID', 'PAID'])
    this.credited = this.total
    this.state = 'CREDITED'
    this.updatedAt = now
  }

  /** Funds came in. More than is owed is kept as the customer's credit, also on an invoice that is paid or credited. */
  receive(amount: bigint, now: Date): void {
    requireState(this, ['ISSUED', 'PARTLY_PAID', 'PAID', 'CREDITED'])
    this.settle(this.paid + amount, now)
  }

  /** Funds that had come in went back. */
  giveBack(amount: bigint, now: Date): void {
    this.settle(this.paid - amount, now)
  }

  /** What is still owed; below zero what the customer has in credit. */
  balance(): bigint {
    return this.total - this.paid - this.credited
  }

  settle(paid: bigint, now: Date): void {
    this.paid = paid
    if (this.state !== 'CREDITED')
      this.state = paid >= this.total ? 'PAID' : paid > 0n ? 'PARTLY_PAID' : 'ISSUED'
    this.updatedAt = now
  }
}
InvoiceSchema.setClass(Invoice)

function requireState(invoice: Invoice, states: readonly InvoiceState[]): void {
  if (!states.includes(invoice.state))
    throw refuse('INVALID_STATE', { field: ['input', 'invoiceId'], params: { state: invoice.state } })
}

const LineSchema = defineEntity({
  name: 'InvoiceLine',
  tableName: 'invoice_lines',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    invoiceId: p.uuid(),
    ordinal: p.smallint(),
    description: p.string().length(500),
    /** 商品和服务税收分类编码: 19 digits. */
    taxCode: p.string().length(19).nullable(),
    taxRatePercent: p.string().length(12),
    net: p.bigint(),
    tax: p.bigint(),
    gross: p.bigint(),
  },
  uniques: [{ name: 'invoice_lines_ordinal_key', properties: ['tenantId', 'invoiceId', 'ordinal'] }],
  ...customerOwned('INVOICE'),
})

/** One thing that is billed; its tax is rounded by itself. */
export class InvoiceLine extends LineSchema.class {}
LineSchema.setClass(InvoiceLine)

const CreditNoteSchema = defineEntity({
  name: 'CreditNote',
  tableName: 'credit_notes',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    invoiceId: p.uuid(),
    /** Gap-free per tenant, a sequence of its own. */
    number: p.integer(),
    currency: p.string().length(3),
    net: p.bigint(),
    tax: p.bigint(),
    total: p.bigint(),
    reason: p.string().length(1000),
    issuedOn: p.date().$type<string>(),
    eInvoiceNumber: p.string().length(20).nullable(),
    createdAt: p.datetime(3),
  },
  uniques: [
    { name: 'credit_notes_number_key', properties: ['tenantId', 'number'] },
    // In full, so once.
    { name: 'credit_notes_invoice_key', properties: ['tenantId', 'invoiceId'] },
  ],
  ...customerOwned('INVOICE'),
})

/** A red-letter note (红字发票): takes an issued invoice back, in full. */
export class CreditNote extends CreditNoteSchema.class {}
CreditNoteSchema.setClass(CreditNote)
