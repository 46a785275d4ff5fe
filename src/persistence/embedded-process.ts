import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemCode } from './embedded-error.js'

/** How often a process that was told to stop is looked at, in milliseconds. */
const STOP_POLL_MS = 5

/** How long PostgreSQL may take over a fast shutdown (it writes a checkpoint); a drain has 10 s in all. */
const FAST_SHUTDOWN_MS = 8_000

/** How long PostgreSQL may take over an immediate shutdown, which its next start mends from the log. */
const IMMEDIATE_SHUTDOWN_MS = 2_000

/**
 * One process and no other: numbers are given out again, so its start and the machine's boot belong to it.
 */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks from boot to the start of the process: field 22 of /proc/PID/stat, proc(5). */
  readonly startTicks: string
  /** /proc/sys/kernel/random/boot_id without its dashes; empty where the kernel doesn't tell. */
  readonly bootId: string
}

/** The identity of the process that has this number now, or null if there is none (a zombie is none). */
export function identify(pid: number): ProcessIdentity | null {
  const startTicks = readStartTicks(pid)
  return startTicks === null ? null : { pid, startTicks, bootId: bootId() }
}

/** Whether exactly that process still runs. */
export function isRunning(process: ProcessIdentity): boolean {
  const now = identify(process.pid)
  if (now === null) return isHidden(process.pid) && process.bootId === bootId()
  return now.startTicks === process.startTicks && now.bootId === process.bootId
}

/** The arguments a process was started with; none if it's gone. */
export function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

/**
 * Shuts a postmaster down and waits until it's gone: fast (sessions end, all is written), then immediate,
 * then killed. The signals are those of the PostgreSQL manual, "Shutting Down the Server".
 */
export async function shutDownPostmaster(postmaster: ProcessIdentity): Promise<void> {
  const steps = [
    ['SIGINT', FAST_SHUTDOWN_MS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
    ['SIGKILL', IMMEDIATE_SHUTDOWN_MS],
  ] as const
  for (const [signal, patience] of steps) {
    if (!isRunning(postmaster)) return
    signalProcess(postmaster.pid, signal)
    const deadline = performance.now() + patience
    while (isRunning(postmaster) && performance.now() < deadline) await sleep(STOP_POLL_MS)
  }
}

/** Sends a signal; a process that has just ended is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error
  }
}

function readStartTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field, the name in brackets, may hold blanks and brackets itself: count from the last
    // bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, startTicks] = [fields[0], fields[19]]
    return startTicks === undefined || state === 'Z' || state === 'X' ? null : startTicks
  } catch {
    return null
  }
}

/**
 * Where /proc hides the processes of others (hidepid), a signal that isn't sent still tells that one is
 * there.
 */
function isHidden(pid: number): boolean {
  try {
    readFileSync(`/proc/${pid}/stat`)
    return false
  } catch {
    try {
      process.kill(pid, 0)
      return true
    } catch (error) {
      return systemCode(error) === 'EPERM'
    }
  }
}

let knownBootId: string | undefined

function bootId(): string {
  if (knownBootId === undefined) {
    try {
      knownBootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', '')
    } catch {
      knownBootId = ''
    }
  }
  return knownBootId
}
