import { userInfo } from 'node:os'

/** What every refusal can offer in place of the embedded PostgreSQL. */
export const USE_ANOTHER_DATABASE = 'set DATABASE_URL and MIGRATE_DATABASE_URL to a PostgreSQL 15-18'

/** One sentence that says what is wrong and how to mend it. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
}

/**
 * Turns what the file system says (a full disk, a read-only mount, ...) about the folder into such a
 * sentence.
 */
export function asEmbeddedPostgresError(error: unknown, folder: string): unknown {
  if (error instanceof EmbeddedPostgresError || !isSystemError(error)) return error
  const elsewhere = 'set SURETY_DATA_DIR to another folder'
  const sentence = (() => {
    switch (error.code) {
      case 'EACCES':
      case 'EPERM':
        return `${error.path ?? folder} may not be used by ${userName()}; give the folder ${folder} to that user, or ${elsewhere}.`
      case 'EROFS':
        return `${folder} is on a read-only file system; ${elsewhere}.`
      case 'ENOSPC':
      case 'EDQUOT':
        return `The disk that holds ${folder} is full; free some space on it, or ${elsewhere}.`
      case 'ENOTDIR':
        return `A part of the path ${folder} is a file, not a folder; move that file away, or ${elsewhere}.`
      default:
        return `The embedded PostgreSQL cannot use ${folder} (${error.message}); mend that, or ${elsewhere}.`
    }
  })()
  return new EmbeddedPostgresError(sentence, { cause: error })
}

/** The operating system's code of an error (`ENOENT`, ...), or undefined if the error isn't the system's. */
export function systemCode(error: unknown): string | undefined {
  return isSystemError(error) ? error.code : undefined
}

/** The name of the user this process runs as; a user without a name (in a container) is called by number. */
export function userName(): string {
  try {
    return `user ${userInfo().username}`
  } catch {
    return `user number ${process.geteuid?.() ?? '?'}`
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'
}
