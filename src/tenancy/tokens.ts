import { randomUUID } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { onceSigned } from './known-signatures.js'
import {
  fitsItsAlgorithm,
  type SigningKey,
  type TokenAlgorithm,
  type VerificationKey,
} from './signing-keys.js'
import {
  type OwnTokenClaims,
  readOwnClaims,
  readTenantClaims,
  type TenantTokenClaims,
} from './token-claims.js'
import { type JsonObject, readJsonObject, requireBase64url, splitToken } from './token-format.js'
import { type RejectionReason, TokenRejected } from './token-rejected.js'

export type { VerificationKey } from './signing-keys.js'
export * from './token-claims.js'
export { MAX_TOKEN_LENGTH } from './token-format.js'
export { type RejectionReason, TokenRejected } from './token-rejected.js'

/**
 * How far an issuer's clock may run ahead of ours, in seconds, for `iat` and `nbf` (RFC 7519, 4.1.5 allows "no more
 * than a few minutes"). `exp` gets no such grace: a tenant's issuer can renew, and sockets close on the second.
 */
export const CLOCK_SKEW_SECONDS = 30

/**
 * Longest life of a token, `exp - iat`, in seconds. People and apps can ask for a new one at any time, so a day (the
 * longest default among common identity providers). A service has no one to sign in for it: 90 days, a usual rotation.
 */
export const MAX_LIFETIME_SECONDS: Readonly<Record<OwnTokenClaims['kind'] | 'tenantIssuer', number>> = {
  staff: 86_400,
  customer: 86_400,
  app: 86_400,
  delegated: 86_400,
  service: 90 * 86_400,
  tenantIssuer: 86_400,
}

export type IssuerKind = 'own' | 'tenant'

/** An issuer as the directory knows it. Its keys are its own: a key id is never looked up anywhere else. */
export interface KnownIssuer {
  /** Compared with `iss` character by character (RFC 7519, 4.1.1). */
  issuer: string
  kind: IssuerKind
  /** Set for a tenant's own issuer, which vouches for that tenant alone. */
  tenantId: string | null
  /** What `aud` must be or hold. */
  audience: string
  keys: ReadonlyMap<string, VerificationKey>
}

export type OwnIssuer = KnownIssuer & { kind: 'own' }
export type TenantIssuer = KnownIssuer & { kind: 'tenant'; tenantId: string }

export type VerifiedToken =
  | { issuer: OwnIssuer; claims: OwnTokenClaims }
  | { issuer: TenantIssuer; claims: TenantTokenClaims }

export interface VerificationRules {
  /** Called with an `iss` that nothing vouches for yet: any string, up to the length of a token. */
  findIssuer(iss: string): KnownIssuer | undefined
  now: Date
}

/**
 * Verifies a bearer token. jsonwebtoken checks the signature with the one key and the one algorithm that the issuer
 * registered under the token's `kid`; everything it leaves open is checked here (RFC 8725 lists most of it).
 *
 * Whether the token's `jti` is revoked, its tenant active, its app enabled is for the caller to ask. Revoke by `jti`,
 * never by a hash of the token: an ECDSA signature (r, s) is as valid as (r, n - s), so one token has two spellings.
 *
 * @throws TokenRejected, and nothing else, unless `findIssuer` throws
 */
export function verifyToken(token: string, rules: VerificationRules): VerifiedToken {
  const segments = splitToken(token)
  const header = readJsonObject(segments.header)
  refuseHeader(header)
  const payload = readJsonObject(segments.payload)
  const issuer = findIssuer(payload, rules)
  requireType(header, issuer)
  const key = findKey(header, issuer)
  requireBase64url(segments.signature)
  onceSigned(token, key, () => checkSignature(token, key))
  return readVerified(payload, issuer, rules.now)
}

/** What the caller of `signToken` decides; the rest is set there. */
export type ClaimsToSign = OwnTokenClaims extends infer Claims
  ? Claims extends OwnTokenClaims
    ? Omit<Claims, 'iss' | 'aud' | 'iat' | 'exp' | 'nbf' | 'jti'>
    : never
  : never

