import { LockMode } from '@mikro-orm/postgresql'
import type { AlarmHandler, EventActor, Operation } from '../persistence/index.js'
import { SYSTEM_ACTOR } from '../tenancy/index.js'
import { END_ALARM } from './clock-alarms.js'
import { append, eventsOf, type Occurrence } from './clock-events.js'
import { readAgain } from './clock-reading.js'
import { correctObligation, derivationOf } from './corrections.js'
import { Obligation, type Party } from './obligation.js'
import { recordObligation } from './obligation-events.js'
import { lockRung } from './obligations.js'

/** The end of a forbearance is reached and nothing was found that broke it: it's kept (domain.md, States). */
export const keepWhenEnded: AlarmHandler = async (operation, alarms) => {
  const ended = await lockRung(operation, alarms)
  const now = await operation.now()
  for (const obligation of ended) if (obligation.state === 'RUNNING') await keep(operation, obligation, now)
}

async function keep(operation: Operation, obligation: Obligation, now: Date): Promise<void> {
  // Its end was moved while the alarm was claimed.
  if (now < obligation.dueAt) return operation.setAlarm(END_ALARM, obligation.id, obligation.dueAt)
  const at = { occurredAt: obligation.dueAt, acceptedAt: now }
  await append(operation, obligation, 'STOPPED', at)
  await readAgain(operation, obligation, await eventsOf(operation, obligation), now, null)
  recordObligation(operation, obligation, SYSTEM_ACTOR, 'obligation.met', at)
}

/** Which duty not to do something is broken by what happened at an instant. */
export interface Forbidden {
  agreementId: string
  clause: string
  owedBy: Party
  at: Date
}

/** Finds the forbearance that something broke, kept by its end or not, and locks it; null where no clock forbids it. */
export async function lockForbearance(
  operation: Operation,
  { agreementId, clause, owedBy, at }: Forbidden,
): Promise<Obligation | null> {
  const { tenantId } = operation.session
  const [found] = await operation.em.find(
    Obligation,
    {
      tenantId,
      agreementId,
      clause,
      owedBy,
      nature: 'FORBEARANCE',
      state: { $ne: 'CANCELLED' },
      startedAt: { $lte: at },
      dueAt: { $gt: at },
    },
    { orderBy: { id: 'asc' }, limit: 1, lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  )
  return found ?? null
}

/** Who says that it was broken: a finding, with what shows it. */
export interface BreakFinding {
  id: string
  evidence: string
}

/**
 * A forbearance was broken at an instant: it's missed, at that instant and not at its end. Each finding is kept, so that it
 * stays missed while one of them stands; after its end nothing breaks it. Locked by {@link lockObligation} or
 * {@link lockForbearance}. Answers whether it became a miss.
 */
export async function breakObligation(
  operation: Operation,
  obligation: Obligation,
  at: Occurrence,
  actor: EventActor,
  finding: BreakFinding | null = null,
): Promise<boolean> {
  if (obligation.nature !== 'FORBEARANCE') throw new Error('a deadline is missed, not broken')
  if (obligation.state === 'CANCELLED' || at.occurredAt >= obligation.dueAt) return false
  const before = obligation.state
  const said = { causeId: finding?.id ?? null, evidence: finding?.evidence ?? null }
  await append(operation, obligation, 'BROKEN', at, said)
  await readAgain(operation, obligation, await eventsOf(operation, obligation), at.acceptedAt, null)
  if (before === 'MISSED') return false
  recordObligation(operation, obligation, actor, 'obligation.missed', at)
  return true
}

/** A finding proved to be none: what it said is corrected away, and unless another one stands its forbearance is kept, or runs on. */
export async function mendObligation(
  operation: Operation,
  obligation: Obligation,
  finding: BreakFinding,
  actor: EventActor,
  now: Date,
): Promise<void> {
  const { reading } = await derivationOf(operation, obligation, now)
  const broken = reading.breaks.find(({ findingId }) => findingId === finding.id)
  if (!broken) return
  const { evidence } = finding
  const correction = { fact: null, corrects: broken.ordinal, occurredAt: broken.at, evidence }
  await correctObligation(operation, obligation, correction, actor, now)
}
