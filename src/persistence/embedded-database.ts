import { createHmac } from 'node:crypto'
import pg from 'pg'

/**
 * Databases inside the embedded PostgreSQL, set up as an operator would set up a real one: an owner that migrates, and
 * an app's login that owns nothing.
 */

const OWNER = 'surety_owner'
const APP = 'surety'

export interface DatabaseUrls {
  ownerUrl: string
  appUrl: string
  appLogin: string
}

/** Makes the database when it isn't there, and answers how its owner and its app log in. */
export async function ensureEmbeddedDatabase(
  superuserUrl: string,
  name: string,
  template?: string,
): Promise<DatabaseUrls> {
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  try {
    await ensureLogin(client, OWNER, 'createrole', passwordFor(superuserUrl, OWNER))
    await ensureLogin(client, APP, 'noinherit', passwordFor(superuserUrl, APP))
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (!rowCount) {
      const from = template ? ` template ${pg.escapeIdentifier(template)}` : ''
      await client.query(`create database ${pg.escapeIdentifier(name)} owner ${OWNER}${from}`)
    }
  } finally {
    await client.end()
  }
  return {
    ownerUrl: urlFor(superuserUrl, OWNER, name),
    appUrl: urlFor(superuserUrl, APP, name),
    appLogin: APP,
  }
}

async function ensureLogin(
  client: pg.Client,
  role: string,
  attribute: string,
  password: string,
): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [role])
  if (rowCount) return
  try {
    await client.query(`create role ${role} login ${attribute} password ${pg.escapeLiteral(password)}`)
  } catch (error) {
    // Roles are the cluster's: somebody else may have made it in this moment.
    if (!['42710', '23505'].includes(String((error as { code?: string }).code))) throw error
  }
}

/** Derived from the superuser's random password, so that there is one secret to keep, in one file. */
function passwordFor(superuserUrl: string, role: string): string {
  return createHmac('sha256', new URL(superuserUrl).password).update(role).digest('hex')
}

function urlFor(superuserUrl: string, role: string, database: string): string {
  const url = new URL(superuserUrl)
  url.username = role
  url.password = passwordFor(superuserUrl, role)
  url.pathname = `/${database}`
  return url.href
}
