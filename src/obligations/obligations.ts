import { LockMode } from '@mikro-orm/postgresql'
import type { AlarmHandler, EventActor, Operation } from '../persistence/index.js'
import { newUuid } from '../platform/ids.js'
import { SYSTEM_ACTOR } from '../tenancy/index.js'
import { hoursAfter } from './due.js'
import { ClockEvent, type ClockEventType, type DeadlineUnit, Obligation, type Party } from './obligation.js'

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
  startedAt: Date
  /** Hours on the wall clock from the start; an instant of a schedule with its grace; or the midnight that ends the last of some days. */
  deadline:
    | { unit: 'HOURS'; hours: string }
    | { unit: 'SLOT'; graceHours: string; dueAt: Date }
    | { unit: 'DAYS'; days: number; dueAt: Date }
}

/** Starts a duty's clock. From here on either it is stopped in time, or the sweep finds it missed. */
export async function startObligation(
  operation: Operation,
  given: NewObligation,
  actor: EventActor,
): Promise<Obligation> {
  const { deadline: _deadline, subject, ...rest } = given
  const now = await operation.now()
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
    dueAt,
    createdAt: now,
    updatedAt: now,
  })
  await operation.em.flush()
  append(operation, obligation, 0, 'STARTED', given.startedAt, now)
  setDueAlarm(operation, obligation)
  record(operation, obligation, actor, 'obligation.started', { occurredAt: given.startedAt, acceptedAt: now })
  return obligation
}

/** Finds the running obligation of a subject and locks it, so that an answer and a miss can't both win. */
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
 * Does nothing to one that isn't running.
 */
export async function stopObligation(
  operation: Operation,
  obligation: Obligation,
  doneAt: Date,
  actor: EventActor,
  acceptedAt: Date = doneAt,
): Promise<void> {
  if (!obligation.stop(doneAt, acceptedAt)) return
  await settle(operation, obligation, 'STOPPED', doneAt, acceptedAt, actor)
}

/** What had met it turned out not to have happened: its clock goes on, and the sweep looks at it again. Does nothing to a miss. */
export async function reopenObligation(
  operation: Operation,
  obligation: Obligation,
  now: Date,
  actor: EventActor,
): Promise<void> {
  if (!obligation.reopen(now)) return
  append(operation, obligation, await nextOrdinal(operation, obligation), 'REOPENED', now, now)
  setDueAlarm(operation, obligation)
  record(operation, obligation, actor, 'obligation.reopened', { occurredAt: now, acceptedAt: now })
}

export async function cancelObligation(
  operation: Operation,
  obligation: Obligation,
  now: Date,
  actor: EventActor,
): Promise<void> {
  if (!obligation.cancel(now)) return
  append(operation, obligation, await nextOrdinal(operation, obligation), 'CANCELLED', now, now)
  operation.clearAlarm(DUE_ALARM, obligation.id)
  record(operation, obligation, actor, 'obligation.cancelled', { occurredAt: now, acceptedAt: now })
}

/** The sweep: at its alarm an obligation is locked and looked at again before it's called a miss. */
export const sweepWhenDue: AlarmHandler = async (operation, alarm) => {
  const where = { tenantId: alarm.tenantId, id: alarm.subjectId }
  const obligation = await operation.em.findOne(Obligation, where, { lockMode: LockMode.PESSIMISTIC_WRITE })
  const now = await operation.now()
  if (!obligation?.miss(now)) return
  await settle(operation, obligation, 'MISSED', obligation.dueAt, now, SYSTEM_ACTOR)
}

async function settle(
  operation: Operation,
  obligation: Obligation,
  type: ClockEventType,
  occurredAt: Date,
  acceptedAt: Date,
  actor: EventActor,
): Promise<void> {
  append(operation, obligation, await nextOrdinal(operation, obligation), type, occurredAt, acceptedAt)
  operation.clearAlarm(DUE_ALARM, obligation.id)
  const missed = obligation.state === 'MISSED'
  // A miss happened at its due instant, whoever found it and when.
  const at = { occurredAt: missed ? obligation.dueAt : occurredAt, acceptedAt }
  record(operation, obligation, actor, missed ? 'obligation.missed' : 'obligation.met', at)
}

function dueOf({ startedAt, deadline }: NewObligation): [Date, string, DeadlineUnit] {
  if (deadline.unit === 'HOURS') return [hoursAfter(startedAt, deadline.hours), deadline.hours, 'HOURS']
  if (deadline.unit === 'DAYS') return [deadline.dueAt, String(deadline.days), 'DAYS']
  return [deadline.dueAt, deadline.graceHours, 'SLOT']
}

/** Rings when it's too late: at the midnight that ends the last day, else a millisecond after the due instant, at which an act is still in time. */
function setDueAlarm(operation: Operation, { id, unit, dueAt }: Obligation): void {
  operation.setAlarm(DUE_ALARM, id, unit === 'DAYS' ? dueAt : new Date(dueAt.getTime() + 1))
}

async function nextOrdinal(operation: Operation, obligation: Obligation): Promise<number> {
  const [row] = await operation.run<{ next: number }>(
    'select coalesce(max(ordinal), -1)::int + 1 as next from obligation_clock_events where tenant_id = $1 and obligation_id = $2',
    [obligation.tenantId, obligation.id],
  )
  return row?.next ?? 0
}

function append(
  operation: Operation,
  obligation: Obligation,
  ordinal: number,
  type: ClockEventType,
  occurredAt: Date,
  acceptedAt: Date,
): void {
  operation.em.create(ClockEvent, {
    tenantId: obligation.tenantId,
    obligationId: obligation.id,
    ordinal,
    customerId: obligation.customerId,
    type,
    occurredAt,
    acceptedAt,
  })
}

function record(
  operation: Operation,
  obligation: Obligation,
  actor: EventActor,
  type: string,
  at: { occurredAt: Date; acceptedAt: Date },
): void {
  operation.record({
    type,
    category: 'BREACH',
    subject: { kind: OBLIGATION_ID, id: obligation.id, revision: () => obligation.revision },
    customerId: obligation.customerId,
    agreementId: obligation.agreementId,
    clause: obligation.clause,
    actor,
    ...at,
    data: {
      kind: obligation.kind,
      owedBy: obligation.owedBy,
      dueAt: obligation.dueAt,
      subjectId: obligation.subjectId,
    },
  })
}
