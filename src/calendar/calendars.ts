import type { EventActor, Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid } from '../platform/ids.js'
import { addDays } from '../platform/time.js'
import { checkText } from '../tenancy/index.js'
import { CalendarVersion } from './calendar-version.js'
import { type Reference, referenceOf, USUAL_WEEKEND } from './reference.js'
import type { Period, WorkingDays } from './working-days.js'

export const CALENDAR_ID = 'cal'

/** Most days one version publishes: three years. A notice speaks of one; more is easily said in several. */
const MAX_PUBLISHED_DAYS = 3 * 366

export interface CalendarInput {
  jurisdiction: string
  source: string
  publishedFrom: string
  publishedThrough: string
  weekend?: readonly number[] | null
  restDays: readonly string[]
  workDays?: readonly string[] | null
}

/** What is published of a jurisdiction's days by one version, as a row holds it. */
export type PublishedDays = Pick<
  CalendarVersion,
  'number' | 'publishedFrom' | 'publishedThrough' | 'weekend' | 'restDays' | 'workDays'
>

/**
 * Publishes a jurisdiction's days between two dates, over the shared reference and over what was published before. Deadlines
 * that wait for such a day are counted anew by whoever keeps clocks, in the same transaction; no verdict is touched.
 */
export async function publishCalendar(
  operation: Operation,
  input: CalendarInput,
  actor: EventActor,
): Promise<CalendarVersion> {
  const { tenantId } = operation.session
  const { jurisdiction } = input
  const days = checkedDays(input)
  const source = checkText(input.source, ['input', 'source'], { max: 500 })
  const now = await operation.now()
  const [{ last } = { last: 0 }] = await operation.run<{ last: number }>(
    'select coalesce(max(number), 0)::int as last from calendar_versions where tenant_id = $1 and jurisdiction = $2',
    [tenantId, jurisdiction],
  )
  const version = operation.em.create(CalendarVersion, {
    tenantId,
    id: newUuid(),
    jurisdiction,
    // Two at once take the same number: the unique key lets one of them through, and the other hears CONFLICT.
    number: last + 1,
    source,
    ...days,
    createdAt: now,
  })
  await operation.em.flush()
  operation.record({
    type: 'calendar.published',
    category: 'CONTRACT',
    subject: { kind: CALENDAR_ID, id: version.id, revision: () => 1 },
    customerId: null,
    agreementId: null,
    actor,
    occurredAt: now,
    acceptedAt: now,
    data: {
      jurisdiction,
      number: version.number,
      publishedFrom: version.publishedFrom,
      publishedThrough: version.publishedThrough,
    },
  })
  return version
}

/** The working days of a jurisdiction as they stand now for the tenant. */
export async function workingDaysNow(operation: Operation, jurisdiction: string): Promise<WorkingDays> {
  const rows = await operation.run<PublishedDays>(VERSIONS_OF, [operation.session.tenantId, jurisdiction])
  return workingDaysOf(jurisdiction, rows)
}

/** The same as they stood at a version: what was published later, or with a later release, is left out. */
export async function workingDaysAt(operation: Operation, version: string): Promise<WorkingDays> {
  const { jurisdiction } = readVersion(version)
  const rows = await operation.run<PublishedDays>(VERSIONS_OF, [operation.session.tenantId, jurisdiction])
  return workingDaysOfVersion(version, rows)
}

export const VERSIONS_OF = `select number, published_from as "publishedFrom", published_through as "publishedThrough", weekend,
  rest_days as "restDays", work_days as "workDays" from calendar_versions where tenant_id = $1 and jurisdiction = $2 order by number`

/** The reference, and over it what the tenant has published, in the order of its versions. */
export const workingDaysOf = (jurisdiction: string, published: readonly PublishedDays[]): WorkingDays =>
  over(jurisdiction, referenceOf(jurisdiction), published)

