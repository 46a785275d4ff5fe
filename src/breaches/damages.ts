import { type Agreement, AgreementVersion, DamagesRule, plain } from '../agreements/index.js'
import type { Operation } from '../persistence/index.js'
import { type Amount, percentOf } from '../platform/money.js'
import { addYears, civilDate } from '../platform/time.js'
import type { Assessment, Price } from './assessment.js'

export type BasisKind = DamagesRule['basis']

/** What a damages rule is a percent of. `taxInclusive`: whether the rule counts it with tax. */
export interface BasisQuestion {
  agreement: Agreement
  basis: BasisKind
  at: Date
  taxInclusive: boolean
}

/**
 * Answers questions in their order. Declared here, where prices are made; implemented by the room of invoices, which
 * knows the fees. Null: not known, so there is no number.
 */
export type DamagesBasis = (
  operation: Operation,
  questions: readonly BasisQuestion[],
) => Promise<readonly (Amount | null)[]>

/** Set once, in rooms.ts. */
const port: { basis: DamagesBasis } = { basis: async (_operation, questions) => questions.map(() => null) }
export const provideDamagesBasis = (basis: DamagesBasis): void => {
  port.basis = basis
}

/** A root cause to be priced, with the duties that were broken by it. */
export interface RootCause {
  agreement: Agreement
  assessment: Assessment
  dutyClauses: ReadonlySet<string>
}

/**
 * Prices root causes by the rules of their duties, in their order: `min(round_half_up(basis x rate x units), what is left
 * of the cap)`. Of several findings the highest counts once. Called under the lock of the agreements' breaches, so that two
 * prices can't take the same rest of a cap. Answers those that came to another price than before.
 */
export async function priceRootCauses(
  operation: Operation,
  causes: readonly RootCause[],
  now: Date,
): Promise<Set<Assessment>> {
  const offers = await offersFor(operation, causes)
  const caps = await Caps.of(operation, causes)
  const changed = new Set<Assessment>()
  for (const { assessment } of causes) {
    const prices = (offers.get(assessment) ?? []).flatMap(offer => caps.limit(assessment, offer) ?? [])
    // By what is owed in the end: a dear duty whose cap is used up costs less than a cheap one whose cap is not.
    const [highest] = prices.sort((a, b) => descending(a.total, b.total) || descending(a.amount, b.amount))
    if (highest) caps.take(assessment, highest)
    if (highest ? assessment.price(highest, now) : assessment.leaveToCounsel(now)) changed.add(assessment)
  }
  return changed
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

/** What a rule comes to, before what is left of its cap is known. */
type Offer = Omit<Price, 'capRemaining' | 'total'>

/** By every rule of the version that prices one of the broken duties, all read at once. */
async function offersFor(
  operation: Operation,
  causes: readonly RootCause[],
): Promise<Map<Assessment, Offer[]>> {
  const { tenantId } = operation.session
  const versionIds = [...new Set(causes.map(({ assessment }) => assessment.versionId))]
  const versions = await operation.em.find(AgreementVersion, { tenantId, id: { $in: versionIds } })
  const rules = await operation.em.find(DamagesRule, { tenantId, versionId: { $in: versionIds } })
  const percents = new Map(versions.map(({ id, terms }) => [id, terms.liquidatedDamagesPercent]))
  const byVersion = Map.groupBy(rules, rule => rule.versionId)
  const asked = causes.flatMap(cause =>
    (byVersion.get(cause.assessment.versionId) ?? [])
      .filter(rule => rule.mode === 'ONE_OFF' && rule.dutyClauses.some(duty => cause.dutyClauses.has(duty)))
      .map(rule => ({ cause, rule })),
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
  const offers = new Map<Assessment, Offer[]>()
  for (const [index, { cause, rule }] of asked.entries()) {
    const offer = offerBy(rule, percents.get(rule.versionId) ?? null, bases[index] ?? null)
    if (offer) offers.set(cause.assessment, [...(offers.get(cause.assessment) ?? []), offer])
  }
  return offers
}

function offerBy(rule: DamagesRule, percentOfClause: string | null, basis: Amount | null): Offer | null {
  const rate = plain(rule.ratePercent ?? percentOfClause)
  if (rate == null || basis === null) return null
  const { minor: amount, currency } = percentOf(basis, rate)
  // None of its own, and no clause names one for the whole agreement: nothing limits it.
  const cap = rule.capPercent == null ? null : percentOf(basis, rule.capPercent).minor
  return { ruleId: rule.id, currency, ratePercent: rate, basisAmount: basis.minor, amount, cap }
}

interface TakenRow {
  agreement: string
  year: string
  rule: string
  currency: string
  taken: string
}

/** What is taken of each rule's cap in an agreement year, by root causes that aren't priced here and by those that were so far. */
class Caps {
  readonly #taken = new Map<string, Map<string, bigint>>()

  static async of(operation: Operation, causes: readonly RootCause[]): Promise<Caps> {
    const caps = new Caps()
    const rows = await operation.run<TakenRow>(
      `select agreement_id as agreement, year_starts_on::text as year, rule_id as rule, currency, sum(total)::text as taken
       from assessments join (select distinct * from unnest($2::uuid[], $3::date[]) as asked (agreement_id, year_starts_on)) as asked
         using (agreement_id, year_starts_on)
       where tenant_id = $1 and not id = any ($4::uuid[]) and rule_id is not null and total is not null
       group by agreement_id, year_starts_on, rule_id, currency`,
      [
        operation.session.tenantId,
        causes.map(({ assessment }) => assessment.agreementId),
        causes.map(({ assessment }) => assessment.yearStartsOn),
        causes.map(({ assessment }) => assessment.id),
      ],
    )
    for (const { agreement, year, rule, currency, taken } of rows)
      caps.#add(`${agreement} ${year} ${rule}`, currency, BigInt(taken))
    return caps
  }

  /**
   * Never above what is left of the cap. Null where some of it was taken in another currency: no clause says at what rate
   * the two are compared.
   */
  limit(assessment: Assessment, offer: Offer): Price | null {
    const { amount, cap, currency } = offer
    if (cap === null) return { ...offer, capRemaining: null, total: amount }
    const taken = this.#taken.get(poolOf(assessment, offer.ruleId)) ?? new Map<string, bigint>()
    if ([...taken.keys()].some(other => other !== currency)) return null
    const used = taken.get(currency) ?? 0n
    const capRemaining = used < cap ? cap - used : 0n
    return { ...offer, capRemaining, total: amount < capRemaining ? amount : capRemaining }
  }

  take(assessment: Assessment, { ruleId, currency, total }: Price): void {
    this.#add(poolOf(assessment, ruleId), currency, total)
  }

  #add(pool: string, currency: string, minor: bigint): void {
    const taken = this.#taken.get(pool) ?? new Map<string, bigint>()
    this.#taken.set(pool, taken.set(currency, (taken.get(currency) ?? 0n) + minor))
  }
}

const poolOf = ({ agreementId, yearStartsOn }: Assessment, ruleId: string): string =>
  `${agreementId} ${yearStartsOn} ${ruleId}`
