import type { DamagesRule } from '../agreements/index.js'
import { percentOf } from '../platform/money.js'
import { civilDate, daysBetween } from '../platform/time.js'

const HOUR_MS = 3_600_000

/**
 * How often a rule's percent is owed: once; for every civil day after the due day, the day it was made good included
 * (T11: due on 02-24 and made good on 03-16 are 20); or for every hour that began after the due instant. `dueAt` is the
 * due instant of hours; of a deadline in days, stored as the midnight that ends the last one, an instant of that day.
 */
export function unitsOf(mode: DamagesRule['mode'], dueAt: Date, until: Date, timeZone: string): number {
  if (mode === 'ONE_OFF') return 1
  if (mode === 'PER_STARTED_HOUR')
    return Math.max(0, Math.ceil((until.getTime() - dueAt.getTime()) / HOUR_MS))
  return Math.max(0, daysBetween(civilDate(dueAt, timeZone), civilDate(until, timeZone)))
}

/** Something that took of what was overdue, on the civil day it counts: funds that were credited, a set-off that arrived. */
export interface Reduction {
  on: string
  /** Minor units. */
  amount: bigint
  /** A set-off and a credit note are of the principal alone; a payment is allocated as the rule says. */
  kind: 'PAYMENT' | 'SET_OFF' | 'CREDIT_NOTE'
}

export interface OverduePrincipal {
  currency: string
  /** Minor units, owed by the end of `dueOn`. */
  principal: bigint
  /** Last civil day on which it isn't late. */
  dueOn: string
  /** In any order; what came by `dueOn` was in time. */
  reductions: readonly Reduction[]
  /** Percent per day, as written. */
  ratePercent: string
  allocation: DamagesRule['allocation']
}

/** Damages of one stretch of days over which the principal stood still. */
export interface AccruedStretch {
  principal: bigint
  days: number
  /** Its end: the day of the reduction, or of the question. */
  until: string
}

export interface AccruedDamages {
  /** The rounded sum of all days so far: rounded once, at the end. */
  damages: bigint
  /** What of them payments have covered, where damages go first. */
  damagesPaid: bigint
  /** What is left of the principal. */
  principal: bigint
  /** Days that were late, until nothing was left. */
  days: number
  stretches: AccruedStretch[]
}

/**
 * Late-payment damages per day (5.2.1 and 5.3.1): each day costs a percent of the principal that was overdue on it. The due
 * day isn't late; the day that funds are credited is, and reduces from the next day on (T11, T12, T16). Where damages go
 * first, a payment covers those accrued by its day, rounded, and then the principal.
 */
export function accrueOverdue(given: OverduePrincipal, asOf: string): AccruedDamages {
  const { currency, ratePercent } = given
  const inOrder = given.reductions.toSorted((a, b) => (a.on === b.on ? 0 : a.on < b.on ? -1 : 1))
  const stretches: AccruedStretch[] = []
  // Principal times days, so that all of it is a percent of one integer and rounds once.
  let principalDays = 0n
  let [principal, damagesPaid, days, from] = [given.principal, 0n, 0, given.dueOn]
  const damagesSoFar = (): bigint => percentOf({ minor: principalDays, currency }, ratePercent).minor
  const accrueUntil = (day: string): void => {
    const late = daysBetween(from, day)
    if (late <= 0) return
    if (principal > 0n) {
      stretches.push({ principal, days: late, until: day })
      days += late
    }
    principalDays += principal * BigInt(late)
    from = day
  }
  for (const { on, amount, kind } of inOrder.filter(each => each.on <= asOf)) {
    accrueUntil(on)
    let left = amount
    if (given.allocation === 'DAMAGES_FIRST' && kind === 'PAYMENT') {
      const covered = least(left, damagesSoFar() - damagesPaid)
      damagesPaid += covered
      left -= covered
    }
    principal -= least(left, principal)
  }
  accrueUntil(asOf)
  return { damages: damagesSoFar(), damagesPaid, principal, days, stretches }
}

/** What a price over an overdue principal keeps of how it came about: minor units as text, since they may pass 2^53. */
export interface Overdue {
  stretches: { principal: string; days: number; until: string }[]
  /** What was still overdue when it was priced. */
  principal: string
}

export const toOverdue = ({ stretches, principal }: AccruedDamages): Overdue => ({
  stretches: stretches.map(({ principal: of, days, until }) => ({ principal: of.toString(), days, until })),
  principal: principal.toString(),
})

/** A kept price by another day: an earlier one cuts its stretches, on a later one what was left is overdue still. */
export function accruedOn(
  { stretches, principal }: Overdue,
  terms: { dueOn: string; currency: string; ratePercent: string },
  day: string,
): { damages: bigint; days: number } {
  const rest = { principal, until: day }
  let [principalDays, days, from] = [0n, 0, terms.dueOn]
  for (const stretch of [...stretches, rest]) {
    const late = Math.max(0, daysBetween(from, stretch.until < day ? stretch.until : day))
    principalDays += BigInt(stretch.principal) * BigInt(late)
    if (stretch.principal !== '0') days += late
    if (stretch.until > from) from = stretch.until
  }
  const { minor: damages } = percentOf({ minor: principalDays, currency: terms.currency }, terms.ratePercent)
  return { damages, days }
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
