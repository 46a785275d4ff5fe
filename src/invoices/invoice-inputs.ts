import { Field, ID, InputType, Int } from 'type-graphql'
import { RecordFilter } from '../agreements/index.js'
import { MutationInput, OrderDirection } from '../platform/graphql/contract.js'
import { MoneyInput } from '../platform/graphql/money.js'
import { CurrencyCodeScalar, DateScalar, DateTimeScalar, DecimalScalar } from '../platform/graphql/scalars.js'
import type { BillingPeriod } from './fee-schedule.js'
import {
  BillingPeriodEnum,
  InvoiceOrderField,
  InvoiceStateEnum,
  PaymentOrderField,
  PaymentStateEnum,
} from './invoice-enums.js'

@InputType({ description: 'Order of a list of invoices.' })
export class InvoiceOrder {
  @Field(() => InvoiceOrderField, { description: 'By what.' })
  field!: InvoiceOrderField

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction!: OrderDirection
}

@InputType({
  description: 'Which invoices. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class InvoiceFilter extends RecordFilter {
  @Field(() => [InvoiceStateEnum], { nullable: true, description: 'In one of these states.' })
  state?: string[] | null

  @Field(() => Boolean, { nullable: true, description: 'Overdue now (true), or not (false).' })
  overdue?: boolean | null

  @Field(() => Int, { nullable: true, description: 'With exactly this number.' })
  number?: number | null
}

@InputType({ description: 'Order of a list of payments.' })
export class PaymentOrder {
  @Field(() => PaymentOrderField, { description: 'By what.' })
  field!: PaymentOrderField

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction!: OrderDirection
}

@InputType({
  description: 'Which payments. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class PaymentFilter extends RecordFilter {
  @Field(() => [PaymentStateEnum], { nullable: true, description: 'In one of these states.' })
  state?: string[] | null

  @Field(() => ID, { nullable: true, description: 'Of this invoice.' })
  invoiceId?: string | null

  @Field(() => String, { nullable: true, description: 'With exactly this reference.' })
  reference?: string | null
}

@InputType({
  description:
    'What maintenance costs under the newest version of an agreement (clauses 3.1.1, 3.2.1 and 3.4.1).',
})
export class FeeScheduleSetInput extends MutationInput {
  @Field(() => ID, { description: 'The agreement.' })
  agreementId!: string

  @Field(() => Int, {
    nullable: true,
    description: 'The revision of the agreement you have read; another one is STALE_REVISION.',
  })
  expectedRevision?: number | null

  @Field(() => MoneyInput, { description: 'The fee of a year, over zero (clause 3.2.1).' })
  annualFee!: MoneyInput

  @Field(() => Boolean, { nullable: true, description: 'Whether `annualFee` includes tax. Default true.' })
  taxInclusive?: boolean | null

  @Field(() => DecimalScalar, { description: 'Tax rate in percent, 0 to 100, up to 8 decimals.' })
  taxRatePercent!: string

  @Field(() => String, { nullable: true, description: 'Tax classification (税收分类编码), 19 digits.' })
  taxCode?: string | null

  @Field(() => BillingPeriodEnum, { nullable: true, description: 'How often it is billed. Default ANNUAL.' })
  billingPeriod?: BillingPeriod | null

  @Field(() => Int, {
    nullable: true,
    description: 'Calendar days to pay in after receipt, 0 to 365. Default 30 (clause 3.4.1).',
  })
  dueDays?: number | null
}

@InputType({ description: 'One thing to bill: with its net or its gross amount, not both.' })
export class InvoiceLineInput {
  @Field(() => String, { description: 'What it is, at most 500 characters.' })
  description!: string

  @Field(() => String, { nullable: true, description: 'Tax classification (税收分类编码), 19 digits.' })
  taxCode?: string | null

  @Field(() => DecimalScalar, { description: 'Tax rate in percent, 0 to 100, up to 8 decimals.' })
  taxRatePercent!: string

  @Field(() => DecimalScalar, { nullable: true, description: 'With tax, over zero.' })
  gross?: string | null

  @Field(() => DecimalScalar, { nullable: true, description: 'Without tax, over zero.' })
  net?: string | null
}

@InputType({
  description: 'An invoice to draw up: for a period of the fee schedule, or for the lines given.',
})
export class InvoiceDraftInput extends MutationInput {
  @Field(() => ID, { description: 'The agreement; it must have come into force.' })
  agreementId!: string

  @Field(() => Int, {
    nullable: true,
    description:
      'Which billing period of the term, from 1. Omitted, and without `lines`: the first that no standing invoice bills.',
  })
  period?: number | null

  @Field(() => [InvoiceLineInput], { nullable: true, description: '1 to 100 lines, in place of a period.' })
  lines?: InvoiceLineInput[] | null

  @Field(() => CurrencyCodeScalar, {
    nullable: true,
    description: "Currency of the lines. Default the fee schedule's, else CNY.",
  })
  currency?: string | null

  @Field(() => String, { nullable: true, description: 'Its name in your own books, at most 100 characters.' })
  externalReference?: string | null
}

@InputType()
abstract class InvoiceChangeInput extends MutationInput {
  @Field(() => ID, { description: 'The invoice.' })
  invoiceId!: string

  @Field(() => Int, {
    nullable: true,
    description: 'The revision you have read; another one is STALE_REVISION.',
  })
  expectedRevision?: number | null
}

@InputType({ description: 'Fields of the fully digital e-invoice (数电票).' })
export class EInvoiceInput {
  @Field(() => String, { nullable: true, description: 'Its number, 20 digits.' })
  number?: string | null

  @Field(() => String, { nullable: true, description: "The provider's tax id, 15 to 20 characters." })
  sellerTaxId?: string | null

  @Field(() => String, { nullable: true, description: "The customer's tax id, 15 to 20 characters." })
  buyerTaxId?: string | null
}

@InputType({ description: 'A draft to issue.' })
export class InvoiceIssueInput extends InvoiceChangeInput {
  @Field(() => DateScalar, {
    nullable: true,
    description: 'The day of issue, not in the future. Default today.',
  })
  issuedOn?: string | null

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'The day the customer received it, from the day of issue to today. Default the day of issue. Its days to pay run from there (clause 3.4.1).',
  })
  receivedOn?: string | null

  @Field(() => EInvoiceInput, { nullable: true, description: 'Fields of the e-invoice (数电票).' })
  eInvoice?: EInvoiceInput | null

  @Field(() => String, {
    nullable: true,
    description: 'Where the document lies: an https address, kept as it is.',
  })
  documentUrl?: string | null
}

