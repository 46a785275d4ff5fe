import { Failure } from '../platform/failure.js'
import { type Database, DIRECTORY_ROLE, type Seals } from '../persistence/index.js'
import { directories, directoryFailures } from './directory-metrics.js'
import {
  exportPrivateKey,
  generateSigningKey,
  importSigningKey,
  importVerificationJwk,
  publicJwk,
  type SigningKey,
  type VerificationKey,
} from './signing-keys.js'
import type { KnownIssuer } from './tokens.js'

/** A look is good for this long; what it shows is then at most 0.5 s old (architecture.md), its own reading included. */
const FRESH_MS = 250

const SEAL_PURPOSE = 'signing key'

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

interface Snapshot {
  version: string
  tenants: Map<string, DirectoryTenant>
  issuers: Map<string, KnownIssuer & { id: string | null }>
  apps: Map<string, DirectoryApp>
  appsByClientId: Map<string, DirectoryApp>
  revoked: Set<string>
  signingKeys: SigningKey[]
}

/**
 * What must be known before the tenant is: tenants, issuers and their keys, revoked tokens, disabled apps. Kept in
 * memory and looked up again when older than a quarter of a second; when the database doesn't answer, nobody gets in.
 */
export class Directory {
  readonly #database: Database
  readonly #seals: Seals
  readonly #publicUrl: string
  #snapshot: Snapshot | null = null
  #checkedAt = Number.NEGATIVE_INFINITY
  #refreshing: Promise<Snapshot> | null = null

  constructor(database: Database, seals: Seals, publicUrl: string) {
    this.#database = database
    this.#seals = seals
    this.#publicUrl = publicUrl
    directories.add(this)
  }

  /** For how many seconds nobody has seen whether it's still so; what is older than half a second isn't used. */
  get ageSeconds(): number {
    return (performance.now() - this.#checkedAt) / 1000
  }

  /** The `iss` and `aud` of Surety's own tokens. */
  get ownIssuer(): string {
    return this.#publicUrl
  }

  /** The directory as it is now, or an error: never an old one. */
  async look(): Promise<DirectoryView> {
    if (this.#snapshot && performance.now() - this.#checkedAt < FRESH_MS)
      return new DirectoryView(this.#snapshot)
    this.#refreshing ??= this.#refresh()
      .catch((error: unknown) => {
        directoryFailures.inc()
        throw error
      })
      .finally(() => {
        this.#refreshing = null
      })
    return new DirectoryView(await this.#refreshing)
  }

  /** The key that signs: the newest that isn't retired. Made when there is none, once however many processes ask. */
  async signingKey(): Promise<SigningKey> {
    const { signingKeys } = await this.look()
    if (signingKeys[0]) return signingKeys[0]
    await this.#database.acrossTenants(DIRECTORY_ROLE, async query => {
      await query('select version from directory_state for update')
      const { rowCount } = await query('select 1 from signing_keys where retired_at is null')
      if (rowCount) return
      const key = generateSigningKey()
      await query(
        'insert into signing_keys (kid, sealed_private_key, created_at) values ($1, $2, surety_now())',
        [key.kid, this.#seals.seal(SEAL_PURPOSE, key.kid, exportPrivateKey(key))],
      )
    })
    this.#checkedAt = Number.NEGATIVE_INFINITY
    const [made] = (await this.look()).signingKeys
    if (!made) throw new Error('the signing key was not kept')
    return made
  }

  async #refresh(): Promise<Snapshot> {
    const startedAt = performance.now()
    const snapshot = await this.#database.acrossTenants(DIRECTORY_ROLE, async query => {
      const { rows } = await query<{ version: string }>('select version from directory_state')
      const version = rows[0]?.version ?? '0'
      return this.#snapshot?.version === version
        ? this.#snapshot
        : this.#read(sql => query(sql).then(result => result.rows), version)
    })
    this.#snapshot = snapshot
    this.#checkedAt = startedAt
    return snapshot
  }

