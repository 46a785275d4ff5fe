import { randomUUID } from 'node:crypto'
import type { DataCategory, Session } from '../../src/persistence/index.js'
import { createTenant } from '../../src/tenancy/index.js'
import type { World } from './world.js'

/** Who lives in a world: rows that say whose they are, so that one which comes to the wrong hands gives itself away. */
export interface Population {
  tenants: string[]
  customers: { tenantId: string; id: string }[]
  persons: { tenantId: string; customerId: string | null; id: string }[]
  /** Every table with rows of tenants. */
  tables: string[]
}

/** Tenants with customers, and persons of both, planted past all walls. */
export async function populate(
  world: World,
  { tenants = 5, customersEach = 4, personsEach = 3 } = {},
): Promise<Population> {
  const population: Population = {
    tenants: [],
    customers: [],
    persons: [],
    tables: await tenantTables(world),
  }
  for (let t = 0; t < tenants; t++) {
    const slug = `t${randomUUID().slice(0, 13)}`
    const tenantId = await createTenant(world.database, { slug, name: slug })
    population.tenants.push(tenantId)
    const own = Array.from({ length: customersEach }, () => ({ tenantId, id: randomUUID() }))
    population.customers.push(...own)
    for (const customerId of [null, ...own.map(customer => customer.id)]) {
      for (let p = 0; p < personsEach; p++)
        population.persons.push({ tenantId, customerId, id: randomUUID() })
    }
  }
  await world.sqlAsSuperuser(
    `insert into customers (tenant_id, id, number, name, created_at, updated_at)
     select tenant_id, id, id::text, tenant_id::text, now(), now() from jsonb_to_recordset($1) as row (tenant_id uuid, id uuid)`,
    [JSON.stringify(population.customers.map(each => ({ tenant_id: each.tenantId, id: each.id })))],
  )
  await world.sqlAsSuperuser(
    `insert into persons (tenant_id, customer_id, id, name, created_at, updated_at)
     select tenant_id, customer_id, id, tenant_id || '/' || coalesce(customer_id::text, 'own'), now(), now()
     from jsonb_to_recordset($1) as row (tenant_id uuid, customer_id uuid, id uuid)`,
    [
      JSON.stringify(
        population.persons.map(each => ({
          tenant_id: each.tenantId,
          customer_id: each.customerId,
          id: each.id,
        })),
      ),
    ],
  )
  return population
}

/** The ids of the customers that a session sees, and of no other. */
export function customersFor(people: Population, session: Session): Set<string> {
  const seen = people.customers.filter(
    each => each.tenantId === session.tenantId && maySee(session, each.id, 'CONTRACT'),
  )
  return new Set(seen.map(({ id }) => id))
}

/** The ids of the persons that a session sees, and of no other. */
export function personsFor(people: Population, session: Session): Set<string> {
  const seen = people.persons.filter(
    each => each.tenantId === session.tenantId && maySee(session, each.customerId, 'CONTACT'),
  )
  return new Set(seen.map(({ id }) => id))
}

/** The walls within a tenant once more, in the tests' own words. */
export function maySee(session: Session, customerId: string | null, category: DataCategory): boolean {
  switch (session.kind) {
    case 'staff':
      return session.customerId === null
    case 'system':
      return true
    case 'customer':
      return customerId !== null && customerId === session.customerId
    case 'service':
      return session.customerId === null || customerId === session.customerId
    case 'app':
      return session.grants.some(grant => grant.customerId === customerId && grant.category === category)
  }
}

async function tenantTables(world: World): Promise<string[]> {
  const rows = await world.sqlAsSuperuser<{ table_name: string }>(
    `select table_name from information_schema.columns where table_schema = 'public' and column_name = 'tenant_id'`,
  )
  return ['tenants', ...rows.map(row => row.table_name)].sort()
}
