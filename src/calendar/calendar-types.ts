import { Field, Int, ObjectType } from 'type-graphql'
import { statement } from '../persistence/index.js'
import { Node } from '../platform/graphql/contract.js'
import { connectionOf } from '../platform/graphql/pages.js'
import { DateScalar, DateTimeScalar, JurisdictionScalar } from '../platform/graphql/scalars.js'
import { type BatchRead, byId, registerNode, toNode } from '../tenancy/index.js'
import { CALENDAR_ID, type PublishedDays, VERSIONS_OF } from './calendars.js'

export interface VersionRow extends PublishedDays {
  id: string
  jurisdiction: string
  source: string
  createdAt: Date
}

export const VERSION_COLUMNS = `id, jurisdiction, number, source, published_from as "publishedFrom", published_through as "publishedThrough",
  weekend, rest_days as "restDays", work_days as "workDays", created_at as "createdAt"`

export const versionById = byId<VersionRow>('calendar_versions', VERSION_COLUMNS)

const publishedOf = statement('calendar_versions_of_jurisdiction', VERSIONS_OF)

/** All that the tenant has published of jurisdictions, in the order of its versions. */
export const publishedDaysOf: BatchRead<string, PublishedDays[]> = (reads, jurisdictions) =>
  Promise.all(
    jurisdictions.map(each => reads.rows<PublishedDays>(publishedOf, [reads.session.tenantId, each])),
  )

@ObjectType('CalendarVersion', {
  implements: Node,
  description:
    "Days of a jurisdiction that the provider has published, over the shared reference; append-only. Every caller of the provider sees it: both sides' deadlines are counted by it.",
  simpleResolvers: true,
})
export class CalendarVersionType extends Node {
  @Field(() => JurisdictionScalar, { description: 'Whose days they are.' })
  jurisdiction!: string

  @Field(() => Int, {
    description: 'Runs per jurisdiction, from 1; of two that know a day the higher one counts.',
  })
  number!: number

  @Field(() => String, { description: 'The notice that says so.' })
  source!: string

  @Field(() => DateScalar, { description: 'First day that it knows.' })
  publishedFrom!: string

  @Field(() => DateScalar, { description: 'Last day that it knows.' })
  publishedThrough!: string

  @Field(() => [Int], {
    description: 'Days of the week that are rest days when nothing else is said, 1 (Monday) to 7 (Sunday).',
  })
  weekend!: number[]

  @Field(() => [DateScalar], { description: 'Statutory rest days, in order.' })
  restDays!: string[]

  @Field(() => [DateScalar], { description: 'Days of a weekend that are worked (调休), in order.' })
  workDays!: string[]

  @Field(() => DateTimeScalar, { description: 'When it was published here.' })
  createdAt!: Date
}

export const toCalendarVersion = (row: VersionRow): CalendarVersionType => toNode(CALENDAR_ID, row)
registerNode(CALENDAR_ID, 'CalendarVersion', 'calendar:read', versionById, toCalendarVersion)

export const CalendarVersionConnection = connectionOf(
  () => CalendarVersionType,
  'CalendarVersion',
  'calendar versions',
)

@ObjectType({
  description: 'One day of a jurisdiction as its calendar stands now.',
  simpleResolvers: true,
})
export class WorkingDay {
  @Field(() => DateScalar, { description: 'The day.' })
  date!: string

  @Field(() => Boolean, { description: 'Whether it is a working day (工作日), make-up weekends included.' })
  working!: boolean

  @Field(() => Boolean, {
    description: 'False: nobody has published it, and `working` is an estimate from the weekend alone.',
  })
  published!: boolean
}
