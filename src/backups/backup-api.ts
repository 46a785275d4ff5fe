import type { GraphQLResolveInfo } from 'graphql'
import {
  Arg,
  Args,
  type ClassType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql'
import { AGREEMENT_ID, AgreementType } from '../agreements/index.js'
import { obligationsOfSubject, ObligationType, toObligation } from '../obligations/index.js'
import { type Condition, type Operation, readPage } from '../persistence/index.js'
import { Allow, Discloses, MutationInput, OrderDirection, UserError } from '../platform/graphql/contract.js'
import { type Page, PageArgs, pageWindow } from '../platform/graphql/pages.js'
import { DateTimeScalar, DecimalScalar } from '../platform/graphql/scalars.js'
import { publicId, uuidOf } from '../platform/ids.js'
import { findNode, Request } from '../tenancy/index.js'
import { finishRun, POLICY_ID, RUN_ID, setBackupPolicy, startRun, verifyRun } from './backups.js'
import {
  currentPolicyOf,
  POLICY_COLUMNS,
  policyById,
  type PolicyRow,
  RUN_COLUMNS,
  runById,
  type RunRow,
  slotById,
} from './backup-loaders.js'
import {
  BackupRunStateEnum,
  PolicyConnection,
  PolicyType,
  RunConnection,
  RunType,
  SlotType,
  toPolicy,
  toRun,
  toSlot,
} from './backup-types.js'

@InputType({
  description: 'Which backup runs. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class BackupRunFilter {
  @Field(() => [BackupRunStateEnum], { nullable: true, description: 'In one of these states.' })
  state?: string[] | null

  @Field(() => ID, { nullable: true, description: 'Of this agreement.' })
  agreementId?: string | null

  @Field(() => ID, { nullable: true, description: 'Of this customer.' })
  customerId?: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Changed after this instant.' })
  updatedAfter?: Date | null
}

@InputType({
  description: 'Which backup policies. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class BackupPolicyFilter {
  @Field(() => ID, { nullable: true, description: 'Of this agreement.' })
  agreementId?: string | null

  @Field(() => ID, { nullable: true, description: 'Of this customer.' })
  customerId?: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Changed after this instant.' })
  updatedAfter?: Date | null
}

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
class BackupPolicySetInput extends MutationInput {
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
class BackupRunStartInput extends MutationInput {
  @Field(() => ID, { description: 'The agreement; it must be in force.' })
  agreementId!: string
}

@InputType({ description: 'How a run ended.' })
class BackupRunFinishInput extends MutationInput {
  @Field(() => ID, { description: 'The run.' })
  runId!: string

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
class BackupRunVerifyInput extends MutationInput {
  @Field(() => ID, { description: 'The run.' })
  runId!: string

  @Field(() => Boolean, { description: 'Whether it could be read back whole.' })
  succeeded!: boolean

  @Field(() => String, { description: 'How it was checked, or what was wrong, at most 1000 characters.' })
  note!: string
}

@ObjectType({ description: 'What `backupPolicySet` did.', simpleResolvers: true })
class BackupPolicySetPayload {
  @Field(() => PolicyType, {
    nullable: true,
    description: 'The policy that holds now; null when nothing happened.',
  })
  backupPolicy!: unknown

  @Field(() => [UserError], { description: 'Why not; empty on success.' })
  userErrors!: UserError[]
}

interface RunPayload {
  backupRun: () => Promise<RunType | null> | null
  userErrors: UserError[]
}

function runPayload(mutation: string): ClassType<RunPayload> {
  @ObjectType(`${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Payload`, {
    description: `What \`${mutation}\` did.`,
    simpleResolvers: true,
  })
  class Payload {
    @Field(() => RunType, {
      nullable: true,
      description: 'The run as it is now; null when nothing happened.',
    })
    backupRun!: unknown

    @Field(() => [UserError], { description: 'Why not; empty on success.' })
    userErrors!: UserError[]
  }
  return Payload as unknown as ClassType<RunPayload>
}

const StartPayload = runPayload('backupRunStart')
const FinishPayload = runPayload('backupRunFinish')
const VerifyPayload = runPayload('backupRunVerify')

@Resolver(() => PolicyType)
export class BackupPolicyResolver {
  @Allow('backup:read')
  @Query(() => PolicyType, {
    nullable: true,
    description: 'A backup policy by its id; null when there is none that you may see.',
  })
  backupPolicy(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return id.startsWith(`${POLICY_ID}_`) ? findNode(request, id) : Promise.resolve(null)
  }

  @Allow('backup:read')
  @Query(() => PolicyConnection, {
    nullable: true,
    description: 'Backup policies that you may see, also those that ended, the newest first.',
  })
  backupPolicies(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => BackupPolicyFilter, { nullable: true, description: 'Which ones.' })
    filter: BackupPolicyFilter | null,
    @Arg('orderBy', () => BackupPolicyOrder, {
      nullable: true,
      description: 'In which order; the newest first when omitted.',
    })
    orderBy: BackupPolicyOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<PolicyType>> {
    const order = orderBy ?? { field: BackupPolicyOrderField.CREATED_AT, direction: OrderDirection.DESC }
    const byUpdate = order.field === BackupPolicyOrderField.UPDATED_AT
    return readPage<PolicyRow, PolicyType>(request.reads, request.seals, {
      from: 'backup_policies',
      columns: POLICY_COLUMNS,
      where: commonConditions(request, filter),
      orderBy: {
        column: byUpdate ? 'updated_at' : 'created_at',
        key: byUpdate ? 'updatedAt' : 'createdAt',
        direction: order.direction,
      },
      window: pageWindow(page),
      binding: request.cursorBinding('backup policies', order, filter),
      toEntry: toPolicy,
    })
  }

  @FieldResolver(() => AgreementType, {
    nullable: true,
    description: 'The agreement it serves. Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  agreement(@Root() policy: PolicyType, @Ctx('request') request: Request): Promise<object | null> {
    return findNode(request, publicId(AGREEMENT_ID, policy.agreementId))
  }
}

@Resolver(() => RunType)
export class BackupRunResolver {
  @Allow('backup:read')
  @Query(() => RunType, {
    nullable: true,
    description: 'A backup run by its id; null when there is none that you may see.',
  })
  backupRun(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return id.startsWith(`${RUN_ID}_`) ? findNode(request, id) : Promise.resolve(null)
  }

  @Allow('backup:read')
  @Query(() => RunConnection, {
    nullable: true,
    description: 'Backup runs that you may see, the newest first.',
  })
  backupRuns(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => BackupRunFilter, { nullable: true, description: 'Which ones.' })
    filter: BackupRunFilter | null,
    @Arg('orderBy', () => BackupRunOrder, {
      nullable: true,
      description: 'In which order; the newest first when omitted.',
    })
    orderBy: BackupRunOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<RunType>> {
    return runPage(request, page, filter, orderBy)
  }

  @FieldResolver(() => AgreementType, {
    nullable: true,
    description: 'The agreement it serves. Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  agreement(@Root() run: RunType, @Ctx('request') request: Request): Promise<object | null> {
    return findNode(request, publicId(AGREEMENT_ID, run.agreementId))
  }

  @FieldResolver(() => SlotType, {
    nullable: true,
    description: 'The slot that was open when it began; null for one made outside of any.',
  })
  async slot(@Root() run: RunType, @Ctx('request') request: Request): Promise<SlotType | null> {
    const row = run.slotId && (await request.load(slotById, run.slotId))
    return row ? toSlot(row) : null
  }

  @Allow('backup:policy')
  @Mutation(() => BackupPolicySetPayload, {
    nullable: true,
    description:
      'Sets how backups are made from now on; slots before stay what they were (clause 8.3.1). Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, TOO_LARGE, TOO_LONG, TOO_SMALL.',
  })
  async backupPolicySet(
    @Arg('input', () => BackupPolicySetInput, { description: 'The policy.' }) input: BackupPolicySetInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<BackupPolicySetPayload> {
    const { ids, userErrors } = await request.change(info, input, async operation => ({
      id: (await setBackupPolicy(operation, input)).id,
    }))
    return {
      backupPolicy: () => ids && request.load(policyById, ids.id).then(row => row && toPolicy(row)),
      userErrors,
    }
  }

  @Allow('backup:run')
  @Mutation(() => StartPayload, {
    nullable: true,
    description:
      'A run begins; it belongs to the slot that is open now (clause 8.3.1). Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, TOO_LONG.',
  })
  backupRunStart(
    @Arg('input', () => BackupRunStartInput, { description: 'For which agreement.' })
    input: BackupRunStartInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RunPayload> {
    return change(request, info, input, operation => startRun(operation, input))
  }

  @Allow('backup:run')
  @Mutation(() => FinishPayload, {
    nullable: true,
    description:
      'A run ended. Success of no bytes is refused (clause 8.3.1). Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, TOO_LONG.',
  })
  backupRunFinish(
    @Arg('input', () => BackupRunFinishInput, { description: 'How it ended.' }) input: BackupRunFinishInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RunPayload> {
    return change(request, info, input, operation => finishRun(operation, input, request.actor))
  }

  @Allow('backup:run')
  @Mutation(() => VerifyPayload, {
    nullable: true,
    description:
      'A copy was read back, or could not be. Verified within its grace it keeps its slot, at the instant it is accepted (clause 8.3.1). Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, TOO_LONG.',
  })
  backupRunVerify(
    @Arg('input', () => BackupRunVerifyInput, { description: 'What it showed.' }) input: BackupRunVerifyInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RunPayload> {
    return change(request, info, input, operation => verifyRun(operation, input, request.actor))
  }
}

@Resolver(() => SlotType)
export class BackupSlotResolver {
  @FieldResolver(() => ObligationType, {
    nullable: true,
    description:
      'The duty to make it; null when nothing was owed, or you may not see it. Data category BREACH.',
  })
  @Discloses('BREACH')
  async obligation(
    @Root() slot: SlotType & { uuid: string },
    @Ctx('request') request: Request,
  ): Promise<ObligationType | null> {
    if (!request.mayDo('obligation:read')) return null
    const [row] = await request.load(obligationsOfSubject, slot.uuid)
    return row ? toObligation(row) : null
  }
}

@Resolver(() => AgreementType)
export class AgreementBackupsResolver {
  @FieldResolver(() => PolicyType, {
    nullable: true,
    description:
      'How backups are made now (clause 8.3.1); null when nothing is set. Data category BACKUP_LOG.',
  })
  @Discloses('BACKUP_LOG')
  async backupPolicy(
    @Root() agreement: AgreementType,
    @Ctx('request') request: Request,
  ): Promise<PolicyType | null> {
    const row = request.mayDo('backup:read') ? await request.load(currentPolicyOf, agreement.uuid) : null
    return row && toPolicy(row)
  }

  @FieldResolver(() => RunConnection, {
    nullable: true,
    description: 'Its backup runs that you may see, the newest first. Data category BACKUP_LOG.',
  })
  @Discloses('BACKUP_LOG')
  backupRuns(
    @Root() agreement: AgreementType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => BackupRunFilter, { nullable: true, description: 'Which ones.' })
    filter: BackupRunFilter | null,
    @Arg('orderBy', () => BackupRunOrder, {
      nullable: true,
      description: 'In which order; the newest first when omitted.',
    })
    orderBy: BackupRunOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<RunType>> | null {
    return request.mayDo('backup:read') ? runPage(request, page, filter, orderBy, agreement.uuid) : null
  }
}

function runPage(
  request: Request,
  page: PageArgs,
  filter: BackupRunFilter | null,
  orderBy: BackupRunOrder | null,
  agreementUuid: string | null = null,
): Promise<Page<RunType>> {
  const order = orderBy ?? { field: BackupRunOrderField.CREATED_AT, direction: OrderDirection.DESC }
  const byUpdate = order.field === BackupRunOrderField.UPDATED_AT
  const where = commonConditions(request, filter)
  if (agreementUuid !== null) where.push({ sql: 'agreement_id = ?', value: agreementUuid })
  if (filter?.state != null) where.push({ sql: 'state = any (?::text[])', value: filter.state })
  return readPage<RunRow, RunType>(request.reads, request.seals, {
    from: 'backup_runs',
    columns: RUN_COLUMNS,
    where,
    orderBy: {
      column: byUpdate ? 'updated_at' : 'created_at',
      key: byUpdate ? 'updatedAt' : 'createdAt',
      direction: order.direction,
    },
    window: pageWindow(page),
    binding: request.cursorBinding(`backup runs ${agreementUuid ?? ''}`, order, filter),
    toEntry: toRun,
  })
}

function commonConditions(request: Request, filter: BackupPolicyFilter | null): Condition[] {
  const where: Condition[] = [{ sql: 'tenant_id = ?', value: request.caller.tenantId }]
  if (filter?.agreementId != null)
    where.push({ sql: 'agreement_id = ?::uuid', value: uuidOf(AGREEMENT_ID, filter.agreementId) })
  if (filter?.customerId != null)
    where.push({ sql: 'customer_id = ?::uuid', value: uuidOf('cus', filter.customerId) })
  if (filter?.updatedAfter != null) where.push({ sql: 'updated_at > ?', value: filter.updatedAfter })
  return where
}

async function change(
  request: Request,
  info: GraphQLResolveInfo,
  input: { idempotencyKey: string },
  work: (operation: Operation) => Promise<{ id: string }>,
): Promise<RunPayload> {
  const { ids, userErrors } = await request.change(info, input, async operation => ({
    runId: (await work(operation)).id,
  }))
  return {
    backupRun: () => ids && request.load(runById, ids.runId).then(row => row && toRun(row)),
    userErrors,
  }
}
