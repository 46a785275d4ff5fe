import { migrations } from '../../../migrations/index.js'
import { AlarmClock, Database } from '../../../src/persistence/index.js'
import { createLogger } from '../../../src/platform/log.js'
import { entities, jobs, reactions } from '../../../src/rooms.js'
import { mutateStatements } from '../connections.js'
import type { World } from '../world.js'

/**
 * What keeps two sweeps from finding the same miss twice, each by itself. `sql` is how the statements read without it;
 * `constraint` and `index` are the keys that refuse the second row.
 */
export const GUARDS = {
  'the claim of the alarm': {
    sql: (sql: string): string =>
      /from alarms/.test(sql) ? sql.replace(/ for update( of alarms)? skip locked/, '') : sql,
  },
  'the lock of the duty': {
    sql: (sql: string): string =>
      /from "obligations"/.test(sql) ? sql.replace(' for no key update', '') : sql,
  },
  'the key of its clock': {
    constraint: { table: 'obligation_clock_events', name: 'obligation_clock_events_pkey' },
  },
  'the key of its breach': { index: 'breaches_obligation_key' },
} as const satisfies Record<
  string,
  { sql?: (sql: string) => string; constraint?: { table: string; name: string }; index?: string }
>
export type Guard = keyof typeof GUARDS

/** Two alarm clocks ring all that is due side by side, with these guards taken away. They are put back afterwards. */
export async function ringWithout(world: World, gone: readonly Guard[]): Promise<void> {
  const restore: string[] = []
  for (const guard of gone)
    restore.push(...(await dropConstraint(world, guard)), ...(await dropIndex(world, guard)))
  const databases = await Promise.all([openWithout(world, gone), openWithout(world, gone)])
  const log = createLogger('silent')
  try {
    await Promise.all(databases.map(database => new AlarmClock(database, jobs, log).ringDue()))
  } finally {
    for (const database of databases) await database.close()
  }
  for (const sql of restore) await world.sqlAsSuperuser(sql)
}

async function openWithout(world: World, gone: readonly Guard[]): Promise<Database> {
  const newestMigration = migrations.at(-1)?.name ?? ''
  const database = await Database.open({
    url: world.appUrl,
    poolSize: 3,
    entities,
    reactions,
    newestMigration,
  })
  const mutations = gone.map(guard => GUARDS[guard]).flatMap(guard => ('sql' in guard ? [guard.sql] : []))
  await mutateStatements(database, sql => mutations.reduce((text, mutation) => mutation(text), sql))
  return database
}

/** Answers how it's put back, which it isn't where two rows now share the key. */
async function dropConstraint(world: World, guard: Guard): Promise<string[]> {
  const found = GUARDS[guard]
  if (!('constraint' in found)) return []
  const { table, name } = found.constraint
  const [row] = await world.sqlAsSuperuser<{ definition: string }>(
    'select pg_get_constraintdef(oid) as definition from pg_constraint where conname = $1',
    [name],
  )
  if (!row) throw new Error(`there is no constraint ${name}`)
  await world.sqlAsSuperuser(`alter table ${table} drop constraint ${name}`)
  return [
    `do $$ begin alter table ${table} add constraint ${name} ${row.definition}; exception when unique_violation then null; end $$`,
  ]
}

async function dropIndex(world: World, guard: Guard): Promise<string[]> {
  const found = GUARDS[guard]
  if (!('index' in found)) return []
  const [row] = await world.sqlAsSuperuser<{ definition: string }>(
    'select indexdef as definition from pg_indexes where indexname = $1',
    [found.index],
  )
  if (!row) throw new Error(`there is no index ${found.index}`)
  await world.sqlAsSuperuser(`drop index ${found.index}`)
  return [`do $$ begin ${row.definition}; exception when unique_violation then null; end $$`]
}
