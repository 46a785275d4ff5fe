import { type DocumentNode, GraphQLError, parse } from 'graphql'
import { coded } from '../validation.js'
import { KeptDocuments } from './kept-documents.js'
import { DOCUMENT_LIMITS } from './limits.js'
import { OutOfBounds } from './out-of-bounds.js'
import { requireShape } from './shape.js'

/**
 * From a text to a document within bounds, the same for every transport. Throws a {@link OutOfBounds}, or a GraphQLError
 * with its code for what is no GraphQL. What is refused isn't kept: it is refused as fast again.
 */
export class Documents {
  readonly #kept = new KeptDocuments()

  read(text: string): DocumentNode {
    const kept = this.#kept.get(text)
    if (kept) return kept
    const document = parseWithin(text)
    requireShape(document)
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
