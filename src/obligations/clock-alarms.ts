import type { Operation } from '../persistence/index.js'
import { type Due, isByHours } from './due.js'
import type { Obligation } from './obligation.js'

/** Rings when a deadline is past, and the sweep looks whether it was missed. */
export const DUE_ALARM = 'obligation.due'
/** Rings when the end of a forbearance is reached unbroken. */
export const END_ALARM = 'obligation.end'
/** Rings while the due instant is an estimate, to look whether its days are published by now. */
export const ESTIMATE_ALARM = 'obligation.estimate'
/** Rings ahead of a due instant. */
export const DUE_SOON_ALARM = 'obligation.due_soon'

/** A new release may bring a year that no tenant has published: it's noticed within a day. */
const LOOK_AGAIN_MS = 24 * 3_600_000

/** The last quarter of a deadline: 30 minutes of a response in 2 hours, 6 hours of a fix in 24, a week of a payment in 30 days. */
const LAST_PART = 4
/** Not less than a quarter of an hour: whoever is told must still be able to act. The form promises nothing shorter (2.3.1). */
const SHORTEST_NOTICE_MS = 15 * 60_000
/** Not more than three days: what is told earlier is put aside. */
const LONGEST_NOTICE_MS = 72 * 3_600_000

/** Sets what a running clock rings by, and moves what was set before. */
export function setAlarms(operation: Operation, obligation: Obligation, due: Due, now: Date): void {
  const { id, dueAt, nature, provisional } = obligation
  if (nature === 'FORBEARANCE') return operation.setAlarm(END_ALARM, id, dueAt)
  if (provisional) operation.clearAlarm(DUE_ALARM, id)
  else setDueAlarm(operation, obligation)
  if (provisional) lookAgain(operation, id, now)
  const soonAt = dueSoonAt(obligation, due)
  if (soonAt !== null && now < dueAt) operation.setAlarm(DUE_SOON_ALARM, id, soonAt)
}

/** An estimate is looked at again. */
export const lookAgain = (operation: Operation, id: string, now: Date): void =>
  operation.setAlarm(ESTIMATE_ALARM, id, new Date(now.getTime() + LOOK_AGAIN_MS))

/** Rings when it's too late: at the midnight that ends the last day, else a millisecond after the due instant, at which an act is still in time. */
export function setDueAlarm(operation: Operation, { id, unit, dueAt, provisional }: Obligation): void {
  if (provisional) return
  operation.setAlarm(DUE_ALARM, id, isByHours(unit) ? new Date(dueAt.getTime() + 1) : dueAt)
}

/** A clock that stands still, or is over, rings no more. */
export function clearAlarms(operation: Operation, { id, nature, provisional }: Obligation): void {
  if (nature === 'FORBEARANCE') return operation.clearAlarm(END_ALARM, id)
  operation.clearAlarm(DUE_ALARM, id)
  operation.clearAlarm(DUE_SOON_ALARM, id)
  if (provisional) operation.clearAlarm(ESTIMATE_ALARM, id)
}

/** When only the last part of its time is left: of hours, of the time it runs; of days, of the time till then. Null when it's short from the start. */
export function dueSoonAt({ startedAt, dueAt, unit }: Obligation, { stretches }: Due): Date | null {
  const ran = stretches.filter(({ kind }) => kind === 'RAN')
  const spans = isByHours(unit) ? ran : [{ from: startedAt, to: dueAt }]
  const total = spans.reduce((sum, { from, to }) => sum + to.getTime() - from.getTime(), 0)
  const notice = Math.min(LONGEST_NOTICE_MS, Math.max(SHORTEST_NOTICE_MS, Math.round(total / LAST_PART)))
  if (notice >= total) return null
  let left = notice
  for (const { from, to } of spans.toReversed()) {
    const ms = to.getTime() - from.getTime()
    if (left <= ms) return new Date(to.getTime() - left)
    left -= ms
  }
  return null
}
