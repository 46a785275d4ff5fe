import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { buildSchema as buildFrom, type GraphQLSchema, parse, validate } from 'graphql'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Execute, executorOf } from '../../src/server/index.js'
import { Random } from '../kit/canary/random.js'
import { told } from '../kit/both-executors.js'
import { awkwardSchema, RandomDocuments } from '../kit/awkward-schema.js'

/**
 * The compiled executor answers as graphql-js does. The API itself is held to it by test/promises/canary-fuzz.test.ts,
 * which runs its random operations through both; here is what a sound API has no example of.
 */
const SEED = Number(process.env.EXECUTOR_SEED ?? Math.floor(Math.random() * 2 ** 31))
const RUNS = Number(process.env.EXECUTOR_RUNS ?? 300)

const compiled = executorOf('compiled')
const reference = executorOf('reference')

async function bothOf(
  schema: GraphQLSchema,
  query: string,
  { variables = {}, rootValue }: { variables?: Record<string, unknown>; rootValue?: unknown } = {},
): Promise<{ ours: unknown; theirs: unknown }> {
  const document = parse(query)
  const run = async (execute: Execute): Promise<unknown> =>
    told(await execute({ schema, document, variableValues: variables, rootValue, contextValue: {} }))
  return { ours: await run(compiled), theirs: await run(reference) }
}

/**
 * Where an entry of a list fails at once, graphql-js leaves the entries before it to fail without a hand. Answers what
 * ends the patience with it.
 */
function lettingReferenceFail(): () => void {
  const listeners = process.rawListeners('unhandledRejection') as ((...args: unknown[]) => void)[]
  const ignore = (): void => undefined
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', ignore)
  return () => {
    process.off('unhandledRejection', ignore)
    for (const each of listeners) process.on('unhandledRejection', each)
  }
}