/** The days of a version by its name, out of all that the tenant has published of its jurisdiction. */
export function workingDaysOfVersion(version: string, published: readonly PublishedDays[]): WorkingDays {
  const { jurisdiction, edition, last } = readVersion(version)
  const reference = edition === null ? null : referenceOf(jurisdiction, edition)
  return over(
    jurisdiction,
    reference,
    published.filter(({ number }) => number <= last),
  )
}

/** Whose days a version is of: `CN 2026 + 1` is of `CN`. */
export const jurisdictionOf = (version: string): string => readVersion(version).jurisdiction

function readVersion(version: string): { jurisdiction: string; edition: string | null; last: number } {
  const [, jurisdiction, edition, last] = /^(\S+)(?: (\d+))?(?: \+ (\d+))?$/.exec(version) ?? []
  if (jurisdiction === undefined) throw new Error('no calendar version is named so')
  return { jurisdiction, edition: edition ?? null, last: Number(last ?? 0) }
}

function over(
  jurisdiction: string,
  reference: Reference | null,
  published: readonly PublishedDays[],
): WorkingDays {
  const last = published.at(-1)
  const own = published.map(
    (each): Period => ({
      from: each.publishedFrom,
      through: each.publishedThrough,
      weekend: each.weekend,
      rest: new Set(each.restDays),
      work: new Set(each.workDays),
    }),
  )
  return {
    version: [
      jurisdiction,
      ...(reference ? [reference.edition] : []),
      ...(last ? [`+ ${last.number}`] : []),
    ].join(' '),
    periods: [...(reference?.periods ?? []), ...own],
    weekend: last?.weekend ?? USUAL_WEEKEND,
  }
}

/** Days that can be published, or a refusal. */
export function checkedDays(
  input: Omit<CalendarInput, 'jurisdiction' | 'source'>,
): Omit<PublishedDays, 'number'> {
  const { publishedFrom, publishedThrough } = input
  const through = ['input', 'publishedThrough']
  if (publishedThrough < publishedFrom)
    throw refuse('INVALID', { field: through, messageKey: 'ENDS_BEFORE_START' })
  if (addDays(publishedFrom, MAX_PUBLISHED_DAYS) <= publishedThrough)
    throw refuse('TOO_LARGE', {
      field: through,
      messageKey: 'CALENDAR_TOO_LONG',
      params: { max: MAX_PUBLISHED_DAYS },
    })
  const weekend = checkedWeekend(input.weekend ?? USUAL_WEEKEND)
  const restDays = checkedList(input.restDays, 'restDays', input)
  const workDays = checkedList(input.workDays ?? [], 'workDays', input)
  const both = workDays.findIndex(day => restDays.includes(day))
  if (both !== -1)
    throw refuse('INVALID', { field: ['input', 'workDays', String(both)], messageKey: 'DAY_OF_BOTH_KINDS' })
  return { publishedFrom, publishedThrough, weekend, restDays, workDays }
}

function checkedWeekend(weekend: readonly number[]): number[] {
  const days = [...new Set(weekend)].sort((one, other) => one - other)
  if (days.length !== weekend.length || days.length > 6 || days.some(day => day < 1 || day > 7))
    throw refuse('INVALID', { field: ['input', 'weekend'], messageKey: 'WEEKEND_DAYS' })
  return days
}

function checkedList(
  days: readonly string[],
  name: 'restDays' | 'workDays',
  { publishedFrom, publishedThrough }: Pick<CalendarInput, 'publishedFrom' | 'publishedThrough'>,
): string[] {
  if (days.length > MAX_PUBLISHED_DAYS)
    throw refuse('TOO_MANY', { field: ['input', name], params: { max: MAX_PUBLISHED_DAYS } })
  const outside = days.findIndex(day => day < publishedFrom || day > publishedThrough)
  if (outside !== -1)
    throw refuse('INVALID', { field: ['input', name, String(outside)], messageKey: 'DAY_NOT_PUBLISHED' })
  return [...new Set(days)].sort()
}
