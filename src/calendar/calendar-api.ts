import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Args, type ClassType, Ctx, ID, Info, Mutation, Query, Resolver } from 'type-graphql'
import { type Condition, readPage } from '../persistence/index.js'
import { Allow, OrderDirection, payloadOf, type UserError } from '../platform/graphql/contract.js'
import { orderedBy, type Page, PageArgs, pageWindow } from '../platform/graphql/pages.js'
import { DateScalar, JurisdictionScalar } from '../platform/graphql/scalars.js'
import { addDays } from '../platform/time.js'
import { badInput, findNode, Request } from '../tenancy/index.js'
import { CalendarPublishInput, CalendarVersionFilter, CalendarVersionOrder } from './calendar-inputs.js'
import {
  CalendarVersionConnection,
  CalendarVersionType,
  publishedDaysOf,
  toCalendarVersion,
  VERSION_COLUMNS,
  versionById,
  type VersionRow,
  WorkingDay,
} from './calendar-types.js'
import { CALENDAR_ID, publishCalendar, workingDaysOf } from './calendars.js'
import { isPublished, isWorkingDay } from './working-days.js'

/** Most days in one answer: a year and a day. */
const MAX_DAYS = 366

interface PublishPayload {
  calendarVersion: () => Promise<CalendarVersionType | null> | null
  userErrors: UserError[]
}

const PublishPayloadType: ClassType<PublishPayload> = payloadOf<PublishPayload>('calendarPublish', {
  calendarVersion: {
    type: () => CalendarVersionType,
    description: 'The version that was published; null when nothing happened.',
  },
})

@Resolver()
export class CalendarResolver {
  @Allow('calendar:read')
  @Query(() => CalendarVersionType, {
    nullable: true,
    description: 'A calendar version by its id; null when there is none that you may see.',
  })
  calendarVersion(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return id.startsWith(`${CALENDAR_ID}_`) ? findNode(request, id) : Promise.resolve(null)
  }

  @Allow('calendar:read')
  @Query(() => CalendarVersionConnection, {
    nullable: true,
    description: 'What the provider has published over the shared reference, the newest first.',
  })
  calendarVersions(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => CalendarVersionFilter, { nullable: true, description: 'Which ones.' })
    filter: CalendarVersionFilter | null,
    @Arg('orderBy', () => CalendarVersionOrder, {
      nullable: true,
      description: 'In which order; the newest first when omitted.',
    })
    orderBy: CalendarVersionOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<CalendarVersionType>> {
    return readPage<VersionRow, CalendarVersionType>(request.reads, request.seals, {
      from: 'calendar_versions',
      columns: VERSION_COLUMNS,
      where: versionConditions(request.caller.tenantId, filter),
      orderBy: orderedBy('createdAt', orderBy?.direction ?? OrderDirection.DESC),
      window: pageWindow(page),
      binding: request.cursorBinding('calendar versions', orderBy, filter),
      toEntry: toCalendarVersion,
    })
  }

  @Allow('calendar:read')
  @Query(() => [WorkingDay], {
    nullable: true,
    description:
      'The days of a jurisdiction from one to another, at most 366, as deadlines are counted by them now: the shared reference (mainland China from 2004 on) and over it what the provider has published.',
  })
  async workingDays(
    @Arg('jurisdiction', () => JurisdictionScalar, { description: 'Whose days.' }) jurisdiction: string,
    @Arg('from', () => DateScalar, { description: 'First day.' }) from: string,
    @Arg('through', () => DateScalar, { description: 'Last day.' }) through: string,
    @Ctx('request') request: Request,
  ): Promise<WorkingDay[]> {
    if (through < from) throw badInput('ENDS_BEFORE_START')
    if (addDays(from, MAX_DAYS) <= through) throw badInput('CALENDAR_TOO_LONG', { max: MAX_DAYS })
    const days = workingDaysOf(jurisdiction, await request.load(publishedDaysOf, jurisdiction))
    const found: WorkingDay[] = []
    for (let date = from; date <= through; date = addDays(date, 1))
      found.push({ date, working: isWorkingDay(days, date), published: isPublished(days, date) })
    return found
  }

  @Allow('calendar:publish')
  @Mutation(() => PublishPayloadType, {
    nullable: true,
    description:
      "Publishes a jurisdiction's days: rest days, and weekend days that are worked. Running deadlines that waited for them are counted anew at once; what was judged stays judged. Codes: BLANK, INVALID, TOO_LARGE, TOO_LONG, TOO_MANY.",
  })
  async calendarPublish(
    @Arg('input', () => CalendarPublishInput, { description: 'The days.' }) input: CalendarPublishInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PublishPayload> {
    const { ids, userErrors } = await request.change(info, input, async operation => ({
      id: (await publishCalendar(operation, input, request.actor)).id,
    }))
    const read = async (id: string): Promise<CalendarVersionType | null> => {
      const row = await request.load(versionById, id)
      return row && toCalendarVersion(row)
    }
    return { calendarVersion: () => ids && read(ids.id), userErrors }
  }
}

function versionConditions(tenantId: string, filter: CalendarVersionFilter | null): Condition[] {
  const where: Condition[] = [{ sql: 'tenant_id = ?', value: tenantId }]
  if (filter?.jurisdiction != null)
    where.push({ sql: 'jurisdiction = any (?::text[])', value: filter.jurisdiction })
  if (filter?.number != null) where.push({ sql: 'number = ?', value: filter.number })
  if (filter?.knows != null)
    where.push({ sql: "daterange(published_from, published_through, '[]') @> ?::date", value: filter.knows })
  if (filter?.createdAfter != null) where.push({ sql: 'created_at > ?', value: filter.createdAfter })
  return where
}
