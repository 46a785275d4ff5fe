import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'

export type { Logger } from 'pino'

/** Names under which secrets and personal data would stand; at the top of a line or one level down. */
const NEVER_LOGGED = ['authorization', 'headers', 'token', 'password', 'variables', 'query', 'url']

/**
 * Structured logs, one JSON object a line. They hold ids, codes, counts and times only: no token, no variable, no
 * text a client sent but the name of its operation, no personal data. What is removed below is the second fence behind
 * that rule, and an error that is logged as it is loses its message, which may quote anything.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: NEVER_LOGGED.flatMap(name => [name, `*.${name}`]), remove: true },
    serializers: {
      err: describeError,
      error: error => (error instanceof Error ? describeError(error) : error),
    },
    hooks: {
      logMethod(args, method) {
        const [first, ...rest] = args as [unknown, ...unknown[]]
        const safe = first instanceof Error ? [describeError(first), rest[0] ?? 'an error'] : args
        method.apply(this, safe as typeof args)
      },
    },
  }
  return destination ? pino(options, destination) : pino(options, pino.destination(2))
}

export interface ErrorDescription {
  /** Its class. */
  error: string
  /** PostgreSQL's, Node's or our own code. */
  code?: string
  /** Which of our sentences the client gets, where the code alone doesn't say it. */
  message?: string
  /** PostgreSQL's name of what was violated: a name out of the migrations. */
  constraint?: string
  /** Where in our code it arose, the innermost first: `src/tenancy/request.ts:140:9`. */
  at?: string[]
  cause?: ErrorDescription
}

/** Innermost places that are logged: enough to get from a helper to the resolver that called it. */
const MAX_PLACES = 6
/** How far causes are followed: a failure, what the driver wrapped, what the server said. */
const MAX_CAUSES = 3

/** What of an error may be logged: its class, its codes and where in our code it arose; never its message, which may quote data. */
export function describeError(error: unknown, causes = MAX_CAUSES): ErrorDescription {
  if (!(error instanceof Error)) return { error: typeof error }
  const { code, messageKey, constraint } = error as {
    code?: unknown
    messageKey?: unknown
    constraint?: unknown
  }
  const at = placesOf(error)
  return {
    error: word(error.name) ?? 'Error',
    ...(word(code) ? { code: word(code) } : {}),
    ...(word(messageKey) && messageKey !== code ? { message: word(messageKey) } : {}),
    ...(word(constraint) ? { constraint: word(constraint) } : {}),
    ...(at.length > 0 ? { at } : {}),
    ...(error.cause instanceof Error && causes > 0 ? { cause: describeError(error.cause, causes - 1) } : {}),
  } as ErrorDescription
}

/** A name or code, and nothing that could be a sentence. */
const word = (value: unknown): string | undefined =>
  typeof value === 'string' && /^\w{1,63}$/.test(value) ? value : undefined

/** The frames of our own code. The message stands before them in a stack and may look like one, so it is cut off first. */
function placesOf({ stack = '', message }: Error): string[] {
  const found = message === '' ? -1 : stack.indexOf(message)
  const end = found < 0 ? 0 : found + message.length
  const places: string[] = []
  for (const line of stack.slice(end).split('\n')) {
    const place = /^ {4}at .*?\b((?:src|migrations)\/[\w/.-]+:\d+:\d+)\)?$/.exec(line)?.[1]
    if (place && !line.includes('node_modules') && places.length < MAX_PLACES) places.push(place)
  }
  return places
}
