import { Failure } from '../platform/failure.js'
import { GuardedFetch } from '../platform/guarded-fetch.js'
import { type Database, DIRECTORY_ROLE, type Seals } from '../persistence/index.js'
import { directories, directoryFailures } from './directory-metrics.js'
import {
  type DirectoryApp,
  type DirectoryIssuer,
  DirectoryRecords,
  type DirectoryTenant,
  readParts,
  revocationName,
} from './directory-records.js'
import { ensureSigningKey, type OwnKey, OwnKeys, signingKeyAt, verifyingKeys } from './own-keys.js'
import { publicJwk, type SigningKey, type VerificationKey, verificationKey } from './signing-keys.js'
import type { OwnIssuer } from './tokens.js'

export type { DirectoryApp, DirectoryIssuer, DirectoryTenant } from './directory-records.js'
export { DirectoryError } from './own-keys.js'

/** A look is good for this long; what it shows is then at most 0.5 s old (architecture.md), its own reading included. */
const FRESH_MS = 250

/**
 * What must be known before the tenant is: tenants, issuers and their keys, revoked tokens, disabled apps. Kept in
 * memory and looked up again when older than a quarter of a second: one number, and behind it what changed since. When
 * the database doesn't answer, nobody gets in.
 */
export class Directory {
  /** The way to addresses that tenants name. */
  readonly outside: GuardedFetch
  readonly #database: Database
  readonly #seals: Seals
  readonly #publicUrl: string
  readonly #ownKeys: OwnKeys
  readonly #records = new DirectoryRecords()
  #keys: OwnKey[] = []
  #version: string | null = null
  #checkedAt = Number.NEGATIVE_INFINITY
  #refreshing: Promise<void> | null = null

  constructor(database: Database, seals: Seals, publicUrl: string, outside = new GuardedFetch()) {
    this.#database = database
    this.#seals = seals
    this.#publicUrl = publicUrl
    this.#ownKeys = new OwnKeys(seals)
    this.outside = outside
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
    if (this.#version === null || performance.now() - this.#checkedAt >= FRESH_MS) {
      this.#refreshing ??= this.#refresh()
        .catch((error: unknown) => {
          directoryFailures.inc()
          throw error
        })
        .finally(() => {
          this.#refreshing = null
        })
      await this.#refreshing
    }
    return new DirectoryView(this.#version as string, this.#records, this.#keys, this.#publicUrl)
  }

  /** The key that signs. Made when there is none. */
  async signingKey(): Promise<SigningKey> {
    const known = (await this.look()).signingKey
    if (known) return known
    await ensureSigningKey(this.#database, this.#seals)
    this.#checkedAt = Number.NEGATIVE_INFINITY
    const made = (await this.look()).signingKey
    if (!made) throw new Error('the signing key was not kept')
    return made
  }

  async #refresh(): Promise<void> {
    const startedAt = performance.now()
    await this.#database.acrossTenants(DIRECTORY_ROLE, async query => {
      const { rows } = await query<{ version: string }>('select version from directory_state')
      const version = rows[0]?.version ?? '0'
      if (version === this.#version) return
      // What changes while this is read has a higher version, and is read again by the next look.
      const parts = await readParts(query, this.#version)
      const keys = await this.#ownKeys.read(query)
      this.#records.keep(parts)
      this.#keys = keys
      this.#version = version
    })
    this.#checkedAt = startedAt
  }
}

/** One look into the directory. */
export class DirectoryView {
  /** Rises with every change of the directory: what was found out from one look holds while it stands. */
  readonly version: string
  readonly #records: DirectoryRecords
  readonly #keys: readonly OwnKey[]
  readonly #publicUrl: string

  constructor(version: string, records: DirectoryRecords, keys: readonly OwnKey[], publicUrl: string) {
    this.version = version
    this.#records = records
    this.#keys = keys
    this.#publicUrl = publicUrl
  }

  get signingKey(): SigningKey | undefined {
    return signingKeyAt(this.#keys)
  }

  /** A line for each key that verifies. */
  describeKeys(now = new Date()): string[] {
    const signing = signingKeyAt(this.#keys, now)?.kid
    return verifyingKeys(this.#keys, now).map(({ kid, signsFrom, retiredAt }) => {
      if (kid === signing) return `${kid} signs`
      if (signsFrom && signsFrom > now) return `${kid} signs from ${signsFrom.toISOString()}`
      return `${kid} verifies until ${retiredAt?.toISOString() ?? 'it is replaced'}`
    })
  }

  /** All that verify, and those that are still to sign: whoever keeps a copy knows them before they do. */
  get publicJwks(): Record<string, unknown>[] {
    return verifyingKeys(this.#keys).map(key => ({ ...publicJwk(key) }))
  }

  get tenants(): DirectoryTenant[] {
    return this.#records.tenants.values()
  }

  tenant(id: string): DirectoryTenant | undefined {
    return this.#records.tenants.get(id)
  }

  tenantBySlug(slug: string): DirectoryTenant | undefined {
    return this.#records.tenantsBySlug.get(slug)
  }

  /** Our own, and nobody else under its name; or a tenant's. */
  issuer(iss: string): OwnIssuer | DirectoryIssuer | undefined {
    return iss === this.#publicUrl ? this.#own() : this.#records.issuers.get(iss)
  }

  app(id: string): DirectoryApp | undefined {
    return this.#records.apps.get(id)
  }

  appByClientId(clientId: string): DirectoryApp | undefined {
    return this.#records.appsByClientId.get(clientId)
  }

  isRevoked(tenantId: string, issuer: string, jti: string): boolean {
    return this.#records.revocations.get(revocationName(tenantId, issuer, jti)) !== undefined
  }

  #own(): OwnIssuer {
    const keys = new Map<string, VerificationKey>(
      verifyingKeys(this.#keys).map(key => [key.kid, verificationKey(key)]),
    )
    return { issuer: this.#publicUrl, kind: 'own', tenantId: null, audience: this.#publicUrl, keys }
  }
}

export const unauthenticated = (cause?: unknown): Failure => new Failure('UNAUTHENTICATED', { cause })
