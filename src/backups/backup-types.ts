import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Discloses, Node } from '../platform/graphql/contract.js'
import { connectionOf } from '../platform/graphql/pages.js'
import { DateTimeScalar, DecimalScalar, TimeZoneScalar } from '../platform/graphql/scalars.js'
import { Redactable, registerNode, toNode } from '../tenancy/index.js'
import { POLICY_ID, RUN_ID } from './backups.js'
import { policyById, type PolicyRow, runById, type RunRow, slotById, type SlotRow } from './backup-loaders.js'
import { SLOT_ID } from './backup-slots.js'

export enum BackupRunStateEnum {
  RUNNING = 'RUNNING',
  SUCCEEDED = 'SUCCEEDED',
  FAILED = 'FAILED',
  VERIFIED = 'VERIFIED',
}
registerEnumType(BackupRunStateEnum, {
  name: 'BackupRunState',
  description: 'Where a backup run stands.',
  valuesConfig: {
    RUNNING: { description: 'Being made.' },
    SUCCEEDED: { description: 'Made, not read back yet: it keeps no slot.' },
    FAILED: { description: 'Not made, or not readable.' },
    VERIFIED: { description: 'Read back.' },
  },
})

export enum BackupSlotStateEnum {
  OPEN = 'OPEN',
  KEPT = 'KEPT',
  MISSED = 'MISSED',
  SKIPPED = 'SKIPPED',
}
registerEnumType(BackupSlotStateEnum, {
  name: 'BackupSlotState',
  description: 'Where a backup slot stands (clause 8.3.1).',
  valuesConfig: {
    OPEN: { description: 'Its grace runs.' },
    KEPT: { description: 'A verified run in time.' },
    MISSED: { description: 'The grace ended without one: a breach from absence.' },
    SKIPPED: { description: 'Backups stood still: nothing was owed.' },
  },
})

@ObjectType('BackupPolicy', {
  implements: [Node, Redactable],
  description: 'How backups are made (clause 8.3.1 says "regularly").',
  simpleResolvers: true,
})
@Discloses('BACKUP_LOG')
export class PolicyType extends Node {
  agreementId!: string

  @Field(() => String, { description: 'Local time of every day, `HH:MM`.' })
  dailyAt!: string

  @Field(() => TimeZoneScalar, { description: "The agreement's zone." })
  timeZone!: string

  @Field(() => Int, { description: 'Minutes after the slot by which a verified run is owed.' })
  graceMinutes!: number

  @Field(() => Int, { description: 'Days a copy is kept.' })
  retentionDays!: number

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When another policy took its place; null while it holds.',
  })
  endedAt!: Date | null

  @Field(() => DateTimeScalar, { description: 'When it was set.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change.' })
  revision!: number
}
export const toPolicy = (row: PolicyRow): PolicyType => toNode(POLICY_ID, row)
export const PolicyConnection = connectionOf(() => PolicyType, 'BackupPolicy', 'backup policies')
registerNode(POLICY_ID, 'BackupPolicy', 'backup:read', policyById, toPolicy)

@ObjectType('BackupSlot', {
  implements: [Node, Redactable],
  description: 'One time a backup is owed (clause 8.3.1).',
  simpleResolvers: true,
})
@Discloses('BACKUP_LOG')
export class SlotType extends Node {
  agreementId!: string

  @Field(() => BackupSlotStateEnum, { description: 'Where it stands.' })
  state!: string

  @Field(() => DateTimeScalar, { description: 'When it begins.' })
  startsAt!: Date

  @Field(() => DateTimeScalar, {
    description: 'When its grace ends: a verified run at this very millisecond is in time.',
  })
  dueAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it was opened.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change.' })
  revision!: number
}
export const toSlot = (row: SlotRow): SlotType => toNode(SLOT_ID, row)
registerNode(SLOT_ID, 'BackupSlot', 'backup:read', slotById, toSlot)

@ObjectType('BackupRun', {
  implements: [Node, Redactable],
  description: "One try to copy the customer's data (clause 8.3.1).",
  simpleResolvers: true,
})
@Discloses('BACKUP_LOG')
export class RunType extends Node {
  agreementId!: string
  slotId!: string | null

  @Field(() => BackupRunStateEnum, { description: 'Where it stands.' })
  state!: string

  @Field(() => DateTimeScalar, { description: 'When it began.' })
  startedAt!: Date

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ended.' })
  finishedAt!: Date | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was read back.' })
  verifiedAt!: Date | null

  @Field(() => DecimalScalar, { nullable: true, description: 'Size in bytes, a whole number.' })
  byteSize!: string | null

  @Field(() => String, { nullable: true, description: 'SHA-256 of the copy, in hex.' })
  sha256!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Where the copy lies, in the words of the agent that made it.',
  })
  reference!: string | null

  @Field(() => String, { nullable: true, description: 'How it was verified, or why it failed.' })
  note!: string | null

  @Field(() => DateTimeScalar, { description: 'When it was entered.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change.' })
  revision!: number
}
export const toRun = (row: RunRow): RunType => toNode(RUN_ID, row)
export const RunConnection = connectionOf(() => RunType, 'BackupRun', 'backup runs')
registerNode(RUN_ID, 'BackupRun', 'backup:read', runById, toRun)
