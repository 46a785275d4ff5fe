import { eachAlarm, type EventActor, type Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid } from '../platform/ids.js'
import { checkText, SYSTEM_ACTOR } from '../tenancy/index.js'
import { Agreement, AgreementSuspension, type SuspensionScope } from './agreement.js'
import { type AgreementTarget, findAgreement, record, versionHeldAt } from './agreement-finding.js'
import { cancelAmendment, EXPIRE_ALARM } from './agreement-taking-effect.js'
import { LockMode } from '@mikro-orm/postgresql'

/** Stops some scopes of an agreement in force. A scope that is stopped already stays as it is. */
export async function suspend(
  operation: Operation,
  input: AgreementTarget & { scopes: SuspensionScope[]; reason: string },
  actor: EventActor,
): Promise<Agreement> {
  const agreement = await findAgreement(operation, input)
  const open = await openSuspensions(operation, agreement)
  const now = await operation.now()
  agreement.suspend(now)
  const reason = checkText(input.reason, ['input', 'reason'], { max: 1000 })
  const scopes = requireScopes(input.scopes).filter(
    scope => !open.some(suspension => suspension.scope === scope),
  )
  for (const scope of scopes) {
    operation.em.create(AgreementSuspension, {
      tenantId: agreement.tenantId,
      id: newUuid(),
      customerId: agreement.customerId,
      agreementId: agreement.id,
      scope,
      reason,
      startedAt: now,
    })
  }
  if (scopes.length > 0) record(operation, agreement, actor, 'agreement.suspended', now, { scopes })
  return agreement
}

/** Starts suspended scopes again; the agreement is ACTIVE once none is left. */
export async function resume(
  operation: Operation,
  input: AgreementTarget & { scopes: SuspensionScope[] },
  actor: EventActor,
): Promise<Agreement> {
  const agreement = await findAgreement(operation, input)
  const open = await openSuspensions(operation, agreement)
  const now = await operation.now()
  const wanted = requireScopes(input.scopes)
  const ended = open.filter(suspension => wanted.includes(suspension.scope))
  for (const suspension of ended) suspension.endedAt = now
  agreement.resume(open.length - ended.length, now)
  if (ended.length > 0)
    record(operation, agreement, actor, 'agreement.resumed', now, { scopes: ended.map(each => each.scope) })
  return agreement
}

/** Ends an agreement before its time. The contract names no ground for it, so the reason is recorded as stated. */
export async function terminate(
  operation: Operation,
  input: AgreementTarget & { reason: string },
  actor: EventActor,
): Promise<Agreement> {
  const agreement = await findAgreement(operation, input)
  const reason = checkText(input.reason, ['input', 'reason'], { max: 1000 })
  const now = await operation.now()
  agreement.requireRunning(now)
  const version = await versionHeldAt(operation, agreement, now)
  agreement.terminate(Number(version.terms.confidentialityYears), now)
  agreement.terminationReason = reason
  await cancelAmendment(operation, agreement, now)
  await endSuspensions(operation, agreement, now)
  operation.clearAlarm(EXPIRE_ALARM, agreement.id)
  record(operation, agreement, actor, 'agreement.terminated', now, {})
  return agreement
}

/** The term is over: the agreement expires at the midnight that ends its last day. */
export const expireWhenDue = eachAlarm(async (operation, alarm) => {
  const agreement = await operation.em.findOne(
    Agreement,
    { tenantId: alarm.tenantId, id: alarm.subjectId },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  )
  const now = await operation.now()
  if (!agreement?.expire(now)) return
  await cancelAmendment(operation, agreement, now)
  await endSuspensions(operation, agreement, agreement.endsAt as Date)
  const at = { occurredAt: agreement.endsAt as Date, acceptedAt: now }
  record(operation, agreement, SYSTEM_ACTOR, 'agreement.expired', at, { endsOn: agreement.endsOn }, '1.3.1')
})

/** Whether a scope, or all, stood still at an instant, or at some instant of a span. */
export async function wasSuspended(
  operation: Operation,
  agreement: Agreement,
  scope: SuspensionScope,
  from: Date,
  until: Date = from,
): Promise<boolean> {
  const count = await operation.em.count(AgreementSuspension, {
    tenantId: agreement.tenantId,
    agreementId: agreement.id,
    scope: { $in: [scope, 'ALL'] },
    startedAt: { $lte: until },
    $or: [{ endedAt: null }, { endedAt: { $gt: from } }],
  })
  return count > 0
}

/** From one instant to another; open when it has yet to end. */
export interface Span {
  from: Date
  until: Date | null
}

/** When a scope, or all, stood still since an instant. Spans may overlap. */
export async function suspensionsSince(
  operation: Operation,
  agreement: Agreement,
  scope: SuspensionScope,
  since: Date,
): Promise<Span[]> {
  const found = await operation.em.find(AgreementSuspension, {
    tenantId: agreement.tenantId,
    agreementId: agreement.id,
    scope: { $in: [scope, 'ALL'] },
    $or: [{ endedAt: null }, { endedAt: { $gt: since } }],
  })
  return found.map(({ startedAt, endedAt }) => ({ from: startedAt, until: endedAt ?? null }))
}

function requireScopes(scopes: readonly SuspensionScope[]): SuspensionScope[] {
  if (scopes.length === 0) throw refuse('REQUIRED', { field: ['input', 'scopes'] })
  return [...new Set(scopes)]
}

async function openSuspensions(operation: Operation, agreement: Agreement): Promise<AgreementSuspension[]> {
  return operation.em.find(AgreementSuspension, {
    tenantId: agreement.tenantId,
    agreementId: agreement.id,
    endedAt: null,
  })
}

async function endSuspensions(operation: Operation, agreement: Agreement, at: Date): Promise<void> {
  for (const suspension of await openSuspensions(operation, agreement)) suspension.endedAt = at
}
