import { addDays, civilDate, localInstant } from '../platform/time.js'
import { isPublished, isWorkingDay, type WorkingDays } from './working-days.js'

/** A stretch of time: from `from` on, up to and without `to`. */
export interface Span {
  from: Date
  to: Date
}

/** The hours of a day in which a service window's clock runs, on working days alone. */
export interface ServiceWindow {
  /** Local time, `09:00`. */
  opens: string
  /** Local time of the same day, `18:00`. */
  closes: string
}

/** Where a clock that only runs in a service window is: its window, its zone and its working days. */
export interface WindowedClock {
  window: ServiceWindow
  timeZone: string
  days: WorkingDays
}

/** A running clock reached its time, or `leftMs` were still missing when the stretch was over. */
export interface Reached {
  at: Date | null
  leftMs: number
  provisional: boolean
  /** Stretches in which the clock ran. */
  ran: Span[]
}

/** After any instant that is kept: where a span ends that nobody has ended. */
export const NEVER = new Date(8.64e15)

/**
 * Spans as a union: in order, without overlaps, touching ones as one, empty ones left out. Two pauses at the same time stop
 * a clock once.
 */
export function unionOf(spans: readonly Span[]): Span[] {
  const joined: Span[] = []
  for (const span of [...spans].sort((one, other) => one.from.getTime() - other.from.getTime())) {
    if (span.to <= span.from) continue
    const last = joined.at(-1)
    if (last && span.from <= last.to) last.to = span.to > last.to ? span.to : last.to
    else joined.push({ ...span })
  }
  return joined
}

/**
 * When a clock that starts at `startedAt` has run for `ms`: on the wall clock, or in a service window's hours alone, and
 * never during a pause. The earliest such instant: a pause that begins when the time is up cures nothing.
 */
export function reachedAfter(
  startedAt: Date,
  ms: number,
  pauses: readonly Span[],
  clock: WindowedClock | null,
): Reached {
  const run: Reached = { at: null, leftMs: ms, provisional: false, ran: [] }
  let from = startedAt
  for (const pause of unionOf(pauses)) {
    if (pause.to <= from) continue
    if (pause.from > from) runThrough(run, { from, to: pause.from }, clock)
    if (run.at !== null) return run
    from = pause.to
  }
  runThrough(run, { from, to: null }, clock)
  return run
}

function runThrough(
  run: Reached,
  stretch: { from: Date; to: Date | null },
  clock: WindowedClock | null,
): void {
  if (clock === null) return take(run, stretch)
  // A zone's day begins before or after the same day of UTC: the civil date of the instant decides.
  let day = civilDate(stretch.from, clock.timeZone)
  for (let passed = 0; run.at === null; passed += 1, day = addDays(day, 1)) {
    if (passed > MAX_DAYS) throw new RangeError('a service window that never opens reaches nothing')
    if (stretch.to !== null && localInstant(day, '00:00', clock.timeZone) >= stretch.to) return
    run.provisional ||= !isPublished(clock.days, day)
    if (!isWorkingDay(clock.days, day)) continue
    const opens = localInstant(day, clock.window.opens, clock.timeZone)
    const closes = localInstant(day, clock.window.closes, clock.timeZone)
    const from = opens > stretch.from ? opens : stretch.from
    const to = stretch.to !== null && stretch.to < closes ? stretch.to : closes
    if (from < to) take(run, { from, to })
  }
}

/**
 * The longest term, 720 hours, in the shortest windows, of an hour, takes 720 working days: at one of them a week, and with
 * holidays, less than fifteen years. What reaches nothing by then is a calendar without working days.
 */
const MAX_DAYS = 15 * 366

/** Lets the clock run through a stretch, up to where its time is up. */
function take(run: Reached, { from, to }: { from: Date; to: Date | null }): void {
  const end = new Date(from.getTime() + run.leftMs)
  if (to === null || end <= to) {
    run.at = end
    run.leftMs = 0
    run.ran.push({ from, to: end })
    return
  }
  run.leftMs -= to.getTime() - from.getTime()
  run.ran.push({ from, to })
}
