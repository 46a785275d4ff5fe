import { registerEnumType } from 'type-graphql'

/** The vocabularies of fees, invoices and payments as GraphQL enums. */

export enum InvoiceStateEnum {
  DRAFT = 'DRAFT',
  ISSUED = 'ISSUED',
  PARTLY_PAID = 'PARTLY_PAID',
  PAID = 'PAID',
  CREDITED = 'CREDITED',
  VOID = 'VOID',
}
registerEnumType(InvoiceStateEnum, {
  name: 'InvoiceState',
  description: 'Where an invoice stands. Whether it is overdue is `overdue`.',
  valuesConfig: {
    DRAFT: { description: 'Drawn up; it has no number, nothing is owed, and only the provider sees it.' },
    ISSUED: { description: 'It has a number and is owed; nothing was paid yet.' },
    PARTLY_PAID: { description: 'Something was paid, less than the whole.' },
    PAID: { description: 'The whole was paid; more than that is credit.' },
    CREDITED: { description: 'Taken back by a red-letter credit note (红字发票).' },
    VOID: { description: 'Given up before issue: only the provider sees it.' },
  },
})

export enum PaymentStateEnum {
  RECORDED = 'RECORDED',
  REVERSED = 'REVERSED',
}
registerEnumType(PaymentStateEnum, {
  name: 'PaymentState',
  description: 'Whether a payment counts.',
  valuesConfig: {
    RECORDED: { description: 'It counts.' },
    REVERSED: { description: 'The funds went back or never came: it counts no more.' },
  },
})

export enum BillingPeriodEnum {
  ANNUAL = 'ANNUAL',
  SEMIANNUAL = 'SEMIANNUAL',
  QUARTERLY = 'QUARTERLY',
  MONTHLY = 'MONTHLY',
}
registerEnumType(BillingPeriodEnum, {
  name: 'BillingPeriod',
  description: 'How often the annual fee is billed, counted from `effectiveOn` (clauses 3.1.1 and 3.2.1).',
  valuesConfig: {
    ANNUAL: { description: 'Once a year.' },
    SEMIANNUAL: { description: 'Twice a year.' },
    QUARTERLY: { description: 'Four times a year.' },
    MONTHLY: { description: 'Every month.' },
  },
})

export enum InvoiceOrderField {
  CREATED_AT = 'CREATED_AT',
  ISSUED_ON = 'ISSUED_ON',
}
registerEnumType(InvoiceOrderField, {
  name: 'InvoiceOrderField',
  description: 'What invoices can be ordered by.',
  valuesConfig: {
    CREATED_AT: { description: 'When they were drafted.' },
    ISSUED_ON: { description: 'The day they were issued; a draft stands at the day it was drafted.' },
  },
})

export enum PaymentOrderField {
  CREATED_AT = 'CREATED_AT',
  CREDITED_AT = 'CREDITED_AT',
}
registerEnumType(PaymentOrderField, {
  name: 'PaymentOrderField',
  description: 'What payments can be ordered by.',
  valuesConfig: {
    CREATED_AT: { description: 'When they were entered.' },
    CREDITED_AT: { description: 'When the funds were credited.' },
  },
})
