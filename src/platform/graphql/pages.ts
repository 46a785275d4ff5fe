import 'reflect-metadata'
import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql'
import { Failure } from '../failure.js'

/** Page sizes of every list: GitHub's, which most client libraries expect. */
export const DEFAULT_PAGE_SIZE = 20
export const MAX_PAGE_SIZE = 100

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: `How many from the start, 1 to ${MAX_PAGE_SIZE}; ${DEFAULT_PAGE_SIZE} when neither first nor last is given.`,
  })
  first?: number | null

  @Field(() => String, { nullable: true, description: 'Entries after this cursor of the same list.' })
  after?: string | null

  @Field(() => Int, { nullable: true, description: `How many from the end, 1 to ${MAX_PAGE_SIZE}.` })
  last?: number | null

  @Field(() => String, { nullable: true, description: 'Entries before this cursor of the same list.' })
  before?: string | null
}

@ObjectType({
  description: 'Where a page stands in its list (Relay cursor connections).',
  simpleResolvers: true,
})
export class PageInfo {
  @Field(() => Boolean, { description: 'There is more behind the last entry.' })
  hasNextPage!: boolean

  @Field(() => Boolean, { description: 'There is more before the first entry.' })
  hasPreviousPage!: boolean

  @Field(() => String, { nullable: true, description: 'Cursor of the first entry; null on an empty page.' })
  startCursor!: string | null

  @Field(() => String, { nullable: true, description: 'Cursor of the last entry; null on an empty page.' })
  endCursor!: string | null
}

export interface Page<T> {
  edges: { cursor: string; node: T }[]
  nodes: T[]
  pageInfo: PageInfo
  totalCount: number | (() => Promise<number>)
  /** Asked of lists whose entries have a state. */
  stateCounts?: () => Promise<StateCount[]>
}

export interface StateCount {
  state: string
  count: number
}

/** What a connection answers beside its page. */
interface ConnectionField {
  type: () => object
  description: string
}

/** How many entries stand in each state: what tabs over a list show. */
export function stateCountsOf(name: string, states: object): Record<'stateCounts', ConnectionField> {
  @ObjectType(`${name}StateCount`, {
    description: 'How many entries of a list stand in one state.',
    simpleResolvers: true,
  })
  class Count {
    @Field(() => states, { description: 'The state.' })
    state!: string

    @Field(() => Int, { description: 'How many.' })
    count!: number
  }
  const description =
    'How many entries the whole list has in each state, a filter by state left aside; states without any are left out. Counted only when asked for.'
  return { stateCounts: { type: () => [Count], description } }
}

/** A list's order by a field of its rows, which stands in the column of that name: `updatedAt` in `updated_at`. */
export function orderedBy<Key extends string, Direction extends string>(
  key: Key,
  direction: Direction,
): { column: string; key: Key; direction: Direction } {
  return { column: key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`), key, direction }
}

/** The Relay connection type of a node type, with `nodes` beside `edges`, and what else its page answers. */
export function connectionOf<T extends object>(
  node: () => ClassType<T>,
  name: string,
  what: string,
  others: Readonly<Record<string, ConnectionField>> = {},
): ClassType<Page<T>> {
  @ObjectType(`${name}Edge`, { description: `One entry of a list of ${what}.`, simpleResolvers: true })
  class Edge {
    @Field(() => String, { description: 'Opaque; good for this list, this order and this filter only.' })
    cursor!: string

    @Field(() => node(), { description: 'The entry itself.' })
    node!: T
  }

  @ObjectType(`${name}Connection`, { description: `A page of ${what}.`, simpleResolvers: true })
  class Connection {
    @Field(() => [Edge], { description: 'Entries with their cursors.' })
    edges!: Edge[]

    @Field(() => [node()], { description: 'Entries alone, for those who page by `pageInfo`.' })
    nodes!: T[]

    @Field(() => PageInfo, { description: 'Where this page stands.' })
    pageInfo!: PageInfo

    @Field(() => Int, { description: 'How many entries the whole list has; counted only when asked for.' })
    totalCount!: number
  }
  for (const [field, { type, description }] of Object.entries(others))
    Field(type, { description })(Connection.prototype, field)
  return Connection as unknown as ClassType<Page<T>>
}

export interface PageWindow {
  size: number
  backward: boolean
  cursor: string | null
}

/** Checks `first after last before` and says which way to walk. Throws BAD_USER_INPUT. */
export function pageWindow(args: PageArgs): PageWindow {
  const { first, last } = args
  const wrong = (size: number | null | undefined): boolean =>
    size != null && (size < 1 || size > MAX_PAGE_SIZE)
  if (
    wrong(first) ||
    wrong(last) ||
    (first != null && last != null) ||
    (args.after != null && args.before != null)
  ) {
    throw new Failure('BAD_USER_INPUT', { messageKey: 'PAGE_SIZE', params: { max: MAX_PAGE_SIZE } })
  }
  const backward = last != null || (args.before != null && first == null)
  if (backward && args.after != null) throw new Failure('BAD_USER_INPUT', { messageKey: 'BAD_CURSOR' })
  if (!backward && args.before != null) throw new Failure('BAD_USER_INPUT', { messageKey: 'BAD_CURSOR' })
  return {
    size: (backward ? last : first) ?? DEFAULT_PAGE_SIZE,
    backward,
    cursor: (backward ? args.before : args.after) ?? null,
  }
}
