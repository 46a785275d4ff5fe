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
  properties: { tenantId: p.uuid().primary(), sequence: p.bigint() },
  ...bookkeeping(),
})

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
  const [head] = await operation.run<{ sequence: string }>(
    `with head as (
       update event_heads set sequence = sequence + $2 where tenant_id = $1 returning sequence
     ), written as (
       insert into events (tenant_id, sequence, id, type, customer_id, category, subject_kind, subject_id, subject_revision,
         agreement_id, clause, actor_kind, actor_id, occurred_at, accepted_at, data)
       select $1, head.sequence - $2 + row.ordinal, row.id, type, customer_id, category, subject_kind, subject_id, subject_revision,
         agreement_id, clause, actor_kind, actor_id, occurred_at, accepted_at, data
       from head cross join jsonb_to_recordset($3::jsonb) as row (ordinal int, id uuid, type text, customer_id uuid,
         category text, subject_kind text, subject_id uuid, subject_revision int, agreement_id uuid, clause text,
         actor_kind text, actor_id text, occurred_at timestamptz, accepted_at timestamptz, data jsonb)
     )
     select sequence from head`,
    [operation.session.tenantId, events.length, JSON.stringify(events.map(eventRow))],
  )
  if (!head) throw new Error('the tenant has no event head')
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
