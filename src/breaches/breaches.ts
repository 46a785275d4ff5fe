import { Agreement, nextNumber } from '../agreements/index.js'
import { Obligation, OBLIGATION_ID } from '../obligations/index.js'
import type { NewEvent, Operation, Reaction } from '../persistence/index.js'
import { newUuid } from '../platform/ids.js'
import { formatMinor } from '../platform/money.js'
import { SYSTEM_ACTOR } from '../tenancy/index.js'
import { Assessment } from './assessment.js'
import { Breach, liabilityOf } from './breach.js'
import { agreementYearOf, priceRootCause } from './damages.js'

export const BREACH_ID = 'bre'
export const ASSESSMENT_ID = 'asm'

/**
 * A missed obligation becomes a breach, in the transaction that found it, and its root cause gets a price. Its number is
 * taken first: that row stays locked, so that one agreement's breaches, and what each takes from the year's cap, wait for
 * each other. The agreement itself isn't locked: whoever suspends it holds it and then waits for the duty locked here.
 */
export const breachOfMissed: Reaction = async (operation, event) => {
  if (event.subject.kind !== OBLIGATION_ID) return
  const tenantId = operation.session.tenantId
  const obligation = await operation.em.findOneOrFail(Obligation, { tenantId, id: event.subject.id })
  const where = { tenantId, id: obligation.agreementId }
  const agreement = await operation.em.findOneOrFail(Agreement, where)
  const number = await nextNumber(operation, agreement, 'BREACH')
  const now = await operation.now()
  const { assessment, known } = await assessmentOf(operation, agreement, obligation, now)
  const earlier = known ? await operation.em.find(Breach, { tenantId, assessmentId: assessment.id }) : []
  const clauses = [...earlier.map(each => each.dutyClause), obligation.clause]
  const changed = await priceRootCause(operation, agreement, assessment, clauses, now)
  await operation.em.flush()
  const breach = operation.em.create(Breach, {
    tenantId,
    id: newUuid(),
    customerId: obligation.customerId,
    agreementId: agreement.id,
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
  })
  await operation.em.flush()
  record(operation, breach, assessment, now)
  if (known && changed) recordRevision(operation, assessment, now)
}

/** One assessment per root cause: the second finding joins the first one's. */
async function assessmentOf(
  operation: Operation,
  agreement: Agreement,
  obligation: Obligation,
  now: Date,
): Promise<{ assessment: Assessment; known: boolean }> {
  const where = { tenantId: agreement.tenantId, agreementId: agreement.id, rootCauseId: obligation.subjectId }
  const known = await operation.em.findOne(Assessment, where)
  if (known) return { assessment: known, known: true }
  const assessment = operation.em.create(Assessment, {
    ...where,
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
  })
  return { assessment, known: false }
}

function record(operation: Operation, breach: Breach, assessment: Assessment, now: Date): void {
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
    subject: { kind: BREACH_ID, id: breach.id, revision: () => breach.revision },
    data: {
      number: breach.number,
      dutyClause: breach.dutyClause,
      liabilityClause: breach.liabilityClause,
      owedBy: breach.owedBy,
      obligationId: breach.obligationId,
      assessmentId: assessment.id,
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