  async #read(
    query: (sql: string) => Promise<Record<string, unknown>[]>,
    version: string,
  ): Promise<Snapshot> {
    const tenants = await query('select id, slug, name from tenants')
    const issuers = await query(
      'select tenant_id, id, issuer, audience, jwks from issuers where disabled_at is null',
    )
    const apps = await query(
      `select tenant_id, id, client_id, disabled_at, scopes, trusted_only,
         array(select secret_hash from app_secrets as secret
               where secret.tenant_id = apps.tenant_id and secret.app_id = apps.id and ended_at is null) as secrets
       from apps`,
    ).then(rows => rows.map(directoryApp))
    const revocations = await query(
      'select tenant_id, issuer, jti from token_revocations where expires_at > surety_now()',
    )
    const keys = await query(
      'select kid, sealed_private_key from signing_keys where retired_at is null order by created_at desc',
    )
    const signingKeys = keys.map(row => this.#openKey(String(row.kid), String(row.sealed_private_key)))
    return {
      version,
      tenants: new Map(
        tenants.map(row => [
          String(row.id),
          { id: String(row.id), slug: String(row.slug), name: String(row.name) },
        ]),
      ),
      issuers: new Map(
        [this.#own(signingKeys), ...issuers.map(tenantIssuer)].map(issuer => [issuer.issuer, issuer]),
      ),
      apps: new Map(apps.map(app => [app.id, app])),
      appsByClientId: new Map(apps.map(app => [app.clientId, app])),
      revoked: new Set(
        revocations.map(row => revocationKey(String(row.tenant_id), String(row.issuer), String(row.jti))),
      ),
      signingKeys,
    }
  }

  #openKey(kid: string, sealed: string): SigningKey {
    const pem = this.#seals.open(SEAL_PURPOSE, kid, sealed)
    if (pem === null) {
      throw new DirectoryError(
        'The signing keys in this database were sealed under another SURETY_MASTER_KEY: set the key they were made with (several, newest first, with commas).',
      )
    }
    return importSigningKey(pem)
  }

  #own(signingKeys: SigningKey[]): KnownIssuer & { id: null } {
    const keys = new Map<string, VerificationKey>(
      signingKeys.map(key => [key.kid, { kid: key.kid, algorithm: 'ES256', publicKey: key.publicKey }]),
    )
    return { id: null, issuer: this.#publicUrl, kind: 'own', tenantId: null, audience: this.#publicUrl, keys }
  }
}

/** The directory can't be used: one sentence that says why. */
export class DirectoryError extends Error {}

/** One look into the directory. */
export class DirectoryView {
  readonly #snapshot: Snapshot

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot
  }

  /** Rises with every change of the directory: what was found out from one look holds while it stands. */
  get version(): string {
    return this.#snapshot.version
  }

  get signingKeys(): readonly SigningKey[] {
    return this.#snapshot.signingKeys
  }

  get publicJwks(): Record<string, unknown>[] {
    return this.#snapshot.signingKeys.map(key => ({ ...publicJwk(key) }))
  }

  get tenants(): DirectoryTenant[] {
    return [...this.#snapshot.tenants.values()]
  }

  tenant(id: string): DirectoryTenant | undefined {
    return this.#snapshot.tenants.get(id)
  }

  tenantBySlug(slug: string): DirectoryTenant | undefined {
    return [...this.#snapshot.tenants.values()].find(tenant => tenant.slug === slug)
  }

  issuer(iss: string): (KnownIssuer & { id: string | null }) | undefined {
    return this.#snapshot.issuers.get(iss)
  }

  app(id: string): DirectoryApp | undefined {
    return this.#snapshot.apps.get(id)
  }

  appByClientId(clientId: string): DirectoryApp | undefined {
    return this.#snapshot.appsByClientId.get(clientId)
  }

  isRevoked(tenantId: string, issuer: string, jti: string): boolean {
    return this.#snapshot.revoked.has(revocationKey(tenantId, issuer, jti))
  }
}

const revocationKey = (tenantId: string, issuer: string, jti: string): string =>
  `${tenantId}\n${issuer}\n${jti}`

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

/** A tenant's issuer with its usable keys; a key that became unusable vouches for nobody. */
function tenantIssuer(row: Record<string, unknown>): KnownIssuer & { id: string } {
  const jwks = row.jwks as { keys?: unknown[] }
  const keys = new Map<string, VerificationKey>()
  for (const jwk of jwks.keys ?? []) {
    const imported = importVerificationJwk(jwk)
    if (!('problem' in imported)) keys.set(imported.kid, imported)
  }
  return {
    id: String(row.id),
    issuer: String(row.issuer),
    kind: 'tenant',
    tenantId: String(row.tenant_id),
    audience: String(row.audience),
    keys,
  }
}

export const unauthenticated = (cause?: unknown): Failure => new Failure('UNAUTHENTICATED', { cause })
