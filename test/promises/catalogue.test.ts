import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bookkeeping, customerOwned } from '../../migrations/walls-of-2026-11.js'
import { World } from '../kit/world.js'
import { readCatalogue } from './kit/catalogue-facts.js'
import { catalogueProblems } from './kit/catalogue-rules.js'

const GROUPS = ['surety_app', 'surety_directory', 'surety_alarm']

describe('the catalogue', () => {
  let world: World
  beforeAll(async () => {
    world = await World.create()
  })
  afterAll(() => world.close())

  it('has walls around every table of a tenant, the tenant in every key, and an app that owns nothing', async () => {
    const catalogue = await readCatalogue(
      (sql, values) => world.sqlAsSuperuser(sql, values),
      [login(world), ...GROUPS],
    )
    expect(catalogue.tables.length).toBeGreaterThan(20)
    expect(catalogue.keys.length).toBeGreaterThan(50)
    expect(catalogueProblems(catalogue, login(world))).toEqual([])
  })

  it('finds nothing wrong with one more table that is built like the others', async () => {
    const another = await World.forTest()
    await another.sqlAsOwner(sound('widgets'))
    expect(await problemsOf(another)).toEqual([])
  })
})

/**
 * A customer's table as the migrations build one, and what is done to it. Each damage is at a table of its own, so that
 * one look at one database must find them all, and nothing else.
 */
