import { Agreement, nextNumbers } from '../agreements/index.js'
import { type Obligation, obligationsOf } from '../obligations/index.js'
import {
  type EventActor,
  insertRows,
  type NewEvent,
  type Operation,
  type Reaction,
} from '../persistence/index.js'
import { newUuid } from '../platform/ids.js'
import { SYSTEM_ACTOR } from '../tenancy/index.js'
import { Assessment } from './assessment.js'
import { Breach, BREACH_ID, liabilityOf } from './breach.js'
import { type Claim, findMissed, sideOfActor } from './claim.js'
import { record } from './claims.js'
import { isJudged } from './judged.js'
import { reprice } from './pricing.js'
import { agreementYearOf, readRootCauses, type RootCause } from './root-cause.js'

/**
 * Missed obligations become breaches, in the transaction that found them, and their root causes get a price. Numbers are
 * taken first: those rows stay locked, so that one agreement's breaches, and what each takes from the year's cap, wait for
 * each other. The agreements aren't locked: whoever suspends one holds it and then waits for the duties locked here.
 */
export const breachesOfMissed: Reaction = async (operation, events) => {
  const missed = await newlyMissed(operation, await missedBy(operation, events))
  if (missed.length === 0) return
  const agreements = await agreementsOf(operation, missed)
  const byAgreement = Map.groupBy(missed, each => agreements.get(each.obligation.agreementId) as Agreement)
  const wanted = [...byAgreement].map(([agreement, { length }]) => ({ agreement, count: length }))
  const numbers = await nextNumbers(operation, wanted, 'BREACH')
  const now = await operation.now()
  const causes = await causesOf(operation, missed, agreements, now)
  const breaches = missed.map(miss => {
    const { obligation } = miss
    const number = numbers.get(obligation.agreementId) as number
    numbers.set(obligation.agreementId, number + 1)
    const cause = causes.get(miss) as RootCause
    const breach = breachOf(miss, cause.assessment, number, now)
    cause.findings.push({ breach: { ...breach, curedAt: null }, obligation })
    return breach
  })
  await reprice(operation, [...new Set(causes.values())], now, SYSTEM_ACTOR)
  await insertRows(operation, Breach, breaches)
  for (const breach of breaches) recordDetected(operation, breach, SYSTEM_ACTOR, now)
}

/**
 * Of misses those that nobody had found yet. One that was found, withdrawn, and turns out to be one after all (what had met
 * its duty was undone) is the same finding, and stands again; one that was decided to be none, or let go, stays so. One
 * that stands can't be found again: a second one runs into the breach's key.
 */
async function newlyMissed(operation: Operation, missed: readonly Miss[]): Promise<Miss[]> {
  const { tenantId } = operation.session
  const found = await operation.run<{ obligationId: string }>(
    `select obligation_id as "obligationId" from breaches
     where tenant_id = $1 and obligation_id = any ($2::uuid[]) and kind = 'MISSED'
       and state in ('WITHDRAWN', 'WAIVED', 'REJECTED')`,
    [tenantId, missed.map(({ obligation }) => obligation.id)],
  )
  const known = new Set(found.map(({ obligationId }) => obligationId))
  for (const miss of missed) if (known.has(miss.obligation.id)) await standAgain(operation, miss)
  return missed.filter(({ obligation }) => !known.has(obligation.id))
}

async function standAgain(operation: Operation, { obligation, occurredAt }: Miss): Promise<void> {
  const { breach, cause, now } = (await findMissed(operation, obligation)) as Claim
  breach.judge(occurredAt, now)
  await reprice(operation, [cause], now, SYSTEM_ACTOR)
  const by = { side: sideOfActor(SYSTEM_ACTOR), actor: SYSTEM_ACTOR }
  record(operation, breach, 'breach.revised', now, by)
}

/** A deadline is missed at its due instant, a forbearance when it was broken. */
interface Miss {
  obligation: Obligation
  occurredAt: Date
}

/** In the order in which the cap is taken; of one instant the duty that began earlier. */
async function missedBy(operation: Operation, events: readonly NewEvent[]): Promise<Miss[]> {
  const happened = new Map(events.map(({ subject, occurredAt }) => [subject.id, occurredAt]))
  const obligations = await obligationsOf(operation, events)
  return obligations
    .filter(({ id }) => !isJudged(operation, id))
    .map(obligation => ({ obligation, occurredAt: happened.get(obligation.id) as Date }))
    .sort(
      (a, b) =>
        a.occurredAt.getTime() - b.occurredAt.getTime() || (a.obligation.id < b.obligation.id ? -1 : 1),
    )
}

async function agreementsOf(operation: Operation, missed: readonly Miss[]): Promise<Map<string, Agreement>> {
  const ids = [...new Set(missed.map(({ obligation }) => obligation.agreementId))]
  const { tenantId } = operation.session
  const agreements = await operation.em.find(Agreement, { tenantId, id: { $in: ids } })
  return new Map(agreements.map(agreement => [agreement.id, agreement]))
}

