import { FetchRefused, type GuardedFetch } from '../platform/guarded-fetch.js'
import { importVerificationJwk } from './signing-keys.js'

/** Keys of one issuer: two while rotating, some more for several machines of it. */
export const MAX_KEYS = 20
/** Enough for twenty keys with their certificates, many times. */
const MAX_BYTES = 256 * 1024
/** For each of the two documents: name, connection and answer. Longer than any identity provider takes. */
const TIMEOUT_MS = 5_000

/** How long a fetched set may be taken for the issuer's own, whatever its `max-age` says. */
const MIN_FRESH_MS = 5 * 60_000
const MAX_FRESH_MS = 24 * 60 * 60_000

export type JwkSet = { keys: Record<string, unknown>[] }

/** An issuer's keys as they were found. */
export interface FetchedKeys {
  jwks: JwkSet
  jwksUri: string
  freshForMs: number
}

export type KeysProblem = 'KEYS_ADDRESS' | 'KEYS_UNREACHABLE' | 'KEYS_UNUSABLE' | 'DISCOVERY_MISMATCH'

/** No keys could be had. `problem` is the message for whoever registers the issuer. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable'

  constructor(
    readonly problem: KeysProblem,
    cause?: unknown,
  ) {
    super(problem, { cause })
  }
}

/**
 * The address of an issuer's keys, from its own description (OpenID Connect Discovery, 4). The description must be of this
 * very issuer (4.3), or any page that mentions keys would do. @throws KeysUnavailable
 */
export async function discoverKeys(outside: GuardedFetch, issuer: string): Promise<string> {
  const { json } = await fetchJson(outside, `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  if (json.issuer !== issuer) throw new KeysUnavailable('DISCOVERY_MISMATCH')
  if (typeof json.jwks_uri !== 'string' || json.jwks_uri.length > 500)
    throw new KeysUnavailable('KEYS_UNUSABLE')
  return json.jwks_uri
}

/** The keys at an address. Those that can't be used here (for encryption, of other algorithms) are left out. @throws KeysUnavailable */
export async function fetchKeys(outside: GuardedFetch, jwksUri: string): Promise<FetchedKeys> {
  const { json, cacheControl } = await fetchJson(outside, jwksUri)
  const keys = usableKeys(json)
  if (!keys) throw new KeysUnavailable('KEYS_UNUSABLE')
  return { jwks: { keys }, jwksUri, freshForMs: freshnessOf(cacheControl) }
}

/** A key set of at most twenty keys, each with an id of its own, of which some can be used; else null. */
function usableKeys(set: Record<string, unknown>): Record<string, unknown>[] | null {
  if (!Array.isArray(set.keys)) return null
  const usable = set.keys.filter(key => !('problem' in importVerificationJwk(key)))
  const ids = new Set(usable.map(key => (key as { kid: string }).kid))
  if (usable.length === 0 || usable.length > MAX_KEYS || ids.size !== usable.length) return null
  return usable.map(key => publicMembers(key as Record<string, unknown>))
}

/** What a verifier needs (RFC 7517, 4; RFC 7518, 6). Certificates and remarks that came along aren't ours to keep. */
const KEPT_MEMBERS = ['kid', 'kty', 'use', 'key_ops', 'alg', 'crv', 'x', 'y', 'n', 'e']

export const publicMembers = (key: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(key).filter(([name]) => KEPT_MEMBERS.includes(name)))

async function fetchJson(
  outside: GuardedFetch,
  address: string,
): Promise<{ json: Record<string, unknown>; cacheControl: string }> {
  try {
    const { status, headers, body } = await outside.fetch(address, {
      headers: { accept: 'application/json' },
      maxBytes: MAX_BYTES,
      timeoutMs: TIMEOUT_MS,
    })
    if (status !== 200) throw new KeysUnavailable('KEYS_UNREACHABLE')
    return { json: objectOf(body), cacheControl: String(headers['cache-control'] ?? '') }
  } catch (error) {
    if (!(error instanceof FetchRefused)) throw error
    throw new KeysUnavailable(problemOf(error), error)
  }
}

/** What a name of the inner network leads to isn't told: it looks like one that nobody answers at. */
function problemOf({ problem, cause }: FetchRefused): KeysProblem {
  if (problem === 'too-large') return 'KEYS_UNUSABLE'
  const written = problem === 'not-an-address' || problem === 'not-https' || problem === 'credentials'
  return written && cause === undefined ? 'KEYS_ADDRESS' : 'KEYS_UNREACHABLE'
}

function objectOf(body: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(body)
    if (typeof json === 'object' && json !== null && !Array.isArray(json))
      return json as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw new KeysUnavailable('KEYS_UNUSABLE')
}

/** RFC 9111, 5.2.2.1, within bounds: not asked at every token, and a key that was withdrawn goes within a day. */
function freshnessOf(cacheControl: string): number {
  const seconds = Number(/(?:^|[\s,])max-age="?(\d{1,9})/i.exec(cacheControl)?.[1] ?? 0)
  return Math.min(Math.max(seconds * 1000, MIN_FRESH_MS), MAX_FRESH_MS)
}
