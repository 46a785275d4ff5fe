import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EmbeddedPostgresError, systemCode } from './embedded-error.js'
import { identify, isRunning, type ProcessIdentity } from './embedded-process.js'

/**
 * The lock of a data folder: a folder that holds one empty file, named after the process that holds the lock.
 */
const LOCK = 'postgres.lock'

/** How often a lock that others take and leave at the same moment is tried. */
const ATTEMPTS = 100

/**
 * Takes the lock of a data folder for this process, or throws an EmbeddedPostgresError that names the holder.
 *
 * Taking it is one rename of a folder that already carries our name: it succeeds where no lock is or an empty
 * one, and fails where one is held. A dead holder is removed by its own name, so that two processes that mend
 * a stale lock at once can't remove each other's.
 *
 * @returns gives the lock back
 */
export function takeLock(dataDir: string): () => void {
  const lock = join(dataDir, LOCK)
  const claim = claimOfThisProcess()
  const staged = `${lock}.${claim}`
  mkdirSync(staged, { mode: 0o700 })
  try {
    writeFileSync(join(staged, claim), '')
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (tryRename(staged, lock)) {
        sweepDeadClaims(dataDir)
        return () => release(lock, claim)
      }
      for (const held of namesIn(lock)) removeIfDead(lock, held, dataDir)
    }
    throw inUse(dataDir, 'another process')
  } finally {
    rmSync(staged, { recursive: true, force: true })
  }
}

/** The live process that holds the lock of a data folder, or null. */
export function lockHolder(dataDir: string): ProcessIdentity | null {
  const holders = namesIn(join(dataDir, LOCK)).map(parseClaim)
  return holders.find(holder => holder !== null && isRunning(holder)) ?? null
}

/** A name for what only this process works on; `isDeadClaim` tells later whether that process is gone. */
export function claimOfThisProcess(): string {
  const self = identify(process.pid)
  if (self === null) {
    throw new EmbeddedPostgresError('The embedded PostgreSQL needs /proc; mount it and start again.')
  }
  return [self.pid, self.startTicks, self.bootId, randomBytes(4).toString('hex')].join('.')
}

/** Whether a name was made by `claimOfThisProcess` in a process that no longer runs. */
export function isDeadClaim(name: string): boolean {
  const owner = parseClaim(name)
  return owner !== null && !isRunning(owner)
}

function removeIfDead(lock: string, held: string, dataDir: string): void {
  const holder = parseClaim(held)
  if (holder === null) {
    throw new EmbeddedPostgresError(
      `${lock} holds the unknown file ${held}; if no Surety runs on ${dataDir}, remove ${lock}.`,
    )
  }
  if (isRunning(holder)) throw inUse(dataDir, `process ${holder.pid}`)
  ignoring(['ENOENT'], () => unlinkSync(join(lock, held)))
}

function inUse(dataDir: string, holder: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `${dataDir} is in use by ${holder}; stop it, or set SURETY_DATA_DIR to another folder.`,
  )
}

function release(lock: string, claim: string): void {
  ignoring(['ENOENT', 'ENOTDIR'], () => unlinkSync(join(lock, claim)))
  // Another process may have put its own name in by now: then the folder is its, and stays.
  ignoring(['ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'], () => rmdirSync(lock))
}

/** Folders that a process prepared for its lock and was killed before it could rename or remove them. */
function sweepDeadClaims(dataDir: string): void {
  for (const name of namesIn(dataDir)) {
    if (name.startsWith(`${LOCK}.`) && isDeadClaim(name.slice(LOCK.length + 1))) {
      rmSync(join(dataDir, name), { recursive: true, force: true })
    }
  }
}

function tryRename(from: string, to: string): boolean {
  let renamed = false
  ignoring(['ENOTEMPTY', 'EEXIST'], () => {
    renameSync(from, to)
    renamed = true
  })
  return renamed
}

function namesIn(folder: string): string[] {
  let names: string[] = []
  ignoring(['ENOENT', 'ENOTDIR'], () => {
    names = readdirSync(folder)
  })
  return names
}

function ignoring(codes: string[], action: () => void): void {
  try {
    action()
  } catch (error) {
    if (!codes.includes(systemCode(error) ?? '')) throw error
  }
}

function parseClaim(name: string): ProcessIdentity | null {
  const [, pid, startTicks, bootId] = /^(\d+)\.(\d+)\.([0-9a-f]*)\.[0-9a-f]+$/.exec(name) ?? []
  if (pid === undefined || startTicks === undefined || bootId === undefined) return null
  return { pid: Number(pid), startTicks, bootId }
}
