import { Agreement, AgreementVersion, DamagesRule } from '../agreements/index.js'
import type { Operation } from '../persistence/index.js'
import { type Amount, percentOf } from '../platform/money.js'
import { addYears, civilDate } from '../platform/time.js'
import { Assessment, type Price } from './assessment.js'

export type BasisKind = DamagesRule['basis']

/**
 * What a damages rule is a percent of. Declared here, where prices are made; implemented by the room of invoices, which
 * knows the fees. `taxInclusive`: whether the rule counts it with tax. Null: not known, so there is no number.
 */
export type DamagesBasis = (
  operation: Operation,
  agreement: Agreement,
  basis: BasisKind,
  at: Date,
  taxInclusive: boolean,
) => Promise<Amount | null>

/** Set once, in rooms.ts. */
const port: { basis: DamagesBasis } = { basis: async () => null }
export const provideDamagesBasis = (basis: DamagesBasis): void => {
  port.basis = basis
}

/**
 * Prices a root cause by the rule of its dearest duty: `min(round_half_up(basis x rate x units), what is left of the cap)`.
 * Of several findings the highest counts once. Called under the agreement's lock, so that two prices can't take the same
 * rest of a cap.
 */
export async function priceRootCause(
  operation: Operation,
  agreement: Agreement,
  assessment: Assessment,
  dutyClauses: readonly string[],
  now: Date,
): Promise<void> {
  const version = await operation.em.findOneOrFail(AgreementVersion, {
    tenantId: assessment.tenantId,
    id: assessment.versionId,
  })
  const rules = await operation.em.find(DamagesRule, { tenantId: assessment.tenantId, versionId: version.id })
  const prices: Price[] = []
  for (const rule of rules.filter(
    each => each.mode === 'ONE_OFF' && each.dutyClauses.some(duty => dutyClauses.includes(duty)),
  )) {
    const price = await priceByRule(
      operation,
      agreement,
      assessment,
      rule,
      version.terms.liquidatedDamagesPercent,
    )
    if (price) prices.push(price)
  }
  const highest = prices.sort((a, b) => (a.amount < b.amount ? 1 : -1))[0]
  if (highest) assessment.price(highest, now)
  else assessment.leaveToCounsel(now)
}

/** First day of the agreement year an instant falls into: `effectiveOn`, or the last anniversary of it. */
export function agreementYearOf(agreement: Agreement, at: Date): string {
  const start = agreement.effectiveOn ?? civilDate(at, agreement.timeZone)
  const day = civilDate(at, agreement.timeZone)
  let years = 0
  while (addYears(start, years + 1) <= day) years += 1
  return addYears(start, years)
}

async function priceByRule(
  operation: Operation,
  agreement: Agreement,
  assessment: Assessment,
  rule: DamagesRule,
  percentOfClause: string | null,
): Promise<Price | null> {
  const rate = rule.ratePercent ?? percentOfClause
  const basis = await port.basis(operation, agreement, rule.basis, assessment.occurredAt, rule.taxInclusive)
  if (rate == null || basis === null) return null
  const { minor: amount, currency } = percentOf(basis, rate)
  const cap = rule.capPercent == null ? null : percentOf(basis, rule.capPercent).minor
  const capRemaining = cap === null ? null : cap - (await takenFromCap(operation, assessment))
  return { ruleId: rule.id, currency, ratePercent: rate, basisAmount: basis.minor, amount, cap, capRemaining }
}

/** What the year's other root causes have taken of the pool so far. */
async function takenFromCap(operation: Operation, assessment: Assessment): Promise<bigint> {
  const [row] = await operation.run<{ taken: string }>(
    `select coalesce(sum(total), 0)::bigint as taken from assessments
     where tenant_id = $1 and agreement_id = $2 and year_starts_on = $3 and owed_by = $4 and id <> $5 and state <> 'NEEDS_LEGAL_DECISION'`,
    [assessment.tenantId, assessment.agreementId, assessment.yearStartsOn, assessment.owedBy, assessment.id],
  )
  const taken = BigInt(row?.taken ?? 0)
  return taken
}
