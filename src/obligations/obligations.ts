import { LockMode } from '@mikro-orm/postgresql'
import type { AlarmHandler, DueAlarm, EventActor, NewEvent, Operation } from '../persistence/index.js'
import { SYSTEM_ACTOR } from '../tenancy/index.js'
import { clearAlarms, setDueAlarm } from './clock-alarms.js'
import { append, appendToAll, type ClockDetail, eventsOf, type Occurrence } from './clock-events.js'
import { causeOf, type ClockEventType, type PauseReason } from './clock-facts.js'
import { pausesOf } from './clock.js'
import { readAgain } from './clock-reading.js'
import { isPast } from './due.js'
import { Obligation, OBLIGATION_ID } from './obligation.js'
import { recordObligation } from './obligation-events.js'

/** Finds an obligation of a subject, in whatever state, and locks it, so that an answer and a miss can't both win. */
export async function lockObligation(
  operation: Operation,
  subjectId: string,
  kind: string,
): Promise<Obligation | null> {
  const where = { tenantId: operation.session.tenantId, subjectId, kind }
  return operation.em.findOne(Obligation, where, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
}

/** The same by its own id. */
export async function lockById(operation: Operation, id: string): Promise<Obligation | null> {
  const where = { tenantId: operation.session.tenantId, id }
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
  const at = { occurredAt: doneAt, acceptedAt }
  await missWhenPast(operation, [obligation], doneAt, acceptedAt, actor)
  if (obligation.state === 'CANCELLED' || obligation.stoppedAt != null) return
  await happen(operation, obligation, 'STOPPED', at)
  if (obligation.state === 'MET') recordObligation(operation, obligation, actor, 'obligation.met', at)
  // Learnt to have been done in time after it was found missed, it waits for a correction.
  else if (isPast(obligation.unit, obligation.dueAt, doneAt))
    recordObligation(operation, obligation, actor, 'obligation.done_late', at)
}

/**
 * What was done is to be done again: its clock goes on where it stopped, and falls due later by as long as it stood
 * (a ticket that is reopened, domain.md T4). A miss stays one.
 */
export async function reopenObligation(
  operation: Operation,
  obligation: Obligation,
  at: Occurrence,
  actor: EventActor,
): Promise<void> {
  await takeUp(operation, obligation, 'REOPENED', at, actor)
}

/** What had met it, or made it good, turned out not to have happened: its clock goes on to the same due instant. A miss stays one. */
export async function undoStop(
  operation: Operation,
  obligation: Obligation,
  at: Occurrence,
  actor: EventActor,
): Promise<void> {
  await takeUp(operation, obligation, 'UNDONE', at, actor)
}

async function takeUp(
  operation: Operation,
  obligation: Obligation,
  type: 'REOPENED' | 'UNDONE',
  at: Occurrence,
  actor: EventActor,
): Promise<void> {
  if (obligation.state === 'CANCELLED' || obligation.stoppedAt == null) return
  await happen(operation, obligation, type, at)
  recordObligation(operation, obligation, actor, 'obligation.reopened', at)
}

/** Why a clock stands still. Each cause ends by itself; while any is left it stands, and time in which several overlap counts once. */
export interface PauseCause {
  reason: PauseReason
  /** Which question or problem; null for a suspension of its scope. */
  id: string | null
}
const SUSPENSION: PauseCause = { reason: 'SUSPENSION', id: null }

/** Stands still from an instant on. One that was past due by then is a miss, and one that is due then runs on: such a pause cures nothing. */
export async function pauseObligation(
  operation: Operation,
  obligation: Obligation,
  at: Occurrence,
  actor: EventActor,
  cause: PauseCause = SUSPENSION,
): Promise<void> {
  await missWhenPast(operation, [obligation], at.occurredAt, at.acceptedAt, actor)
  if (!obligation.mayPauseAt(at.occurredAt)) return
  const before = obligation.state
  if (await isPausedBy(operation, obligation, cause)) return
  await happen(operation, obligation, 'PAUSED', at, { reason: cause.reason, causeId: cause.id })
  if (before === 'RUNNING' && obligation.state === 'PAUSED')
    recordObligation(operation, obligation, actor, 'obligation.paused', at)
}

/** Whether a cause holds it. */
async function isPausedBy(
  operation: Operation,
  obligation: Obligation,
  { reason, id }: PauseCause,
): Promise<boolean> {
  const pauses = pausesOf(await eventsOf(operation, obligation))
  return pauses.some(pause => pause.until === null && pause.cause === causeOf(reason, id))
}

/** One cause is over: unless another one is left, its clock goes on with what was left. */
export async function resumeObligation(
  operation: Operation,
  obligation: Obligation,
  at: Occurrence,
  actor: EventActor,
  cause: PauseCause = SUSPENSION,
): Promise<void> {
  const before = obligation.state
  if (!(await isPausedBy(operation, obligation, cause))) return
  await happen(operation, obligation, 'RESUMED', at, { reason: cause.reason, causeId: cause.id })
  if (before === 'PAUSED' && obligation.state === 'RUNNING')
    recordObligation(operation, obligation, actor, 'obligation.resumed', at)
}

/** Nothing is owed from an instant on. What was past due by then was owed, and is a miss. */
export async function cancelObligation(
  operation: Operation,
  obligation: Obligation,
  at: Occurrence,
  actor: EventActor,
): Promise<void> {
  await missWhenPast(operation, [obligation], at.occurredAt, at.acceptedAt, actor)
  if (!obligation.isOpen()) return
  await happen(operation, obligation, 'CANCELLED', at)
  recordObligation(operation, obligation, actor, 'obligation.cancelled', at)
}

/** Writes what happened, reads the clock anew from all that did, and sets its alarms by that. */
async function happen(
  operation: Operation,
  obligation: Obligation,
  type: ClockEventType,
  at: Occurrence,
  detail: ClockDetail = {},
): Promise<void> {
  const [, events] = await Promise.all([
    append(operation, obligation, type, at, detail),
    eventsOf(operation, obligation),
  ])
  await readAgain(operation, obligation, events, at.acceptedAt, null)
}

/**
 * The sweep: at their alarms obligations are locked, the earliest made first as everywhere, and looked at again before
 * they are called misses.
 */
export const sweepWhenDue: AlarmHandler = async (operation, alarms) => {
  const due = await lockRung(operation, alarms)
  const now = await operation.now()
  await missWhenPast(operation, due, now, now, SYSTEM_ACTOR)
  // Its due instant was moved while the alarm was claimed.
  for (const obligation of due) if (obligation.state === 'RUNNING') setDueAlarm(operation, obligation)
}

/** The obligations that alarms are about, locked, the earliest made first as everywhere. */
export function lockRung(operation: Operation, alarms: readonly DueAlarm[]): Promise<Obligation[]> {
  const { tenantId } = operation.session
  return operation.em.find(
    Obligation,
    { tenantId, id: { $in: alarms.map(alarm => alarm.subjectId) } },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
  )
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
    clearAlarms(operation, obligation)
    const at = { occurredAt: obligation.dueAt, acceptedAt }
    recordObligation(operation, obligation, actor, 'obligation.missed', at)
  }
}
