import { OBLIGATION_ID } from '../obligations/index.js'
import {
  amount,
  currency,
  declareData,
  idOf,
  instant,
  maybe,
  objectOf,
  orNull,
  text,
  whole,
  word,
} from '../tenancy/index.js'
import { ASSESSMENT_ID } from './pricing.js'

const verdict = (description: string) => maybe(objectOf(description, {}))
const number = whole('Its number within the agreement.')
const assessmentId = idOf(ASSESSMENT_ID, 'The price of its root cause.')
const act = {
  number,
  state: word('What it is from then on.'),
  side: word('Who did it: PROVIDER or CUSTOMER.'),
  assessmentId,
}
const decided = { ...act, basis: word('What the decision rests on.') }
const learnt = {
  ...act,
  before: verdict('What its clock had come to, where something was learnt later.'),
  after: verdict('What it comes to now.'),
}

declareData('breach', {
  detected: {
    number,
    dutyClause: text('The clause that was broken.'),
    liabilityClause: text('The clause that says what follows.'),
    owedBy: word('Who owed it: PROVIDER or CUSTOMER.'),
    obligationId: orNull(idOf(OBLIGATION_ID, 'The duty that was missed; null where none had a clock.')),
    assessmentId,
  },
  confirmed: act,
  notified: act,
  accepted: act,
  disputed: act,
  upheld: decided,
  rejected: decided,
  waived: act,
  cured: { ...act, curedAt: instant('When it was made good.') },
  revised: { ...learnt, curedAt: maybe(orNull(instant('Null: it is no longer made good.'))) },
  withdrawn: learnt,
})

const money = (description: string) => orNull(amount(`${description} Null where there is no price yet.`))
const price = {
  state: word('What the assessment is from then on.'),
  total: money('What is owed for the root cause.'),
  change: money('By how much this revision differs from the one before.'),
  bookable: money('What this revision adds to the books: book it once per assessment and `subjectRevision`.'),
  currency: orNull(currency('ISO 4217; null where there is no price yet.')),
}
declareData('assessment', { every: price })
declareData('loss_claim', { every: price })
