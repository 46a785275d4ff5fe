import { defineEntity, p } from '@mikro-orm/postgresql'
import { ownersOnly } from '../persistence/index.js'
import { EXCERPT_LENGTH } from './webhook-excerpt.js'

export type DeliveryState = 'PENDING' | 'DELIVERED' | 'FAILED'
/** Why an attempt failed. The first is the receiver's answer; of the rest there is none. */
export type DeliveryProblem =
  | 'STATUS'
  | 'REDIRECT'
  | 'TIMEOUT'
  | 'UNREACHABLE'
  | 'PRIVATE_ADDRESS'
  | 'BAD_ADDRESS'

/** One attempt to deliver one event, or a test, to an endpoint: what came of it. */
export const WebhookDelivery = defineEntity({
  name: 'WebhookDelivery',
  tableName: 'webhook_deliveries',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    /** The endpoint's, for the walls. */
    customerId: p.uuid().nullable(),
    appId: p.uuid().nullable(),
    endpointId: p.uuid(),
    /** Null for a test. */
    eventId: p.uuid().nullable(),
    type: p.string().length(64),
    /** The n-th of this event, from 1. */
    attempt: p.smallint(),
    state: p.string().length(10).$type<DeliveryState>(),
    problem: p.string().length(20).nullable().$type<DeliveryProblem | null>(),
    statusCode: p.smallint().nullable(),
    latencyMs: p.integer().nullable(),
    excerpt: p.string().length(EXCERPT_LENGTH).nullable(),
    attemptedAt: p.datetime(3),
    /** Null when it won't be tried again, or arrived. */
    nextAttemptAt: p.datetime(3).nullable(),
  },
  indexes: [
    { name: 'webhook_deliveries_attempted_idx', properties: ['tenantId', 'attemptedAt', 'id'] },
    {
      name: 'webhook_deliveries_endpoint_attempted_idx',
      properties: ['tenantId', 'endpointId', 'attemptedAt', 'id'],
    },
  ],
  ...ownersOnly(),
})
