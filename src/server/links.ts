import {
  defaultFieldResolver,
  getNamedType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { Failure } from '../platform/failure.js'
import { nodePermissions, type Permission, type RequestContext } from '../tenancy/index.js'

type Field = GraphQLField<unknown, RequestContext>

/**
 * A link shows no more than `node(id:)` would: where it leads to objects under another permission than its own object's,
 * that one is asked as well. Root fields have guards of their own; a payload shows what the caller has just changed.
 */
export function guardLinks(schema: GraphQLSchema): void {
  const permissions = nodePermissions()
  const begins = new Set<unknown>(beginningsOf(schema))
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__') || begins.has(type)) continue
    for (const field of Object.values(type.getFields())) {
      const permission = permissions.get(typeBehind(field))
      if (permission && permission !== permissions.get(type.name) && !isPage(type)) guard(field, permission)
    }
  }
}

/** Roots, and the payloads of mutations. */
function beginningsOf(schema: GraphQLSchema): unknown[] {
  const [mutation, ...others] = [
    schema.getMutationType(),
    schema.getQueryType(),
    schema.getSubscriptionType(),
  ]
  const payloads = Object.values(mutation?.getFields() ?? {}).map(field => getNamedType(field.type))
  return [mutation, ...others, ...payloads]
}

/** Name of the type that a field leads to, at once or as a page of a list. */
export function typeBehind(field: Pick<Field, 'type'>): string {
  const type = getNamedType(field.type)
  const nodes = isObjectType(type) ? type.getFields().nodes : undefined
  return nodes ? getNamedType(nodes.type).name : type.name
}

/** A page and its edges are guarded by the field that leads to them. */
const isPage = (type: GraphQLObjectType): boolean =>
  type.getFields().nodes !== undefined || type.getFields().node !== undefined

function guard(field: Field, permission: Permission): void {
  const resolve = field.resolve ?? defaultFieldResolver
  field.resolve = (source, args, context, info) => {
    if (context.request.mayDo(permission)) return resolve(source, args, context, info)
    if (isNonNullType(field.type)) throw new Failure('FORBIDDEN')
    return null
  }
}
