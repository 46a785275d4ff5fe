import { type Obligation, obligationsOf } from '../obligations/index.js'
import { type NewEvent, type Operation, type Reaction } from '../persistence/index.js'
import { findMissed, sideOfActor } from './claim.js'
import { record } from './claims.js'
import { reprice } from './pricing.js'

/** A missed duty was done, late: its breach is made good in the same change, and what it cost by the day ends there. */
export const curedWhenDone: Reaction = async (operation, events) => {
  for (const [obligation, event] of await missedOnes(operation, events))
    await follow(operation, obligation, event, 'breach.cured', { curedAt: obligation.stoppedAt })
}

/** What had made a miss good turned out not to have happened, or is to be done again: it goes on. */
export const goesOnWhenReopened: Reaction = async (operation, events) => {
  for (const [obligation, event] of await missedOnes(operation, events))
    await follow(operation, obligation, event, 'breach.revised', { curedAt: null })
}

async function missedOnes(
  operation: Operation,
  events: readonly NewEvent[],
): Promise<[Obligation, NewEvent][]> {
  const obligations = await obligationsOf(operation, events)
  return obligations
    .map((obligation, index): [Obligation, NewEvent] => [obligation, events[index] as NewEvent])
    .filter(([{ state }]) => state === 'MISSED')
}

async function follow(
  operation: Operation,
  obligation: Obligation,
  { actor }: NewEvent,
  type: string,
  data: { curedAt: Date | null | undefined },
): Promise<void> {
  const claim = await findMissed(operation, obligation)
  // What was decided to be none, or was let go, costs nothing and has nothing to be made good.
  if (!claim?.breach.stands()) return
  const { breach, cause, now } = claim
  breach.followClock(now)
  await reprice(operation, [cause], now, actor)
  record(operation, breach, type, now, { side: sideOfActor(actor), actor }, data)
}
