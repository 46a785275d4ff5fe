import { statement, systemSession } from '../persistence/index.js'
import { publicId } from '../platform/ids.js'
import { attempt } from './webhook-attempt.js'
import { type DeliveryParts, readEndpoint, requestOf, secretsOf } from './webhook-batch.js'
import { testBody } from './webhook-envelope.js'
import { WEBHOOK_DELIVERY_ID } from './webhook-loaders.js'

/** Rings, with the test's entry in the log as its subject, when a test is to be sent. */
export const TEST_ALARM = 'webhook.test'

const pendingTest = statement(
  'webhook_test_pending',
  `select endpoint_id as "endpointId" from webhook_deliveries where tenant_id = $1 and id = $2 and state = 'PENDING'`,
)

/**
 * Sends a test once, whatever the endpoint's state: it's how one finds out before enabling it. One that a dying process cut
 * short stays PENDING, and is asked for again by whoever wants to know.
 */
export async function sendTest(
  parts: DeliveryParts,
  tenantId: string,
  deliveryId: string,
  signal: AbortSignal,
): Promise<void> {
  const { database, seals, directory, outside } = parts
  const reads = database.read(systemSession(tenantId))
  const [pending] = await reads
    .rows<{ endpointId: string }>(pendingTest, [tenantId, deliveryId])
    .finally(() => reads.close())
  const endpoint = pending && (await readEndpoint(database, tenantId, pending.endpointId, null))
  if (!endpoint || !(await requestOf(parts, endpoint))) return
  const id = publicId(WEBHOOK_DELIVERY_ID, deliveryId)
  const body = testBody(id, directory.ownIssuer, new Date())
  const message = { id, body, url: endpoint.url, secrets: secretsOf(seals, endpoint), acceptedAt: null }
  const attempted = await attempt(outside, message, signal)
  if (!attempted) return
  await database.write(systemSession(tenantId), operation =>
    operation.run(
      `update webhook_deliveries set state = $3, problem = $4, status_code = $5, latency_ms = $6, excerpt = $7, attempted_at = $8
       where tenant_id = $1 and id = $2`,
      [
        tenantId,
        deliveryId,
        attempted.state,
        attempted.problem,
        attempted.statusCode,
        attempted.latencyMs,
        attempted.excerpt,
        attempted.attemptedAt,
      ],
    ),
  )
}
