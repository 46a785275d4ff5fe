import type { ServiceWindow } from '../calendar/index.js'

/** DEADLINE: reaching it undone is a miss. FORBEARANCE: reaching its end unbroken keeps it. */
export type ObligationNature = 'DEADLINE' | 'FORBEARANCE'
/**
 * What the deadline is counted in. HOURS: on the wall clock or in a service window. SLOT: minutes of grace after an
 * instant of a schedule. The others: until the midnight that ends, or backward begins, the last day.
 */
export type DeadlineUnit = 'HOURS' | 'SLOT' | 'DAYS' | 'WORKING_DAYS' | 'MONTHS' | 'YEARS'

/** How a due instant is counted, as the version in force said when the clock started; no amendment changes it. */
export interface Counting {
  /** Whose civil days. */
  timeZone: string
  /** Whose working days. */
  jurisdiction: string
  /** Counted backward: the civil day of the event ahead of which it must be done (6.2.1). Null: forward from the day it started. */
  before: string | null
  /** Whether a last day that is a rest day goes on to the next working day: payments and other acts, not terms (Civil Code art. 203). */
  rolls: boolean
  /** The only hours of working days in which it runs; null: the wall clock. */
  window: ServiceWindow | null
}

/** What a clock runs by, snapshot when it started. */
export interface ClockTerms {
  nature: ObligationNature
  unit: DeadlineUnit
  /** A plain decimal of the unit; of a slot its grace in minutes. */
  quantity: string
  /** Null: hours on the wall clock, for which no zone and no calendar matters. */
  counting: Counting | null
  /** As stored; asked only of a clock in days that started before its counting was kept. */
  dueAt: Date
}
