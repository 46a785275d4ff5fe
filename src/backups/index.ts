import './backup-events.js'
import type { AlarmHandler, Reaction } from '../persistence/index.js'
import { type AccessTable, EVERYONE, only } from '../tenancy/index.js'
import { BackupPolicy, BackupRun, BackupSlot } from './backup.js'
import {
  AgreementBackupsResolver,
  BackupPolicyResolver,
  BackupRunResolver,
  BackupSlotResolver,
} from './backup-api.js'
import { BackupMutations } from './backup-mutations.js'
import { missSlots, openSlotWhenDue, skipOpenSlots, SLOT_ALARM } from './backup-slots.js'

/**
 * Backups: what was copied, and the proof.
 *
 * - *policy*: how often, with which grace, kept how long (8.3.1 says only "regularly").
 * - *slot*: one time a backup is owed. Without a verified run when its *grace* ends it's missed: a breach from absence.
 * - *run*: one try. *Verified*: read back; a copy that was only made keeps no slot.
 */
export const backupEntities = [BackupPolicy, BackupSlot, BackupRun]
export const backupResolvers = [
  BackupPolicyResolver,
  BackupRunResolver,
  BackupSlotResolver,
  AgreementBackupsResolver,
  BackupMutations,
] as const
export const backupJobs: Readonly<Record<string, AlarmHandler>> = { [SLOT_ALARM]: openSlotWhenDue }
export const backupReactions: Readonly<Record<string, Reaction>> = {
  'obligation.missed': missSlots,
  'agreement.suspended': skipOpenSlots,
  'agreement.terminated': skipOpenSlots,
  'agreement.expired': skipOpenSlots,
}

/** This room's part of the permission table. A backup agent is a service with the scope `backup:run`. */
export const backupAccess: AccessTable = {
  'backup:read': EVERYONE,
  'backup:policy': only({ staff: ['ADMIN', 'OPERATOR'] }),
  'backup:run': only({ staff: ['ADMIN', 'OPERATOR'], service: true }),
}
