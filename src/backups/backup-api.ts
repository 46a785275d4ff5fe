import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import { AGREEMENT_ID, AgreementType, recordConditions } from '../agreements/index.js'
import { obligationsOfSubject, ObligationType, toObligation } from '../obligations/index.js'
import { type ListQuery, readPage } from '../persistence/index.js'
import { Allow, Discloses, OrderDirection } from '../platform/graphql/contract.js'
import { orderedBy, type Page, PageArgs, pageWindow } from '../platform/graphql/pages.js'
import { publicId } from '../platform/ids.js'
import { findNode, pageOfParent, Request } from '../tenancy/index.js'
import { POLICY_ID, RUN_ID } from './backups.js'
import {
  currentPolicyOf,
  newestRunsOf,
  POLICY_COLUMNS,
  type PolicyRow,
  RUN_COLUMNS,
  type RunRow,
  slotById,
} from './backup-loaders.js'
import {
  PolicyConnection,
  PolicyType,
  RunConnection,
  RunType,
  SlotType,
  toPolicy,
  toRun,
  toSlot,
} from './backup-types.js'
import {
  BackupPolicyFilter,
  BackupPolicyOrder,
  BackupPolicyOrderField,
  BackupRunFilter,
  BackupRunOrder,
  BackupRunOrderField,
} from './backup-inputs.js'

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
      where: recordConditions(request, filter),
      orderBy: orderedBy(byUpdate ? 'updatedAt' : 'createdAt', order.direction),
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
    return readPage(request.reads, request.seals, runQuery(request, page, filter, orderBy))
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
    const row = await request.load(currentPolicyOf, agreement.uuid)
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
    const query = runQuery(request, page, filter, orderBy, agreement.uuid)
    return pageOfParent(request, newestRunsOf, agreement.uuid, query, [filter, orderBy])
  }
}

function runQuery(
  request: Request,
  page: PageArgs,
  filter: BackupRunFilter | null,
  orderBy: BackupRunOrder | null,
  agreementUuid: string | null = null,
): ListQuery<RunRow, RunType> {
  const order = orderBy ?? { field: BackupRunOrderField.CREATED_AT, direction: OrderDirection.DESC }
  const byUpdate = order.field === BackupRunOrderField.UPDATED_AT
  return {
    from: 'backup_runs',
    columns: RUN_COLUMNS,
    where: recordConditions(request, filter, agreementUuid),
    orderBy: orderedBy(byUpdate ? 'updatedAt' : 'createdAt', order.direction),
    window: pageWindow(page),
    binding: request.cursorBinding(`backup runs ${agreementUuid ?? ''}`, order, filter),
    toEntry: toRun,
  }
}
