import {
  isPublished,
  isWorkingDay,
  reachedAfter,
  type Span,
  unionOf,
  type WorkingDays,
} from '../calendar/index.js'
import { hoursToMilliseconds } from '../platform/money.js'
import {
  addDays,
  addMonths,
  addYears,
  civilDate,
  daysBetween,
  endOfDate,
  startOfDate,
} from '../platform/time.js'
import type { ClockTerms, Counting } from './clock-terms.js'

/**
 * When a clock that started at an instant, and stood still in these spans, falls due. Pure: the same terms, instants and
 * days give the same answer in any process and at any time, so that a verdict can be counted again.
 */
export function dueOf(
  terms: ClockTerms,
  startedAt: Date,
  pauses: readonly Span[],
  days: WorkingDays | null,
): Due {
  const stood = unionOf(pauses)
  const ms = wallClockOf(terms)
  if (ms !== null) return dueByHours(terms, startedAt, ms, stood, days)
  // Started before clocks kept how they're counted: as it was stored.
  if (terms.counting === null) return { at: terms.dueAt, provisional: false, stretches: [] }
  return dueByDays(terms, terms.counting, startedAt, stood, days)
}

export interface Due {
  at: Date
  /** On the way there is a day that nobody has published: an estimate. */
  provisional: boolean
  /** What was counted and what was not, in order, from the start to the due instant. */
  stretches: Stretch[]
}

/**
 * RAN: it counts. PAUSED: the clock stood still. CLOSED: outside of the service window. FIRST_DAY: the day counted from
 * (Civil Code art. 201). REST_DAY: no working day. ROLLED: a last day that is a rest day goes on up to the next working day (art. 203).
 */
export type StretchKind = 'RAN' | 'PAUSED' | 'CLOSED' | 'FIRST_DAY' | 'REST_DAY' | 'ROLLED'

export interface Stretch extends Span {
  kind: StretchKind
  /** Civil days of it, of a duty counted in days. */
  days: number | null
}

/** Whether it needs to be known which days are worked. */
export const needsCalendar = ({ unit, counting }: ClockTerms): boolean =>
  unit === 'WORKING_DAYS' || counting?.rolls === true || counting?.window != null

/**
 * Whether an instant is too late. Hours and slots: after the due instant. Whatever is counted in days is stored as the
 * midnight that ends the last one, and that midnight is of the next day already (domain.md, Clocks).
 */
export const isPast = (unit: ClockTerms['unit'], dueAt: Date, at: Date): boolean =>
  isByHours(unit) ? at > dueAt : at >= dueAt

export const isByHours = (unit: ClockTerms['unit']): boolean => unit === 'HOURS' || unit === 'SLOT'

/** How long a clock that is counted in hours runs; null for one that is counted in days. */
export function wallClockOf({ unit, quantity }: ClockTerms): number | null {
  if (unit === 'HOURS') return hoursToMilliseconds(quantity)
  return unit === 'SLOT' ? Number(quantity) * 60_000 : null
}

function dueByHours(
  { counting }: ClockTerms,
  startedAt: Date,
  ms: number,
  stood: readonly Span[],
  days: WorkingDays | null,
): Due {
  const clock =
    counting?.window && days ? { window: counting.window, timeZone: counting.timeZone, days } : null
  const { at, provisional, ran } = reachedAfter(startedAt, ms, stood, clock)
  if (at === null) throw new Error('a clock that goes on reaches its time')
  return { at, provisional, stretches: stretchesOf(startedAt, at, ran, stood) }
}

/** What it ran, and between that what it stood still or was closed. */
function stretchesOf(from: Date, at: Date, ran: readonly Span[], stood: readonly Span[]): Stretch[] {
  const stretches: Stretch[] = []
  let last = from
  const gap = (to: Date): void => {
    for (const pause of stood) {
      const [begins, ends] = [later(pause.from, last), earlier(pause.to, to)]
      if (begins >= ends) continue
      if (last < begins) stretches.push({ from: last, to: begins, kind: 'CLOSED', days: null })
      stretches.push({ from: begins, to: ends, kind: 'PAUSED', days: null })
      last = ends
    }
    if (last < to) stretches.push({ from: last, to, kind: 'CLOSED', days: null })
  }
  for (const span of ran) {
    gap(span.from)
    stretches.push({ ...span, kind: 'RAN', days: null })
    last = span.to
  }
  gap(at)
  return stretches
}

