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

export interface NewAlarm {
  kind: string
  subjectId: string
  dueAt: Date
}

export async function insertAlarms(operation: Operation, alarms: readonly NewAlarm[]): Promise<void> {
  if (alarms.length === 0) return
  // The last one set wins when a change sets the same alarm twice: ON CONFLICT can't touch a row twice.
  const latest = [...new Map(alarms.map(alarm => [`${alarm.kind} ${alarm.subjectId}`, alarm])).values()]
  await operation.run(
    `insert into alarms (tenant_id, kind, subject_id, due_at, next_at, attempts)
     select $1, kind, subject_id, due_at, due_at, 0 from unnest($2::text[], $3::uuid[], $4::timestamptz[]) as alarm (kind, subject_id, due_at)
     on conflict (tenant_id, kind, subject_id) do update set due_at = excluded.due_at, next_at = excluded.due_at, attempts = 0`,
    [
      operation.session.tenantId,
      latest.map(a => a.kind),
      latest.map(a => a.subjectId),
      latest.map(a => a.dueAt),
    ],
  )
}

export async function clearAlarms(
  operation: Operation,
  alarms: readonly { kind: string; subjectId: string }[],
): Promise<void> {
  if (alarms.length === 0) return
  await operation.run(
    `delete from alarms using unnest($2::text[], $3::uuid[]) as gone (kind, subject_id)
     where alarms.tenant_id = $1 and alarms.kind = gone.kind and alarms.subject_id = gone.subject_id`,
    [operation.session.tenantId, alarms.map(a => a.kind), alarms.map(a => a.subjectId)],
  )
}
