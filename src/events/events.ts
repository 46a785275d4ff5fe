import { pageWindow } from '../platform/graphql/pages.js'
import { uuidOf } from '../platform/ids.js'
import { CUSTOMER_ID, type EventSource, type Request } from '../tenancy/index.js'
import {
  cursorAt,
  positionOf,
  readEvents,
  readHead,
  readOldest,
  refuseExpired,
  toEvent,
  type EventRows,
} from './event-loaders.js'
import type { EventConnection, EventFilter, EventPageArgs } from './event-types.js'

const AGREEMENT_ID = 'agr'

/**
 * A page of what happened, the oldest first, and where to go on. Everything in it is of one view, so `resumeCursor`
 * stands exactly behind what this page has passed, seen or unseen.
 */
export async function pollEvents(
  request: Request,
  page: EventPageArgs,
  filter: EventFilter | null,
): Promise<EventConnection> {
  const { size } = pageWindow({ first: page.first ?? null })
  const after = page.after == null ? await readOldest(request.reads) : positionOf(request, page.after)
  const { rows, more } = await readMatching(request, after, size + 1, filter)
  const head = await readHead(request.reads)
  if (page.after != null) await refuseExpired(request, request.reads, after, rows, head)
  const nodes = inStream(request, rows.slice(0, size).map(toEvent), page.after ?? null)
  const last = nodes.at(-1)
  // Sealed anew, also where the last event is the newest of all: its own cursor would say that nothing came behind it,
  // and whether others do anything is nobody's business.
  const resumeCursor = more ? (last?.cursor ?? cursorAt(request, after)) : cursorAt(request, head)
  return {
    edges: nodes.map(node => ({ cursor: node.cursor as string, node })),
    nodes,
    pageInfo: {
      hasNextPage: more,
      hasPreviousPage: page.after != null,
      startCursor: nodes[0]?.cursor ?? null,
      endCursor: last?.cursor ?? null,
    },
    resumeCursor,
  } as unknown as EventConnection
}

/** Strings each event to the one before it: `previousCursor` is the very text of that one's `cursor`, or of the `after` given. */
export function inStream(
  request: Request,
  events: readonly EventSource[],
  after: string | null,
): EventSource[] {
  let previousCursor = after
  return events.map(event => {
    const cursor = event.cursor ?? cursorAt(request, BigInt(event.sequence))
    const node = { ...event, cursor, previousCursor }
    previousCursor = cursor
    return node
  })
}

async function readMatching(
  request: Request,
  after: bigint,
  limit: number,
  filter: EventFilter | null,
): Promise<EventRows> {
  const customerId = filter?.customerId == null ? null : uuidOf(CUSTOMER_ID, filter.customerId)
  const agreementId = filter?.agreementId == null ? null : uuidOf(AGREEMENT_ID, filter.agreementId)
  const noSuch =
    (filter?.customerId != null && customerId === null) ||
    (filter?.agreementId != null && agreementId === null)
  // An id that can't be one looks like one that isn't there.
  if (noSuch) return { rows: [], more: false }
  return readEvents(request.reads, { after, limit, types: filter?.types ?? null, customerId, agreementId })
}
