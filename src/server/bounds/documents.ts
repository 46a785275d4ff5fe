import { type DocumentNode, GraphQLError, parse } from 'graphql'
import { coded } from '../validation.js'
import { DOCUMENT_LIMITS } from './limits.js'
import { OutOfBounds } from './out-of-bounds.js'
import { requireShape } from './shape.js'

/** Documents that were found within bounds and are kept: a few clients' worth; at 20 kB each some 20 MB at the most. */
const KEPT = 1_000

/**
 * From a text to a document within bounds, the same for every transport. Throws a {@link OutOfBounds}, or a GraphQLError
 * with its code for what is no GraphQL. What is refused isn't kept: it is refused as fast again.
 */
export class Documents {
  readonly #kept = new Map<string, DocumentNode>()

  read(text: string): DocumentNode {
    const kept = this.#kept.get(text)
    if (kept) return kept
    const document = parseWithin(text)
    requireShape(document)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size >= KEPT && oldest !== undefined) this.#kept.delete(oldest)
    this.#kept.set(text, document)
    return document
  }
}

const TOO_MANY_TOKENS = /^Syntax Error: Document contains more that \d+ tokens/

function parseWithin(text: string): DocumentNode {
  if (text.length > DOCUMENT_LIMITS.characters) throw new OutOfBounds('characters')
  try {
    return parse(text, { maxTokens: DOCUMENT_LIMITS.tokens })
  } catch (error) {
    // The parser goes down with the brackets, until there is no stack left.
    if (error instanceof RangeError) throw new OutOfBounds('brackets')
    if (!(error instanceof GraphQLError)) throw error
    throw TOO_MANY_TOKENS.test(error.message)
      ? new OutOfBounds('tokens')
      : coded(error, 'GRAPHQL_PARSE_FAILED')
  }
}
