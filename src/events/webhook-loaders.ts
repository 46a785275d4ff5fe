import { byId, newestOf } from '../tenancy/index.js'
import { orderedBy } from '../platform/graphql/pages.js'

export const WEBHOOK_ENDPOINT_ID = 'whk'
export const WEBHOOK_DELIVERY_ID = 'whd'

export interface EndpointRow {
  id: string
  customerId: string | null
  appId: string | null
  ownerKind: string
  url: string
  description: string | null
  types: string[] | null
  payload: string
  state: string
  disabledReason: string | null
  disabledAt: Date | null
  previousSecretEndsAt: Date | null
  position: string
  failures: number
  failingSince: Date | null
  nextAttemptAt: Date | null
  deliveredAt: Date | null
  createdAt: Date
  updatedAt: Date
  revision: number
}

/** Neither secrets nor the owner's own name. */
export const ENDPOINT_COLUMNS = `id, customer_id as "customerId", app_id as "appId", owner ->> 'kind' as "ownerKind", url, description, types, payload, state,
  disabled_reason as "disabledReason", disabled_at as "disabledAt",
  case when previous_ends_at > (select surety_now()) then previous_ends_at end as "previousSecretEndsAt", position::text as position,
  attempt as failures, failing_since as "failingSince", next_attempt_at as "nextAttemptAt", delivered_at as "deliveredAt",
  created_at as "createdAt", updated_at as "updatedAt", revision`

export const endpointById = byId<EndpointRow>('webhook_endpoints', ENDPOINT_COLUMNS)

export interface DeliveryRow {
  id: string
  endpointId: string
  eventId: string | null
  type: string
  attempt: number
  state: string
  problem: string | null
  statusCode: number | null
  latencyMs: number | null
  excerpt: string | null
  attemptedAt: Date
  nextAttemptAt: Date | null
}

export const DELIVERY_COLUMNS = `id, endpoint_id as "endpointId", event_id as "eventId", type, attempt, state, problem, status_code as "statusCode",
  latency_ms as "latencyMs", excerpt, attempted_at as "attemptedAt", next_attempt_at as "nextAttemptAt"`

export const deliveryById = byId<DeliveryRow>('webhook_deliveries', DELIVERY_COLUMNS)

export const newestDeliveries = newestOf<DeliveryRow>(
  'webhook_deliveries',
  DELIVERY_COLUMNS,
  'endpoint_id',
  orderedBy('attemptedAt', 'DESC'),
)
