import { type Database, statement, systemSession } from '../persistence/index.js'
import type { Caller, CallerKind, Role } from './caller.js'
import type { Directory, DirectoryView } from './directory.js'

/**
 * A caller as it is kept for what goes on in its name when its token has long expired: what its token said, and by what it
 * is found again.
 */
export interface LastingCaller {
  kind: CallerKind
  /** Null: Surety's own. */
  issuer: string | null
  subject: string
  tokenId: string | null
  roles: readonly Role[]
  scopes: readonly string[]
  purpose: string | null
}

export const lastingOf = (caller: Caller, ownIssuer: string): LastingCaller => ({
  kind: caller.kind,
  issuer: caller.issuer === ownIssuer ? null : caller.issuer,
  subject: caller.subject,
  tokenId: caller.tokenId,
  roles: caller.roles,
  scopes: caller.scopes,
  purpose: caller.purpose,
})

const standingMapping = statement(
  'caller_mapping_that_stands',
  'select kind, customer_id, roles from caller_mappings where tenant_id = $1 and issuer_id = $2 and subject = $3 and ended_at is null',
)

/** Whose it is: what the walls ask beside what the token said. */
export interface Belonging {
  tenantId: string
  customerId: string | null
  appId: string | null
}

/**
 * Who a caller is today, judged anew by the directory, at most half a second old: its token runs out in good order and
 * ends nothing, but one that was revoked, an app that was disabled or lost a scope, a person who was unmapped or is
 * somebody else now has no say any more. Null: nobody.
 */
export async function standingOf(
  directory: Directory,
  database: Database,
  kept: LastingCaller,
  belonging: Belonging,
): Promise<Caller | null> {
  const view = await directory.look()
  const tenant = view.tenant(belonging.tenantId)
  const issuer = kept.issuer ?? directory.ownIssuer
  if (!tenant || (kept.tokenId !== null && view.isRevoked(tenant.id, issuer, kept.tokenId))) return null
  const roles = kept.issuer === null ? kept.roles : await rolesToday(database, view, kept, belonging)
  const scopes = scopesToday(view, kept, belonging)
  if (!roles || !scopes) return null
  return {
    kind: kept.kind,
    ...belonging,
    tenantSlug: tenant.slug,
    issuer,
    subject: kept.subject,
    tokenId: kept.tokenId,
    roles,
    scopes,
    purpose: kept.purpose,
    // Of what is asked now.
    expiresAt: new Date(Date.now() + 1_000),
  }
}

/** Of a subject of the tenant's own issuer: what the mapping says, as long as it's still the same side's. */
async function rolesToday(
  database: Database,
  view: DirectoryView,
  kept: LastingCaller,
  { tenantId, customerId }: Belonging,
): Promise<readonly Role[] | null> {
  const issuer = view.issuer(kept.issuer ?? '')
  if (issuer?.kind !== 'tenant' || issuer.tenantId !== tenantId) return null
  const reads = database.read(systemSession(tenantId))
  try {
    const [mapping] = await reads.rows<{ kind: CallerKind; customer_id: string | null; roles: Role[] }>(
      standingMapping,
      [tenantId, issuer.id, kept.subject],
    )
    return mapping?.kind === kept.kind && mapping.customer_id === customerId ? mapping.roles : null
  } finally {
    reads.close()
  }
}

/** An app has at most the scopes that it's registered with today. */
function scopesToday(
  view: DirectoryView,
  { scopes }: LastingCaller,
  { tenantId, appId }: Belonging,
): readonly string[] | null {
  if (appId === null) return scopes
  const app = view.app(appId)
  if (!app || app.disabled || app.tenantId !== tenantId) return null
  return scopes.filter(scope => app.scopes.includes(scope))
}
