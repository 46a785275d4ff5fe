import type { AlarmHandler, EventActor, Operation } from '../persistence/index.js'
import { SYSTEM_ACTOR } from '../tenancy/index.js'
import { END_ALARM } from './clock-alarms.js'
import { append, eventsOf, type Occurrence } from './clock-events.js'
import { readAgain } from './clock-reading.js'
import type { Obligation } from './obligation.js'
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

/**
 * A finding broke a forbearance at an instant: it's missed, at that instant and not at its end. Broken after its end, or
 * once more, nothing happens. Locked by {@link lockObligation}. Answers whether it became a miss.
 */
export async function breakObligation(
  operation: Operation,
  obligation: Obligation,
  at: Occurrence,
  actor: EventActor,
): Promise<boolean> {
  if (obligation.nature !== 'FORBEARANCE') throw new Error('a deadline is missed, not broken')
  const mayBreak = obligation.state === 'RUNNING' || obligation.state === 'MET'
  if (!mayBreak || at.occurredAt >= obligation.dueAt) return false
  await append(operation, obligation, 'BROKEN', at)
  await readAgain(operation, obligation, await eventsOf(operation, obligation), at.acceptedAt, null)
  recordObligation(operation, obligation, actor, 'obligation.missed', at)
  return true
}
