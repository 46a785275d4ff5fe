import {
  type FieldNode,
  getArgumentValues,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  TypeNameMetaFieldDef,
} from 'graphql'
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js'
import { type ExecutionContext, getFieldDef } from 'graphql/execution/execute.js'

/** One execution of an operation: graphql-js's own context, and the arguments that are the same for every parent of a field. */
export interface Run extends ExecutionContext {
  readonly args: (Record<string, unknown> | undefined)[]
}

/** The fields of one selection of one object type, found once for all objects and all executions. */
export interface SelectionPlan {
  readonly type: GraphQLObjectType
  readonly fields: readonly FieldPlan[]
  /** Nobody's key is `__proto__`, so that an answer may be an ordinary object, which is made faster. */
  readonly isOrdinary: boolean
}

/** What is known of a value's type before there is a value: how it's completed. */
export interface TypePlan {
  readonly type: GraphQLOutputType
  readonly isNonNull: boolean
  /** Of its entries, where it is a list. */
  readonly entry: TypePlan | null
  readonly leaf: GraphQLLeafType | null
  readonly object: GraphQLObjectType | null
}

export interface FieldPlan {
  /** In the answer. */
  readonly key: string
  readonly name: string
  readonly definition: GraphQLField<unknown, unknown>
  readonly nodes: readonly FieldNode[]
  readonly parentType: GraphQLObjectType
  readonly type: TypePlan
  /** Null: the property of its name, as graphql-js's default has it. */
  readonly resolve: GraphQLFieldResolver<unknown, unknown> | null
  readonly isTypename: boolean
  /** A leaf that is read from its parent: where it stands matters only when it fails. */
  readonly isPlain: boolean
  /** Its place among a run's arguments; -1 where it takes none. */
  readonly argsAt: number
  readonly plan: OperationPlan
  /** By the type of the object that it leads to: one, or those of an interface that have turned up so far. */
  readonly selections: Map<GraphQLObjectType, SelectionPlan>
}

/** How many fields all the plans that are kept together have. */
export interface Kept {
  fields: number
}

/**
 * What graphql-js finds out anew for every object of every answer, kept from the first: which fields its selection has
 * and how each is resolved and completed. Fields are collected by graphql-js itself, so their order and merging are its
 * own; `@skip` and `@include` are decided then, so a plan is good for one set of their variables.
 */
export class OperationPlan {
  root: SelectionPlan | null = null
  readonly #kept: Kept
  #fieldsWithArgs = 0

  constructor(kept: Kept) {
    this.#kept = kept
  }

  rootOf(run: Run, type: GraphQLObjectType): SelectionPlan {
    const { schema, fragments, variableValues, operation } = run
    this.root ??= this.#select(
      run,
      type,
      collectFields(schema, fragments, variableValues, type, operation.selectionSet),
    )
    return this.root
  }

  selectionOf(run: Run, field: FieldPlan, type: GraphQLObjectType): SelectionPlan {
    const known = field.selections.get(type)
    if (known) return known
    const { schema, fragments, variableValues } = run
    const found = collectSubfields(schema, fragments, variableValues, type, field.nodes as FieldNode[])
    const selection = this.#select(run, type, found)
    field.selections.set(type, selection)
    return selection
  }

  #select(
    run: Run,
    type: GraphQLObjectType,
    collected: ReadonlyMap<string, readonly FieldNode[]>,
  ): SelectionPlan {
    const fields = [...collected].flatMap(([key, nodes]) => {
      const definition = getFieldDef(run.schema, type, nodes[0] as FieldNode)
      return definition ? [this.#field(key, nodes, type, definition)] : []
    })
    return { type, fields, isOrdinary: fields.every(({ key }) => key !== '__proto__') }
  }

  #field(
    key: string,
    nodes: readonly FieldNode[],
    parentType: GraphQLObjectType,
    definition: GraphQLField<unknown, unknown>,
  ): FieldPlan {
    const type = typePlan(definition.type)
    this.#kept.fields += 1
    return {
      key,
      name: definition.name,
      definition,
      nodes,
      parentType,
      type,
      resolve: definition.resolve ?? null,
      isTypename: definition === TypeNameMetaFieldDef,
      isPlain: definition.resolve === undefined && definition.args.length === 0 && type.leaf !== null,
      argsAt: definition.args.length > 0 ? this.#fieldsWithArgs++ : -1,
      plan: this,
      selections: new Map(),
    }
  }
}

function typePlan(type: GraphQLOutputType): TypePlan {
  const isNonNull = isNonNullType(type)
  const nullable = isNonNull ? type.ofType : type
  return {
    type: nullable,
    isNonNull,
    entry: isListType(nullable) ? typePlan(nullable.ofType) : null,
    leaf: isLeafType(nullable) ? nullable : null,
    object: isObjectType(nullable) ? nullable : null,
  }
}

/** The arguments of a field, coerced once in a run; what is wrong with them is found again for each parent. */
export function argsOf(run: Run, { definition, nodes, argsAt }: FieldPlan): Record<string, unknown> {
  if (argsAt < 0) return {}
  const known = run.args[argsAt]
  if (known) return known
  const args = getArgumentValues(definition, nodes[0] as FieldNode, run.variableValues)
  run.args[argsAt] = args
  return args
}
