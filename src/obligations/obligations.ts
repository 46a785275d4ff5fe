import { LockMode } from '@mikro-orm/postgresql'
import type { AlarmHandler, EventActor, NewEvent, Operation } from '../persistence/index.js'
import { newUuid } from '../platform/ids.js'
import { SYSTEM_ACTOR } from '../tenancy/index.js'
import { hoursAfter } from './due.js'
import { type ClockEventType, type DeadlineUnit, Obligation, type Party } from './obligation.js'

export const OBLIGATION_ID = 'obl'
export const DUE_ALARM = 'obligation.due'

export interface NewObligation {
  customerId: string
  agreementId: string
  versionId: string
  /** The clause it comes from, e.g. `2.3.1`. */
  clause: string
  kind: string
  owedBy: Party
  subject: { kind: string; id: string }
  /** Past 1 when it was cancelled before and begins anew. */
  round?: number
  startedAt: Date
  /** Hours on the wall clock from the start; an instant of a schedule with its grace; or the midnight that ends the last of some days. */
  deadline:
    | { unit: 'HOURS'; hours: string }
    | { unit: 'SLOT'; graceMinutes: number; dueAt: Date }
    | { unit: 'DAYS'; days: number; dueAt: Date }
}

/** When something was so, and when Surety learnt it. */
export interface Occurrence {
  occurredAt: Date
  acceptedAt: Date
}

/**
 * Starts a duty's clock. From here on either it is stopped in time, or the sweep finds it missed. `readAt` is what the
 * caller has read of the clock since it locked what the duty is about; without it, it's read here.
 */
export async function startObligation(
  operation: Operation,
  given: NewObligation,
  actor: EventActor,
  readAt: Date | null = null,
): Promise<Obligation> {
  const { deadline: _deadline, subject, ...rest } = given
  const now = readAt ?? (await operation.now())
  const [dueAt, quantity, unit] = dueOf(given)
  const obligation = operation.em.create(Obligation, {
    ...rest,
    tenantId: operation.session.tenantId,
    id: newUuid(),
    basis: 'CLAUSE',
    nature: 'DEADLINE',
    owedTo: given.owedBy === 'PROVIDER' ? 'CUSTOMER' : 'PROVIDER',
    state: 'RUNNING',
    quantity,
    unit,
    subjectKind: subject.kind,
    subjectId: subject.id,
    round: given.round ?? 1,
    dueAt,
    createdAt: now,
    updatedAt: now,
  })
  await operation.em.flush()
  await append(operation, obligation, 'STARTED', given.startedAt, now)
  setDueAlarm(operation, obligation)
  record(operation, obligation, actor, 'obligation.started', { occurredAt: given.startedAt, acceptedAt: now })
  return obligation
}

