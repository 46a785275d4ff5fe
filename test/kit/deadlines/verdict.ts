import type { World } from '../world.js'
import { type Answered, CAP, PRICE } from './duties.js'

/** What must have become of the duties of some tickets. */
export interface Expected {
  /** Tickets whose two duties were missed by everybody. */
  missed: readonly string[]
  /** Tickets that were solved before or at the due instant. */
  kept: readonly string[]
  /** Tickets somebody answered around the due instant, and what the API told of it. */
  raced: readonly Answered[]
}

interface DutyRow {
  ticketId: string
  kind: string
  state: string
  dueAt: Date
  stoppedAt: Date | null
  breaches: number
  detectedAt: Date | null
  occurredAt: Date | null
}

/**
 * Everything that is wrong with the breaches of a world, as the superuser finds it: each sentence names a promise that
 * was broken. Empty when each missed duty has exactly one breach, and everything that hangs on it was counted once.
 */
export async function complaints(world: World, expected: Expected): Promise<string[]> {
  const duties = await world.sqlAsSuperuser<DutyRow>(DUTIES)
  const broken = await world.sqlAsSuperuser<{ rule: string; times: number }>(ONCE, [PRICE, CAP])
  return [
    ...judgeDuties(duties, expected),
    ...broken.filter(({ times }) => times > 0).map(({ rule, times }) => `${times} times: ${rule}`),
  ]
}

function judgeDuties(duties: readonly DutyRow[], { missed, kept, raced }: Expected): string[] {
  const wanted = new Map<string, string>()
  for (const ticketId of missed) for (const kind of KINDS) wanted.set(`${ticketId} ${kind}`, 'MISSED')
  for (const ticketId of kept) for (const kind of KINDS) wanted.set(`${ticketId} ${kind}`, 'MET')
  for (const { ticketId, response, fix } of raced) {
    // What was said to a client stands; what was never accepted was missed.
    wanted.set(`${ticketId} FAULT_RESPONSE`, response ?? 'MISSED')
    wanted.set(`${ticketId} FAULT_FIX`, fix === 'MET' ? 'MET' : 'MISSED')
  }
  const found = duties.flatMap(duty => judgeDuty(duty, wanted.get(`${duty.ticketId} ${duty.kind}`)))
  const gone = wanted.size - duties.length
  return gone === 0 ? found : [...found, `${gone} duties are not there`]
}

function judgeDuty(duty: DutyRow, wanted: string | undefined): string[] {
  const { state, dueAt, stoppedAt, breaches, detectedAt, occurredAt } = duty
  const what = `${duty.kind} of ${duty.ticketId}`
  const inTime = stoppedAt !== null && stoppedAt <= dueAt
  return [
    ...(state === wanted ? [] : [`${what} is ${state} and should be ${wanted ?? 'not there'}`]),
    ...(inTime === (state === 'MET')
      ? []
      : [`${what} is ${state}, done ${inTime ? 'in time' : 'late or never'}`]),
    ...(breaches === (state === 'MISSED' ? 1 : 0)
      ? []
      : [`${what} is ${state} and has ${breaches} breaches`]),
    ...(detectedAt === null || detectedAt > dueAt ? [] : [`${what} was called a miss before it was one`]),
    ...(occurredAt === null || occurredAt.getTime() === dueAt.getTime()
      ? []
      : [`${what} was missed at another instant than it was due`]),
  ]
}

const KINDS = ['FAULT_RESPONSE', 'FAULT_FIX'] as const

const DUTIES = `
  select 'tkt_' || obligations.subject_id as "ticketId", obligations.kind, obligations.state, due_at as "dueAt",
    stopped_at as "stoppedAt", count(breaches.id)::int as breaches, min(detected_at) as "detectedAt",
    min(breaches.occurred_at) as "occurredAt"
  from obligations left join breaches on breaches.obligation_id = obligations.id
  group by obligations.id, obligations.subject_id, obligations.kind, obligations.state, due_at, stopped_at`

/** Each row is a promise and how often it is broken. $1: what a root cause costs. $2: what a year costs at most. */
const ONCE = `
  select 'a breach has exactly one breach.detected' as rule, count(*)::int as times from (
    select breaches.id from breaches left join events on subject_id = breaches.id and type = 'breach.detected'
    group by breaches.id having count(events.id) <> 1) as wrong
  union all
  select 'a breach.detected has a breach', count(*)::int from events
    where type = 'breach.detected' and not exists (select from breaches where id = subject_id)
  union all
  select 'a missed duty has exactly one obligation.missed', count(*)::int from (
    select obligations.id from obligations left join events on events.subject_id = obligations.id and type = 'obligation.missed'
    group by obligations.id, state having count(events.id) <> (state = 'MISSED')::int) as wrong
  union all
  select 'a duty is missed once by its clock, or not, and done once, or not', count(*)::int from (
    select obligations.id from obligations left join obligation_clock_events as event on event.obligation_id = obligations.id
    group by obligations.id, state, stopped_at
    having count(*) filter (where event.type = 'MISSED') <> (state = 'MISSED')::int
      or count(*) filter (where event.type = 'STOPPED') <> (stopped_at is not null)::int) as wrong
  union all
  select 'breaches of an agreement are numbered 1 to n', count(*)::int from (
    select agreement_id from breaches group by agreement_id
    having min(number) <> 1 or max(number) <> count(*) or count(distinct number) <> count(*)) as wrong
  union all
  select 'the last number given is the last number', count(*)::int from (
    select max(number) as number, last from breaches
    join agreement_numbers using (tenant_id, agreement_id) where agreement_numbers.kind = 'BREACH'
    group by agreement_id, last having max(number) <> last) as wrong
  union all
  select 'events of a tenant are numbered 1 to n, and the head stands at n', count(*)::int from (
    select events.tenant_id from events join event_heads on event_heads.tenant_id = events.tenant_id
    group by events.tenant_id, event_heads.sequence
    having min(events.sequence) <> 1 or max(events.sequence) <> count(*) or event_heads.sequence <> count(*)) as wrong
  union all
  select 'a root cause has one assessment, and an assessment a breach', count(*)::int from (
    select assessments.id from assessments full join (select distinct assessment_id from breaches) as used
      on used.assessment_id = assessments.id
    where assessments.id is null or used.assessment_id is null
    union all
    select root_cause_id from assessments group by root_cause_id having count(*) <> 1) as wrong
  union all
  select 'the breaches of a ticket share its assessment', count(*)::int from breaches
    join obligations on obligations.id = obligation_id join assessments on assessments.id = assessment_id
    where root_cause_id <> obligations.subject_id
  union all
  select 'root causes of an agreement year cost their price each, and together no more than the cap', count(*)::int from (
    select agreement_id from assessments group by agreement_id, year_starts_on
    having sum(coalesce(total, -1)) <> least(count(*) * $1::bigint, $2::bigint)) as wrong
  union all
  select 'no alarm of a duty is left', count(*)::int from alarms where kind = 'obligation.due'`
