import type { Operation } from '../persistence/index.js'
import { newUuid } from '../platform/ids.js'
import type { ClockEventType, ClockHappening, FactType, PauseReason } from './clock-facts.js'
import type { Obligation } from './obligation.js'

/** When something was so, and when Surety learnt it. */
export interface Occurrence {
  occurredAt: Date
  acceptedAt: Date
}

/** What an event says beside its type and its instants. */
export interface ClockDetail {
  reason?: PauseReason
  causeId?: string | null
  calendar?: string | null
  fact?: FactType | null
  corrects?: number | null
  evidence?: string | null
}

/** Writes what happened to a clock behind what happened to it before. Its obligation is locked, or new: nobody else writes meanwhile. */
export function append(
  operation: Operation,
  obligation: Obligation,
  type: ClockEventType,
  { occurredAt, acceptedAt }: Occurrence,
  detail: ClockDetail = {},
): Promise<void> {
  return appendToAll(operation, type, [{ obligation, occurredAt }], acceptedAt, detail)
}

/** The same happened to many clocks. */
export async function appendToAll(
  operation: Operation,
  type: ClockEventType,
  happened: readonly { obligation: Obligation; occurredAt: Date }[],
  acceptedAt: Date,
  detail: ClockDetail = {},
): Promise<void> {
  const {
    reason = null,
    causeId = null,
    calendar = null,
    fact = null,
    corrects = null,
    evidence = null,
  } = detail
  await operation.run(
    `insert into obligation_clock_events (tenant_id, obligation_id, ordinal, customer_id, type, occurred_at, accepted_at,
       id, reason, cause_id, calendar, fact, corrects, evidence)
     select $1, event.obligation_id, coalesce(latest.ordinal, -1) + 1, event.customer_id, $2, event.occurred_at, $3,
       event.id, $8, $9, $10, $11, $12, $13
     from unnest($4::uuid[], $5::uuid[], $6::timestamptz[], $7::uuid[]) as event (obligation_id, customer_id, occurred_at, id)
     cross join lateral (
       select max(ordinal) as ordinal from obligation_clock_events where tenant_id = $1 and obligation_id = event.obligation_id
     ) as latest`,
    [
      operation.session.tenantId,
      type,
      acceptedAt,
      happened.map(({ obligation }) => obligation.id),
      happened.map(({ obligation }) => obligation.customerId),
      happened.map(({ occurredAt }) => occurredAt),
      happened.map(() => (type === 'PAUSED' ? newUuid() : null)),
      reason,
      causeId,
      calendar,
      fact,
      corrects,
      evidence,
    ],
  )
}

export const CLOCK_EVENT_COLUMNS = `ordinal, type, occurred_at as "occurredAt", accepted_at as "acceptedAt",
  id, reason, cause_id as "causeId", calendar, fact, corrects, evidence`

/** Everything that happened to a clock, in the order it was learnt. */
export const eventsOf = async (operation: Operation, obligation: Obligation): Promise<ClockHappening[]> =>
  (await eventsOfAll(operation, [obligation])).get(obligation.id) ?? []

/** The same of many clocks, by their obligations' ids. */
export async function eventsOfAll(
  operation: Operation,
  obligations: readonly Obligation[],
): Promise<Map<string, ClockHappening[]>> {
  const rows = await operation.run<ClockHappening & { obligationId: string }>(
    `select obligation_id as "obligationId", ${CLOCK_EVENT_COLUMNS} from obligation_clock_events
     where tenant_id = $1 and obligation_id = any ($2::uuid[]) order by obligation_id, ordinal`,
    [operation.session.tenantId, obligations.map(({ id }) => id)],
  )
  return Map.groupBy(rows.map(happeningOf), row => row.obligationId)
}

/** The ORM's connection hands instants over as text. */
const happeningOf = <Row extends ClockHappening>(row: Row): Row => ({
  ...row,
  occurredAt: new Date(row.occurredAt),
  acceptedAt: new Date(row.acceptedAt),
})