/** Finds an obligation of a subject, in whatever state, and locks it, so that an answer and a miss can't both win. */
export async function lockObligation(
  operation: Operation,
  subjectId: string,
  kind: string,
): Promise<Obligation | null> {
  const where = { tenantId: operation.session.tenantId, subjectId, kind }
  return operation.em.findOne(Obligation, where, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
}

/**
 * Stops a clock because the duty was done. An act in Surety counts when it's accepted: `doneAt` is `surety_now()` read
 * after {@link lockObligation}. A fact from elsewhere counts at the instant stated, and is accepted at `acceptedAt`.
 * Done too late it's a miss that was made good, whether or not the sweep was here before.
 */
export async function stopObligation(
  operation: Operation,
  obligation: Obligation,
  doneAt: Date,
  actor: EventActor,
  acceptedAt: Date = doneAt,
): Promise<void> {
  await missWhenPast(operation, [obligation], doneAt, acceptedAt, actor)
  if (!obligation.stop(doneAt, acceptedAt)) return
  await append(operation, obligation, 'STOPPED', doneAt, acceptedAt)
  if (obligation.state === 'MISSED') return
  operation.clearAlarm(DUE_ALARM, obligation.id)
  record(operation, obligation, actor, 'obligation.met', { occurredAt: doneAt, acceptedAt })
}

/** What had met it, or made it good, turned out not to have happened: its clock goes on, and the sweep looks at it again. A miss stays one. */
export async function reopenObligation(
  operation: Operation,
  obligation: Obligation,
  at: Occurrence,
  actor: EventActor,
): Promise<void> {
  if (!obligation.reopen(at.occurredAt, at.acceptedAt)) return
  await append(operation, obligation, 'REOPENED', at.occurredAt, at.acceptedAt)
  if (obligation.state === 'MISSED') return
  setDueAlarm(operation, obligation)
  record(operation, obligation, actor, 'obligation.reopened', at)
}

/** Its scope stands still from an instant on. One that was past due by then is a miss: a pause after the deadline cures nothing. */
export async function pauseObligation(
  operation: Operation,
  obligation: Obligation,
  at: Occurrence,
  actor: EventActor,
): Promise<void> {
  await missWhenPast(operation, [obligation], at.occurredAt, at.acceptedAt, actor)
  if (!obligation.pause(at.occurredAt, at.acceptedAt)) return
  await append(operation, obligation, 'PAUSED', at.occurredAt, at.acceptedAt)
  operation.clearAlarm(DUE_ALARM, obligation.id)
  record(operation, obligation, actor, 'obligation.paused', at)
}

/** Its scope goes on, and its clock with what was left. */
export async function resumeObligation(
  operation: Operation,
  obligation: Obligation,
  at: Occurrence,
  actor: EventActor,
): Promise<void> {
  if (!obligation.resume(at.occurredAt, at.acceptedAt)) return
  await append(operation, obligation, 'RESUMED', at.occurredAt, at.acceptedAt)
  setDueAlarm(operation, obligation)
  record(operation, obligation, actor, 'obligation.resumed', at)
}

/** Nothing is owed from an instant on. What was past due by then was owed, and is a miss. */
export async function cancelObligation(
  operation: Operation,
  obligation: Obligation,
  at: Occurrence,
  actor: EventActor,
): Promise<void> {
  await missWhenPast(operation, [obligation], at.occurredAt, at.acceptedAt, actor)
  if (!obligation.cancel(at.occurredAt, at.acceptedAt)) return
  await append(operation, obligation, 'CANCELLED', at.occurredAt, at.acceptedAt)
  operation.clearAlarm(DUE_ALARM, obligation.id)
  record(operation, obligation, actor, 'obligation.cancelled', at)
}

/**
 * The sweep: at their alarms obligations are locked, the earliest made first as everywhere, and looked at again before
 * they are called misses.
 */
export const sweepWhenDue: AlarmHandler = async (operation, alarms) => {
  const { tenantId } = operation.session
  const due = await operation.em.find(
    Obligation,
    { tenantId, id: { $in: alarms.map(alarm => alarm.subjectId) } },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
  )
  const now = await operation.now()
  await missWhenPast(operation, due, now, now, SYSTEM_ACTOR)
  // Its due instant was moved while the alarm was claimed.
  for (const obligation of due) if (obligation.state === 'RUNNING') setDueAlarm(operation, obligation)
}

/** The obligations that some events are about; those of this change are at hand, and cost no statement. */
export function obligationsOf(operation: Operation, events: readonly NewEvent[]): Promise<Obligation[]> {
  const { tenantId } = operation.session
  return Promise.all(
    events
      .filter(({ subject }) => subject.kind === OBLIGATION_ID)
      .map(({ subject }) => operation.em.findOneOrFail(Obligation, { tenantId, id: subject.id })),
  )
}

/** Calls those misses that are past due at an instant. A miss happened at the due instant, whoever found it and when. */
async function missWhenPast(
  operation: Operation,
  obligations: readonly Obligation[],
  at: Date,
  acceptedAt: Date,
  actor: EventActor,
): Promise<void> {
  const missed = obligations.filter(obligation => obligation.miss(at, acceptedAt))
  if (missed.length === 0) return
  await appendToAll(
    operation,
    'MISSED',
    missed.map(obligation => ({ obligation, occurredAt: obligation.dueAt })),
    acceptedAt,
  )
  for (const obligation of missed) {
    operation.clearAlarm(DUE_ALARM, obligation.id)
    record(operation, obligation, actor, 'obligation.missed', { occurredAt: obligation.dueAt, acceptedAt })
  }
}

function dueOf({ startedAt, deadline }: NewObligation): [Date, string, DeadlineUnit] {
  if (deadline.unit === 'HOURS') return [hoursAfter(startedAt, deadline.hours), deadline.hours, 'HOURS']
  if (deadline.unit === 'DAYS') return [deadline.dueAt, String(deadline.days), 'DAYS']
  return [deadline.dueAt, String(deadline.graceMinutes), 'SLOT']
}

/** Rings when it's too late: at the midnight that ends the last day, else a millisecond after the due instant, at which an act is still in time. */
function setDueAlarm(operation: Operation, { id, unit, dueAt }: Obligation): void {
  operation.setAlarm(DUE_ALARM, id, unit === 'DAYS' ? dueAt : new Date(dueAt.getTime() + 1))
}

/** Writes what happened to a clock behind what happened to it before. */
function append(
  operation: Operation,
  obligation: Obligation,
  type: ClockEventType,
  occurredAt: Date,
  acceptedAt: Date,
): Promise<void> {
  return appendToAll(operation, type, [{ obligation, occurredAt }], acceptedAt)
}

/** The same happened to many clocks. */
async function appendToAll(
  operation: Operation,
  type: ClockEventType,
  happened: readonly { obligation: Obligation; occurredAt: Date }[],
  acceptedAt: Date,
): Promise<void> {
  await operation.run(
    `insert into obligation_clock_events (tenant_id, obligation_id, ordinal, customer_id, type, occurred_at, accepted_at)
     select $1, event.obligation_id, coalesce(latest.ordinal, -1) + 1, event.customer_id, $2, event.occurred_at, $3
     from unnest($4::uuid[], $5::uuid[], $6::timestamptz[]) as event (obligation_id, customer_id, occurred_at)
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
    ],
  )
}

function record(
  operation: Operation,
  obligation: Obligation,
  actor: EventActor,
  type: string,
  { occurredAt, acceptedAt }: Occurrence,
): void {
  operation.record({
    type,
    category: 'BREACH',
    subject: { kind: OBLIGATION_ID, id: obligation.id, revision: () => obligation.revision },
    customerId: obligation.customerId,
    agreementId: obligation.agreementId,
    clause: obligation.clause,
    actor,
    occurredAt,
    acceptedAt,
    // Not what it's about: that is of another data category, and `Obligation.subject` asks who may see it.
    data: {
      kind: obligation.kind,
      owedBy: obligation.owedBy,
      dueAt: obligation.dueAt,
    },
  })
}
