import { accessSync, constants, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EmbeddedPostgresError } from './embedded-error.js'

/** The file by which a data folder is known to be Surety's. */
const MARKER = 'surety-data'

const MARKER_TEXT =
  'This folder holds the data of Surety: its embedded PostgreSQL and its keys. Keep all of it.\n'

/** What a freshly made file system holds of its own: a data folder may be a mount point. */
const NOT_ANYONES = ['lost+found']

/**
 * Makes the data folder if it isn't there (0700: keys live in it), and marks it as Surety's if it's empty.
 * Whoever writes into the folder before PostgreSQL does calls this first. Safe to call twice and at once.
 *
 * @throws EmbeddedPostgresError if it's a file, someone else's, or not writable
 */
export function claimDataFolder(dataDir: string): void {
  const found = statSync(dataDir, { throwIfNoEntry: false })
  if (found !== undefined && !found.isDirectory()) {
    throw new EmbeddedPostgresError(
      `${dataDir} is a file, not a folder; move it away, or set SURETY_DATA_DIR to another folder.`,
    )
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  if (isDataFolder(dataDir)) return
  const stranger = readdirSync(dataDir).find(name => !NOT_ANYONES.includes(name))
  // Another start may have marked the folder since the first look.
  if (stranger !== undefined && !isDataFolder(dataDir)) {
    throw new EmbeddedPostgresError(
      `${dataDir} holds files that are not Surety's (${stranger}); set SURETY_DATA_DIR to an empty or a new folder.`,
    )
  }
  writeFileSync(join(dataDir, MARKER), MARKER_TEXT)
}

/** Whether a folder is there and Surety has marked it as its own. */
export function isDataFolder(dataDir: string): boolean {
  return existsSync(join(dataDir, MARKER))
}
