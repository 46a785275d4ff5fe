import { Migrator } from '@mikro-orm/migrations'
import { MikroORM } from '@mikro-orm/postgresql'
import pg from 'pg'
import { ormOptions } from './database.js'
import { ALARM_ROLE, APP_ROLE, DIRECTORY_ROLE } from './walls.js'

/** The database can't be brought up to date: one sentence that says why and how to mend it. */
export class MigrationError extends Error {}

export interface MigrateOptions {
  /** The owner's login: it owns every table, and the app never uses it. */
  ownerUrl: string
  /** The app's login, by name: it owns nothing and is a member of the three group roles. */
  appLogin: string
  entities: readonly unknown[]
  migrations: readonly { name: string; class: unknown }[]
}

/** Oldest version with what the walls need, of those that PostgreSQL still maintains. */
const OLDEST_POSTGRES = 15
/** Two migrations at once: the second waits here for the first, and then finds nothing to do. Any fixed number will do. */
const MIGRATION_LOCK = 7_318_264
/** How often a migration that waits asks whether it's its turn: not noticed beside what a migration takes. */
const TURN_MS = 100
/** A migration gives up rather than hold up the traffic behind it while it waits for a table's lock. */
const LOCK_TIMEOUT_MS = 5_000

/** Brings a database up to date: group roles, tables, walls. Safe to run twice and at once. Answers the names it ran. */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const client = await connectAsOwner(options.ownerUrl)
  try {
    await requireSupported(client, options.appLogin)
    await takeTurn(client)
    await ensureRoles(client)
    const ran = await runMigrations(options)
    await client.query(`grant select on migrations to ${DIRECTORY_ROLE}`)
    await grantTo(client, options.appLogin)
    return ran
  } finally {
    await client.end()
  }
}

/** Asks again and doesn't stand in the lock: an index that is built beside its writers waits for every statement under way. */
async function takeTurn(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [
      MIGRATION_LOCK,
    ])
    if (rows[0]?.mine) return
    await new Promise(resolve => setTimeout(resolve, TURN_MS))
  }
}

/** One sentence for why a database can't be reached, without its password. */
export function connectionProblem(error: unknown, url: string, setting: string): string {
  const { code, message } = error as { code?: string; message?: string }
  const where = describeUrl(url)
  if (code === 'ECONNREFUSED' || code === 'ENOENT')
    return `Nothing answers at ${where} (${setting}): start PostgreSQL there or correct the address.`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `The host in ${setting} (${where}) is not known: correct the address.`
  if (code === '28P01' || code === '28000')
    return `PostgreSQL at ${where} refuses the login in ${setting}: correct its name or password.`
  if (code === '3D000') return `PostgreSQL at ${where} has no such database (${setting}): create it first.`
  return `PostgreSQL at ${where} (${setting}) cannot be used: ${message ?? 'it gave no reason'}.`
}

async function connectAsOwner(url: string): Promise<pg.Client> {
  try {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
    await client.connect()
    return client
  } catch (error) {
    throw new MigrationError(connectionProblem(error, url, 'MIGRATE_DATABASE_URL'))
  }
}

async function requireSupported(client: pg.Client, appLogin: string): Promise<void> {
  const { rows } = await client.query(
    `select current_setting('server_version_num')::int / 10000 as major, current_user = $1 as same,
       (select rolsuper or rolbypassrls from pg_roles where rolname = $1) as unbound,
       (select pg_has_role(oid, current_user, 'member') from pg_roles where rolname = $1) as member, current_user as owner`,
    [appLogin],
  )
  const { major, same, unbound, member, owner } = rows[0] as {
    major: number
    same: boolean
    unbound: boolean | null
    member: boolean | null
    owner: string
  }
  if (major < OLDEST_POSTGRES)
    throw new MigrationError(`This is PostgreSQL ${major}; it takes ${OLDEST_POSTGRES} or newer.`)
  if (same) {
    throw new MigrationError(
      'DATABASE_URL and MIGRATE_DATABASE_URL use the same login: give the app one of its own, which owns nothing, so that the walls hold it.',
    )
  }
  if (unbound === null)
    throw new MigrationError(
      `The login "${appLogin}" of DATABASE_URL does not exist: create it with "create role ${appLogin} login noinherit password '…'".`,
    )
  if (unbound)
    throw new MigrationError(
      `The login "${appLogin}" of DATABASE_URL is a superuser or has BYPASSRLS: take that from it, for no wall would hold it.`,
    )
  if (member)
    throw new MigrationError(
      `The login "${appLogin}" of DATABASE_URL is a member of "${owner}", the login of MIGRATE_DATABASE_URL: revoke that, for who owns the walls can take them down.`,
    )
}

