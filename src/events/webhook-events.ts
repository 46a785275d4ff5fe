import { eachAlarm, type EventActor, type Operation } from '../persistence/index.js'
import { declareData, declareEvents, word } from '../tenancy/index.js'
import { WebhookEndpoint } from './webhook-endpoint.js'
import { WEBHOOK_ENDPOINT_ID } from './webhook-loaders.js'

declareEvents('webhook_endpoint', 'CONTRACT', {
  disabled:
    'Nothing is sent to a webhook endpoint any more; `data.reason` says why: by hand, 410, failing for five days, or its owner may see no events any more.',
})

declareData('webhook_endpoint', { disabled: { reason: word('Why.') } })

export function recordDisabled(
  operation: Operation,
  endpoint: WebhookEndpoint,
  actor: EventActor,
  now: Date,
): void {
  operation.record({
    type: 'webhook_endpoint.disabled',
    category: 'CONTRACT',
    subject: { kind: WEBHOOK_ENDPOINT_ID, id: endpoint.id, revision: () => endpoint.revision },
    customerId: endpoint.customerId ?? null,
    agreementId: null,
    actor,
    occurredAt: now,
    acceptedAt: now,
    data: { reason: endpoint.disabledReason },
  })
}

/** Rings when an app has disabled an endpoint of its own. */
export const ANNOUNCE_ALARM = 'webhook.announce'

/** Says so in the journal, in the app's name; unless it's enabled again by now. */
export const announceDisabled = eachAlarm(async (operation, { subjectId: id }) => {
  const endpoint = await operation.em.findOne(WebhookEndpoint, { tenantId: operation.session.tenantId, id })
  if (endpoint?.disabledAt)
    recordDisabled(operation, endpoint, { kind: 'app', id: endpoint.ownerKey }, endpoint.disabledAt)
})
