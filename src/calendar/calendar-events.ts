import './calendar-event-data.js'
import { declareEvents } from '../tenancy/index.js'

/** What can happen to a calendar. */
declareEvents('calendar', 'CONTRACT', {
  published: "Days of a jurisdiction were published; the provider's own people and machines see it.",
})
