import type { SuspensionScope } from '../agreements/index.js'
import { type PublishedDays, publishedDaysOf, workingDaysOf } from '../calendar/index.js'
import { estimatesUnder } from '../obligations/index.js'
import { statement } from '../persistence/index.js'
import { Failure } from '../platform/failure.js'
import type { Amount } from '../platform/money.js'
import type { Request } from '../tenancy/index.js'
import { Exposures, type ForecastRow, type OpenRow } from './forecast-prices.js'

/** Deadlines that a forecast names: a page of the longest list. What lies behind them is asked with a shorter span. */
export const MAX_FORECAST = 100
/** How far ahead is looked: two years. Nothing that runs by then was begun today. */
export const MAX_DAYS = 731

/** What is taken to be so, for the length of one question. */
export interface Assumptions {
  /** Uuids of obligations and agreements whose clocks stand still: nothing of theirs falls due. */
  paused: readonly string[]
  /** Scopes that are suspended: nothing under their clauses falls due. Of one agreement, or of all. */
  suspended: readonly { agreementId: string | null; scope: SuspensionScope }[]
  /** Days that are published: estimates of their jurisdiction are counted by them. */
  calendar: { jurisdiction: string; days: Omit<PublishedDays, 'number'> } | null
  /** Until when what is missed stays undone, for rules per day and hour; null: their first one. */
  undoneUntil: Date | null
  /** 5.3.1's percent of an amended text, where a rule has none of its own. */
  damagesPercent: string | null
  /** The fee of an amended schedule, as every rule's basis. */
  basis: Amount | null
}

/** The clauses whose clocks stand still with a scope, by what they begin with (domain.md, Clauses and Clocks). */
const CLAUSES: Record<SuspensionScope, readonly string[]> = {
  SERVICE: ['2.', '7.'],
  UPGRADE: ['6.'],
  BACKUP: ['8.3.'],
  PAYMENT: ['3.'],
  ALL: [''],
}

export interface Forecast {
  asOf: Date
  until: Date
  entries: ForecastRow[]
  /** More falls due within the span than is named. */
  hasMore: boolean
}

const COLUMNS = `due.id, due.agreement_id as "agreementId", due.version_id as "versionId", due.clause, due.owed_by as "owedBy", due.unit,
     due.subject_id as "subjectId", due.due_at as "dueAt", agreement.time_zone as "timeZone", agreement.effective_on::text as "effectiveOn"`
const OWN_COLUMNS = 'id, tenant_id, agreement_id, version_id, clause, owed_by, unit, subject_id, due_at'
/** What isn't taken to stand still: by $2 obligations and agreements, by $3 and $4 clauses of an agreement, or of all. */
const GOES_ON = `not id = any ($2::uuid[]) and not agreement_id = any ($2::uuid[])
       and not exists (
         select from unnest($3::uuid[], $4::text[]) as held (agreement, clause)
         where coalesce(held.agreement = obligations.agreement_id, true) and starts_with(obligations.clause, held.clause))`
const JOINED = `join agreements as agreement on agreement.tenant_id = due.tenant_id and agreement.id = due.agreement_id
   order by due.due_at, due.id`

const openObligations = statement(
  'obligations_falling_due',
  `select ${COLUMNS} from (
     select ${OWN_COLUMNS} from obligations
     where tenant_id = $1 and state = 'RUNNING' and nature = 'DEADLINE' and due_at > $5 and due_at <= $6
       and ${GOES_ON} and coalesce(not (provisional and jurisdiction = $7), true)
     order by due_at, id limit $8) as due
   ${JOINED}`,
)

const supposedObligations = statement(
  'obligations_supposed_to_fall_due',
  `select ${COLUMNS} from (
     select ${OWN_COLUMNS} from obligations where tenant_id = $1 and id = any ($5::uuid[]) and ${GOES_ON}) as due
   ${JOINED}`,
)

/** What falls due within a span, in order, with the exposure of each. It reads, and changes nothing. */
export async function forecast(
  request: Request,
  now: Date,
  withinMs: number,
  assume: Assumptions,
): Promise<Forecast> {
  const until = new Date(now.getTime() + withinMs)
  const found = await fallingDue(request, { from: now, until }, assume)
  const due = found.slice(0, MAX_FORECAST)
  const exposures = await Exposures.of(request.reads, due, assume, until)
  const entries = due.map(row => exposures.next(row))
  return { asOf: now, until, entries, hasMore: found.length > MAX_FORECAST }
}

/** One more than is named, so that it's known whether there are more. */
async function fallingDue(
  request: Request,
  span: { from: Date; until: Date },
  { paused, suspended, calendar }: Assumptions,
): Promise<OpenRow[]> {
  const held = suspended.flatMap(({ agreementId, scope }) =>
    CLAUSES[scope].map(clause => ({ agreementId, clause })),
  )
  const goesOn = [
    request.reads.session.tenantId,
    paused,
    held.map(({ agreementId }) => agreementId),
    held.map(({ clause }) => clause),
  ]
  const open = await request.reads.rows<OpenRow>(openObligations, [
    ...goesOn,
    span.from,
    span.until,
    calendar?.jurisdiction ?? null,
    MAX_FORECAST + 1,
  ])
  if (!calendar) return open
  const supposed = await supposedUnder(request, span, calendar)
  const rows = await request.reads.rows<OpenRow>(supposedObligations, [...goesOn, [...supposed.keys()]])
  return [...open, ...rows.map(row => ({ ...row, dueAt: supposed.get(row.id) as Date }))]
    .toSorted((a, b) => a.dueAt.getTime() - b.dueAt.getTime() || (a.id < b.id ? -1 : 1))
    .slice(0, MAX_FORECAST + 1)
}

/** Estimates of the jurisdiction that fall due within the span once the supposed days are published, over all that is. */
async function supposedUnder(
  request: Request,
  span: { from: Date; until: Date },
  { jurisdiction, days }: NonNullable<Assumptions['calendar']>,
): Promise<Map<string, Date>> {
  const published = await request.load(publishedDaysOf, jurisdiction)
  const number = (published.at(-1)?.number ?? 0) + 1
  const supposed = workingDaysOf(jurisdiction, [...published, { ...days, number }])
  const due = await estimatesUnder(request, jurisdiction, supposed, span)
  return new Map([...due].filter(([, at]) => at > span.from && at <= span.until))
}

/** Milliseconds of an ISO 8601 length of time, from a second to two years. */
export function spanOf(within: string): number {
  const [, days, hours, minutes, seconds] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(within) ?? []
  const ms =
    (((Number(days ?? 0) * 24 + Number(hours ?? 0)) * 60 + Number(minutes ?? 0)) * 60 +
      Number(seconds ?? 0)) *
    1000
  if (!(ms >= 1000) || ms > MAX_DAYS * 86_400_000)
    throw new Failure('BAD_USER_INPUT', { messageKey: 'FORECAST_SPAN', params: { max: MAX_DAYS } })
  return Math.round(ms)
}
