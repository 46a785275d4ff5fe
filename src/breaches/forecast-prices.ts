import { isByHours, type Obligation } from '../obligations/index.js'
import { type Rows, statement } from '../persistence/index.js'
import { type Amount, percentOf } from '../platform/money.js'
import { unitsOf } from './accrual.js'
import { Caps, type Year } from './caps.js'
import { askBasis, type BasisKind, priceOf, type RuleTerms } from './damages.js'
import type { Assumptions } from './forecast.js'
import { askDebts, type Debt, isOverOverdue } from './overdue.js'
import { agreementYearOf } from './root-cause.js'

/** An open deadline that falls due. */
export interface OpenRow {
  id: string
  agreementId: string
  versionId: string
  clause: string
  owedBy: string
  unit: Obligation['unit']
  subjectId: string
  dueAt: Date
  timeZone: string
  effectiveOn: string | null
}

/** One deadline, and what missing it adds to what is owed when all before it are missed as well. */
export interface ForecastRow {
  obligationId: string
  agreementId: string
  dueAt: Date
  owedBy: string
  /** Null where no rule, or nothing it is a percent of, makes a number of it. */
  exposure: Amount | null
  capRemaining: bigint | null
  /** How often the rule that costs most is owed; null as the exposure. */
  mode: RuleTerms['mode'] | null
  /** Days or hours of it that the exposure counts. */
  units: number | null
  /** What each further day or hour adds, before the cap; null of a rule that costs once. */
  perUnit: Amount | null
}

interface PricedRule {
  mode: RuleTerms['mode']
  units: number
  perUnit: Amount | null
  price: NonNullable<ReturnType<typeof priceOf>>
}

/** What deadlines cost if they are missed one after the other: each is taken of what those before it leave of the cap. */
export class Exposures {
  readonly #rules: ReadonlyMap<OpenRow, PricedRule[]>
  readonly #owed: Map<string, bigint>
  readonly #caps: Caps

  private constructor(rules: ReadonlyMap<OpenRow, PricedRule[]>, owed: Map<string, bigint>, caps: Caps) {
    this.#rules = rules
    this.#owed = owed
    this.#caps = caps
  }

  static async of(
    reads: Rows,
    due: readonly OpenRow[],
    assume: Assumptions,
    until: Date,
  ): Promise<Exposures> {
    const rules = await rulesFor(reads, due, assume)
    const owed = await owedSoFar(reads, due)
    const caps = await Caps.of(
      reads,
      due.map(row => ({ ...yearOf(row), since: until })),
      [],
      due.map(({ versionId }) => versionId),
    )
    return new Exposures(rules, owed, caps)
  }

