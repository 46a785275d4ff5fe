import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** AES-256-GCM (NIST SP 800-38D): 96-bit nonces, drawn at random, safe for 2^32 seals under one key. */
const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Enough of the key's hash to tell a handful of keys apart; it says which key, and nothing of it. */
const KEY_ID_BYTES = 4

/** The master key can't be used: one sentence that says why. */
export class MasterKeyError extends Error {}

/**
 * Seals and opens small values under the master key: cursors, signing keys, secrets. A seal is bound to its purpose and
 * to a context, so that one taken from elsewhere doesn't open; it names its key, so that keys can be rotated: the first
 * key seals, all open.
 */
export class Seals {
  readonly #keys: { id: Buffer; secret: Buffer }[]

  /** `masterKey`: base64 of 32 bytes; several with commas, newest first. */
  constructor(masterKey: string) {
    this.#keys = masterKey.split(',').map(text => {
      const secret = Buffer.from(text.trim(), 'base64')
      if (secret.length !== 32) {
        throw new MasterKeyError(
          'SURETY_MASTER_KEY takes base64 of 32 bytes: make one with "openssl rand -base64 32".',
        )
      }
      return {
        id: createHash('sha256').update('surety key id').update(secret).digest().subarray(0, KEY_ID_BYTES),
        secret,
      }
    })
  }

  static newMasterKey(): string {
    return randomBytes(32).toString('base64')
  }

  seal(purpose: string, context: string, value: string): string {
    const key = this.#keys[0] as { id: Buffer; secret: Buffer }
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(CIPHER, derive(key.secret, purpose), nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(Buffer.from(context))
    const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()])
    return Buffer.concat([key.id, nonce, sealed, cipher.getAuthTag()]).toString('base64url')
  }

  /**
   * A name for a value that nobody can check a guess against who hasn't the key; the same for as long as the oldest key
   * stays. In hex.
   */
  pseudonym(purpose: string, context: string, value: string): string {
    const key = this.#keys.at(-1) as { secret: Buffer }
    return createHmac('sha256', derive(key.secret, purpose))
      .update(JSON.stringify([context, value]))
      .digest('hex')
  }

  /** The value, or null when it was forged, cut, sealed for something else or under a key that is gone. */
  open(purpose: string, context: string, seal: string): string | null {
    const bytes = Buffer.from(seal, 'base64url')
    if (bytes.length < KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== seal)
      return null
    const key = this.#keys.find(candidate => candidate.id.equals(bytes.subarray(0, KEY_ID_BYTES)))
    if (!key) return null
    const body = bytes.subarray(KEY_ID_BYTES + NONCE_BYTES, -TAG_BYTES)
    const nonce = bytes.subarray(KEY_ID_BYTES, KEY_ID_BYTES + NONCE_BYTES)
    const decipher = createDecipheriv(CIPHER, derive(key.secret, purpose), nonce, {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(Buffer.from(context))
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    try {
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
    } catch {
      return null
    }
  }
}

const derived = new Map<string, Buffer>()

/** One key per purpose (RFC 5869), so that no seal can be passed off as one of another purpose. */
function derive(secret: Buffer, purpose: string): Buffer {
  const id = `${purpose}\n${secret.toString('base64')}`
  let key = derived.get(id)
  if (!key) {
    key = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `surety ${purpose}`, 32))
    derived.set(id, key)
  }
  return key
}
