import { Field, ID, InputType, Int, registerEnumType } from 'type-graphql'
import { RecordFilter } from '../agreements/index.js'
import { MutationInput, OrderDirection } from '../platform/graphql/contract.js'
import { DecimalScalar } from '../platform/graphql/scalars.js'
import { BackupRunStateEnum } from './backup-types.js'

@InputType({
  description: 'Which backup runs. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class BackupRunFilter extends RecordFilter {
  @Field(() => [BackupRunStateEnum], { nullable: true, description: 'In one of these states.' })
  state?: string[] | null
}

@InputType({
  description: 'Which backup policies. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class BackupPolicyFilter extends RecordFilter {}

export enum BackupPolicyOrderField {
  CREATED_AT = 'CREATED_AT',
  UPDATED_AT = 'UPDATED_AT',
}
registerEnumType(BackupPolicyOrderField, {
  name: 'BackupPolicyOrderField',
  description: 'What backup policies can be ordered by.',
  valuesConfig: {
    CREATED_AT: { description: 'When they were entered.' },
    UPDATED_AT: { description: 'When they last changed.' },
  },
})

@InputType({ description: 'Order of a list of backup policies.' })
export class BackupPolicyOrder {
  @Field(() => BackupPolicyOrderField, { description: 'By what.' })
  field!: BackupPolicyOrderField

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction!: OrderDirection
}

export enum BackupRunOrderField {
  CREATED_AT = 'CREATED_AT',
  UPDATED_AT = 'UPDATED_AT',
}
registerEnumType(BackupRunOrderField, {
  name: 'BackupRunOrderField',
  description: 'What backup runs can be ordered by.',
  valuesConfig: {
    CREATED_AT: { description: 'When they were entered.' },
    UPDATED_AT: { description: 'When they last changed.' },
  },
})

@InputType({ description: 'Order of a list of backup runs.' })
export class BackupRunOrder {
  @Field(() => BackupRunOrderField, { description: 'By what.' })
  field!: BackupRunOrderField

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction!: OrderDirection
}

@InputType({ description: 'How backups are made from now on.' })
export class BackupPolicySetInput extends MutationInput {
  @Field(() => ID, { description: 'The agreement; it must be in force.' })
  agreementId!: string

  @Field(() => String, { description: "Local time of every day in the agreement's zone, `HH:MM`." })
  dailyAt!: string

  @Field(() => Int, {
    nullable: true,
    description: 'Minutes after the slot by which a verified run is owed, 15 to 1380. Default 60.',
  })
  graceMinutes?: number | null

  @Field(() => Int, { nullable: true, description: 'Days a copy is kept, 1 to 3660. Default 30.' })
  retentionDays?: number | null
}

@InputType({ description: 'A run that begins now.' })
export class BackupRunStartInput extends MutationInput {
  @Field(() => ID, { description: 'The agreement; it must be in force.' })
  agreementId!: string
}

@InputType({ description: 'How a run ended.' })
export class BackupRunFinishInput extends MutationInput {
  @Field(() => ID, { description: 'The run.' })
  runId!: string

  @Field(() => Int, {
    nullable: true,
    description: 'The revision you have read; another one is STALE_REVISION.',
  })
  expectedRevision?: number | null

  @Field(() => Boolean, { description: 'Whether a copy was made.' })
  succeeded!: boolean

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Size in bytes, a whole number over 0; required on success.',
  })
  byteSize?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 of the copy, 64 lower-case hex digits; required on success.',
  })
  sha256?: string | null

  @Field(() => String, { nullable: true, description: 'Where the copy lies, at most 500 characters.' })
  reference?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Why it failed, at most 1000 characters; required on failure.',
  })
  note?: string | null
}

@InputType({ description: 'What reading a copy back showed.' })
export class BackupRunVerifyInput extends MutationInput {
  @Field(() => ID, { description: 'The run.' })
  runId!: string

  @Field(() => Int, {
    nullable: true,
    description: 'The revision you have read; another one is STALE_REVISION.',
  })
  expectedRevision?: number | null

  @Field(() => Boolean, { description: 'Whether it could be read back whole.' })
  succeeded!: boolean

  @Field(() => String, { description: 'How it was checked, or what was wrong, at most 1000 characters.' })
  note!: string
}