const PLANTED: [what: string, sql: string, ...problems: string[]][] = [
  [
    'no row-level security',
    `${sound('p1')}; alter table p1 disable row level security`,
    'p1: row-level security is off',
  ],
  [
    'not forced on the owner',
    `${sound('p2')}; alter table p2 no force row level security`,
    'p2: row-level security is not forced on the owner',
  ],
  ['no tenant wall', `${sound('p3')}; drop policy tenant_wall on p3`, 'p3: tenant_wall is missing'],
  [
    'a tenant wall that opens',
    `${sound('p4')}; drop policy tenant_wall on p4; create policy tenant_wall on p4 to surety_app using (true) with check (true)`,
    'p4: tenant_wall opens instead of closing',
  ],
  [
    'a tenant wall with a back door',
    `${sound('p5')}; alter policy tenant_wall on p5 using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid or true)`,
    'p5: tenant_wall does not say what it should',
  ],
  [
    'a tenant wall that checks no write',
    `${sound('p6')}; drop policy tenant_wall on p6; create policy tenant_wall on p6 as restrictive to surety_app using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`,
    'p6: tenant_wall has no WITH CHECK',
  ],
  [
    'a tenant wall that lets anything be written',
    `${sound('p7')}; alter policy tenant_wall on p7 with check (true)`,
    'p7: tenant_wall lets other rows be written',
  ],
  [
    'a tenant wall for reading alone',
    `${sound('p8')}; drop policy tenant_wall on p8; create policy tenant_wall on p8 as restrictive for select to surety_app using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`,
    'p8: tenant_wall holds for one command only',
  ],
  ['no customer wall', `${sound('p9')}; drop policy customer_wall on p9`, 'p9: customer_wall is missing'],
  ['no consent wall', `${sound('p10')}; drop policy consent_wall on p10`, 'p10: consent_wall is missing'],
  [
    'a consent wall of no known category',
    sound('p11', { category: `'WEATHER'` }),
    'p11: consent_wall does not say what it should',
    'p11: consent_wall lets other rows be written',
  ],
  [
    'personal data as if it were a contract',
    `alter policy consent_wall on persons using ((nullif(current_setting('app.app_id', true), '') is null and current_setting('app.kind', true) <> 'app') or coalesce((customer_id::text || ':' || 'CONTRACT') = any (string_to_array(current_setting('app.grants', true), ',')), false))`,
    'persons: consent_wall does not say what it should',
  ],
  [
    'a wall that stands for everybody',
    `${sound('p12')}; alter policy tenant_wall on p12 to public`,
    'p12: tenant_wall is not for surety_app',
    'p12: the policy tenant_wall is for PUBLIC',
  ],
  [
    'drafts that a customer may read',
    'alter policy provider_wall on invoices using (true)',
    'invoices: provider_wall does not say what it should',
  ],
  [
    'a policy beside the walls',
    `${sound('p13')}; create policy shortcut on p13 to surety_app using (true) with check (true)`,
    'p13: the policy shortcut is none of the walls',
  ],
  [
    'a table open across tenants',
    `${sound('p14')}; create policy directory_role on p14 to surety_directory using (true) with check (true)`,
    'p14: the policy directory_role opens the table to surety_directory across tenants',
  ],
  [
    'a policy with a subquery',
    `${sound('p15')}; alter policy admitted on p15 using (exists (select from customers))`,
    'p15: admitted does not say what it should',
    'p15: the policy admitted has a subquery',
  ],
  [
    'a table of a tenant that belongs to no customer and to no list',
    `create table p16 (tenant_id uuid not null references tenants (id), id uuid not null, primary key (tenant_id, id)); ${bookkeeping('p16').join(';')}; grant select on p16 to surety_app`,
    'p16: belongs to no customer, and no list says why',
  ],
  ['a table without a tenant', 'create table p17 (id uuid primary key)', 'p17: has no tenant'],
  [
    'a tenant that may be missing',
    `${sound('p18')}; alter table p18 drop constraint p18_pkey; alter table p18 alter tenant_id drop not null`,
    'p18: tenant_id is not a uuid that must be there',
  ],
  [
    'a primary key without the tenant',
    `${sound('p19')}; alter table p19 drop constraint p19_pkey; alter table p19 add primary key (id)`,
    'p19: the key p19_pkey has no tenant',
  ],
  [
    'a unique key without the tenant',
    `${sound('p20')}; alter table p20 add constraint p20_number_key unique (number)`,
    'p20: the key p20_number_key has no tenant',
  ],
  [
    'a unique index without the tenant',
    `${sound('p21')}; create unique index p21_lower on p21 (lower(number))`,
    'p21: the key p21_lower has no tenant',
  ],
  [
    'a foreign key without the tenant',
    `${sound('p22')}; create unique index p22_id on p22 (id); alter table p22 add parent_id uuid references p22 (id)`,
    'p22: the key p22_id has no tenant',
    'p22: the key p22_parent_id_fkey has no tenant',
  ],
  [
    'a foreign key that leads into another tenant',
    `${sound('p23')}; alter table p23 add parent_id uuid, add constraint p23_parent_id_fkey foreign key (parent_id, tenant_id) references customers (tenant_id, id)`,
    'p23: the key p23_parent_id_fkey crosses customers',
    'p23: the key p23_parent_id_fkey crosses tenants',
  ],
  [
    'a foreign key that leads to another customer',
    `${sound('p24')}; alter table p24 add agreement_id uuid, add constraint p24_agreement_id_fkey foreign key (tenant_id, agreement_id) references agreements (tenant_id, id)`,
    'p24: the key p24_agreement_id_fkey crosses customers',
  ],
  [
    'a foreign key nobody checked',
    `${sound('p25')}; alter table p25 add parent_id uuid, add constraint p25_parent_id_fkey foreign key (tenant_id, customer_id, parent_id) references agreements (tenant_id, customer_id, id) not valid`,
    'p25: the key p25_parent_id_fkey is not validated',
  ],
  [
    'an id that no foreign key holds',
    `${sound('p26')}; alter table p26 add ticket_id uuid`,
    'p26: ticket_id is held by no foreign key',
  ],
  [
    'money as numeric',
    `${sound('p27')}; alter table p27 add net numeric(12, 2)`,
    'p27: net is money and not bigint minor units',
  ],
  [
    'a binary float',
    `${sound('p28')}; alter table p28 add rate double precision`,
    'p28: rate is a double precision, which rounds',
  ],
  [
    'an ordinal that is not smallint',
    `${sound('p29')}; alter table p29 add ordinal integer`,
    'p29: ordinal is not smallint',
  ],
  [
    'an instant without a zone',
    `${sound('p30')}; alter table p30 add seen_at timestamp`,
    'p30: seen_at has no time zone',
  ],
  [
    'a numeric in an index',
    `${sound('p31')}; alter table p31 add rate numeric; create index p31_rate on p31 (tenant_id, rate)`,
    'p31: the index p31_rate is never used under row-level security: numeric',
  ],
  [
    'an array in an index',
    `${sound('p32')}; alter table p32 add words text[]; create index p32_words on p32 using gin (words)`,
    'p32: the index p32_words is never used under row-level security: anyarray',
  ],
  ['a grant to everybody', `${sound('p33')}; grant select on p33 to public`, 'p33: PUBLIC is granted SELECT'],
  [
    'a grant to the login itself',
    `${sound('p34')}; grant select on p34 to surety`,
    'p34: surety is granted SELECT',
  ],
  [
    'a grant that no policy holds',
    `${sound('p35')}; grant truncate on p35 to surety_app`,
    'p35: surety_app is granted INSERT, SELECT, TRUNCATE, UPDATE',
  ],
  [
    'rows that may be taken back',
    `${sound('p36')}; grant delete on p36 to surety_app`,
    'p36: surety_app is granted DELETE, INSERT, SELECT, UPDATE',
  ],
  [
    'a journal that can be rewritten in one column',
    'grant update (data) on events to surety_app',
    'events: surety_app is granted INSERT, SELECT, UPDATE (data)',
  ],
  [
    'a revocation that can be taken back',
    'grant delete on token_revocations to surety_app',
    'token_revocations: surety_app is granted DELETE, INSERT, SELECT',
  ],
  [
    'a clock that the app may shift',
    'grant select, insert on clock_shift to surety_app',
    'clock_shift: surety_app is granted INSERT, SELECT',
  ],
  [
    'signing keys in the reach of requests',
    'grant select on signing_keys to surety_app',
    'signing_keys: surety_app is granted SELECT',
  ],
  [
    'an alarm clock that reads what it rings',
    'grant select on agreements to surety_alarm',
    'agreements: surety_alarm is granted SELECT',
  ],
  [
    'a clock that everybody may ask',
    'grant execute on function surety_now() to public',
    'the function surety_now may be called by PUBLIC, surety_alarm, surety_app, surety_directory',
    'the function surety_now may be called by everybody',
  ],
  [
    'a function that runs as its owner',
    `create function peek() returns bigint language sql security definer as 'select count(*) from customers'; revoke all on function peek() from public`,
    'the function peek has an open search path',
    'the function peek runs as its owner',
  ],
  [
    'a view',
    'create view all_customers as select * from customers',
    'the view all_customers looks past the walls as its owner',
  ],
  [
    'a materialized view',
    'create materialized view counts as select count(*) from customers',
    'the materialized view counts has no walls',
  ],
  [
    'a counter that tenants share',
    'create sequence ticket_numbers',
    'the sequence ticket_numbers counts across tenants',
  ],
  [
    'an app that may make tables',
    'grant create on schema public to surety_app',
    'surety_app may create in the schema public',
  ],
  [
    'rights on whatever is made next',
    'alter default privileges grant select on tables to surety_directory',
    'surety_directory is granted SELECT on whatever is made next',
  ],
]

