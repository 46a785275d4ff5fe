import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import {
  agreementById,
  AgreementType,
  type DamagesRule,
  DamagesRuleType,
  recordConditions,
} from '../agreements/index.js'
import { type ListQuery, readPage } from '../persistence/index.js'
import { Allow, Discloses, Node, OrderDirection } from '../platform/graphql/contract.js'
import { type MoneyType, toMoney } from '../platform/graphql/money.js'
import { orderedBy, type Page, PageArgs, pageWindow } from '../platform/graphql/pages.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { publicId } from '../platform/ids.js'
import { percentOf } from '../platform/money.js'
import { civilDate } from '../platform/time.js'
import { findNode, pageOfParent, Request } from '../tenancy/index.js'
import { accruedOn, unitsOf } from './accrual.js'
import {
  AccrualType,
  AssessmentConnection,
  AssessmentType,
  RevisionType,
  toAssessment,
  toRevision,
} from './assessment-types.js'
import { AssessmentFilter, AssessmentOrder, AssessmentOrderField } from './breach-inputs.js'
import {
  actsOfAssessment,
  ASSESSMENT_COLUMNS,
  type AssessmentRow,
  breachesOf,
  MAX_HISTORY,
  newestAssessmentsOf,
  revisionsOf,
} from './breach-loaders.js'
import { BreachType, ClaimActType, toAct, toBreach } from './breach-types.js'
import { topUpOf } from './loss.js'
import { ASSESSMENT_ID } from './pricing.js'

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

  @FieldResolver(() => DamagesRuleType, {
    nullable: true,
    description: 'The rule that was applied; null where none was. Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  async rule(@Root() assessment: AssessmentType, @Ctx('request') request: Request): Promise<object | null> {
    return assessment.ruleId === null ? null : findNode(request, publicId('dmr', assessment.ruleId))
  }

  @FieldResolver(() => AccrualType, {
    nullable: true,
    description:
      'What a price per day or hour has come to by now, or by an instant; null for one that does not grow. A revision is written when something is done about it, and not every midnight.',
  })
  async accrued(
    @Root() assessment: AssessmentType,
    @Arg('asOf', () => DateTimeScalar, { nullable: true, description: 'By when; now when omitted.' })
    asOf: Date | null,
    @Ctx('request') request: Request,
  ): Promise<AccrualType | null> {
    const agreement = await request.load(agreementById, assessment.agreementId)
    return agreement && accruedBy(assessment.row, agreement.timeZone, asOf ?? (await request.now()))
  }

  @FieldResolver(() => [RevisionType], {
    description: `Its revisions, the first in front; the latest ${MAX_HISTORY}.`,
  })
  async revisions(
    @Root() assessment: AssessmentType,
    @Ctx('request') request: Request,
  ): Promise<RevisionType[]> {
    return (await request.load(revisionsOf, assessment.uuid)).map(toRevision)
  }

  @FieldResolver(() => [ClaimActType], {
    description: `What either side did about it or its breaches, in the order it was entered; the latest ${MAX_HISTORY}.`,
  })
  async acts(@Root() assessment: AssessmentType, @Ctx('request') request: Request): Promise<ClaimActType[]> {
    return (await request.load(actsOfAssessment, assessment.uuid)).map(toAct)
  }
}

@Resolver(() => AgreementType)
export class AgreementAssessmentsResolver {
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

type Growing = AssessmentRow & {
  [Name in 'mode' | 'accruesFrom' | 'currency' | 'basisAmount' | 'ratePercent']: NonNullable<
    AssessmentRow[Name]
  >
}

function grownBy(row: Growing, timeZone: string, asOf: Date): { units: number; amount: bigint } {
  const { mode, accruesFrom, currency, basisAmount, ratePercent, overdue } = row
  if (overdue) {
    const terms = { dueOn: civilDate(accruesFrom, timeZone), currency, ratePercent }
    const { damages, days } = accruedOn(overdue, terms, civilDate(asOf, timeZone))
    return { units: days, amount: damages }
  }
  const units = unitsOf(mode as DamagesRule['mode'], accruesFrom, asOf, timeZone)
  return { units, amount: percentOf({ minor: BigInt(basisAmount), currency }, ratePercent, units).minor }
}

/** Null for a price that stands still: one that is owed once, was made good, or is agreed. */
function accruedBy(row: AssessmentRow, timeZone: string, asOf: Date): AccrualType | null {
  const { mode, accruesFrom, currency, basisAmount, ratePercent } = row
  if (row.state !== 'INDICATIVE' || accruesFrom === null || row.accruedUntil !== null) return null
  if (mode === null || currency === null || basisAmount === null || ratePercent === null) return null
  const { units, amount } = grownBy(row as Growing, timeZone, asOf)
  const left = row.capRemaining === null ? amount : BigInt(row.capRemaining)
  const damages = amount < left ? amount : left
  const loss = row.lossClaimed === null ? null : BigInt(row.lossClaimed)
  const total = damages + topUpOf(loss, damages)
  const money = (minor: bigint): MoneyType => toMoney({ minor, currency })
  return { asOf, units: String(units), amount: money(amount), total: money(total) }
}
