import { chmodSync, lchownSync, lstatSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Account, isRoot } from './embedded-account.js'
import type { Binaries } from './embedded-binaries.js'
import { EmbeddedPostgresError, systemCode, userName } from './embedded-error.js'
import { createCluster, removeUnfinishedClusters } from './embedded-initdb.js'
import { commandLine, identify, type ProcessIdentity } from './embedded-process.js'

/** A server on a cluster, as its postmaster.pid tells. */
export interface Postmaster {
  readonly process: ProcessIdentity
  readonly port: number
  readonly isReady: boolean
}

/** The folder of the cluster inside a data folder. */
export function clusterFolder(dataDir: string): string {
  return join(dataDir, 'postgres')
}

/**
 * Sees to it that the data folder holds a cluster of our major version that this process may start; makes one
 * if there is none. The caller holds the folder's lock.
 *
 * @param account who runs PostgreSQL if the cluster is a new one
 * @param durable whether a new cluster has to survive a power cut
 * @returns who runs PostgreSQL: the owner of the cluster
 * @throws EmbeddedPostgresError if what is there is another version's or another user's, or no cluster
 */
export async function ensureCluster(
  dataDir: string,
  binaries: Binaries,
  account: Account,
  durable: boolean,
): Promise<Account> {
  await removeUnfinishedClusters(dataDir)
  const cluster = clusterFolder(dataDir)
  if (isToBeMade(cluster)) {
    await createCluster(dataDir, cluster, { initdb: binaries.initdb, account, durable })
    return account
  }
  const owner = takeOver(cluster, account)
  requireVersion(cluster, binaries.major)
  return owner
}

/**
 * The name a cluster's server goes by. It stays when the folder is moved; a copy of the folder gets another
 * one.
 */
export function clusterName(cluster: string): string {
  const { dev, ino } = statSync(cluster, { bigint: true })
  return `surety-${dev.toString(16)}-${ino.toString(16)}`
}

/** The server that runs on a cluster right now, or null. */
export function runningPostmaster(cluster: string): Postmaster | null {
  // The lines of postmaster.pid: PostgreSQL's src/include/utils/pidfile.h.
  const [pid, , , port, , , , status] = readPostmasterFile(cluster)
  const process = pid === undefined ? null : identify(Number(pid))
  if (process === null || !commandLine(process.pid).includes(`cluster_name=${clusterName(cluster)}`))
    return null
  return { process, port: Number(port), isReady: status?.trim() === 'ready' }
}

/**
 * After a crash postmaster.pid names a process that is gone. Once its number belongs to another process,
 * PostgreSQL takes that one for a running server and refuses; after a power cut the file may be empty, and it
 * refuses as well. The caller holds the folder's lock, has seen no server, and so knows better. Should one
 * run after all, the new one still finds its shared memory in use.
 */
export function removeStalePostmasterFile(cluster: string): void {
  rmSync(join(cluster, 'postmaster.pid'), { force: true })
}

function readPostmasterFile(cluster: string): string[] {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

function isToBeMade(cluster: string): boolean {
  const entry = lstatSync(cluster, { throwIfNoEntry: false })
  if (entry === undefined) return true
  const folder = statSync(cluster, { throwIfNoEntry: false })
  if (folder !== undefined && !isOurs(folder)) throw foreignOwner(cluster, folder.uid)
  if (folder !== undefined && readdirSync(cluster).length > 0) return false
  if (!entry.isSymbolicLink()) return true
  // Perhaps a disk that isn't mounted: to begin with an empty database would look like losing the full one.
  throw new EmbeddedPostgresError(
    `${cluster} is a link to a place without a cluster; mount or restore that, or remove the link to begin empty.`,
  )
}

/** PostgreSQL starts only as the owner of the cluster, and only if nobody else may look into it (0700). */
function takeOver(cluster: string, account: Account): Account {
  const owner = statSync(cluster)
  chmodSync(cluster, 0o700)
  if (owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  // Copied or moved in by root, and nobody could start it as it is.
  giveTo(cluster, account)
  return account
}

function isOurs({ uid }: { uid: number }): boolean {
  return isRoot() || uid === process.geteuid?.()
}

function foreignOwner(cluster: string, owner: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `${cluster} belongs to user number ${owner} and this is ${userName()}; ` +
      `start Surety as that user or as root, or set SURETY_DATA_DIR to another folder.`,
  )
}

function giveTo(path: string, account: Account): void {
  lchownSync(path, account.uid, account.gid)
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name)
    if (entry.isDirectory()) giveTo(inner, account)
    else lchownSync(inner, account.uid, account.gid)
  }
}

function requireVersion(cluster: string, major: string): void {
  const found = readVersion(cluster)
  if (found === major) return
  throw new EmbeddedPostgresError(
    `${cluster} holds a cluster of PostgreSQL ${found} and Surety brings PostgreSQL ${major}; ` +
      `carry its data over with pg_dump and pg_restore, or set SURETY_DATA_DIR to another folder.`,
  )
}

function readVersion(cluster: string): string {
  try {
    return readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim()
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    throw new EmbeddedPostgresError(
      `${cluster} holds no PostgreSQL cluster; move it away, or set SURETY_DATA_DIR to another folder.`,
    )
  }
}
