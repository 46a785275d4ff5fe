import type { Query } from '../persistence/index.js'
import { importVerificationJwk, type VerificationKey } from './signing-keys.js'
import { DIRECTORY_PARTS, type DirectoryPart } from './tenant.js'
import type { KnownIssuer } from './tokens.js'

export interface DirectoryTenant {
  id: string
  slug: string
  name: string
}

export interface DirectoryApp {
  id: string
  tenantId: string
  clientId: string
  disabled: boolean
  /** What its tokens may be for. */
  scopes: readonly string[]
  /** It may send only documents that were published. */
  trustedOnly: boolean
  /** SHA-256 of the secrets that are good now, in hex. */
  secretHashes: readonly string[]
}

export interface DirectoryIssuer extends KnownIssuer {
  id: string
  kind: 'tenant'
  tenantId: string
  /** Where its keys are fetched from; null where an ADMIN gave them. */
  jwksUri: string | null
  keysFetchedAt: Date | null
}

interface Revocation {
  tenantId: string
  name: string
}

/** Rows of a part of the directory, of some tenants or, for null, of all. */
type Rows = Record<string, unknown>[]

const STATEMENTS: Readonly<Record<DirectoryPart, string>> = {
  tenants: 'select id, slug, name from tenants where $1::uuid[] is null or id = any ($1)',
  issuers: `select tenant_id, id, issuer, audience, jwks, jwks_uri, keys_fetched_at from issuers
    where ($1::uuid[] is null or tenant_id = any ($1)) and disabled_at is null`,
  apps: `select tenant_id, id, client_id, disabled_at, scopes, trusted_only,
      array(select secret_hash from app_secrets as secret
            where secret.tenant_id = apps.tenant_id and secret.app_id = apps.id and ended_at is null) as secrets
    from apps where $1::uuid[] is null or tenant_id = any ($1)`,
  revocations: `select tenant_id, issuer, jti from token_revocations
    where ($1::uuid[] is null or tenant_id = any ($1)) and expires_at > (select surety_now())`,
}

/** One part, found by its name, and by tenant when what is kept of that tenant is replaced. */
class Part<Value> {
  readonly #byName = new Map<string, Value>()
  readonly #namesOf = new Map<string, string[]>()
  readonly #nameOf: (value: Value) => string
  readonly #tenantOf: (value: Value) => string

  constructor(nameOf: (value: Value) => string, tenantOf: (value: Value) => string) {
    this.#nameOf = nameOf
    this.#tenantOf = tenantOf
  }

  get(name: string): Value | undefined {
    return this.#byName.get(name)
  }

