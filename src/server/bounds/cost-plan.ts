import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql'
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../../platform/graphql/pages.js'
import { COST_TABLE } from './cost-table.js'

export type Variables = Readonly<Record<string, unknown>>
/** How many entries a list is asked for. */
type Count = (variables: Variables) => number

/** A field of the answer that costs something, or that leads to one. */
interface Step {
  key: string
  /** More than one where types that exclude each other answer by the same name: it costs what the dearest of them does. */
  readings: Reading[]
}

interface Reading {
  /** What each of its objects costs. */
  each: number
  /** Null for a single object. */
  count: Count | null
  steps: Step[]
}

/** What one operation costs, as far as its text says. Made once for a document; applied to each request's variables and to its answer. */
export interface CostPlan {
  /** Whatever is answered. */
  base: number
  rootFields: number
  steps: Step[]
}

/** Before it is executed: as if every list were as long as it may be, and nothing skipped. */
export function requestedCost({ base, steps }: CostPlan, variables: Variables): number {
  const costOf = ({ readings }: Step): number => Math.max(...readings.map(costOfReading))
  const costOfReading = ({ each, count, steps: inner }: Reading): number =>
    (count ? count(variables) : 1) * inner.reduce((sum, step) => sum + costOf(step), each)
  return steps.reduce((sum, step) => sum + costOf(step), base)
}

/** Of what was answered. It goes to lists and objects alone, and of a list whose entries hold none only looks how long it is. */
export function actualCost({ base, steps }: CostPlan, data: unknown): number {
  return steps.reduce((sum, step) => sum + answered(step, (data as Variables | null)?.[step.key]), base)
}

function answered({ readings }: Step, value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let dearest = 0
  for (const reading of readings) dearest = Math.max(dearest, answeredAs(reading, value))
  return dearest
}

function answeredAs(reading: Reading, value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  if (!Array.isArray(value)) {
    let sum = reading.each
    for (const inner of reading.steps) sum += answered(inner, (value as Variables)[inner.key])
    return sum
  }
  if (reading.steps.length === 0) return reading.each * value.length
  let sum = 0
  for (const each of value) sum += answeredAs(reading, each)
  return sum
}

/** The operation is valid, so what isn't in the schema isn't in it. */
export function planCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CostPlan {
  return new Planner(schema, document).plan(operation)
}

/** What a name in the answer stands for: a field of ours, introspection, or a name without more behind it. */
type Answered = Selected[] | 'introspection' | 'name'

interface Selected {
  /** The type it stands in. */
  type: GraphQLNamedType
  field: GraphQLField<unknown, unknown>
  node: FieldNode
  sets: SelectionSetNode[]
}

class Planner {
  readonly #schema: GraphQLSchema
  readonly #fragments: Map<string, FragmentDefinitionNode>

