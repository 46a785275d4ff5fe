import { setTimeout as sleep } from 'node:timers/promises'
import type { GraphQLSchema } from 'graphql'
import { buildSchema } from '../../../src/rooms.js'
import { CanaryBook, type Group } from '../canary/canaries.js'
import { type ListField, listFields } from '../canary/lists.js'
import { type Operation, Operations } from '../canary/operations.js'
import { answeredFields, nodesIn } from '../canary/oracle.js'
import { Random } from '../canary/random.js'
import { Stock } from '../canary/stock.js'
import type { KnownId } from '../canary/world.js'
import { poolOf } from '../connections.js'
import type { Caller, World } from '../world.js'
import { apart, post, print } from './answers.js'
import { Names } from './names.js'
import { Side } from './side.js'

/** Somebody who has a token of the same kind in both worlds. */
export interface Twin {
  name: string
  quiet: Caller
  noisy: Caller
  /** An app: what it's shown is written down behind its answers. */
  isApp?: boolean
}

export interface Difference {
  index: number
  who: string
  document: string
  quiet: string
  noisy: string
}

export interface PairReport {
  seed: number
  operations: number
  seconds: number
  difference: Difference | null
  /** Root fields that answered something. */
  answered: Map<string, number>
}

export interface RunOptions {
  seed: number
  runs: number
  twins: readonly Twin[]
}

/** So often the alarms of both worlds ring, between two operations. */
const RING_EVERY = 25
/** How long the noisy world may take to write down what the quiet one has written down. */
const NOTED_MS = 3_000
const LANGUAGES = ['en', 'zh-CN', '*']
/**
 * Sends the same operations to two worlds and compares what comes back, byte for byte once every id is named by its
 * first appearance. Operations are made for the quiet world, whose ids then stand for their counterparts in the noisy
 * one; ids of those who live in the noisy one alone are sent to both as they are.
 */
export class Pair {
  readonly #quiet: Side
  readonly #noisy: Side
  readonly #names: { quiet: Names; noisy: Names }
  readonly #stock: Stock
  readonly #schema: GraphQLSchema

  private constructor(parts: {
    quiet: Side
    noisy: Side
    names: { quiet: Names; noisy: Names }
    stock: Stock
    schema: GraphQLSchema
  }) {
    this.#quiet = parts.quiet
    this.#noisy = parts.noisy
    this.#names = parts.names
    this.#stock = parts.stock
    this.#schema = parts.schema
  }

  /** `all` sees everything that is in both; `strangers` what is in the noisy world alone. */
  static async of(quiet: Side, noisy: Side, all: Twin, strangers: readonly Caller[]): Promise<Pair> {
    await Side.meet(quiet, noisy)
    const schema = buildSchema()
    const lists = listFields(schema).filter(({ parent }) => parent === 'Query')
    const names = { quiet: new Names(), noisy: new Names() }
    const own = await everything(all.quiet, lists)
    const counterpart = await everything(all.noisy, lists)
    const [said, heard] = [names.quiet.normal(own.data), names.noisy.normal(counterpart.data)]
    if (JSON.stringify(said) !== JSON.stringify(heard))
      throw new Error('the two worlds were filled differently')
    // What a stranger sees as well, as the tenant's calendar, is nothing strange.
    const shared = new Set(counterpart.ids.map(({ id }) => id))
    const foreign = await Promise.all(strangers.map(async each => (await everything(each, lists)).ids))
    const strange = foreign.flat().filter(({ id }) => !shared.has(id))
    const stock = stockOf(own.ids, strange)
    for (const [list, cursors] of own.cursors) stock.addCursors(list, cursors)
    return new Pair({ quiet, noisy, names, stock, schema })
  }

