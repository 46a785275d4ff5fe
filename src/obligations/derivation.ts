import { jurisdictionOf, publishedDaysOf, workingDaysOfVersion } from '../calendar/index.js'
import { say } from '../platform/language.js'
import { civilDate } from '../platform/time.js'
import type { Request } from '../tenancy/index.js'
import { readClock } from './clock.js'
import type { DerivationStepType, DerivationStretchType, DerivationType } from './derivation-types.js'
import { isByHours, type Stretch } from './due.js'
import { type ClockEventRow, clockEventsOf } from './obligation-loaders.js'
import type { ObligationType } from './obligation-types.js'

/** Reads a clock from its events once more, and says each step in the caller's language. */
export async function derive(obligation: ObligationType, request: Request): Promise<DerivationType> {
  const events = await request.load(clockEventsOf, obligation.uuid)
  const { quantity, unit, counting } = obligation
  const version = events.findLast(event => event.calendar !== null)?.calendar ?? null
  const days =
    version === null
      ? null
      : workingDaysOfVersion(version, await request.load(publishedDaysOf, jurisdictionOf(version)))
  const reading = readClock(obligation, events, days, null)
  const steps = events.map(event => stepOf(event, request))
  const due: DerivationStepType = {
    at: reading.dueAt,
    acceptedAt: lastCounted(events),
    code: 'DUE',
    reason: null,
    calendarVersion: version,
    fact: null,
    corrects: null,
    ordinal: null,
    findingId: null,
    evidence: null,
    text: say(`CLOCK_DUE_${unit}`, request.language, { quantity }),
  }
  return {
    quantity,
    unit,
    calendarVersion: version,
    timeZone: counting?.timeZone ?? null,
    serviceWindow: counting?.window ?? null,
    steps: [...steps.slice(0, 1), due, ...steps.slice(1)],
    stretches: reading.due.stretches.map(stretch => stretchOf(stretch, obligation, request)),
  }
}

/** A miss, and the end of a clock, move no due instant. */
const lastCounted = (events: readonly ClockEventRow[]): Date =>
  (
    events.findLast(({ type }) => !['MISSED', 'STOPPED', 'CANCELLED', 'BROKEN'].includes(type)) ??
    (events[0] as ClockEventRow)
  ).acceptedAt

function stepOf(event: ClockEventRow, request: Request): DerivationStepType {
  const { occurredAt, acceptedAt, type, reason, causeId, calendar, fact, corrects, ordinal, evidence } = event
  return {
    at: occurredAt,
    acceptedAt,
    code: type,
    calendarVersion: calendar,
    reason,
    fact,
    corrects,
    ordinal,
    findingId: type === 'BROKEN' ? causeId : null,
    evidence,
    text: say(messageOf(event), request.language, { calendar: calendar ?? '' }),
  }
}

function messageOf({ type, reason, fact }: ClockEventRow): string {
  if (type === 'PAUSED') return `CLOCK_PAUSED_${reason ?? 'SUSPENSION'}`
  if (type === 'CORRECTED') return fact === null ? 'CLOCK_CORRECTED_AWAY' : `CLOCK_CORRECTED_${fact}`
  return `CLOCK_${type}`
}

function stretchOf(
  { from, to, kind, days }: Stretch,
  { unit, counting }: ObligationType,
  request: Request,
): DerivationStretchType {
  const ms = to.getTime() - from.getTime()
  const timeZone = counting?.timeZone ?? 'UTC'
  const dates = [civilDate(from, timeZone), civilDate(new Date(to.getTime() - 1), timeZone)]
  const params = isByHours(unit)
    ? { much: hoursOf(ms) }
    : { much: dates[0] === dates[1] ? (dates[0] as string) : dates.join(' – ') }
  return {
    from,
    until: to,
    kind,
    days,
    seconds: days === null ? String(ms / 1e3) : null,
    text: say(`STRETCH_${kind}`, request.language, params),
  }
}

/** `24:00:00`: hours, minutes, seconds, and what is left of one where there is some. */
function hoursOf(ms: number): string {
  const [hours, minutes, seconds] = [
    Math.floor(ms / 3_600_000),
    Math.floor(ms / 60_000) % 60,
    (ms / 1000) % 60,
  ]
  const whole = [hours, minutes, Math.floor(seconds)].map(part => String(part).padStart(2, '0')).join(':')
  return ms % 1000 === 0 ? whole : `${whole}.${String(ms % 1000).padStart(3, '0')}`
}
