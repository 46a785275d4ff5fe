import { LockMode } from '@mikro-orm/postgresql'
import { Agreement, AgreementVersion, wasSuspended } from '../agreements/index.js'
import {
  cancelObligation,
  lockObligation,
  Obligation,
  OBLIGATION_ID,
  startObligation,
} from '../obligations/index.js'
import type { AlarmHandler, Operation, Reaction } from '../persistence/index.js'
import { newUuid } from '../platform/ids.js'
import { SYSTEM_ACTOR } from '../tenancy/index.js'
import { BackupPolicy, BackupSlot } from './backup.js'

export const SLOT_ID = 'bsl'
export const SLOT_ALARM = 'backup.slot'
/** What a slot's duty is called among obligations. */
export const BACKUP_DUTY = 'BACKUP'

/**
 * A slot begins. It's owed unless its scope stood still at that instant, and the next one is set in any case: counted
 * from this slot and not from now, so that a clock that rings late leaves none out.
 */
export const openSlotWhenDue: AlarmHandler = async (operation, alarm) => {
  const policy = await operation.em.findOne(
    BackupPolicy,
    { tenantId: alarm.tenantId, id: alarm.subjectId },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  )
  if (!policy || policy.endedAt) return
  const agreement = await operation.em.findOneOrFail(
    Agreement,
    { tenantId: alarm.tenantId, id: policy.agreementId },
    { lockMode: LockMode.PESSIMISTIC_READ },
  )
  if (agreement.state !== 'ACTIVE' && agreement.state !== 'SUSPENDED') return
  await openSlot(operation, policy, agreement, alarm.dueAt)
  operation.setAlarm(SLOT_ALARM, policy.id, policy.slotAfter(alarm.dueAt))
}

/** The grace ended without a verified run: the slot is missed, and the journal says so. */
export const missSlot: Reaction = async (operation, event) => {
  if (event.subject.kind !== OBLIGATION_ID) return
  const obligation = await operation.em.findOneOrFail(Obligation, {
    tenantId: operation.session.tenantId,
    id: event.subject.id,
  })
  if (obligation.subjectKind !== SLOT_ID) return
  const slot = await operation.em.findOneOrFail(BackupSlot, {
    tenantId: obligation.tenantId,
    id: obligation.subjectId,
  })
  slot.become('MISSED', event.acceptedAt)
  operation.record({
    type: 'backup.missed',
    category: 'BACKUP_LOG',
    subject: { kind: SLOT_ID, id: slot.id, revision: () => slot.revision },
    customerId: slot.customerId,
    agreementId: slot.agreementId,
    clause: '8.3.1',
    actor: SYSTEM_ACTOR,
    occurredAt: slot.dueAt,
    acceptedAt: event.acceptedAt,
    data: { startsAt: slot.startsAt, obligationId: obligation.id },
  })
}

/** A suspension of backups, or an end of the agreement: what is open now is skipped, and nothing is owed for it. */
export const skipOpenSlots: Reaction = async (operation, event) => {
  const scopes = event.data?.scopes as string[] | undefined
  if (event.type === 'agreement.suspended' && !scopes?.some(scope => scope === 'BACKUP' || scope === 'ALL'))
    return
  const where = {
    tenantId: operation.session.tenantId,
    agreementId: event.subject.id,
    state: 'OPEN',
  } as const
  for (const slot of await operation.em.find(BackupSlot, where)) {
    const obligation = await lockObligation(operation, slot.id, BACKUP_DUTY)
    if (obligation?.state !== 'RUNNING') continue
    slot.become('SKIPPED', event.acceptedAt)
    await cancelObligation(operation, obligation, event.acceptedAt, event.actor)
  }
}

async function openSlot(
  operation: Operation,
  policy: BackupPolicy,
  agreement: Agreement,
  startsAt: Date,
): Promise<void> {
  const { tenantId, customerId, agreementId } = policy
  const dueAt = new Date(startsAt.getTime() + policy.graceMinutes * 60_000)
  const skipped = await wasSuspended(operation, agreement, 'BACKUP', startsAt)
  const now = await operation.now()
  const slot = operation.em.create(BackupSlot, {
    tenantId,
    id: newUuid(),
    customerId,
    agreementId,
    policyId: policy.id,
    state: skipped ? 'SKIPPED' : 'OPEN',
    startsAt,
    dueAt,
    createdAt: now,
    updatedAt: now,
  })
  await operation.em.flush()
  if (skipped) return
  const version = await operation.em.findOneOrFail(AgreementVersion, {
    tenantId,
    agreementId,
    state: 'IN_FORCE',
  })
  const graceHours = String(policy.graceMinutes / 60)
  await startObligation(
    operation,
    {
      customerId,
      agreementId,
      versionId: version.id,
      clause: '8.3.1',
      kind: BACKUP_DUTY,
      owedBy: 'PROVIDER',
      subject: { kind: SLOT_ID, id: slot.id },
      startedAt: startsAt,
      deadline: { unit: 'SLOT', graceHours: graceHours.slice(0, 12), dueAt },
    },
    SYSTEM_ACTOR,
  )
}
