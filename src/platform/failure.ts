/** The stable codes of everything that isn't a user error (api.md, Errors). */
export const FAILURE_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'COST_LIMIT_EXCEEDED',
  'RATE_LIMITED',
  'TIMEOUT',
  'CONFLICT',
  'CURSOR_EXPIRED',
  'PURPOSE_REQUIRED',
  'PERSISTED_QUERY_NOT_FOUND',
  'IDEMPOTENCY_KEY_REUSED',
  'IDEMPOTENCY_IN_FLIGHT',
  'INTERNAL',
] as const
export type FailureCode = (typeof FAILURE_CODES)[number]

/**
 * Something the client can't mend by changing a field: thrown, and shown as a GraphQL error with `extensions.code`.
 * `messageKey` picks the sentence; `params` fill it and never hold a submitted value.
 */
export class Failure extends Error {
  readonly code: FailureCode
  readonly messageKey: string
  readonly params: Record<string, string | number>
  readonly retryAfterSeconds: number | undefined
  /** What a client's program needs to go on, beside the code in `extensions`: never a submitted value. */
  readonly details: Readonly<Record<string, string>>

  constructor(
    code: FailureCode,
    options: {
      messageKey?: string
      params?: Record<string, string | number>
      retryAfterSeconds?: number
      details?: Record<string, string>
      cause?: unknown
    } = {},
  ) {
    super(options.messageKey ?? code, { cause: options.cause })
    this.name = 'Failure'
    this.code = code
    this.messageKey = options.messageKey ?? code
    this.params = options.params ?? {}
    this.retryAfterSeconds = options.retryAfterSeconds
    this.details = options.details ?? {}
  }
}

/** One thing the client can mend: data in the payload's `userErrors`, in the client's language. */
export interface UserErrorData {
  code: string
  /** Path into the mutation's arguments, e.g. `["input", "terms", "responseHours"]`; null when no one field is to blame. */
  field: string[] | null
  messageKey: string
  params: Record<string, string | number>
  /** The clause the rule comes from, where there is one. */
  clause: string | null
}

/** Thrown by a verb that says no. Its transaction is rolled back and nothing is remembered; the payload carries the reasons. */
export class Refusal extends Error {
  readonly errors: UserErrorData[]

  constructor(errors: UserErrorData[]) {
    super(errors.map(error => error.code).join(', '))
    this.name = 'Refusal'
    this.errors = errors
  }
}

/** Shorthand for a refusal with a single reason. */
export function refuse(
  code: string,
  details: {
    field?: string[] | null
    messageKey?: string
    params?: Record<string, string | number>
    clause?: string | null
  } = {},
): Refusal {
  return new Refusal([userError(code, details)])
}

export function userError(
  code: string,
  details: {
    field?: string[] | null
    messageKey?: string
    params?: Record<string, string | number>
    clause?: string | null
  } = {},
): UserErrorData {
  return {
    code,
    field: details.field ?? null,
    messageKey: details.messageKey ?? code,
    params: details.params ?? {},
    clause: details.clause ?? null,
  }
}
