import { declareData, flag, instant, objectOf, orNull, text, word } from '../tenancy/index.js'

const dueAt = instant('When its time is up.')
const reading = (description: string) => objectOf(description, { state: word('Its state.'), dueAt })

declareData('obligation', {
  every: { kind: word('What is owed.'), owedBy: word('By whom: PROVIDER or CUSTOMER.'), dueAt },
  recalculated: {
    before: instant('When its time was up by what was known before.'),
    provisional: flag('Whether days that count are still unpublished.'),
    calendar: orNull(text('By which working days it was counted.')),
  },
  corrected: { before: reading('As it was known.'), after: reading('As it is known now.') },
})
