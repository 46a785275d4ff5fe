import { Field, Int, ObjectType } from 'type-graphql'
import { Discloses, Node } from '../platform/graphql/contract.js'
import { MoneyType, toMoney } from '../platform/graphql/money.js'
import { connectionOf, stateCountsOf } from '../platform/graphql/pages.js'
import { CurrencyCodeScalar, DateScalar, DateTimeScalar, DecimalScalar } from '../platform/graphql/scalars.js'
import { Redactable, registerNode, toNode } from '../tenancy/index.js'
import { FEE_SCHEDULE_ID } from './fee-schedules.js'
import { BillingPeriodEnum, InvoiceStateEnum, PaymentStateEnum } from './invoice-enums.js'
import { CREDIT_NOTE_ID, INVOICE_ID, LINE_ID } from './invoice-finding.js'
import {
  creditNoteById,
  type CreditNoteRow,
  feeScheduleById,
  type FeeScheduleRow,
  invoiceById,
  type InvoiceRow,
  lineById,
  type LineRow,
  paymentById,
  type PaymentRow,
} from './invoice-loaders.js'
import { PAYMENT_ID } from './payments.js'

@ObjectType('FeeSchedule', {
  implements: Node,
  description:
    'What maintenance costs under a version, when it is billed and when that falls due (clauses 3.1.1, 3.2.1 and 3.4.1).',
  simpleResolvers: true,
})
@Discloses('CONTRACT')
export class FeeScheduleType extends Node {
  uuid!: string
  versionId!: string

  @Field(() => Int, { description: 'Counts from 1 within its version; the highest one stands.' })
  number!: number

  @Field(() => MoneyType, { description: 'The fee of a year (clause 3.2.1).' })
  annualFee!: MoneyType

  @Field(() => Boolean, { description: 'Whether `annualFee` includes tax.' })
  taxInclusive!: boolean

  @Field(() => DecimalScalar, { description: 'Tax rate in percent, e.g. `6`.' })
  taxRatePercent!: string

  @Field(() => String, { nullable: true, description: 'Tax classification (税收分类编码), 19 digits.' })
  taxCode!: string | null

  @Field(() => BillingPeriodEnum, { description: 'How often it is billed (clauses 3.1.1 and 3.2.1).' })
  billingPeriod!: string

  @Field(() => Int, {
    description: 'Calendar days to pay in after receipt, the day of receipt not counted (clause 3.4.1).',
  })
  dueDays!: number

  @Field(() => Boolean, {
    description:
      "True: the version's `contentHash` covers it, so both sides' signatures do. False: entered after signing, by the provider alone.",
  })
  signedWithVersion!: boolean

  @Field(() => DateTimeScalar, {
    description: 'When it was set. It never changes; a later one stands instead.',
  })
  createdAt!: Date
}
export const toFeeSchedule = (row: FeeScheduleRow): FeeScheduleType => ({
  ...toNode(FEE_SCHEDULE_ID, row),
  annualFee: money(row.annualFee, row.currency),
})
registerNode(FEE_SCHEDULE_ID, 'FeeSchedule', 'agreement:read', feeScheduleById, toFeeSchedule)

@ObjectType('EInvoice', {
  description: 'Fields of the fully digital e-invoice (数电票), as the tax authority knows it.',
  simpleResolvers: true,
})
export class EInvoiceType {
  @Field(() => String, { nullable: true, description: 'Its number, 20 digits.' })
  number!: string | null

  @Field(() => String, { nullable: true, description: "The provider's tax id (纳税人识别号)." })
  sellerTaxId!: string | null

  @Field(() => String, { nullable: true, description: "The customer's tax id (纳税人识别号)." })
  buyerTaxId!: string | null
}

@ObjectType('Invoice', {
  implements: [Node, Redactable],
  description:
    'What a customer owes for a period, or for what its lines say (clauses 3.1.1, 3.2.1 and 3.4.1).',
  simpleResolvers: true,
})
@Discloses('INVOICE')
export class InvoiceType extends Node {
  uuid!: string
  agreementId!: string
  customerId!: string

