import pg from 'pg'
import { expect, vi } from 'vitest'
import type { World } from './world.js'

/** Locks a table of a world past the API, so that whoever reads or writes it waits until it's let go. */
export const holdTable = (world: World, table: string): Promise<() => Promise<void>> =>
  hold(world, `lock table ${pg.escapeIdentifier(table)} in access exclusive mode`)

/** Locks rows of a table as a change of the API locks what it is about. */
export const holdRows = (world: World, table: string, tenantId: string): Promise<() => Promise<void>> =>
  hold(
    world,
    `select 1 from ${pg.escapeIdentifier(table)} where tenant_id = ${pg.escapeLiteral(tenantId)} for no key update`,
  )

async function hold(world: World, lock: string): Promise<() => Promise<void>> {
  const url = new URL(world.superuserUrl)
  url.pathname = new URL(world.ownerUrl).pathname
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  await client.query('begin')
  await client.query(lock)
  return async () => {
    await client.query('rollback')
    await client.end()
  }
}

/** Until that many sessions wait for a table that is held. */
export async function waitingFor(world: World, table: string, sessions: number): Promise<void> {
  const waiting = async (): Promise<number | undefined> =>
    (
      await world.sqlAsSuperuser<{ count: number }>(
        'select count(distinct pid)::int as count from pg_locks where relation = $1::regclass and not granted',
        [table],
      )
    )[0]?.count
  await vi.waitFor(async () => expect(await waiting()).toBe(sessions), { timeout: 30_000, interval: 20 })
}
