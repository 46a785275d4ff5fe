import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import { z } from 'zod'
import { decodeBase64url } from './token-format.js'

/**
 * Shortest RSA modulus, in bits: RFC 7518, 3.3. jsonwebtoken holds to it when signing and not when verifying, so a
 * tenant's 1024-bit key would pass if it weren't refused here.
 */
export const MIN_RSA_BITS = 2_048

/** Longest RSA modulus, in bits. The cost of a verification grows with its square, and anyone may ask for one. */
export const MAX_RSA_BITS = 8_192

/** Smallest public exponent: FIPS 186-5, A.1.1. Smaller ones have made sloppy padding checks forgeable. */
export const MIN_RSA_EXPONENT = 65_537n

/** The public exponent stays below this: OpenSSL's own bound for long moduli, since it sets a verification's cost. */
export const MAX_RSA_EXPONENT = 2n ** 64n

/** Longest key id, in characters. */
export const MAX_KEY_ID_LENGTH = 255

/** The algorithms in use. Public keys only: an HMAC secret can be guessed, and whoever verifies could also issue. */
export type TokenAlgorithm = 'ES256' | 'RS256'

/** A key pair of Surety's own issuer: ES256 on P-256. */
export interface SigningKey {
  /** RFC 7638 thumbprint of the public key: the same key has the same id everywhere, and no other key has it. */
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
}

/** A public key of some issuer, with the one algorithm it may be used with. */
export interface VerificationKey {
  kid: string
  algorithm: TokenAlgorithm
  publicKey: KeyObject
}

/** Why a tenant's key can't be registered. */
export type JwkProblem =
  | 'not-a-jwk'
  | 'symmetric-key'
  | 'private-key'
  | 'unsupported-key-type'
  | 'unsupported-curve'
  | 'algorithm-mismatch'
  | 'not-for-signatures'
  | 'invalid-kid'
  | 'invalid-key'
  | 'rsa-size'
  | 'rsa-exponent'

/** Makes a new ES256 key pair. */
export function generateSigningKey(): SigningKey {
  return signingKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
}

/** The private key as PKCS#8 PEM, unencrypted: to be sealed by the caller, never to be stored or logged as it is. */
export function exportPrivateKey(key: SigningKey): string {
  return key.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
}

/** Reads what `exportPrivateKey` wrote. @throws Error, without the key in it, when it is no private key on P-256. */
export function importSigningKey(pem: string): SigningKey {
  let privateKey: KeyObject | undefined
  try {
    privateKey = createPrivateKey({ key: pem, format: 'pem' })
  } catch {
    // Said below, and without OpenSSL's words.
  }
  if (!privateKey || !isOnP256(privateKey))
    throw new Error('not an ES256 signing key: a P-256 private key is needed')
  return signingKey(privateKey)
}

/** The public half, as it stands in `/.well-known/jwks.json` (RFC 7517). */
export function publicJwk(key: SigningKey): JsonWebKey & { kid: string; use: 'sig'; alg: 'ES256' } {
  return { ...ecMembers(key.publicKey), kid: key.kid, use: 'sig', alg: 'ES256' }
}

const verificationKeys = new WeakMap<KeyObject, VerificationKey>()

/** The public half, as `verifyToken` looks it up: the same object each time, since by it is known what it has verified. */
export function verificationKey({ kid, publicKey }: SigningKey): VerificationKey {
  const made = verificationKeys.get(publicKey) ?? { kid, algorithm: 'ES256', publicKey }
  verificationKeys.set(publicKey, made)
  return made
}

/**
 * Reads a public key of a tenant's own issuer: ES256 on P-256, or RS256 with 2048 to 8192 bits. It must have a `kid`
 * and say that it's for signatures, by `use` or by `key_ops` (RFC 7517, 4.2 and 4.3); `alg`, when present, must be the
 * one we'd use. Certificates (`x5c`, `x5u`) are not looked at.
 *
 * @returns the key, or `{ problem }`; never throws.
 */
