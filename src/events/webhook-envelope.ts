import { publicId } from '../platform/ids.js'
import { type EventSource, findNode, type Request } from '../tenancy/index.js'
import { cursorAt } from './event-loaders.js'
import type { WebhookPayload } from './webhook-endpoint.js'

/** A larger body goes without its `data` (api.md): receivers may refuse large bodies, and the API has it all. */
export const FULL_BYTES = 20_000

/** The type of what `webhookEndpointTest` sends: no event, and in no journal. */
export const TEST_TYPE = 'webhook_endpoint.test'

/** An event as it stands in the journal, as far as an envelope says it. */
export interface Told extends EventSource {
  time: Date
  subjectRevision: number
  clause: string | null
  data: unknown
  dataSchema: string
}

/**
 * CloudEvents 1.0, structured JSON. Attribute names are lower-case letters and digits (3.1 of its specification); beyond its
 * own there are `cursor`, from which `events(after:)` goes on, and what GraphQL's `Event` says, no more and no less: what the
 * endpoint's owner may not see is left out, as it's null there.
 */
export interface Envelope {
  specversion: '1.0'
  id: string
  source: string
  type: string
  time: string
  subject?: string
  dataschema?: string
  datacontenttype?: 'application/json'
  cursor?: string
  subjectrevision?: number
  agreement?: string
  clause?: string
  actorkind?: string
  actorid?: string
  data?: unknown
}

/** The body that is sent for an event, seen through the request's walls. */
export async function envelopeOf(request: Request, event: Told): Promise<Envelope> {
  const [subject, agreement] = await Promise.all([
    shown(request, event.subjectKind, event.subjectId),
    event.agreementId === null ? undefined : shown(request, 'agr', event.agreementId),
  ])
  const { seals, caller } = request
  return {
    specversion: '1.0',
    id: event.id,
    source: request.ownIssuer,
    type: event.type,
    time: event.time.toISOString(),
    ...(subject && { subject }),
    dataschema: event.dataSchema,
    datacontenttype: 'application/json',
    cursor: cursorAt(request, BigInt(event.sequence)),
    subjectrevision: event.subjectRevision,
    ...(agreement && { agreement }),
    ...(event.clause !== null && { clause: event.clause }),
    actorkind: event.actorKind,
    actorid: seals.pseudonym('event actor', caller.tenantId, event.actorId),
    data: event.data,
  }
}

/** A thin one, or one that would be too large, says what happened to what, and the rest is asked of the API. */
export function bodyOf(envelope: Envelope, payload: WebhookPayload): string {
  const full = payload === 'FULL' ? JSON.stringify(envelope) : null
  if (full !== null && Buffer.byteLength(full) <= FULL_BYTES) return full
  const { data: _data, datacontenttype: _type, ...thin } = envelope
  return JSON.stringify(thin)
}

export function testBody(id: string, source: string, now: Date): string {
  const envelope: Envelope = { specversion: '1.0', id, source, type: TEST_TYPE, time: now.toISOString() }
  return JSON.stringify(envelope)
}

/** An id, if `node` finds it for them. */
async function shown(request: Request, kind: string, uuid: string): Promise<string | undefined> {
  const id = publicId(kind, uuid)
  return (await findNode(request, id)) ? id : undefined
}
