import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrations } from '../../migrations/index.js'
import { serverAccount } from '../../src/persistence/embedded-account.js'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/persistence/embedded-postgres.js'
import { migrate, MigrationError } from '../../src/persistence/migrate.js'
import { entities } from '../../src/rooms.js'
import { interleave } from '../kit/interleaved.js'
import { populate } from '../kit/population.js'
import { World } from '../kit/world.js'

const PASSWORD = 'a secret: @/?#%'
const ALL = migrations.map(migration => migration.name)

let folder: string
let postgres: EmbeddedPostgres
let databases = 0

// A cluster of its own: roles are the cluster's, and here they don't exist yet.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'surety-migrate-'))
  postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), settings: { fsync: 'off' } })
})
afterAll(async () => {
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('on a cluster that knows nothing of Surety', () => {
  it('an owner without CREATEROLE is refused, and told which role a superuser is to make', async () => {
    const { ownerUrl, appLogin } = await newDatabase()
    await asSuperuser(`alter role ${owner(ownerUrl)} nocreaterole`)
    await expectRefusal({ ownerUrl, appLogin }, /MIGRATE_DATABASE_URL may not create the role surety_app/)
  })

  it('5 migrations at once of a fresh database make it once, and none of them fails', async () => {
    const { ownerUrl, appLogin } = await newDatabase()
    const ran = await Promise.all(Array.from({ length: 5 }, () => run({ ownerUrl, appLogin })))
    expect(ran.toSorted((a, b) => b.length - a.length)).toEqual([ALL, [], [], [], []])
    expect(await run({ ownerUrl, appLogin })).toEqual([])
  })

  it('4 databases of one cluster may be migrated at once', async () => {
    const made = []
    for (let n = 0; n < 4; n++) made.push(await newDatabase())
    expect(await Promise.all(made.map(run))).toEqual([ALL, ALL, ALL, ALL])
  })

  it("an owner who didn't make the group roles is told what to run as a superuser, and that mends it", async () => {
    const { ownerUrl, appLogin } = await newDatabase()
    await asSuperuser(`revoke surety_app, surety_directory, surety_alarm from ${owner(ownerUrl)}`)
    const refusal = await expectRefusal(
      { ownerUrl, appLogin },
      /MIGRATE_DATABASE_URL may not grant surety_app/,
    )
    for (const [, statement] of refusal.matchAll(/'([^']+)'/g)) await asSuperuser(statement as string)
    expect(await run({ ownerUrl, appLogin })).toEqual([])
  })
})

describe('a migrated database', () => {
  it('gives its login nothing of its own, also when that was made to inherit: it takes on a role for each transaction', async () => {
    const { ownerUrl, appUrl, appLogin } = await newDatabase()
    await run({ ownerUrl, appLogin })
    const client = await connect(appUrl)
    for (const table of ['customers', 'tenants', 'alarms', 'migrations', 'directory_state', 'clock_shift'])
      await expect(client.query(`select 1 from ${table}`)).rejects.toMatchObject({ code: '42501' })
    await expect(client.query('select surety_now()')).rejects.toMatchObject({ code: '42501' })
    for (const role of ['surety_app', 'surety_directory', 'surety_alarm']) {
      await client.query(`begin; set local role ${role}`)
      expect((await client.query('select surety_now() as now')).rows[0].now).toBeInstanceOf(Date)
      await client.query('commit')
    }
    await expect(client.query(`set role ${owner(ownerUrl)}`)).rejects.toMatchObject({ code: '42501' })
    await client.end()
  })

  it('takes another login for the app, whatever it is called', async () => {
    const { ownerUrl, appLogin } = await newDatabase()
    await run({ ownerUrl, appLogin })
    await asSuperuser(`create role "Dr. O'Neil ""2""" login`)
    expect(await run({ ownerUrl, appLogin: `Dr. O'Neil "2"` })).toEqual([])
    const members = await asSuperuser(
      `select roleid::regrole::text as role from pg_auth_members where member = (select oid from pg_roles where rolname = $1) order by 1`,
      [`Dr. O'Neil "2"`],
    )
    expect(members).toEqual([{ role: 'surety_alarm' }, { role: 'surety_app' }, { role: 'surety_directory' }])
  })

  it('keeps its rows and runs only what is new', async () => {
    const { ownerUrl, appLogin } = await newDatabase()
    const older = migrations.slice(0, -1)
    expect(await run({ ownerUrl, appLogin, migrations: older })).toEqual(ALL.slice(0, -1))
    const tenant = `insert into tenants (id, slug, name, created_at) values (gen_random_uuid(), 'kept', 'Kept', now())`
    await inDatabase(ownerUrl, tenant)
    expect(await run({ ownerUrl, appLogin })).toEqual(ALL.slice(-1))
    expect(await inDatabase(ownerUrl, 'select slug from tenants')).toEqual([{ slug: 'kept' }])
  })
})

describe.concurrent('what cannot be migrated is refused in one sentence that names the setting', () => {
  it('a table in use: it gives up after 5 s instead of holding up the traffic behind it', async () => {
    const { ownerUrl, appLogin } = await newDatabase()
    await run({ ownerUrl, appLogin, migrations: migrations.slice(0, 2) })
    const writer = await connect(inCluster(ownerUrl))
    await writer.query("begin; update tenants set name = 'busy'")
    const startedAt = performance.now()
    await expectRefusal({ ownerUrl, appLogin }, /MIGRATE_DATABASE_URL\) is in use/).finally(() =>
      writer.end(),
    )
    expect(performance.now() - startedAt).toBeLessThan(9_000)
    expect(await run({ ownerUrl, appLogin })).toEqual(ALL.slice(2))
  })

  it('one login for both', async () => {
    const { ownerUrl } = await newDatabase()
    await expectRefusal(
      { ownerUrl, appLogin: owner(ownerUrl) },
      /^DATABASE_URL and MIGRATE_DATABASE_URL use the same login/,
    )
  })

  it.each(['superuser', 'bypassrls'])("an app's login that is %s", async attribute => {
    const { ownerUrl, appLogin } = await newDatabase()
    await asSuperuser(`alter role ${appLogin} ${attribute}`)
    await expectRefusal({ ownerUrl, appLogin }, /of DATABASE_URL is a superuser or has BYPASSRLS/)
  })

  it("an app's login that owns the walls it should be held by, as a member of their owner", async () => {
    const { ownerUrl, appLogin } = await newDatabase()
    await asSuperuser(`grant ${owner(ownerUrl)} to ${appLogin}`)
    await expectRefusal({ ownerUrl, appLogin }, /of DATABASE_URL is a member of "owner_\d+"/)
  })

  it("an app's login that does not exist", async () => {
    const { ownerUrl } = await newDatabase()
    await expectRefusal(
      { ownerUrl, appLogin: 'nobody' },
      /"nobody" of DATABASE_URL does not exist: create it/,
    )
  })

  it('an owner who may not make tables in the database', async () => {
    const { ownerUrl, appLogin } = await newDatabase()
    await asSuperuser(`alter database ${new URL(ownerUrl).pathname.slice(1)} owner to current_user`)
    await expectRefusal(
      { ownerUrl, appLogin },
      /MIGRATE_DATABASE_URL may not create or change tables.*alter database/,
    )
  })

  it.each<[string, (url: URL) => void, RegExp]>([
    ['a wrong password', url => (url.password = 'wrong'), /refuses the login in MIGRATE_DATABASE_URL/],
    ['an unknown login', url => (url.username = 'nobody'), /refuses the login in MIGRATE_DATABASE_URL/],
    [
      'a port where nothing listens',
      url => (url.port = '1'),
      /Nothing answers at 127\.0\.0\.1:1.*MIGRATE_DATABASE_URL/,
    ],
    [
      'an unknown host',
      url => (url.hostname = 'nowhere.invalid'),
      /host in MIGRATE_DATABASE_URL .* not known/,
    ],
    ['a missing database', url => (url.pathname = '/nowhere'), /no such database \(MIGRATE_DATABASE_URL\)/],
  ])('%s', async (_, spoil, sentence) => {
    const { ownerUrl, appLogin } = await newDatabase()
    const url = new URL(ownerUrl)
    spoil(url)
    await expectRefusal({ ownerUrl: url.href, appLogin }, sentence)
  })
})

describe.each([15, 16, 17])('on PostgreSQL %i', version => {
  const programs = `/usr/lib/postgresql/${version}/bin`
  const missing = !existsSync(join(programs, 'initdb'))

  it('everything works: a migration twice, the walls, an agreement from its draft to its expiry', async context => {
    if (missing)
      return context.skip(`skipped: no PostgreSQL ${version} on this machine (looked in ${programs})`)
    await using cluster = await startCluster(programs)
    const world = await World.create({ superuserUrl: cluster.superuserUrl })
    try {
      const appLogin = new URL(world.appUrl).username
      expect(await run({ ownerUrl: world.ownerUrl, appLogin })).toEqual([])
      const population = await populate(world, { tenants: 3 })
      const outcome = await interleave(world, world.database, population, {
        ...{ transactions: 500, killEvery: 50, seed: version },
      })
      expect(outcome).toMatchObject({ wrong: [], unexpected: [] })
      const customer = await (await world.provider()).customer()
      const agreement = await customer.agreement({ termYears: 1, serviceTermYears: 1 })
      const { state, endsAt } = await agreement.read('state endsAt')
      expect(state).toBe('ACTIVE')
      await world.setClock(endsAt)
      await world.ringDue()
      expect(await agreement.read('state')).toEqual({ state: 'EXPIRED' })
    } finally {
      await world.close()
    }
  })
})

interface Urls {
  ownerUrl: string
  appLogin: string
}

const run = (options: Urls & { migrations?: typeof migrations }): Promise<string[]> =>
  migrate({ migrations, ...options, entities })

/** One sentence, no stack, no password. */
async function expectRefusal(options: Urls, sentence: RegExp): Promise<string> {
  const error = await run(options).then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(MigrationError)
  const { message } = error as MigrationError
  expect(message).toMatch(sentence)
  expect(message).toMatch(/^[A-Z][^\n]*\.$/)
  expect(message).not.toContain(PASSWORD)
  expect(message).not.toContain(new URL(options.ownerUrl).password)
  return message
}

/** A database with an owner and an app's login of its own, as an operator would make them by the book, but for NOINHERIT. */
async function newDatabase(): Promise<Urls & { appUrl: string }> {
  const n = ++databases
  const password = pg.escapeLiteral(PASSWORD)
  await asSuperuser(`create role owner_${n} login createrole password ${password}`)
  await asSuperuser(`create role app_${n} login password ${password}`)
  await asSuperuser(`create database surety_${n} owner owner_${n}`)
  // Whoever comes second needs a superuser's word for the roles that the first one made.
  const roles = await asSuperuser("select 1 from pg_roles where rolname = 'surety_app'")
  if (roles.length > 0 && n > 1)
    await asSuperuser(`grant surety_app, surety_directory, surety_alarm to owner_${n} with admin option`)
  const url = (login: string): string => {
    const made = new URL(postgres.superuserUrl)
    made.username = login
    made.password = encodeURIComponent(PASSWORD)
    made.pathname = `/surety_${n}`
    return made.href
  }
  return { ownerUrl: url(`owner_${n}`), appUrl: url(`app_${n}`), appLogin: `app_${n}` }
}

const owner = (url: string): string => new URL(url).username

/** The same database, as the superuser. */
function inCluster(databaseUrl: string): string {
  const url = new URL(postgres.superuserUrl)
  url.pathname = new URL(databaseUrl).pathname
  return url.href
}

const asSuperuser = (sql: string, values: unknown[] = []): Promise<pg.QueryResultRow[]> =>
  query(postgres.superuserUrl, sql, values)
const inDatabase = (url: string, sql: string): Promise<pg.QueryResultRow[]> => query(inCluster(url), sql)

async function query(url: string, sql: string, values: unknown[] = []): Promise<pg.QueryResultRow[]> {
  const client = await connect(url)
  try {
    return (await client.query(sql, values)).rows
  } finally {
    await client.end()
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

/** A cluster of the system's own PostgreSQL, on loopback and for as long as the test runs. */
async function startCluster(programs: string): Promise<{ superuserUrl: string } & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'surety-cluster-'))
  const account = serverAccount()
  const options = { ...account, cwd: folder }
  chownSync(folder, account.uid, account.gid)
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, 'superuser')
  chownSync(passwordFile, account.uid, account.gid)
  const data = join(folder, 'data')
  const initdb = ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', '-E', 'UTF8', '--pwfile', passwordFile]
  const made = spawnSync(join(programs, 'initdb'), initdb, { ...options, encoding: 'utf8' })
  if (made.status !== 0) throw new Error(made.stderr)
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off']
  const server = spawn(
    join(programs, 'postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap(setting => ['-c', setting])],
    { ...options, stdio: 'ignore' },
  )
  const superuserUrl = `postgres://postgres:superuser@127.0.0.1:${port}/postgres`
  await untilItAnswers(superuserUrl)
  return {
    superuserUrl,
    async [Symbol.asyncDispose]() {
      // SIGINT: fast shutdown, which waits for no client.
      server.kill('SIGINT')
      await once(server, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function untilItAnswers(url: string): Promise<void> {
  for (let attempts = 0; ; attempts++) {
    try {
      await query(url, 'select 1')
      return
    } catch (error) {
      if (attempts === 200) throw error
      await sleep(50)
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
