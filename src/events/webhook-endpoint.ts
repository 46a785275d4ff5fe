import { defineEntity, p } from '@mikro-orm/postgresql'
import { ownersOnly } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import type { LastingCaller } from '../tenancy/index.js'

/** Two secrets sign for so long after a rotation: time to deploy the new one with a night between. */
export const ROTATION_HOURS = 24

export type WebhookState = 'ENABLED' | 'DISABLED'
/** By hand; it said that it's gone (410); it failed for days; whoever set it up may no longer see events. */
export type DisabledReason = 'REQUESTED' | 'GONE' | 'FAILING' | 'ACCESS_ENDED'
export type WebhookPayload = 'FULL' | 'THIN'

const WebhookEndpointSchema = defineEntity({
  name: 'WebhookEndpoint',
  tableName: 'webhook_endpoints',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    /** Of a customer's user or a service that is bound to one: whose. */
    customerId: p.uuid().nullable(),
    appId: p.uuid().nullable(),
    /** The caller's own id over all its tokens: a service changes what it set up itself. */
    ownerKey: p.string().length(64),
    /** Through whose eyes it sees. */
    owner: p.json<LastingCaller>(),
    url: p.string().length(2000),
    description: p.string().length(200).nullable(),
    /** Types as the journal names them; null: all. */
    types: p.json<string[]>().nullable(),
    payload: p.string().length(4).$type<WebhookPayload>(),
    state: p.string().length(10).$type<WebhookState>(),
    disabledReason: p.string().length(12).nullable().$type<DisabledReason | null>(),
    disabledAt: p.datetime(3).nullable(),
    sealedSecret: p.text(),
    /** The one before, while both sign. */
    sealedPrevious: p.text().nullable(),
    previousEndsAt: p.datetime(3).nullable(),
    /** All up to here is delivered, or not for it. */
    position: p.bigint(),
    /** Rises when the place is set by hand: what is under way then moves it no more. */
    epoch: p.integer(),
    /** Failures of the event that is next. */
    attempt: p.smallint(),
    failingSince: p.datetime(3).nullable(),
    nextAttemptAt: p.datetime(3).nullable(),
    deliveredAt: p.datetime(3).nullable(),
    /** The turn of the one process that delivers to it now. */
    lease: p.uuid().nullable(),
    leasedUntil: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  indexes: [
    { name: 'webhook_endpoints_created_idx', properties: ['tenantId', 'createdAt', 'id'] },
    { name: 'webhook_endpoints_updated_idx', properties: ['tenantId', 'updatedAt', 'id'] },
  ],
  ...ownersOnly(),
})

/** An address that events are sent to: a cursor over the tenant's sequence, with the eyes of whoever set it up. */
export class WebhookEndpoint extends WebhookEndpointSchema.class {
  change(
    to: { url?: string; description?: string | null; types?: string[] | null; payload?: WebhookPayload },
    now: Date,
  ): void {
    // Another address has failed at nothing yet.
    if (to.url !== undefined && to.url !== this.url) [this.attempt, this.failingSince] = [0, null]
    Object.assign(this, Object.fromEntries(Object.entries(to).filter(([, value]) => value !== undefined)))
    this.updatedAt = now
  }

  /** Both sign until the old one ends. */
  rotate(sealed: string, now: Date): void {
    this.sealedPrevious = this.sealedSecret
    this.sealedSecret = sealed
    this.previousEndsAt = new Date(now.getTime() + ROTATION_HOURS * 60 * 60 * 1000)
    this.updatedAt = now
  }

  /** Nothing is sent from now on; the place is kept. Safe to repeat. */
  disable(reason: DisabledReason, now: Date): boolean {
    if (this.state === 'DISABLED') return false
    this.state = 'DISABLED'
    this.disabledReason = reason
    this.disabledAt = now
    this.nextAttemptAt = null
    this.updatedAt = now
    return true
  }

  /** It goes on where it stood, as if it had never failed. */
  enable(now: Date): void {
    if (this.state === 'ENABLED')
      throw refuse('INVALID_STATE', {
        field: ['input', 'webhookEndpointId'],
        params: { state: this.state },
      })
    this.state = 'ENABLED'
    this.disabledReason = null
    this.disabledAt = null
    begin(this)
    this.updatedAt = now
  }

  /** What lies behind this place is sent again, or passed over, from now on. */
  replay(position: bigint, now: Date): void {
    if (this.state !== 'ENABLED')
      throw refuse('INVALID_STATE', {
        field: ['input', 'webhookEndpointId'],
        params: { state: this.state },
      })
    this.position = position
    begin(this)
    this.updatedAt = now
  }
}
WebhookEndpointSchema.setClass(WebhookEndpoint)

/** What is under way moves the place no more. A function, since the ORM makes its objects without their private parts. */
function begin(endpoint: WebhookEndpoint): void {
  endpoint.epoch += 1
  endpoint.attempt = 0
  endpoint.failingSince = null
  endpoint.nextAttemptAt = null
}
