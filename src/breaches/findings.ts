import { Agreement, AGREEMENT_ID, nextNumbers, versionInForceAt } from '../agreements/index.js'
import { breakObligation, lockForbearance, type Party } from '../obligations/index.js'
import { insertRows, type Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid, uuidOf } from '../platform/ids.js'
import { checkText } from '../tenancy/index.js'
import { boundBy, Breach, liabilityOf } from './breach.js'
import { BREACH_ID } from './breach.js'
import { assessmentFor, recordDetected } from './breaches.js'
import { markJudged } from './judged.js'
import { type Claimant, findClaim, keepAct, otherSide } from './claim.js'
import { pastOf } from './claims.js'
import { reprice } from './pricing.js'
import type { RootCause } from './root-cause.js'

export interface FindingInput {
  agreementId: string
  dutyClause: string
  owedBy?: Party | null
  occurredAt: Date
  description: string
  evidence: string
  causeBreachId?: string | null
}

/**
 * A duty that no deadline tells of was found broken: secrecy, scope, release notes. Either side reports what the other broke,
 * or what it broke itself. It's one finding of a root cause of its own, or of one that was found before; where a clock
 * forbids what happened, that clock is missed by it.
 */
export async function reportFinding(
  operation: Operation,
  input: FindingInput,
  { side, actor }: Claimant,
): Promise<{ breachId: string; assessmentId: string }> {
  const agreement = await findAgreementOf(operation, input.agreementId)
  const description = checkText(input.description, ['input', 'description'], { max: 2000 })
  const evidence = checkText(input.evidence, ['input', 'evidence'], { max: 2000 })
  const owedBy = owerOf(input, side)
  // Before the line of the agreement's breaches, as everywhere: whoever judges a clock holds it and then waits for its turn there.
  const broken = { agreementId: agreement.id, clause: input.dutyClause, owedBy, at: input.occurredAt }
  const duty = await lockForbearance(operation, broken)
  const [number] = (
    await nextNumbers(operation, [{ agreement, count: 1 }], 'BREACH')
  ).values() as Iterable<number> as [number]
  const now = await operation.now()
  const occurredAt = pastOf(input.occurredAt, now, 'occurredAt')
  const versionId = await versionWithDuty(operation, agreement, input.dutyClause, occurredAt)
  const id = newUuid()
  const cause =
    input.causeBreachId != null
      ? await causeOfBreach(operation, agreement, input.causeBreachId, owedBy)
      : newCause(operation, agreement, { versionId, owedBy, occurredAt, rootCauseId: id, now })
  const breach = {
    tenantId: agreement.tenantId,
    id,
    customerId: agreement.customerId,
    agreementId: agreement.id,
    versionId,
    obligationId: duty?.id ?? null,
    assessmentId: cause.assessment.id,
    number,
    owedBy,
    kind: 'FOUND',
    state: 'DETECTED',
    dutyClause: input.dutyClause,
    liabilityClause: liabilityOf(owedBy, input.dutyClause),
    occurredAt,
    description,
    evidence,
    detectedAt: now,
    createdAt: now,
    updatedAt: now,
  } as const satisfies Partial<Breach>
  cause.findings.push({ breach: { ...breach, curedAt: null }, obligation: duty })
  await reprice(operation, [cause], now, actor)
  await insertRows(operation, Breach, [breach])
  const act = { kind: 'REPORTED', side, text: evidence, occurredAt } as const
  keepAct(operation, cause.assessment, breach, act, now)
  if (duty) {
    // Its clock tells of the miss that this finding is.
    markJudged(operation, duty.id)
    await breakObligation(operation, duty, { occurredAt, acceptedAt: now }, actor, { id, evidence })
  }
  recordDetected(operation, breach, actor, now)
  return { breachId: id, assessmentId: cause.assessment.id }
}

/** Whose duty it is; of those that both sides have (4.1.1) the other side's, unless the finding says whose. */
function owerOf({ dutyClause, owedBy }: FindingInput, side: Party): Party {
  const bound = boundBy(dutyClause)
  if (bound && owedBy && owedBy !== bound)
    throw refuse('INVALID', { field: ['input', 'owedBy'], messageKey: 'OTHERS_DUTY', clause: dutyClause })
  return bound ?? owedBy ?? otherSide(side)
}

async function findAgreementOf(operation: Operation, agreementId: string): Promise<Agreement> {
  const id = uuidOf(AGREEMENT_ID, agreementId)
  const { tenantId } = operation.session
  const agreement = id && (await operation.em.findOne(Agreement, { tenantId, id }))
  if (!agreement) throw refuse('NOT_FOUND', { field: ['input', 'agreementId'] })
  return agreement
}

/** The version in force when it happened has the duty, as a clause or among those that a rule prices. */
async function versionWithDuty(
  operation: Operation,
  agreement: Agreement,
  dutyClause: string,
  at: Date,
): Promise<string> {
  const version = await versionInForceAt(operation, agreement, at)
  if (!version)
    throw refuse('INVALID', {
      field: ['input', 'occurredAt'],
      messageKey: 'BEFORE_IN_FORCE',
      clause: '1.3.1',
    })
  const [found] = await operation.run(
    `select 1 from agreement_clauses where tenant_id = $1 and version_id = $2 and number = $3
     union all select 1 from damages_rules where tenant_id = $1 and version_id = $2 and duty_clauses ? $3 limit 1`,
    [version.tenantId, version.id, dutyClause],
  )
  if (!found) throw refuse('NOT_FOUND', { field: ['input', 'dutyClause'] })
  return version.id
}

async function causeOfBreach(
  operation: Operation,
  agreement: Agreement,
  breachId: string,
  owedBy: Party,
): Promise<RootCause> {
  const field = ['input', 'causeBreachId']
  const { breach, cause } = await findClaim(operation, { breachId }, 'causeBreachId')
  if (breach.agreementId !== agreement.id) throw refuse('NOT_FOUND', { field })
  if (breach.owedBy !== owedBy) throw refuse('INVALID', { field })
  return cause
}

/** Nothing else is known that it comes from: the finding itself stands for its root cause. */
function newCause(
  operation: Operation,
  agreement: Agreement,
  given: { versionId: string; owedBy: Party; occurredAt: Date; rootCauseId: string; now: Date },
): RootCause {
  const about = { customerId: agreement.customerId, rootCauseKind: BREACH_ID }
  const assessment = assessmentFor(operation, agreement, { ...given, ...about })
  return { agreement, assessment, findings: [], known: false, asOf: given.now }
}