  @Field(() => Int, { nullable: true, description: 'Gap-free in the tenant, given on issue; null before.' })
  number!: number | null

  @Field(() => InvoiceStateEnum, { description: 'Where it stands.' })
  state!: string

  @Field(() => MoneyType, { description: 'Sum of its lines without tax.' })
  net!: MoneyType

  @Field(() => MoneyType, { description: 'Sum of the tax of its lines, each rounded by itself.' })
  tax!: MoneyType

  @Field(() => MoneyType, { description: '`net` and `tax`: what is billed.' })
  total!: MoneyType

  @Field(() => MoneyType, { description: 'What was paid and not reversed.' })
  paid!: MoneyType

  @Field(() => MoneyType, {
    description:
      '`total` less what was paid and credited: what is owed; below zero what the customer has in credit.',
  })
  balance!: MoneyType

  @Field(() => DateScalar, {
    nullable: true,
    description: 'First day of the period it bills; null when its lines were given.',
  })
  periodStartsOn!: string | null

  @Field(() => DateScalar, { nullable: true, description: 'Last day of the period it bills.' })
  periodEndsOn!: string | null

  @Field(() => DateScalar, { nullable: true, description: 'The day of issue; null in a draft.' })
  issuedOn!: string | null

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The day the customer received it: its days run from there (clause 3.4.1).',
  })
  receivedOn!: string | null

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'Last day to pay on (clause 3.4.1). Calendar days after receipt; it does not roll over rest days, since no calendar is published yet.',
  })
  dueOn!: string | null

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The midnight that ends `dueOn`: funds credited before it are in time.',
  })
  dueAt!: Date | null
  duePending!: boolean

  @Field(() => EInvoiceType, {
    nullable: true,
    description: 'Fields of the e-invoice (数电票); null when none were given.',
  })
  eInvoice!: EInvoiceType | null

  @Field(() => String, { nullable: true, description: 'Where the document lies, as given.' })
  documentUrl!: string | null

  @Field(() => String, { nullable: true, description: "Its name in the provider's own books." })
  externalReference!: string | null

  @Field(() => DateTimeScalar, { description: 'When it was drafted.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change; `expectedRevision` takes it.' })
  revision!: number
}

export function toInvoice(row: InvoiceRow): InvoiceType {
  const { currency, eInvoiceNumber, sellerTaxId, buyerTaxId } = row
  const known = eInvoiceNumber ?? sellerTaxId ?? buyerTaxId
  return {
    ...toNode(INVOICE_ID, row),
    net: money(row.net, currency),
    tax: money(row.tax, currency),
    total: money(row.total, currency),
    paid: money(row.paid, currency),
    balance: toMoney({ minor: BigInt(row.total) - BigInt(row.paid) - BigInt(row.credited), currency }),
    eInvoice: known === null ? null : { number: eInvoiceNumber, sellerTaxId, buyerTaxId },
  }
}

@ObjectType('InvoiceTotals', {
  description: 'What is owed by the invoices of a list, in one currency.',
  simpleResolvers: true,
})
export class InvoiceTotalsType {
  @Field(() => CurrencyCodeScalar, { description: 'ISO 4217.' })
  currency!: string

  @Field(() => MoneyType, {
    description: 'Balances of what is issued and not paid in full, what is overdue among them.',
  })
  open!: MoneyType

  @Field(() => MoneyType, {
    description: 'Balances of those whose last day to pay has ended (clause 3.4.1).',
  })
  overdue!: MoneyType
}

export const InvoiceConnection = connectionOf(() => InvoiceType, 'Invoice', 'invoices', {
  ...stateCountsOf('Invoice', InvoiceStateEnum),
  totals: {
    type: () => [InvoiceTotalsType],
    description: 'What is owed by the whole list, currency by currency; summed only when asked for.',
  },
})
registerNode(INVOICE_ID, 'Invoice', 'invoice:read', invoiceById, toInvoice)

@ObjectType('InvoiceLine', {
  implements: Node,
  description: 'One thing that is billed; its tax is rounded half up to the minor unit by itself.',
  simpleResolvers: true,
})
@Discloses('INVOICE')
export class InvoiceLineType extends Node {
  @Field(() => String, { description: 'What it is.' })
  description!: string