@InputType({ description: 'A draft to give up.' })
export class InvoiceVoidInput extends InvoiceChangeInput {}

@InputType({ description: 'An issued invoice to take back in full.' })
export class InvoiceCreditInput extends InvoiceChangeInput {
  @Field(() => String, { description: 'Why, at most 1000 characters.' })
  reason!: string

  @Field(() => String, {
    nullable: true,
    description: 'Number of the red-letter e-invoice (数电票), 20 digits.',
  })
  eInvoiceNumber?: string | null
}

@InputType({ description: 'Funds that were credited for an invoice.' })
export class PaymentRecordInput extends InvoiceChangeInput {
  @Field(() => MoneyInput, { description: 'How much, over zero, in the currency of the invoice.' })
  amount!: MoneyInput

  @Field(() => DateTimeScalar, {
    description: 'When the funds were credited, not in the future: the instant that counts (clause 3.4.1).',
  })
  creditedAt!: Date

  @Field(() => String, {
    description: "The bank's own reference, at most 100 characters; it stands once on an invoice.",
  })
  reference!: string

  @Field(() => String, { nullable: true, description: 'What else shows it, at most 2000 characters.' })
  evidence?: string | null
}

@InputType({ description: 'A payment whose funds went back or never came.' })
export class PaymentReverseInput extends MutationInput {
  @Field(() => ID, { description: 'The payment.' })
  paymentId!: string

  @Field(() => Int, {
    nullable: true,
    description: 'The revision you have read; another one is STALE_REVISION.',
  })
  expectedRevision?: number | null

  @Field(() => String, { description: 'Why, at most 1000 characters.' })
  reason!: string
}