export interface SigningOptions {
  issuer: string
  audience: string
  now: Date
  /** Seconds, more than none, up to `MAX_LIFETIME_SECONDS` of the caller's kind. */
  ttlSeconds: number
  /** A UUID, when the caller has to know it beforehand; else one is made. */
  jti?: string
}

/**
 * Issues a token of Surety's own: ES256, `typ` at+jwt (RFC 9068, 2.1), `iat` rounded down to the second.
 *
 * @throws Error when `verifyToken` would refuse it; the message ends in the reason and repeats no claim
 */
export function signToken(claims: ClaimsToSign, key: SigningKey, options: SigningOptions): string {
  const { issuer, audience, now, ttlSeconds, jti = randomUUID() } = options
  const iat = Math.floor(now.getTime() / 1000)
  const payload = { ...claims, iss: issuer, aud: audience, iat, exp: iat + ttlSeconds, jti }
  const header = { alg: 'ES256', typ: 'at+jwt', kid: key.kid }
  try {
    const checked = readOwnClaims(payload)
    checkLifetime(checked, MAX_LIFETIME_SECONDS[checked.kind])
    const token = jwt.sign(checked, key.privateKey, { algorithm: 'ES256', header })
    splitToken(token)
    return token
  } catch (error) {
    if (error instanceof TokenRejected) throw new Error(`a token can't be issued: ${error.reason}`)
    throw error
  }
}

/**
 * No `none` (RFC 8725, 3.2), and no HMAC: with HS256 among them a public key would serve as the secret (RS/HS
 * confusion), and short secrets can be guessed. jsonwebtoken would take all of them for the asking.
 */
const ALGORITHMS: readonly unknown[] = ['ES256', 'RS256'] satisfies TokenAlgorithm[]

/** Keys, or addresses of keys, that a forger could send along (RFC 7515, 4.1.2 to 4.1.6; RFC 8725, 3.10). */
const KEY_BEARING_HEADERS = ['jku', 'jwk', 'x5u', 'x5c']

function refuseHeader(header: JsonObject): void {
  if (!ALGORITHMS.includes(header.alg)) throw new TokenRejected('algorithm-refused')
  // RFC 7515, 4.1.11: a name in `crit` that isn't understood invalidates the token. We understand none, and an empty
  // list isn't allowed either. jsonwebtoken doesn't look.
  if (header.crit !== undefined) throw new TokenRejected('critical-header')
  // RFC 7797: `b64: false` signs other bytes than those we'd read; `true` says nothing that needed saying.
  if (header.b64 !== undefined) throw new TokenRejected('unencoded-payload')
  if (KEY_BEARING_HEADERS.some(name => header[name] !== undefined)) throw new TokenRejected('key-in-header')
}

/** `iss` is the one claim read before the signature is checked, as it tells whose keys may have made it. */
function findIssuer(payload: JsonObject, rules: VerificationRules): KnownIssuer {
  const { iss } = payload
  if (iss === undefined) throw new TokenRejected('missing-iss')
  if (typeof iss !== 'string' || iss === '') throw new TokenRejected('invalid-iss')
  const issuer = rules.findIssuer(iss)
  // Also when found under another name, by a directory that folds case or cuts a slash off.
  if (issuer?.issuer !== iss) throw new TokenRejected('unknown-issuer')
  return issuer
}

/** Media types (RFC 9068, 2.1; RFC 7519, 5.1), of which `application/` may be left off (RFC 7515, 4.1.9). */
const OWN_TYPES = ['at+jwt']
const TENANT_TYPES = ['at+jwt', 'jwt']

/**
 * RFC 9068, 4 wants `at+jwt`, so that no other JWT signed by the same keys passes for an access token. We hold our own
 * to it, as one day they'll sign other things. A tenant's identity provider isn't ours to change: `JWT` and no type at
 * all are what many send. Any other type (`logout+jwt`, `dpop+jwt`, `secevent+jwt`) is some other thing.
 */