  values(): Value[] {
    return [...this.#byName.values()]
  }

  replace(tenantIds: readonly string[] | null, values: readonly Value[]): void {
    for (const tenantId of tenantIds ?? [...this.#namesOf.keys()]) {
      for (const name of this.#namesOf.get(tenantId) ?? []) this.#byName.delete(name)
      this.#namesOf.delete(tenantId)
    }
    for (const value of values) {
      const [name, tenantId] = [this.#nameOf(value), this.#tenantOf(value)]
      this.#byName.set(name, value)
      const names = this.#namesOf.get(tenantId)
      if (names) names.push(name)
      else this.#namesOf.set(tenantId, [name])
    }
  }
}

/** Parts that were read, to be kept all at once or, if a later one can't be read, not at all. */
export type ReadParts = { part: DirectoryPart; tenantIds: readonly string[] | null; rows: Rows }[]

/** What a process keeps of all tenants' rows in the directory. */
export class DirectoryRecords {
  readonly tenants = new Part<DirectoryTenant>(
    tenant => tenant.id,
    tenant => tenant.id,
  )
  readonly tenantsBySlug = new Part<DirectoryTenant>(
    tenant => tenant.slug,
    tenant => tenant.id,
  )
  readonly issuers = new Part<DirectoryIssuer>(
    issuer => issuer.issuer,
    issuer => issuer.tenantId,
  )
  readonly apps = new Part<DirectoryApp>(
    app => app.id,
    app => app.tenantId,
  )
  readonly appsByClientId = new Part<DirectoryApp>(
    app => app.clientId,
    app => app.tenantId,
  )
  readonly revocations = new Part<Revocation>(
    revocation => revocation.name,
    revocation => revocation.tenantId,
  )

  keep(parts: ReadParts): void {
    for (const { part, tenantIds, rows } of parts) this.#keepers[part](tenantIds, rows)
  }

  readonly #keepers: Record<DirectoryPart, Keeper> = {
    tenants: keptIn(directoryTenant, this.tenants, this.tenantsBySlug),
    issuers: keptIn(directoryIssuer, this.issuers),
    apps: keptIn(directoryApp, this.apps, this.appsByClientId),
    revocations: keptIn(directoryRevocation, this.revocations),
  }
}

type Keeper = (tenantIds: readonly string[] | null, rows: Rows) => void

/** Reads the rows of some tenants, or of all, and keeps them by each of their names. */
const keptIn =
  <Value>(read: (row: Record<string, unknown>) => Value, ...parts: Part<Value>[]): Keeper =>
  (tenantIds, rows) => {
    const values = rows.map(read)
    for (const each of parts) each.replace(tenantIds, values)
  }

/**
 * Reads what changed behind a version, or everything for null. What changed is a few rows of a few tenants, however many
 * tenants there are.
 */
export async function readParts(query: Query, since: string | null): Promise<ReadParts> {
  const changed = new Map<DirectoryPart, string[] | null>()
  if (since === null) for (const part of DIRECTORY_PARTS) changed.set(part, null)
  else {
    const { rows } = await query<{ part: DirectoryPart; tenant_ids: string[] }>(
      'select part, array_agg(tenant_id) as tenant_ids from directory_changes where version > $1 group by part',
      [since],
    )
    for (const { part, tenant_ids } of rows) changed.set(part, tenant_ids)
  }
  const parts: ReadParts = []
  for (const [part, tenantIds] of changed)
    parts.push({ part, tenantIds, rows: (await query(STATEMENTS[part], [tenantIds])).rows })
  return parts
}

export const revocationName = (tenantId: string, issuer: string, jti: string): string =>
  `${tenantId}\n${issuer}\n${jti}`

function directoryTenant(row: Record<string, unknown>): DirectoryTenant {
  return { id: String(row.id), slug: String(row.slug), name: String(row.name) }
}

function directoryRevocation(row: Record<string, unknown>): Revocation {
  const tenantId = String(row.tenant_id)
  return { tenantId, name: revocationName(tenantId, String(row.issuer), String(row.jti)) }
}

function directoryApp(row: Record<string, unknown>): DirectoryApp {
  return {
    id: String(row.id),
    tenantId: String(row.tenant_id),
    clientId: String(row.client_id),
    disabled: row.disabled_at !== null,
    scopes: row.scopes as string[],
    trustedOnly: row.trusted_only as boolean,
    secretHashes: row.secrets as string[],
  }
}

function directoryIssuer(row: Record<string, unknown>): DirectoryIssuer {
  let keys: ReadonlyMap<string, VerificationKey> | null = null
  return {
    id: String(row.id),
    issuer: String(row.issuer),
    kind: 'tenant',
    tenantId: String(row.tenant_id),
    audience: String(row.audience),
    jwksUri: row.jwks_uri as string | null,
    keysFetchedAt: row.keys_fetched_at as Date | null,
    // Read once, when the first token of it comes: of ten thousand issuers a process meets some.
    get keys() {
      keys ??= verificationKeys(row.jwks)
      return keys
    },
  }
}

/** The usable keys of a set; a key that became unusable vouches for nobody. */
export function verificationKeys(jwks: unknown): ReadonlyMap<string, VerificationKey> {
  const keys = new Map<string, VerificationKey>()
  for (const jwk of (jwks as { keys?: unknown[] }).keys ?? []) {
    const imported = importVerificationJwk(jwk)
    if (!('problem' in imported)) keys.set(imported.kid, imported)
  }
  return keys
}
