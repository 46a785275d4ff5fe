import { LockMode } from '@mikro-orm/postgresql'
import {
  type Database,
  insertRows,
  type Operation,
  sleepAtHead,
  systemSession,
} from '../persistence/index.js'
import { newUuid } from '../platform/ids.js'
import type { Attempted } from './webhook-attempt.js'
import type { EndpointRead } from './webhook-batch.js'
import { WebhookDelivery } from './webhook-delivery.js'
import { type DisabledReason, WebhookEndpoint } from './webhook-endpoint.js'
import { recordDisabled } from './webhook-events.js'
import { endpointsDisabled } from './webhook-metrics.js'
import { afterFailure } from './webhook-schedule.js'

/**
 * What is written down of deliveries. Whoever sets an endpoint's alarm has its row locked: so nobody who takes an endpoint
 * because its alarm rings, and leaves alone what is locked, waits for somebody who waits for them.
 */

/** Rings when an endpoint is to be delivered to. */
export const DELIVER_ALARM = 'webhook.deliver'
/**
 * For so long an endpoint is one process's own, from each time that this is written. 30 s: an attempt takes 15 at most, and
 * after a process died nobody delivers to its endpoints for as long.
 */
export const LEASE_SECONDS = 30

export interface Entry extends Attempted {
  eventId: string | null
  type: string
  attempt: number
}

/** How the place has moved, in a turn. */
export interface Progress {
  endpoint: EndpointRead
  lease: string
  position: bigint
  /** What arrived since it was last written down. */
  delivered: readonly Entry[]
}

/**
 * Everything behind the place is there to be delivered next. False where this turn has lost its endpoint, or its place was
 * set by hand meanwhile: then only what arrived is noted.
 */
export function keepGoing(database: Database, progress: Progress): Promise<boolean> {
  return write(database, progress, async operation => {
    operation.setAlarm(DELIVER_ALARM, progress.endpoint.id, await leaseEnd(operation))
    return true
  })
}

/** Ends the turn so that another process, or this one later, begins at `at`: at once when omitted. */
export function handBack(database: Database, progress: Progress, at?: Date): Promise<boolean> {
  return write(database, progress, async operation => {
    await endTurn(operation, progress)
    operation.setAlarm(DELIVER_ALARM, progress.endpoint.id, at ?? (await operation.now()))
    return true
  })
}

/** Ends the turn where there is nothing more. False: there is, by now. */
export function sleep(database: Database, progress: Progress, head: bigint): Promise<boolean> {
  const { endpoint, lease } = progress
  return write(database, { ...progress, position: head }, async operation => {
    await endTurn(operation, progress)
    const alarmAt = await leaseEnd(operation)
    // Last, since until the commit nobody of the tenant records anything.
    const asleep = await sleepAtHead(operation, head)
    if (asleep) operation.clearAlarm(DELIVER_ALARM, endpoint.id)
    else {
      await beginTurn(operation, [endpoint.id], lease)
      operation.setAlarm(DELIVER_ALARM, endpoint.id, alarmAt)
    }
    return asleep
  })
}

/**
 * Ends the turn with an attempt that failed: the endpoint waits, or is disabled. Where it was changed meanwhile that was
 * another address, or another secret: it's tried at once as it is now. Answers when it's tried again.
 */
export async function fail(
  database: Database,
  progress: Progress,
  failed: Entry,
): Promise<{ nextAttemptAt: Date | null }> {
  const { endpoint } = progress
  let nextAttemptAt: Date | null = null
  await write(database, progress, async operation => {
    const now = await operation.now()
    const failingSince = endpoint.failingSince ?? now
    const next = (await isChanged(operation, endpoint))
      ? { retryAt: now }
      : afterFailure({ ...failed, failingSince, now })
    if ('retryAt' in next) nextAttemptAt = next.retryAt
    await operation.run(
      `update webhook_endpoints set attempt = $3, failing_since = $4, next_attempt_at = $5, lease = null, leased_until = null
       where tenant_id = $1 and id = $2`,
      [endpoint.tenantId, endpoint.id, failed.attempt, failingSince, nextAttemptAt],
    )
    await note(operation, endpoint, [failed], nextAttemptAt)
    if ('disabled' in next) await disable(operation, endpoint.id, next.disabled)
    else operation.setAlarm(DELIVER_ALARM, endpoint.id, next.retryAt)
    return true
  })
  return { nextAttemptAt }
}

