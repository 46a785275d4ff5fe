import type { DocumentNode } from 'graphql'
import { Kept } from './kept.js'

/** All that is kept, in bytes of memory. 32 MB: five hundred pages of a portal, of 300 tokens each. */
const KEPT_BYTES = 32 * 1024 * 1024
/** What a word or a sign takes, with its share of the nodes: 180 bytes were measured. */
const BYTES_PER_TOKEN = 200
const BYTES_PER_CHARACTER = 2
/** What an entry takes beside its characters, roughly: its place in the map, its heads and its weight. */
const BYTES_PER_ENTRY = 200

/**
 * Parsed documents. They are weighed with all that hangs on them: a document holds its text and every token of it, comments
 * and blanks included, of which its own JSON says nothing.
 */
export class KeptDocuments extends Kept<DocumentNode> {
  constructor() {
    super(KEPT_BYTES, bytesOf)
  }
}

/** Texts by their keys, in as much memory again. */
export class KeptTexts extends Kept<string> {
  constructor() {
    super(KEPT_BYTES, (text, key) => (text.length + key.length) * BYTES_PER_CHARACTER + BYTES_PER_ENTRY)
  }
}

function bytesOf({ loc }: DocumentNode): number {
  let tokens = 0
  for (let token = loc?.startToken ?? null; token; token = token.next) tokens += 1
  return tokens * BYTES_PER_TOKEN + (loc?.source.body.length ?? 0) * BYTES_PER_CHARACTER
}