  constructor(schema: GraphQLSchema, document: DocumentNode) {
    this.#schema = schema
    this.#fragments = new Map(
      document.definitions.flatMap(each =>
        each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [],
      ),
    )
  }

  plan({ operation, selectionSet }: OperationDefinitionNode): CostPlan {
    const root = this.#schema.getRootType(operation)
    const keys = new Map<string, Answered>()
    if (root) this.#collect(root, selectionSet, keys)
    const each = COST_TABLE.root + (operation === 'query' ? 0 : COST_TABLE[operation])
    const introspections = [...keys.values()].filter(one => one === 'introspection').length
    return {
      base: keys.size * each + introspections * COST_TABLE.introspection,
      rootFields: keys.size,
      steps: this.#steps(keys, null),
    }
  }

  #steps(keys: Map<string, Answered>, page: Count | null): Step[] {
    return [...keys].flatMap(([key, selected]) => {
      if (typeof selected === 'string') return []
      const readings = selected.flatMap(each => this.#reading(each, page))
      return readings.length === 0 ? [] : [{ key, readings }]
    })
  }

  /** `page`: how many entries the connection around it was asked for. */
  #reading({ field, node, sets }: Selected, page: Count | null): Reading[] {
    const type = getNamedType(field.type)
    if (!isCompositeType(type)) return []
    const isConnection = type.name.endsWith('Connection')
    const inner = new Map<string, Answered>()
    for (const set of sets) this.#collect(type, set, inner)
    const steps = this.#steps(inner, isConnection ? pageOf(node) : null)
    const each = isConnection ? COST_TABLE.connection : isIdentified(type) ? COST_TABLE.object : 0
    if (each === 0 && steps.length === 0) return []
    const isList = isListType(getNullableType(field.type))
    return [{ each, count: isList ? (page ?? listOf(node)) : null, steps }]
  }

  /** Fields by their name in the answer, whichever fragments they stand in; fields of one name are one, as in execution, but for those of types that exclude each other. */
  #collect(type: GraphQLNamedType, { selections }: SelectionSetNode, keys: Map<string, Answered>): void {
    for (const selection of selections) {
      if (selection.kind !== Kind.FIELD) {
        const fragment =
          selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value)
        const name = fragment?.typeCondition?.name.value
        const inner = name === undefined ? type : this.#schema.getType(name)
        if (fragment && inner) this.#collect(inner, fragment.selectionSet, keys)
        continue
      }
      const key = (selection.alias ?? selection.name).value
      const field =
        isObjectType(type) || isInterfaceType(type) ? type.getFields()[selection.name.value] : undefined
      if (!field) {
        keys.set(key, selection.name.value === '__typename' ? 'name' : 'introspection')
        continue
      }
      const known = keys.get(key)
      const sets = selection.selectionSet ? [selection.selectionSet] : []
      const read = { type, field, node: selection, sets }
      if (typeof known !== 'object') {
        keys.set(key, [read])
        continue
      }
      const same = known.filter(each => !excludeEachOther(each.type, type))
      for (const each of same) each.sets.push(...sets)
      if (same.length === 0) known.push(read)
    }
  }
}

/** No object is of both: only then may one name stand for fields with other arguments, as validation has it. */
const excludeEachOther = (one: GraphQLNamedType, other: GraphQLNamedType): boolean =>
  one !== other && isObjectType(one) && isObjectType(other)

/** What has an identity of its own. */
const isIdentified = (type: GraphQLNamedType): boolean =>
  isUnionType(type) || ((isObjectType(type) || isInterfaceType(type)) && type.getFields().id !== undefined)

/** As many as `first` or `last` says. More than may be asked for is refused before anything is read. */
function pageOf(node: FieldNode): Count {
  const sizes = ['first', 'last'].map(name => argument(node, name))
  return variables => {
    for (const size of sizes) {
      const value = size(variables)
      if (typeof value === 'number') return Math.min(Math.max(value, 0), MAX_PAGE_SIZE)
    }
    return DEFAULT_PAGE_SIZE
  }
}

/** As many as there are `ids`, and for other lists what the table assumes. */
function listOf(node: FieldNode): Count {
  const ids = argument(node, 'ids')
  return variables => {
    const value = ids(variables)
    return Array.isArray(value) ? value.length : COST_TABLE.listEntries
  }
}

/** An argument's value, once the variables are known. Of numbers and lists; what is wrong with others, execution says. */
function argument({ arguments: given = [] }: FieldNode, name: string): (variables: Variables) => unknown {
  const value = given.find(each => each.name.value === name)?.value
  if (!value) return () => undefined
  return variables => valueFromASTUntyped(value, variables as { [name: string]: unknown })
}

/** The variables as execution will have them: the operation's own default stands for one that isn't given, and not for a null. */
export function withDefaults({
  operation: { variableDefinitions = [] },
  variables,
}: {
  operation: OperationDefinitionNode
  variables: Variables
}): Variables {
  const missing = variableDefinitions.flatMap(({ variable: { name }, defaultValue }) =>
    defaultValue && variables[name.value] === undefined
      ? [[name.value, valueFromASTUntyped(defaultValue)] as const]
      : [],
  )
  return missing.length === 0 ? variables : { ...variables, ...Object.fromEntries(missing) }
}