/** One assessment per root cause: the second finding joins the first one's. */
async function causesOf(
  operation: Operation,
  missed: readonly Miss[],
  agreements: ReadonlyMap<string, Agreement>,
  now: Date,
): Promise<Map<Miss, RootCause>> {
  const causes = await knownCauses(operation, missed, now)
  const found = new Map<Miss, RootCause>()
  for (const miss of missed) {
    const { obligation } = miss
    const key = keyOf(obligation.agreementId, obligation.subjectId)
    const agreement = agreements.get(obligation.agreementId) as Agreement
    const cause = causes.get(key) ?? {
      agreement,
      assessment: newAssessment(operation, agreement, miss, now),
      findings: [],
      known: false,
      asOf: now,
    }
    causes.set(key, cause)
    found.set(miss, cause)
  }
  return found
}

/** By what they come from; where that was linked to another root cause, the other one. */
async function knownCauses(
  operation: Operation,
  missed: readonly Miss[],
  now: Date,
): Promise<Map<string, RootCause>> {
  const { tenantId } = operation.session
  const found = await operation.em.find(Assessment, {
    tenantId,
    agreementId: { $in: [...new Set(missed.map(each => each.obligation.agreementId))] },
    rootCauseId: { $in: [...new Set(missed.map(each => each.obligation.subjectId))] },
  })
  if (found.length === 0) return new Map()
  const counted = await countedUnder(operation, found)
  const causes = await readRootCauses(operation, [...new Set(counted.values())])
  const byAssessment = new Map(causes.map(cause => [cause.assessment, { ...cause, asOf: now }]))
  return new Map(
    [...counted].map(([{ agreementId, rootCauseId }, assessment]) => [
      keyOf(agreementId, rootCauseId),
      byAssessment.get(assessment) as RootCause,
    ]),
  )
}

/** Where the findings of some root causes count: under their own, or the one it was linked to, or the one that was. */
async function countedUnder(
  operation: Operation,
  assessments: readonly Assessment[],
): Promise<Map<Assessment, Assessment>> {
  const { tenantId } = operation.session
  const counted = new Map(assessments.map(each => [each, each]))
  for (;;) {
    const linked = [...counted.values()].flatMap(each => each.linkedTo ?? [])
    if (linked.length === 0) return counted
    const others = await operation.em.find(Assessment, { tenantId, id: { $in: linked } })
    const byId = new Map(others.map(each => [each.id, each]))
    for (const [each, under] of counted) counted.set(each, byId.get(under.linkedTo ?? '') ?? under)
  }
}

const keyOf = (agreementId: string, rootCauseId: string): string => `${agreementId} ${rootCauseId}`

function newAssessment(
  operation: Operation,
  agreement: Agreement,
  { obligation, occurredAt }: Miss,
  now: Date,
): Assessment {
  const { customerId, versionId, subjectKind, subjectId, owedBy } = obligation
  return assessmentFor(operation, agreement, {
    customerId,
    versionId,
    owedBy,
    occurredAt,
    rootCauseKind: subjectKind,
    rootCauseId: subjectId,
    now,
  })
}

/** Not yet written: a new price is inserted with all others that are new. */
export function assessmentFor(
  operation: Operation,
  agreement: Agreement,
  {
    now,
    ...given
  }: Pick<
    Assessment,
    'customerId' | 'versionId' | 'owedBy' | 'occurredAt' | 'rootCauseKind' | 'rootCauseId'
  > & { now: Date },
): Assessment {
  const data = {
    ...given,
    tenantId: agreement.tenantId,
    id: newUuid(),
    agreementId: agreement.id,
    state: 'NEEDS_LEGAL_DECISION',
    yearStartsOn: agreementYearOf(agreement, given.occurredAt),
    fixed: false,
    asOf: now,
    createdAt: now,
    updatedAt: now,
    revision: 1,
  } as const
  return operation.em.create(Assessment, data, { persist: false })
}

function breachOf({ obligation, occurredAt }: Miss, assessment: Assessment, number: number, now: Date) {
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
    occurredAt,
    detectedAt: now,
    createdAt: now,
    updatedAt: now,
  } as const satisfies Partial<Breach>
}

/** A breach was found: by the sweep, or by somebody who reports it. */
export function recordDetected(
  operation: Operation,
  breach: Pick<
    Breach,
    | 'id'
    | 'customerId'
    | 'agreementId'
    | 'dutyClause'
    | 'liabilityClause'
    | 'occurredAt'
    | 'number'
    | 'owedBy'
    | 'obligationId'
    | 'assessmentId'
  >,
  actor: EventActor,
  now: Date,
): void {
  const { number, dutyClause, liabilityClause, owedBy, obligationId, assessmentId } = breach
  operation.record({
    type: 'breach.detected',
    category: 'BREACH',
    subject: { kind: BREACH_ID, id: breach.id, revision: () => 1 },
    customerId: breach.customerId,
    agreementId: breach.agreementId,
    clause: dutyClause,
    actor,
    occurredAt: breach.occurredAt,
    acceptedAt: now,
    data: { number, dutyClause, liabilityClause, owedBy, obligationId, assessmentId },
  })
}
