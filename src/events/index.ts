import './event-messages.js'
import './webhook-events.js'
import './webhook-messages.js'
import { EventResolver } from './event-api.js'
import { WebhookDeliveryResolver, WebhookEndpointResolver } from './webhook-api.js'
import { WebhookDelivery } from './webhook-delivery.js'
import { WebhookEndpoint } from './webhook-endpoint.js'
import { WebhookMutations } from './webhook-mutations.js'

/**
 * Events: how what happened leaves the house.
 *
 * - *event*: one entry of a tenant's journal. *sequence*: its number, gap-free, in commit order.
 * - *event cursor*: a place in the sequence, sealed. *head*: the newest place. *oldest*: the first that is retained.
 * - *stream*: what one reader gets: one caller, one filter. *frame*: one event of it, on its way out.
 * - *entitlement*: what a caller may see. Callers of one class share a *delivery*: one read, judged when it is made.
 * - *endpoint*: an address that events are sent to, a cursor of its own. *turn*: one process delivers to one of them.
 *   *attempt*: one message sent once. *delivery*, of webhooks: an attempt as the log remembers it.
 */
export { eventAccess } from './event-access.js'
export { eventContracts } from './event-contracts.js'
export { RETENTION_DAYS } from './event-loaders.js'
export { EventFeed } from './event-feed.js'
export { webhookAccess } from './webhook-access.js'
export { WebhookSender } from './webhook-sender.js'

export const webhookEntities = [WebhookEndpoint, WebhookDelivery]

export const eventResolvers = [
  EventResolver,
  WebhookEndpointResolver,
  WebhookDeliveryResolver,
  WebhookMutations,
] as const
