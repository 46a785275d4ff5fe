import { type Database, DIRECTORY_ROLE, type Query, type Seals } from '../persistence/index.js'
import { exportPrivateKey, generateSigningKey, importSigningKey, type SigningKey } from './signing-keys.js'
import { MAX_LIFETIME_SECONDS } from './tokens.js'

const SEAL_PURPOSE = 'signing key'

/**
 * How long a new key is published before it signs, in seconds. Ten minutes: the key set may be kept for five
 * (`Cache-Control: max-age=300`), and whoever verifies by an old copy may be as late again.
 */
export const KEY_GRACE_SECONDS = 600

/** A key that was replaced verifies for as long as its last token lives. */
const LAST_TOKEN_MS = Math.max(...Object.values(MAX_LIFETIME_SECONDS)) * 1000

/** The directory can't be used, or not so: one sentence that says why. */
export class DirectoryError extends Error {}

/** A signing key and when it does what. Times are this process's clock, by which tokens are judged, too. */
export interface OwnKey extends SigningKey {
  createdAt: Date
  /** Null: from the beginning. */
  signsFrom: Date | null
  /** Null: as long as no other key takes its place. */
  retiredAt: Date | null
}

interface KeyRow {
  kid: string
  sealed_private_key: string
  created_at: Date
  signs_from: Date | null
  retired_at: Date | null
}

/** Surety's own keys as a process reads them: each is opened once. */
export class OwnKeys {
  readonly #seals: Seals
  #opened = new Map<string, SigningKey>()

  constructor(seals: Seals) {
    this.#seals = seals
  }

  /** All that are not yet retired, the newest first. */
  async read(query: Query): Promise<OwnKey[]> {
    const { rows } = await query<KeyRow>(
      `select kid, sealed_private_key, created_at, signs_from, retired_at from signing_keys
       where retired_at is null or retired_at > $1 order by coalesce(signs_from, '-infinity') desc, created_at desc, kid`,
      [new Date()],
    )
    const opened = new Map(rows.map(row => [row.kid, this.#opened.get(row.kid) ?? this.#open(row)]))
    this.#opened = opened
    return rows.map(row => ({
      ...(opened.get(row.kid) as SigningKey),
      createdAt: row.created_at,
      signsFrom: row.signs_from,
      retiredAt: row.retired_at,
    }))
  }

  #open({ kid, sealed_private_key: sealed }: KeyRow): SigningKey {
    const pem = this.#seals.open(SEAL_PURPOSE, kid, sealed)
    if (pem === null) {
      throw new DirectoryError(
        'The signing keys in this database were sealed under another SURETY_MASTER_KEY: set the key they were made with (several, newest first, with commas).',
      )
    }
    return importSigningKey(pem)
  }
}

/** Keys that verify at this instant. */
export const verifyingKeys = (keys: readonly OwnKey[], now = new Date()): OwnKey[] =>
  keys.filter(({ retiredAt }) => retiredAt === null || retiredAt > now)

/** The one that signs at this instant: of those that verify the newest whose time has come. */
export const signingKeyAt = (keys: readonly OwnKey[], now = new Date()): OwnKey | undefined =>
  verifyingKeys(keys, now).find(({ signsFrom }) => signsFrom === null || signsFrom <= now)

/** Makes the first key, once however many processes ask. */
export async function ensureSigningKey(database: Database, seals: Seals): Promise<void> {
  await underLock(database, async query => {
    const { rowCount } = await query(
      'select 1 from signing_keys where (retired_at is null or retired_at > $1) and (signs_from is null or signs_from <= $1)',
      [new Date()],
    )
    if (!rowCount) await insertKey(query, seals, null)
  })
}

/**
 * Makes a new key. It is published at once and signs after the grace; the key it follows signs until then and verifies
 * until the last token that it can have signed has expired. Answers the new key's id.
 */
export async function rotateSigningKey(
  database: Database,
  seals: Seals,
  graceSeconds = KEY_GRACE_SECONDS,
): Promise<string> {
  const signsFrom = new Date(Date.now() + graceSeconds * 1000)
  return underLock(database, async query => {
    await query('update signing_keys set retired_at = $1 where retired_at is null', [
      new Date(signsFrom.getTime() + LAST_TOKEN_MS),
    ])
    return insertKey(query, seals, signsFrom)
  })
}

/** Ends a key that has leaked: from now on nothing that it signed is good. Another key must sign already. */
export async function retireSigningKey(database: Database, kid: string): Promise<void> {
  const now = new Date()
  await underLock(database, async query => {
    const { rowCount: others } = await query(
      `select 1 from signing_keys where kid <> $1 and (retired_at is null or retired_at > $2)
       and (signs_from is null or signs_from <= $2)`,
      [kid, now],
    )
    if (!others)
      throw new DirectoryError(
        'No other key signs yet: make one with "surety keys rotate --grace 0", then retire this one.',
      )
    const { rowCount } = await query(
      'update signing_keys set retired_at = $2 where kid = $1 and (retired_at is null or retired_at > $2)',
      [kid, now],
    )
    if (!rowCount)
      throw new DirectoryError('No key of that id verifies: "surety keys list" names those that do.')
  })
}

/** Seals every signing key under the newest master key, so that the older ones may go. Answers how many there are. */
export async function resealSigningKeys(database: Database, seals: Seals): Promise<number> {
  return underLock(database, async query => {
    const { rows } = await query<KeyRow>('select kid, sealed_private_key from signing_keys')
    for (const { kid, sealed_private_key: sealed } of rows) {
      const pem = seals.open(SEAL_PURPOSE, kid, sealed)
      if (pem === null)
        throw new DirectoryError(
          `The key ${kid} was sealed under a master key that SURETY_MASTER_KEY does not list: list it behind the new one, with a comma.`,
        )
      await query('update signing_keys set sealed_private_key = $2 where kid = $1', [
        kid,
        seals.seal(SEAL_PURPOSE, kid, pem),
      ])
    }
    return rows.length
  })
}

/** One at a time, over all processes. */
function underLock<T>(database: Database, work: (query: Query) => Promise<T>): Promise<T> {
  return database.acrossTenants(DIRECTORY_ROLE, async query => {
    await query('select version from directory_state for update')
    return work(query)
  })
}

async function insertKey(query: Query, seals: Seals, signsFrom: Date | null): Promise<string> {
  const key = generateSigningKey()
  await query(
    'insert into signing_keys (kid, sealed_private_key, created_at, signs_from) values ($1, $2, surety_now(), $3)',
    [key.kid, seals.seal(SEAL_PURPOSE, key.kid, exportPrivateKey(key)), signsFrom],
  )
  return key.kid
}
