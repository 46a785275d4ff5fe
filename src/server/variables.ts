import {
  coerceInputValue,
  type GraphQLFormattedError,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql'
import { type Language, say } from '../platform/language.js'
import { type IsKnownWord, reword } from './wordings.js'

/** As many as graphql-js itself reports of one request's variables. */
const MAX_PROBLEMS = 50

/**
 * What is wrong with the variables, found anew by their types: graphql-js has it in sentences that quote the values.
 * Empty when they are as declared.
 */
export function variableProblems(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  language: Language,
  isKnown: IsKnownWord,
): GraphQLFormattedError[] {
  const problems: GraphQLFormattedError[] = []
  const report = (
    definition: VariableDefinitionNode,
    path: readonly (string | number)[],
    message: string,
  ): void => {
    if (problems.length >= MAX_PROBLEMS) return
    const reason = reword(message, language, isKnown) ?? say('BAD_USER_INPUT', language)
    const place = placeOf(definition, path, isKnown)
    problems.push({
      message: place === '' ? reason : say('VARIABLE_AT', language, { place, reason }),
      ...locationOf(definition),
      extensions: { code: 'BAD_USER_INPUT' },
    })
  }
  for (const definition of operation.variableDefinitions ?? [])
    checkVariable(schema, definition, variables, report)
  return problems
}

function checkVariable(
  schema: GraphQLSchema,
  definition: VariableDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  report: (definition: VariableDefinitionNode, path: readonly (string | number)[], message: string) => void,
): void {
  const name = definition.variable.name.value
  const type = typeFromAST(schema, definition.type)
  if (!isInputType(type)) return
  if (!Object.hasOwn(variables, name)) {
    if (isNonNullType(type) && !definition.defaultValue)
      report(definition, [], `Variable "$${name}" of required type "${String(type)}" was not provided.`)
    return
  }
  coerceInputValue(variables[name], type, (path, _value, error) => report(definition, path, error.message))
}

/** `$input.terms.channels[2]`. The path is the schema's; the variable's name is the client's, and is said when the schema has the word, too. */
function placeOf(
  definition: VariableDefinitionNode,
  path: readonly (string | number)[],
  isKnown: IsKnownWord,
): string {
  const name = definition.variable.name.value
  const steps = path.map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
  return isKnown(name) ? `$${name}${steps}` : steps.replace(/^\./, '')
}

function locationOf(definition: VariableDefinitionNode): Pick<GraphQLFormattedError, 'locations'> {
  const token = definition.loc?.startToken
  return token ? { locations: [{ line: token.line, column: token.column }] } : {}
}
