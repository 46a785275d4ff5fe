import { type DocumentNode, GraphQLError } from 'graphql'
import { Documents } from './documents.js'
import { DOCUMENT_LIMITS } from './limits.js'
import { OutOfBounds } from './out-of-bounds.js'

/** What holds every operation within bounds, the same over HTTP, WebSocket and SSE. One for a process. */
export class Bounds {
  readonly #documents = new Documents()

  /**
   * The document, once it and its variables are known to be within bounds; nothing was validated yet. Throws
   * {@link OutOfBounds}, or a GraphQLError with its code for what is no GraphQL.
   */
  read(query: string, variables: Readonly<Record<string, unknown>> | null | undefined): DocumentNode {
    const document = this.#documents.read(query)
    requireShortLists(variables)
    return document
  }

  /** As {@link read}, for a path on which Apollo says what isn't GraphQL: null then. */
  readGraphql(query: string, variables?: Readonly<Record<string, unknown>>): DocumentNode | null {
    try {
      return this.read(query, variables)
    } catch (error) {
      if (error instanceof GraphQLError) return null
      throw error
    }
  }
}

/** Lists anywhere in the variables, and how deep. Level by level and not by recursion: nobody knows yet how deep they go. */
function requireShortLists(variables: Readonly<Record<string, unknown>> | null | undefined): void {
  let level: object[] = variables ? [variables] : []
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > DOCUMENT_LIMITS.variableDepth) throw new OutOfBounds('variableDepth')
    const below: object[] = []
    for (const each of level) {
      if (Array.isArray(each) && each.length > DOCUMENT_LIMITS.listEntries)
        throw new OutOfBounds('listEntries')
      for (const value of Object.values(each)) if (typeof value === 'object' && value) below.push(value)
    }
    level = below
  }
}
