import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import { AGREEMENT_ID, AgreementType, VersionType, recordConditions } from '../agreements/index.js'
import { ObligationType } from '../obligations/index.js'
import { type ListQuery, readPage } from '../persistence/index.js'
import { Allow, Discloses, Node, OrderDirection } from '../platform/graphql/contract.js'
import { orderedBy, type Page, PageArgs, pageWindow } from '../platform/graphql/pages.js'
import { publicId } from '../platform/ids.js'
import { findNode, pageOfParent, Request } from '../tenancy/index.js'
import { ASSESSMENT_ID, BREACH_ID } from './breaches.js'
import {
  ASSESSMENT_COLUMNS,
  assessmentById,
  type AssessmentRow,
  BREACH_COLUMNS,
  breachesOf,
  breachOfObligation,
  type BreachRow,
  latestBreachesOf,
  newestAssessmentsOf,
} from './breach-loaders.js'
import {
  AssessmentConnection,
  AssessmentType,
  BreachConnection,
  BreachType,
  toAssessment,
  toBreach,
} from './breach-types.js'
import {
  AssessmentFilter,
  AssessmentOrder,
  AssessmentOrderField,
  BreachFilter,
  BreachOrder,
  BreachOrderField,
} from './breach-inputs.js'

@Resolver(() => BreachType)
export class BreachResolver {
  @Allow('breach:read')
  @Query(() => BreachType, {
    nullable: true,
    description: 'A breach by its id; null when there is none that you may see.',
  })
  breach(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return id.startsWith(`${BREACH_ID}_`) ? findNode(request, id) : Promise.resolve(null)
  }

  @Allow('breach:read')
  @Query(() => BreachConnection, {
    nullable: true,
    description: 'Breaches that you may see, the latest first.',
  })
  breaches(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => BreachFilter, { nullable: true, description: 'Which ones.' })
    filter: BreachFilter | null,
    @Arg('orderBy', () => BreachOrder, {
      nullable: true,
      description: 'In which order; the latest first when omitted.',
    })
    orderBy: BreachOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<BreachType>> {
    return readPage(request.reads, request.seals, breachQuery(request, page, filter, orderBy))
  }

