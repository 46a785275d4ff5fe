import { DamagesRule } from '../agreements/index.js'
import type { Operation } from '../persistence/index.js'
import type { YearPlace } from './agreement-year.js'
import type { Assessment, Price } from './assessment.js'
import type { Offer } from './damages.js'
import type { RootCause } from './root-cause.js'

interface TakenRow {
  agreementId: string
  yearStartsOn: string
  ruleId: string
  currency: string
  taken: string
}

/**
 * What is taken of the caps of an agreement year, so far. A cap is a pool of its rule's own; where the agreement was
 * amended within the year, the rule that prices the same duties in the next version goes on taking from what is left.
 */
export class Caps {
  readonly #taken = new Map<string, { ruleId: string; currency: string; minor: bigint }[]>()
  readonly #duties = new Map<string, readonly string[]>()

  /** What stands before some places; what stands behind them is taken in turn, as it's priced. */
  static async of(
    operation: Operation,
    places: readonly YearPlace[],
    causes: readonly RootCause[],
  ): Promise<Caps> {
    const caps = new Caps()
    const rows = await operation.run<TakenRow>(
      `select agreement_id as "agreementId", year_starts_on::text as "yearStartsOn", rule_id as "ruleId", currency,
         sum(total - coalesce(top_up, 0))::text as taken
       from assessments
       join unnest($2::uuid[], $3::date[], $4::timestamptz[]) as place (agreement_id, year_starts_on, since)
         using (agreement_id, year_starts_on)
       where tenant_id = $1 and occurred_at < since and not id = any ($5::uuid[]) and rule_id is not null and total > 0
       group by agreement_id, year_starts_on, rule_id, currency`,
      [
        operation.session.tenantId,
        places.map(({ agreementId }) => agreementId),
        places.map(({ yearStartsOn }) => yearStartsOn),
        places.map(({ since }) => since),
        causes.map(({ assessment }) => assessment.id),
      ],
    )
    for (const row of rows) caps.#add(row, row.ruleId, row.currency, BigInt(row.taken))
    await caps.#readDuties(operation, causes)
    return caps
  }

  /**
   * Never above what is left of the cap. Null where some of it was taken in another currency: no clause says at what rate
   * the two are compared.
   */
  limit(assessment: Assessment, offer: Offer): Price | null {
    const { amount, cap, currency, ruleId } = offer
    if (cap === null) return { ...offer, capRemaining: null, damages: amount }
    const taken = (this.#taken.get(yearOf(assessment)) ?? []).filter(each =>
      this.#samePool(each.ruleId, ruleId),
    )
    if (taken.some(each => each.currency !== currency)) return null
    const used = taken.reduce((sum, each) => sum + each.minor, 0n)
    const capRemaining = used < cap ? cap - used : 0n
    return { ...offer, capRemaining, damages: amount < capRemaining ? amount : capRemaining }
  }

  /** Its damages count; what a loss comes to beyond them isn't capped (5.3.2). */
  take(assessment: Assessment): void {
    const { ruleId, currency } = assessment
    const minor = assessment.ofCap()
    if (ruleId != null && currency != null && minor > 0n) this.#add(assessment, ruleId, currency, minor)
  }

  #add(
    of: { agreementId: string; yearStartsOn: string },
    ruleId: string,
    currency: string,
    minor: bigint,
  ): void {
    const taken = this.#taken.get(yearOf(of)) ?? []
    this.#taken.set(yearOf(of), [...taken, { ruleId, currency, minor }])
  }

  #samePool(one: string, other: string): boolean {
    if (one === other) return true
    const duties = this.#duties.get(other) ?? []
    return (this.#duties.get(one) ?? []).some(duty => duties.includes(duty))
  }

  async #readDuties(operation: Operation, causes: readonly RootCause[]): Promise<void> {
    const ids = [...this.#taken.values()].flat().map(({ ruleId }) => ruleId)
    const versions = causes.map(({ assessment }) => assessment.versionId)
    const rules = await operation.em.find(DamagesRule, {
      tenantId: operation.session.tenantId,
      $or: [{ id: { $in: [...new Set(ids)] } }, { versionId: { $in: [...new Set(versions)] } }],
    })
    for (const { id, dutyClauses } of rules) this.#duties.set(id, dutyClauses)
  }
}

const yearOf = ({ agreementId, yearStartsOn }: { agreementId: string; yearStartsOn: string }): string =>
  `${agreementId} ${yearStartsOn}`
