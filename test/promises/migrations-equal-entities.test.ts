import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ormOptions } from '../../src/persistence/database.js'
import { entities } from '../../src/rooms.js'
import { DirectoryState } from '../../src/tenancy/tenant.js'
import { World } from '../kit/world.js'

/** What only migrations know: the ORM would take it away, and is never let. */
const ONLY_IN_MIGRATIONS = [
  // The shift of the clock has no entity: no code of the house may touch it.
  /^drop table if exists "clock_shift" cascade$/,
  /^drop function if exists "surety_now"\(\)$/,
  // The migrator's own list.
  /^drop table if exists "migrations" cascade$/,
  // Aggregates are joined by ids, so foreign keys stand in the migrations; the catalogue test looks at each of them.
  /^alter table "\w+" drop constraint "\w+_fkey"$/,
]

/** What is wrong, how it's done, and what the ORM would then change. */
const DAMAGES: [what: string, damage: string, ...seen: RegExp[]][] = [
  ['a wall is gone', 'drop policy tenant_wall on customers', /^create policy "tenant_wall" on "customers"/],
  [
    'a wall has a hole',
    'alter policy customer_wall on persons using (true)',
    /policy "customer_wall" on "persons"/,
  ],
  [
    'a wall checks no write',
    'alter policy tenant_wall on persons with check (true)',
    /policy "tenant_wall" on "persons"/,
  ],
  [
    'a wall stands for another role',
    'alter policy consent_wall on persons to surety_alarm',
    /policy "consent_wall" on "persons"/,
  ],
  [
    'a wall opens instead of closing',
    'drop policy tenant_wall on events; create policy tenant_wall on events to surety_app using (true) with check (true)',
    /policy "tenant_wall" on "events"/,
  ],
  [
    'a policy nobody declared',
    'create policy stray on agreements to surety_app using (true)',
    /drop policy .*"stray"/,
  ],
  [
    'row-level security is not forced',
    'alter table agreement_versions no force row level security',
    /"agreement_versions" force row level security/,
  ],
  [
    'row-level security is off',
    'alter table agreement_clauses disable row level security',
    /"agreement_clauses" enable row level security/,
  ],
  ['a column is missing', 'alter table customers drop column credit_code', /"customers" add "?credit_code/],
  ['a column more', 'alter table customers add column nickname text', /drop column "nickname"/],
  [
    'a column is of another type',
    'alter table apps alter column name type text',
    /"apps" alter column "name"/,
  ],
  [
    'a column takes null',
    'alter table customers alter column name drop not null',
    /"customers" alter column "name" set not null/,
  ],
  [
    'a column has another default',
    'alter table alarms alter column attempts set default 1',
    /"alarms" alter column "attempts"/,
  ],
  [
    'a unique key is missing',
    'alter table agreements drop constraint agreements_number_key',
    /agreements_number_key/,
  ],
  [
    'a unique key knows no tenant',
    'alter table customers drop constraint customers_number_key; alter table customers add constraint customers_number_key unique (number)',
    /customers_number_key/,
  ],
  ['an index is missing', 'drop index agreements_created_idx', /agreements_created_idx/],
  ['a trigger is missing', 'drop trigger directory_changed on issuers', /directory_changed/],
  ['a table is missing', 'drop table support_channels', /create table "support_channels"/],
  ['a table more', 'create table leftovers (id int)', /drop table if exists "leftovers"/],
]

describe('migrations and entities', () => {
  let world: World
  beforeAll(async () => {
    world = await World.create()
  })
  afterAll(() => world.close())

  it('say the same: tables, columns, keys, indexes, walls and triggers', async () => {
    expect(await differences(world)).toEqual([])
  })

  describe('must fail', () => {
    // One database with everything wrong, each thing at a table or policy of its own, so that one look sees them all.
    let found: string[]
    beforeAll(async () => {
      const damaged = await World.create()
      for (const [, damage] of DAMAGES) await damaged.sqlAsOwner(damage)
      found = await differences(damaged)
      await damaged.close()
    })

    it.each(DAMAGES)('%s', (_what, _damage, ...seen) => {
      for (const statement of seen) expect(found).toContainEqual(expect.stringMatching(statement))
    })

    it('an entity has a column more than its table', async () => {
      const Wider = defineEntity({
        name: 'DirectoryState',
        tableName: 'directory_state',
        properties: {
          id: p.smallint().primary().autoincrement(false),
          version: p.bigint(),
          colour: p.text(),
        },
      })
      const others = entities.filter(entity => entity !== DirectoryState)
      expect(others.length).toBe(entities.length - 1)
      expect(await differences(world, [...others, Wider])).toEqual([
        expect.stringMatching(/"directory_state" add "colour"/),
      ])
    })
  })
})

/** What the ORM would change to make the database equal to the entities, beside what only migrations know. */
async function differences(world: World, of: readonly unknown[] = entities): Promise<string[]> {
  const orm = new MikroORM(ormOptions({ url: world.ownerUrl, poolSize: 1, entities: of }))
  try {
    const sql = await orm.schema.getUpdateSchemaSQL({ wrap: false })
    return sql
      .split(/;\s*\n/)
      .map(statement => statement.trim().replace(/;$/, ''))
      .filter(statement => statement !== '' && !ONLY_IN_MIGRATIONS.some(expected => expected.test(statement)))
  } finally {
    await orm.close(true)
  }
}
