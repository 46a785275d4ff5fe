import type { EntityName } from '@mikro-orm/core'
import type { Operation } from './operation.js'

/**
 * Inserts many rows of one table in one statement, whose text is the same for any number of them. What an entity leaves
 * out gets the column's default. For rows that a sweep makes by the hundred: the ORM's flush writes a text of its own for
 * every batch, which takes both sides longer to put together and to read than the rows take to write.
 */
export async function insertRows<Entity extends object>(
  operation: Operation,
  entity: EntityName<Entity>,
  rows: readonly Partial<Entity>[],
): Promise<void> {
  if (rows.length === 0) return
  const { tableName, props } = operation.em.getMetadata().get(entity)
  const columns = props
    .filter(prop => rows.some(row => row[prop.name] !== undefined))
    .map(prop => ({ name: prop.name, column: prop.fieldNames[0] as string, type: prop.columnTypes[0] }))
  const names = columns.map(({ column }) => column).join(', ')
  await operation.run(
    `insert into ${tableName} (${names}) select ${names}
     from jsonb_to_recordset($1::jsonb) as row (${columns.map(({ column, type }) => `${column} ${type}`).join(', ')})`,
    [
      JSON.stringify(
        rows.map(row => Object.fromEntries(columns.map(({ name, column }) => [column, plain(row[name])]))),
      ),
    ],
  )
}

/** JSON knows no integers past 2^53: money goes as text, which PostgreSQL reads exactly. */
const plain = (value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : (value ?? null))
