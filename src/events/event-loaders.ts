import { type DataCategory, type ReadTransaction, type Statement, statement } from '../persistence/index.js'
import { Failure } from '../platform/failure.js'
import { publicId } from '../platform/ids.js'
import {
  type BatchRead,
  eventDeclaration,
  type EventSource,
  eventTypeName,
  inKeyOrder,
  presentData,
  type Request,
} from '../tenancy/index.js'
import { openEventCursor, sealEventCursor } from './event-cursor.js'

/** The prefix of an event's id: the same id is the webhook's and CloudEvents'. */
export const EVENT_ID = 'evt'

/** How long events can be read after they happened (api.md, Events): a quarter, longer than any outage of a reader. */
export const RETENTION_DAYS = 90
/** A reader that was told the oldest cursor has this long to use it, and a slow one to finish its page. */
const GRACE_HOURS = 1

export interface EventRowRead {
  id: string
  sequence: string
  type: string
  subjectKind: string
  subjectId: string
  subjectRevision: number
  customerId: string | null
  agreementId: string | null
  category: DataCategory
  clause: string | null
  actorKind: string
  actorId: string
  occurredAt: Date
  acceptedAt: Date
  data: Record<string, unknown>
  expired: boolean
}

const COLUMNS = `id, sequence::text as sequence, type, subject_kind as "subjectKind", subject_id as "subjectId",
  subject_revision as "subjectRevision", customer_id as "customerId", category, agreement_id as "agreementId", clause, actor_kind as "actorKind",
  actor_id as "actorId", occurred_at as "occurredAt", accepted_at as "acceptedAt", data,
  accepted_at < (select surety_now()) - interval '${RETENTION_DAYS} days ${GRACE_HOURS} hours' as expired`

const eventsById = statement(
  'events_by_id',
  `select ${COLUMNS} from events where tenant_id = $1 and id = any ($2::uuid[])`,
)

export const eventById: BatchRead<string, EventRowRead | null> = async (reads, ids) =>
  inKeyOrder(
    ids,
    (await reads.rows<EventRowRead>(eventsById, [reads.session.tenantId, ids])).filter(isKnown),
    row => row.id,
  )

const eventHead = statement(
  'event_head',
  'select sequence::text as sequence from event_heads where tenant_id = $1',
)

/** The newest place of the tenant's sequence in this view: everything up to it is visible in it as well. */
export async function readHead(reads: ReadTransaction): Promise<bigint> {
  const [row] = await reads.rows<{ sequence: string }>(eventHead, [reads.session.tenantId])
  return BigInt(row?.sequence ?? 0)
}

/** Null does not restrict; ids are uuids. */
export interface EventFilterRead {
  types: readonly string[] | null
  customerId: string | null
  agreementId: string | null
}

export interface EventQuery extends EventFilterRead {
  after: bigint
  limit: number
}

export interface EventRows {
  rows: EventRowRead[]
  /** There is more behind the last row; where there is not, the reader stands at the head of this view. */
  more: boolean
}

/**
 * Events behind a place, in sequence, through the session's walls. `sequence > after` loses nothing: a change takes its
 * numbers under a lock of the tenant's head that it holds until it has committed, so when a number can be seen, all
 * below it can. An order by time would lose events: a change that read the clock early may commit late.
 */
export async function readEvents(reads: ReadTransaction, query: EventQuery): Promise<EventRows> {
  const values: unknown[] = [reads.session.tenantId, query.after.toString(), query.limit]
  const conditions = ['tenant_id = $1', 'sequence > $2']
  const restrict = (condition: string, value: unknown): void => {
    values.push(value)
    conditions.push(condition.replace('?', `$${values.length}`))
  }
  if (query.types) restrict('type = any (?::text[])', query.types)
  if (query.agreementId) restrict('agreement_id = ?', query.agreementId)
  // The wall would do; saying it as well leads PostgreSQL to the customer's own index.
  const customerId = query.customerId ?? reads.session.customerId
  if (customerId) restrict('customer_id = ?', customerId)
  // `events.sequence`: the bare name would be the text of the answer, in the order of its letters.
  const text = `select ${COLUMNS} from events where ${conditions.join(' and ')} order by events.sequence limit $3`
  const found = await reads.rows<EventRowRead>(variant('events_after', text), values)
  const rows = knownOnly(found)
  return { rows, more: rows.length < found.length || found.length === query.limit }
}

/**
 * The place before the oldest event that is retained and that this session may see. Staff find it by age; a customer's
 * own events are few, and another's must not be walked through to find them.
 */
export async function readOldest(reads: ReadTransaction): Promise<bigint> {
  const { tenantId, customerId } = reads.session
  const retained = `accepted_at >= (select surety_now()) - interval '${RETENTION_DAYS} days'`
  const [row] = customerId
    ? await reads.rows<{ sequence: string }>(
        variant(
          'events_oldest',
          `select sequence::text as sequence from events
           where tenant_id = $1 and customer_id = $2 and ${retained} order by events.sequence limit 1`,
        ),
        [tenantId, customerId],
      )
    : await reads.rows<{ sequence: string }>(
        variant(
          'events_oldest',
          `select sequence::text as sequence from events
           where tenant_id = $1 and ${retained} order by accepted_at limit 1`,
        ),
        [tenantId],
      )
  return row ? BigInt(row.sequence) - 1n : readHead(reads)
}

/** Where a client's cursor stands. Throws BAD_USER_INPUT when it isn't one of this tenant's. */
export const positionOf = (request: Request, cursor: string): bigint =>
  openEventCursor(request.seals, request.caller.tenantId, cursor)

export const cursorAt = (request: Request, sequence: bigint): string =>
  sealEventCursor(request.seals, request.caller.tenantId, sequence)

/**
 * Refuses to go on where events of this very reader are past their retention: it would miss them unaware. A cursor that
 * is as old but has nothing of the reader's behind it that is gone is as good as new.
 */
export async function refuseExpired(
  request: Request,
  reads: ReadTransaction,
  position: bigint,
  [first]: readonly EventRowRead[],
  head: bigint,
): Promise<void> {
  // A place that is yet to come is of a time that a restored backup has undone.
  if (!first?.expired && position <= head) return
  throw new Failure('CURSOR_EXPIRED', {
    params: { days: RETENTION_DAYS },
    details: { oldestCursor: cursorAt(request, await readOldest(reads)) },
  })
}

/** An event as GraphQL reads it. */
export function toEvent(row: EventRowRead): EventSource {
  return {
    ...row,
    __typename: eventTypeName(row.type),
    id: publicId(EVENT_ID, row.id),
    typeName: row.type,
    time: row.occurredAt,
    data: presentData(row.type, row.data),
    dataSchema: eventDeclaration(row.type)?.dataSchema,
  } as EventSource
}

/**
 * While a new release starts up, its events reach processes of the old one, which can't name them. They stop before such
 * an event rather than pass over it; the reader gets it from the new release, at the same cursor.
 */
function knownOnly(rows: EventRowRead[]): EventRowRead[] {
  const unknown = rows.findIndex(row => !isKnown(row))
  return unknown < 0 ? rows : rows.slice(0, unknown)
}

const isKnown = (row: EventRowRead): boolean => eventDeclaration(row.type) !== undefined

const variants = new Map<string, Statement>()

/** A statement has few shapes, by which filters are given: each is prepared once, under its own name. */
function variant(name: string, text: string): Statement {
  let found = variants.get(text)
  if (!found) {
    found = statement(`${name}_${variants.size}`, text, name)
    variants.set(text, found)
  }
  return found
}
