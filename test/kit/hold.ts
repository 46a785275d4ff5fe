import pg from 'pg'
import type { World } from './world.js'

/** Locks a table of a world past the API, so that whoever reads or writes it waits until it's let go. */
export async function holdTable(world: World, table: string): Promise<() => Promise<void>> {
  const url = new URL(world.superuserUrl)
  url.pathname = new URL(world.ownerUrl).pathname
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  await client.query('begin')
  await client.query(`lock table ${pg.escapeIdentifier(table)} in access exclusive mode`)
  return async () => {
    await client.query('rollback')
    await client.end()
  }
}
