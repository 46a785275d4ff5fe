import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import { AGREEMENT_ID, AgreementType, recordConditions, VersionType } from '../agreements/index.js'
import { DerivationStepType, obligationById, ObligationType } from '../obligations/index.js'
import { type ListQuery, readPage } from '../persistence/index.js'
import { Allow, Discloses, OrderDirection } from '../platform/graphql/contract.js'
import { orderedBy, type Page, PageArgs, pageWindow } from '../platform/graphql/pages.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { publicId } from '../platform/ids.js'
import { findNode, pageOfParent, Request } from '../tenancy/index.js'
import { AssessmentType, toAssessment } from './assessment-types.js'
import { BREACH_ID } from './breach.js'
import { BreachFilter, BreachOrder, BreachOrderField } from './breach-inputs.js'
import {
  actsOfBreach,
  assessmentById,
  BREACH_COLUMNS,
  breachById,
  breachOfObligation,
  type BreachRow,
  latestBreachesOf,
  MAX_HISTORY,
} from './breach-loaders.js'
import { BreachConnection, BreachType, ClaimActType, toAct, toBreach } from './breach-types.js'

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
    description: 'The duty that was missed, with its clock; null for a finding of a duty without one.',
  })
  async obligation(@Root() breach: BreachType, @Ctx('request') request: Request): Promise<object | null> {
    return breach.obligationId === null ? null : findNode(request, publicId('obl', breach.obligationId))
  }

  @FieldResolver(() => DateTimeScalar, {
    nullable: true,
    description:
      'When it was made good, late: by what stopped its clock, or as somebody said; null while it goes on. Another axis than its state.',
  })
  async curedAt(@Root() breach: BreachType, @Ctx('request') request: Request): Promise<Date | null> {
    const clock = breach.obligationId && (await request.load(obligationById, breach.obligationId))
    return (clock && clock.stoppedAt) || breach.ownCuredAt
  }

  @FieldResolver(() => [ClaimActType], {
    description: `What either side did about it, in the order it was entered; the latest ${MAX_HISTORY}.`,
  })
  async acts(@Root() breach: BreachType, @Ctx('request') request: Request): Promise<ClaimActType[]> {
    return (await request.load(actsOfBreach, breach.uuid)).map(toAct)
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

@Resolver(() => ObligationType)
export class ObligationBreachResolver {
  @FieldResolver(() => BreachType, {
    nullable: true,
    description:
      'What became of it when it was missed, of a forbearance the first finding that stands; null while it was not. Data category BREACH.',
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

@Resolver(() => DerivationStepType)
export class StepBreachResolver {
  @FieldResolver(() => BreachType, {
    nullable: true,
    description: 'Of BROKEN: the finding that says so. Data category BREACH.',
  })
  @Discloses('BREACH')
  async breach(
    @Root() { findingId }: DerivationStepType,
    @Ctx('request') request: Request,
  ): Promise<BreachType | null> {
    const row = findingId === null ? null : await request.load(breachById, findingId)
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
