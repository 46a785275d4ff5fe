import { type WorkingDays, workingDaysOf, workingDaysOfVersion } from '../../src/calendar/index.js'
import {
  type ClockHappening,
  type ClockReading,
  type ClockTerms,
  type Counting,
  readClock,
} from '../../src/obligations/index.js'
import type { World } from '../kit/world.js'

/** An instant in China, where most examples of the agreement are. */
export const at = (text: string): Date => new Date(`${text}+08:00`)

export const china: WorkingDays = workingDaysOf('CN', [])

/** What a clock runs by; hours on the wall clock when nothing else is said. */
export function terms(
  quantity: string,
  unit: ClockTerms['unit'] = 'HOURS',
  counting: Partial<Counting> | null = unit === 'HOURS' || unit === 'SLOT' ? null : {},
  nature: ClockTerms['nature'] = 'DEADLINE',
): ClockTerms {
  const place = { timeZone: 'Asia/Shanghai', jurisdiction: 'CN', before: null, rolls: false, window: null }
  return { nature, unit, quantity, counting: counting && { ...place, ...counting }, dueAt: new Date(0) }
}

export type Told = [
  type: ClockHappening['type'],
  occurredAt: Date,
  more?: Partial<Omit<ClockHappening, 'type' | 'occurredAt' | 'ordinal'>>,
]

/** The events of a clock, learnt when they happened unless something else is said. */
export const events = (...told: Told[]): ClockHappening[] =>
  told.map(([type, occurredAt, more], ordinal) => ({
    ...{ ordinal, type, occurredAt, acceptedAt: occurredAt },
    ...{ reason: null, causeId: null, calendar: null, fact: null, corrects: null },
    ...more,
  }))

interface StoredClock {
  tenant_id: string
  id: string
  state: string
  nature: ClockTerms['nature']
  unit: ClockTerms['unit']
  quantity: string
  counting: Counting | null
  calendar: string | null
  provisional: boolean
  started_at: Date
  due_at: Date
  stopped_at: Date | null
  paused_since: Date | null
}

/** Every clock of a world: what is stored of it, and what its events alone tell. The two must be the same. */
export async function replayed(world: World): Promise<{ stored: object; told: object }[]> {
  const clocks = await world.sqlAsSuperuser<StoredClock>(
    `select tenant_id, id, state, nature, unit, quantity, counting, calendar, provisional, started_at, due_at, stopped_at, paused_since
     from obligations order by id`,
  )
  const rows = await world.sqlAsSuperuser<ClockHappening & { obligationId: string }>(
    `select obligation_id as "obligationId", ordinal, type, occurred_at as "occurredAt", accepted_at as "acceptedAt", reason,
       cause_id as "causeId", calendar, fact, corrects from obligation_clock_events order by obligation_id, ordinal`,
  )
  const published = await world.sqlAsSuperuser(
    `select tenant_id, jurisdiction, number, published_from::text as "publishedFrom", published_through::text as "publishedThrough",
       weekend, rest_days as "restDays", work_days as "workDays" from calendar_versions order by number`,
  )
  return clocks.map(clock => {
    const own = published.filter(
      each => each.tenant_id === clock.tenant_id && each.jurisdiction === clock.counting?.jurisdiction,
    )
    const days = clock.calendar === null ? null : workingDaysOfVersion(clock.calendar, own as never[])
    const happened = rows.filter(row => row.obligationId === clock.id)
    const reading = readClock({ ...clock, dueAt: clock.due_at }, happened, days, null)
    return { stored: whatCounts(fromRow(clock)), told: whatCounts(reading) }
  })
}

type Counts = Pick<
  ClockReading,
  'state' | 'startedAt' | 'dueAt' | 'stoppedAt' | 'pausedSince' | 'provisional' | 'calendar'
>
const fromRow = (row: StoredClock): Counts => ({
  ...{ state: row.state as ClockReading['state'], provisional: row.provisional, calendar: row.calendar },
  ...{
    startedAt: row.started_at,
    dueAt: row.due_at,
    stoppedAt: row.stopped_at,
    pausedSince: row.paused_since,
  },
})
const whatCounts = ({
  state,
  startedAt,
  dueAt,
  stoppedAt,
  pausedSince,
  provisional,
  calendar,
}: Counts): Counts => ({
  ...{ state, startedAt, dueAt, stoppedAt, pausedSince, provisional, calendar },
})
