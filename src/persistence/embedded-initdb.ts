import { randomBytes } from 'node:crypto'
import { chownSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync } from 'node:fs'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Account, isRoot } from './embedded-account.js'
import { EmbeddedPostgresError, systemCode, USE_ANOTHER_DATABASE } from './embedded-error.js'
import { cannotRun, reasonIn, startProgram } from './embedded-program.js'

/** The cluster's superuser: only the launcher's caller connects as it. */
export const SUPERUSER = 'surety_root'

/**
 * The superuser's password; in the cluster's folder, so that the two can only appear, move and vanish
 * together.
 */
const PASSWORD_FILE = 'surety.password'

/** A cluster in the making; only the rename at its end makes it one. */
const UNFINISHED = 'postgres.initdb.'

/** 192 bits: not to be guessed, so that the loopback port is no way in for other users of the machine. */
const PASSWORD_BYTES = 24

/** How often the removal of an unfinished cluster is tried, and the pause between, in milliseconds. */
const REMOVAL_ATTEMPTS = 100
const REMOVAL_PAUSE_MS = 20

export interface InitdbOptions {
  readonly initdb: string
  readonly account: Account
  /** Whether the new cluster has to survive a power cut; false saves about 0.2 s. */
  readonly durable: boolean
}

/** Makes a cluster at `cluster` in the data folder: whole or, when killed midway, not at all. */
export async function createCluster(dataDir: string, cluster: string, options: InitdbOptions): Promise<void> {
  const unfinished = join(dataDir, UNFINISHED + randomBytes(6).toString('hex'))
  const made = join(unfinished, 'cluster')
  const password = join(unfinished, 'password')
  try {
    for (const folder of [unfinished, made]) mkdirSync(folder, { mode: 0o700 })
    const secret = randomBytes(PASSWORD_BYTES).toString('hex')
    writeFileSync(password, `${secret}\n`, { mode: 0o600, flush: options.durable })
    handOver([unfinished, made, password], options.account)
    await runInitdb(made, options)
    renameSync(password, join(made, PASSWORD_FILE))
    if (options.durable) syncFolder(made)
    renameSync(made, cluster)
    if (options.durable) syncFolder(dataDir)
  } finally {
    await removeUnfinished(unfinished)
  }
}

/**
 * Removes what a start that was killed left behind. The caller holds the folder's lock: nobody is at work
 * there.
 */
export async function removeUnfinishedClusters(dataDir: string): Promise<void> {
  for (const name of readdirSync(dataDir)) {
    if (name.startsWith(UNFINISHED)) await removeUnfinished(join(dataDir, name))
  }
}

/** The superuser's password. */
export function readPassword(cluster: string): string {
  const file = join(cluster, PASSWORD_FILE)
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    throw new EmbeddedPostgresError(
      `${file} is missing; restore it, or move ${cluster} away to begin with an empty database.`,
    )
  }
}

/**
 * An initdb whose Surety was killed may still write there, and cleans up after itself once it fails. Where
 * two remove the same files, rmSync can return with half of them left (seen with Node 24): so look whether
 * it's done.
 */
async function removeUnfinished(folder: string): Promise<void> {
  for (let attempt = 1; attempt <= REMOVAL_ATTEMPTS && existsSync(folder); attempt++) {
    if (attempt > 1) await sleep(REMOVAL_PAUSE_MS)
    try {
      rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      if (systemCode(error) !== 'ENOTEMPTY' || attempt === REMOVAL_ATTEMPTS) throw error
    }
  }
}

function handOver(paths: string[], account: Account): void {
  if (!isRoot()) return
  try {
    for (const path of paths) chownSync(path, account.uid, account.gid)
  } catch (error) {
    throw new EmbeddedPostgresError(
      `PostgreSQL does not run as root and root may not give files to user number ${account.uid} here ` +
        `(${error instanceof Error ? error.message : String(error)}); start as another user, or ${USE_ANOTHER_DATABASE}.`,
      { cause: error },
    )
  }
}

/**
 * The locale is C.UTF-8 by PostgreSQL's own tables (`builtin`): code point order, Unicode's upper and lower
 * case. It asks nothing of the operating system, so an upgrade of glibc can't change the order under an
 * index.
 */
async function runInitdb(cluster: string, { initdb, account, durable }: InitdbOptions): Promise<void> {
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  const access = [`--username=${SUPERUSER}`, '--pwfile=../password', '--auth=scram-sha-256']
  // The server never syncs again what initdb wrote: unsynced, a power cut could take files of a cluster long
  // in use.
  const args = [...locale, ...access, '--no-instructions', ...(durable ? [] : ['--no-sync'])]
  const program = startProgram(initdb, args, { cluster, account, stdio: ['ignore', 'ignore', 'pipe'] })
  let complaints = ''
  program.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const outcome = await new Promise<number | string | Error | null>(resolve => {
    program.once('error', resolve).once('close', (code, signal) => resolve(code ?? signal))
  })
  if (outcome instanceof Error) throw cannotRun(outcome)
  if (outcome === 0) return
  const reason = typeof outcome === 'string' ? `${outcome} ended it` : reasonIn(complaints)
  throw new EmbeddedPostgresError(
    `initdb could not make a database in ${cluster}: ${reason}; mend that and start again, or ${USE_ANOTHER_DATABASE}.`,
  )
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
