import { addDays } from '../platform/time.js'

/** A stretch of days that is published: which of them are rest days and which are worked. */
export interface Period {
  readonly from: string
  /** Included. */
  readonly through: string
  /** Days of the week that are rest days when nothing else is said: 1 Monday to 7 Sunday (ISO 8601). */
  readonly weekend: readonly number[]
  readonly rest: ReadonlySet<string>
  /** Days of a weekend that are worked all the same (调休). */
  readonly work: ReadonlySet<string>
}

/**
 * The working days of one jurisdiction as its calendar stands at one version. Pure: dates are civil (`2026-02-14`), and no
 * function asks the process for a time zone or a clock.
 */
export interface WorkingDays {
  /** How the version is named where a deadline was counted by it, e.g. `CN 2026` or `CN 2026 + 1`. */
  readonly version: string
  /** In the order they were published: of two that know a day the later one counts. */
  readonly periods: readonly Period[]
  /** The weekend of days that nobody has published: an estimate. */
  readonly weekend: readonly number[]
}

/** A day that was counted to. `provisional`: on the way there, or there, was a day of which only the weekend is known. */
export interface CountedDay {
  date: string
  provisional: boolean
  /** Days on the way that don't count, in the order they were passed. */
  skipped: readonly string[]
}

/** Most working days that can be counted: terms hold at most 60 (6.2.1, 6.4.1); 1,000 are four years, past any notice. */
export const MAX_WORKING_DAYS = 1000

export function isWorkingDay(days: WorkingDays, date: string): boolean {
  const { weekend, rest, work } = periodOf(days, date) ?? { weekend: days.weekend, rest: NONE, work: NONE }
  return work.has(date) || (!rest.has(date) && !weekend.includes(weekdayOf(date)))
}

const NONE: ReadonlySet<string> = new Set()

export const isPublished = (days: WorkingDays, date: string): boolean => periodOf(days, date) !== undefined

const periodOf = ({ periods }: WorkingDays, date: string): Period | undefined =>
  periods.findLast(({ from, through }) => from <= date && date <= through)

/** The n-th working day after a date, the date itself not counted (Civil Code art. 201). */
export const workingDaysAfter = (days: WorkingDays, date: string, count: number): CountedDay =>
  countWorkingDays(days, date, count, 1)

/**
 * The n-th working day before a date, the date itself not counted: with five *clear* working days before a go-live, what
 * is due must be there before that day begins (6.2.1).
 */
export const workingDaysBefore = (days: WorkingDays, date: string, count: number): CountedDay =>
  countWorkingDays(days, date, count, -1)

/** The date, or the next working day when it's a rest day (Civil Code art. 203). */
export function rolledForward(days: WorkingDays, date: string): CountedDay {
  if (isWorkingDay(days, date)) return { date, provisional: !isPublished(days, date), skipped: [] }
  const { date: next, provisional, skipped } = workingDaysAfter(days, date, 1)
  return { date: next, provisional: provisional || !isPublished(days, date), skipped: [date, ...skipped] }
}

function countWorkingDays(days: WorkingDays, from: string, count: number, step: 1 | -1): CountedDay {
  if (!Number.isInteger(count) || count < 1 || count > MAX_WORKING_DAYS)
    throw new RangeError(`working days are counted one by one, up to ${MAX_WORKING_DAYS}`)
  const skipped: string[] = []
  let provisional = false
  let left = count
  let date = from
  while (left > 0) {
    date = addDays(date, step)
    provisional ||= !isPublished(days, date)
    if (isWorkingDay(days, date)) left -= 1
    else skipped.push(date)
  }
  return { date, provisional, skipped }
}

/** 1 Monday to 7 Sunday. A civil date has the same day of the week in every zone, so it's read in UTC. */
export function weekdayOf(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay() || 7
}
