import { Failure } from '../platform/failure.js'

/** PostgreSQL's error codes that mean "you lost a race: repeat with the same key". */
const LOST_RACE = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available: lock_timeout
])
/** query_canceled: statement_timeout. Whether the change happened is unknown to the client. */
const TIMED_OUT = '57014'
/** Connection refused or lost, server starting, stopping or full; 08P01 is how pgbouncer says all of that. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EPIPE',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08006',
  '08003',
  '08001',
  '08P01',
])
/** What `pg` says, without a code, of a statement that nobody answers: not even that it ran out of its own time. */
const SILENCE = 'Query read timeout'
/** What `pg` says, without a code, of a connection that is gone, could not be made in time, or went silent. */
const CONNECTION_LOST = new RegExp(
  `^(Connection terminated|Client has encountered a connection error|Client was closed|${SILENCE})`,
)
/** What `pg` says, without a code, when every connection stays in use for as long as one is waited for. */
const POOL_FULL = 'timeout exceeded when trying to connect'
/** When to come back to a full pool: some of what fills it is done by then. */
const BUSY_RETRY_SECONDS = 1

/** character_not_in_repertoire, untranslatable_character: a NUL in a text or in JSON, which PostgreSQL can't hold. */
const UNSTORABLE_TEXT = new Set(['22021', '22P05'])
/** insufficient_privilege: with these words, a wall refused what a caller would write. */
const BEHIND_A_WALL = /row-level security policy/

/** Turns what the database said into what a client may hear; anything else passes as it is and becomes INTERNAL at the door. */
export function translateDatabaseError(error: unknown): unknown {
  if (isDatabaseUnreachable(error))
    return new Failure('INTERNAL', { messageKey: 'DATABASE_UNREACHABLE', cause: error })
  if (error instanceof Error && error.message === POOL_FULL)
    return new Failure('TIMEOUT', { messageKey: 'BUSY', retryAfterSeconds: BUSY_RETRY_SECONDS, cause: error })
  const code = databaseErrorCode(error)
  if (code === null) return error
  if (LOST_RACE.has(code)) return new Failure('CONFLICT', { cause: error })
  if (code === TIMED_OUT) return new Failure('TIMEOUT', { cause: error })
  if (UNSTORABLE_TEXT.has(code)) return new Failure('BAD_USER_INPUT', { cause: error })
  if (code === '42501' && BEHIND_A_WALL.test(String(rootError(error)?.message))) {
    return new Failure('FORBIDDEN', { cause: error })
  }
  return error
}

/** Unique violation of one named constraint: how a race for a number shows itself. */
export function violatesUnique(error: unknown, constraint: string): boolean {
  const source = rootError(error)
  return source?.code === '23505' && source.constraint === constraint
}

/** in_failed_sql_transaction: an earlier statement failed, and this one was refused for that alone. */
export const isAborted = (error: unknown): boolean => databaseErrorCode(error) === '25P02'

export function isDatabaseUnreachable(error: unknown): boolean {
  const code = databaseErrorCode(error)
  return code === null ? error instanceof Error && CONNECTION_LOST.test(error.message) : UNREACHABLE.has(code)
}

/** The connection holds a statement that never ended: another one would only wait behind it. */
export const isSilence = (error: unknown): boolean => error instanceof Error && error.message === SILENCE

function databaseErrorCode(error: unknown): string | null {
  const code = rootError(error)?.code
  return typeof code === 'string' ? code : null
}

function rootError(error: unknown): { code?: unknown; constraint?: unknown; message?: unknown } | null {
  return typeof error === 'object' && error !== null
    ? (error as { code?: unknown; constraint?: unknown; message?: unknown })
    : null
}
