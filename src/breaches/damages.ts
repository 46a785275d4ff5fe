import { type Agreement, AgreementVersion, DamagesRule, plain } from '../agreements/index.js'
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
 * Of several findings the highest counts once. Called under the lock of the agreement's breaches, so that two prices can't
 * take the same rest of a cap. Answers whether it came to another price than before.
 */
export async function priceRootCause(
  operation: Operation,
  agreement: Agreement,
  assessment: Assessment,
  dutyClauses: readonly string[],
  now: Date,
): Promise<boolean> {
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
  // By what is owed in the end: a dear duty whose cap is used up costs less than a cheap one whose cap is not.
  const [highest] = prices.sort((a, b) => descending(a.total, b.total) || descending(a.amount, b.amount))
  return highest ? assessment.price(highest, now) : assessment.leaveToCounsel(now)
}

const descending = (a: bigint, b: bigint): number => (a === b ? 0 : a < b ? 1 : -1)

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
  const rate = plain(rule.ratePercent ?? percentOfClause)
  const basis = await port.basis(operation, agreement, rule.basis, assessment.occurredAt, rule.taxInclusive)
  if (rate == null || basis === null) return null
  const { minor: amount, currency } = percentOf(basis, rate)
  const price = { ruleId: rule.id, currency, ratePercent: rate, basisAmount: basis.minor, amount }
  // None of its own, and no clause names one for the whole agreement: nothing limits it.
  if (rule.capPercent == null) return { ...price, cap: null, capRemaining: null, total: amount }
  const cap = percentOf(basis, rule.capPercent).minor
  const taken = await takenFromCap(operation, assessment, rule, currency)
  if (taken === null) return null
  const capRemaining = taken < cap ? cap - taken : 0n
  return { ...price, cap, capRemaining, total: amount < capRemaining ? amount : capRemaining }
}

/**
 * What the year's other root causes have taken of the rule's cap so far. Null when they took it in another currency: no
 * clause says at what rate the two are compared.
 */
async function takenFromCap(
  operation: Operation,
  assessment: Assessment,
  rule: DamagesRule,
  currency: string,
): Promise<bigint | null> {
  const { tenantId, agreementId, yearStartsOn, id } = assessment
  const rows = await operation.run<{ currency: string; taken: string }>(
    `select currency, sum(total)::text as taken from assessments
     where tenant_id = $1 and agreement_id = $2 and year_starts_on = $3 and rule_id = $4 and id <> $5 and total is not null
     group by currency`,
    [tenantId, agreementId, yearStartsOn, rule.id, id],
  )
  if (rows.some(row => row.currency !== currency)) return null
  return BigInt(rows[0]?.taken ?? 0)
}
