import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { newUuid } from '../../../src/platform/ids.js'

/** A well-formed id that nobody has. */
export const unknownId = (prefix = 'agr'): string => `${prefix}_${newUuid()}`

const ORDINARY: Record<string, () => unknown> = {
  ID: () => unknownId(),
  String: () => 'x',
  Int: () => 1,
  Boolean: () => true,
  Decimal: () => '1',
  DateTime: () => '2026-01-05T02:00:00.000Z',
  Duration: () => 'P30D',
  Date: () => '2026-01-05',
  ClauseNumber: () => '2.3.1',
  TimeZone: () => 'Asia/Shanghai',
  CurrencyCode: () => 'CNY',
  Jurisdiction: () => 'CN',
  EventCursor: () => 'x',
  JSON: () => ({}),
  // The one that holds whatever there is.
  SuspensionScope: () => 'ALL',
}

/** A value that the type takes: for looking at what happens before any value is looked at. */
export function ordinaryValue(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return ordinaryValue(type.ofType)
  if (isListType(type)) return [ordinaryValue(type.ofType)]
  if (isEnumType(type)) return ORDINARY[type.name]?.() ?? type.getValues()[0]?.name
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter(field => isNonNullType(field.type))
    return Object.fromEntries(required.map(field => [field.name, ordinaryValue(field.type)]))
  }
  const make = ORDINARY[type.name]
  if (!make) throw new Error(`no ordinary value of ${type.name} is known: teach arguments.ts`)
  return make()
}

/** The same with an entry or a field at every step of a path, though nothing requires it. */
function ordinaryAlong(type: GraphQLInputType, [step, ...rest]: Path): unknown {
  if (isNonNullType(type)) return ordinaryAlong(type.ofType, step === undefined ? [] : [step, ...rest])
  if (step === undefined) return ordinaryValue(type)
  if (isListType(type)) return [ordinaryAlong(type.ofType, rest)]
  if (!isInputObjectType(type)) throw new Error(`${String(type)} has no ${step}`)
  const field = type.getFields()[step] as GraphQLInputField
  return { ...(ordinaryValue(type) as object), [step]: ordinaryAlong(field.type, rest) }
}

/** An optional argument with a place in it, and all that is required around that place. */
export function argumentAlong(
  field: GraphQLField<unknown, unknown>,
  [name, ...rest]: Path,
): Record<string, unknown> {
  const arg = field.args.find(each => each.name === name)
  return arg ? { [arg.name]: ordinaryAlong(arg.type, rest) } : {}
}

/** The values of a field's required arguments. */
export const ordinaryArguments = (field: GraphQLField<unknown, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    field.args.filter(arg => isNonNullType(arg.type)).map(arg => [arg.name, ordinaryValue(arg.type)]),
  )

/** What to ask of a field so that its whole answer shows: ids and pages, user errors in full. */
export function selectionOf(field: GraphQLField<unknown, unknown>): string {
  const type = getNamedType(field.type)
  if (!isObjectType(type)) return 'getFields' in type ? '{ __typename id }' : ''
  const fields = type.getFields()
  // A journal has no count, and where to go on is sealed anew in each answer.
  if (fields.pageInfo)
    return `{ ${fields.totalCount ? 'totalCount' : ''} nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`
  // What a forecast is of.
  if (fields.entries) return '{ entries { obligation { id } } }'
  if (!fields.userErrors) return fields.id ? '{ __typename id }' : '{ __typename }'
  const changed = Object.values(fields)
    .filter(each => each.name !== 'userErrors')
    .map(each => `${each.name} ${isObjectType(getNamedType(each.type)) ? '{ id }' : ''}`)
  return `{ ${changed.join(' ')} userErrors { code field message clause retryable } }`
}

/** A document of one root field, with its arguments as variables of the same names. */
export function documentOf(
  operation: 'query' | 'mutation',
  field: GraphQLField<unknown, unknown>,
  given: readonly string[],
): string {
  const args = field.args.filter(arg => given.includes(arg.name))
  return `${operation} ${variablesOf(args)} { ${callOf(field, args)} }`
}

export const variablesOf = (args: readonly GraphQLArgument[]): string =>
  args.length === 0 ? '' : `(${args.map(arg => `$${arg.name}: ${String(arg.type)}`).join(', ')})`

export const callOf = (field: GraphQLField<unknown, unknown>, args: readonly GraphQLArgument[]): string => {
  const values = args.map(arg => `${arg.name}: $${arg.name}`).join(', ')
  return `${field.name}${values && `(${values})`} ${selectionOf(field)}`
}

/** A place of an id within arguments: names and, in lists, `0`. */
export type Path = readonly string[]

/** Every place at which an input type takes an id. */
export function idPaths(type: GraphQLInputType): Path[] {
  if (isNonNullType(type)) return idPaths(type.ofType)
  if (isListType(type)) return idPaths(type.ofType).map(path => ['0', ...path])
  if (isInputObjectType(type))
    return Object.values(type.getFields()).flatMap(field =>
      idPaths(field.type).map(path => [field.name, ...path]),
    )
  return 'name' in type && type.name === 'ID' ? [[]] : []
}

/** Every place of an input type that holds no object: scalars, enums, and lists as a whole. */
export function leaves(type: GraphQLInputType, at: Path = []): { path: Path; type: GraphQLInputType }[] {
  if (isNonNullType(type)) return leaves(type.ofType, at)
  if (isListType(type)) return [{ path: at, type }, ...leaves(type.ofType, [...at, '0'])]
  if (!isInputObjectType(type)) return [{ path: at, type }]
  return Object.values(type.getFields()).flatMap(field => leaves(field.type, [...at, field.name]))
}

/** Every place at which a field takes an id, from its arguments on. */
export const idPathsOf = (field: GraphQLField<unknown, unknown>): Path[] =>
  field.args.flatMap(arg => idPaths(arg.type).map(path => [arg.name, ...path]))

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], value)
}

/** The same value with another one at a place; objects and lists on the way are made where they're missing. */
export function withValueAt(value: unknown, path: Path, put: unknown): unknown {
  const [name, ...rest] = path
  if (name === undefined) return put
  if (name === '0') return [withValueAt((value as unknown[] | undefined)?.[0], rest, put)]
  const object = (value ?? {}) as Record<string, unknown>
  return { ...object, [name]: withValueAt(object[name], rest, put) }
}
