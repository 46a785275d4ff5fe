import { LockMode } from '@mikro-orm/postgresql'
import { Agreement, versionInForceAt, wasSuspended } from '../agreements/index.js'
import {
  cancelObligation,
  lockObligation,
  obligationsOf,
  startObligation,
  stopObligation,
} from '../obligations/index.js'
import { eachAlarm, eachEvent, type NewEvent, type Operation, type Reaction } from '../persistence/index.js'
import { newUuid } from '../platform/ids.js'
import { SYSTEM_ACTOR } from '../tenancy/index.js'
import { BackupPolicy, BackupRun, BackupSlot } from './backup.js'

export const SLOT_ID = 'bsl'
export const SLOT_ALARM = 'backup.slot'
/** What a slot's duty is called among obligations. */
export const BACKUP_DUTY = 'BACKUP'

/**
 * A slot begins. It's judged by its own instants and not by when the clock rings: it's owed when its policy stood at that
 * instant, skipped when its scope stood still, kept when a run of its time is verified already. The next one is counted
 * from this slot, so that a clock that rings late leaves none out.
 */
export const openSlotWhenDue = eachAlarm(async (operation, alarm) => {
  const { tenantId, dueAt: startsAt } = alarm
  const policy = await operation.em.findOne(BackupPolicy, { tenantId, id: alarm.subjectId })
  if (!policy) return
  const agreement = await lockBackupsOf(operation, policy.agreementId)
  await operation.em.refresh(policy)
  const endsAt = endOf(agreement)
  if ((policy.endedAt && policy.endedAt < startsAt) || (endsAt && endsAt <= startsAt)) return
  await openSlot(operation, policy, agreement, startsAt)
  operation.setAlarm(SLOT_ALARM, policy.id, policy.slotAfter(startsAt))
})

/**
 * Whatever changes an agreement's backups holds the agreement, before anything else of theirs: a slot that opens sees
 * each run that is verified by then, and a run that is verified sees each slot that is open.
 */
export async function lockBackupsOf(operation: Operation, agreementId: string): Promise<Agreement> {
  const where = { tenantId: operation.session.tenantId, id: agreementId }
  return operation.em.findOneOrFail(Agreement, where, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
}

/** The grace ended without a verified run: the slot is missed, and the journal says so. */
export const missSlots: Reaction = async (operation, events) => {
  const obligations = await obligationsOf(operation, events)
  const ids = obligations.filter(each => each.subjectKind === SLOT_ID).map(each => each.subjectId)
  if (ids.length === 0) return
  const acceptedAt = (events[0] as NewEvent).acceptedAt
  const where = { tenantId: operation.session.tenantId, id: { $in: ids } }
  for (const slot of await operation.em.find(BackupSlot, where, { orderBy: { id: 'asc' } })) {
    slot.become('MISSED', acceptedAt)
    operation.record({
      type: 'backup.missed',
      category: 'BACKUP_LOG',
      subject: { kind: SLOT_ID, id: slot.id, revision: () => slot.revision },
      customerId: slot.customerId,
      agreementId: slot.agreementId,
      clause: '8.3.1',
      actor: SYSTEM_ACTOR,
      occurredAt: slot.dueAt,
      acceptedAt,
      data: { startsAt: slot.startsAt },
    })
  }
}

/** A suspension of backups, or an end of the agreement: what is open at that instant is skipped, and nothing is owed for it. */
export const skipOpenSlots = eachEvent(async (operation, event) => {
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
    if (!obligation) continue
    await cancelObligation(operation, obligation, event, event.actor)
    // Else its grace was over by then: it's missed, and the reaction to that says so.
    if (obligation.state === 'CANCELLED') slot.become('SKIPPED', event.acceptedAt)
  }
})

async function openSlot(
  operation: Operation,
  policy: BackupPolicy,
  agreement: Agreement,
  startsAt: Date,
): Promise<void> {
  // Before a text was in force nothing was owed.
  const version = await versionInForceAt(operation, agreement, startsAt)
  if (!version) return
  const { tenantId, customerId, agreementId } = policy
  const dueAt = new Date(startsAt.getTime() + policy.graceMinutes * 60_000)
  const now = await operation.now()
  const run = await verifiedRunOf(operation, agreement, startsAt, dueAt)
  const endsAt = endOf(agreement)
  const ended = endsAt !== null && endsAt <= dueAt && endsAt <= now
  const skipped = run
    ? await wasSuspended(operation, agreement, 'BACKUP', startsAt)
    : ended || (await wasSuspended(operation, agreement, 'BACKUP', startsAt, dueAt))
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
  const duty = await startObligation(
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
      deadline: { unit: 'SLOT', graceMinutes: policy.graceMinutes },
    },
    SYSTEM_ACTOR,
  )
  if (!run) return
  run.slotId = slot.id
  slot.become('KEPT', now)
  await stopObligation(operation, duty, run.verifiedAt as Date, SYSTEM_ACTOR, now)
}

/** A run that was begun and verified while the slot was owed, before a clock that rang late opened it. */
async function verifiedRunOf(
  operation: Operation,
  agreement: Agreement,
  startsAt: Date,
  dueAt: Date,
): Promise<BackupRun | undefined> {
  const { tenantId, id: agreementId } = agreement
  const within = { startedAt: { $gte: startsAt }, verifiedAt: { $lte: dueAt } }
  const where = { tenantId, agreementId, state: 'VERIFIED', slotId: null, ...within } as const
  const [run] = await operation.em.find(BackupRun, where, { orderBy: { verifiedAt: 'asc' }, limit: 1 })
  return run
}

/** When the agreement ended or will end. */
const endOf = ({ terminatedAt, endsAt }: Agreement): Date | null => terminatedAt ?? endsAt ?? null
