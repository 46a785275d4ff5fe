import { Arg, Args, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql'
import { AGREEMENT_ID, agreementById, AgreementType, recordConditions } from '../agreements/index.js'
import { type Condition, type ListQuery, readPage } from '../persistence/index.js'
import { Allow, Discloses, Node, OrderDirection } from '../platform/graphql/contract.js'
import { orderedBy, type Page, PageArgs, pageWindow } from '../platform/graphql/pages.js'
import { DateScalar, DateTimeScalar, DurationScalar } from '../platform/graphql/scalars.js'
import { publicId } from '../platform/ids.js'
import { civilDate } from '../platform/time.js'
import { findNode, pageOfParent, Request } from '../tenancy/index.js'
import { derive } from './derivation.js'
import { DerivationType, PauseType, toPause } from './derivation-types.js'
import { isByHours } from './due.js'
import { ObligationOrderField } from './obligation-enums.js'
import {
  clockEventsOf,
  firstObligationsOf,
  OBLIGATION_COLUMNS,
  type ObligationRow,
  pausesIn,
} from './obligation-loaders.js'
import { OBLIGATION_ID } from './obligation.js'
import {
  ObligationConnection,
  ObligationFilter,
  ObligationOrder,
  ObligationType,
  toObligation,
} from './obligation-types.js'

@Resolver(() => ObligationType)
export class ObligationResolver {
  @Allow('obligation:read')
  @Query(() => ObligationType, {
    nullable: true,
    description: 'An obligation by its id; null when there is none that you may see.',
  })
  obligation(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return id.startsWith(`${OBLIGATION_ID}_`) ? findNode(request, id) : Promise.resolve(null)
  }

  @Allow('obligation:read')
  @Query(() => ObligationConnection, {
    nullable: true,
    description: 'Obligations that you may see, what falls due first in front.',
  })
  obligations(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ObligationFilter, { nullable: true, description: 'Which ones.' })
    filter: ObligationFilter | null,
    @Arg('orderBy', () => ObligationOrder, {
      nullable: true,
      description: 'In which order; what falls due first in front when omitted.',
    })
    orderBy: ObligationOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<ObligationType>> {
    return readPage(request.reads, request.seals, obligationQuery(request, page, filter, orderBy))
  }

  @FieldResolver(() => AgreementType, {
    nullable: true,
    description: 'The agreement it comes from. Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  agreement(@Root() obligation: ObligationType, @Ctx('request') request: Request): Promise<object | null> {
    return findNode(request, publicId(AGREEMENT_ID, obligation.agreementId))
  }

  @FieldResolver(() => Node, { nullable: true, description: 'What it is about: a ticket, a backup slot.' })
  subject(@Root() obligation: ObligationType, @Ctx('request') request: Request): Promise<object | null> {
    return findNode(request, publicId(obligation.subjectKind, obligation.subjectId))
  }

  @FieldResolver(() => DateScalar, {
    nullable: true,
    description:
      "Civil day of the due instant in the agreement's zone; null when you may not see the agreement.",
  })
  async dueOn(@Root() obligation: ObligationType, @Ctx('request') request: Request): Promise<string | null> {
    if (!request.mayDo('agreement:read')) return null
    const agreement = await request.load(agreementById, obligation.agreementId)
    // The midnight that ends a day is the first instant of the next one.
    const last = obligation.dueAt.getTime() - (isByHours(obligation.unit) ? 0 : 1)
    return agreement && civilDate(new Date(last), agreement.timeZone)
  }

  @FieldResolver(() => DurationScalar, {
    nullable: true,
    description:
      'Time left as of `asOf`, negative once late, frozen while it is paused; null when the clock no longer runs.',
  })
  async remaining(
    @Root() obligation: ObligationType,
    @Ctx('request') request: Request,
  ): Promise<string | null> {
    const seconds = await secondsLeft(obligation, request)
    return seconds === null ? null : `${seconds < 0 ? '-' : ''}PT${Math.abs(seconds)}S`
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: 'The same in whole seconds, rounded towards the past.',
  })
  remainingSeconds(
    @Root() obligation: ObligationType,
    @Ctx('request') request: Request,
  ): Promise<number | null> {
    return secondsLeft(obligation, request)
  }

  @FieldResolver(() => DateTimeScalar, {
    description: 'The instant that `remaining` is counted from: the clock that decides.',
  })
  asOf(@Ctx('request') request: Request): Promise<Date> {
    return request.now()
  }

  @FieldResolver(() => [PauseType], { description: 'When its clock stood still, in the order they began.' })
  async pauses(@Root() obligation: ObligationType, @Ctx('request') request: Request): Promise<PauseType[]> {
    return pausesIn(await request.load(clockEventsOf, obligation.uuid)).map(toPause)
  }

  @FieldResolver(() => DerivationType, { description: 'How the due instant came about, step by step.' })
  derivation(@Root() obligation: ObligationType, @Ctx('request') request: Request): Promise<DerivationType> {
    return derive(obligation, request)
  }
}

@Resolver(() => AgreementType)
export class AgreementObligationsResolver {
  @FieldResolver(() => ObligationConnection, {
    nullable: true,
    description: 'Its obligations that you may see, what falls due first in front. Data category BREACH.',
  })
  @Discloses('BREACH')
  obligations(
    @Root() agreement: AgreementType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ObligationFilter, { nullable: true, description: 'Which ones.' })
    filter: ObligationFilter | null,
    @Arg('orderBy', () => ObligationOrder, {
      nullable: true,
      description: 'In which order; what falls due first in front when omitted.',
    })
    orderBy: ObligationOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<ObligationType>> | null {
    const query = obligationQuery(request, page, filter, orderBy, agreement.uuid)
    return pageOfParent(request, firstObligationsOf, agreement.uuid, query, [filter, orderBy])
  }
}

function obligationQuery(
  request: Request,
  page: PageArgs,
  filter: ObligationFilter | null,
  orderBy: ObligationOrder | null,
  agreementUuid: string | null = null,
): ListQuery<ObligationRow, ObligationType> {
  const order = orderBy ?? { field: ObligationOrderField.DUE_AT, direction: OrderDirection.ASC }
  const byStart = order.field === ObligationOrderField.STARTED_AT
  return {
    from: 'obligations',
    columns: OBLIGATION_COLUMNS,
    where: obligationConditions(request, filter, agreementUuid),
    orderBy: orderedBy(byStart ? 'startedAt' : 'dueAt', order.direction),
    window: pageWindow(page),
    binding: request.cursorBinding(`obligations ${agreementUuid ?? ''}`, order, filter),
    toEntry: toObligation,
  }
}

function obligationConditions(
  request: Request,
  filter: ObligationFilter | null,
  agreementUuid: string | null,
): Condition[] {
  const where = recordConditions(request, filter, agreementUuid)
  if (filter?.owedBy != null) where.push({ sql: 'owed_by = any (?::text[])', value: filter.owedBy })
  if (filter?.clause != null) where.push({ sql: 'clause = any (?::text[])', value: filter.clause })
  return where
}

async function secondsLeft(obligation: ObligationType, request: Request): Promise<number | null> {
  if (obligation.state !== 'RUNNING' && obligation.state !== 'PAUSED') return null
  const now = obligation.pausedSince ?? (await request.now())
  return Math.floor((obligation.dueAt.getTime() - now.getTime()) / 1000)
}