describe('the catalogue test must fail on', () => {
  let found: string[]
  beforeAll(async () => {
    const bad = await World.create()
    for (const [, sql] of PLANTED) await bad.sqlAsOwner(sql)
    found = await problemsOf(bad)
    await bad.close()
  })

  it.each(PLANTED)('%s', (_what, _sql, ...problems) => {
    for (const problem of problems) expect(found).toContain(problem)
  })

  it('these and nothing else', () => {
    expect(found).toEqual(PLANTED.flatMap(([, , ...problems]) => problems).sort())
  })

  it('a login with rights of its own', async () => {
    const bad = await World.forTest()
    // Roles belong to the whole cluster, so the bad one has a name of its own and the good ones stay as they are.
    const name = `${new URL(bad.ownerUrl).pathname.slice(1)}_login`
    await bad.sqlAsSuperuser(`create role ${name} login inherit createrole bypassrls;
      grant surety_app, surety_directory to ${name} with inherit true; grant surety_alarm to ${name} with admin true, inherit false;
      grant pg_read_all_data to ${name} with inherit false; create table mine (id int); alter table mine owner to ${name}`)
    try {
      const catalogue = await readCatalogue(
        (sql, values) => bad.sqlAsSuperuser(sql, values),
        [name, ...GROUPS],
      )
      expect(catalogueProblems(catalogue, name)).toEqual(
        [
          'mine: has no tenant',
          `${name} has BYPASSRLS`,
          `${name} has CREATEROLE, CREATEDB or REPLICATION`,
          `${name} inherits the rights of surety_app`,
          `${name} inherits the rights of surety_directory`,
          `${name} inherits: its connections begin with rights`,
          `${name} is a member of pg_read_all_data`,
          `${name} may hand on surety_alarm`,
          `${name} owns table mine`,
        ].sort(),
      )
    } finally {
      await bad.sqlAsSuperuser(`drop owned by ${name}; drop role ${name}`)
    }
  })

  it('a superuser, and a role that is not there', async () => {
    const world = await World.forTest()
    const catalogue = await readCatalogue(
      (sql, values) => world.sqlAsSuperuser(sql, values),
      ['surety_root', 'surety_app'],
    )
    const problems = catalogueProblems(catalogue, 'surety_root')
    expect(problems).toContain('surety_root is a superuser')
    expect(problems).toContain('the role surety_alarm is missing')
  })
})

function sound(table: string, { category = `'CONTRACT'` } = {}): string {
  return [
    `create table ${table} (tenant_id uuid not null, id uuid not null, customer_id uuid not null, number varchar(40) not null, primary key (tenant_id, id))`,
    `alter table ${table} add constraint ${table}_customer_id_fkey foreign key (tenant_id, customer_id) references customers (tenant_id, id)`,
    ...customerOwned(table, { customer: 'customer_id', category }),
    `grant select, insert, update on ${table} to surety_app`,
  ].join(';')
}

const login = (world: World): string => new URL(world.appUrl).username

async function problemsOf(world: World): Promise<string[]> {
  const catalogue = await readCatalogue(
    (sql, values) => world.sqlAsSuperuser(sql, values),
    [login(world), ...GROUPS],
  )
  return catalogueProblems(catalogue, login(world))
}
