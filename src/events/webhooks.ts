import { LockMode } from '@mikro-orm/postgresql'
import type { Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid, uuidOf } from '../platform/ids.js'
import { actorOf, type Caller, callerId, checkRevision, lastingOf, type Request } from '../tenancy/index.js'
import { checkAddress, checkDescription, checkRoom, checkTypes, headOf, placeOf } from './webhook-checks.js'
import { WebhookDelivery } from './webhook-delivery.js'
import { WebhookEndpoint, type WebhookPayload } from './webhook-endpoint.js'
import { ANNOUNCE_ALARM, recordDisabled } from './webhook-events.js'
import { TEST_TYPE } from './webhook-envelope.js'
import { DELIVER_ALARM } from './webhook-ledger.js'
import { WEBHOOK_ENDPOINT_ID } from './webhook-loaders.js'
import { newWebhookSecret, sealSecret } from './webhook-signing.js'
import { TEST_ALARM } from './webhook-test.js'
import { TIDY_ALARM, TIDY_EVERY_MS } from './webhook-tidying.js'

/** One that nobody sent within so long was cut short, and another may be asked for. */
const TEST_PATIENCE_MS = 60_000

export interface EndpointFields {
  url: string
  description?: string | null
  types?: string[] | null
  payload?: WebhookPayload | null
}

export interface EndpointTarget {
  webhookEndpointId: string
  expectedRevision?: number | null
}

/** An endpoint and the secret it has just got, which is said this once. */
export interface EndpointWithSecret {
  endpoint: WebhookEndpoint
  secret: string
}

/** Sets up an endpoint with the caller's own eyes. It begins behind `after`, or with what happens from now on. */
export async function createEndpoint(
  operation: Operation,
  input: EndpointFields & { after?: string | null },
  { caller, seals, ownIssuer, outside }: Request,
): Promise<EndpointWithSecret> {
  const { tenantId } = operation.session
  const url = checkAddress(input.url, outside)
  const description = input.description == null ? null : checkDescription(input.description)
  const types = checkTypes(input.types)
  await checkRoom(operation, caller)
  const head = await headOf(operation)
  const now = await operation.now()
  const secret = newWebhookSecret()
  const id = newUuid()
  const endpoint = operation.em.create(WebhookEndpoint, {
    tenantId,
    id,
    customerId: caller.customerId,
    appId: caller.appId,
    ownerKey: callerId(caller),
    owner: lastingOf(caller, ownIssuer),
    url,
    description,
    types,
    payload: input.payload ?? 'FULL',
    state: 'ENABLED',
    sealedSecret: sealSecret(seals, id, secret),
    position: input.after == null ? head : await placeOf(operation, seals, input.after, head),
    epoch: 0,
    attempt: 0,
    createdAt: now,
    updatedAt: now,
  })
  operation.setAlarm(DELIVER_ALARM, id, now)
  operation.setAlarm(TIDY_ALARM, id, new Date(now.getTime() + TIDY_EVERY_MS))
  return { endpoint, secret }
}

/** Changes where to and what; what fails already is tried at once, since it may be mended. */
export async function updateEndpoint(
  operation: Operation,
  input: EndpointTarget & { [Field in keyof EndpointFields]?: EndpointFields[Field] | null },
  { caller, outside }: Request,
): Promise<WebhookEndpoint> {
  const endpoint = await findEndpoint(operation, input, caller)
  const { url, description, types, payload } = input
  if (url === null) throw refuse('REQUIRED', { field: ['input', 'url'] })
  if (payload === null) throw refuse('REQUIRED', { field: ['input', 'payload'] })
  endpoint.change(
    {
      ...(url !== undefined && { url: checkAddress(url, outside) }),
      ...(description !== undefined && {
        description: description === null ? null : checkDescription(description),
      }),
      ...(types !== undefined && { types: checkTypes(types) }),
      ...(payload !== undefined && { payload }),
    },
    await operation.now(),
  )
  await wake(operation, endpoint)
  return endpoint
}

/** A new secret; the old one signs beside it for a while. */
export async function rotateEndpointSecret(
  operation: Operation,
  input: EndpointTarget,
  { caller, seals }: Request,
): Promise<EndpointWithSecret> {
  const endpoint = await findEndpoint(operation, input, caller)
  const secret = newWebhookSecret()
  endpoint.rotate(sealSecret(seals, endpoint.id, secret), await operation.now())
  return { endpoint, secret }
}

