import {
  amount,
  currency,
  day,
  declareData,
  flag,
  idOf,
  instant,
  maybe,
  orNull,
  text,
  whole,
} from '../tenancy/index.js'
import { INVOICE_ID } from './invoice-finding.js'

declareData('fee_schedule', {
  set: {
    versionNumber: whole("The agreement's version that it is of."),
    number: whole('Its number within the version.'),
    annualFee: amount('What a year of maintenance costs, without tax.'),
    currency: currency('ISO 4217.'),
    signedWithVersion: flag('Whether both sides sign it with the version.'),
  },
})

const invoice = {
  number: orNull(text('Its number; null before it is issued.')),
  total: amount('What it comes to, with tax.'),
  balance: amount('What is left to pay.'),
  currency: currency('ISO 4217.'),
}
declareData('invoice', {
  every: invoice,
  issued: {
    issuedOn: day('The day it bears.'),
    receivedOn: day('The day the customer had it.'),
    dueOn: day('Its last day to pay.'),
  },
  overdue: { dueOn: day('Its last day to pay.') },
  credited: { creditNoteNumber: text('Of the credit note.') },
})

declareData('payment', {
  every: {
    invoiceId: orNull(idOf(INVOICE_ID, 'The invoice it pays.')),
    amount: amount('How much.'),
    currency: currency('ISO 4217.'),
    creditedAt: maybe(instant('When the account had it.')),
  },
})
