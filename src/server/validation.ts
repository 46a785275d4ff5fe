import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  validate,
} from 'graphql'

/** An error with the code that Apollo gives to the same error over HTTP. */
export function coded(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes, source, positions } = error
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } })
}

/**
 * As many problems as are reported of one document. graphql-js looks for a similar word for each unknown one, among all
 * types: a hundred of them, its own number, take longer than anything else here.
 */
export const MAX_ERRORS = 10

/** What is wrong with a document. */
export function problemsOf(schema: GraphQLSchema, document: DocumentNode): GraphQLError[] {
  const conditional = conditionalRoot(document)
  const problems = conditional
    ? [new GraphQLError('A subscription has one field, and always.', { nodes: conditional })]
    : validate(schema, document, undefined, { maxErrors: MAX_ERRORS })
  return problems.map(error => coded(error, 'GRAPHQL_VALIDATION_FAILED'))
}

/** Whether Apollo's validation would not survive a document; every other mistake it reports itself. */
export const breaksValidation = (document: DocumentNode): boolean => conditionalRoot(document) !== null

/**
 * A root of a subscription that hangs on `@skip` or `@include`, which is not allowed (GraphQL, September 2025, 5.2.4.1).
 * graphql-js doesn't report it: with a variable its validation throws, with a constant its execution.
 */
function conditionalRoot({ definitions }: DocumentNode): SelectionNode | null {
  const fragments = new Map(
    definitions.flatMap(each =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [],
    ),
  )
  const conditionalIn = ({ selections }: SelectionSetNode): SelectionNode | null => {
    for (const selection of selections) {
      if (selection.directives?.some(({ name }) => ['skip', 'include'].includes(name.value))) return selection
      if (selection.kind === Kind.FIELD) continue
      const isSpread = selection.kind === Kind.FRAGMENT_SPREAD
      const fragment = isSpread ? fragments.get(selection.name.value) : selection
      // Each is looked at once, however often it is spread.
      if (isSpread) fragments.delete(selection.name.value)
      const found = fragment && conditionalIn(fragment.selectionSet)
      if (found) return found
    }
    return null
  }
  for (const each of definitions) {
    if (each.kind !== Kind.OPERATION_DEFINITION || each.operation !== OperationTypeNode.SUBSCRIPTION) continue
    const found = conditionalIn(each.selectionSet)
    if (found) return found
  }
  return null
}