/** From now on nothing is sent. Safe to repeat. */
export async function disableEndpoint(
  operation: Operation,
  input: EndpointTarget,
  { caller }: Request,
): Promise<WebhookEndpoint> {
  const endpoint = await findEndpoint(operation, input, caller)
  const now = await operation.now()
  if (!endpoint.disable('REQUESTED', now)) return endpoint
  operation.clearAlarm(DELIVER_ALARM, endpoint.id)
  // The walls let no app write into the journal: Surety does it for one, a moment later.
  if (caller.appId === null) recordDisabled(operation, endpoint, actorOf(caller), now)
  else operation.setAlarm(ANNOUNCE_ALARM, endpoint.id, now)
  return endpoint
}

/**
 * It goes on where it stood. Who enables what their own side set up stands in for whoever did: a person leaves, and the
 * endpoint stays. Another side's keeps its own eyes, or it would be told what isn't for it.
 */
export async function enableEndpoint(
  operation: Operation,
  input: EndpointTarget,
  { caller, ownIssuer }: Request,
): Promise<WebhookEndpoint> {
  const endpoint = await findEndpoint(operation, input, caller)
  endpoint.enable(await operation.now())
  await checkRoom(operation, endpoint)
  if (isSameSide(endpoint, caller)) {
    endpoint.owner = lastingOf(caller, ownIssuer)
    endpoint.ownerKey = callerId(caller)
  }
  await wake(operation, endpoint)
  return endpoint
}

/** It goes on behind this cursor, whichever way that is. */
export async function replayEndpoint(
  operation: Operation,
  input: EndpointTarget & { after: string },
  { caller, seals }: Request,
): Promise<WebhookEndpoint> {
  const endpoint = await findEndpoint(operation, input, caller)
  const place = await placeOf(operation, seals, input.after, await headOf(operation))
  endpoint.replay(place, await operation.now())
  await wake(operation, endpoint)
  return endpoint
}

/** Asks for a test: its entry in the log, which says what came of it a moment later. */
export async function testEndpoint(
  operation: Operation,
  input: EndpointTarget,
  { caller }: Request,
): Promise<{ endpoint: WebhookEndpoint; deliveryId: string }> {
  const endpoint = await findEndpoint(operation, input, caller)
  const { tenantId, id: endpointId, customerId, appId } = endpoint
  const now = await operation.now()
  const since = new Date(now.getTime() - TEST_PATIENCE_MS)
  const pending = await operation.em.count(WebhookDelivery, {
    tenantId,
    endpointId,
    state: 'PENDING',
    attemptedAt: { $gt: since },
  })
  if (pending > 0)
    throw refuse('INVALID_STATE', { field: ['input', 'webhookEndpointId'], messageKey: 'TEST_PENDING' })
  const deliveryId = newUuid()
  operation.em.create(WebhookDelivery, {
    tenantId,
    id: deliveryId,
    endpointId,
    customerId,
    appId,
    type: TEST_TYPE,
    attempt: 1,
    state: 'PENDING',
    attemptedAt: now,
  })
  operation.setAlarm(TEST_ALARM, deliveryId, now)
  return { endpoint, deliveryId }
}

/** Its alarm is set with its row locked, as everywhere. */
async function wake(operation: Operation, endpoint: WebhookEndpoint): Promise<void> {
  if (endpoint.state === 'ENABLED') operation.setAlarm(DELIVER_ALARM, endpoint.id, await operation.now())
}

/** A service has its own alone: what another was allowed to see it might not be. */
async function findEndpoint(
  operation: Operation,
  target: EndpointTarget,
  caller: Caller,
): Promise<WebhookEndpoint> {
  const id = uuidOf(WEBHOOK_ENDPOINT_ID, target.webhookEndpointId)
  const where = {
    tenantId: operation.session.tenantId,
    id: id ?? '',
    ...(caller.kind === 'service' && { ownerKey: callerId(caller) }),
  }
  const endpoint =
    id && (await operation.em.findOne(WebhookEndpoint, where, { lockMode: LockMode.PESSIMISTIC_WRITE }))
  if (!endpoint) throw refuse('NOT_FOUND', { field: ['input', 'webhookEndpointId'] })
  checkRevision(endpoint, target.expectedRevision)
  return endpoint
}

const isSameSide = (endpoint: WebhookEndpoint, caller: Caller): boolean =>
  endpoint.owner.kind === caller.kind &&
  (endpoint.customerId ?? null) === caller.customerId &&
  (endpoint.appId ?? null) === caller.appId &&
  endpoint.owner.purpose === caller.purpose
