import type { Operation } from '../persistence/index.js'
import { Assessment, type Price } from './assessment.js'
import { Caps, type YearPlace } from './caps.js'
import { type Offer, offersFor } from './damages.js'
import { inOrder, readRootCauses, type RootCause, settleHead, standing, UNFLUSHED } from './root-cause.js'

/**
 * Prices what changed, and derives anew what comes behind it in its agreement year: the cap is taken in order, so whatever
 * takes more or less of it moves the rest. Called under the lock of the agreements' breaches, so that two changes can't
 * take the same rest. Answers those that came to another price than before, the earliest first.
 */
export async function deriveYears(
  operation: Operation,
  touched: readonly RootCause[],
  now: Date,
): Promise<RootCause[]> {
  // Where each began before: what stood behind it there may get what it leaves.
  const from = touched.map(({ assessment }) => placeOf(assessment))
  for (const cause of touched) settleHead(cause, now)
  const places = earliest([...from, ...touched.map(({ assessment }) => placeOf(assessment))])
  const behind = await readBehind(operation, places, touched, now)
  const causes = inOrder([...touched, ...behind])
  const priced = causes.filter(cause => standing(cause).length > 0 && !cause.assessment.fixed)
  const offers = await offersFor(operation, priced)
  const caps = await Caps.of(
    operation,
    places,
    causes.map(({ assessment }) => assessment),
  )
  return causes.filter(cause => derive(cause, offers.get(cause) ?? [], caps, now))
}

/** Answers whether it came to another price. */
function derive(cause: RootCause, offers: readonly Offer[], caps: Caps, now: Date): boolean {
  const { assessment, asOf } = cause
  if (standing(cause).length === 0) {
    const waived = cause.findings.some(({ breach }) => breach.state === 'WAIVED')
    return assessment.release(waived ? 'WAIVED' : 'RELEASED', now)
  }
  const prices = offers.flatMap(offer => {
    const capped = caps.limit(assessment, offer)
    return capped ? { ...offer, ...capped } : []
  })
  const highest = assessment.fixed ? null : highestOf(prices)
  // What both sides agreed to stays so, also where no rule would come to it any more.
  const agreed = assessment.state === 'AGREED'
  const changed =
    !assessment.fixed &&
    (highest ? assessment.price(highest, asOf, now) : !agreed && assessment.leaveToCounsel(now))
  takeOf(caps, assessment)
  return changed
}

function takeOf(caps: Caps, assessment: Assessment): void {
  const { ruleId, currency } = assessment
  const minor = assessment.ofCap()
  if (ruleId != null && currency != null && minor > 0n) caps.take(assessment, ruleId, currency, minor)
}

/** By what is owed in the end: a dear duty whose cap is used up costs less than a cheap one whose cap is not. */
function highestOf(prices: readonly Price[]): Price | undefined {
  return prices.toSorted((a, b) => descending(a.damages, b.damages) || descending(a.amount, b.amount))[0]
}

const descending = (a: bigint, b: bigint): number => (a === b ? 0 : a < b ? 1 : -1)

const placeOf = ({ agreementId, yearStartsOn, occurredAt }: Assessment): YearPlace => ({
  agreementId,
  yearStartsOn,
  since: occurredAt,
})

/** One place for each agreement year. */
function earliest(places: readonly YearPlace[]): YearPlace[] {
  const first = new Map<string, YearPlace>()
  for (const place of places) {
    const year = `${place.agreementId} ${place.yearStartsOn}`
    const sofar = first.get(year)
    if (!sofar || place.since < sofar.since) first.set(year, place)
  }
  return [...first.values()]
}

/** What occurred at those places or behind them and isn't at hand already. */
async function readBehind(
  operation: Operation,
  places: readonly YearPlace[],
  touched: readonly RootCause[],
  now: Date,
): Promise<RootCause[]> {
  const { tenantId } = operation.session
  const rows = await operation.run<{ id: string }>(
    `select id from assessments
     join unnest($2::uuid[], $3::date[], $4::timestamptz[]) as place (agreement_id, year_starts_on, since)
       using (agreement_id, year_starts_on)
     where tenant_id = $1 and occurred_at >= since and not id = any ($5::uuid[])`,
    [
      tenantId,
      places.map(({ agreementId }) => agreementId),
      places.map(({ yearStartsOn }) => yearStartsOn),
      places.map(({ since }) => since),
      touched.map(({ assessment }) => assessment.id),
    ],
  )
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const assessments = await operation.em.find(Assessment, { tenantId, id: { $in: ids } }, UNFLUSHED)
  // What goes on from day to day isn't counted further by what happened to another: it stays as of when it was priced.
  return (await readRootCauses(operation, assessments)).map(cause =>
    cause.assessment.accruesFrom == null ? { ...cause, asOf: now } : cause,
  )
}
