import type { GuardedFetch } from '../platform/guarded-fetch.js'
import { type Database, systemSession } from '../persistence/index.js'
import { type DirectoryIssuer, verificationKeys } from './directory-records.js'
import { type FetchedKeys, fetchKeys } from './issuer-keys.js'
import type { VerificationKey } from './signing-keys.js'

/** An issuer is asked at most once a minute, however many tokens name a key that nobody knows. */
const ASK_AGAIN_MS = 60_000
/** How long keys whose time is over are still good when the issuer doesn't answer: a day, in which somebody notices. */
const STALE_MS = 24 * 60 * 60_000
/** Of keys that another process fetched, or this one before it was started again, it isn't known for how long they are fresh. */
const FRESH_WHEN_FOUND_MS = 5 * 60_000
/** A set that didn't change is written down again after so long, so that a start finds one that is good for most of a day. */
const WRITE_AGAIN_MS = 6 * 60 * 60_000

interface Held {
  keys: ReadonlyMap<string, VerificationKey>
  fetchedAt: number
  freshUntil: number
  askedAt: number
  asking: Promise<void> | null
}

/**
 * Keys of tenants' issuers that stand at an address: fetched when they are needed, never while a database transaction is
 * open, and never twice at once. What was fetched is written into the directory when it changed, so that every process
 * and the next start have it.
 */
export class RemoteKeys {
  readonly #database: Database
  readonly #outside: GuardedFetch
  readonly #held = new Map<string, Held>()

  constructor(database: Database, outside: GuardedFetch) {
    this.#database = database
    this.#outside = outside
  }

  /** The issuer with the keys it has now, as far as is known. Waits for them only when there are none that may be used. */
  async current(issuer: DirectoryIssuer): Promise<DirectoryIssuer> {
    if (issuer.jwksUri === null) return issuer
    const held = this.#holding(issuer)
    const now = Date.now()
    if (now >= held.freshUntil + STALE_MS) await this.#ask(issuer, held)
    else if (now >= held.freshUntil) void this.#ask(issuer, held)
    return withKeys(issuer, held)
  }

  /** The issuer asked anew, since a token names a key it isn't known for; null when it was asked a moment ago. */
  async renewed(issuer: DirectoryIssuer): Promise<DirectoryIssuer | null> {
    if (issuer.jwksUri === null) return null
    const held = this.#holding(issuer)
    if (held.asking === null && Date.now() < held.askedAt + ASK_AGAIN_MS) return null
    await this.#ask(issuer, held)
    return withKeys(issuer, held)
  }

  /** What this process holds, or what the directory has if that is newer. */
  #holding(issuer: DirectoryIssuer): Held {
    // By its address, too: what an old one still answers is none of an issuer's that has moved.
    const name = `${issuer.tenantId} ${issuer.id} ${issuer.jwksUri}`
    const writtenAt = issuer.keysFetchedAt?.getTime() ?? 0
    const held = this.#held.get(name)
    if (held && held.fetchedAt >= writtenAt) return held
    const found = {
      keys: issuer.keys,
      fetchedAt: writtenAt,
      freshUntil: writtenAt + FRESH_WHEN_FOUND_MS,
      askedAt: held?.askedAt ?? Number.NEGATIVE_INFINITY,
      asking: held?.asking ?? null,
    }
    this.#held.set(name, found)
    return found
  }

  #ask(issuer: DirectoryIssuer, held: Held): Promise<void> {
    if (held.asking) return held.asking
    if (Date.now() < held.askedAt + ASK_AGAIN_MS) return Promise.resolve()
    held.askedAt = Date.now()
    held.asking = this.#fetch(issuer, held).finally(() => {
      held.asking = null
    })
    return held.asking
  }

  /** Never throws: an issuer that can't be asked keeps the keys it had for as long as they may be used. */
  async #fetch(issuer: DirectoryIssuer, held: Held): Promise<void> {
    let fetched: FetchedKeys
    try {
      fetched = await fetchKeys(this.#outside, issuer.jwksUri as string)
    } catch {
      return
    }
    const before = { keys: [...issuer.keys.values()].map(thumb), at: issuer.keysFetchedAt?.getTime() ?? 0 }
    const keys = verificationKeys(fetched.jwks)
    const fetchedAt = Date.now()
    Object.assign(held, { keys, fetchedAt, freshUntil: fetchedAt + fetched.freshForMs })
    const changed = JSON.stringify([...keys.values()].map(thumb)) !== JSON.stringify(before.keys)
    if (changed || fetchedAt - before.at > WRITE_AGAIN_MS)
      await this.#write(issuer, fetched, new Date(fetchedAt)).catch(() => undefined)
  }

  async #write(issuer: DirectoryIssuer, { jwks }: FetchedKeys, at: Date): Promise<void> {
    await this.#database.write(systemSession(issuer.tenantId), operation =>
      operation.run(
        `update issuers set jwks = $1, keys_fetched_at = $2
         where tenant_id = $3 and id = $4 and jwks_uri = $5 and (keys_fetched_at is null or keys_fetched_at < $2)`,
        [JSON.stringify(jwks), at, issuer.tenantId, issuer.id, issuer.jwksUri],
      ),
    )
  }
}

const thumb = ({ kid, publicKey }: VerificationKey): string =>
  `${kid} ${publicKey.export({ format: 'der', type: 'spki' }).toString('base64')}`

const withKeys = (issuer: DirectoryIssuer, held: Held): DirectoryIssuer => ({
  ...issuer,
  // Asked without an answer for too long, it vouches for nobody.
  keys: Date.now() < held.freshUntil + STALE_MS ? held.keys : new Map(),
})
