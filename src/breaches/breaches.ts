import { Agreement, nextNumbers } from '../agreements/index.js'
import { type Obligation, obligationsOf } from '../obligations/index.js'
import { insertRows, type NewEvent, type Operation, type Reaction } from '../persistence/index.js'
import { newUuid } from '../platform/ids.js'
import { formatMinor } from '../platform/money.js'
import { SYSTEM_ACTOR } from '../tenancy/index.js'
import { Assessment } from './assessment.js'
import { Breach, liabilityOf } from './breach.js'
import { agreementYearOf, priceRootCauses, type RootCause } from './damages.js'

export const BREACH_ID = 'bre'
export const ASSESSMENT_ID = 'asm'

/**
 * Missed obligations become breaches, in the transaction that found them, and their root causes get a price. Numbers are
 * taken first: those rows stay locked, so that one agreement's breaches, and what each takes from the year's cap, wait for
 * each other. The agreements aren't locked: whoever suspends one holds it and then waits for the duties locked here.
 */
export const breachesOfMissed: Reaction = async (operation, events) => {
  const missed = (await obligationsOf(operation, events)).sort(earlierFirst)
  const agreements = await agreementsOf(operation, missed)
  const byAgreement = Map.groupBy(missed, each => agreements.get(each.agreementId) as Agreement)
  const wanted = [...byAgreement].map(([agreement, { length }]) => ({ agreement, count: length }))
  const numbers = await nextNumbers(operation, wanted, 'BREACH')
  const now = await operation.now()
  const causes = await rootCausesOf(operation, missed, agreements, now)
  const changed = await priceRootCauses(operation, [...new Set(causes.values())], now)
  await operation.em.flush()
  const fresh = [...new Set(causes.values())].flatMap(({ assessment, known }) => (known ? [] : assessment))
  await insertRows(operation, Assessment, fresh)
  const breaches = missed.map(obligation => {
    const number = numbers.get(obligation.agreementId) as number
    numbers.set(obligation.agreementId, number + 1)
    return breachOf(obligation, (causes.get(obligation) as Cause).assessment, number, now)
  })
  await insertRows(operation, Breach, breaches)
  for (const breach of breaches) record(operation, breach, now)
  for (const { assessment, known } of new Set(causes.values()))
    if (known && changed.has(assessment)) recordRevision(operation, assessment, now)
}

/** In the order in which the cap is taken; of one instant the duty that began earlier. */
const earlierFirst = (a: Obligation, b: Obligation): number =>
  a.dueAt.getTime() - b.dueAt.getTime() || (a.id < b.id ? -1 : 1)

async function agreementsOf(
  operation: Operation,
  obligations: readonly Obligation[],
): Promise<Map<string, Agreement>> {
  const ids = [...new Set(obligations.map(each => each.agreementId))]
  const { tenantId } = operation.session
  const agreements = await operation.em.find(Agreement, { tenantId, id: { $in: ids } })
  return new Map(agreements.map(agreement => [agreement.id, agreement]))
}

interface Cause extends RootCause {
  dutyClauses: Set<string>
  /** It had findings before this change. */
  known: boolean
}

/** One assessment per root cause: the second finding joins the first one's. */
async function rootCausesOf(
  operation: Operation,
  missed: readonly Obligation[],
  agreements: ReadonlyMap<string, Agreement>,
  now: Date,
): Promise<Map<Obligation, Cause>> {
  const causes = await knownCauses(operation, missed, agreements)
  const found = new Map<Obligation, Cause>()
  for (const obligation of missed) {
    const key = `${obligation.agreementId} ${obligation.subjectId}`
    const agreement = agreements.get(obligation.agreementId) as Agreement
    const cause = causes.get(key) ?? {
      agreement,
      assessment: newAssessment(operation, agreement, obligation, now),
      dutyClauses: new Set(),
      known: false,
    }
    cause.dutyClauses.add(obligation.clause)
    causes.set(key, cause)
    found.set(obligation, cause)
  }
  return found
}

