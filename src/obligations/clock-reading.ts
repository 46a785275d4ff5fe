import { type WorkingDays, workingDaysAt, workingDaysNow } from '../calendar/index.js'
import type { Operation } from '../persistence/index.js'
import { clearAlarms, ESTIMATE_ALARM, setAlarms } from './clock-alarms.js'
import { appendToAll, eventsOfAll } from './clock-events.js'
import type { ClockHappening } from './clock-facts.js'
import { type ClockReading, readClock } from './clock.js'
import type { ClockTerms } from './clock-terms.js'
import type { Obligation } from './obligation.js'

/**
 * Takes on what a clock's events tell, and sets its alarms by that. One that needs a day nobody had published when it was
 * last counted is counted by the days that are published now. Without `asOf` a miss is one when it was found: the sweep looks.
 */
export async function readAgain(
  operation: Operation,
  obligation: Obligation,
  events: readonly ClockHappening[],
  now: Date,
  asOf: Date | null,
): Promise<ClockReading> {
  const reading = await readingOf(operation, obligation, events, asOf)
  takeOn(operation, obligation, reading, now)
  const { jurisdiction } = obligation
  if (!obligation.provisional || !obligation.isOpen() || jurisdiction == null) return reading
  const days = await workingDaysNow(operation, jurisdiction)
  return (await recount(operation, [obligation], days, now, asOf)).get(obligation) ?? reading
}

/** Counts estimates by these days, if they are newer than those they were counted by. Answers how those read that are. */
export async function recount(
  operation: Operation,
  obligations: readonly Obligation[],
  days: WorkingDays,
  now: Date,
  asOf: Date | null = null,
): Promise<Map<Obligation, ClockReading>> {
  const older = obligations.filter(({ calendar }) => calendar !== days.version)
  const readings = new Map<Obligation, ClockReading>()
  if (older.length === 0) return readings
  const happened = older.map(obligation => ({ obligation, occurredAt: now }))
  await appendToAll(operation, 'RECALCULATED', happened, now, { calendar: days.version })
  const events = await eventsOfAll(operation, older)
  for (const obligation of older) {
    const reading = readClock(termsOf(obligation), events.get(obligation.id) ?? [], days, asOf)
    takeOn(operation, obligation, reading, now)
    readings.set(obligation, reading)
  }
  return readings
}

function takeOn(operation: Operation, obligation: Obligation, reading: ClockReading, now: Date): void {
  if (obligation.provisional) operation.clearAlarm(ESTIMATE_ALARM, obligation.id)
  obligation.follow(reading, now)
  if (obligation.state === 'RUNNING') setAlarms(operation, obligation, reading.due, now)
  else clearAlarms(operation, obligation)
}

/** Reads a clock from its events as of an instant: what is stored of it is nothing else. */
export async function readingOf(
  operation: Operation,
  obligation: Obligation,
  events: readonly ClockHappening[],
  asOf: Date | null,
): Promise<ClockReading> {
  const version = events.findLast(event => event.calendar !== null)?.calendar
  const days = version == null ? null : await workingDaysAt(operation, version)
  return readClock(termsOf(obligation), events, days, asOf)
}

/** What it runs by, as it was snapshot. */
export const termsOf = ({ nature, unit, quantity, counting, dueAt }: Obligation): ClockTerms => ({
  nature,
  unit,
  quantity,
  dueAt,
  counting: counting ?? null,
})
