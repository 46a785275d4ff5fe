import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { type Account, isRoot } from './embedded-account.js'
import { EmbeddedPostgresError, systemCode, USE_ANOTHER_DATABASE } from './embedded-error.js'

/**
 * Every program is started *inside* the cluster's folder and told that its data is where it stands. So only
 * that folder itself needs to be PostgreSQL's: when root started us, PostgreSQL runs as another user, who
 * can't walk to a folder under /root but may well stand in it. (`-D .` wouldn't do: PostgreSQL makes an
 * absolute path of that, and walks.)
 */
const HERE = '/proc/self/cwd'

/** How a program is started beyond its arguments. */
export interface ProgramOptions {
  readonly cluster: string
  readonly account: Account
  readonly stdio: StdioOptions
  /** A session and process group of its own, so that Ctrl-C in the terminal doesn't reach it. */
  readonly detached?: boolean
}

/**
 * Starts initdb or postgres on a cluster. What it was started with can be read by everyone: no secrets in
 * `args`.
 */
export function startProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): ChildProcess {
  return spawn(program, ['-D', HERE, ...args], {
    cwd: options.cluster,
    // Nothing of our own environment: it holds secrets, and may hold settings for PostgreSQL's programs
    // (PG*).
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    stdio: options.stdio,
    detached: options.detached ?? false,
    ...(isRoot() ? { uid: options.account.uid, gid: options.account.gid } : {}),
  })
}

/** The sentence for a program that could not even be started. */
export function cannotRun(error: Error): EmbeddedPostgresError {
  // The program is there, so what the system didn't find is the loader it names.
  const reason = systemCode(error) === 'ENOENT' ? 'it needs a Linux with glibc' : error.message
  return new EmbeddedPostgresError(
    `The embedded PostgreSQL cannot run on this machine (${reason}); ${USE_ANOTHER_DATABASE}.`,
    { cause: error },
  )
}

/**
 * The reason in what a program wrote: the last line that says FATAL, PANIC or error, else the last line of
 * all.
 */
export function reasonIn(output: string): string {
  const lines = output.split('\n').filter(line => line.trim() !== '')
  const grave = lines.map(line => /(?:FATAL|PANIC|initdb: error): +(.*)/.exec(line)?.[1])
  return grave.findLast(line => line !== undefined) ?? lines.at(-1)?.trim() ?? 'it says nothing about why'
}
