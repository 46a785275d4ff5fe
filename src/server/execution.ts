import {
  GraphQLError,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLUnionType,
  isObjectType,
  locatedError,
  responsePathAsArray,
} from 'graphql'
import type { Path } from 'graphql/jsutils/Path.js'
import { inspect } from 'graphql/jsutils/inspect.js'
import { isIterableObject } from 'graphql/jsutils/isIterableObject.js'
import { argsOf, type FieldPlan, type Run, type SelectionPlan, type TypePlan } from './execution-plan.js'

/*
 * Execution by a plan. Step for step it is that of graphql-js (execute.js: executeFields, executeField, completeValue and
 * what they call), with the same messages, the same promises and so the same order of errors; the differential test holds
 * it to that. What it leaves out is what the plan already knows.
 */

type Data = Record<string, unknown>

const isPromise = <T>(value: T | Promise<T>): value is Promise<T> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function'

/** The fields of an object, all at once. */
export function executeFields(
  run: Run,
  { type, fields, isOrdinary }: SelectionPlan,
  source: unknown,
  path: Path | undefined,
): unknown {
  const data: Data = isOrdinary ? {} : (Object.create(null) as Data)
  let waits = false
  try {
    for (const field of fields) {
      const value = field.isPlain
        ? plainField(run, field, source, path)
        : executeField(run, field, source, { prev: path, key: field.key, typename: type.name })
      data[field.key] = value
      if (isPromise(value)) waits = true
    }
  } catch (error) {
    if (!waits) throw error
    // The others are under way and may fail as well, which must not be left without a hand.
    return allOf(data, isOrdinary).finally(() => {
      throw error
    })
  }
  return waits ? allOf(data, isOrdinary) : data
}

/** The fields of a mutation, each when the one before is done with all its parts; one that must not be null ends them. */
export function executeInTurn(run: Run, { type, fields, isOrdinary }: SelectionPlan): Data | Promise<Data> {
  const runField = (data: Data, field: FieldPlan): Data | Promise<Data> => {
    const path = { prev: undefined, key: field.key, typename: type.name }
    const value = executeField(run, field, run.rootValue, path)
    const keep = (settled: unknown): Data => {
      data[field.key] = settled
      return data
    }
    return isPromise(value) ? value.then(keep) : keep(value)
  }
  const nothing = isOrdinary ? {} : (Object.create(null) as Data)
  return fields.reduce<Data | Promise<Data>>(
    (sofar, field) => (isPromise(sofar) ? sofar.then(data => runField(data, field)) : runField(sofar, field)),
    nothing,
  )
}

function allOf(data: Data, isOrdinary: boolean): Promise<Data> {
  return Promise.all(Object.values(data)).then(values => {
    const settled: Data = isOrdinary ? {} : (Object.create(null) as Data)
    let index = 0
    for (const key of Object.keys(data)) settled[key] = values[index++]
    return settled
  })
}

/** A leaf that is a property of its parent, and no promise and no method: nearly all there are. */
function plainField(run: Run, field: FieldPlan, source: unknown, parent: Path | undefined): unknown {
  const { type, name } = field
  try {
    const value = isIndexable(source) ? source[name] : undefined
    if (value === null || value === undefined) {
      if (!type.isNonNull) return null
    } else if (typeof value !== 'function' && !isPromise(value) && !(value instanceof Error))
      return serialize(type, value)
  } catch (error) {
    return failed(run, field, type, error, pathOf(field, parent))
  }
  return executeField(run, field, source, pathOf(field, parent))
}

const pathOf = ({ key, parentType }: FieldPlan, prev: Path | undefined): Path => ({
  prev,
  key,
  typename: parentType.name,
})

function executeField(run: Run, field: FieldPlan, source: unknown, path: Path): unknown {
  const { type } = field
  try {
    const value = resolve(run, field, source, path)
    const completed = isPromise(value)
      ? value.then(resolved => complete(run, field, type, path, resolved))
      : complete(run, field, type, path, value)
    return isPromise(completed)
      ? completed.then(undefined, (error: unknown) => failed(run, field, type, error, path))
      : completed
  } catch (error) {
    return failed(run, field, type, error, path)
  }
}

function resolve(run: Run, field: FieldPlan, source: unknown, path: Path): unknown {
  if (field.isTypename) return field.parentType.name
  if (field.resolve)
    return field.resolve(source, argsOf(run, field), run.contextValue, infoOf(run, field, path))
  // Wrong arguments are wrong also where nobody reads them.
  const args = argsOf(run, field)
  if (!isIndexable(source)) return undefined
  const value = source[field.name]
  return typeof value === 'function'
    ? (source[field.name] as Method)(args, run.contextValue, infoOf(run, field, path))
    : value
}

type Method = (args: Data, context: unknown, info: GraphQLResolveInfo) => unknown

const isIndexable = (source: unknown): source is Data =>
  (typeof source === 'object' && source !== null) || typeof source === 'function'

function infoOf(
  run: Run,
  { name, nodes, definition, parentType }: FieldPlan,
  path: Path,
): GraphQLResolveInfo {
  return {
    fieldName: name,
    fieldNodes: nodes,
    returnType: definition.type,
    parentType,
    path,
    schema: run.schema,
    fragments: run.fragments,
    rootValue: run.rootValue,
    operation: run.operation,
    variableValues: run.variableValues,
  }
}

