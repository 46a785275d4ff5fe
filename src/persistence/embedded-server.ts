import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from './embedded-account.js'
import { clusterName, removeStalePostmasterFile, runningPostmaster } from './embedded-cluster.js'
import { EmbeddedPostgresError, USE_ANOTHER_DATABASE } from './embedded-error.js'
import {
  identify,
  type ProcessIdentity,
  isRunning,
  shutDownPostmaster,
  signalProcess,
} from './embedded-process.js'
import { cannotRun, reasonIn, startProgram } from './embedded-program.js'

/**
 * How often a starting server is asked whether it's ready, in milliseconds; it takes 30 ms when all is well.
 */
const READY_POLL_MS = 3

/**
 * How long a server may take to be ready: after a crash it first replays up to 1 GB (max_wal_size) of its
 * log.
 */
const READY_WITHIN_MS = 120_000

/** How often a start is tried that failed for a reason that passes (see PASSING_REASON). */
const LAUNCH_ATTEMPTS = 50

/** The pause between two of those, in milliseconds. */
const LAUNCH_PAUSE_MS = 100

/**
 * The port was taken between our asking for a free one and PostgreSQL's using it; sessions of a server that
 * was killed a moment ago haven't ended yet; a server whose Surety was killed as it was starting it has got
 * there first.
 */
const PASSING_REASON =
  /could not create any TCP\/IP sockets|pre-existing shared memory block|"postmaster.pid" already exists/

/** The log is emptied at a start that finds it longer than this. */
const MAX_LOG_BYTES = 8 * 1024 * 1024

/** Our settings, which the caller's go over. */
const DEFAULT_SETTINGS: Readonly<Record<string, string>> = {
  // Modest: it shares the machine with whoever tries Surety.
  shared_buffers: '128MB',
  max_connections: '100',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Short statements only: compiling one takes longer than running it.
  jit: 'off',
  // Without the ERROR of failed statements: it quotes values, which may be personal data. The client gets it
  // anyway.
  log_min_messages: 'log',
}

export interface ServerOptions {
  readonly postgres: string
  readonly account: Account
  readonly cluster: string
  readonly dataDir: string
  readonly settings: Readonly<Record<string, string>>
  /** Where the port of each attempt comes from; default: a free one, chosen by the operating system. */
  readonly nextPort?: () => Promise<number>
}

/** A server that accepts connections. */
export interface RunningServer {
  readonly port: number
  stop(): Promise<void>
}

/**
 * Starts a server on a cluster and waits until it accepts connections. A server that runs there already, left
 * by a Surety that was killed, is shut down first. The caller holds the data folder's lock.
 */
export async function launchServer(options: ServerOptions): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    await clearTheWay(options.cluster)
    const port = await (options.nextPort ?? freePort)()
    const reason = await tryLaunch(options, port)
    if (typeof reason !== 'string') return reason
    if (attempt === LAUNCH_ATTEMPTS || !PASSING_REASON.test(reason)) {
      throw new EmbeddedPostgresError(
        `PostgreSQL did not start: ${reason} (see ${logFile(options.dataDir)}); ` +
          `mend that and start again, or ${USE_ANOTHER_DATABASE}.`,
      )
    }
    await sleep(LAUNCH_PAUSE_MS)
  }
}

async function clearTheWay(cluster: string): Promise<void> {
  const orphan = runningPostmaster(cluster)
  if (orphan !== null) await shutDownPostmaster(orphan.process)
  removeStalePostmasterFile(cluster)
}

/** @returns the server, or the reason why there is none */
async function tryLaunch(options: ServerOptions, port: number): Promise<RunningServer | string> {
  const log = openLog(options.dataDir)
  try {
    const logStart = fstatSync(log).size
    const postmaster = await spawnPostmaster(options, port, log)
    try {
      if (await isReadyInTime(postmaster, options.cluster)) return handleOf(postmaster, port)
    } catch (error) {
      await shutDownPostmaster(postmaster)
      throw error
    }
    if (!isRunning(postmaster)) {
      return reasonIn(readFileSync(logFile(options.dataDir)).subarray(logStart).toString('utf8'))
    }
    await shutDownPostmaster(postmaster)
    return `it was not ready after ${READY_WITHIN_MS / 1000} s`
  } finally {
    closeSync(log)
  }
}

async function isReadyInTime(postmaster: ProcessIdentity, cluster: string): Promise<boolean> {
  const deadline = performance.now() + READY_WITHIN_MS
  while (isRunning(postmaster) && performance.now() < deadline) {
    const found = runningPostmaster(cluster)
    if (found?.isReady && found.process.pid === postmaster.pid) return true
    await sleep(READY_POLL_MS)
  }
  return false
}

async function spawnPostmaster(options: ServerOptions, port: number, log: number): Promise<ProcessIdentity> {
  const { account, cluster } = options
  const fixed = {
    // Loopback only, and no socket file: its path would have to be short and writable for the account.
    listen_addresses: '127.0.0.1',
    port: `${port}`,
    unix_socket_directories: '',
    cluster_name: clusterName(cluster),
  }
  const settings = Object.entries({ ...DEFAULT_SETTINGS, ...options.settings, ...fixed })
  const args = settings.flatMap(([key, value]) => ['-c', `${key}=${value}`])
  const child = startProgram(options.postgres, args, {
    cluster,
    account,
    stdio: ['ignore', log, log],
    detached: true,
  })
  const failure = new Promise<never>((_, reject) => {
    child.once('error', error => reject(cannotRun(error)))
  })
  failure.catch(() => undefined)
  if (child.pid === undefined) return failure
  // The launcher's own process may end without stop(): then the exit hook of the handle tells the server.
  child.unref()
  return identify(child.pid) ?? { pid: child.pid, startTicks: '', bootId: '' }
}

function handleOf(postmaster: ProcessIdentity, port: number): RunningServer {
  // process.exit() without stop(): the server then shuts down by itself, and nothing keeps our process from
  // ending.
  const onExit = (): void => {
    if (isRunning(postmaster)) signalProcess(postmaster.pid, 'SIGINT')
  }
  process.once('exit', onExit)
  return {
    port,
    async stop() {
      await shutDownPostmaster(postmaster)
      process.off('exit', onExit)
    },
  }
}

/** A port of the loopback that nobody uses now; the operating system chooses. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

function logFile(dataDir: string): string {
  return join(dataDir, 'postgres.log')
}

function openLog(dataDir: string): number {
  // NOFOLLOW: root writes here, and a link could lead it anywhere.
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW
  const log = openSync(logFile(dataDir), flags, 0o600)
  if (fstatSync(log).size > MAX_LOG_BYTES) ftruncateSync(log)
  return log
}
