import { createHash, timingSafeEqual } from 'node:crypto'
import { Failure } from '../platform/failure.js'
import type { Authenticator } from './authentication.js'
import type { Caller } from './caller.js'
import type { Directory, DirectoryApp } from './directory.js'
import { type ClaimsToSign, PURPOSES, signToken } from './tokens.js'

/**
 * How long a token of `/oauth/token` is good, in seconds. An hour: short enough that a leaked one dies soon, long enough
 * that a partner's server asks a few dozen times a day. A disabled app is out within half a second whatever it holds.
 */
export const TOKEN_TTL_SECONDS = 3_600

/** Longer than any secret of ours: whatever is longer needn't be hashed to be refused. */
const MAX_SECRET_LENGTH = 200

/** Why there is no token, in the words of RFC 6749, 5.2. `description` is for the partner's developer. */
export class TokenRefused extends Error {
  readonly error:
    | 'invalid_request'
    | 'invalid_client'
    | 'unsupported_grant_type'
    | 'invalid_scope'
    | 'invalid_target'
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
  purpose?: string
  /** What it is, where another token was exchanged for it (RFC 8693, 2.2.1). */
  issued_token_type?: typeof ACCESS_TOKEN
}

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

/**
 * A token for an app that proves itself by its own credentials (RFC 6749, 4.4). Unknown client, wrong secret and
 * disabled app are one refusal, after the same work. @throws TokenRefused
 */
export async function grantToken(directory: Directory, request: TokenRequest): Promise<GrantedToken> {
  const app = await authenticatedApp(directory, request)
  const purpose = purposeOf(request.purpose)
  const scope = scopeOf(app, request.scope)
  const claims = { kind: 'app', tenant: app.tenantId, sub: app.clientId, client_id: app.id, scope } as const
  return issue(directory, { ...claims, ...(purpose ? { purpose } : {}) }, TOKEN_TTL_SECONDS)
}

/**
 * A token for an app on behalf of a person of the tenant (RFC 8693): it passes the person's wall and the app's, and dies
 * with either: with the app, the person's mapping, the issuer, or the token that was exchanged. @throws TokenRefused
 */
export async function exchangeToken(
  directory: Directory,
  authenticator: Authenticator,
  request: TokenRequest,
  subjectToken: string,
): Promise<GrantedToken> {
  const app = await authenticatedApp(directory, request)
  const now = new Date()
  const person = await personOf(authenticator, subjectToken, now)
  if (person.tenantId !== app.tenantId) throw new TokenRefused('invalid_request', NOT_ACCEPTED)
  const left = Math.floor((person.expiresAt.getTime() - now.getTime()) / 1000)
  if (left < 1) throw new TokenRefused('invalid_request', NOT_ACCEPTED)
  const purpose = purposeOf(request.purpose)
  const claims = {
    kind: 'delegated',
    tenant: app.tenantId,
    sub: person.subject,
    client_id: app.id,
    scope: scopeOf(app, request.scope),
    act: { sub: app.clientId },
    subject_issuer: person.issuer,
    ...(person.tokenId === null ? {} : { subject_jti: person.tokenId }),
    ...(purpose ? { purpose } : {}),
  } as const
  const granted = await issue(directory, claims, Math.min(left, TOKEN_TTL_SECONDS))
  return { ...granted, issued_token_type: ACCESS_TOKEN }
}

/** The same for every token that isn't taken: whose it is and what is wrong with it are nobody else's business. */
const NOT_ACCEPTED =
  "subject_token is not accepted: it must be of the tenant's own issuer, for a mapped subject, and good now."

async function personOf(authenticator: Authenticator, token: string, now: Date): Promise<Caller> {
  try {
    return await authenticator.authenticatePerson(token, now)
  } catch (error) {
    if (error instanceof Failure && error.code === 'UNAUTHENTICATED')
      throw new TokenRefused('invalid_request', NOT_ACCEPTED)
    throw error
  }
}

async function authenticatedApp(directory: Directory, request: TokenRequest): Promise<DirectoryApp> {
  const app = (await directory.look()).appByClientId(request.clientId)
  const known = isSecretOf(app, request.clientSecret)
  if (!app || !known || app.disabled)
    throw new TokenRefused('invalid_client', 'Client authentication failed.')
  return app
}

async function issue(
  directory: Directory,
  claims: ClaimsToSign & { scope: string; purpose?: string | undefined },
  ttlSeconds: number,
): Promise<GrantedToken> {
  const { ownIssuer: issuer } = directory
  const key = await directory.signingKey()
  const token = signToken(claims, key, { issuer, audience: issuer, now: new Date(), ttlSeconds })
  const { scope, purpose } = claims
  return {
    access_token: token,
    token_type: 'Bearer',
    expires_in: ttlSeconds,
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

/** One purpose, or several with a space between; of several each request then names one. */
function purposeOf(purpose: string | null): string | null {
  if (purpose === null) return null
  const named = [...new Set(purpose.split(' ').filter(Boolean))]
  if (named.length === 0 || named.some(each => !PURPOSES.some(known => known === each)))
    throw new TokenRefused('invalid_request', `purpose is one of ${PURPOSES.join(', ')}.`)
  return named.join(' ')
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
