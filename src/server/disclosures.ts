import {
  defaultFieldResolver,
  type FieldNode,
  getDirectiveValues,
  getNamedType,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  GraphQLSkipDirective,
  isAbstractType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import type { DataCategory } from '../persistence/index.js'
import type { Redaction, Request, RequestContext } from '../tenancy/index.js'

/** What the resolver of an object behind the consent wall hands on: whose it is, and what of it is closed. */
interface Disclosed {
  __typename?: string
  customerId?: string | null
  redactions?: readonly Redaction[]
}

/**
 * Notes for the disclosure log every object behind the consent wall that an answer shows an app (8.2.1). It looks where
 * objects come out, at fields that lead to a type marked `@discloses`; values, and callers who are no app, pass untouched.
 */
export function watchDisclosures(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      const leadsTo = getNamedType(field.type)
      if (isAbstractType(leadsTo) || (isObjectType(leadsTo) && categoryOf(leadsTo))) watch(field)
    }
  }
}

function watch(field: GraphQLField<unknown, RequestContext>): void {
  const resolve = field.resolve ?? defaultFieldResolver
  field.resolve = (source, args, context, info) => {
    const value: unknown = resolve(source, args, context, info)
    const { request } = context
    if (request.caller.appId === null) return value
    return value instanceof Promise
      ? value.then(each => noted(each, request, info))
      : noted(value, request, info)
  }
}

function noted(value: unknown, request: Request, info: GraphQLResolveInfo): unknown {
  for (const each of Array.isArray(value) ? value : [value]) {
    if (typeof each === 'object' && each !== null) note(each as Disclosed, request, info)
  }
  return value
}

function note(object: Disclosed, request: Request, info: GraphQLResolveInfo): void {
  const declared = getNamedType(info.returnType)
  const type = isObjectType(declared) ? declared : info.schema.getType(object.__typename ?? '')
  const category = isObjectType(type) ? categoryOf(type) : null
  if (!isObjectType(type) || !category) return
  // Default deny: what can't be written down isn't shown.
  if (object.customerId == null) throw new Error(`an object of ${type.name} does not say whose it is`)
  const closed = new Set(object.redactions?.map(redaction => redaction.field))
  const shown = info.fieldNodes.flatMap(node =>
    node.selectionSet ? fieldsOf(type, node.selectionSet, info) : [],
  )
  request.noteDisclosure(object.customerId, category, shown.filter(field => !closed.has(field)).length)
}

/** Names of the selected fields that are values of the object itself; what hangs on it is noted by itself. */
function fieldsOf(type: GraphQLObjectType, set: SelectionSetNode, info: GraphQLResolveInfo): string[] {
  return set.selections.flatMap(selection => {
    if (isLeftOut(selection, info)) return []
    if (selection.kind === Kind.FIELD) {
      const field = type.getFields()[selection.name.value]
      return field && !selection.selectionSet ? [field.name] : []
    }
    const fragment =
      selection.kind === Kind.FRAGMENT_SPREAD ? info.fragments[selection.name.value] : selection
    return fragment && isAbout(type, fragment.typeCondition?.name.value, info)
      ? fieldsOf(type, fragment.selectionSet, info)
      : []
  })
}

function isAbout(type: GraphQLObjectType, condition: string | undefined, info: GraphQLResolveInfo): boolean {
  if (condition === undefined || condition === type.name) return true
  const other = info.schema.getType(condition)
  return isAbstractType(other) && info.schema.isSubType(other, type)
}

function isLeftOut(node: Pick<FieldNode, 'directives'>, info: GraphQLResolveInfo): boolean {
  return (
    getDirectiveValues(GraphQLSkipDirective, node, info.variableValues)?.if === true ||
    getDirectiveValues(GraphQLIncludeDirective, node, info.variableValues)?.if === false
  )
}

/** The category of a type's `@discloses`, if it has one. */
function categoryOf(type: GraphQLObjectType): DataCategory | null {
  const directive = type.astNode?.directives?.find(each => each.name.value === 'discloses')
  const value = directive?.arguments?.[0]?.value
  return value?.kind === Kind.ENUM ? (value.value as DataCategory) : null
}
