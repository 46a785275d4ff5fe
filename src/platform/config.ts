import { resolve } from 'node:path'
import { z } from 'zod'
import { SLOW_MS } from './work.js'

/** A setting is wrong or missing: one sentence that says which and how to mend it. */
export class ConfigError extends Error {}

const postgresUrl = z
  .string()
  .regex(
    /^postgres(ql)?:\/\//,
    'must be a postgres:// address such as postgres://user:password@host:5432/surety',
  )

const schema = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(4000),
  HOST: z.string().min(1).default('127.0.0.1'),
  PUBLIC_URL: z.url().optional(),
  DATABASE_URL: postgresUrl.optional(),
  MIGRATE_DATABASE_URL: postgresUrl.optional(),
  DIRECT_DATABASE_URL: postgresUrl.optional(),
  SURETY_DATA_DIR: z.string().min(1).default('.surety'),
  SURETY_MASTER_KEY: z.string().min(1).optional(),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(2).max(500).default(20),
  PRIVATE_HOSTS: z.string().default(''),
  CORS_ORIGINS: z.string().default(''),
  TRUSTED_PROXIES: z.string().default(''),
  REQUEST_RATE: z.coerce.number().positive().default(100),
  COST_RATE: z.coerce.number().positive().default(2_000),
  TENANT_RATE_FACTOR: z.coerce.number().min(1).default(10),
  REFUSAL_RATE: z.coerce.number().positive().default(10),
  TENANT_CONNECTIONS: z.coerce.number().int().min(1).optional(),
  METRICS_PORT: z.coerce.number().int().min(0).max(65535).optional(),
  METRICS_TOKEN: z
    .string()
    .regex(/^\S{16,}$/, 'must be at least 16 characters without spaces')
    .optional(),
  SLOW_OPERATION_MS: z.coerce.number().int().min(1).default(SLOW_MS),
  SURETY_IDE: z.enum(['on', 'off']).default('on'),
  SURETY_EXECUTOR: z.enum(['compiled', 'reference']).default('compiled'),
  LOG_LEVEL: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
})

/** The name of every setting. */
export const SETTINGS: readonly string[] = Object.keys(schema.shape)

export interface Config {
  /** TCP port of the API; 0 lets the system choose. Default 4000. */
  port: number
  /** Address to listen on. Default 127.0.0.1: reachable from this machine alone. */
  host: string
  /** The address clients use; it is the `iss` and `aud` of Surety's own tokens. Default http://HOST:PORT. */
  publicUrl: string
  /** The app's login. Absent: the embedded PostgreSQL, for trying. */
  databaseUrl: string | null
  /** The owner's login, which migrates. */
  migrateDatabaseUrl: string | null
  /** A way past the pooler, when DATABASE_URL leads through one; its presence also says that one is there. */
  directDatabaseUrl: string | null
  /** Where the embedded PostgreSQL and its generated master key live. Default `.surety`. */
  dataDir: string
  /** Seals cursors, signing keys and secrets: base64, 32 bytes, newest first when several are listed with commas. */
  masterKey: string | null
  /** Connections per process. Default 20: ten per core of a small server, PostgreSQL's usual advice. */
  poolSize: number
  /** Hosts (`host` or `host:port`) that tenants may name though they are private or plain http: an identity provider of one's own house. None by default. */
  privateHosts: string[]
  /** Origins that browsers may call from. None by default. */
  corsOrigins: string[]
  /** Addresses or networks of proxies whose `X-Forwarded-For` is believed. None by default. */
  trustedProxies: string[]
  /** What is let through: requests and points a second of a caller, how many of that a tenant has, refused tokens a second of an address. */
  allowances: { requestRate: number; costRate: number; tenantFactor: number; refusalRate: number }
  /** Connections that one tenant may hold at once. Default: half of the pool, so that another always finds one. */
  tenantConnections: number | null
  /** A port of its own for `/metrics`, `/healthz` and `/readyz`, on the same HOST; 0 lets the system choose. None by default. */
  metricsPort: number | null
  /** What whoever reads `/metrics` must send as a bearer token. */
  metricsToken: string | null
  /** Operations and alarms that take so long are logged as slow. Default 500. */
  slowMs: number
  /** Whether a browser that opens `/graphql` finds an editor there. On by default: it shows no more than the public schema without a token. */
  ide: boolean
  /** How operations are executed: by plans that are kept, or by graphql-js itself, which is slower. Default compiled. */
  executor: 'compiled' | 'reference'
  logLevel: string
}

/** Reads and checks the environment once, at the start. Throws {@link ConfigError} naming every wrong setting. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = schema.safeParse(given)
  if (!parsed.success) {
    const problems = parsed.error.issues.map(issue => `${issue.path.join('.')} ${lowerFirst(issue.message)}`)
    throw new ConfigError(`The settings are not usable: ${problems.join('; ')}. README lists every setting.`)
  }
  const values = parsed.data
  if (values.DATABASE_URL && !values.SURETY_MASTER_KEY) {
    throw new ConfigError(
      'SURETY_MASTER_KEY is required beside DATABASE_URL: make one with "openssl rand -base64 32" and keep it, it seals cursors and signing keys.',
    )
  }
  if (values.MIGRATE_DATABASE_URL && !values.DATABASE_URL) {
    throw new ConfigError(
      "MIGRATE_DATABASE_URL is set but DATABASE_URL is not: set both (the owner's and the app's login), or neither for the embedded database.",
    )
  }
  return {
    port: values.PORT,
    host: values.HOST,
    publicUrl: (
      values.PUBLIC_URL ??
      `http://${values.HOST.includes(':') ? `[${values.HOST}]` : values.HOST}:${values.PORT}`
    ).replace(/\/$/, ''),
    databaseUrl: values.DATABASE_URL ?? null,
    migrateDatabaseUrl: values.MIGRATE_DATABASE_URL ?? null,
    directDatabaseUrl: values.DIRECT_DATABASE_URL ?? null,
    dataDir: resolve(values.SURETY_DATA_DIR),
    masterKey: values.SURETY_MASTER_KEY ?? null,
    poolSize: values.DATABASE_POOL_SIZE,
    privateHosts: listed(values.PRIVATE_HOSTS),
    corsOrigins: listed(values.CORS_ORIGINS),
    trustedProxies: listed(values.TRUSTED_PROXIES),
    allowances: {
      requestRate: values.REQUEST_RATE,
      costRate: values.COST_RATE,
      tenantFactor: values.TENANT_RATE_FACTOR,
      refusalRate: values.REFUSAL_RATE,
    },
    tenantConnections: values.TENANT_CONNECTIONS ?? null,
    metricsPort: values.METRICS_PORT ?? null,
    metricsToken: values.METRICS_TOKEN ?? null,
    slowMs: values.SLOW_OPERATION_MS,
    ide: values.SURETY_IDE === 'on',
    executor: values.SURETY_EXECUTOR,
    logLevel: values.LOG_LEVEL,
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

function listed(text: string): string[] {
  return text
    .split(',')
    .map(each => each.trim())
    .filter(Boolean)
}
