import type { WorkingDays } from '../calendar/index.js'
import { statement } from '../persistence/index.js'
import type { Request } from '../tenancy/index.js'
import { readClock } from './clock.js'
import { clockEventsOf, OBLIGATION_COLUMNS, type ObligationRow } from './obligation-loaders.js'

/** Estimates that are counted under supposed days, the earliest: five times as many as a forecast names. */
const MAX_SUPPOSED = 500
/** How far days that are published may move an estimate: no holiday in a row is longer than a month. */
const MAX_MOVE_MS = 31 * 86_400_000

const estimatesFallingDue = statement(
  'estimates_falling_due',
  `select ${OBLIGATION_COLUMNS} from obligations
   where tenant_id = $1 and provisional and jurisdiction = $2 and state = 'RUNNING' and nature = 'DEADLINE'
     and due_at > $3 and due_at <= $4
   order by due_at, id limit ${MAX_SUPPOSED}`,
)

/**
 * When the estimates of a jurisdiction would fall due if these were its days, by their ids: what publishing them would
 * count anew, and nothing else. It reads, and changes nothing.
 */
export async function estimatesUnder(
  request: Request,
  jurisdiction: string,
  days: WorkingDays,
  span: { from: Date; until: Date },
): Promise<Map<string, Date>> {
  const around = [span.from.getTime() - MAX_MOVE_MS, span.until.getTime() + MAX_MOVE_MS]
  const rows = await request.reads.rows<ObligationRow>(estimatesFallingDue, [
    request.reads.session.tenantId,
    jurisdiction,
    ...around.map(ms => new Date(ms)),
  ])
  const events = await Promise.all(rows.map(({ id }) => request.load(clockEventsOf, id)))
  return new Map(rows.map((row, index) => [row.id, readClock(row, events[index] ?? [], days, null).dueAt]))
}
