import { createHmac, randomBytes } from 'node:crypto'
import type { Seals } from '../persistence/index.js'

/** Standard Webhooks 1.0 names secrets so, that a leaked one is recognised by whoever scans for it. */
const PREFIX = 'whsec_'
/** Of the 24 to 64 that the standard takes: as many as the HMAC's own output. */
const SECRET_BYTES = 32
const PURPOSE = 'webhook secret'

export const newWebhookSecret = (): string => `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`

/** Bound to its endpoint: a seal that is moved to another row doesn't open there. */
export const sealSecret = (seals: Seals, endpointId: string, secret: string): string =>
  seals.seal(PURPOSE, endpointId, secret)

/** Null where the master key that sealed it is gone. */
export const openSecret = (seals: Seals, endpointId: string, sealed: string): string | null =>
  seals.open(PURPOSE, endpointId, sealed)

export interface SignedHeaders extends Record<string, string> {
  'webhook-id': string
  'webhook-timestamp': string
  'webhook-signature': string
}

/** The headers of Standard Webhooks 1.0; a signature by each of the secrets, the newest first. */
export function signedHeaders(
  id: string,
  sentAt: Date,
  body: string,
  secrets: readonly string[],
): SignedHeaders {
  const timestamp = Math.floor(sentAt.getTime() / 1000).toString()
  const signatures = secrets.map(secret => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  })
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  }
}
