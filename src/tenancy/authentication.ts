import { type Database, statement, systemSession } from '../persistence/index.js'
import { Failure } from '../platform/failure.js'
import type { Caller, CallerKind, Role } from './caller.js'
import {
  type Directory,
  type DirectoryIssuer,
  type DirectoryTenant,
  type DirectoryView,
  unauthenticated,
} from './directory.js'
import { RemoteKeys } from './remote-keys.js'
import {
  actionsOf,
  type DelegatedClaims,
  type KnownIssuer,
  type OwnTokenClaims,
  purposesOf,
  TokenRejected,
  type VerifiedToken,
  verifyToken,
} from './tokens.js'

/** A good token of somebody who isn't a caller here; the reason goes into the log, never to the client. */
export class NoSuchCaller extends Error {
  readonly reason: string

  constructor(
    reason:
      | 'revoked'
      | 'app-unknown-or-disabled'
      | 'tenant-unknown'
      | 'subject-not-mapped'
      | 'not-a-person-of-the-tenant',
  ) {
    super(reason)
    this.name = 'NoSuchCaller'
    this.reason = reason
  }
}

const callerByToken = statement(
  'caller_mapping_by_subject',
  'select kind, customer_id, roles from caller_mappings where tenant_id = $1 and issuer_id = $2 and subject = $3 and ended_at is null',
)

/**
 * From a bearer token to a caller. The tenant comes from the issuer's registration: a tenant's own issuer vouches for
 * that tenant alone, and whatever its token claims grants nothing here, only the mapping an ADMIN made. Throws
 * UNAUTHENTICATED, the same for every reason; the reason goes into the log by its name.
 */
export class Authenticator {
  readonly #directory: Directory
  readonly #database: Database

  readonly #remoteKeys: RemoteKeys

  constructor(directory: Directory, database: Database) {
    this.#directory = directory
    this.#database = database
    this.#remoteKeys = new RemoteKeys(database, directory.outside)
  }

  /** `purpose`: the one of its token's purposes that an app names for this request. */
  async authenticate(token: string, purpose: string | null = null, now = new Date()): Promise<Caller> {
    const view = await this.#directory.look()
    const verified = await this.#verify(token, view, now)
    const caller =
      verified.issuer.kind === 'own'
        ? await this.#ownCaller(verified.claims as OwnTokenClaims, view)
        : await this.#mappedCaller(verified.issuer.issuer, verified.claims, view)
    if (isRevoked(verified, caller, view)) throw unauthenticated(new NoSuchCaller('revoked'))
    if (caller.appId === null) return caller
    const app = view.app(caller.appId)
    if (!app || app.disabled || app.tenantId !== caller.tenantId)
      throw unauthenticated(new NoSuchCaller('app-unknown-or-disabled'))
    return { ...caller, purpose: narrowed((verified.claims as OwnTokenClaims).purpose, purpose) }
  }

  /** Whom a token of a tenant's own issuer stands for, to be exchanged for one that names an app as well. */
  async authenticatePerson(token: string, now = new Date()): Promise<Caller> {
    const caller = await this.authenticate(token, null, now)
    if (caller.issuer === this.#directory.ownIssuer || caller.appId !== null)
      throw unauthenticated(new NoSuchCaller('not-a-person-of-the-tenant'))
    return caller
  }

  async #verify(token: string, view: DirectoryView, now: Date): Promise<VerifiedToken> {
    let remote: DirectoryIssuer | undefined
    const findIssuer = (iss: string): KnownIssuer | undefined => {
      const found = view.issuer(iss)
      if (found?.kind !== 'tenant' || found.jwksUri === null) return found
      remote = found
      return undefined
    }
    try {
      return verifyToken(token, { findIssuer, now })
    } catch (error) {
      if (remote) return this.#verifyRemotely(token, remote, now)
      throw rejected(error)
    }
  }

