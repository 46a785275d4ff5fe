import { createHash } from 'node:crypto'
import { Failure } from '../platform/failure.js'
import type { Page, PageWindow, StateCount } from '../platform/graphql/pages.js'
import { type ReadTransaction, type Statement, statement } from './read-transaction.js'
import type { Seals } from './seals.js'

/** A condition of a list: SQL with `?` for its value, or for each of its values in turn. */
export interface Condition {
  sql: string
  value?: unknown
  values?: readonly unknown[]
  /** It is the filter by state, which counts by state leave aside. */
  isByState?: true
}

export interface ListQuery<Row extends { id: string }, Entry> {
  /** Table and alias, a constant of the code. */
  from: string
  columns: string
  where: readonly Condition[]
  /** A column that is never null and whose comparison is leakproof, so that an index serves it under row-level security. */
  orderBy: { column: string; key: keyof Row & string; direction: 'ASC' | 'DESC' }
  window: PageWindow
  /** Binds cursors to tenant, view, list, order and filter. */
  binding: string
  toEntry: (row: Row) => Entry
}

/** One page by keyset: the thousandth costs what the first does. Ties are broken by id, so nothing is skipped or repeated. */
export async function readPage<Row extends { id: string }, Entry>(
  reads: ReadTransaction,
  seals: Seals,
  query: ListQuery<Row, Entry>,
): Promise<Page<Entry>> {
  const { column, direction } = query.orderBy
  const { size, backward } = query.window
  const values: unknown[] = []
  const conditions = query.where.map(condition => bind(condition, values))
  const ascending = (direction === 'ASC') !== backward
  const position = query.window.cursor === null ? null : openCursor(seals, query.binding, query.window.cursor)
  if (position) {
    values.push(position[0], position[1])
    conditions.push(`(${column}, id) ${ascending ? '>' : '<'} ($${values.length - 1}, $${values.length})`)
  }
  const way = ascending ? 'asc' : 'desc'
  values.push(size + 1)
  const found = await reads.rows<Row>(
    named(
      `select ${query.columns} from ${query.from} where ${conditions.join(' and ') || 'true'}
       order by ${column} ${way}, id ${way} limit $${values.length}`,
      `list ${tableOf(query)}`,
    ),
    values,
  )
  return pageOf(reads, seals, query, found)
}

/** A page from rows that were read in its order, one more than it holds when there are more. */
export function pageOf<Row extends { id: string }, Entry>(
  reads: ReadTransaction,
  seals: Seals,
  query: ListQuery<Row, Entry>,
  found: readonly Row[],
): Page<Entry> {
  const { size, backward, cursor } = query.window
  const { key } = query.orderBy
  const more = found.length > size
  const rows = found.slice(0, size)
  if (backward) rows.reverse()
  const sealed = (row: Row): string => sealCursor(seals, query.binding, row[key], row.id)
  const edges = rows.map(row => new LazyEdge(query.toEntry(row), () => sealed(row)))
  return {
    edges,
    nodes: edges.map(edge => edge.node),
    pageInfo: {
      hasNextPage: backward ? cursor !== null : more,
      hasPreviousPage: backward ? more : cursor !== null,
      get startCursor() {
        return edges[0]?.cursor ?? null
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null
      },
    },
    totalCount: () => countAll(reads, query),
    stateCounts: () => countByState(reads, query),
  }
}

/** Most answers show one cursor of a page or none: each is sealed when it's asked for, and then kept. */
class LazyEdge<Entry> {
  readonly node: Entry
  readonly #seal: () => string
  #cursor: string | null = null

  constructor(node: Entry, seal: () => string) {
    this.node = node
    this.#seal = seal
  }

  get cursor(): string {
    this.#cursor ??= this.#seal()
    return this.#cursor
  }
}

async function countAll(reads: ReadTransaction, query: ListQuery<never, unknown>): Promise<number> {
  const values: unknown[] = []
  const conditions = query.where.map(condition => bind(condition, values))
  const [row] = await reads.rows<{ count: number }>(
    named(
      `select count(*)::int as count from ${query.from} where ${conditions.join(' and ') || 'true'}`,
      `count ${tableOf(query)}`,
    ),
    values,
  )
  return row?.count ?? 0
}

const countByState = (
  reads: ReadTransaction,
  query: Pick<ListQuery<never, unknown>, 'from' | 'where'>,
): Promise<StateCount[]> => {
  const where = query.where.filter(condition => !condition.isByState)
  return sumOf<StateCount>(reads, { ...query, where }, 'state, count(*)::int as count', 'state')
}

/** Sums over the whole list, by the values of a column. */
export function sumOf<Row extends object>(
  reads: ReadTransaction,
  query: Pick<ListQuery<never, unknown>, 'from' | 'where'>,
  columns: string,
  by: string,
): Promise<Row[]> {
  const values: unknown[] = []
  const conditions = query.where.map(condition => bind(condition, values))
  return reads.rows<Row>(
    named(
      `select ${columns} from ${query.from} where ${conditions.join(' and ') || 'true'} group by ${by} order by ${by}`,
      `sums of ${tableOf(query)}`,
    ),
    values,
  )
}

function bind(condition: Condition, values: unknown[]): string {
  const given = [...(condition.values ?? [condition.value])]
  return condition.sql.replaceAll('?', () => `$${values.push(given.shift())}`)
}

const CURSOR = 'list cursor'

function sealCursor(seals: Seals, binding: string, value: unknown, id: string): string {
  return seals.seal(
    CURSOR,
    binding,
    JSON.stringify([value instanceof Date ? value.toISOString() : value, id]),
  )
}

function openCursor(seals: Seals, binding: string, cursor: string): [unknown, string] {
  const opened = seals.open(CURSOR, binding, cursor)
  if (opened === null) throw new Failure('BAD_USER_INPUT', { messageKey: 'BAD_CURSOR' })
  return JSON.parse(opened) as [unknown, string]
}

/** Its first table, which it is a list of. */
const tableOf = ({ from }: Pick<ListQuery<never, unknown>, 'from'>): string =>
  /^\w+/.exec(from)?.[0] ?? 'rows'

const names = new Map<string, Statement>()

/** A list has few shapes (filters given or not, order, direction): each is one prepared statement, named by its hash. */
function named(text: string, label: string): Statement {
  let found = names.get(text)
  if (!found) {
    found = statement(`list_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`, text, label)
    names.set(text, found)
  }
  return found
}
