import { APP_ID, declareData, idOf, instant, listOf, orNull, PERSON_ID, word } from '../tenancy/index.js'

const appId = idOf(APP_ID, 'The app that may see it.')
const purpose = word('What for.')
const categories = listOf(word('Data categories.'))

declareData('disclosure', {
  every: {
    appId,
    purpose,
    categories,
    operations: listOf(word('What the app may do: READ, SUBSCRIBE, WRITE, WEBHOOK or EXPORT.')),
    validUntil: orNull(instant('When it ends by itself; null: not before it is revoked.')),
  },
})

declareData('consent', {
  every: {
    appId,
    personId: idOf(PERSON_ID, 'Whose consent it is: an id, and nothing more of them.'),
    purpose,
    categories,
    expiresAt: orNull(instant('When it ends by itself; null: not before it is withdrawn.')),
  },
})
