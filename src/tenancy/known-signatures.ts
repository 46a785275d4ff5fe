import { createHash } from 'node:crypto'
import type { VerificationKey } from './signing-keys.js'

/** Tokens remembered for one key. 10,000: more callers than one process has at a time, in about a megabyte. */
const MAX_KNOWN = 10_000

const known = new WeakMap<VerificationKey, Set<string>>()

/**
 * Checks a signature, which is the dear part of a token, once for each token and key: whether it holds never changes. All
 * that does change is looked at every time by others: the key, which is forgotten here with the directory that held it,
 * times, claims and revocations. Kept are hashes, of no use to whoever reads the memory.
 */
export function onceSigned(token: string, key: VerificationKey, check: () => void): void {
  const hash = createHash('sha256').update(token).digest('base64')
  const tokens = known.get(key) ?? new Set()
  if (tokens.has(hash)) return
  check()
  const [oldest] = tokens
  if (tokens.size >= MAX_KNOWN && oldest !== undefined) tokens.delete(oldest)
  known.set(key, tokens.add(hash))
}
