import './invoice-event-data.js'
import { declareEvents } from '../tenancy/index.js'

declareEvents('fee_schedule', 'CONTRACT', {
  set: 'What maintenance costs was written down for a version (clause 3.2.1).',
})

/** What can happen to an invoice. */
declareEvents('invoice', 'INVOICE', {
  drafted: 'It was drawn up and may still change; told to the provider alone.',
  issued: 'It has its number and is owed (clause 3.4.1).',
  overdue: 'Its last day to pay passed without payment in full (clause 3.4.1).',
  paid: 'Payments and credit notes cover it.',
  credited: 'A credit note took some or all of it back.',
  voided: 'The draft was given up; told to the provider alone.',
})

declareEvents('payment', 'PAYMENT', {
  recorded: 'Money was credited to the account.',
  reversed: 'A payment was taken back: it counts for nothing.',
})