/** Null where null may stand; else the error goes up to the next place where it may. */
function failed(run: Run, { nodes }: FieldPlan, type: TypePlan, error: unknown, path: Path): null {
  const located = locatedError(error, nodes, responsePathAsArray(path))
  if (type.isNonNull) throw located
  run.collectedErrors.add(located, path)
  return null
}

function complete(run: Run, field: FieldPlan, type: TypePlan, path: Path, value: unknown): unknown {
  if (value instanceof Error) throw value
  const completed =
    value === null || value === undefined ? null : completeValue(run, field, type, path, value)
  if (completed === null && type.isNonNull)
    throw new Error(`Cannot return null for non-nullable field ${field.parentType.name}.${field.name}.`)
  return completed
}

function completeValue(run: Run, field: FieldPlan, type: TypePlan, path: Path, value: unknown): unknown {
  if (type.entry) return completeList(run, field, type.entry, path, value)
  if (type.leaf) return serialize(type, value)
  if (type.object) return completeObject(run, field, type.object, path, value)
  return completeAbstract(run, field, type.type as GraphQLInterfaceType | GraphQLUnionType, path, value)
}

function completeList(run: Run, field: FieldPlan, entry: TypePlan, list: Path, values: unknown): unknown {
  if (!isIterableObject(values))
    throw new GraphQLError(
      `Expected Iterable, but did not find one for field "${field.parentType.name}.${field.name}".`,
    )
  const waiting: Promise<unknown>[] = []
  const completeEntry = (value: unknown, key: number): unknown => {
    const path = { prev: list, key, typename: undefined }
    try {
      const done = isPromise(value)
        ? value.then(resolved => complete(run, field, entry, path, resolved))
        : complete(run, field, entry, path, value)
      if (!isPromise(done)) return done
      const safe = done.then(undefined, (error: unknown) => failed(run, field, entry, error, path))
      waiting.push(safe)
      return safe
    } catch (error) {
      return failed(run, field, entry, error, path)
    }
  }
  try {
    const completed = Array.from(values, completeEntry)
    return waiting.length > 0 ? Promise.all(completed) : completed
  } catch (error) {
    // Entries before this one are under way; graphql-js would let them fail without a hand, which ends the process.
    for (const each of waiting) each.catch(() => undefined)
    throw error
  }
}

function serialize({ leaf }: TypePlan, value: unknown): unknown {
  const serialized = leaf?.serialize(value)
  if (serialized === null || serialized === undefined)
    throw new Error(
      `Expected \`${inspect(leaf)}.serialize(${inspect(value)})\` to return non-nullable value, returned: ${inspect(serialized)}`,
    )
  return serialized
}

function completeAbstract(
  run: Run,
  field: FieldPlan,
  type: GraphQLInterfaceType | GraphQLUnionType,
  path: Path,
  value: unknown,
): unknown {
  const typeOf = type.resolveType ?? run.typeResolver
  const found = typeOf(value, run.contextValue, infoOf(run, field, path), type)
  const go = (name: unknown): unknown =>
    completeObject(run, field, objectType(run, field, type, name, value), path, value)
  return isPromise(found) ? found.then(go) : go(found)
}

function objectType(
  { schema }: Run,
  { nodes, parentType, name: fieldName }: FieldPlan,
  type: GraphQLInterfaceType | GraphQLUnionType,
  name: unknown,
  value: unknown,
): GraphQLObjectType {
  const place = `"${parentType.name}.${fieldName}"`
  const must = `Abstract type "${type.name}" must resolve to an Object type at runtime for field ${place}`
  if (name === null || name === undefined)
    throw new GraphQLError(
      `${must}. Either the "${type.name}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`,
      { nodes },
    )
  if (typeof name !== 'string')
    throw new GraphQLError(`${must} with value ${inspect(value)}, received "${inspect(name)}".`)
  const found = schema.getType(name)
  if (!found)
    throw new GraphQLError(
      `Abstract type "${type.name}" was resolved to a type "${name}" that does not exist inside the schema.`,
      { nodes },
    )
  if (!isObjectType(found))
    throw new GraphQLError(`Abstract type "${type.name}" was resolved to a non-object type "${name}".`, {
      nodes,
    })
  if (!schema.isSubType(type, found))
    throw new GraphQLError(`Runtime Object type "${name}" is not a possible type for "${type.name}".`, {
      nodes,
    })
  return found
}

function completeObject(
  run: Run,
  field: FieldPlan,
  type: GraphQLObjectType,
  path: Path,
  value: unknown,
): unknown {
  const selection = field.plan.selectionOf(run, field, type)
  if (!type.isTypeOf) return executeFields(run, selection, value, path)
  const go = (isOne: unknown): unknown => {
    if (!isOne)
      throw new GraphQLError(`Expected value of type "${type.name}" but got: ${inspect(value)}.`, {
        nodes: field.nodes,
      })
    return executeFields(run, selection, value, path)
  }
  const isOne = type.isTypeOf(value, run.contextValue, infoOf(run, field, path))
  return isPromise(isOne) ? isOne.then(go) : go(isOne)
}
