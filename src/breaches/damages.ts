import { type Agreement, AgreementVersion, DamagesRule, plain } from '../agreements/index.js'
import type { Operation, Rows } from '../persistence/index.js'
import { type Amount, percentOf } from '../platform/money.js'
import { unitsOf } from './accrual.js'
import type { Price } from './assessment.js'
import { debtsOf, isOverOverdue, offerOfDebts } from './overdue.js'
import { by, dueInstant, type Finding, madeGoodAt, type RootCause, standing } from './root-cause.js'

export type BasisKind = DamagesRule['basis']

/** What a damages rule is a percent of. `taxInclusive`: whether the rule counts it with tax. */
export interface BasisQuestion {
  agreement: Pick<Agreement, 'id' | 'timeZone' | 'effectiveOn'>
  basis: BasisKind
  at: Date
  taxInclusive: boolean
}

/**
 * Answers questions in their order. Declared here, where prices are made; implemented by the room of invoices, which
 * knows the fees. Null: not known, so there is no number.
 */
export type DamagesBasis = (
  reads: Rows,
  questions: readonly BasisQuestion[],
) => Promise<readonly (Amount | null)[]>

/** Set once, in rooms.ts. */
const port: { basis: DamagesBasis } = { basis: async (_operation, questions) => questions.map(() => null) }
export const askBasis: DamagesBasis = (reads, questions) => port.basis(reads, questions)
export const provideDamagesBasis = (basis: DamagesBasis): void => {
  port.basis = basis
}

/** What a rule comes to, before what is left of its cap is known. */
export type Offer = Omit<Price, 'capRemaining' | 'damages'>

/** By every rule of the version that prices one of the broken duties, all read at once. */
export async function offersFor(
  operation: Operation,
  causes: readonly RootCause[],
): Promise<Map<RootCause, Offer[]>> {
  const { tenantId } = operation.session
  const versionIds = [...new Set(causes.map(({ assessment }) => assessment.versionId))]
  const versions = await operation.em.find(AgreementVersion, { tenantId, id: { $in: versionIds } })
  const rules = await operation.em.find(DamagesRule, { tenantId, versionId: { $in: versionIds } })
  const percents = new Map(versions.map(({ id, terms }) => [id, terms.liquidatedDamagesPercent]))
  const byVersion = Map.groupBy(rules, rule => rule.versionId)
  const asked = causes.flatMap(cause =>
    (byVersion.get(cause.assessment.versionId) ?? [])
      .filter(rule => pricedBy(rule, cause).length > 0)
      .map(rule => ({ cause, rule })),
  )
  const debts = await debtsOf(
    operation,
    asked.flatMap(({ cause, rule }) => (isOverOverdue(rule) ? pricedBy(rule, cause) : [])),
  )
  const bases = await port.basis(
    operation,
    asked.map(({ cause, rule }) => ({
      agreement: cause.agreement,
      basis: rule.basis,
      at: cause.assessment.occurredAt,
      taxInclusive: rule.taxInclusive,
    })),
  )
  const offers = new Map<RootCause, Offer[]>()
  for (const [index, { cause, rule }] of asked.entries()) {
    const percent = percents.get(rule.versionId) ?? null
    const offer = isOverOverdue(rule)
      ? offerOfDebts(rule, percent, cause, pricedBy(rule, cause), debts)
      : offerBy(rule, percent, bases[index] ?? null, cause)
    if (offer) offers.set(cause, [...(offers.get(cause) ?? []), offer])
  }
  return offers
}

const pricedBy = (rule: DamagesRule, cause: RootCause): Finding[] =>
  standing(cause).filter(({ breach }) => rule.dutyClauses.includes(breach.dutyClause))

/** Of several findings that a rule prices, by the one that went on longest; of those alike, by one that goes on. */
function offerBy(
  rule: DamagesRule,
  percentOfClause: string | null,
  basis: Amount | null,
  cause: RootCause,
): Offer | null {
  const { mode } = rule
  const spans = pricedBy(rule, cause).map(finding => {
    const [from, until] = [dueInstant(finding), by(cause.asOf, madeGoodAt(finding))]
    return { from, until, units: unitsOf(mode, from, until ?? cause.asOf, cause.agreement.timeZone) }
  })
  const longest = spans.reduce((best, span) =>
    span.units > best.units || (span.units === best.units && span.until === null) ? span : best,
  )
  const price = priceOf(rule, percentOfClause, basis, longest.units)
  return (
    price && {
      ...price,
      accruesFrom: mode === 'ONE_OFF' ? null : longest.from,
      accruedUntil: mode === 'ONE_OFF' ? null : longest.until,
      overdue: null,
    }
  )
}

/** What of a rule a price depends on. */
export type RuleTerms = Pick<DamagesRule, 'id' | 'mode' | 'ratePercent' | 'capPercent'>

/** `round_half_up(basis x rate x units)`, and the cap of the agreement year (domain.md, Liquidated damages). */
export function priceOf(
  { id, mode, ratePercent, capPercent }: RuleTerms,
  percentOfClause: string | null,
  basis: Amount | null,
  units: number,
): Omit<Offer, 'accruesFrom' | 'accruedUntil' | 'overdue'> | null {
  const rate = plain(ratePercent ?? percentOfClause)
  if (rate == null || basis === null) return null
  return {
    ruleId: id,
    currency: basis.currency,
    mode,
    ratePercent: rate,
    units: String(units),
    basisAmount: basis.minor,
    amount: percentOf(basis, rate, units).minor,
    // None of its own, and no clause names one for the whole agreement: nothing limits it.
    cap: capPercent == null ? null : percentOf(basis, capPercent).minor,
  }
}
