import { FlushMode } from '@mikro-orm/postgresql'
import { Agreement } from '../agreements/index.js'
import { Obligation } from '../obligations/index.js'
import type { Operation } from '../persistence/index.js'
import { addYears, civilDate } from '../platform/time.js'
import type { Assessment } from './assessment.js'
import { Breach, STANDING } from './breach.js'

/** What of a breach its price depends on. */
export interface Finding {
  breach: Pick<Breach, 'dutyClause' | 'occurredAt' | 'number' | 'state' | 'versionId' | 'curedAt'>
  /** Null where the duty has no clock. */
  obligation: Obligation | null
}

/** A root cause: its price, and all its findings. */
export interface RootCause {
  agreement: Agreement
  assessment: Assessment
  findings: Finding[]
  /** It had a price before this change. */
  known: boolean
  /** The instant up to which it accrues in this change: a price that nothing happened to stays as of when it was made. */
  asOf: Date
}

/** Findings that still cost something, in the order in which the cap is taken. */
export function standing({ findings }: RootCause): Finding[] {
  return findings
    .filter(({ breach }) => (STANDING as readonly string[]).includes(breach.state))
    .sort(
      (a, b) =>
        a.breach.occurredAt.getTime() - b.breach.occurredAt.getTime() || a.breach.number - b.breach.number,
    )
}

/** In the order in which the cap is taken: of `occurredAt`, then of the breach number (domain.md, Liquidated damages). */
export function inOrder(causes: readonly RootCause[]): RootCause[] {
  const places = new Map(
    causes.map(cause => [cause, Math.min(...cause.findings.map(({ breach }) => breach.number))]),
  )
  return causes.toSorted(
    (a, b) =>
      a.assessment.occurredAt.getTime() - b.assessment.occurredAt.getTime() ||
      (places.get(a) as number) - (places.get(b) as number),
  )
}

/** It belongs to the agreement year and the version of its earliest finding. */
export function settleHead(cause: RootCause, now: Date): void {
  const [first] = standing(cause)
  if (!first) return
  const { agreement, assessment } = cause
  const { occurredAt, versionId } = first.breach
  if (assessment.occurredAt.getTime() === occurredAt.getTime() && assessment.versionId === versionId) return
  const yearStartsOn = agreementYearOf(agreement, occurredAt)
  assessment.moveTo({ occurredAt, versionId, yearStartsOn }, now)
}

/** First day of the agreement year an instant falls into: `effectiveOn`, or the last anniversary of it. */
export function agreementYearOf(agreement: Pick<Agreement, 'timeZone' | 'effectiveOn'>, at: Date): string {
  const start = agreement.effectiveOn ?? civilDate(at, agreement.timeZone)
  const day = civilDate(at, agreement.timeZone)
  let years = 0
  while (addYears(start, years + 1) <= day) years += 1
  return addYears(start, years)
}

/** An instant at which the finding's duty wasn't late yet, the last of them. */
export function dueInstant({ breach, obligation }: Finding): Date {
  // Days are stored as the midnight that ends the last one, which is of the next day.
  const isDeadline = obligation !== null && obligation.nature === 'DEADLINE'
  const inDays = isDeadline && obligation.unit !== 'HOURS' && obligation.unit !== 'SLOT'
  return inDays ? new Date(breach.occurredAt.getTime() - 1) : breach.occurredAt
}

/** When it was made good: by what stopped its clock, or as somebody said. Null while it goes on. */
export const madeGoodAt = ({ breach, obligation }: Finding): Date | null =>
  obligation?.stoppedAt ?? breach.curedAt ?? null

/** Something happened to it now: it accrues until now, unless both sides have agreed to what it had come to when they did. */
export const countedUpTo = (cause: RootCause, now: Date): RootCause => {
  const { state, asOf } = cause.assessment
  return { ...cause, asOf: state === 'AGREED' || state === 'SETTLED' ? asOf : now }
}

/** A price that stays as of some instant knows of nothing that came after it. */
export const by = (asOf: Date, instant: Date | null): Date | null =>
  instant !== null && instant <= asOf ? instant : null

/** What was changed so far is written with the price that comes of it, as one revision, and not before the next question. */
export const UNFLUSHED = { flushMode: FlushMode.COMMIT } as const

/** Root causes of prices that are there, with everything that was found of them. */
export async function readRootCauses(
  operation: Operation,
  assessments: readonly Assessment[],
): Promise<RootCause[]> {
  if (assessments.length === 0) return []
  const { tenantId } = operation.session
  const within = (ids: readonly string[]) => ({ tenantId, id: { $in: [...new Set(ids)] } })
  const breaches = await operation.em.find(
    Breach,
    { tenantId, assessmentId: { $in: assessments.map(({ id }) => id) } },
    UNFLUSHED,
  )
  const agreements = await operation.em.find(Agreement, within(assessments.map(each => each.agreementId)))
  const clocked = breaches.flatMap(each => each.obligationId ?? [])
  const obligations = clocked.length > 0 ? await operation.em.find(Obligation, within(clocked)) : []
  const agreementsById = new Map(agreements.map(each => [each.id, each]))
  const clocks = new Map(obligations.map(each => [each.id, each]))
  const found = Map.groupBy(breaches, each => each.assessmentId)
  return assessments.map(assessment => ({
    agreement: agreementsById.get(assessment.agreementId) as Agreement,
    assessment,
    findings: (found.get(assessment.id) ?? []).map(breach => ({
      breach,
      obligation: clocks.get(breach.obligationId ?? '') ?? null,
    })),
    known: true,
    asOf: assessment.asOf,
  }))
}
