import { getDocumentNodeFromSchema } from '@graphql-tools/utils'
import {
  type DefinitionNode,
  type GraphQLEnumType,
  type GraphQLField,
  GraphQLSchema,
  Kind,
  print,
} from 'graphql'
import { buildSchemaSync, type NonEmptyArray } from 'type-graphql'
import { Failure } from '../platform/failure.js'
import { disclosesDirective } from '../platform/graphql/contract.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import type { AccessTable, Permission, RequestContext } from '../tenancy/index.js'
import { closeLinks, watchDisclosures } from './disclosures.js'
import { guardLinks } from './links.js'

/** Most mutations in one document (api.md, Mutations): each is a transaction of its own. */
export const MAX_MUTATIONS = 10

/**
 * Builds the schema of the rooms and hangs a guard before every root field: its declared permission, asked of the
 * caller. A root field without a declared permission, or with one the table doesn't know, stops the start.
 */
export function buildSurfaceSchema(resolvers: readonly unknown[], access: AccessTable): GraphQLSchema {
  const built = buildSchemaSync({
    resolvers: resolvers as NonEmptyArray<never>,
    scalarsMap: [{ type: Date, scalar: DateTimeScalar }],
    // Inputs are checked by the rooms, in their own words and with the field's path.
    validate: false,
    // Every subscription brings its own source: nothing is published within the process.
    pubSub: noPubSub,
  })
  const config = built.toConfig()
  const discloses = disclosesDirective(built.getType('DataCategory') as GraphQLEnumType)
  const schema = new GraphQLSchema({ ...config, directives: [...config.directives, discloses] })
  closeLinks(schema)
  watchDisclosures(schema)
  guardLinks(schema)
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(root?.getFields() ?? {})) guard(field, access)
  }
  for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {}))
    guardSubscription(field, access)
  return schema
}

/** What leads into the schema comes first in its SDL; all else follows by name. */
const FIRST = ['Query', 'Mutation', 'Subscription']

/** The SDL as clients see it, with `@discloses`; in one order, by name, whichever room was loaded first. */
export function printSdl(schema: GraphQLSchema): string {
  const { definitions, ...document } = getDocumentNodeFromSchema(schema)
  const sorted = definitions.map(sortFields).toSorted((one, other) => (rankOf(one) < rankOf(other) ? -1 : 1))
  return `${print({ ...document, definitions: sorted })}\n`
}

/** Several rooms add fields to one object: its id first, then all by name. */
function sortFields(definition: DefinitionNode): DefinitionNode {
  if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION)
    return definition
  const rank = (name: string): string => (name === 'id' ? '' : name)
  const fields = definition.fields?.toSorted((one, other) =>
    rank(one.name.value) < rank(other.name.value) ? -1 : 1,
  )
  return { ...definition, ...(fields ? { fields } : {}) }
}

function rankOf(definition: DefinitionNode): string {
  const name = 'name' in definition ? (definition.name?.value ?? '') : ''
  const first = FIRST.indexOf(name)
  if (definition.kind === Kind.SCHEMA_DEFINITION) return '0'
  if (definition.kind === Kind.DIRECTIVE_DEFINITION) return `1${name}`
  return first < 0 ? `3${name}` : `2${first}`
}

function guard(field: GraphQLField<unknown, RequestContext>, access: AccessTable): void {
  const permission = field.extensions.permission as Permission | undefined
  if (!permission || !access[permission])
    throw new Error(`the field ${field.name} declares no permission of the table`)
  const resolve = field.resolve
  if (!resolve) throw new Error(`the field ${field.name} has no resolver`)
  field.resolve = (source, args, context, info) => {
    context.request.allow(permission)
    return resolve(source, args, context, info)
  }
}

/** A subscription is guarded where it begins, and each of its frames again, like any other root field. */
function guardSubscription(field: GraphQLField<unknown, RequestContext>, access: AccessTable): void {
  guard(field, access)
  const { resolve, subscribe } = field
  if (!resolve || !subscribe) throw new Error(`the field ${field.name} has no source`)
  const permission = field.extensions.permission as Permission
  field.subscribe = (source, args, context, info) => {
    context.request.allow(permission)
    return subscribe(source, args, context, info)
  }
  field.resolve = (frame, args, context, info) => {
    // Without a frame somebody runs it like a query, which only HTTP lets through.
    if (frame == null) throw new Failure('BAD_USER_INPUT', { messageKey: 'SUBSCRIBE_OVER_WEBSOCKET' })
    return resolve(frame, args, context, info)
  }
}

const noPubSub = {
  publish: () => undefined,
  subscribe: (): never => {
    throw new Error('a subscription has no source of its own')
  },
}
