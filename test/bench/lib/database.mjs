import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import pg from 'pg'
import { ensureEmbeddedDatabase } from '../../../dist/src/persistence/embedded-database.js'
import { migrate } from '../../../dist/src/persistence/migrate.js'
import { startEmbeddedPostgres } from '../../../dist/src/persistence/embedded-postgres.js'
import { migrations } from '../../../dist/migrations/index.js'
import { entities } from '../../../dist/src/rooms.js'
import { PUBLIC_URL, ROOT } from './places.mjs'

const DATA = join(ROOT, 'test/bench/.data')

/**
 * As an operator would set it on a small server, and stated in the results. What makes a commit safe (fsync,
 * synchronous_commit, full_page_writes) stays at PostgreSQL's default, which is on.
 */
export const SETTINGS = {
  shared_buffers: '1GB',
  effective_cache_size: '4GB',
  work_mem: '16MB',
  maintenance_work_mem: '256MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  max_connections: '200',
}

/** One PostgreSQL for all figures, kept between runs: what was loaded once is there at once the next time. */
export class Bench {
  #postgres
  #key
  masterKey

  static async open() {
    const bench = new Bench()
    mkdirSync(DATA, { recursive: true, mode: 0o755 })
    const keyFile = join(DATA, 'master.key')
    if (!existsSync(keyFile)) writeFileSync(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 })
    bench.masterKey = readFileSync(keyFile, 'utf8')
    bench.#postgres = await startEmbeddedPostgres({ dataDir: join(DATA, 'cluster'), settings: SETTINGS })
    bench.#key = keyOfWhatIsLoaded()
    return bench
  }

  async close() {
    await this.#postgres.stop()
  }

  superuserUrl(database = 'postgres') {
    return this.#postgres.superuserUrl.replace(/\/postgres$/, `/${database}`)
  }

  /** The environment of a process of Surety's, or of a contestant, on a database. */
  env(urls) {
    return {
      DATABASE_URL: urls.appUrl,
      SURETY_MASTER_KEY: this.masterKey,
      PUBLIC_URL,
      // A worker says at this level that it has started.
      LOG_LEVEL: 'info',
      NODE_ENV: 'production',
      // What is measured is what the house does, not what its door lets through.
      REQUEST_RATE: '1000000',
      COST_RATE: '1000000000',
    }
  }

  /**
   * A database by name, migrated and with the demo in it, which `load` fills when it isn't there yet. Its name holds a
   * hash of migrations and loaders, so that none outlives what it was made by.
   */
  async database(name, load) {
    const full = `bench_${name}_${this.#key}`
    if (await this.#exists(full)) return ensureEmbeddedDatabase(this.#postgres.superuserUrl, full)
    const making = `${full}_making`
    await this.drop(making)
    const template = await this.#template()
    await ensureEmbeddedDatabase(this.#postgres.superuserUrl, making, template)
    const client = await this.connect(making)
    try {
      await load(client)
      await client.query('vacuum (analyze)')
    } finally {
      await client.end()
    }
    await this.#admin(`alter database ${making} rename to ${full}`)
    return ensureEmbeddedDatabase(this.#postgres.superuserUrl, full)
  }

  /** One that a figure changes: a copy, to be dropped behind it. */
  async copy(urls, name) {
    const from = new URL(urls.appUrl).pathname.slice(1)
    await this.drop(name)
    return ensureEmbeddedDatabase(this.#postgres.superuserUrl, name, from)
  }

  async drop(name) {
    await this.#admin(`drop database if exists ${name} with (force)`)
  }

  async connect(database) {
    const client = new pg.Client({ connectionString: this.superuserUrl(database) })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }

  nameOf = urls => new URL(urls.appUrl).pathname.slice(1)

  /** Migrated, and with the demo: its agreement, ticket and invoice are what the loaders multiply. */
  async #template() {
    const full = `bench_template_${this.#key}`
    if (await this.#exists(full)) return full
    await this.#dropStale()
    const making = `${full}_making`
    await this.drop(making)
    const urls = await ensureEmbeddedDatabase(this.#postgres.superuserUrl, making)
    await migrate({ ownerUrl: urls.ownerUrl, appLogin: urls.appLogin, entities, migrations })
    const demo = spawnSync(process.execPath, [join(ROOT, 'dist/src/cli.js'), 'demo'], {
      env: { ...process.env, ...this.env(urls) },
      encoding: 'utf8',
    })
    if (demo.status !== 0) throw new Error(`the demo could not be loaded: ${demo.stderr}`)
    await this.#admin(`alter database ${making} rename to ${full}`)
    return full
  }

  async #dropStale() {
    const client = await this.connect('postgres')
    const { rows } = await client.query(
      `select datname from pg_database where datname like 'bench\\_%' and datname not like $1`,
      [`%${this.#key}%`],
    )
    for (const { datname } of rows) await client.query(`drop database "${datname}" with (force)`)
    await client.end()
  }

  async #exists(name) {
    const client = await this.connect('postgres')
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    await client.end()
    return rowCount > 0
  }

  async #admin(sql) {
    const client = await this.connect('postgres')
    await client.query(sql)
    await client.end()
  }
}

function keyOfWhatIsLoaded() {
  const hash = createHash('sha256')
  const folder = join(ROOT, 'migrations')
  for (const name of readdirSync(folder).sort()) hash.update(name).update(readFileSync(join(folder, name)))
  for (const name of ['clone.mjs', 'datasets.mjs', 'long-lists.mjs'])
    hash.update(readFileSync(join(ROOT, 'test/bench/lib', name)))
  return hash.digest('hex').slice(0, 8)
}
