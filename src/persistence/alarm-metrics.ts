import { counter, gauge, gaugesFrom, histogram } from '../platform/metrics.js'
import type { Work } from '../platform/work.js'
import type { Database } from './database.js'
import { ALARM_ROLE } from './walls.js'

const alarmsRung = counter('surety_alarms_rung_total', 'Alarms that rang, by kind.', ['kind'])

export const alarmsFailed = counter(
  'surety_alarms_failed_total',
  'Times that an alarm failed and was put off, by kind.',
  ['kind'],
)

/** 1 s is the promise (P3); an hour is the longest wait after failures. */
const DELAY_SECONDS = [0.25, 0.5, 1, 5, 30, 300, 3600]

const alarmDelay = histogram(
  'surety_alarm_delay_seconds',
  'From the instant an alarm was due to the commit of what it did.',
  [],
  DELAY_SECONDS,
)

/** Counts what has committed; answers what a slow one is told with. */
export function countRung(kind: string, alarms: readonly { dueAt: Date }[], work: Work): object {
  alarmsRung.inc({ kind }, alarms.length)
  for (const { dueAt } of alarms) alarmDelay.observe(Math.max(0, Date.now() - dueAt.getTime()) / 1000)
  const { ms, statements, slowest, traceId } = work
  return { alarm: kind, alarms: alarms.length, ms: Math.round(ms), statements, slowest, traceId }
}

export const clocksAgree = gauge(
  'surety_clocks_agree',
  "1 while this worker's clocks and the database's agree, else 0: it then rings nothing.",
)

// Without a worker nobody compares them, and there is nothing to show.
clocksAgree.remove()

/** Databases of this process: one, where no test has several. The alarms of the one that was opened last are looked at. */
export const alarmsOf = new Set<Database>()

/** Due alarms are counted up to here: a backlog of more is as bad, and counting it would make it worse. */
const MOST_COUNTED = 10_000
/** How long a look may take before the scrape goes on without it. */
const LOOK_MS = 1_000

gaugesFrom(
  {
    surety_database_ready: '1 when the database answers within a second, else 0.',
    surety_alarms_due: `Alarms that are due and have not rung, on this database, as far as ${MOST_COUNTED}.`,
    surety_alarms_oldest_due_seconds:
      'For how long the oldest of them has been due; those put off after a failure not counted.',
  },
  async () => {
    const database = [...alarmsOf].at(-1)
    if (!database) return {}
    const late = new Promise<null>(resolve => setTimeout(resolve, LOOK_MS, null).unref())
    const found = await Promise.race([lookAt(database).catch(() => null), late])
    if (!found) return { surety_database_ready: 0 }
    return {
      surety_database_ready: 1,
      surety_alarms_due: found.due,
      surety_alarms_oldest_due_seconds: found.seconds,
    }
  },
)

async function lookAt(database: Database): Promise<{ due: number; seconds: number }> {
  return database.acrossTenants(ALARM_ROLE, async query => {
    const { rows } = await query<{ due: number; seconds: number }>(
      `select count(*)::int as due, coalesce(extract(epoch from surety_now() - min(next_at)), 0)::float8 as seconds
       from (select next_at from alarms where next_at <= (select surety_now()) order by next_at limit $1) as due_now`,
      [MOST_COUNTED],
    )
    return rows[0] as { due: number; seconds: number }
  })
}
