import { type ListQuery, pageOf, type ReadTransaction, readPage, statement } from '../persistence/index.js'
import { orderedBy, type Page } from '../platform/graphql/pages.js'
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

/** A parent, and how many of its first rows are wanted. */
export interface NewestKey {
  parentId: string
  size: number
}

/** In which order a list stands when nobody asks for another: by a column of the table, which its rows hold as `key`. Ties by id. */
interface UsualOrder {
  column: string
  key: string
  direction: 'ASC' | 'DESC'
}

/**
 * The newest rows of many parents, or the first in the list's own usual order, so many of each, in one statement: the
 * limit holds per parent. Rows come back under the ordinal of their key, since one answer may ask for the same parent
 * twice with different sizes.
 */
export function newestOf<Row extends object>(
  table: string,
  columns: string,
  parentColumn: string,
  { column, key, direction }: UsualOrder = orderedBy('createdAt', 'DESC'),
): BatchRead<NewestKey, Row[]> {
  const query = statement(
    `newest_${table}_by_${parentColumn}`,
    `select key.ordinal::int as "keyOrdinal", row.* from unnest($2::uuid[], $3::int[]) with ordinality as key (id, size, ordinal)
     cross join lateral (
       select ${columns} from ${table} where tenant_id = $1 and ${parentColumn} = key.id
       order by ${column} ${direction}, id ${direction} limit key.size) as row
     order by key.ordinal, row."${key}" ${direction}, row.id ${direction}`,
  )
  return async (reads, keys) => {
    const values = [reads.session.tenantId, keys.map(key => key.parentId), keys.map(key => key.size)]
    const found: Row[][] = keys.map(() => [])
    for (const row of await reads.rows<Row & { keyOrdinal: number }>(query, values))
      found[row.keyOrdinal - 1]?.push(row)
    return found
  }
}

/**
 * A page of one parent's list. The first page in its usual order, which is what a portal asks for of many parents at once,
 * comes from `newest`, in one statement for all of them; any other is read by itself.
 */
export async function pageOfParent<Row extends { id: string }, Entry>(
  request: Request,
  newest: BatchRead<NewestKey, Row[]>,
  parentId: string,
  query: ListQuery<Row, Entry>,
  asked: readonly unknown[],
): Promise<Page<Entry>> {
  const { cursor, backward, size } = query.window
  if (asked.some(each => each != null) || backward || cursor !== null)
    return readPage(request.reads, request.seals, query)
  const rows = await request.load(newest, { parentId, size: size + 1 })
  return pageOf(request.reads, request.seals, query, rows)
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