  @Field(() => String, { nullable: true, description: 'Tax classification (税收分类编码), 19 digits.' })
  taxCode!: string | null

  @Field(() => DecimalScalar, { description: 'Tax rate in percent.' })
  taxRatePercent!: string

  @Field(() => MoneyType, { description: 'Without tax.' })
  net!: MoneyType

  @Field(() => MoneyType, { description: 'The tax.' })
  tax!: MoneyType

  @Field(() => MoneyType, { description: '`net` and `tax`.' })
  gross!: MoneyType
}
export const toInvoiceLine = (row: LineRow): InvoiceLineType => ({
  ...toNode(LINE_ID, row),
  net: money(row.net, row.currency),
  tax: money(row.tax, row.currency),
  gross: money(row.gross, row.currency),
})
registerNode(LINE_ID, 'InvoiceLine', 'invoice:read', lineById, toInvoiceLine)

@ObjectType('CreditNote', {
  implements: Node,
  description: 'A red-letter credit note (红字发票): takes an issued invoice back, in full.',
  simpleResolvers: true,
})
@Discloses('INVOICE')
export class CreditNoteType extends Node {
  uuid!: string

  @Field(() => Int, { description: 'Gap-free in the tenant, a sequence of its own.' })
  number!: number

  @Field(() => MoneyType, { description: 'What it takes back without tax.' })
  net!: MoneyType

  @Field(() => MoneyType, { description: 'The tax it takes back.' })
  tax!: MoneyType

  @Field(() => MoneyType, { description: 'What it takes back: the whole invoice.' })
  total!: MoneyType

  @Field(() => String, { description: 'Why, as stated.' })
  reason!: string

  @Field(() => DateScalar, { description: 'The day of issue.' })
  issuedOn!: string

  @Field(() => String, {
    nullable: true,
    description: 'Number of the red-letter e-invoice (数电票), 20 digits.',
  })
  eInvoiceNumber!: string | null

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date
}
export const toCreditNote = (row: CreditNoteRow): CreditNoteType => ({
  ...toNode(CREDIT_NOTE_ID, row),
  net: money(row.net, row.currency),
  tax: money(row.tax, row.currency),
  total: money(row.total, row.currency),
})
registerNode(CREDIT_NOTE_ID, 'CreditNote', 'invoice:read', creditNoteById, toCreditNote)

@ObjectType('Payment', {
  implements: [Node, Redactable],
  description:
    'Funds credited to the provider for one invoice: a fact, entered with the reference that shows it.',
  simpleResolvers: true,
})
@Discloses('PAYMENT')
export class PaymentType extends Node {
  uuid!: string
  agreementId!: string
  invoiceId!: string

  @Field(() => PaymentStateEnum, { description: 'Whether it counts.' })
  state!: string

  @Field(() => MoneyType, { description: 'How much.' })
  amount!: MoneyType

  @Field(() => DateTimeScalar, {
    description: 'When the funds were credited, as stated: the instant that counts (clause 3.4.1).',
  })
  creditedAt!: Date

  @Field(() => String, { description: "The bank's own reference." })
  reference!: string

  @Field(() => String, { nullable: true, description: 'What else shows it, as stated.' })
  evidence!: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was reversed; null while it counts.' })
  reversedAt!: Date | null

  @Field(() => String, { nullable: true, description: 'Why it was reversed, as stated.' })
  reversalReason!: string | null

  @Field(() => DateTimeScalar, { description: 'When it was entered.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change; `expectedRevision` takes it.' })
  revision!: number
}
export const toPayment = (row: PaymentRow): PaymentType => ({
  ...toNode(PAYMENT_ID, row),
  amount: money(row.amount, row.currency),
})
export const PaymentConnection = connectionOf(() => PaymentType, 'Payment', 'payments')
registerNode(PAYMENT_ID, 'Payment', 'payment:read', paymentById, toPayment)

function money(minor: string, currency: string): MoneyType {
  return toMoney({ minor: BigInt(minor), currency })
}
