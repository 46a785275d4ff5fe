import { defineEntity, p } from '@mikro-orm/postgresql'
import type { Operation } from './operation.js'
import { acrossTenants, ALARM_ROLE, bookkeeping } from './walls.js'

const walls = bookkeeping()

/**
 * The alarm clock's table: everything that is to happen later, as ids and times only. An alarm is set in the
 * transaction of the change that calls for it, and rings in a transaction within its own tenant's walls.
 */
export const Alarm = defineEntity({
  name: 'Alarm',
  tableName: 'alarms',
  properties: {
    tenantId: p.uuid().primary(),
    kind: p.string().length(64).primary(),
    subjectId: p.uuid().primary(),
    dueAt: p.datetime(3),
    /** When it is next tried: `dueAt` at first, later after a failure. */
    nextAt: p.datetime(3),
    attempts: p.smallint().default(0),
  },
  indexes: [{ name: 'alarms_next_idx', properties: ['nextAt'] }],
  rowLevelSecurity: walls.rowLevelSecurity,
  policies: [...walls.policies, acrossTenants(ALARM_ROLE)],
})

/** The one alarm of this kind and subject is set, or moved, to ring at an instant; or cleared, with null. */
export interface AlarmChange {
  kind: string
  subjectId: string
  dueAt: Date | null
}

/**
 * Makes the changes, at most one for each kind and subject. An alarm that rings this very moment isn't waited for: whoever
 * rings it waits for what this change has locked, so both would wait for ever. It rings, and its handler looks again: it
 * finds nothing to do, or that it's early, and sets the alarm anew.
 */
export async function changeAlarms(operation: Operation, changes: readonly AlarmChange[]): Promise<void> {
  const tenantId = operation.session.tenantId
  const cleared = changes.filter(change => change.dueAt === null)
  if (cleared.length > 0) {
    await operation.run(
      `delete from alarms where (tenant_id, kind, subject_id) in (
         select tenant_id, kind, subject_id from alarms join unnest($2::text[], $3::uuid[]) as gone (kind, subject_id) using (kind, subject_id)
         where tenant_id = $1 for update of alarms skip locked)`,
      [tenantId, cleared.map(change => change.kind), cleared.map(change => change.subjectId)],
    )
  }
  const set = changes.filter(change => change.dueAt !== null)
  if (set.length === 0) return
  await operation.run(
    `with wanted as (
       select * from unnest($2::text[], $3::uuid[], $4::timestamptz[]) as wanted (kind, subject_id, due_at)
     ), held as (
       select kind, subject_id, wanted.due_at from alarms join wanted using (kind, subject_id)
       where tenant_id = $1 for update of alarms skip locked
     ), moved as (
       update alarms set due_at = held.due_at, next_at = held.due_at, attempts = 0 from held
       where alarms.tenant_id = $1 and alarms.kind = held.kind and alarms.subject_id = held.subject_id
     )
     insert into alarms (tenant_id, kind, subject_id, due_at, next_at, attempts)
     select $1, kind, subject_id, due_at, due_at, 0 from wanted on conflict (tenant_id, kind, subject_id) do nothing`,
    [
      tenantId,
      set.map(change => change.kind),
      set.map(change => change.subjectId),
      set.map(change => change.dueAt),
    ],
  )
}
