import { statement } from '../persistence/index.js'
import { orderedBy } from '../platform/graphql/pages.js'
import { type BatchRead, byId, groupedInKeyOrder, inKeyOrder, newestOf } from '../tenancy/index.js'
import { CLOCK_EVENT_COLUMNS } from './clock-events.js'
import type { ClockHappening, PauseReason } from './clock-facts.js'
import { type ObligationState, pausesOf } from './clock.js'
import type { Counting, DeadlineUnit, ObligationNature } from './clock-terms.js'
import type { ObligationBasis, Party } from './obligation.js'

export interface ObligationRow {
  id: string
  customerId: string
  agreementId: string
  versionId: string
  clause: string
  kind: string
  basis: ObligationBasis
  nature: ObligationNature
  owedBy: Party
  owedTo: Party
  state: ObligationState
  quantity: string
  unit: DeadlineUnit
  counting: Counting | null
  jurisdiction: string | null
  calendar: string | null
  provisional: boolean
  subjectKind: string
  subjectId: string
  startedAt: Date
  dueAt: Date
  stoppedAt: Date | null
  pausedSince: Date | null
  createdAt: Date
  updatedAt: Date
  revision: number
}

export const OBLIGATION_COLUMNS = `id, agreement_id as "agreementId", customer_id as "customerId", version_id as "versionId", clause, kind, basis, nature,
  owed_by as "owedBy", owed_to as "owedTo", state, quantity, unit, counting, jurisdiction, calendar, provisional, subject_kind as "subjectKind", subject_id as "subjectId",
  started_at as "startedAt", due_at as "dueAt", stopped_at as "stoppedAt", paused_since as "pausedSince", created_at as "createdAt", updated_at as "updatedAt", revision`

export const obligationById = byId<ObligationRow>('obligations', OBLIGATION_COLUMNS)

/** The obligations of many agreements, what falls due first in front. */
export const firstObligationsOf = newestOf<ObligationRow>(
  'obligations',
  OBLIGATION_COLUMNS,
  'agreement_id',
  orderedBy('dueAt', 'ASC'),
)

const obligationsOfSubjects = statement(
  'obligations_of_subjects',
  `select ${OBLIGATION_COLUMNS} from obligations where tenant_id = $1 and subject_id = any ($2::uuid[]) order by due_at, id`,
)

/** A subject's clocks, the one that falls due first in front. */
export const obligationsOfSubject: BatchRead<string, ObligationRow[]> = async (reads, subjectIds) =>
  groupedInKeyOrder(
    subjectIds,
    await reads.rows<ObligationRow>(obligationsOfSubjects, [reads.session.tenantId, subjectIds]),
    row => row.subjectId,
  )

export interface ClockEventRow extends ClockHappening {
  obligationId: string
  customerId: string
  id: string | null
  evidence: string | null
}

const clockEventsOfObligations = statement(
  'clock_events_of_obligations',
  `select obligation_id as "obligationId", customer_id as "customerId", ${CLOCK_EVENT_COLUMNS}
   from obligation_clock_events where tenant_id = $1 and obligation_id = any ($2::uuid[]) order by obligation_id, ordinal`,
)

export const clockEventsOf: BatchRead<string, ClockEventRow[]> = async (reads, obligationIds) =>
  groupedInKeyOrder(
    obligationIds,
    await reads.rows<ClockEventRow>(clockEventsOfObligations, [reads.session.tenantId, obligationIds]),
    row => row.obligationId,
  )

/** A stretch in which a clock was held, for one reason. */
export interface PauseRow {
  id: string
  customerId: string
  obligationId: string
  from: Date
  until: Date | null
  reason: PauseReason
}

export function pausesIn(events: readonly ClockEventRow[]): PauseRow[] {
  const byOrdinal = new Map(events.map(event => [event.ordinal, event]))
  return pausesOf(events).flatMap(({ ordinal, from, until }) => {
    const began = byOrdinal.get(ordinal)
    if (began?.id == null) return []
    const { id, customerId, obligationId, reason } = began
    return [{ id, customerId, obligationId, from, until, reason: reason ?? 'SUSPENSION' }]
  })
}

const obligationsOfPauses = statement(
  'obligations_of_pauses',
  'select distinct obligation_id as "obligationId" from obligation_clock_events where tenant_id = $1 and id = any ($2::uuid[])',
)

export const pauseById: BatchRead<string, PauseRow | null> = async (reads, ids, request) => {
  const held = await reads.rows<{ obligationId: string }>(obligationsOfPauses, [reads.session.tenantId, ids])
  const events = await clockEventsOf(
    reads,
    held.map(row => row.obligationId),
    request,
  )
  return inKeyOrder(ids, events.flatMap(pausesIn), row => row.id)
}
