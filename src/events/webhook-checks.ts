import type { Operation, Seals } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { FetchRefused, type GuardedFetch } from '../platform/guarded-fetch.js'
import { checkText } from '../tenancy/index.js'
import { eventCursorPlace } from './event-cursor.js'
import { RETENTION_DAYS } from './event-loaders.js'

/** What an endpoint may be set up with. */

/** Enabled endpoints that the provider's people and services have together: some for each of its systems. */
export const MOST_OF_A_PROVIDER = 50
/** Those of one customer, and of one app: an integration or two, their staging, and what takes their place. */
export const MOST_OF_AN_OWNER = 10

/** As far as can be told without asking anybody; what the name leads to is looked at when it's sent to. */
export function checkAddress(given: string, outside: GuardedFetch): string {
  const field = ['input', 'url']
  const limits = { max: 2000 }
  const text = checkText(given, field, limits)
  try {
    const url = outside.check(text)
    if (url.hash !== '') throw new FetchRefused('not-an-address')
    // What it's written as may be longer: each letter of another script takes nine.
    return checkText(url.href, field, limits)
  } catch (error) {
    if (!(error instanceof FetchRefused)) throw error
    throw refuse('INVALID', { field, messageKey: 'WEBHOOK_ADDRESS' })
  }
}

export const checkDescription = (given: string): string =>
  checkText(given, ['input', 'description'], { max: 200 })

export function checkTypes(types: readonly string[] | null | undefined): string[] | null {
  if (types == null) return null
  if (types.length === 0) throw refuse('REQUIRED', { field: ['input', 'types'] })
  return [...new Set(types)].sort()
}

/** Counted under a lock, so that two at once don't both take the last place. */
export async function checkRoom(
  operation: Operation,
  { customerId = null, appId = null }: { customerId?: string | null; appId?: string | null },
): Promise<void> {
  const { tenantId } = operation.session
  await operation.run(`select pg_advisory_xact_lock(hashtextextended('webhook endpoints ' || $1, 0))`, [
    tenantId,
  ])
  const [count] = await operation.run<{ own: number }>(
    `select count(*)::int as own from webhook_endpoints
     where tenant_id = $1 and state = 'ENABLED' and customer_id is not distinct from $2::uuid and app_id is not distinct from $3::uuid`,
    [tenantId, customerId, appId],
  )
  const isProviders = customerId === null && appId === null
  const max = isProviders ? MOST_OF_A_PROVIDER : MOST_OF_AN_OWNER
  if ((count?.own ?? 0) >= max) throw refuse('TOO_MANY', { params: { max } })
}

export async function headOf(operation: Operation): Promise<bigint> {
  const [head] = await operation.run<{ sequence: string }>(
    'select sequence::text as sequence from event_heads where tenant_id = $1',
    [operation.session.tenantId],
  )
  return BigInt(head?.sequence ?? 0)
}

/** A place that nobody could have been given, or behind which events are gone, is no place to begin at. */
export async function placeOf(
  operation: Operation,
  seals: Seals,
  cursor: string,
  head: bigint,
): Promise<bigint> {
  const field = ['input', 'after']
  const { tenantId } = operation.session
  const place = eventCursorPlace(seals, tenantId, cursor)
  if (place === null || place > head) throw refuse('INVALID', { field, messageKey: 'BAD_EVENT_CURSOR' })
  const [next] = await operation.run<{ expired: boolean }>(
    `select accepted_at < (select surety_now()) - make_interval(days => $3) as expired from events
     where tenant_id = $1 and sequence > $2 order by sequence limit 1`,
    [tenantId, place.toString(), RETENTION_DAYS],
  )
  if (next?.expired)
    throw refuse('INVALID', {
      field,
      messageKey: 'WEBHOOK_CURSOR_EXPIRED',
      params: { days: RETENTION_DAYS },
    })
  return place
}
