import { type DamagesRule, plain } from '../agreements/index.js'
import type { Rows } from '../persistence/index.js'
import { percentOf } from '../platform/money.js'
import { civilDate } from '../platform/time.js'
import { accrueOverdue, type Reduction, toOverdue } from './accrual.js'
import type { Offer } from './damages.js'
import { by, dueInstant, type Finding, madeGoodAt, type RootCause } from './root-cause.js'

/** What somebody had to pay, and what has taken of it. Instants: the civil day each counts on is of the agreement's zone. */
export interface Debt {
  currency: string
  /** Minor units, tax included: what the invoice asks for. */
  principal: bigint
  reductions: readonly { at: Date; amount: bigint; kind: Reduction['kind'] }[]
}

/**
 * What the subjects of duties to pay come to, by their uuids; one that isn't there is no debt. Declared here, where prices
 * are made; implemented by the room of invoices.
 */
export type DebtsOf = (reads: Rows, subjectIds: readonly string[]) => Promise<ReadonlyMap<string, Debt>>

/** Set once, in rooms.ts. */
const port: { debts: DebtsOf } = { debts: async () => new Map() }
export const provideDebts = (debts: DebtsOf): void => {
  port.debts = debts
}

/** Whether a rule is a percent of what is overdue. */
export const isOverOverdue = ({ basis }: Pick<DamagesRule, 'basis'>): boolean => basis === 'OVERDUE_PRINCIPAL'

export const askDebts: DebtsOf = (reads, subjectIds) => port.debts(reads, subjectIds)

export async function debtsOf(reads: Rows, findings: readonly Finding[]): Promise<ReadonlyMap<string, Debt>> {
  const subjects = new Set(findings.flatMap(({ obligation }) => obligation?.subjectId ?? []))
  return subjects.size === 0 ? new Map() : askDebts(reads, [...subjects])
}

/**
 * What a rule over the overdue principal comes to: of several debts of one root cause the dearest. Hours aren't counted of
 * money, whose funds are credited on a day, and a principal without its tax isn't what is overdue: counsel decides those.
 */
export function offerOfDebts(
  rule: DamagesRule,
  percentOfClause: string | null,
  cause: RootCause,
  findings: readonly Finding[],
  debts: ReadonlyMap<string, Debt>,
): Offer | null {
  const ratePercent = plain(rule.ratePercent ?? percentOfClause)
  if (ratePercent == null || !rule.taxInclusive || rule.mode === 'PER_STARTED_HOUR') return null
  const offers = findings.flatMap(finding => {
    const debt = debts.get(finding.obligation?.subjectId ?? '')
    return debt ? offerOf(rule, ratePercent, cause, finding, debt) : []
  })
  return offers.toSorted((a, b) => (a.amount === b.amount ? 0 : a.amount < b.amount ? 1 : -1))[0] ?? null
}

function offerOf(
  rule: DamagesRule,
  ratePercent: string,
  { agreement: { timeZone }, asOf }: RootCause,
  finding: Finding,
  debt: Debt,
): Offer {
  const { currency } = debt
  const [from, until] = [dueInstant(finding), by(asOf, madeGoodAt(finding) ?? endOf(debt))]
  const dueOn = civilDate(from, timeZone)
  const reductions = debt.reductions.map(({ at, ...each }) => ({ ...each, on: civilDate(at, timeZone) }))
  const terms = { ...debt, reductions, dueOn, ratePercent, allocation: rule.allocation }
  const { principal } = accrueOverdue(terms, dueOn)
  const once = rule.mode === 'ONE_OFF'
  const late = accrueOverdue(terms, civilDate(until ?? asOf, timeZone))
  return {
    ruleId: rule.id,
    currency,
    mode: rule.mode,
    ratePercent,
    units: String(once ? 1 : late.days),
    basisAmount: principal,
    amount: once ? percentOf({ minor: principal, currency }, ratePercent).minor : late.damages,
    cap: rule.capPercent == null ? null : percentOf({ minor: principal, currency }, rule.capPercent).minor,
    overdue: once ? null : toOverdue(late),
    accruesFrom: once ? null : from,
    accruedUntil: once ? null : until,
  }
}

/** A debt that was taken back as a whole ended then, though nobody paid it. */
const endOf = ({ principal, reductions }: Debt): Date | null =>
  reductions.find(({ amount, kind }) => kind === 'CREDIT_NOTE' && amount >= principal)?.at ?? null
