import './calendar-events.js'
import './calendar-messages.js'
import { CalendarResolver } from './calendar-api.js'
import { CalendarVersion } from './calendar-version.js'

/**
 * The calendar: which days of a jurisdiction are worked.
 *
 * - *working day* (工作日): a day that is no rest day; a weekend day may be one, to make up for a holiday (调休).
 * - *reference*: what is published with a release, the same for all tenants. *version*: what a tenant has published over it.
 * - *published*: a day that some notice knows. Of any other only the weekend is known, and a deadline counted over it is *provisional*.
 * - *running time*: what a clock has run, on the wall clock or in a *service window*, without its pauses.
 */
export { calendarAccess } from './calendar-access.js'
export {
  checkedDays,
  jurisdictionOf,
  type PublishedDays,
  workingDaysAt,
  workingDaysNow,
  workingDaysOf,
  workingDaysOfVersion,
} from './calendars.js'
export { publishedDaysOf } from './calendar-types.js'
export { checkServiceWindow, ServiceWindowInput, ServiceWindowType } from './service-window.js'
export {
  NEVER,
  reachedAfter,
  type ServiceWindow,
  type Span,
  unionOf,
  type WindowedClock,
} from './running-time.js'
export {
  type CountedDay,
  isPublished,
  isWorkingDay,
  rolledForward,
  type WorkingDays,
  workingDaysAfter,
  workingDaysBefore,
} from './working-days.js'

export const calendarEntities = [CalendarVersion]
export const calendarResolvers = [CalendarResolver] as const
