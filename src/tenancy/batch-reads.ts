import { type ReadTransaction, statement } from '../persistence/index.js'
import type { Request } from './request.js'

/** Reads many rows at once, one answer per key, in key order. */
export type BatchRead<Key, Value> = (
  reads: ReadTransaction,
  keys: readonly Key[],
  request: Request,
) => Promise<readonly Value[]>

/** One row by its id, for all ids that are asked for at once. */
export function byId<Row extends { id: string }>(
  table: string,
  columns: string,
  tenantColumn = 'tenant_id',
): BatchRead<string, Row | null> {
  const query = statement(
    `${table}_by_id`,
    `select ${columns} from ${table} where ${tenantColumn} = $1 and id = any ($2::uuid[])`,
  )
  return async (reads, ids) =>
    inKeyOrder(ids, await reads.rows<Row>(query, [reads.session.tenantId, ids]), row => row.id)
}

/** A parent, and how many of its newest rows are wanted. */
export interface NewestKey {
  parentId: string
  size: number
}

/**
 * The newest rows of many parents, so many of each, in one statement: the limit holds per parent. Rows come back under
 * the ordinal of their key, since one answer may ask for the same parent twice with different sizes.
 */
export function newestOf<Row extends object>(
  table: string,
  columns: string,
  parentColumn: string,
): BatchRead<NewestKey, Row[]> {
  const query = statement(
    `newest_${table}_by_${parentColumn}`,
    `select key.ordinal::int as "keyOrdinal", row.* from unnest($2::uuid[], $3::int[]) with ordinality as key (id, size, ordinal)
     cross join lateral (
       select ${columns} from ${table} where tenant_id = $1 and ${parentColumn} = key.id
       order by created_at desc, id desc limit key.size) as row
     order by key.ordinal, row."createdAt" desc, row.id desc`,
  )
  return async (reads, keys) => {
    const values = [reads.session.tenantId, keys.map(key => key.parentId), keys.map(key => key.size)]
    const found: Row[][] = keys.map(() => [])
    for (const row of await reads.rows<Row & { keyOrdinal: number }>(query, values))
      found[row.keyOrdinal - 1]?.push(row)
    return found
  }
}

/** Rows in the order of their keys; a key without a row is null, which is what an unseen one looks like. */
export function inKeyOrder<Row>(
  keys: readonly string[],
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): (Row | null)[] {
  const byKey = new Map(rows.map(row => [keyOf(row), row]))
  return keys.map(key => byKey.get(key) ?? null)
}

/** Rows grouped by key, in the order of the keys; a key without rows has an empty list. */
export function groupedInKeyOrder<Row>(
  keys: readonly string[],
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): Row[][] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group) group.push(row)
    else groups.set(keyOf(row), [row])
  }
  return keys.map(key => groups.get(key) ?? [])
}