  @FieldResolver(() => AgreementType, {
    nullable: true,
    description: 'The agreement that was broken. Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  agreement(@Root() breach: BreachType, @Ctx('request') request: Request): Promise<object | null> {
    return findNode(request, publicId(AGREEMENT_ID, breach.agreementId))
  }

  @FieldResolver(() => VersionType, {
    nullable: true,
    description: 'The version whose clause was broken. Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  agreementVersion(@Root() breach: BreachType, @Ctx('request') request: Request): Promise<object | null> {
    return findNode(request, publicId('agv', breach.versionId))
  }

  @FieldResolver(() => ObligationType, {
    nullable: true,
    description: 'The duty that was missed, with its clock.',
  })
  obligation(@Root() breach: BreachType, @Ctx('request') request: Request): Promise<object | null> {
    return findNode(request, publicId('obl', breach.obligationId))
  }

  @FieldResolver(() => AssessmentType, { nullable: true, description: 'The price of its root cause.' })
  async assessment(
    @Root() breach: BreachType,
    @Ctx('request') request: Request,
  ): Promise<AssessmentType | null> {
    const row = await request.load(assessmentById, breach.assessmentId)
    return row && toAssessment(row)
  }
}

@Resolver(() => AssessmentType)
export class AssessmentResolver {
  @Allow('breach:read')
  @Query(() => AssessmentType, {
    nullable: true,
    description: 'An assessment by its id; null when there is none that you may see.',
  })
  assessment(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return id.startsWith(`${ASSESSMENT_ID}_`) ? findNode(request, id) : Promise.resolve(null)
  }

  @Allow('breach:read')
  @Query(() => AssessmentConnection, {
    nullable: true,
    description: 'Assessments that you may see, the newest first.',
  })
  assessments(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AssessmentFilter, { nullable: true, description: 'Which ones.' })
    filter: AssessmentFilter | null,
    @Arg('orderBy', () => AssessmentOrder, {
      nullable: true,
      description: 'In which order; the newest first when omitted.',
    })
    orderBy: AssessmentOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<AssessmentType>> {
    return readPage(request.reads, request.seals, assessmentQuery(request, page, filter, orderBy))
  }

  @FieldResolver(() => [BreachType], {
    description: 'All findings of the root cause, in the order they happened.',
  })
  async breaches(
    @Root() assessment: AssessmentType,
    @Ctx('request') request: Request,
  ): Promise<BreachType[]> {
    return (await request.load(breachesOf, assessment.uuid)).map(toBreach)
  }

  @FieldResolver(() => Node, {
    nullable: true,
    description: 'What all its breaches come from: a ticket, a backup slot.',
  })
  rootCause(@Root() assessment: AssessmentType, @Ctx('request') request: Request): Promise<object | null> {
    return findNode(request, publicId(assessment.rootCauseKind, assessment.rootCauseId))
  }
}

@Resolver(() => ObligationType)
export class ObligationBreachResolver {
  @FieldResolver(() => BreachType, {
    nullable: true,
    description: 'What became of it when it was missed; null while it was not. Data category BREACH.',
  })
  @Discloses('BREACH')
  async breach(
    @Root() obligation: ObligationType,
    @Ctx('request') request: Request,
  ): Promise<BreachType | null> {
    const row = await request.load(breachOfObligation, obligation.uuid)
    return row && toBreach(row)
  }
}

@Resolver(() => AgreementType)
export class AgreementBreachesResolver {
  @FieldResolver(() => BreachConnection, {
    nullable: true,
    description: 'Its breaches that you may see, the latest first. Data category BREACH.',
  })
  @Discloses('BREACH')
  breaches(
    @Root() agreement: AgreementType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => BreachFilter, { nullable: true, description: 'Which ones.' })
    filter: BreachFilter | null,
    @Arg('orderBy', () => BreachOrder, {
      nullable: true,
      description: 'In which order; the latest first when omitted.',
    })
    orderBy: BreachOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<BreachType>> | null {
    const query = breachQuery(request, page, filter, orderBy, agreement.uuid)
    return pageOfParent(request, latestBreachesOf, agreement.uuid, query, [filter, orderBy])
  }

  @FieldResolver(() => AssessmentConnection, {
    nullable: true,
    description: 'The prices of its root causes that you may see, the newest first. Data category BREACH.',
  })
  @Discloses('BREACH')
  assessments(
    @Root() agreement: AgreementType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AssessmentFilter, { nullable: true, description: 'Which ones.' })
    filter: AssessmentFilter | null,
    @Arg('orderBy', () => AssessmentOrder, {
      nullable: true,
      description: 'In which order; the newest first when omitted.',
    })
    orderBy: AssessmentOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<AssessmentType>> | null {
    const query = assessmentQuery(request, page, filter, orderBy, agreement.uuid)
    return pageOfParent(request, newestAssessmentsOf, agreement.uuid, query, [filter, orderBy])
  }
}

function assessmentQuery(
  request: Request,
  page: PageArgs,
  filter: AssessmentFilter | null,
  orderBy: AssessmentOrder | null,
  agreementUuid: string | null = null,
): ListQuery<AssessmentRow, AssessmentType> {
  const order = orderBy ?? { field: AssessmentOrderField.CREATED_AT, direction: OrderDirection.DESC }
  const byUpdate = order.field === AssessmentOrderField.UPDATED_AT
  return {
    from: 'assessments',
    columns: ASSESSMENT_COLUMNS,
    where: recordConditions(request, filter, agreementUuid),
    orderBy: orderedBy(byUpdate ? 'updatedAt' : 'createdAt', order.direction),
    window: pageWindow(page),
    binding: request.cursorBinding(`assessments ${agreementUuid ?? ''}`, order, filter),
    toEntry: toAssessment,
  }
}

function breachQuery(
  request: Request,
  page: PageArgs,
  filter: BreachFilter | null,
  orderBy: BreachOrder | null,
  agreementUuid: string | null = null,
): ListQuery<BreachRow, BreachType> {
  const order = orderBy ?? { field: BreachOrderField.OCCURRED_AT, direction: OrderDirection.DESC }
  const where = recordConditions(request, filter, agreementUuid)
  if (filter?.owedBy != null) where.push({ sql: 'owed_by = any (?::text[])', value: filter.owedBy })
  if (filter?.dutyClause != null)
    where.push({ sql: 'duty_clause = any (?::text[])', value: filter.dutyClause })
  return {
    from: 'breaches',
    columns: BREACH_COLUMNS,
    where,
    orderBy: orderedBy('occurredAt', order.direction),
    window: pageWindow(page),
    binding: request.cursorBinding(`breaches ${agreementUuid ?? ''}`, order, filter),
    toEntry: toBreach,
  }
}
