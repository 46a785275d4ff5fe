import { LockMode } from '@mikro-orm/postgresql'
import { workingDaysNow } from '../calendar/index.js'
import { type AlarmHandler, eachEvent, type EventActor, type Operation } from '../persistence/index.js'
import { SYSTEM_ACTOR } from '../tenancy/index.js'
import { lookAgain } from './clock-alarms.js'
import { recount } from './clock-reading.js'
import { Obligation } from './obligation.js'
import { recordObligation } from './obligation-events.js'
import { lockRung } from './obligations.js'

/**
 * Days of a jurisdiction were published: clocks that still run and waited for such a day are counted anew, in the same
 * transaction. What was judged stays judged, and a clock that was sure keeps the version it was counted by.
 */
export const recountWhenPublished = eachEvent(async (operation, event) => {
  const jurisdiction = event.data?.jurisdiction as string
  // Each is locked in the order of ids, as everybody who locks several does.
  const waiting = await operation.em.find(
    Obligation,
    {
      tenantId: operation.session.tenantId,
      provisional: true,
      jurisdiction,
      state: { $in: ['RUNNING', 'PAUSED'] },
    },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  )
  await recountEach(operation, waiting, jurisdiction, event.acceptedAt, event.actor)
})

/** While it's an estimate somebody looks again every day: a new release may have brought the days it waits for. */
export const recountWhenEstimated: AlarmHandler = async (operation, alarms) => {
  const rung = await lockRung(operation, alarms)
  const now = await operation.now()
  const waiting = rung.filter(({ state, provisional }) => state === 'RUNNING' && provisional)
  // Set again by whoever counts it anew, if it's an estimate still.
  for (const { id } of waiting) lookAgain(operation, id, now)
  for (const [jurisdiction, each] of Map.groupBy(waiting, ({ jurisdiction }) => jurisdiction))
    if (jurisdiction != null) await recountEach(operation, each, jurisdiction, now, SYSTEM_ACTOR)
}

async function recountEach(
  operation: Operation,
  waiting: readonly Obligation[],
  jurisdiction: string,
  now: Date,
  actor: EventActor,
): Promise<void> {
  const before = new Map(waiting.map(obligation => [obligation, obligation.dueAt]))
  const days = await workingDaysNow(operation, jurisdiction)
  for (const obligation of (await recount(operation, waiting, days, now)).keys()) {
    const { provisional, calendar } = obligation
    const at = { occurredAt: now, acceptedAt: now }
    const data = { before: before.get(obligation), provisional, calendar }
    recordObligation(operation, obligation, actor, 'obligation.recalculated', at, data)
  }
}
