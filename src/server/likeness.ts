import { createHash } from 'node:crypto'
import { type DocumentNode, Kind, type OperationDefinitionNode, visit } from 'graphql'

/** What a subscription's answers depend on, beside what happened and who may see it. */
export interface Likeness {
  /** The same for all subscriptions whose answers to one frame are the same. */
  key: string
  /** Whether an answer says which frame came before it; that is each reader's own where it has just begun. */
  saysPrevious: boolean
}

/**
 * Finds what subscriptions have in common, so that a frame is executed once for all of them: their document, operation and
 * variables. Not where they began: every client that comes back gives a cursor of its own as `after`.
 */
export function likenessOf(
  query: string,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Likeness {
  const start = startVariable(document, operation)
  const others = Object.entries(variables).filter(([name]) => name !== start)
  const text = JSON.stringify([query, operation.name?.value ?? null, others])
  return {
    key: createHash('sha256').update(text).digest('base64'),
    saysPrevious: query.includes('previousCursor'),
  }
}

/** The variable that says where to begin, if it says nothing else. */
function startVariable(document: DocumentNode, operation: OperationDefinitionNode): string | null {
  const [root] = operation.selectionSet.selections
  if (root?.kind !== Kind.FIELD) return null
  const after = root.arguments?.find(each => each.name.value === 'after')?.value
  if (after?.kind !== Kind.VARIABLE) return null
  let uses = 0
  visit(document, { Variable: ({ name }) => void (uses += name.value === after.name.value ? 1 : 0) })
  // Where it is declared, and here.
  return uses === 2 ? after.name.value : null
}
