import type { Seals } from '../persistence/index.js'
import { Failure } from '../platform/failure.js'

const PURPOSE = 'event cursor'
/** Digits of the largest bigint. All cursors are of one length, or it would tell how much has happened. */
const DIGITS = 19

/**
 * A place in a tenant's sequence, sealed and bound to the tenant alone: whoever of the tenant holds it reads on from
 * there what it may see itself. Two seals of one place differ, so nobody learns whether something happened unseen.
 */
export const sealEventCursor = (seals: Seals, tenantId: string, sequence: bigint): string =>
  seals.seal(PURPOSE, tenantId, sequence.toString().padStart(DIGITS, '0'))

/** Throws BAD_USER_INPUT for what isn't one of this tenant's. */
export function openEventCursor(seals: Seals, tenantId: string, cursor: string): bigint {
  const place = eventCursorPlace(seals, tenantId, cursor)
  if (place === null) throw new Failure('BAD_USER_INPUT', { messageKey: 'BAD_EVENT_CURSOR' })
  return place
}

/** Null for what isn't one of this tenant's. */
export function eventCursorPlace(seals: Seals, tenantId: string, cursor: string): bigint | null {
  const opened = seals.open(PURPOSE, tenantId, cursor)
  return opened === null ? null : BigInt(opened)
}