function requireType({ typ }: JsonObject, issuer: KnownIssuer): void {
  if (typ === undefined && issuer.kind === 'tenant') return
  const allowed = issuer.kind === 'own' ? OWN_TYPES : TENANT_TYPES
  const accepted =
    typeof typ === 'string' && allowed.includes(typ.toLowerCase().replace(/^application\//, ''))
  if (!accepted) throw new TokenRejected('wrong-type')
}

/** Exactly one key can have signed the token: the one its issuer registered under `kid`. None is ever tried by guess. */
function findKey({ alg, kid }: JsonObject, issuer: KnownIssuer): VerificationKey {
  if (typeof kid !== 'string' || kid === '') throw new TokenRejected('missing-kid')
  const key = issuer.keys.get(kid)
  if (!key) throw new TokenRejected('unknown-key')
  // The algorithm is the key's, never the token's choice (RFC 8725, 3.1).
  if (alg !== key.algorithm) throw new TokenRejected('algorithm-mismatch')
  if (!fitsItsAlgorithm(key)) throw new TokenRejected('unfit-key')
  return key
}

/** Times are ours to judge (`checkTimes`), in milliseconds and against the caller's clock. */
function checkSignature(token: string, { publicKey, algorithm }: VerificationKey): void {
  try {
    jwt.verify(token, publicKey, { algorithms: [algorithm], ignoreExpiration: true, ignoreNotBefore: true })
  } catch {
    // Not only JsonWebTokenError: a signature of another length than ES256's 64 bytes is a TypeError.
    throw new TokenRejected('bad-signature')
  }
}

function readVerified(payload: JsonObject, issuer: KnownIssuer, now: Date): VerifiedToken {
  if (isOwn(issuer)) {
    const claims = readOwnClaims(payload)
    checkClaims(claims, issuer, MAX_LIFETIME_SECONDS[claims.kind], now)
    return { issuer, claims }
  }
  // A registration that names no tenant must not end up vouching for all of them.
  if (!isTenants(issuer)) throw new TokenRejected('issuer-without-tenant')
  const claims = readTenantClaims(payload)
  checkClaims(claims, issuer, MAX_LIFETIME_SECONDS.tenantIssuer, now)
  return { issuer, claims }
}

const isOwn = (issuer: KnownIssuer): issuer is OwnIssuer => issuer.kind === 'own'

const isTenants = (issuer: KnownIssuer): issuer is TenantIssuer =>
  issuer.kind === 'tenant' && issuer.tenantId !== null

type CommonClaims = Pick<TenantTokenClaims, 'aud' | 'iat' | 'exp' | 'nbf' | 'tenant'>

function checkClaims(claims: CommonClaims, issuer: KnownIssuer, maxLifetime: number, now: Date): void {
  const { aud, tenant } = claims
  const audiences = typeof aud === 'string' ? [aud] : aud
  ensure(audiences.includes(issuer.audience), 'wrong-audience')
  // The tenant comes from the issuer's registration; a claim may only agree with it.
  ensure(issuer.tenantId === null || tenant === undefined || tenant === issuer.tenantId, 'foreign-tenant')
  checkLifetime(claims, maxLifetime)
  checkTimes(claims, now)
}

/** Without `iat` and a bound on `exp - iat`, one leaked token would be good until the year 9999. */
function checkLifetime({ iat, exp }: CommonClaims, maxLifetime: number): void {
  ensure(exp > iat, 'expires-before-issue')
  ensure(exp - iat <= maxLifetime, 'lifetime-too-long')
}

/** In milliseconds. Each comparison is written so that an invalid `now` (NaN) fails it. */
function checkTimes({ iat, exp, nbf = iat }: CommonClaims, now: Date): void {
  const latestStart = now.getTime() + CLOCK_SKEW_SECONDS * 1000
  ensure(iat * 1000 <= latestStart, 'issued-in-future')
  ensure(nbf * 1000 <= latestStart, 'not-yet-valid')
  // RFC 7519, 4.1.4: on or after `exp` the token must not be accepted.
  ensure(now.getTime() < exp * 1000, 'expired')
}

function ensure(holds: boolean, reason: RejectionReason): void {
  if (!holds) throw new TokenRejected(reason)
}
