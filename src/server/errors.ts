import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { Failure } from '../platform/failure.js'
import { type Language, say } from '../platform/language.js'

/** Codes that graphql-js and Apollo give their own errors, by what they are called here. */
const OUTSIDE_CODES: Record<string, string> = {
  GRAPHQL_PARSE_FAILED: 'GRAPHQL_PARSE_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'GRAPHQL_VALIDATION_FAILED',
  BAD_USER_INPUT: 'BAD_USER_INPUT',
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
  PERSISTED_QUERY_NOT_FOUND: 'PERSISTED_QUERY_NOT_FOUND',
  PERSISTED_QUERY_NOT_SUPPORTED: 'PERSISTED_QUERY_NOT_FOUND',
}

/**
 * An error as a client may see it: a stable code, a sentence in its language, and never a stack, SQL, another tenant's
 * name or a value that was submitted.
 */
export function presentError(error: unknown, language: Language): GraphQLFormattedError {
  const failure = failureOf(error)
  const position =
    error instanceof GraphQLError
      ? {
          ...(error.locations ? { locations: error.locations } : {}),
          ...(error.path ? { path: error.path } : {}),
        }
      : {}
  if (failure) {
    const retryAfter =
      failure.retryAfterSeconds === undefined ? {} : { retryAfter: failure.retryAfterSeconds }
    return {
      message: say(failure.messageKey, language, failure.params),
      ...position,
      extensions: { code: failure.code, ...retryAfter, ...failure.details },
    }
  }
  const code = error instanceof GraphQLError ? OUTSIDE_CODES[String(error.extensions.code)] : undefined
  if (code)
    return { message: withoutValues((error as GraphQLError).message), ...position, extensions: { code } }
  return { message: say('INTERNAL', language), ...position, extensions: { code: 'INTERNAL' } }
}

/** True for what is our fault, which is logged. */
export function isInternal(error: unknown): boolean {
  const failure = failureOf(error)
  if (failure) return failure.code === 'INTERNAL'
  return !(error instanceof GraphQLError && OUTSIDE_CODES[String(error.extensions.code)])
}

function failureOf(error: unknown): Failure | null {
  // Apollo wraps what a plugin throws without a path, and `unwrapResolverError` looks for one.
  const original = error instanceof GraphQLError ? (error.originalError ?? error) : error
  return original instanceof Failure ? original : null
}

/** graphql-js quotes what it was given. Field, type and variable names help and may stay; values may not. */
function withoutValues(message: string): string {
  const variable = /^Variable "\$(\w+)" got invalid value [\s\S]*?(?: at "([\w.[\]]+)")?; ([\s\S]*)$/.exec(
    message,
  )
  if (variable)
    return `Variable "$${variable[1]}" is not valid${variable[2] ? ` at "${variable[2]}"` : ''}: ${withoutValues(variable[3] as string)}`
  const takes = /(DateTime|Date|Decimal|ClauseNumber|TimeZone) takes [^:]*?"[^"]*"[^"]*?\.$/.exec(message)
  if (takes) return takes[0]
  return message
    .replace(/, found [\s\S]*$/, '.')
    .replace(/(cannot represent[^:]*): [\s\S]*$/, '$1.')
    .replace(
      /^Value "[^"]*" does not exist in "(\w+)" enum[\s\S]*$/,
      'The value does not exist in the enum "$1".',
    )
    .replace(/^Expected value of type "([^"]+)"[\s\S]*$/, 'Expected a value of type "$1".')
}