async function ensureRoles(client: pg.Client): Promise<void> {
  for (const role of [APP_ROLE, DIRECTORY_ROLE, ALARM_ROLE]) {
    const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [role])
    if (rowCount) continue
    try {
      await client.query(`create role ${role} nologin nosuperuser nobypassrls`)
    } catch (error) {
      const code = (error as { code?: string }).code
      // Roles are the cluster's: another database's migration may have made it in this moment.
      if (code === '42710' || code === '23505') continue
      throw new MigrationError(
        `The login of MIGRATE_DATABASE_URL may not create the role ${role}: run "create role ${role} nologin" as a superuser, or give it CREATEROLE.`,
      )
    }
  }
}

async function runMigrations(options: MigrateOptions): Promise<string[]> {
  const base = ormOptions({ url: options.ownerUrl, poolSize: 2, entities: options.entities })
  const orm = new MikroORM({
    ...base,
    extensions: [Migrator],
    driverOptions: { options: `-c lock_timeout=${LOCK_TIMEOUT_MS}` },
    migrations: {
      tableName: 'migrations',
      snapshot: false,
      migrationsList: options.migrations as never,
      allOrNothing: false,
    },
  })
  try {
    return (await orm.migrator.up()).map(migration => migration.name)
  } catch (error) {
    throw migrationProblem(error, options.ownerUrl) ?? error
  } finally {
    await orm.close(true)
  }
}

/** What an operator can mend; anything else is a mistake of ours and shows as it is. */
function migrationProblem(error: unknown, ownerUrl: string): MigrationError | null {
  const { code } = error as { code?: string }
  const where = describeUrl(ownerUrl)
  if (code === '42501') {
    return new MigrationError(
      `The login of MIGRATE_DATABASE_URL may not create or change tables at ${where}: make it the owner with "alter database … owner to …".`,
    )
  }
  if (code === '55P03') {
    return new MigrationError(
      `A table at ${where} (MIGRATE_DATABASE_URL) is in use and was waited for in vain for ${LOCK_TIMEOUT_MS / 1000} s: try again when less is going on.`,
    )
  }
  return null
}

/**
 * The login takes on a group role for the length of a transaction and has no rights of its own in between. Nothing is
 * granted where a superuser has seen to it already, which the owner's login may not be allowed to.
 */
async function grantTo(client: pg.Client, login: string): Promise<void> {
  const roles = [APP_ROLE, DIRECTORY_ROLE, ALARM_ROLE]
  const perGrant = await hasGrantOptions(client)
  if (await isGranted(client, login, roles, perGrant)) return
  const list = roles.join(', ')
  const quoted = pg.escapeIdentifier(login)
  const statements = perGrant
    ? [`grant ${list} to ${quoted} with inherit false, set true`]
    : [`alter role ${quoted} noinherit`, `grant ${list} to ${quoted}`]
  try {
    for (const statement of statements) await client.query(statement)
  } catch {
    throw new MigrationError(
      `The login of MIGRATE_DATABASE_URL may not grant ${list} to "${login}": run ${statements.map(each => `'${each}'`).join(' and ')} as a superuser.`,
    )
  }
}

/** Since version 16 it is the grant that says whether a role is inherited; before, the login says it for all its roles. */
async function hasGrantOptions(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(
    "select current_setting('server_version_num')::int >= 160000 as per_grant",
  )
  return (rows[0] as { per_grant: boolean }).per_grant
}

async function isGranted(
  client: pg.Client,
  login: string,
  roles: string[],
  perGrant: boolean,
): Promise<boolean> {
  const { rows } = await client.query(
    `select count(distinct granted.rolname) = cardinality($2::text[]) and bool_and(${perGrant ? 'not inherit_option and set_option' : 'not member.rolinherit'}) as granted
     from pg_auth_members join pg_roles granted on granted.oid = roleid join pg_roles member on member.oid = member
     where member.rolname = $1 and granted.rolname = any ($2)`,
    [login, roles],
  )
  return (rows[0] as { granted: boolean | null }).granted === true
}

function describeUrl(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url)
    return `${hostname || 'localhost'}:${port || 5432}${pathname}`
  } catch {
    return 'the given address'
  }
}
