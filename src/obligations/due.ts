import { hoursToMilliseconds } from '../platform/money.js'

/**
 * When an hours deadline falls due: so many hours after it started, on the wall clock, holidays included (domain.md,
 * Clocks). 24 hours are 24 hours, also where a clock is put forward that night.
 */
export function hoursAfter(startedAt: Date, hours: string): Date {
  return new Date(startedAt.getTime() + hoursToMilliseconds(hours))
}
