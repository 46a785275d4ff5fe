import { type Database, type Seals, statement, systemSession } from '../persistence/index.js'
import type { GuardedFetch } from '../platform/guarded-fetch.js'
import { newUuid } from '../platform/ids.js'
import {
  type AccessTable,
  type Directory,
  type DisclosureGate,
  type LastingCaller,
  Request,
  standingOf,
} from '../tenancy/index.js'
import { readEvents, readHead, readOldest, toEvent } from './event-loaders.js'
import type { WebhookPayload } from './webhook-endpoint.js'
import { envelopeOf, type Envelope, type Told } from './webhook-envelope.js'
import { openSecret } from './webhook-signing.js'

/** What delivering takes of the house; the rooms behind it are handed in. */
export interface DeliveryParts {
  database: Database
  seals: Seals
  directory: Directory
  gate: DisclosureGate
  access: AccessTable
  outside: GuardedFetch
}

/** A withdrawn consent is felt within a second (bars.md, trust 14): the directory is 0.5 s old at most, and the rest this. */
const FRESH_MS = 400
/** The same for its first event, to the last that a second allows: else a slow database would let none out. */
const FIRST_FRESH_MS = 500
/** Events read at once, and the most that is sent again when a process dies before it has written down what arrived. */
const BATCH = 50

export interface EndpointRead {
  id: string
  tenantId: string
  customerId: string | null
  appId: string | null
  owner: LastingCaller
  url: string
  types: string[] | null
  payload: WebhookPayload
  sealedSecret: string
  sealedPrevious: string | null
  position: string
  epoch: number
  attempt: number
  failingSince: Date | null
  /** Of its settings and state. */
  revision: number
  /** The endpoint may still be sent to, and this turn is the one that may. */
  isOurs: boolean
}

const endpointForDelivery = statement(
  'webhook_endpoint_for_delivery',
  `select id, tenant_id as "tenantId", customer_id as "customerId", app_id as "appId", owner, url, types, payload,
     sealed_secret as "sealedSecret", case when previous_ends_at > (select surety_now()) then sealed_previous end as "sealedPrevious",
     position::text as position, epoch, attempt, failing_since as "failingSince", revision,
     state = 'ENABLED' and lease is not distinct from $3::uuid as "isOurs"
   from webhook_endpoints where tenant_id = $1 and id = $2`,
)

/** The endpoint as it is now. `lease`: the turn that asks. */
export async function readEndpoint(
  database: Database,
  tenantId: string,
  id: string,
  lease: string | null,
): Promise<EndpointRead | null> {
  const reads = database.read(systemSession(tenantId))
  try {
    const [row] = await reads.rows<EndpointRead>(endpointForDelivery, [tenantId, id, lease])
    return row ?? null
  } finally {
    reads.close()
  }
}

/** What lies behind an endpoint's place, and what is said of it, judged when it was read. */
export interface Batch {
  request: Request
  entries: readonly { event: Told; envelope: Envelope }[]
  /** The reader has had all of this view behind the last of them. */
  head: bigint
  more: boolean
  /** Whether the judgement still stands. `isFirst`: nothing of the batch was sent yet. */
  isFresh(isFirst: boolean): boolean
}

/** A request of whoever the endpoint belongs to, as they are today; null where they may see no events any more. */
export async function requestOf(parts: DeliveryParts, endpoint: EndpointRead): Promise<Request | null> {
  const { tenantId, customerId, appId, owner } = endpoint
  const belonging = { tenantId, customerId, appId }
  const caller = await standingOf(parts.directory, parts.database, owner, belonging)
  if (!caller) return null
  const request = new Request({
    ...parts,
    id: newUuid(),
    caller,
    language: 'en',
    ownIssuer: parts.directory.ownIssuer,
    operation: 'SUBSCRIBE',
  })
  return request.mayDo('event:read') ? request : null
}

/**
 * Reads on from the endpoint's place through its owner's walls, everything in one view. Null: the owner may see no events
 * any more. What is past its retention is passed over, as a poll would have to.
 */
export async function readBatch(parts: DeliveryParts, endpoint: EndpointRead): Promise<Batch | null> {
  const startedAt = performance.now()
  const request = await requestOf(parts, endpoint)
  if (!request) return null
  await request.admit()
  try {
    const query = { types: endpoint.types, customerId: null, agreementId: null, limit: BATCH }
    let found = await readEvents(request.reads, { ...query, after: BigInt(endpoint.position) })
    if (found.rows.some(row => row.expired))
      found = await readEvents(request.reads, { ...query, after: await readOldest(request.reads) })
    const head = await readHead(request.reads)
    const events = found.rows.map(row => toEvent(row) as Told)
    const envelopes = await Promise.all(events.map(event => envelopeOf(request, event)))
    return {
      request,
      entries: events.map((event, index) => ({ event, envelope: envelopes[index] as Envelope })),
      head,
      more: found.more,
      isFresh: isFirst => performance.now() - startedAt < (isFirst ? FIRST_FRESH_MS : FRESH_MS),
    }
  } finally {
    request.close()
  }
}

/** The newest first; two while they change over. Throws where the master key of all of them is gone: then a rotation helps. */
export function secretsOf(seals: Seals, { id, sealedSecret, sealedPrevious }: EndpointRead): string[] {
  const sealed = sealedPrevious === null ? [sealedSecret] : [sealedSecret, sealedPrevious]
  const secrets = sealed.map(each => openSecret(seals, id, each)).filter(each => each !== null)
  if (secrets.length === 0) throw new Error('a webhook secret is sealed under another SURETY_MASTER_KEY')
  return secrets
}