const later = (one: Date, other: Date): Date => (one > other ? one : other)
const earlier = (one: Date, other: Date): Date => (one < other ? one : other)

/**
 * Days are counted one by one from the day after the first (art. 201), or backward from the day before it. A day on which
 * the clock stood still at any time isn't counted: whoever owes a day has the whole of it.
 */
function dueByDays(
  terms: ClockTerms,
  { before, timeZone, rolls }: Counting,
  startedAt: Date,
  stood: readonly Span[],
  days: WorkingDays | null,
): Due {
  const from = before ?? civilDate(startedAt, timeZone)
  const step = before === null ? 1 : -1
  const stoodOn = daysOf(stood, timeZone)
  let provisional = false
  const isWorked = (date: string): boolean => {
    if (days === null) return true
    provisional ||= !isPublished(days, date)
    return isWorkingDay(days, date)
  }
  const runs: Run[] = [{ kind: 'FIRST_DAY', first: from, last: from, days: 1 }]
  let date = from
  let left = Math.ceil(daysToCount(terms, from))
  if (terms.unit !== 'WORKING_DAYS' && step === 1 && stood.length === 0 && left > 0) {
    // Nothing interrupts them: a term of years needn't be walked through.
    date = addDays(from, left)
    runs.push({ kind: 'RAN', first: addDays(from, 1), last: date, days: left })
    left = 0
  }
  while (left > 0) {
    date = addDays(date, step)
    if (stoodOn(date)) pass(runs, 'PAUSED', date)
    else if (terms.unit === 'WORKING_DAYS' && !isWorked(date)) pass(runs, 'REST_DAY', date)
    else {
      pass(runs, 'RAN', date)
      left -= 1
    }
  }
  if (rolls)
    for (let paused = false; paused || !isWorked(date); ) {
      date = addDays(date, 1)
      paused = stoodOn(date)
      pass(runs, paused ? 'PAUSED' : 'ROLLED', date)
    }
  const at = step === 1 ? endOfDate(date, timeZone) : startOfDate(date, timeZone)
  return { at, provisional, stretches: runs.map(run => stretchOf(run, timeZone)) }
}

/** Months and years end on the corresponding day, else the month's last (art. 202): so many days from the first one. */
function daysToCount({ unit, quantity }: ClockTerms, from: string): number {
  const count = Number(quantity)
  if (unit === 'MONTHS') return daysBetween(from, addMonths(from, count))
  return unit === 'YEARS' ? daysBetween(from, addYears(from, count)) : count
}

/** Days of one kind, next to each other, in the order they were passed. */
interface Run {
  kind: StretchKind
  first: string
  last: string
  days: number
}

function pass(runs: Run[], kind: StretchKind, date: string): void {
  const run = runs.at(-1)
  if (run?.kind === kind) Object.assign(run, { last: date, days: run.days + 1 })
  else runs.push({ kind, first: date, last: date, days: 1 })
}

/** Backward the last day that is passed is the earliest. */
function stretchOf({ kind, first, last, days }: Run, timeZone: string): Stretch {
  const [earliest, latest] = first < last ? [first, last] : [last, first]
  return { kind, from: startOfDate(earliest, timeZone), to: endOfDate(latest, timeZone), days }
}

/** Whether a civil day has any of these spans in it. */
function daysOf(spans: readonly Span[], timeZone: string): (date: string) => boolean {
  const touched = spans.map(({ from, to }) => ({
    first: civilDate(from, timeZone),
    last: civilDate(new Date(to.getTime() - 1), timeZone),
  }))
  return date => touched.some(({ first, last }) => first <= date && date <= last)
}
