import { LockMode } from '@mikro-orm/postgresql'
import { findInForce } from '../agreements/index.js'
import { lockObligation, stopObligation } from '../obligations/index.js'
import type { EventActor, Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid, uuidOf } from '../platform/ids.js'
import { checkRevision, checkText } from '../tenancy/index.js'
import { BackupPolicy, BackupRun, BackupSlot } from './backup.js'
import { BACKUP_DUTY, lockBackupsOf, SLOT_ALARM } from './backup-slots.js'

export const POLICY_ID = 'bkp'
export const RUN_ID = 'bkr'

/** A slot a day leaves less than a day of grace; a quarter of an hour is the least that a copy and its check take. */
const GRACE_MINUTES = { min: 15, max: 23 * 60 }
/** Ten years: the longest term of an agreement (1.3.1). */
const RETENTION_DAYS = { min: 1, max: 3660 }

export interface PolicyInput {
  agreementId: string
  dailyAt: string
  graceMinutes?: number | null
  retentionDays?: number | null
}

/** Sets how backups are made from now on; slots before stay what they were. */
export async function setBackupPolicy(operation: Operation, input: PolicyInput): Promise<BackupPolicy> {
  const agreement = await findInForce(operation, input.agreementId, LockMode.PESSIMISTIC_WRITE)
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(input.dailyAt))
    throw refuse('INVALID', { field: ['input', 'dailyAt'], clause: '8.3.1' })
  const graceMinutes = within(input.graceMinutes ?? 60, GRACE_MINUTES, 'graceMinutes')
  const retentionDays = within(input.retentionDays ?? 30, RETENTION_DAYS, 'retentionDays')
  const { tenantId, customerId } = agreement
  const now = await operation.now()
  const standing = { tenantId, agreementId: agreement.id, endedAt: null }
  // Its alarm stays: it opens the slots that began before now, however late it rings, and then finds the policy ended.
  for (const before of await operation.em.find(BackupPolicy, standing)) before.end(now)
  const policy = operation.em.create(BackupPolicy, {
    tenantId,
    id: newUuid(),
    customerId,
    agreementId: agreement.id,
    dailyAt: input.dailyAt,
    timeZone: agreement.timeZone,
    graceMinutes,
    retentionDays,
    createdAt: now,
    updatedAt: now,
  })
  operation.setAlarm(SLOT_ALARM, policy.id, policy.slotAfter(now))
  return policy
}

/** A try begins. It belongs to the slot that is open now, if there is one. */
export async function startRun(operation: Operation, input: { agreementId: string }): Promise<BackupRun> {
  const agreement = await findInForce(operation, input.agreementId, LockMode.PESSIMISTIC_WRITE)
  const { tenantId, customerId } = agreement
  const [slot] = await operation.em.find(
    BackupSlot,
    { tenantId, agreementId: agreement.id, state: 'OPEN' },
    { orderBy: { startsAt: 'desc' }, limit: 1 },
  )
  const now = await operation.now()
  return operation.em.create(BackupRun, {
    tenantId,
    id: newUuid(),
    customerId,
    agreementId: agreement.id,
    slotId: slot?.id ?? null,
    state: 'RUNNING',
    startedAt: now,
    createdAt: now,
    updatedAt: now,
  })
}

interface RunTarget {
  runId: string
  expectedRevision?: number | null
}

export interface FinishInput extends RunTarget {
  succeeded: boolean
  byteSize?: string | null
  sha256?: string | null
  reference?: string | null
  note?: string | null
}

/** It ended. Success of no bytes is no backup. */
export async function finishRun(
  operation: Operation,
  input: FinishInput,
  actor: EventActor,
): Promise<BackupRun> {
  const run = await findRun(operation, input)
  const now = await operation.now()
  if (!input.succeeded) {
    run.fail(checkText(input.note ?? '', ['input', 'note'], { max: 1000 }), now)
    record(operation, run, 'backup.failed', actor, now)
    return run
  }
  if (!/^[1-9]\d{0,17}$/.test(input.byteSize ?? ''))
    throw refuse('INVALID', { field: ['input', 'byteSize'], clause: '8.3.1' })
  if (!/^[0-9a-f]{64}$/.test(input.sha256 ?? ''))
    throw refuse('INVALID', { field: ['input', 'sha256'], clause: '8.3.1' })
  const reference =
    input.reference == null
      ? null
      : checkText(input.reference, ['input', 'reference'], { max: 500, blank: true }) || null
  run.succeed({ byteSize: BigInt(input.byteSize as string), sha256: input.sha256 as string, reference }, now)
  return run
}

/** A copy that was read back counts; one that was only made doesn't. It keeps its slot when its grace still runs. */
export async function verifyRun(
  operation: Operation,
  input: RunTarget & { succeeded: boolean; note: string },
  actor: EventActor,
): Promise<BackupRun> {
  const run = await findRun(operation, input)
  const note = checkText(input.note, ['input', 'note'], { max: 1000 })
  const slot = input.succeeded ? await slotOf(operation, run) : null
  const obligation = slot && (await lockObligation(operation, slot.id, BACKUP_DUTY))
  const now = await operation.now()
  if (!input.succeeded) {
    run.fail(note, now)
    record(operation, run, 'backup.failed', actor, now)
    return run
  }
  run.verify(note, now)
  if (slot && obligation) {
    run.slotId = slot.id
    await stopObligation(operation, obligation, now, actor)
    // Past the grace the stop was a miss, and the reaction to it says so.
    if (slot.state === 'OPEN' && obligation.state === 'MET') slot.become('KEPT', now)
  }
  record(operation, run, 'backup.verified', actor, now)
  return run
}

/** The run within the walls, locked behind its agreement. Unseen means missing. */
async function findRun(operation: Operation, target: RunTarget): Promise<BackupRun> {
  const id = uuidOf(RUN_ID, target.runId)
  const run = id && (await operation.em.findOne(BackupRun, { tenantId: operation.session.tenantId, id }))
  if (!run) throw refuse('NOT_FOUND', { field: ['input', 'runId'] })
  await lockBackupsOf(operation, run.agreementId)
  await operation.em.refreshOrFail(run)
  checkRevision(run, target.expectedRevision)
  return run
}

/** The slot a run belongs to: the one it began under, or one that was opened late, and covers the instant it began. */
async function slotOf(operation: Operation, run: BackupRun): Promise<BackupSlot | null> {
  const { tenantId, agreementId, startedAt } = run
  if (run.slotId) return operation.em.findOneOrFail(BackupSlot, { tenantId, id: run.slotId })
  const covering = { startsAt: { $lte: startedAt }, dueAt: { $gte: startedAt } }
  return operation.em.findOne(BackupSlot, { tenantId, agreementId, state: 'OPEN', ...covering })
}

function within(value: number, { min, max }: { min: number; max: number }, name: string): number {
  if (value < min) throw refuse('TOO_SMALL', { field: ['input', name], params: { min }, clause: '8.3.1' })
  if (value > max) throw refuse('TOO_LARGE', { field: ['input', name], params: { max }, clause: '8.3.1' })
  return value
}

function record(operation: Operation, run: BackupRun, type: string, actor: EventActor, now: Date): void {
  operation.record({
    type,
    category: 'BACKUP_LOG',
    subject: { kind: RUN_ID, id: run.id, revision: () => run.revision },
    customerId: run.customerId,
    agreementId: run.agreementId,
    clause: '8.3.1',
    actor,
    occurredAt: now,
    acceptedAt: now,
    data: { slotId: run.slotId ?? null },
  })
}
