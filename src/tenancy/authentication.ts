import { type Database, statement, systemSession } from '../persistence/index.js'
import type { Caller, CallerKind, Role } from './caller.js'
import { type Directory, type DirectoryView, unauthenticated } from './directory.js'
import { actionsOf, type OwnTokenClaims, TokenRejected, type VerifiedToken, verifyToken } from './tokens.js'

/** A good token of somebody who isn't a caller here; the reason goes into the log, never to the client. */
export class NoSuchCaller extends Error {
  readonly reason: string

  constructor(reason: 'revoked' | 'app-unknown-or-disabled' | 'tenant-unknown' | 'subject-not-mapped') {
    super(reason)
    this.name = 'NoSuchCaller'
    this.reason = reason
  }
}

const callerByToken = statement(
  'caller_mapping_by_subject',
  'select kind, customer_id, roles from caller_mappings where tenant_id = $1 and issuer_id = $2 and subject = $3',
)

/**
 * From a bearer token to a caller. The tenant comes from the issuer's registration: a tenant's own issuer vouches for
 * that tenant alone, and whatever its token claims grants nothing here, only the mapping an ADMIN made. Throws
 * UNAUTHENTICATED, the same for every reason; the reason goes into the log by its name.
 */
export class Authenticator {
  readonly #directory: Directory
  readonly #database: Database

  constructor(directory: Directory, database: Database) {
    this.#directory = directory
    this.#database = database
  }

  async authenticate(token: string, now = new Date()): Promise<Caller> {
    const view = await this.#directory.look()
    const verified = verify(token, view, now)
    const caller =
      verified.issuer.kind === 'own'
        ? ownCaller(verified.claims as OwnTokenClaims, view)
        : await this.#mappedCaller(verified, view)
    if (caller.tokenId !== null && view.isRevoked(caller.tenantId, caller.issuer, caller.tokenId)) {
      throw unauthenticated(new NoSuchCaller('revoked'))
    }
    if (caller.appId !== null) {
      const app = view.app(caller.appId)
      if (!app || app.disabled || app.tenantId !== caller.tenantId)
        throw unauthenticated(new NoSuchCaller('app-unknown-or-disabled'))
    }
    return caller
  }

  async #mappedCaller(verified: VerifiedToken, view: DirectoryView): Promise<Caller> {
    const { issuer, claims } = verified
    const tenant = view.tenant(issuer.tenantId ?? '')
    const issuerId = view.issuer(issuer.issuer)?.id
    if (!tenant || !issuerId) throw unauthenticated(new NoSuchCaller('tenant-unknown'))
    const reads = this.#database.read(systemSession(tenant.id))
    try {
      const [mapping] = await reads.rows<{ kind: CallerKind; customer_id: string | null; roles: Role[] }>(
        callerByToken,
        [tenant.id, issuerId, claims.sub],
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

function verify(token: string, view: DirectoryView, now: Date): VerifiedToken {
  try {
    return verifyToken(token, { findIssuer: iss => view.issuer(iss), now })
  } catch (error) {
    throw error instanceof TokenRejected ? unauthenticated(error) : error
  }
}

function ownCaller(claims: OwnTokenClaims, view: DirectoryView): Caller {
  const tenant = view.tenant(claims.tenant)
  if (!tenant) throw unauthenticated(new NoSuchCaller('tenant-unknown'))
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
    purpose: claims.purpose ?? null,
    expiresAt: new Date(claims.exp * 1000),
  }
}
