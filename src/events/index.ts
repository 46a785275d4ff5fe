import './event-messages.js'
import { EventResolver } from './event-api.js'

/**
 * Events: how what happened leaves the house.
 *
 * - *event*: one entry of a tenant's journal. *sequence*: its number, gap-free, in commit order.
 * - *event cursor*: a place in the sequence, sealed. *head*: the newest place. *oldest*: the first that is retained.
 * - *stream*: what one reader gets: one caller, one filter. *frame*: one event of it, on its way out.
 * - *entitlement*: what a caller may see. Callers of one class share a *delivery*: one read, judged when it is made.
 */
export { eventAccess } from './event-access.js'
export { RETENTION_DAYS } from './event-loaders.js'
export { EventFeed } from './event-feed.js'

export const eventResolvers = [EventResolver] as const
