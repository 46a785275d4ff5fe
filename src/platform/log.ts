import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger } from 'pino'

/**
 * Structured logs, one JSON object a line. They hold ids, codes, counts and times only: no token, no variable, no
 * text a client sent, no personal data. The redaction below is the second fence behind that rule.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        'authorization',
        '*.authorization',
        'headers',
        '*.headers',
        'token',
        '*.token',
        'password',
        '*.password',
        'variables',
        '*.variables',
        'query',
        '*.query',
        'url',
        '*.url',
      ],
      remove: true,
    },
  }
  return destination ? pino(options, destination) : pino(options, pino.destination(2))
}

/** What of an error may be logged: its class, its code and where in our code it arose; never its message, which may quote data. */
export function describeError(error: unknown): { error: string; code?: string; at?: string } {
  if (!(error instanceof Error)) return { error: typeof error }
  const code = (error as { code?: unknown }).code
  const frame = error.stack
    ?.split('\n')
    .find(line => /\/(src|dist)\//.test(line) && !line.includes('node_modules'))
  return {
    error: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(frame
      ? {
          at: frame
            .trim()
            .replace(/^at /, '')
            .replace(/\(?\S*\/(dist|src)\//, '($1/'),
        }
      : {}),
  }
}
