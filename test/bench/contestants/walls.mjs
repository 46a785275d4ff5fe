import jwt from 'jsonwebtoken'
import pg from 'pg'

/** What every contestant does for a request before it reads: the same token check, and the same walls. */

const publicKey = process.env.TOKEN_PUBLIC_KEY
const issuer = process.env.PUBLIC_URL

/** The tenant of a request, or an error. */
export function tenantOf(authorization) {
  const token = authorization?.startsWith('Bearer ') ? authorization.slice(7) : ''
  const claims = jwt.verify(token, publicKey, { algorithms: ['ES256'], issuer, audience: issuer })
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(claims.tenant)) throw new Error('no tenant')
  return claims.tenant
}

/** As openSession of Surety's walls.ts says it for staff. */
export const walls = tenant =>
  `set local role surety_app; set local statement_timeout = 10000; set local lock_timeout = 5000; set local idle_in_transaction_session_timeout = 15000; set local app.kind = 'staff'; set local app.tenant_id = '${tenant}'; set local app.customer_id = ''; set local app.app_id = ''; set local app.grants = ''`

export const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.DATABASE_POOL_SIZE),
  pipeline: true,
})
pool.on('error', () => undefined)

pg.types.setTypeParser(pg.types.builtins.DATE, value => value)

/**
 * Work in a read-only transaction behind the walls. Begin and settings go out with the first statement, and nobody waits
 * for the commit: the same as Surety does.
 */
export async function reading(tenant, work) {
  const client = await pool.connect()
  try {
    const opened = client.query(`begin isolation level repeatable read read only; ${walls(tenant)}`)
    const [, result] = await Promise.all([opened, work(client)])
    client.query('commit').then(
      () => client.release(),
      error => client.release(error),
    )
    return result
  } catch (error) {
    client.release(error)
    throw error
  }
}
