import type { World } from '../world.js'

/**
 * The tenants' tables as the database's own catalogue lists them, so that a table or a column is found the day its
 * migration is written.
 */
export interface TenantTable {
  name: string
  columns: TableColumn[]
  /** The column that holds the tenant: `tenant_id`, and `id` of the tenants themselves. */
  tenantColumn: string
  /** The column the customer wall compares; null where there's no such wall. */
  customerColumn: string | null
  /** The data category the consent wall compares for a row; null where there's no such wall. */
  categoryOf: (row: Record<string, unknown>) => string | null
  /** Only the tenant's staff sees its rows. */
  staffOnly: boolean
}

export interface TableColumn {
  name: string
  /** PostgreSQL's name of the type: `varchar`, `int4`, `timestamptz`. */
  type: string
  /** Longest text, in characters; null where there's no limit. */
  maxLength: number | null
  /** Digits and decimals of a `numeric`. */
  precision: number | null
  scale: number | null
  /** Part of a foreign key, on either side: it stays as it is, or rows would point nowhere. */
  isKey: boolean
}

export async function readTenantTables(world: World): Promise<TenantTable[]> {
  const columns = await world.sqlAsSuperuser<TableColumn & { table: string }>(COLUMNS)
  const policies = await world.sqlAsSuperuser<{ table: string; policy: string; using: string }>(
    `select tablename as "table", policyname as policy, qual as using from pg_policies where schemaname = 'public'`,
  )
  const tables: TenantTable[] = []
  for (const name of new Set(columns.map(column => column.table))) {
    const own = columns.filter(column => column.table === name)
    const walls = new Map(policies.filter(each => each.table === name).map(each => [each.policy, each.using]))
    const has = (column: string): boolean => own.some(each => each.name === column)
    if (!has('tenant_id') && !walls.has('tenant_wall')) continue
    tables.push({
      name,
      columns: own,
      tenantColumn: has('tenant_id') ? 'tenant_id' : 'id',
      customerColumn: walls.has('customer_wall') ? (has('customer_id') ? 'customer_id' : 'id') : null,
      categoryOf: categoryOf(name, walls.get('consent_wall')),
      staffOnly: walls.has('staff_wall'),
    })
  }
  return tables
}

/** A consent wall compares `customer:CATEGORY`; the category is a word, or a column of the row. */
function categoryOf(table: string, wall: string | undefined): TenantTable['categoryOf'] {
  if (wall === undefined) return () => null
  const [, word, column] = /\|\| ':'::text\) \|\| (?:'([A-Z_]+)'::text|\(?(\w+)\)?::text)\)/.exec(wall) ?? []
  if (word === undefined && column === undefined)
    throw new Error(`which category does the consent wall of ${table} compare? ${wall}`)
  return row => word ?? String(row[column as string])
}

/** Tables without a tenant: the deployment's own. */
export async function readOtherTables(world: World): Promise<string[]> {
  const tenants = new Set((await readTenantTables(world)).map(table => table.name))
  const rows = await world.sqlAsSuperuser<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`,
  )
  return rows.map(row => row.name).filter(name => !tenants.has(name))
}

const COLUMNS = `
  select relation.relname as "table", attribute.attname as name, type.typname as type,
    information_schema._pg_char_max_length(type.oid, attribute.atttypmod)::int as "maxLength",
    information_schema._pg_numeric_precision(type.oid, attribute.atttypmod)::int as precision,
    information_schema._pg_numeric_scale(type.oid, attribute.atttypmod)::int as scale,
    exists (
      select from pg_constraint where contype = 'f'
        and ((conrelid = relation.oid and attribute.attnum = any (conkey))
          or (confrelid = relation.oid and attribute.attnum = any (confkey)))
    ) as "isKey"
  from pg_class relation
  join pg_attribute attribute on attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
  join pg_type type on type.oid = attribute.atttypid
  where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p')
  order by relation.relname, attribute.attnum`
