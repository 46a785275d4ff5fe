import { Temporal } from 'temporal-polyfill'

/**
 * Civil dates and instants. Instants are `Date`s (UTC, milliseconds); civil dates are ISO strings (`2026-04-01`) that
 * mean nothing without a time zone. All arithmetic names its zone and never asks the process for its own.
 */

/** The civil date of an instant in a zone. */
export function civilDate(instant: Date, timeZone: string): string {
  return zoned(instant, timeZone).toPlainDate().toString()
}

/** The midnight that begins a civil date in a zone (the first instant of it, where clocks jump over midnight). */
export function startOfDate(date: string, timeZone: string): Date {
  return toDate(Temporal.PlainDate.from(date).toZonedDateTime(timeZone).startOfDay())
}

/** The midnight (24:00) that ends a civil date in a zone: how a day deadline is stored. */
export function endOfDate(date: string, timeZone: string): Date {
  return startOfDate(addDays(date, 1), timeZone)
}

/**
 * The instant of a local time on a civil date. Where clocks are put forward over it, the same distance after the gap;
 * where they are put back, the first of the two (ISO 8601-2 leaves it open; Temporal calls this `compatible`).
 */
export function localInstant(date: string, time: string, timeZone: string): Date {
  return toDate(Temporal.PlainDate.from(date).toPlainDateTime(time).toZonedDateTime(timeZone))
}

export function addDays(date: string, days: number): string {
  return Temporal.PlainDate.from(date).add({ days }).toString()
}

/** Days from one civil date to another: 2026-02-11 to 2026-02-14 are 3. */
export function daysBetween(from: string, to: string): number {
  return Temporal.PlainDate.from(from).until(to).days
}

/**
 * The corresponding day some years later, else that month's last day (Civil Code art. 202): 2028-02-29 plus one year is
 * 2029-02-28, plus four is 2032-02-29.
 */
export function addYears(date: string, years: number): string {
  return Temporal.PlainDate.from(date).add({ years }, { overflow: 'constrain' }).toString()
}

/** The corresponding day some months later, else that month's last day (Civil Code art. 202): 01-31 plus one month is 02-28. */
export function addMonths(date: string, months: number): string {
  return Temporal.PlainDate.from(date).add({ months }, { overflow: 'constrain' }).toString()
}

/** The start day isn't counted, so a term of years that begins on a date has its last day on the corresponding day (arts 201, 202). */
export const lastDayOfTerm = (startsOn: string, years: number): string => addYears(startsOn, years)

export function isTimeZone(name: string): boolean {
  try {
    // Only names of the IANA database: an offset such as +08:00 knows no daylight saving and no name to show.
    return /^[A-Za-z]/.test(name) && Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}

function zoned(instant: Date, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timeZone)
}

function toDate(moment: Temporal.ZonedDateTime): Date {
  return new Date(moment.epochMilliseconds)
}
