import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type OperationTypeNode,
} from 'graphql'
import { DOCUMENT_LIMITS } from '../../../src/server/bounds/index.js'
import { Random } from './random.js'
import type { Stock } from './stock.js'
import { type Mood, printValue, Values } from './values.js'

/** One GraphQL operation, ready to be sent. */
export interface Operation {
  kind: 'query' | 'mutation' | 'subscription'
  query: string
  variables: Record<string, unknown>
  /** Canaries that stand in it as texts: from now on answers may repeat them. */
  spoken: readonly string[]
}

/** Deeper selections cost more than they tell: every type is reached from a root within three steps. */
const MAX_DEPTH = 6
/** Fields of one document, over all its levels. */
const MAX_FIELDS = 30
/** Root fields of one operation; of mutations several, to see that each is a transaction of its own (api.md: at most ten). */
const MOST: Record<Operation['kind'], number> = { query: 3, mutation: 2, subscription: 1 }
const QUERY_SHARE = 0.65
const ODD_SHARE = 0.4
/** People are few and far from the roots, and closed one by one (8.2.1): they, and what leads to them, are asked for more often. */
const SOUGHT: ReadonlySet<string> = new Set(['Person', 'Node'])
const SOUGHT_RANK = 0.2
/** How often something of any type is taken for a ticket: most of what happens is about one. */
const TICKETS_SHARE = 0.4
/** One that is refused hears nothing: most are sound. */
const ODD_SUBSCRIPTIONS = 0.1

/**
 * Random operations from the schema as it's built: every root field, field, argument, input field and enum value there is
 * may stand in them, so a new one does from its first day. The same seed makes the same documents.
 */
export class Operations {
  /** How often each field, argument and input field was asked for: `Agreement.state`, `Query.agreement(id:)`. */
  readonly asked = new Map<string, number>()
  readonly #schema: GraphQLSchema
  readonly #random: Random
  readonly #stock: Stock

  constructor(schema: GraphQLSchema, seed: number, stock: Stock) {
    this.#schema = schema
    this.#random = new Random(seed)
    this.#stock = stock
  }

  next(): Operation {
    return this.#write(this.#random.chance(QUERY_SHARE) ? 'query' : 'mutation', ODD_SHARE)
  }

  subscription(): Operation {
    return this.#write('subscription', ODD_SUBSCRIPTIONS)
  }

  #write(kind: Operation['kind'], oddShare: number): Operation {
    const mood = this.#random.chance(oddShare) ? 'odd' : 'sound'
    return new Document(this.#schema, this.#random, this.#stock, mood, this.asked).write(kind)
  }
}

/** A document being written. */
class Document {
  readonly #schema: GraphQLSchema
  readonly #random: Random
  readonly #values: Values
  readonly #stock: Stock
  readonly #mood: Mood
  readonly #asked: Map<string, number>
  readonly #variables: Record<string, unknown> = {}
  readonly #declared: string[] = []
  readonly #fragments: string[] = []
  #fieldsLeft = MAX_FIELDS
  #aliasesLeft: number = DOCUMENT_LIMITS.aliases
  #names = 0

  constructor(schema: GraphQLSchema, random: Random, stock: Stock, mood: Mood, asked: Map<string, number>) {
    this.#schema = schema
    this.#random = random
    this.#stock = stock
    this.#mood = mood
    this.#asked = asked
    this.#values = new Values(random, stock)
  }