  /** By the keys at the issuer's address; asked anew, within bounds, for a key that wasn't there before. */
  async #verifyRemotely(token: string, issuer: DirectoryIssuer, now: Date): Promise<VerifiedToken> {
    const known = await this.#remoteKeys.current(issuer)
    try {
      return verifyToken(token, { findIssuer: () => known, now })
    } catch (error) {
      const unknownKey = error instanceof TokenRejected && error.reason === 'unknown-key'
      const renewed = unknownKey ? await this.#remoteKeys.renewed(issuer) : null
      if (!renewed) throw rejected(error)
      try {
        return verifyToken(token, { findIssuer: () => renewed, now })
      } catch (again) {
        throw rejected(again)
      }
    }
  }

  async #ownCaller(claims: OwnTokenClaims, view: DirectoryView): Promise<Caller> {
    const tenant = view.tenant(claims.tenant)
    if (!tenant) throw unauthenticated(new NoSuchCaller('tenant-unknown'))
    if (claims.kind !== 'delegated') return ownCaller(claims, tenant)
    const { subject_issuer: iss, subject_jti: jti, exp, sub } = claims
    const person = await this.#mappedCaller(iss, { sub, exp, jti }, view)
    if (person.tenantId !== tenant.id) throw unauthenticated(new NoSuchCaller('subject-not-mapped'))
    return { ...person, appId: claims.client_id, scopes: actionsOf(claims.scope) }
  }

  async #mappedCaller(
    iss: string,
    claims: { sub: string; exp: number; jti?: string | undefined },
    view: DirectoryView,
  ): Promise<Caller> {
    const issuer = view.issuer(iss)
    const tenant = view.tenant(issuer?.tenantId ?? '')
    if (issuer?.kind !== 'tenant' || !tenant) throw unauthenticated(new NoSuchCaller('tenant-unknown'))
    const reads = this.#database.read(systemSession(tenant.id))
    try {
      const [mapping] = await reads.rows<{ kind: CallerKind; customer_id: string | null; roles: Role[] }>(
        callerByToken,
        [tenant.id, issuer.id, claims.sub],
      )
      if (!mapping) throw unauthenticated(new NoSuchCaller('subject-not-mapped'))
      return {
        kind: mapping.kind,
        tenantId: tenant.id,
        tenantSlug: tenant.slug,
        customerId: mapping.customer_id,
        appId: null,
        issuer: issuer.issuer,
        subject: claims.sub,
        tokenId: claims.jti ?? null,
        roles: mapping.roles,
        scopes: [],
        purpose: null,
        expiresAt: new Date(claims.exp * 1000),
      }
    } finally {
      reads.close()
    }
  }
}

/** By its own id, or by that of the token it was exchanged for. */
function isRevoked({ issuer, claims }: VerifiedToken, caller: Caller, view: DirectoryView): boolean {
  const named = [
    { iss: issuer.issuer, jti: claims.jti ?? null },
    { iss: caller.issuer, jti: caller.tokenId },
  ]
  return named.some(({ iss, jti }) => jti !== null && view.isRevoked(caller.tenantId, iss, jti))
}

/**
 * The one purpose of a request: of several that the token has, the one that is asked for. Several and none asked for: none,
 * and what needs one says PURPOSE_REQUIRED.
 */
function narrowed(claim: string | undefined, wish: string | null): string | null {
  const held = purposesOf(claim)
  if (wish === null) return held.length === 1 ? (held[0] as string) : null
  if (!held.includes(wish)) throw new Failure('FORBIDDEN', { messageKey: 'PURPOSE_NOT_HELD' })
  return wish
}

const rejected = (error: unknown): unknown =>
  error instanceof TokenRejected ? unauthenticated(error) : error

function ownCaller(claims: Exclude<OwnTokenClaims, DelegatedClaims>, tenant: DirectoryTenant): Caller {
  return {
    kind: claims.kind,
    tenantId: tenant.id,
    tenantSlug: tenant.slug,
    customerId: claims.customer ?? null,
    appId: claims.client_id ?? null,
    issuer: claims.iss,
    subject: claims.sub,
    tokenId: claims.jti,
    roles: claims.roles ?? [],
    scopes: claims.scope === undefined ? [] : actionsOf(claims.scope),
    purpose: null,
    expiresAt: new Date(claims.exp * 1000),
  }
}
