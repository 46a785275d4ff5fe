import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GraphQLSchema } from 'graphql'
import pg from 'pg'
import { migrations } from '../migrations/index.js'
import { eventContracts, EventFeed, WebhookSender } from './events/index.js'
import {
  accessTable,
  AttachmentFiles,
  buildSchema,
  disclosureGate,
  entities,
  jobs,
  reactions,
} from './rooms.js'
import { EmbeddedClock } from './persistence/embedded-clock.js'
import { ensureEmbeddedDatabase } from './persistence/embedded-database.js'
import {
  claimDataFolder,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from './persistence/embedded-postgres.js'
import { AlarmClock, Database, Seals } from './persistence/index.js'
import { connectionProblem, migrate } from './persistence/migrate.js'
import { type Config, ConfigError } from './platform/config.js'
import { GuardedFetch } from './platform/guarded-fetch.js'
import type { Logger } from './platform/log.js'
import { startTracing } from './platform/tracing.js'
import {
  addressOf,
  executorOf,
  metricsGate,
  type MetricsDoor,
  openDoor,
  openMetricsDoor,
  portProblem,
} from './server/index.js'
import { Authenticator, Directory } from './tenancy/index.js'

/** What a process does: answer requests, ring alarms, or both. */
export type ProcessRole = 'api' | 'worker' | 'all'

/** The foundations: a database brought up to date, the seals and the directory. The terminal's commands need no more. */
export interface Foundations {
  database: Database
  seals: Seals
  directory: Directory
  /** Of the embedded database, which may be set for showing; null for a database of the settings, whose clock nobody sets. */
  clock: EmbeddedClock | null
  close(): Promise<void>
}

/** A running process. */
export interface Service extends Foundations {
  /** Where it listens; null for a worker. */
  address: string | null
  /** Where its metrics and probes are when they have a port of their own, which a worker may have as well. */
  metricsAddress: string | null
}

/** After this long a drain gives up waiting and closes what is left (bars.md, trust 10). */
const DRAIN_MS = 9_000

/**
 * Starts a process: database, rooms, server, alarm clock. `prepare` is done before the first request and the first alarm.
 * Throws an error whose message is a sentence for the operator.
 */
export async function start(
  config: Config,
  log: Logger,
  role: ProcessRole = 'all',
  prepare: (base: Foundations) => Promise<void> = async () => undefined,
): Promise<Service> {
  // Beside the database's own start, which leaves this process idle.
  setTimeout(schemaOfTheHouse, DATABASE_UNDER_WAY_MS).unref()
  const base = await layFoundations(config)
  let metrics: MetricsDoor | null = null
  try {
    await prepare(base)
    const stopTracing = await startTracing(process.env)
    const authenticator = new Authenticator(base.directory, base.database)
    await base.directory.look()
    metrics = await watchFrom(config, base.database, log)
    const door = role === 'worker' ? null : await listen(config, base, authenticator, log)
    const worker = role === 'api' ? null : work(config, base, log)
    const close = once(async () => {
      log.info('draining')
      const overtime = setTimeout(() => door?.http.server.closeAllConnections(), DRAIN_MS)
      await door?.http.close()
      clearTimeout(overtime)
      await door?.apollo.stop()
      await worker?.stop()
      await base.close()
      metrics?.close()
      await stopTracing?.()
    })
    return { ...base, address: door?.address ?? null, metricsAddress: metrics?.address ?? null, close }
  } catch (error) {
    metrics?.close()
    await base.close()
    throw error
  }
}

/** Rings alarms and delivers webhooks, until it's stopped: no alarm rings any more, and what is under way is finished. */
function work(config: Config, base: Foundations, log: Logger): { stop(): Promise<void> } {
  const outside = new GuardedFetch({ privateHosts: config.privateHosts, keepAlive: true })
  const gate = disclosureGate(base.database)
  const webhooks = new WebhookSender({ ...base, gate, access: accessTable, outside }, log)
  const clock = new AlarmClock(
    base.database,
    new Map([...jobs, ...Object.entries(webhooks.jobs)]),
    log,
    config.slowMs,
  )
  clock.start()
  return {
    stop: async () => {
      await clock.stop()
      await webhooks.stop()
      await outside.close()
    },
  }
}

/** By then the programs that make and start the embedded database have been called, and nothing is to do but wait for them. */
const DATABASE_UNDER_WAY_MS = 100

let schema: GraphQLSchema | null = null

/** Built once in a process: it takes a tenth of a second, and the door and the demo ask for the same. */
export function schemaOfTheHouse(): GraphQLSchema {
  schema ??= buildSchema()
  return schema
}

/** The database of the settings, or the embedded one; migrated where the owner's login is known. */
export async function layFoundations(
  config: Config,
  options: { running?: Omit<EmbeddedPostgres, 'stop'> } = {},
): Promise<Foundations> {
  if (config.databaseUrl !== null)
    return connect(config, config.databaseUrl, config.migrateDatabaseUrl, config.masterKey as string)
  claimDataFolder(config.dataDir)
  const embedded = options.running ?? (await startEmbeddedPostgres({ dataDir: config.dataDir }))
  const stop = 'stop' in embedded ? [() => (embedded as EmbeddedPostgres).stop()] : []
  try {
    const urls = await ensureEmbeddedDatabase(embedded.superuserUrl, 'surety')
    const clock = new EmbeddedClock(urls.ownerUrl)
    const masterKey = config.masterKey ?? keptMasterKey(config.dataDir)
    return await connect(config, urls.appUrl, urls.ownerUrl, masterKey, {
      clock,
      stops: [() => clock.close(), ...stop],
    })
  } catch (error) {
    for (const each of stop) await each()
    throw error
  }
}

async function connect(
  config: Config,
  appUrl: string,
  ownerUrl: string | null,
  masterKey: string,
  embedded: { clock: EmbeddedClock | null; stops: (() => Promise<void>)[] } = { clock: null, stops: [] },
): Promise<Foundations> {
  const seals = new Seals(masterKey)
  await requireLogin(appUrl)
  if (ownerUrl)
    await migrate({ ownerUrl, appLogin: decodeURIComponent(new URL(appUrl).username), entities, migrations })
  const database = await Database.open({
    url: appUrl,
    poolSize: config.poolSize,
    entities,
    reactions,
    newestMigration: migrations.at(-1)?.name ?? '',
    pooled: config.directDatabaseUrl !== null,
    listenUrl: config.directDatabaseUrl ?? appUrl,
    ...(config.tenantConnections === null ? {} : { tenantConnections: config.tenantConnections }),
  })
  if (!(await database.isReady())) {
    await database.close()
    throw new ConfigError(
      'The database is not up to date: run "npm run -s surety -- migrate" with MIGRATE_DATABASE_URL set, or set it for this start.',
    )
  }
  const close = once(async () => {
    await database.close()
    for (const stop of embedded.stops) await stop()
  })
  const directory = new Directory(
    database,
    seals,
    config.publicUrl,
    new GuardedFetch({ privateHosts: config.privateHosts }),
  )
  return { database, seals, directory, clock: embedded.clock, close }
}

/** Asks for a connection once, before anything else, so that a wrong DATABASE_URL gets its own sentence. */
async function requireLogin(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  try {
    await client.connect()
  } catch (error) {
    throw new ConfigError(connectionProblem(error, url, 'DATABASE_URL'))
  }
  await client.end()
}

async function listen(
  config: Config,
  base: Foundations,
  authenticator: Authenticator,
  log: Logger,
): Promise<Awaited<ReturnType<typeof openDoor>> & { address: string }> {
  const door = await openDoor({
    ...base,
    schema: schemaOfTheHouse(),
    access: accessTable,
    gate: disclosureGate(base.database),
    live: new EventFeed(base.database, log),
    contracts: eventContracts(),
    authenticator,
    corsOrigins: config.corsOrigins,
    trustedProxies: config.trustedProxies,
    allowances: config.allowances,
    // Where nobody but this machine comes, who tries it may look without a token.
    metrics:
      config.metricsToken !== null || isLoopback(config.publicUrl) ? metricsGate(config.metricsToken) : null,
    slowMs: config.slowMs,
    ide: config.ide,
    files: new AttachmentFiles(base.database, base.seals),
    execute: executorOf(config.executor),
    log,
  })
  try {
    await door.http.listen({ port: config.port, host: config.host })
  } catch (error) {
    await door.http.close()
    throw portProblem(error, 'PORT', config.port, config.host)
  }
  return { ...door, address: addressOf(door.http.server, config.host) }
}

/** The port for those who run it, if there is to be one; it stays open to the end of a drain. */
async function watchFrom(config: Config, database: Database, log: Logger): Promise<MetricsDoor | null> {
  if (config.metricsPort === null) return null
  const gate = metricsGate(config.metricsToken)
  const { metricsPort: port, host } = config
  return openMetricsDoor({ port, host, gate, isReady: () => database.isReady(), log })
}

const isLoopback = (url: string): boolean =>
  ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)

/** The embedded default keeps a master key of its own beside its data, for this user alone. */
function keptMasterKey(dataDir: string): string {
  const file = join(dataDir, 'master.key')
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    const key = Seals.newMasterKey()
    // wx: of two at once the first one's key is kept, and both use it.
    try {
      writeFileSync(file, `${key}\n`, { mode: 0o600, flag: 'wx' })
    } catch {
      return readFileSync(file, 'utf8').trim()
    }
    return key
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= work()
    return done
  }
}