  /** The next one that is missed. */
  next(row: OpenRow): ForecastRow {
    const told = { obligationId: row.id, agreementId: row.agreementId, dueAt: row.dueAt, owedBy: row.owedBy }
    const nothing = { ...told, exposure: null, capRemaining: null, mode: null, units: null, perUnit: null }
    const [rule] = (this.#rules.get(row) ?? []).toSorted((a, b) => (a.price.amount < b.price.amount ? 1 : -1))
    if (!rule) return nothing
    const { price, mode, units, perUnit } = rule
    const year = yearOf(row)
    const before = this.#owed.get(causeOf(row)) ?? 0n
    const dearer = price.amount > before ? price.amount - before : 0n
    const capped = this.#caps.limit(year, { ...price, amount: dearer })
    if (!capped) return nothing
    this.#caps.take(year, price.ruleId, price.currency, capped.damages)
    this.#owed.set(causeOf(row), before + capped.damages)
    const exposure = { minor: capped.damages, currency: price.currency }
    return { ...told, exposure, capRemaining: capped.capRemaining, mode, units, perUnit }
  }
}

const yearOf = (row: OpenRow): Year => ({
  agreementId: row.agreementId,
  yearStartsOn: agreementYearOf(row, row.dueAt),
})

interface RuleRow extends RuleTerms {
  versionId: string
  duties: string[]
  basis: BasisKind
  taxInclusive: boolean
  percent: string | null
}

const rulesOfVersions = statement(
  'rules_of_versions',
  `select rule.id, rule.version_id as "versionId", duty_clauses as duties, basis, mode, rate_percent::text as "ratePercent",
     cap_percent::text as "capPercent", tax_inclusive as "taxInclusive", version.terms->>'liquidatedDamagesPercent' as percent
   from damages_rules as rule
   join agreement_versions as version on version.tenant_id = rule.tenant_id and version.id = rule.version_id
   where rule.tenant_id = $1 and rule.version_id = any ($2::uuid[])`,
)

/** What each duty's rules come to. */
async function rulesFor(
  reads: Rows,
  due: readonly OpenRow[],
  assume: Assumptions,
): Promise<Map<OpenRow, PricedRule[]>> {
  const versionIds = [...new Set(due.map(({ versionId }) => versionId))]
  const rows = await reads.rows<RuleRow>(rulesOfVersions, [reads.session.tenantId, versionIds])
  const byVersion = Map.groupBy(rows, rule => rule.versionId)
  const asked = due.flatMap(row =>
    (byVersion.get(row.versionId) ?? [])
      .filter(rule => rule.duties.includes(row.clause))
      .map(rule => ({ row, rule })),
  )
  const bases = assume.basis ? asked.map(() => assume.basis) : await basesOf(reads, asked)
  const priced = new Map<OpenRow, PricedRule[]>()
  for (const [index, { row, rule }] of asked.entries()) {
    const found = pricedBy(rule, row, bases[index] ?? null, assume)
    if (found) priced.set(row, [...(priced.get(row) ?? []), found])
  }
  return priced
}

/** What each is a percent of: fees, or what is left to pay of the debt that falls due. */
async function basesOf(
  reads: Rows,
  asked: readonly { row: OpenRow; rule: RuleRow }[],
): Promise<(Amount | null)[]> {
  const owing = asked.filter(({ rule }) => isOverOverdue(rule)).map(({ row }) => row.subjectId)
  const debts = owing.length > 0 ? await askDebts(reads, [...new Set(owing)]) : new Map<string, Debt>()
  const fees = await askBasis(
    reads,
    asked.map(({ row, rule }) => ({
      agreement: { id: row.agreementId, timeZone: row.timeZone, effectiveOn: row.effectiveOn },
      basis: rule.basis,
      at: row.dueAt,
      taxInclusive: rule.taxInclusive,
    })),
  )
  return asked.map(({ row, rule }, index) => {
    if (!isOverOverdue(rule)) return fees[index] ?? null
    const debt = rule.taxInclusive && rule.mode !== 'PER_STARTED_HOUR' ? debts.get(row.subjectId) : undefined
    return debt ? leftOf(debt) : null
  })
}

function leftOf({ principal, reductions, currency }: Debt): Amount {
  const left = reductions.reduce((rest, { amount }) => rest - amount, principal)
  return { minor: left > 0n ? left : 0n, currency }
}

/** A rule per day or hour costs its first one, or as many as begin until what was missed is taken to be undone. */
function pricedBy(
  rule: RuleRow,
  row: OpenRow,
  basis: Amount | null,
  { damagesPercent, undoneUntil }: Assumptions,
): PricedRule | null {
  const { mode } = rule
  // Days are stored as the midnight that ends the last one, which is of the next day.
  const due = isByHours(row.unit) ? row.dueAt : new Date(row.dueAt.getTime() - 1)
  const units = undoneUntil ? Math.max(1, unitsOf(mode, due, undoneUntil, row.timeZone)) : 1
  const price = priceOf(rule, damagesPercent ?? rule.percent, basis, units)
  if (!price || !basis) return null
  const perUnit = mode === 'ONE_OFF' ? null : percentOf(basis, price.ratePercent)
  return { mode, units, perUnit, price }
}

const pricesOfCauses = statement(
  'prices_of_causes',
  `select agreement_id as "agreementId", root_cause_id as "subjectId", (total - coalesce(top_up, 0))::text as owed from assessments
   where tenant_id = $1 and agreement_id = any ($2::uuid[]) and root_cause_id = any ($3::uuid[]) and total is not null`,
)

/** What each root cause costs already: another finding of it adds only what is dearer. */
async function owedSoFar(reads: Rows, due: readonly OpenRow[]): Promise<Map<string, bigint>> {
  const rows = await reads.rows<{ agreementId: string; subjectId: string; owed: string }>(pricesOfCauses, [
    reads.session.tenantId,
    [...new Set(due.map(({ agreementId }) => agreementId))],
    [...new Set(due.map(({ subjectId }) => subjectId))],
  ])
  return new Map(rows.map(row => [causeOf(row), BigInt(row.owed)]))
}

const causeOf = ({ agreementId, subjectId }: { agreementId: string; subjectId: string }): string =>
  `${agreementId} ${subjectId}`
