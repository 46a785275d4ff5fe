import { declareData, idOf, instant, orNull } from '../tenancy/index.js'
import { SLOT_ID } from './backup-slots.js'

const run = { slotId: orNull(idOf(SLOT_ID, 'The slot that the run is for; null when it is for none.')) }

declareData('backup', {
  verified: run,
  failed: run,
  missed: { startsAt: instant('When the slot began.') },
})
