import { type Rows, statement } from '../persistence/index.js'
import { Failure } from '../platform/failure.js'
import type { Amount } from '../platform/money.js'
import { Caps, type Year } from './caps.js'
import { askBasis, type BasisKind, priceOf, type RuleTerms } from './damages.js'
import { agreementYearOf } from './root-cause.js'

/** Deadlines that a forecast names: a page of the longest list. What lies behind them is asked with a shorter span. */
export const MAX_FORECAST = 100
/** How far ahead is looked: two years. Nothing that runs by then was begun today. */
const MAX_DAYS = 731

/** What is taken to be so, for the length of one question. */
export interface Assumptions {
  /** Uuids of obligations and agreements whose clocks stand still: nothing of theirs falls due. */
  paused: readonly string[]
  /** 5.3.1's percent of an amended text, where a rule has none of its own. */
  damagesPercent: string | null
  /** The fee of an amended schedule, as every rule's basis. */
  basis: Amount | null
}

export interface Forecast {
  asOf: Date
  until: Date
  entries: ForecastRow[]
  /** More falls due within the span than is named. */
  hasMore: boolean
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
}

interface OpenRow {
  id: string
  agreementId: string
  versionId: string
  clause: string
  owedBy: string
  subjectId: string
  dueAt: Date
  timeZone: string
  effectiveOn: string | null
}

const openObligations = statement(
  'obligations_falling_due',
  `select due.id, due.agreement_id as "agreementId", due.version_id as "versionId", due.clause, due.owed_by as "owedBy",
     due.subject_id as "subjectId", due.due_at as "dueAt", agreement.time_zone as "timeZone", agreement.effective_on::text as "effectiveOn"
   from (
     select id, tenant_id, agreement_id, version_id, clause, owed_by, subject_id, due_at from obligations
     where tenant_id = $1 and state = 'RUNNING' and nature = 'DEADLINE' and due_at > $2 and due_at <= $3
       and not id = any ($4::uuid[]) and not agreement_id = any ($4::uuid[])
     order by due_at, id limit $5) as due
   join agreements as agreement on agreement.tenant_id = due.tenant_id and agreement.id = due.agreement_id
   order by due.due_at, due.id`,
)

/** What falls due within a span, in order, with the exposure of each. It reads, and changes nothing. */
export async function forecast(
  reads: Rows,
  now: Date,
  withinMs: number,
  assume: Assumptions,
): Promise<Forecast> {
  const until = new Date(now.getTime() + withinMs)
  const values = [reads.session.tenantId, now, until, assume.paused, MAX_FORECAST + 1]
  const found = await reads.rows<OpenRow>(openObligations, values)
  const due = found.slice(0, MAX_FORECAST)
  const rules = await rulesFor(reads, due, assume)
  const owed = await owedSoFar(reads, due)
  const years = due.map(row => yearOf(row))
  const caps = await Caps.of(
    reads,
    years.map(year => ({ ...year, since: until })),
    [],
    due.map(({ versionId }) => versionId),
  )
  const entries = due.map((row, index) =>
    exposureOf(row, years[index] as Year, rules.get(row) ?? [], caps, owed),
  )
  return { asOf: now, until, entries, hasMore: found.length > MAX_FORECAST }
}

const yearOf = (row: OpenRow): Year => ({
  agreementId: row.agreementId,
  yearStartsOn: agreementYearOf(row, row.dueAt),
})

interface PricedRule extends RuleTerms {
  price: ReturnType<typeof priceOf>
}

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

/** What each duty's rules come to. A rule per day or hour is shown with its first one. */
async function rulesFor(
  reads: Rows,
  due: readonly OpenRow[],
  assume: Assumptions,
): Promise<Map<OpenRow, PricedRule[]>> {
  const versionIds = [...new Set(due.map(({ versionId }) => versionId))]
  const rows = await reads.rows<RuleRow>(rulesOfVersions, [reads.session.tenantId, versionIds])
  const asked = due.flatMap(row =>
    rows
      .filter(rule => rule.versionId === row.versionId && rule.duties.includes(row.clause))
      .map(rule => ({ row, rule })),
  )
  const bases = assume.basis
    ? asked.map(() => assume.basis)
    : await askBasis(
        reads,
        asked.map(({ row, rule }) => ({
          agreement: { id: row.agreementId, timeZone: row.timeZone, effectiveOn: row.effectiveOn },
          basis: rule.basis,
          at: row.dueAt,
          taxInclusive: rule.taxInclusive,
        })),
      )
  const priced = new Map<OpenRow, PricedRule[]>()
  for (const [index, { row, rule }] of asked.entries()) {
    const percent = assume.damagesPercent ?? rule.percent
    const price = priceOf(rule, percent, bases[index] ?? null, 1)
    priced.set(row, [...(priced.get(row) ?? []), { ...rule, price }])
  }
  return priced
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

function exposureOf(
  row: OpenRow,
  year: Year,
  rules: readonly PricedRule[],
  caps: Caps,
  owed: Map<string, bigint>,
): ForecastRow {
  const told = {
    obligationId: row.id,
    agreementId: row.agreementId,
    dueAt: row.dueAt,
    owedBy: row.owedBy,
    exposure: null,
    capRemaining: null,
  }
  const [price] = rules.flatMap(rule => rule.price ?? []).toSorted((a, b) => (a.amount < b.amount ? 1 : -1))
  if (!price) return told
  const before = owed.get(causeOf(row)) ?? 0n
  const dearer = price.amount > before ? price.amount - before : 0n
  const capped = caps.limit(year, { ...price, amount: dearer })
  if (!capped) return told
  caps.take(year, price.ruleId, price.currency, capped.damages)
  owed.set(causeOf(row), before + capped.damages)
  const exposure = { minor: capped.damages, currency: price.currency }
  return { ...told, exposure, capRemaining: capped.capRemaining }
}

/** Milliseconds of an ISO 8601 length of time, from a second to two years. */
export function spanOf(within: string): number {
  const [, days, hours, minutes, seconds] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(within) ?? []
  const ms =
    (((Number(days ?? 0) * 24 + Number(hours ?? 0)) * 60 + Number(minutes ?? 0)) * 60 +
      Number(seconds ?? 0)) *
    1000
  if (!(ms >= 1000) || ms > MAX_DAYS * 86_400_000)
    throw new Failure('BAD_USER_INPUT', { messageKey: 'FORECAST_SPAN', params: { max: MAX_DAYS } })
  return Math.round(ms)
}
