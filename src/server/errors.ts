import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { Failure, type FailureCode } from '../platform/failure.js'
import { type Language, say } from '../platform/language.js'
import { isDatabaseUnreachable } from '../persistence/index.js'
import './server-messages.js'
import { type IsKnownWord, reword, rewordSyntax } from './wordings.js'

/** Codes that graphql-js and Apollo give their own errors, by what they are called here. */
const OUTSIDE_CODES: Readonly<Record<string, FailureCode>> = {
  GRAPHQL_PARSE_FAILED: 'GRAPHQL_PARSE_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'GRAPHQL_VALIDATION_FAILED',
  BAD_USER_INPUT: 'BAD_USER_INPUT',
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
}

/** How long a client is asked to wait while the database is away: a restart takes about as long. */
export const UNREADY_RETRY_SECONDS = 2

/**
 * An error as a client may see it: a stable code, a sentence in its language, and never a stack, SQL, another tenant's
 * name or a value that was submitted. Nothing of an outside message is passed on; it only picks which sentence is said.
 */
export function presentError(
  error: unknown,
  language: Language,
  isKnown: IsKnownWord = () => false,
): GraphQLFormattedError {
  const failure = failureOf(error)
  if (failure) {
    const retryAfter =
      failure.retryAfterSeconds === undefined ? {} : { retryAfter: failure.retryAfterSeconds }
    return {
      message: say(failure.messageKey, language, failure.params),
      ...positionOf(error),
      extensions: { code: failure.code, ...retryAfter, ...failure.details },
    }
  }
  const code = outsideCode(error)
  const message = code
    ? outsideMessage(error as GraphQLError, code, language, isKnown)
    : say('INTERNAL', language)
  return { message, ...positionOf(error), extensions: { code: code ?? 'INTERNAL' } }
}

/** True for what is our fault, which is logged. */
export function isInternal(error: unknown): boolean {
  const failure = failureOf(error)
  return failure ? failure.code === 'INTERNAL' : outsideCode(error) === null
}

/** What comes of having no database, or no connection to it that is free. */
const NOT_NOW = new Set(['DATABASE_UNREACHABLE', 'BUSY'])

/** Seconds after which to come back, when nothing was done: a proxy may ask another process, or the caller asks too often. */
export function comesBackAfter(error: unknown): number | null {
  const failure = failureOf(error)
  return failure && (NOT_NOW.has(failure.messageKey) || failure.code === 'RATE_LIMITED')
    ? (failure.retryAfterSeconds ?? UNREADY_RETRY_SECONDS)
    : null
}

/** The caller or its tenant asks too often: others are not to be asked instead. */
export const isRateLimited = (error: unknown): boolean => failureOf(error)?.code === 'RATE_LIMITED'

/** The failure within an error, where there is one. */
function failureOf(error: unknown): Failure | null {
  const original = originalOf(error)
  if (original instanceof Failure && original.messageKey !== 'DATABASE_UNREACHABLE') return original
  return original instanceof Failure || isDatabaseUnreachable(original) ? unready(original) : null
}

/** What was thrown, by a resolver or before any of them ran. */
const originalOf = (error: unknown): unknown =>
  error instanceof GraphQLError ? (error.originalError ?? error) : error

/** The database is away: the one failure of ours that says when to come back. */
export function unready(cause: unknown): Failure {
  return new Failure('INTERNAL', {
    messageKey: 'DATABASE_UNREACHABLE',
    retryAfterSeconds: UNREADY_RETRY_SECONDS,
    cause,
  })
}

function outsideCode(error: unknown): FailureCode | null {
  return error instanceof GraphQLError ? (OUTSIDE_CODES[String(error.extensions.code)] ?? null) : null
}

function outsideMessage(
  error: GraphQLError,
  code: FailureCode,
  language: Language,
  isKnown: IsKnownWord,
): string {
  if (code === 'GRAPHQL_PARSE_FAILED') return rewordSyntax(error, language)
  return reword(error.message, language, isKnown) ?? say(code, language)
}

/** Where it is in the document and in the answer. */
function positionOf(error: unknown): Pick<GraphQLFormattedError, 'locations' | 'path'> {
  if (!(error instanceof GraphQLError)) return {}
  return {
    ...(error.locations ? { locations: error.locations } : {}),
    ...(error.path ? { path: error.path } : {}),
  }
}
