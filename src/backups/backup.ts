import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { addDays, civilDate, localInstant } from '../platform/time.js'

const PolicySchema = defineEntity({
  name: 'BackupPolicy',
  tableName: 'backup_policies',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    agreementId: p.uuid(),
    /** Of the agreement's zone, `HH:MM`. */
    dailyAt: p.string().length(5),
    timeZone: p.string().length(64),
    graceMinutes: p.integer(),
    retentionDays: p.integer(),
    endedAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  uniques: [{ name: 'backup_policies_customer_key', properties: ['tenantId', 'customerId', 'id'] }],
  indexes: [
    { name: 'backup_policies_agreement_idx', properties: ['tenantId', 'agreementId', 'createdAt'] },
    { name: 'backup_policies_created_idx', properties: ['tenantId', 'createdAt', 'id'] },
    { name: 'backup_policies_updated_idx', properties: ['tenantId', 'updatedAt', 'id'] },
  ],
  ...customerOwned('BACKUP_LOG'),
})

/** 8.3.1 says "regularly": how often, with which grace, and how long copies are kept. */
export class BackupPolicy extends PolicySchema.class {
  /** The first slot after an instant: the same local time every day, also where clocks are put forward or back. */
  slotAfter(instant: Date): Date {
    const day = civilDate(instant, this.timeZone)
    const sameDay = localInstant(day, this.dailyAt, this.timeZone)
    return sameDay > instant ? sameDay : localInstant(addDays(day, 1), this.dailyAt, this.timeZone)
  }

  end(now: Date): void {
    this.endedAt = now
    this.updatedAt = now
  }
}
PolicySchema.setClass(BackupPolicy)

export type SlotState = 'OPEN' | 'KEPT' | 'MISSED' | 'SKIPPED'

const SlotSchema = defineEntity({
  name: 'BackupSlot',
  tableName: 'backup_slots',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    agreementId: p.uuid(),
    policyId: p.uuid(),
    state: p.string().length(10).$type<SlotState>(),
    startsAt: p.datetime(3),
    /** When its grace ends. */
    dueAt: p.datetime(3),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  uniques: [
    { name: 'backup_slots_starts_key', properties: ['tenantId', 'policyId', 'startsAt'] },
    { name: 'backup_slots_customer_key', properties: ['tenantId', 'customerId', 'id'] },
  ],
  indexes: [
    { name: 'backup_slots_agreement_idx', properties: ['tenantId', 'agreementId', 'startsAt', 'id'] },
  ],
  ...customerOwned('BACKUP_LOG'),
})

/** One time a backup is owed. Without a verified run when its grace ends it is MISSED: a breach from absence. */
export class BackupSlot extends SlotSchema.class {
  become(state: Exclude<SlotState, 'OPEN'>, now: Date): void {
    this.state = state
    this.updatedAt = now
  }
}
SlotSchema.setClass(BackupSlot)

export type RunState = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'VERIFIED'

const RunSchema = defineEntity({
  name: 'BackupRun',
  tableName: 'backup_runs',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    agreementId: p.uuid(),
    /** The slot that was open when it started; null for one made outside of any. */
    slotId: p.uuid().nullable(),
    state: p.string().length(10).$type<RunState>(),
    startedAt: p.datetime(3),
    finishedAt: p.datetime(3).nullable(),
    verifiedAt: p.datetime(3).nullable(),
    byteSize: p.bigint().nullable(),
    sha256: p.string().length(64).nullable(),
    reference: p.string().length(500).nullable(),
    /** How it was verified, or why it failed. */
    note: p.string().length(1000).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  indexes: [
    { name: 'backup_runs_created_idx', properties: ['tenantId', 'createdAt', 'id'] },
    { name: 'backup_runs_updated_idx', properties: ['tenantId', 'updatedAt', 'id'] },
    { name: 'backup_runs_agreement_idx', properties: ['tenantId', 'agreementId', 'createdAt', 'id'] },
    { name: 'backup_runs_agreement_updated_idx', properties: ['tenantId', 'agreementId', 'updatedAt', 'id'] },
    { name: 'backup_runs_slot_idx', properties: ['tenantId', 'slotId'] },
  ],
  ...customerOwned('BACKUP_LOG'),
})

/** One try to copy the customer's data. */
export class BackupRun extends RunSchema.class {
  succeed(result: { byteSize: bigint; sha256: string; reference: string | null }, now: Date): void {
    requireState(this, ['RUNNING'])
    Object.assign(this, result, { state: 'SUCCEEDED', finishedAt: now, updatedAt: now })
  }

  fail(note: string, now: Date): void {
    requireState(this, ['RUNNING', 'SUCCEEDED'])
    this.state = 'FAILED'
    this.note = note
    this.finishedAt ??= now
    this.updatedAt = now
  }

  verify(note: string, now: Date): void {
    requireState(this, ['SUCCEEDED'])
    this.state = 'VERIFIED'
    this.note = note
    this.verifiedAt = now
    this.updatedAt = now
  }
}
RunSchema.setClass(BackupRun)

function requireState(run: BackupRun, states: readonly RunState[]): void {
  if (!states.includes(run.state))
    throw refuse('INVALID_STATE', {
      field: ['input', 'runId'],
      params: { state: run.state },
      clause: '8.3.1',
    })
}