  /** A pair that knows what this one knows, and whose mistakes stay its own. */
  fork(): Pair {
    const names = { quiet: this.#names.quiet.fork(), noisy: this.#names.noisy.fork() }
    return new Pair({
      ...{ quiet: this.#quiet, noisy: this.#noisy, stock: this.#stock, schema: this.#schema },
      names,
    })
  }

  /** Goes on until an answer differs: what comes behind it has another past. */
  async run({ seed, runs, twins }: RunOptions): Promise<PairReport> {
    const operations = new Operations(this.#schema, seed, this.#stock)
    const random = new Random(seed + 1)
    const startedAt = performance.now()
    const report: PairReport = { seed, operations: 0, seconds: 0, difference: null, answered: new Map() }
    while (report.operations < runs && !report.difference) {
      const index = report.operations++
      await Promise.all([this.#quiet.tick(), this.#noisy.tick()])
      if (index % RING_EVERY === RING_EVERY - 1)
        await Promise.all([this.#quiet.world.ringDue(), this.#noisy.world.ringDue()])
      const twin = random.pick(twins)
      report.difference = await this.#compare(
        { index, twin, operation: operations.next(), language: random.pick(LANGUAGES) },
        report,
      )
    }
    report.seconds = (performance.now() - startedAt) / 1000
    return report
  }

  /** The same for operations of one's own, in the quiet world's words. */
  async ask(
    twin: Twin,
    operations: readonly Pick<Operation, 'query' | 'variables'>[],
  ): Promise<Difference | null> {
    for (const [index, operation] of operations.entries()) {
      await Promise.all([this.#quiet.tick(), this.#noisy.tick()])
      const difference = await this.#compare({ index, twin, operation, language: 'en' })
      if (difference) return difference
    }
    return null
  }

  async #compare(
    asked: { index: number; twin: Twin; operation: Pick<Operation, 'query' | 'variables'>; language: string },
    report?: PairReport,
  ): Promise<Difference | null> {
    const { index, twin, operation, language } = asked
    const { quiet, noisy } = this.#names
    const [query, variables] = [operation.query, JSON.stringify(operation.variables)]
    const answers = await Promise.all([
      post(twin.quiet, query, variables, language),
      post(twin.noisy, quiet.translate(query, noisy), quiet.translate(variables, noisy), language),
    ])
    if (twin.isApp) await this.#noted(answers[0].requestId, answers[1].requestId)
    const [here, there] = [print(answers[0], quiet), print(answers[1], noisy)]
    const { data } = answers[0].body as { data?: unknown }
    for (const field of answeredFields(data))
      report?.answered.set(field, (report.answered.get(field) ?? 0) + 1)
    for (const { __typename, id } of nodesIn(data)) this.#stock.learn(__typename, id)
    if (here === there) return null
    const document = `${query}\n${variables}`
    return { index, who: twin.name, document, ...apart(here, there) }
  }

  /** Waits until both worlds have written down what they showed the app: the next answer may tell of it. */
  async #noted(quietId: string, noisyId: string): Promise<void> {
    await idle(this.#quiet.world)
    const wanted = await notes(this.#quiet.world, quietId)
    const end = performance.now() + NOTED_MS
    while ((await notes(this.#noisy.world, noisyId)) !== wanted) {
      if (performance.now() > end) throw new Error('the two worlds wrote down different disclosures')
      await sleep(10)
    }
  }
}

/** All that somebody finds in the lists of the schema, with the ids of it. */
async function everything(
  caller: Caller,
  lists: readonly ListField[],
): Promise<{ data: unknown; ids: { type: string; id: string }[]; cursors: [string, string[]][] }> {
  const found: Record<string, { edges: { cursor: string; node: { __typename: string; id: string } }[] }> = {}
  for (const { name } of lists) {
    const document = `{ ${name}(first: 100) { edges { cursor node { __typename id } } } }`
    Object.assign(found, (await caller.send(document)).data ?? {})
  }
  const rows = Object.entries(found).filter(([, list]) => list !== null)
  return {
    data: found,
    ids: rows.flatMap(([, { edges }]) => edges.map(({ node }) => ({ type: node.__typename, id: node.id }))),
    cursors: rows.map(([name, { edges }]) => [`Query.${name}`, edges.map(edge => edge.cursor)]),
  }
}

/** What documents are made of: ids of both, and texts that stand in both. */
function stockOf(
  own: readonly { type: string; id: string }[],
  foreign: readonly { type: string; id: string }[],
): Stock {
  const known = (origin: KnownId['origin']) => (each: { type: string; id: string }) => ({
    ...{ type: each.type, prefix: each.id.slice(0, 3), uuid: each.id.slice(4), table: each.type, origin },
  })
  const ids = [...own.map(known('own')), ...foreign.map(known('foreign'))]
  const book = new CanaryBook()
  for (const [table, column, text] of TEXTS)
    book.add({ group: 'own' as Group, table, column, text, number: null, rowIds: [] })
  // Nobody's ids: as if they had been deleted in both worlds.
  const gone = own
    .slice(0, 5)
    .map((each, index) => known('deleted')({ ...each, id: `${each.id.slice(0, -4)}00a${index}` }))
  const idsOf = (origin: KnownId['origin']): KnownId[] => {
    if (origin === 'deleted') return gone
    return ids.filter(each => each.origin === (origin === 'own' ? 'own' : 'foreign'))
  }
  const idsOfGroup = (origin: KnownId['origin']): KnownId[] =>
    OWN.includes(origin) && origin !== 'own' ? [] : idsOf(origin)
  return new Stock({ ids, idsOf: idsOfGroup, book, spared: new Set() }, new Set(), [])
}

const OWN: readonly KnownId['origin'][] = ['own', 'closed', 'provider', 'staff', 'tenant', 'app']

/** Texts that the filling wrote, by the column they stand in: they are said again, and must be as free or as taken in both worlds. */
const TEXTS = [
  ['customers', 'number', 'zqC1'],
  ['agreements', 'number', 'zq-zqC1'],
  ['tickets', 'subject', 'zqfirst'],
  ['tickets', 'description', 'zqanswer'],
  ['payments', 'reference', 'zqbank'],
] as const

/** Until all that the server began is done. */
async function idle(world: World): Promise<void> {
  const pool = await poolOf(world.database)
  while (pool.idleCount < pool.totalCount || pool.waitingCount > 0) await sleep(2)
}

async function notes(world: World, requestId: string): Promise<number> {
  const [row] = await world.sqlAsSuperuser<{ count: number }>(
    'select count(*)::int as count from disclosures where request_id = $1',
    [requestId],
  )
  return row?.count ?? 0
}
