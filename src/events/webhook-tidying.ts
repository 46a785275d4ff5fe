import { type DueAlarm, type Operation, systemSession } from '../persistence/index.js'
import { type DeliveryParts, readEndpoint, requestOf } from './webhook-batch.js'
import { endAccess } from './webhook-ledger.js'
import { openSecret, sealSecret } from './webhook-signing.js'

/** Rings once a day for each endpoint. */
export const TIDY_ALARM = 'webhook.tidy'
export const TIDY_EVERY_MS = 24 * 60 * 60 * 1000
/** How long the log remembers an attempt: the five days of failing, and a week for whoever is to find out why. */
export const LOG_DAYS = 14
/** Entries that go in one turn: a fraction of a second's work. What is left goes a minute later. */
const AT_ONCE = 10_000
const MORE_MS = 60_000

/** Forgets old attempts. */
export async function forgetOldDeliveries(operation: Operation, alarms: readonly DueAlarm[]): Promise<void> {
  const { tenantId } = operation.session
  for (const { subjectId: id } of alarms) {
    const gone = await operation.run(
      `delete from webhook_deliveries where tenant_id = $1 and id in (
         select id from webhook_deliveries where tenant_id = $1 and endpoint_id = $2 and attempted_at < (select surety_now()) - make_interval(days => $3)
         order by attempted_at limit $4) returning 1`,
      [tenantId, id, LOG_DAYS, AT_ONCE],
    )
    const nextMs = gone.length === AT_ONCE ? MORE_MS : TIDY_EVERY_MS
    operation.setAlarm(TIDY_ALARM, id, new Date((await operation.now()).getTime() + nextMs))
  }
}

/**
 * Disables an endpoint when its owner may see no events any more, also where none come, since what was revoked is remembered
 * for 90 days alone; and seals its secrets by today's master key, so that an older one may go once each had its day.
 */
export async function inspectEndpoint(parts: DeliveryParts, tenantId: string, id: string): Promise<void> {
  const endpoint = await readEndpoint(parts.database, tenantId, id, null)
  if (!endpoint) return
  if (!(await requestOf(parts, endpoint))) await endAccess(parts.database, endpoint)
  await parts.database.write(systemSession(tenantId), operation => sealAnew(parts, operation, id))
}

async function sealAnew({ seals }: DeliveryParts, operation: Operation, id: string): Promise<void> {
  const [row] = await operation.run<{ secret: string; previous: string | null }>(
    `select sealed_secret as secret, case when previous_ends_at > (select surety_now()) then sealed_previous end as previous
     from webhook_endpoints where tenant_id = $1 and id = $2 for no key update`,
    [operation.session.tenantId, id],
  )
  if (!row) return
  const anew = (sealed: string | null): string | null => {
    const secret = sealed && openSecret(seals, id, sealed)
    return secret ? sealSecret(seals, id, secret) : sealed
  }
  await operation.run(
    'update webhook_endpoints set sealed_secret = $3, sealed_previous = $4 where tenant_id = $1 and id = $2',
    [operation.session.tenantId, id, anew(row.secret), anew(row.previous)],
  )
}
