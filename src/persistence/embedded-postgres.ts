import { resolve } from 'node:path'
import { serverAccount } from './embedded-account.js'
import { type BinaryPackage, findBinaryPackage, provideBinaries } from './embedded-binaries.js'
import { clusterFolder, ensureCluster, runningPostmaster } from './embedded-cluster.js'
import { claimDataFolder } from './embedded-data-folder.js'
import { asEmbeddedPostgresError } from './embedded-error.js'
import { readPassword, SUPERUSER } from './embedded-initdb.js'
import { lockHolder, takeLock } from './embedded-lock.js'
import { launchServer, type RunningServer } from './embedded-server.js'

export { claimDataFolder } from './embedded-data-folder.js'
export { EmbeddedPostgresError } from './embedded-error.js'

/** A PostgreSQL of our own, for trying and for tests; production is DATABASE_URL. */
export interface EmbeddedPostgres {
  readonly host: '127.0.0.1'
  readonly port: number
  /** `postgres://...`, to the database `postgres`. Holds the password: not for logs. */
  readonly superuserUrl: string
  /**
   * Ends the sessions, writes everything down and waits until the server is gone, at most 12 s. Safe to call
   * twice.
   */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** The folder of everything Surety keeps; made if it isn't there. */
  readonly dataDir: string
  /**
   * Settings of PostgreSQL over our own, as in postgresql.conf: `{ fsync: 'off' }` for a database nobody will
   * miss.
   */
  readonly settings?: Readonly<Record<string, string>>
}

/**
 * Starts the cluster in `dataDir`/postgres, which is kept between starts; makes it first if there is none. A
 * server that a killed Surety left running there is shut down and started anew.
 *
 * @throws EmbeddedPostgresError
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir)
  try {
    const source = findBinaryPackage()
    claimDataFolder(dataDir)
    const releaseLock = takeLock(dataDir)
    try {
      const { password, server } = await startServer(source, dataDir, options.settings ?? {})
      let stopping: Promise<void> | undefined
      const stop = (): Promise<void> => (stopping ??= server.stop().finally(releaseLock))
      return { ...addressOf(server.port, password), stop }
    } catch (error) {
      releaseLock()
      throw error
    }
  } catch (error) {
    throw asEmbeddedPostgresError(error, dataDir)
  }
}

/**
 * The cluster that a live Surety process runs on this folder right now, ready for connections, or null: for
 * commands that work beside the server.
 *
 * @throws EmbeddedPostgresError if the folder may not be read
 */
export async function findRunningEmbeddedPostgres(
  dataDir: string,
): Promise<Omit<EmbeddedPostgres, 'stop'> | null> {
  const folder = resolve(dataDir)
  try {
    if (lockHolder(folder) === null) return null
    const postmaster = runningPostmaster(clusterFolder(folder))
    return postmaster?.isReady ? addressOf(postmaster.port, readPassword(clusterFolder(folder))) : null
  } catch (error) {
    throw asEmbeddedPostgresError(error, folder)
  }
}

async function startServer(
  source: BinaryPackage,
  dataDir: string,
  settings: Readonly<Record<string, string>>,
): Promise<{ password: string; server: RunningServer }> {
  const newOwner = serverAccount()
  const binaries = provideBinaries(source, newOwner, dataDir)
  const account = await ensureCluster(dataDir, binaries, newOwner, settings['fsync'] !== 'off')
  const cluster = clusterFolder(dataDir)
  const password = readPassword(cluster)
  const server = await launchServer({ postgres: binaries.postgres, account, cluster, dataDir, settings })
  return { password, server }
}

function addressOf(port: number, password: string): Omit<EmbeddedPostgres, 'stop'> {
  const superuserUrl = `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`
  return { host: '127.0.0.1', port, superuserUrl }
}
