import { createHash, timingSafeEqual } from 'node:crypto'
import type { Directory, DirectoryApp } from './directory.js'
import { PURPOSES, type Purpose, signToken } from './tokens.js'

/**
 * How long a token of `/oauth/token` is good, in seconds. An hour: short enough that a leaked one dies soon, long enough
 * that a partner's server asks a few dozen times a day. A disabled app is out within half a second whatever it holds.
 */
export const TOKEN_TTL_SECONDS = 3_600

/** Longer than any secret of ours: whatever is longer needn't be hashed to be refused. */
const MAX_SECRET_LENGTH = 200

/** Why there is no token, in the words of RFC 6749, 5.2. `description` is for the partner's developer. */
export class TokenRefused extends Error {
  readonly error: 'invalid_request' | 'invalid_client' | 'unsupported_grant_type' | 'invalid_scope'
  readonly description: string

  constructor(error: TokenRefused['error'], description: string) {
    super(error)
    this.name = 'TokenRefused'
    this.error = error
    this.description = description
  }
}

export interface TokenRequest {
  clientId: string
  clientSecret: string
  scope: string | null
  /** What the records are wanted for; it becomes a claim. */
  purpose: string | null
}

export interface GrantedToken {
  access_token: string
  token_type: 'Bearer'
  expires_in: number
  scope: string
  purpose?: Purpose
}

/**
 * A token for an app that proves itself by its own credentials (RFC 6749, 4.4). Unknown client, wrong secret and
 * disabled app are one refusal, after the same work. @throws TokenRefused
 */
export async function grantToken(directory: Directory, request: TokenRequest): Promise<GrantedToken> {
  const key = await directory.signingKey()
  const app = (await directory.look()).appByClientId(request.clientId)
  const known = isSecretOf(app, request.clientSecret)
  if (!app || !known || app.disabled)
    throw new TokenRefused('invalid_client', 'Client authentication failed.')
  const purpose = purposeOf(request.purpose)
  const scope = scopeOf(app, request.scope)
  const claims = { kind: 'app', tenant: app.tenantId, sub: app.clientId, client_id: app.id, scope } as const
  const token = signToken({ ...claims, ...(purpose ? { purpose } : {}) }, key, {
    issuer: directory.ownIssuer,
    audience: directory.ownIssuer,
    now: new Date(),
    ttlSeconds: TOKEN_TTL_SECONDS,
  })
  return {
    access_token: token,
    token_type: 'Bearer',
    expires_in: TOKEN_TTL_SECONDS,
    scope,
    ...(purpose ? { purpose } : {}),
  }
}

/** SHA-256 of a client secret, in hex: what is kept of it. */
export const secretHashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** What an unknown client is compared with, so that it takes as long as a known one. No secret hashes to it. */
const NOBODYS_HASH = '0'.repeat(64)

function isSecretOf(app: DirectoryApp | undefined, secret: string): boolean {
  const presented = Buffer.from(secretHashOf(secret.slice(0, MAX_SECRET_LENGTH)), 'hex')
  const hashes = app && app.secretHashes.length > 0 ? app.secretHashes : [NOBODYS_HASH]
  // Every hash is looked at, and each in constant time.
  const matches = hashes.filter(hash => timingSafeEqual(presented, Buffer.from(hash, 'hex')))
  return matches.length > 0 && secret.length <= MAX_SECRET_LENGTH
}

function purposeOf(purpose: string | null): Purpose | null {
  if (purpose === null) return null
  const known = PURPOSES.find(each => each === purpose)
  if (!known) throw new TokenRefused('invalid_request', `purpose is one of ${PURPOSES.join(', ')}.`)
  return known
}

/** What is asked for, if the app may have all of it; everything it may have when it asks for nothing (RFC 6749, 3.3). */
function scopeOf(app: DirectoryApp, scope: string | null): string {
  const wanted = scope === null ? app.scopes : [...new Set(scope.split(' ').filter(Boolean))]
  if (wanted.length === 0 || wanted.some(each => !app.scopes.includes(each)))
    throw new TokenRefused(
      'invalid_scope',
      'The scope is empty or goes beyond what the app is registered for.',
    )
  return wanted.join(' ')
}
