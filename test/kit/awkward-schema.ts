import {
  buildSchema,
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  responsePathAsArray,
} from 'graphql'
import { Random } from './canary/random.js'

const SDL = `
  enum Colour { RED GREEN }
  interface Thing { id: ID! colour: Colour next: Thing }
  union Some = One | Other
  type One implements Thing { id: ID! colour: Colour next: Thing one: Int! ones: [One!]! many: [[Int!]]! }
  type Other implements Thing { id: ID! colour: Colour next: Thing! other(of: Int = 3, names: [String!]): Float! some: [Some] }
  type Query { thing: Thing things: [Thing!] some: Some! one(of: Int!): One other: Other! odd: [Some!]! }
  type Mutation { do: One must: Other! }`

/** How often a field does something else than answer at once. */
const LATE = 0.3
const AWKWARD = 0.12
/** Turns between one lateness and the next: more than it takes a failure to rise by a few levels, and less than by all. */
const STEP = 7

/**
 * A schema whose fields answer by where they stand and by the seed, the same for whoever executes: mostly values, at once
 * or later, but also nothing, an error that is thrown or returned, and what their type doesn't have.
 */
export function awkwardSchema(seed: number): GraphQLSchema {
  const schema = buildSchema(SDL)
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) makeAwkward(field, schema, seed)
  }
  return schema
}

function makeAwkward(field: GraphQLField<unknown, unknown>, schema: GraphQLSchema, seed: number): void {
  const isRead = field.name === 'colour' || field.name === 'one'
  const answer = (args: object, info: GraphQLResolveInfo): unknown => {
    const random = new Random(hash(`${seed} ${JSON.stringify([responsePathAsArray(info.path), args])}`))
    return awkward(field.type, schema, random)
  }
  // Some are methods of their parent, as graphql-js's default has it.
  if (!isRead) field.resolve = (_source, args, _context, info) => answer(args, info)
}

function awkward(type: GraphQLOutputType, schema: GraphQLSchema, random: Random): unknown {
  const late = random.chance(LATE) ? random.int(0, 3) : -1
  const failure = new Error(`failed ${random.int(0, 99)}`)
  const kind = random.chance(AWKWARD) ? random.pick(['throw', 'return', 'null', 'wrong'] as const) : 'sound'
  const value = kind === 'sound' ? valueOf(type, schema, random) : null
  const give = (): unknown => {
    if (kind === 'throw') throw failure
    if (kind === 'return') return failure
    return kind === 'wrong' ? { __typename: 'Nobody' } : value
  }
  return late < 0 ? give() : after(late * STEP).then(give)
}

/** So many turns of the promises later: unlike a timer, the same whoever executes. */
async function after(turns: number): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- turns are what is counted
  for (let turn = 0; turn < turns; turn++) await Promise.resolve()
}

function valueOf(type: GraphQLOutputType, schema: GraphQLSchema, random: Random): unknown {
  if (isNonNullType(type)) return valueOf(type.ofType as GraphQLOutputType, schema, random)
  if (isListType(type))
    return Array.from({ length: random.int(0, 3) }, () =>
      random.chance(AWKWARD) ? awkward(type.ofType, schema, random) : valueOf(type.ofType, schema, random),
    )
  if (isEnumType(type)) return random.chance(0.1) ? 'BLUE' : random.pick(['RED', 'GREEN'])
  if (isLeafType(type)) return random.int(0, 9)
  const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [type as GraphQLObjectType]
  const leaf = (): unknown =>
    random.pick<unknown>([1, null, new Error('kept'), 'x', () => 4, Promise.resolve(5)])
  return { __typename: random.pick(possible).name, one: leaf(), colour: random.pick(['RED', 'BLUE', null]) }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let state = 0x811c9dc5
  for (let index = 0; index < text.length; index++)
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193) >>> 0
  return state
}

const MAX_DEPTH = 4

/** Valid documents with fragments, aliases, merged fields and conditions. */
export class RandomDocuments {
  readonly #schema: GraphQLSchema
  readonly #random: Random
  #fragments: string[] = []

  constructor(schema: GraphQLSchema, random: Random) {
    this.#schema = schema
    this.#random = random
  }

  next(): { query: string; variables: Record<string, unknown> } {
    this.#fragments = []
    const isMutation = this.#random.chance(0.3)
    const root = isMutation ? this.#schema.getMutationType() : this.#schema.getQueryType()
    const selection = this.#selection(root as GraphQLObjectType, MAX_DEPTH)
    const variables = { a: this.#random.chance(0.5), b: this.#random.chance(0.5), n: this.#random.int(0, 9) }
    const text = `${isMutation ? 'mutation' : 'query'} ($a: Boolean!, $b: Boolean = true, $n: Int!) { used: __typename @skip(if: $a) also: __typename @include(if: $b) ${selection} ${this.#random.chance(0.2) ? selection : ''} }`
    // Each variable is used, whatever was drawn.
    const number = isMutation ? '' : 'fragment Number on Query { number: one(of: $n) { id } }'
    const spread = isMutation ? text.replace(', $n: Int!', '') : text.replace(/\}$/, '...Number }')
    return {
      query: [spread, number, ...this.#fragments].join('\n'),
      variables: isMutation ? { a: variables.a, b: variables.b } : variables,
    }
  }

  #selection(type: GraphQLNamedType, depth: number): string {
    const parts = Array.from({ length: this.#random.int(1, 4) }, () => this.#part(type, depth))
    return ['__typename', ...parts].join(' ')
  }

  #part(type: GraphQLNamedType, depth: number): string {
    if (isAbstractType(type) && (!isInterfaceType(type) || this.#random.chance(0.5))) {
      const concrete = this.#random.pick(this.#schema.getPossibleTypes(type))
      return `... on ${concrete.name}${this.#condition()} { ${this.#selection(concrete, depth - 1)} }`
    }
    if (!('getFields' in type)) throw new Error(`${type.name} has no fields`)
    if (this.#random.chance(0.15)) {
      const name = `F${this.#fragments.length}`
      this.#fragments.push('')
      this.#fragments[Number(name.slice(1))] =
        `fragment ${name} on ${type.name} { ${this.#selection(type, depth - 1)} }`
      return `...${name}${this.#condition()} ${this.#random.chance(0.3) ? `...${name}` : ''}`
    }
    const fields = Object.values((type as GraphQLObjectType).getFields())
    const field = this.#random.pick(
      depth > 0 ? fields : fields.filter(each => isLeafType(getNamedType(each.type))),
    ) as GraphQLField<unknown, unknown> | undefined
    return field ? this.#field(field, depth) : '__typename'
  }

  /** A field has the name of its type and arguments as alias, so that two of one name can be merged. */
  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const named = getNamedType(field.type)
    const args = field.name === 'one' && field.args.length > 0 ? '(of: 2)' : ''
    const alias = `${field.name}_${String(field.type).replaceAll('!', '_N').replaceAll(/[[\]]/g, '_L')}`
    const selection = isCompositeType(named) ? ` { ${this.#selection(named, depth - 1)} }` : ''
    return `${alias}: ${field.name}${args}${this.#condition()}${selection}`
  }

  #condition(): string {
    if (!this.#random.chance(0.15)) return ''
    return this.#random.pick([
      '@skip(if: $a)',
      '@include(if: $b)',
      '@skip(if: true)',
      '@include(if: $a) @skip(if: $b)',
    ])
  }
}