async function knownCauses(
  operation: Operation,
  missed: readonly Obligation[],
  agreements: ReadonlyMap<string, Agreement>,
): Promise<Map<string, Cause>> {
  const { tenantId } = operation.session
  const assessments = await operation.em.find(Assessment, {
    tenantId,
    agreementId: { $in: [...agreements.keys()] },
    rootCauseId: { $in: [...new Set(missed.map(each => each.subjectId))] },
  })
  if (assessments.length === 0) return new Map()
  const ids = assessments.map(({ id }) => id)
  const breaches = await operation.em.find(Breach, { tenantId, assessmentId: { $in: ids } })
  const clauses = Map.groupBy(breaches, breach => breach.assessmentId)
  return new Map(
    assessments.map(assessment => [
      `${assessment.agreementId} ${assessment.rootCauseId}`,
      {
        agreement: agreements.get(assessment.agreementId) as Agreement,
        assessment,
        dutyClauses: new Set(clauses.get(assessment.id)?.map(breach => breach.dutyClause)),
        known: true,
      },
    ]),
  )
}

function newAssessment(
  operation: Operation,
  agreement: Agreement,
  obligation: Obligation,
  now: Date,
): Assessment {
  const data = {
    tenantId: agreement.tenantId,
    agreementId: agreement.id,
    rootCauseId: obligation.subjectId,
    id: newUuid(),
    customerId: obligation.customerId,
    versionId: obligation.versionId,
    rootCauseKind: obligation.subjectKind,
    owedBy: obligation.owedBy,
    state: 'NEEDS_LEGAL_DECISION',
    occurredAt: obligation.dueAt,
    yearStartsOn: agreementYearOf(agreement, obligation.dueAt),
    asOf: now,
    createdAt: now,
    updatedAt: now,
  } as const
  return operation.em.create(Assessment, data, { persist: false })
}

function breachOf(obligation: Obligation, assessment: Assessment, number: number, now: Date) {
  return {
    tenantId: obligation.tenantId,
    id: newUuid(),
    customerId: obligation.customerId,
    agreementId: obligation.agreementId,
    versionId: obligation.versionId,
    obligationId: obligation.id,
    assessmentId: assessment.id,
    number,
    kind: 'MISSED',
    state: 'DETECTED',
    owedBy: obligation.owedBy,
    dutyClause: obligation.clause,
    liabilityClause: liabilityOf(obligation.owedBy, obligation.clause),
    occurredAt: obligation.dueAt,
    detectedAt: now,
    createdAt: now,
    updatedAt: now,
  } as const satisfies Partial<Breach>
}
type NewBreach = ReturnType<typeof breachOf>

function record(operation: Operation, breach: NewBreach, now: Date): void {
  const common = {
    category: 'BREACH',
    customerId: breach.customerId,
    agreementId: breach.agreementId,
    clause: breach.dutyClause,
    actor: SYSTEM_ACTOR,
    occurredAt: breach.occurredAt,
    acceptedAt: now,
  } satisfies Partial<NewEvent>
  operation.record({
    ...common,
    type: 'breach.detected',
    subject: { kind: BREACH_ID, id: breach.id, revision: () => 1 },
    data: {
      number: breach.number,
      dutyClause: breach.dutyClause,
      liabilityClause: breach.liabilityClause,
      owedBy: breach.owedBy,
      obligationId: breach.obligationId,
      assessmentId: breach.assessmentId,
    },
  })
}

/** The price of a root cause that was known before is another one: whoever books it books the change. */
function recordRevision(operation: Operation, assessment: Assessment, now: Date): void {
  const { currency } = assessment
  const money = (minor: bigint | null | undefined): string | null =>
    minor == null || currency == null ? null : formatMinor({ minor, currency })
  operation.record({
    type: 'assessment.revised',
    category: 'BREACH',
    subject: { kind: ASSESSMENT_ID, id: assessment.id, revision: () => assessment.revision },
    customerId: assessment.customerId,
    agreementId: assessment.agreementId,
    clause: '5.3.1',
    actor: SYSTEM_ACTOR,
    occurredAt: now,
    acceptedAt: now,
    data: {
      state: assessment.state,
      total: money(assessment.total),
      change: money(assessment.change),
      currency: currency ?? null,
    },
  })
}