export function importVerificationJwk(jwk: unknown): VerificationKey | { problem: JwkProblem } {
  const object = z.record(z.string(), z.unknown()).safeParse(jwk)
  if (!object.success) return { problem: 'not-a-jwk' }
  const purposeProblem = purposeProblemOf(object.data)
  if (purposeProblem) return { problem: purposeProblem }
  const parsed = publicKeySchema.safeParse(jwk)
  if (!parsed.success)
    return { problem: MEMBER_PROBLEMS[String(parsed.error.issues[0]?.path[0])] ?? 'invalid-key' }
  const { kid, kty } = parsed.data
  const publicKey = publicKeyOf(parsed.data)
  if (!publicKey) return { problem: 'invalid-key' }
  if (kty === 'EC') return { kid, algorithm: 'ES256', publicKey }
  const problem = rsaProblem(publicKey)
  return problem ? { problem } : { kid, algorithm: 'RS256', publicKey }
}

/**
 * Whether a key may be used with its algorithm: public, of the right type, curve and size. Asked again at every
 * verification, so that a weak key that found another way in is still of no use.
 */
export function fitsItsAlgorithm({ algorithm, publicKey }: VerificationKey): boolean {
  if (publicKey.type !== 'public') return false
  if (algorithm === 'ES256') return isOnP256(publicKey)
  return publicKey.asymmetricKeyType === 'rsa' && rsaProblem(publicKey) === undefined
}

function signingKey(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey)
  return { kid: thumbprint(publicKey), privateKey, publicKey }
}

/** RFC 7638, 3: SHA-256 over the required members alone, in lexicographic order, without white space. */
function thumbprint(publicKey: KeyObject): string {
  const { crv, kty, x, y } = ecMembers(publicKey)
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
}

/** The public members by name: nothing else can slip into a published document. */
function ecMembers(publicKey: KeyObject): JsonWebKey {
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
  return { kty, crv, x, y }
}

/** By the curve's name: a key that spells out parameters of its own has none, and is refused. */
function isOnP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
}

function rsaProblem(key: KeyObject): 'rsa-size' | 'rsa-exponent' | undefined {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (modulusLength < MIN_RSA_BITS || modulusLength > MAX_RSA_BITS) return 'rsa-size'
  const odd = publicExponent % 2n === 1n
  return odd && publicExponent >= MIN_RSA_EXPONENT && publicExponent < MAX_RSA_EXPONENT
    ? undefined
    : 'rsa-exponent'
}

/** Members that only a private key has (RFC 7518, 6.2.2 and 6.3.2). One pasted here is burnt, and its owner must know. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth']

/** What is refused whatever else the key says: secrets, and keys that don't say that they're for signatures. */
function purposeProblemOf(jwk: Readonly<Record<string, unknown>>): JwkProblem | undefined {
  if (jwk.kty === 'oct' || jwk.k !== undefined) return 'symmetric-key'
  if (PRIVATE_MEMBERS.some(name => jwk[name] !== undefined)) return 'private-key'
  if (jwk.use === undefined && jwk.key_ops === undefined) return 'not-for-signatures'
  return undefined
}

const base64url = z.string().refine(text => decodeBase64url(text) !== undefined)

/** RFC 7518, 6.2.1.2: a coordinate has the curve's full length, 32 octets. */
const coordinate = base64url.length(43)

const publicKeyMembers = z.object({
  kid: z
    .string()
    .max(MAX_KEY_ID_LENGTH)
    .regex(/^[\x21-\x7e]+$/),
  use: z.literal('sig').optional(),
  key_ops: z.tuple([z.literal('verify')]).optional(),
})

const publicKeySchema = z.discriminatedUnion('kty', [
  publicKeyMembers.extend({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    alg: z.literal('ES256').optional(),
    x: coordinate,
    y: coordinate,
  }),
  publicKeyMembers.extend({
    kty: z.literal('RSA'),
    alg: z.literal('RS256').optional(),
    n: base64url,
    e: base64url,
  }),
])

const MEMBER_PROBLEMS: Readonly<Record<string, JwkProblem>> = {
  kid: 'invalid-kid',
  use: 'not-for-signatures',
  key_ops: 'not-for-signatures',
  kty: 'unsupported-key-type',
  crv: 'unsupported-curve',
  alg: 'algorithm-mismatch',
}

/** OpenSSL checks that a point lies on its curve. Undefined when it can't make a key of the members. */
function publicKeyOf(jwk: z.infer<typeof publicKeySchema>): KeyObject | undefined {
  const key =
    jwk.kty === 'EC'
      ? { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }
      : { kty: jwk.kty, n: jwk.n, e: jwk.e }
  try {
    return createPublicKey({ key, format: 'jwk' })
  } catch {
    return undefined
  }
}