  write(kind: Operation['kind']): Operation {
    const root = this.#schema.getRootType(kind as OperationTypeNode) as GraphQLObjectType
    const count = this.#random.int(1, MOST[kind])
    const fields = this.#rarest(root, count).map(field => this.#field(root, field, MAX_DEPTH))
    const head = this.#declared.length > 0 ? `(${this.#declared.join(', ')})` : ''
    return {
      kind,
      query: [`${kind} Fuzz${head} { ${fields.join(' ')} }`, ...this.#fragments].join('\n'),
      variables: this.#variables,
      spoken: this.#values.takeSpoken(),
    }
  }

  /** A few fields of a type, those preferred that were asked for least. */
  #rarest(type: GraphQLObjectType, count: number): GraphQLField<unknown, unknown>[] {
    const ranked = Object.values(type.getFields()).map(field => ({
      field,
      rank:
        ((this.#asked.get(`${type.name}.${field.name}`) ?? 0) + 1) *
        this.#random.next() *
        (SOUGHT.has(getNamedType(field.type).name) ? SOUGHT_RANK : 1),
    }))
    return ranked
      .sort((a, b) => a.rank - b.rank)
      .slice(0, count)
      .map(({ field }) => field)
  }

  /** Under an alias of its own while the door takes more: where several types are spread, two fields must never have to be merged. */
  #field(parent: GraphQLObjectType, field: GraphQLField<unknown, unknown>, depth: number): string {
    const place = `${parent.name}.${field.name}`
    this.#count(place)
    this.#fieldsLeft -= 1
    const alias = this.#aliasesLeft-- > 0 ? `${field.name}_${++this.#names}: ` : ''
    const type = getNamedType(field.type)
    const args = this.#arguments(place, field, type)
    // What `node` answers is of the type of the id.
    const isFound = field.args.some(arg => arg.name === 'id' || arg.name === 'ids')
    const isTicket = this.#random.chance(TICKETS_SHARE)
    const likely = isFound ? this.#stock.typeOf(this.#values.lastId) : isTicket ? 'Ticket' : null
    const selection = isLeafType(type) ? '' : ` { ${this.#selection(type, depth - 1, likely)} }`
    return `${alias}${field.name}${args}${selection}`
  }

  #selection(type: GraphQLNamedType, depth: number, likely: string | null): string {
    if (isObjectType(type)) return this.#objectSelection(type, depth)
    if (!isInterfaceType(type) && !isUnionType(type))
      throw new Error(`no selection is known for ${type.name}`)
    const possible = this.#schema.getPossibleTypes(type)
    const parts = Array.from({ length: this.#random.int(1, 4) }, () => this.#random.pick(possible))
    parts.push(...possible.filter(({ name }) => name === likely))
    // An id is asked for under its own name, so that the answer can be read.
    return ['__typename', 'id', ...parts.map(each => this.#spread(each, depth))].join(' ')
  }

  #objectSelection(type: GraphQLObjectType, depth: number): string {
    const wanted = this.#rarest(type, this.#random.int(1, 7))
    const fields = wanted
      .filter(field => isLeafType(getNamedType(field.type)) || (depth > 0 && this.#fieldsLeft > 0))
      .map(field => this.#field(type, field, depth))
    return ['__typename', ...this.#always(type), ...fields].join(' ')
  }

  /** What an answer is judged by: ids, whether a connection is complete and what it counts, whether a change was made. */
  #always(type: GraphQLObjectType): string[] {
    const fields = type.getFields()
    if ('totalCount' in fields && 'nodes' in fields)
      return ['totalCount', 'nodes { __typename id }', 'pageInfo { hasNextPage hasPreviousPage }']
    if ('userErrors' in fields) return ['userErrors { code }']
    return 'id' in fields ? ['id'] : []
  }

  #spread(type: GraphQLObjectType, depth: number): string {
    const selection = this.#aliasesLeft > 0 ? this.#objectSelection(type, depth) : '__typename'
    if (this.#random.chance(0.7)) return `... on ${type.name} { ${selection} }`
    const name = `F${++this.#names}`
    this.#fragments.push(`fragment ${name} on ${type.name} { ${selection} }`)
    return `...${name}`
  }

  #arguments(place: string, field: GraphQLField<unknown, unknown>, type: GraphQLNamedType): string {
    const chosen = field.args.filter(arg => isNonNullType(arg.type) || this.#random.chance(0.35))
    const printed = this.#fitting(chosen).map(arg => {
      this.#count(`${place}(${arg.name}:)`)
      return `${arg.name}: ${this.#argument(place, arg, type)}`
    })
    return printed.length > 0 ? `(${printed.join(', ')})` : ''
  }

  /** A page has one end, and a cursor is good for the order and filter it came with: for the usual one of both here. */
  #fitting(args: readonly GraphQLArgument[]): GraphQLArgument[] {
    const [anyhow, backward] = [this.#random.chance(0.3), this.#random.chance(0.4)]
    if (this.#mood === 'odd' && anyhow) return [...args]
    const fitting = args.filter(
      arg => !(backward ? ['first', 'after'] : ['last', 'before']).includes(arg.name),
    )
    const isPaged = fitting.some(arg => arg.name === 'after' || arg.name === 'before')
    return isPaged ? fitting.filter(arg => arg.name !== 'orderBy' && arg.name !== 'filter') : fitting
  }

  #argument(place: string, arg: GraphQLArgument, returned: GraphQLNamedType): string {
    const isCursor = arg.name === 'after' || arg.name === 'before'
    const value = isCursor
      ? this.#stock.cursor(this.#random, place)
      : this.#values.of(arg.type, arg.name, this.#mood, arg.name === 'id' ? returned.name : null)
    this.#countInput(value, getNamedType(arg.type).name)
    if (this.#random.chance(0.5)) return printValue(value)
    const variable = `v${++this.#names}`
    this.#declared.push(`$${variable}: ${String(arg.type)}`)
    this.#variables[variable] = value
    return `$${variable}`
  }

  #countInput(value: unknown, typeName: string): void {
    const type = this.#schema.getType(typeName)
    if (!isInputObjectType(type)) return
    for (const object of Array.isArray(value) ? value : [value]) {
      if (typeof object !== 'object' || object === null) continue
      for (const field of Object.values(type.getFields()).filter(({ name }) => name in object)) {
        this.#count(`${typeName}.${field.name}`)
        this.#countInput((object as Record<string, unknown>)[field.name], getNamedType(field.type).name)
      }
    }
  }

  #count(what: string): void {
    this.#asked.set(what, (this.#asked.get(what) ?? 0) + 1)
  }
}

/** Everything of a schema that a client can ask for or send. */
export function everythingOf(schema: GraphQLSchema): string[] {
  const types = Object.values(schema.getTypeMap()).filter(type => !type.name.startsWith('__'))
  return types.flatMap(type => {
    if (isInputObjectType(type)) return Object.keys(type.getFields()).map(name => `${type.name}.${name}`)
    if (!isObjectType(type)) return []
    return Object.values(type.getFields()).flatMap(field => [
      `${type.name}.${field.name}`,
      ...field.args.map(arg => `${type.name}.${field.name}(${arg.name}:)`),
    ])
  })
}
