import type { DocumentNode } from 'graphql'

/** All that is kept, in bytes of memory. 32 MB: five hundred pages of a portal, of 300 tokens each. */
const KEPT_BYTES = 32 * 1024 * 1024
/** What a word or a sign takes, with its share of the nodes: 180 bytes were measured. */
const BYTES_PER_TOKEN = 200
const BYTES_PER_CHARACTER = 2

/**
 * Parsed documents, the one that was asked for longest ago goes first. They are weighed with all that hangs on them: a
 * document holds its text and every token of it, comments and blanks included, of which its own JSON says nothing.
 */
export class KeptDocuments {
  readonly #kept = new Map<string, { document: DocumentNode; bytes: number }>()
  #bytes = 0

  get(key: string): DocumentNode | undefined {
    const found = this.#kept.get(key)
    if (!found) return undefined
    this.#kept.delete(key)
    this.#kept.set(key, found)
    return found.document
  }

  set(key: string, document: DocumentNode): void {
    this.delete(key)
    const bytes = bytesOf(document)
    this.#kept.set(key, { document, bytes })
    this.#bytes += bytes
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= KEPT_BYTES) return
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0
    this.#kept.delete(key)
  }
}

function bytesOf({ loc }: DocumentNode): number {
  let tokens = 0
  for (let token = loc?.startToken ?? null; token; token = token.next) tokens += 1
  return tokens * BYTES_PER_TOKEN + (loc?.source.body.length ?? 0) * BYTES_PER_CHARACTER
}
