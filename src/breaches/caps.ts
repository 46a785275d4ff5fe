import { type Rows, statement } from '../persistence/index.js'
import type { BasisKind, Offer } from './damages.js'
import { isOverOverdue } from './overdue.js'

/** An agreement year. */
export interface Year {
  agreementId: string
  yearStartsOn: string
}

/** From an instant of an agreement year on. */
export interface YearPlace extends Year {
  since: Date
}

interface Taken {
  ruleId: string
  currency: string
  minor: bigint
}

/** What a price comes to within what is left of a cap. */
export interface Capped {
  capRemaining: bigint | null
  damages: bigint
}

const takenBefore = statement(
  'taken_of_caps',
  `select agreement_id as "agreementId", year_starts_on::text as "yearStartsOn", rule_id as "ruleId", currency,
     sum(total - coalesce(top_up, 0))::text as taken
   from assessments
   join unnest($2::uuid[], $3::date[], $4::timestamptz[]) as place (agreement_id, year_starts_on, since)
     using (agreement_id, year_starts_on)
   where tenant_id = $1 and occurred_at < since and not id = any ($5::uuid[]) and rule_id is not null and total > 0
   group by agreement_id, year_starts_on, rule_id, currency`,
)

const dutiesOfRules = statement(
  'duties_of_rules',
  `select id, duty_clauses as duties, basis from damages_rules
   where tenant_id = $1 and (id = any ($2::uuid[]) or version_id = any ($3::uuid[]))`,
)

/**
 * What is taken of the caps of agreement years, so far. A cap is a pool of its rule's own; where the agreement was amended
 * within the year, the rule that prices the same duties in the next version goes on taking from what is left. A rule over
 * what is overdue has a pool for each debt.
 */
export class Caps {
  readonly #taken = new Map<string, Taken[]>()
  readonly #duties = new Map<string, readonly string[]>()
  readonly #perDebt = new Set<string>()

  /** What stands before some places, but for some prices; what stands behind them is taken in turn, as it's priced. */
  static async of(
    reads: Rows,
    places: readonly YearPlace[],
    priced: readonly { id: string; versionId: string }[],
    versionIds: readonly string[] = priced.map(each => each.versionId),
  ): Promise<Caps> {
    const caps = new Caps()
    const { tenantId } = reads.session
    const rows = await reads.rows<Year & { ruleId: string; currency: string; taken: string }>(takenBefore, [
      tenantId,
      places.map(({ agreementId }) => agreementId),
      places.map(({ yearStartsOn }) => yearStartsOn),
      places.map(({ since }) => since),
      priced.map(({ id }) => id),
    ])
    for (const row of rows) caps.take(row, row.ruleId, row.currency, BigInt(row.taken))
    const rules = await reads.rows<{ id: string; duties: string[]; basis: BasisKind }>(dutiesOfRules, [
      tenantId,
      rows.map(({ ruleId }) => ruleId),
      [...new Set(versionIds)],
    ])
    for (const { id, duties, basis } of rules) {
      caps.#duties.set(id, duties)
      if (isOverOverdue({ basis })) caps.#perDebt.add(id)
    }
    return caps
  }

  /**
   * Never above what is left of the cap. Null where some of it was taken in another currency: no clause says at what rate
   * the two are compared.
   */
  limit(
    year: Year,
    { amount, cap, currency, ruleId }: Pick<Offer, 'amount' | 'cap' | 'currency' | 'ruleId'>,
  ): Capped | null {
    if (cap === null) return { capRemaining: null, damages: amount }
    // A percent of one debt caps what that debt costs: a small one isn't used up by a large one.
    const pool = this.#perDebt.has(ruleId) ? [] : (this.#taken.get(keyOf(year)) ?? [])
    const taken = pool.filter(each => this.#samePool(each.ruleId, ruleId))
    if (taken.some(each => each.currency !== currency)) return null
    const used = taken.reduce((sum, each) => sum + each.minor, 0n)
    const capRemaining = used < cap ? cap - used : 0n
    return { capRemaining, damages: amount < capRemaining ? amount : capRemaining }
  }

  /** Damages count; what a loss comes to beyond them isn't capped (5.3.2). */
  take(year: Year, ruleId: string, currency: string, minor: bigint): void {
    const taken = this.#taken.get(keyOf(year)) ?? []
    taken.push({ ruleId, currency, minor })
    this.#taken.set(keyOf(year), taken)
  }

  #samePool(one: string, other: string): boolean {
    if (one === other) return true
    const duties = this.#duties.get(other) ?? []
    return (this.#duties.get(one) ?? []).some(duty => duties.includes(duty))
  }
}

const keyOf = ({ agreementId, yearStartsOn }: Year): string => `${agreementId} ${yearStartsOn}`
