import type { GraphQLError, GraphQLSchema } from 'graphql'
import { isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql'
import { hasMessage, type Language, say } from '../platform/language.js'

/** True for a word that the schema itself uses: only such words of an outside message are repeated. */
export type IsKnownWord = (word: string) => boolean

/**
 * A sentence of graphql-js, by how it begins, and the one that is said in its place. Groups name the parameters. What a
 * client wrote may stand anywhere in the original, so a group counts only where it holds words of the schema; with any
 * other the general sentence is said.
 */
const WORDINGS: readonly (readonly [RegExp, string])[] = [
  [/^Cannot query field "\w+" on type "(?<type>\w+)"\./, 'FIELD_UNKNOWN'],
  [/^Unknown argument "\w+" on field "(?<type>\w+)\.(?<field>\w+)"\./, 'ARGUMENT_UNKNOWN'],
  [/^Unknown argument "\w+" on directive "@(?<directive>\w+)"\./, 'DIRECTIVE_ARGUMENT_UNKNOWN'],
  [/^Unknown directive /, 'DIRECTIVE_UNKNOWN'],
  [/^Directive "@\w+" may not be used on /, 'DIRECTIVE_MISPLACED'],
  [/^Unknown fragment /, 'FRAGMENT_UNKNOWN'],
  [/^Fragment "\w+" is never used\./, 'FRAGMENT_UNUSED'],
  [/^Cannot spread fragment /, 'FRAGMENT_CIRCULAR'],
  [
    /^Fragment (?:"\w+" )?cannot be spread here as objects of type "(?<parent>\w+)" can never be of type "(?<type>\w+)"\./,
    'FRAGMENT_IMPOSSIBLE',
  ],
  [/^Fragment (?:"\w+" )?cannot condition on non composite type /, 'FRAGMENT_ON_LEAF'],
  [/^Unknown type /, 'TYPE_UNKNOWN'],
  [/^This anonymous operation must be the only /, 'OPERATION_NOT_ALONE'],
  [/^The .* definition is not executable\./, 'NOT_EXECUTABLE'],
  [/^Variable "\$\w+" is not defined/, 'VARIABLE_UNDECLARED'],
  [/^Variable "\$\w+" is never used/, 'VARIABLE_UNUSED'],
  [/^Variable "\$\w+" cannot be non-input type /, 'VARIABLE_NO_INPUT'],
  [
    /^Variable "\$\w+" of type "(?<type>[\w![\]]+)" used in position expecting type "(?<expected>[\w![\]]+)"\./,
    'VARIABLE_MISFIT',
  ],
  [/^Fields "[^]*" conflict because /, 'FIELDS_CONFLICT'],
  [
    /^(?:Field|Directive) "@?\w+" argument "(?<argument>\w+)" of type "(?<type>[\w![\]]+)" is required/,
    'ARGUMENT_MISSING',
  ],
  [
    /^Field "(?<field>\w+)" of type "(?<type>[\w![\]]+)" must have (?:a selection of subfields|at least one field)/,
    'SELECTION_MISSING',
  ],
  [
    /^Field "(?<field>\w+)" must not have a selection since type "(?<type>[\w![\]]+)" has no subfields/,
    'SELECTION_UNEXPECTED',
  ],
  [/^There can be only one \w+(?: \w+)? named /, 'GIVEN_TWICE'],
  [/^The directive "@\w+" can only be used once /, 'GIVEN_TWICE'],
  [/^Too many (?:validation errors|errors processing variables)/, 'TOO_MANY_ERRORS'],
  [/^Maximum introspection depth exceeded/, 'INTROSPECTION_TOO_DEEP'],
  [/^Must provide operation name /, 'OPERATION_UNNAMED'],
  [/^Unknown operation named /, 'OPERATION_UNKNOWN'],
  [/^Must provide an operation/, 'OPERATION_MISSING'],
  [/^Schema is not configured to execute /, 'OPERATION_UNSUPPORTED'],
  // Apollo's, the only one of its own that can come up.
  [/^GET requests only support query operations/, 'MUTATION_BY_GET'],
  [/^Expected value of type "(?<type>[\w![\]]+)", found /, 'VALUE_MISFIT'],
  [/^Expected type "(?<type>[\w![\]]+)"/, 'VALUE_MISFIT'],
  [/^(?<type>Int|Float|String|Boolean|ID) cannot represent /, 'VALUE_MISFIT'],
  [/^Expected non-nullable type "(?<type>[\w![\]]+)" not to be null/, 'VALUE_NULL'],
  [/^Value "[^]*" does not exist in "(?<type>\w+)" enum\./, 'VALUE_NOT_IN_ENUM'],
  [/^Enum "(?<type>\w+)" cannot represent /, 'VALUE_NOT_IN_ENUM'],
  [/^Field "\w+" is not defined by type "(?<type>\w+)"\./, 'INPUT_FIELD_UNKNOWN'],
  [
    /^Field "(?:\w+\.)?(?<field>\w+)" of required type "(?<type>[\w![\]]+)" was not provided/,
    'INPUT_FIELD_MISSING',
  ],
  [/^Variable "\$\w+" of required type "(?<type>[\w![\]]+)" was not provided/, 'VARIABLE_MISSING'],
  [/^Variable "\$\w+" of non-null type "(?<type>[\w![\]]+)" must not be null/, 'VALUE_NULL'],
  [/^OneOf Input Object "(?<type>\w+)" must specify exactly one key/, 'ONE_OF'],
  [/^Exactly one key must be specified for OneOf type "(?<type>\w+)"/, 'ONE_OF'],
]

/** What is said in place of a sentence of graphql-js; null for one that isn't known, which then gets its code's general words. */
export function reword(message: string, language: Language, isKnown: IsKnownWord): string | null {
  for (const [pattern, key] of WORDINGS) {
    const groups = pattern.exec(message)?.groups
    if (!groups && !pattern.test(message)) continue
    const params = { ...groups }
    if (!Object.values(params).every(word => isKnown(word.replace(/[![\]]/g, '')))) return null
    const takes = `TAKES_${params.type?.replace(/[![\]]/g, '')}`
    if (key === 'VALUE_MISFIT' && hasMessage(takes)) return say(takes, language)
    return say(key, language, { ...params, hint: suggestion(message, language, isKnown) })
  }
  return null
}

/** Where the document can't be read, and what the grammar takes there; what stands there isn't repeated. */
export function rewordSyntax(error: GraphQLError, language: Language): string {
  const [at] = error.locations ?? []
  if (!at) return say('GRAPHQL_PARSE_FAILED', language)
  const expected =
    /^Syntax Error: Expected (Name|Int|Float|String|"(?:[!$&()|:=@[\]{}]|\.\.\.|[a-z]{2,12})"), found /.exec(
      error.message,
    )
  const place = { line: at.line, column: at.column }
  return expected?.[1]
    ? say('SYNTAX_EXPECTED', language, { ...place, expected: expected[1] })
    : say('SYNTAX_AT', language, place)
}

function suggestion(message: string, language: Language, isKnown: IsKnownWord): string {
  const asked = message.lastIndexOf('Did you mean ')
  if (asked < 0) return ''
  const words = [...message.slice(asked).matchAll(/"(\w+)"/g)]
    .map(match => match[1] as string)
    .filter(isKnown)
  return words.length === 0
    ? ''
    : say('SUGGESTION', language, { words: words.map(word => `"${word}"`).join(', ') })
}

const wordsBySchema = new WeakMap<GraphQLSchema, Set<string>>()

/** Every word that the schema uses: it is published, so repeating one tells nobody anything. */
export function wordsOf(schema: GraphQLSchema): IsKnownWord {
  let words = wordsBySchema.get(schema)
  if (!words) {
    words = new Set(collectWords(schema))
    wordsBySchema.set(schema, words)
  }
  const known = words
  return word => known.has(word)
}

function* collectWords(schema: GraphQLSchema): Iterable<string> {
  for (const directive of schema.getDirectives()) {
    yield directive.name
    for (const argument of directive.args) yield argument.name
  }
  for (const type of Object.values(schema.getTypeMap())) {
    yield type.name
    if (isEnumType(type)) for (const value of type.getValues()) yield value.name
    if (isInputObjectType(type)) yield* Object.keys(type.getFields())
    if (!isObjectType(type) && !isInterfaceType(type)) continue
    for (const field of Object.values(type.getFields())) {
      yield field.name
      for (const argument of field.args) yield argument.name
    }
  }
}