/** Whether somebody has changed it since it was read; its row is locked by whoever asks. */
async function isChanged(operation: Operation, { tenantId, id, revision }: EndpointRead): Promise<boolean> {
  const changed = await operation.run(
    'select 1 from webhook_endpoints where tenant_id = $1 and id = $2 and revision <> $3',
    [tenantId, id, revision],
  )
  return changed.length > 0
}

/** Disables it for a reason of ours, and says so in the journal. */
export async function disable(operation: Operation, id: string, reason: DisabledReason): Promise<void> {
  const endpoint = await operation.em.findOne(
    WebhookEndpoint,
    { tenantId: operation.session.tenantId, id },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  )
  const now = await operation.now()
  if (!endpoint?.disable(reason, now)) return
  endpoint.lease = null
  endpoint.leasedUntil = null
  operation.clearAlarm(DELIVER_ALARM, id)
  recordDisabled(operation, endpoint, { kind: 'system', id: 'surety' }, now)
  operation.whenCommitted(() => endpointsDisabled.inc({ reason: reason.toLowerCase() }))
}

export async function endAccess(database: Database, { tenantId, id }: EndpointRead): Promise<void> {
  await database.write(systemSession(tenantId), operation => disable(operation, id, 'ACCESS_ENDED'))
}

/** Moves the place, notes what arrived, and does what ends the turn or goes on with it: all of it or nothing. */
async function write(
  database: Database,
  progress: Progress,
  then: (operation: Operation) => Promise<boolean>,
): Promise<boolean> {
  const { endpoint, lease, position, delivered } = progress
  return database.write(systemSession(endpoint.tenantId), async operation => {
    const moved = await operation.run(
      `update webhook_endpoints set position = $5, leased_until = surety_now() + make_interval(secs => $6),
         attempt = case when $7 then 0 else attempt end, failing_since = case when $7 then null else failing_since end,
         next_attempt_at = null, delivered_at = case when $7 then surety_now() else delivered_at end
       where tenant_id = $1 and id = $2 and lease = $3 and epoch = $4 and state = 'ENABLED' returning 1`,
      [
        endpoint.tenantId,
        endpoint.id,
        lease,
        endpoint.epoch,
        position.toString(),
        LEASE_SECONDS,
        delivered.length > 0,
      ],
    )
    await note(operation, endpoint, delivered, null)
    if (moved.length === 0) return false
    return then(operation)
  })
}

/** From now on these are one turn's own. Their rows are locked by whoever calls this. */
export async function beginTurn(operation: Operation, ids: readonly string[], lease: string): Promise<void> {
  await operation.run(
    `update webhook_endpoints set lease = $3, leased_until = surety_now() + make_interval(secs => $4)
     where tenant_id = $1 and id = any ($2::uuid[])`,
    [operation.session.tenantId, ids, lease, LEASE_SECONDS],
  )
}

async function endTurn(operation: Operation, { endpoint, lease }: Progress): Promise<void> {
  await operation.run(
    'update webhook_endpoints set lease = null, leased_until = null where tenant_id = $1 and id = $2 and lease = $3',
    [endpoint.tenantId, endpoint.id, lease],
  )
}

const leaseEnd = async (operation: Operation): Promise<Date> =>
  new Date((await operation.now()).getTime() + LEASE_SECONDS * 1000)

function note(
  operation: Operation,
  { tenantId, id, customerId, appId }: EndpointRead,
  entries: readonly Entry[],
  nextAttemptAt: Date | null,
): Promise<void> {
  return insertRows(
    operation,
    WebhookDelivery,
    entries.map(({ retryAfter: _asked, ...entry }) => ({
      tenantId,
      id: newUuid(),
      customerId,
      appId,
      endpointId: id,
      ...entry,
      nextAttemptAt,
    })),
  )
}
