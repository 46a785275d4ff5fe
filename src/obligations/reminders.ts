import type { AlarmHandler } from '../persistence/index.js'
import { SYSTEM_ACTOR } from '../tenancy/index.js'
import { recordObligation } from './obligation-events.js'
import { lockRung } from './obligations.js'

/** Little is left: said once for each due instant, and only of a clock that runs and has not run out. */
export const remindWhenDueSoon: AlarmHandler = async (operation, alarms) => {
  const soon = await lockRung(operation, alarms)
  const now = await operation.now()
  const rangAt = new Map(alarms.map(alarm => [alarm.subjectId, alarm.dueAt]))
  for (const obligation of soon) {
    if (obligation.state !== 'RUNNING' || obligation.dueAt <= now) continue
    const at = { occurredAt: rangAt.get(obligation.id) ?? now, acceptedAt: now }
    recordObligation(operation, obligation, SYSTEM_ACTOR, 'obligation.due_soon', at)
  }
}
