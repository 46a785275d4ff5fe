import { day, declareData, idOf, instant, listOf, maybe, text, whole, word } from '../tenancy/index.js'
import { AGREEMENT_ID } from './agreement-finding.js'

const versionNumber = whole('The number of its version.')
const drafted = { versionNumber, clauses: maybe(whole('How many clauses its text has.')) }
const scopes = { scopes: listOf(word('Scopes, such as FAULTS or BACKUP.')) }

declareData('agreement', {
  imported: drafted,
  drafted,
  redrafted: { versionNumber, voidedSignatures: whole('How many acts of signing are void by it.') },
  submitted: { versionNumber, contentHash: text('What each side signs: SHA-256 of its content, in hex.') },
  signed: {
    versionNumber,
    side: word('PROVIDER or CUSTOMER.'),
    act: word('What was done: SIGN or SEAL.'),
    method: word('How: ONLINE or PAPER.'),
  },
  in_force: {
    versionNumber,
    effectiveOn: day('The first day of the agreement.'),
    endsOn: day('Its last day.'),
  },
  amended: {
    versionNumber,
    fromVersionNumber: whole('The version that it is a copy of.'),
    effectiveFrom: maybe(instant('From when it is to hold, where that was said.')),
  },
  renewed: {
    renewedById: idOf(AGREEMENT_ID, 'The agreement that goes on after it.'),
    fromVersionNumber: whole('The version that it began as a copy of.'),
  },
  suspended: scopes,
  resumed: scopes,
  expired: { endsOn: day('Its last day.') },
  cancelled: { versionNumber },
})