describe('answers as graphql-js does', () => {
  it('random documents whose fields throw, reject, answer null, late, or what their type does not have', async () => {
    onTestFinished(lettingReferenceFail())
    const documents = new RandomDocuments(awkwardSchema(0), new Random(SEED))
    let failing = 0
    for (let index = 0; index < RUNS; index++) {
      const schema = awkwardSchema(SEED + index)
      const { query, variables } = documents.next()
      expect(validate(schema, parse(query)).map(error => error.message)).toEqual([])
      // Twice: by a plan that is made, and by one that was kept.
      const document = parse(query)
      const run = async (execute: Execute): Promise<unknown> =>
        told(await execute({ schema, document, variableValues: variables, contextValue: {} }))
      const theirs = await run(reference)
      for (const time of ['first', 'second'])
        expect(
          await run(compiled),
          `${time} time, EXECUTOR_SEED=${SEED}, run ${index}\n${query}\n${JSON.stringify(variables)}`,
        ).toEqual(theirs)
      if ((theirs as unknown[])[1] !== undefined) failing += 1
    }
    expect(failing).toBeGreaterThan(RUNS / 10)
    // What graphql-js left may fail a little later.
    await new Promise(resolve => setTimeout(resolve, 50))
  })

  const schema = buildFrom(`
    input Wish { text: String, number: Int = 7, list: [Int] }
    type Query { self: Query, wish(wish: Wish, list: [Int], text: String!): String, name: String, must: String! }
    type Mutation { first: Int, must: Int!, last: Int }`)
  const rootValue: Record<string, unknown> = {
    self: () => rootValue,
    wish: (args: unknown) => JSON.stringify(args),
    name: 'n',
    must: 'm',
  }

  it.each<[string, string, Record<string, unknown>?]>([
    [
      'an input whose variable was not given: it is omitted, not null',
      'query ($t: String) { wish(wish: { text: $t }, text: "") }',
    ],
    ['a list whose variable was not given', 'query ($n: Int) { wish(list: [1, $n], text: "") }'],
    ['a default within an input', '{ wish(wish: {}, text: "x") }'],
    [
      'a single value for a list',
      'query ($l: [Int]) { a: wish(list: 1, text: "") b: wish(list: $l, text: "") }',
      { l: 3 },
    ],
    ['a null for what must not be', 'query ($t: String = "d") { wish(text: $t) name }', { t: null }],
    ['variables of the wrong type', 'query ($n: Int!) { wish(list: [$n], text: "") }', { n: 'x' }],
    ['variables that were not given', 'query ($n: Int!) { wish(list: [$n], text: "") }'],
    [
      'a fragment that is left out here and taken there',
      'query ($s: Boolean!) { ...F @skip(if: $s) ...F self { ...F @include(if: $s) } } fragment F on Query { name must }',
      { s: true },
    ],
    [
      'a fragment under two conditions',
      'query ($a: Boolean!, $b: Boolean!) { self { ... @include(if: $a) { ...F } ... @include(if: $b) { ...F } } } fragment F on Query { name }',
      { a: false, b: true },
    ],
    [
      'one field, merged from several places',
      '{ self { name } ... { self { must self { name } } } self { x: name } }',
    ],
    [
      'names that objects have anyway',
      '{ __proto__: name constructor: must toString: __typename self { __proto__: self { name } } }',
    ],
    [
      'the schema itself',
      '{ __schema { queryType { name fields { name type { kind ofType { name } } } } } __type(name: "Wish") { inputFields { name defaultValue } } }',
    ],
    ['an operation without a name among several', 'query A { name } query B { must }'],
  ])('%s', async (_what, query, variables = {}) => {
    const { ours, theirs } = await bothOf(schema, query, { variables, rootValue })
    expect(ours).toEqual(theirs)
  })

  it('one document under every value of its conditions, again and again', async () => {
    const document = parse('query ($a: Boolean!, $b: Boolean!) { name @skip(if: $a) must @include(if: $b) }')
    for (let index = 0; index < 12; index++) {
      const variableValues = { a: index % 2 === 0, b: index % 3 === 0 }
      const args = { schema, document, rootValue, variableValues }
      expect(await compiled(args)).toEqual({ ...(await reference(args)) })
    }
  })

  it.each(['compiled', 'reference'] as const)(
    'ends a mutation at the field that must not be null and is (%s)',
    async kind => {
      const ran: string[] = []
      const field = (name: string, value: unknown) => async (): Promise<unknown> => {
        ran.push(name)
        return value
      }
      const mutations = { first: field('first', 1), must: field('must', null), last: field('last', 3) }
      const document = parse('mutation { first must last }')
      const { data, errors } = await executorOf(kind)({ schema, document, rootValue: mutations })
      expect({ data, paths: errors?.map(({ path }) => path), ran }).toEqual({
        data: null,
        paths: [['must']],
        ran: ['first', 'must'],
      })
    },
  )

  it('keeps no more plans than there is room for, however little the documents weigh', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const heap = (): number => {
      collect()
      return process.memoryUsage().heapUsed / 1_000_000
    }
    const names = Array.from({ length: 20 }, (_, index) => `f${index}: Int`).join(' ')
    const listed = buildFrom(`type Thing { ${names} } type Query { thing: Thing! }`)
    const fields = Array.from({ length: 20 }, (_, index) => `f${index}`).join(' ')
    const things = Array.from({ length: 50 }, (_, index) => `t${index}: thing { ...F }`).join(' ')
    const text = `query ($a: Boolean!, $b: Boolean!, $c: Boolean!, $d: Boolean!) {
      a: __typename @skip(if: $a) b: __typename @skip(if: $b) c: __typename @skip(if: $c) d: __typename @skip(if: $d)
      ${things} } fragment F on Thing { ${fields} }`
    const before = heap()
    const documents = Array.from({ length: 20 }, () => parse(text))
    for (const document of documents)
      for (let at = 0; at < 16; at += 1) {
        const variables = Object.fromEntries([...'abcd'].map((name, bit) => [name, ((at >> bit) & 1) === 1]))
        const thing = { f0: at }
        const { data } = await compiled({
          schema: listed,
          document,
          variableValues: variables,
          rootValue: { thing },
        })
        expect(data?.t49).toMatchObject({ f0: at, f1: null })
      }
    // All 320 of them, of a thousand fields each, would take 150 MB.
    expect(heap() - before).toBeLessThan(100)
    expect(documents).toHaveLength(20)
  })

  it('leaves no entry of a list to fail without a hand when another one fails at once', async () => {
    const left: unknown[] = []
    const keep = (reason: unknown): void => void left.push((reason as Error).message)
    process.on('unhandledRejection', keep)
    onTestFinished(() => void process.off('unhandledRejection', keep))
    const late = async (): Promise<never> => {
      await new Promise(resolve => setTimeout(resolve, 5))
      throw new Error('late')
    }
    const listed = buildFrom('type Entry { must: Int! } type Query { list: [Entry!] }')
    const at = { must: () => 1 }
    const entries = [{ must: late }, at, { must: () => null }]
    const answer = await compiled({
      schema: listed,
      document: parse('{ list { must } }'),
      rootValue: { list: entries },
    })
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(answer.data).toEqual({ list: null })
    expect(left).not.toContain('late')
  })

  it('runs the fields of a mutation one after the other, all their parts included', async () => {
    const order: string[] = []
    const slow = buildFrom('type Part { deep: Int } type Query { a: Int } type Mutation { a: Part, b: Part }')
    const part = (name: string) => async (): Promise<unknown> => {
      order.push(name)
      return {
        deep: async () => {
          await new Promise(resolve => setTimeout(resolve, 5))
          order.push(`${name}.deep`)
        },
      }
    }
    await compiled({
      schema: slow,
      document: parse('mutation { a { deep } b { deep } }'),
      rootValue: { a: part('a'), b: part('b') },
    })
    expect(order).toEqual(['a', 'a.deep', 'b', 'b.deep'])
  })
})
