import type { GraphQLResolveInfo } from 'graphql'
import { Arg, type ClassType, Ctx, Field, Info, Mutation, ObjectType, Resolver } from 'type-graphql'
import { type Operation } from '../persistence/index.js'
import { Allow, UserError, payloadOf } from '../platform/graphql/contract.js'
import { Request } from '../tenancy/index.js'
import { finishRun, setBackupPolicy, startRun, verifyRun } from './backups.js'
import { policyById, runById } from './backup-loaders.js'
import { PolicyType, RunType, toPolicy, toRun } from './backup-types.js'
import {
  BackupPolicySetInput,
  BackupRunFinishInput,
  BackupRunStartInput,
  BackupRunVerifyInput,
} from './backup-inputs.js'

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

const runPayload = (mutation: string): ClassType<RunPayload> =>
  payloadOf<RunPayload>(mutation, {
    backupRun: { type: () => RunType, description: 'The run as it is now; null when nothing happened.' },
  })

const StartPayload = runPayload('backupRunStart')
const FinishPayload = runPayload('backupRunFinish')
const VerifyPayload = runPayload('backupRunVerify')

@Resolver()
export class BackupMutations {
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
      'A run ended. Success of no bytes is refused (clause 8.3.1). Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
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
      'A copy was read back, or could not be. Verified within its grace it keeps its slot, at the instant it is accepted (clause 8.3.1). Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  backupRunVerify(
    @Arg('input', () => BackupRunVerifyInput, { description: 'What it showed.' }) input: BackupRunVerifyInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RunPayload> {
    return change(request, info, input, operation => verifyRun(operation, input, request.actor))
  }
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
