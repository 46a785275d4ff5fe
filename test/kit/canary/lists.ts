import { generateKeyPairSync } from 'node:crypto'
import {
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { Caller } from '../world.js'
import type { Attacker } from './attackers.js'
import type { Group } from './canaries.js'
import { Stock } from './stock.js'
import type { CanaryWorld, KnownId } from './world.js'

/** A field that answers a connection without being asked for anything: `Query.agreements`, `Customer.agreements`. */
export interface ListField {
  parent: string
  name: string
  /** The type of its nodes. */
  of: string
}

export function listFields(schema: GraphQLSchema): ListField[] {
  const types = Object.values(schema.getTypeMap()).filter(type => isObjectType(type)) as GraphQLObjectType[]
  return types.flatMap(parent =>
    Object.values(parent.getFields()).flatMap(field => {
      const connection = getNamedType(field.type)
      if (!isObjectType(connection) || field.args.some(arg => isNonNullType(arg.type))) return []
      const { nodes, totalCount } = connection.getFields()
      if (!nodes || !totalCount) return []
      return [{ parent: parent.name, name: field.name, of: getNamedType(nodes.type).name }]
    }),
  )
}

/** Ids, texts, public keys, and cursors of every list there is: the attackers' own, and those that others got. */
export async function stockUp(world: CanaryWorld, schema: GraphQLSchema): Promise<Stock> {
  const stock = new Stock(world, textInputs(schema), [keySet(), keySet()])
  const found = cursorsFound.get(world) ?? findCursors(world, schema)
  cursorsFound.set(world, found)
  for (const [place, cursors] of await found) stock.addCursors(place, cursors)
  return stock
}

/** A cursor stays good, so those of a world are asked for once, however many attacks it sees: it takes hundreds of requests. */
const cursorsFound = new WeakMap<CanaryWorld, Promise<[place: string, cursors: string[]][]>>()

async function findCursors(world: CanaryWorld, schema: GraphQLSchema): Promise<[string, string[]][]> {
  const found: [string, string[]][] = []
  const attackers = world.attackers.map(({ token }) => ({
    origin: 'own' as const,
    caller: new Caller(world.world, token),
  }))
  for (const list of listFields(schema)) {
    for (const { origin, caller } of [...attackers, ...world.outsiders])
      found.push([`${list.parent}.${list.name}`, await cursorsOf(caller, list, world.idsOf(origin))])
  }
  for (const { caller } of [...attackers, ...world.outsiders]) {
    const cursors = await eventCursorsOf(caller)
    for (const place of EVENT_STREAMS) found.push([place, cursors])
  }
  return found
}

/** What resumes behind an event's cursor. */
const EVENT_STREAMS = ['Query.events', 'Subscription.events', 'Subscription.breachEvents']

/** The newest place of a caller's sequence, and the one of the oldest event that it sees. */
async function eventCursorsOf(caller: Caller): Promise<string[]> {
  const { eventCursor, events } = await caller.ask('{ eventCursor events(first: 1) { nodes { cursor } } }')
  return [eventCursor, ...events.nodes.map((node: { cursor: string }) => node.cursor)]
}

/** The names of all input fields that take a text. */
function textInputs(schema: GraphQLSchema): Set<string> {
  const inputs = Object.values(schema.getTypeMap()).filter(type => isInputObjectType(type))
  const fields = inputs.flatMap(type => Object.values(type.getFields()))
  return new Set(fields.filter(field => getNamedType(field.type).name === 'String').map(field => field.name))
}

/** All rows of a list's type, as the superuser finds them: their ids, and whose they are. */
export async function rowsOf(world: CanaryWorld, list: ListField): Promise<ListedRow[]> {
  const known = world.ids.find(id => id.type === list.of)
  const table = world.tables.find(each => each.name === known?.table)
  if (!known || !table) throw new Error(`no table is known for ${list.of}`)
  const rows = await world.world.sqlAsSuperuser<{ row: Record<string, unknown> }>(
    `select to_jsonb(t) as row from ${table.name} t`,
  )
  return rows.map(({ row }) => ({
    id: `${known.prefix}_${String(row.id)}`,
    group: world.groupOf(table, row),
    isProvidersOwn: table.name === 'invoices' && (row.state === 'DRAFT' || row.state === 'VOID'),
  }))
}

interface ListedRow {
  id: string
  group: Group
  /** A draft, or one that was given up: its customer doesn't see it. */
  isProvidersOwn: boolean
}

/** All ids that an attacker gets by paging through a list of a root, and how many the list says there are. */
export async function pageThrough(
  world: CanaryWorld,
  attacker: Attacker,
  list: ListField,
): Promise<{ ids: string[]; totalCount: number }> {
  const caller = new Caller(world.world, attacker.token)
  const ids: string[] = []
  let after: string | null = null
  for (;;) {
    const { list: page }: { list: Page } = await caller.ask(
      `query ($after: String) { list: ${list.name}(first: 100, after: $after) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }`,
      { after },
    )
    ids.push(...page.nodes.map(node => node.id))
    if (!page.pageInfo.hasNextPage) return { ids, totalCount: page.totalCount }
    after = page.pageInfo.endCursor
  }
}

async function cursorsOf(caller: Caller, list: ListField, ids: readonly KnownId[]): Promise<string[]> {
  const field = `list: ${list.name}(first: 3) { edges { cursor } }`
  const node = ids.find(id => id.type === list.parent)
  const isRoot = list.parent === 'Query'
  if (!isRoot && !node) return []
  const { data } = isRoot
    ? await caller.send(`{ ${field} }`)
    : await caller.send(`query ($id: ID!) { node(id: $id) { ... on ${list.parent} { ${field} } } }`, {
        id: `${node?.prefix}_${node?.uuid}`,
      })
  const found = data as { list?: Edges; node?: { list?: Edges } | null } | null
  const edges = (isRoot ? found?.list : found?.node?.list)?.edges ?? []
  return edges.map(edge => edge.cursor)
}

interface Page {
  totalCount: number
  nodes: { id: string }[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

type Edges = { edges: { cursor: string }[] } | null

function keySet(): object {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'made', use: 'sig', alg: 'ES256' }] }
}
