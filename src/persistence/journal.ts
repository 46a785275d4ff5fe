import { defineEntity, p } from '@mikro-orm/postgresql'
import { newUuid } from '../platform/ids.js'
import type { Operation } from './operation.js'
import { bookkeeping, customerOwned, type DataCategory } from './walls.js'

/**
 * The journal: what happened in a tenant, one gap-free sequence in commit order. A change writes its events in its own
 * transaction; `events/` only delivers. Append-only: nobody is granted an update or a delete.
 */
export const EventRow = defineEntity({
  name: 'EventRow',
  tableName: 'events',
  properties: {
    tenantId: p.uuid().primary(),
    sequence: p.bigint().primary(),
    id: p.uuid(),
    type: p.string().length(64),
    /** Null for what concerns the tenant alone; customers and apps never see those. */
    customerId: p.uuid().nullable(),
    category: p.string().length(20),
    subjectKind: p.string().length(3),
    subjectId: p.uuid(),
    subjectRevision: p.integer(),
    agreementId: p.uuid().nullable(),
    clause: p.string().length(20).nullable(),
    actorKind: p.string().length(10),
    /** The caller's own id (issuer and subject hashed), never a name. */
    actorId: p.string().length(64),
    /** When it was so in the world. */
    occurredAt: p.datetime(3),
    /** When Surety learnt it. */
    acceptedAt: p.datetime(3),
    data: p.json<Record<string, unknown>>(),
  },
  uniques: [{ name: 'events_id_key', properties: ['tenantId', 'id'] }],
  indexes: [
    { name: 'events_customer_idx', properties: ['tenantId', 'customerId', 'sequence'] },
    // What is past its retention isn't looked at row by row to find what isn't.
    { name: 'events_accepted_idx', properties: ['tenantId', 'acceptedAt'] },
    { name: 'events_agreement_idx', properties: ['tenantId', 'agreementId', 'sequence'] },
  ],
  ...customerOwned({ column: 'category' }),
})

/** The head of each tenant's sequence: a row to lock, so that numbers follow commits. */
export const EventHead = defineEntity({
  name: 'EventHead',
  tableName: 'event_heads',
  properties: {
    tenantId: p.uuid().primary(),
    sequence: p.bigint(),
    /** Somebody sleeps until the sequence grows: whoever makes it grow rings them. */
    awaited: p.boolean().default(false),
  },
  ...bookkeeping(),
})

/** Rings, with the tenant as its subject, when a journal has grown that somebody sleeps over ({@link sleepAtHead}). */
export const JOURNAL_GREW_ALARM = 'journal.grew'

/**
 * A reader that has had all goes to sleep, if it really has: false where the sequence has moved on. From here to the commit
 * no event gets a number, and the change that takes the next one finds the sleeper and sets the alarm for it in its own
 * transaction. So nobody looks at a journal that doesn't grow, and no growth goes unheard, whoever dies when.
 */
export async function sleepAtHead(operation: Operation, sequence: bigint): Promise<boolean> {
  const asleep = await operation.run(
    'update event_heads set awaited = true where tenant_id = $1 and sequence = $2 returning 1',
    [operation.session.tenantId, sequence.toString()],
  )
  return asleep.length > 0
}

/** An alarm that rings this very moment is waited for: its handler can't see what this change is about to commit. */
async function ringSleepers(operation: Operation): Promise<void> {
  await operation.run(
    `with heard as (update event_heads set awaited = false where tenant_id = $1)
     insert into alarms (tenant_id, kind, subject_id, due_at, next_at, attempts)
     select $1, $2, $1, now, now, 0 from (select surety_now() as now) as clock
     on conflict (tenant_id, kind, subject_id) do update set due_at = excluded.due_at, next_at = excluded.next_at, attempts = 0`,
    [operation.session.tenantId, JOURNAL_GREW_ALARM],
  )
}

export interface NewEvent {
  /** `noun.verb`, as api.md lists them. */
  type: string
  category: DataCategory
  /** `revision` is asked after the flush: the one this change leaves behind. */
  subject: { kind: string; id: string; revision: () => number }
  customerId: string | null
  agreementId: string | null
  clause?: string
  actor: EventActor
  occurredAt: Date
  acceptedAt: Date
  /** Ids, numbers, instants: never a person's data. */
  data?: Record<string, unknown>
}

export interface EventActor {
  kind: string
  id: string
}

/**
 * Takes the next numbers and writes the rows, in one statement. Called last in a transaction: from here to the commit, other
 * writers of the tenant wait, so nothing goes back and forth in between.
 */
export async function insertEvents(operation: Operation, events: readonly NewEvent[]): Promise<void> {
  const [head] = await operation.run<{ awaited: boolean }>(
    `with head as (
       update event_heads set sequence = sequence + $2 where tenant_id = $1 returning sequence, awaited
     ), written as (
       insert into events (tenant_id, sequence, id, type, customer_id, category, subject_kind, subject_id, subject_revision,
         agreement_id, clause, actor_kind, actor_id, occurred_at, accepted_at, data)
       select $1, head.sequence - $2 + row.ordinal, row.id, type, customer_id, category, subject_kind, subject_id, subject_revision,
         agreement_id, clause, actor_kind, actor_id, occurred_at, accepted_at, data
       from head cross join jsonb_to_recordset($3::jsonb) as row (ordinal int, id uuid, type text, customer_id uuid,
         category text, subject_kind text, subject_id uuid, subject_revision int, agreement_id uuid, clause text,
         actor_kind text, actor_id text, occurred_at timestamptz, accepted_at timestamptz, data jsonb)
     )
     select awaited from head`,
    [operation.session.tenantId, events.length, JSON.stringify(events.map(eventRow))],
  )
  if (!head) throw new Error('the tenant has no event head')
  if (head.awaited) await ringSleepers(operation)
}

function eventRow(event: NewEvent, index: number): Record<string, unknown> {
  return {
    ordinal: index + 1,
    id: newUuid(),
    type: event.type,
    customer_id: event.customerId,
    category: event.category,
    subject_kind: event.subject.kind,
    subject_id: event.subject.id,
    subject_revision: event.subject.revision(),
    agreement_id: event.agreementId,
    clause: event.clause ?? null,
    actor_kind: event.actor.kind,
    actor_id: event.actor.id,
    occurred_at: event.occurredAt,
    accepted_at: event.acceptedAt,
    data: event.data ?? {},
  }
}
