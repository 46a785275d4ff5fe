import { readFileSync, type Stats } from 'node:fs'
import { EmbeddedPostgresError, USE_ANOTHER_DATABASE } from './embedded-error.js'

/** The users root hands PostgreSQL to, best first; both are common to all Linux systems that have them. */
const SERVER_USERS = ['postgres', 'nobody']

/** The user and group PostgreSQL runs as. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Whether this process is root, as whom PostgreSQL refuses to run. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0
}

/**
 * The account that runs PostgreSQL: this process's own or, when that is root, a system user's. initdb wants
 * it to have a name in /etc/passwd.
 */
export function serverAccount(): Account {
  if (!isRoot()) return { uid: process.geteuid?.() ?? -1, gid: process.getegid?.() ?? -1 }
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const user of SERVER_USERS) {
    const [, , uid, gid] = lines.find(line => line.startsWith(`${user}:`))?.split(':') ?? []
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL does not run as root and this system has neither a user ${SERVER_USERS.join(' nor ')}; ` +
      `add one, start as another user, or ${USE_ANOTHER_DATABASE}.`,
  )
}

/**
 * Whether the account may do to a file all that the permission bits (4 read, 2 write, 1 execute or enter)
 * say.
 */
export function isAllowed(account: Account, file: Stats, bits: number): boolean {
  const shift = file.uid === account.uid ? 6 : file.gid === account.gid ? 3 : 0
  return ((file.mode >> shift) & bits) === bits
}
