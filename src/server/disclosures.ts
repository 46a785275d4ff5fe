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
import { closedLink, type Redaction, type Request, type RequestContext } from '../tenancy/index.js'

/** What the resolver of an object behind the consent wall hands on: whose it is, and what of it is closed. */
interface Disclosed {
  id: string
  __typename?: string
  /** Of an object whose type is of no category of its own: an event is of its subject's. */
  category?: DataCategory
  customerId?: string | null
  redactions?: readonly Redaction[]
}

/**
 * Closes to an app every field of another category than its object's that the customer hasn't authorised (8.2.1): it is
 * null, and the object's `redactions` say so. A field says its category by `@discloses`; rooms needn't look themselves.
 */
export function closeLinks(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue
    const links = linksOf(type)
    for (const [field, category] of links) close(type.getFields()[field] as Field, category)
    const redactions = type.getFields().redactions
    if (redactions) redactions.resolve = (source, _args, { request }) => redactionsOf(source, links, request)
    else if (links.length > 0)
      throw new Error(`${type.name} has fields that consent closes, and no redactions`)
  }
}

type Field = GraphQLField<Disclosed, RequestContext>
type Link = readonly [field: string, category: DataCategory]

/** Fields of another category than their object's own. */
function linksOf(type: GraphQLObjectType): Link[] {
  const own = categoryOf(type)
  if (!own) return []
  return Object.values(type.getFields()).flatMap(field => {
    const category = categoryOf(field)
    return category && category !== own ? [[field.name, category] as const] : []
  })
}

function close(field: Field, category: DataCategory): void {
  const resolve = field.resolve ?? defaultFieldResolver
  field.resolve = (source, args, context, info) =>
    closedLink(context.request, owned(source), field.name, category).length > 0
      ? null
      : resolve(source, args, context, info)
}

function redactionsOf(source: Disclosed, links: readonly Link[], request: Request): Redaction[] {
  const closed = links.flatMap(([field, category]) => closedLink(request, owned(source), field, category))
  return [...(source.redactions ?? []), ...closed]
}

/** Default deny: an object that doesn't say whose it is opens nothing. */
function owned(source: Disclosed): Disclosed & { customerId: string } {
  if (source.customerId == null)
    throw new Error('an object with fields that consent closes does not say whose it is')
  return source as Disclosed & { customerId: string }
}

/**
 * Notes for the disclosure log every object behind the consent wall that an answer shows an app (8.2.1), and every list
 * that it counts. It looks where objects come out, at fields that lead to a type marked `@discloses` or to a page of one;
 * values, and callers who are no app, pass untouched.
 */
export function watchDisclosures(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      const leadsTo = getNamedType(field.type)
      if (isAbstractType(leadsTo) || (isObjectType(leadsTo) && categoryOf(leadsTo))) watch(field, noteAll)
      else if (isObjectType(leadsTo) && entryOf(leadsTo)) watch(field, notePage)
    }
  }
}

interface Shown {
  source: unknown
  value: unknown
  request: Request
  info: GraphQLResolveInfo
}

function watch(field: GraphQLField<unknown, RequestContext>, note: (shown: Shown) => void): void {
  const resolve = field.resolve ?? defaultFieldResolver
  field.resolve = (source, args, context, info) => {
    const resolved: unknown = resolve(source, args, context, info)
    const { request } = context
    if (request.caller.appId === null) return resolved
    const noted = (value: unknown): unknown => {
      note({ source, value, request, info })
      return value
    }
    return resolved instanceof Promise ? resolved.then(noted) : noted(resolved)
  }
}

function noteAll({ value, request, info }: Shown): void {
  for (const each of Array.isArray(value) ? value : [value]) {
    if (typeof each === 'object' && each !== null) note(each as Disclosed, request, info)
  }
}

/**
 * A count tells of every customer that the list may speak of, and so does an empty page; a page that is asked for its
 * cursors alone tells that there is something.
 */
function notePage({ source, value, request, info }: Shown): void {
  const connection = getNamedType(info.returnType) as GraphQLObjectType
  const category = categoryOf(entryOf(connection) as GraphQLObjectType)
  if (!category || value == null) return
  const { nodes } = value as { nodes: readonly Disclosed[] }
  const asked = shownBy(connection, info)
  const asks = (name: string): boolean => asked.some(each => each.name.value === name)
  const showsEntries = asks('nodes') || asked.some(each => selects(connection, each, 'node', info))
  const tellsOfEntries = asks('edges') || asks('pageInfo')
  if (tellsOfEntries && !showsEntries)
    for (const { customerId } of nodes) request.noteDisclosure(customerId as string, category, 0)
  const counts = asked.filter(each => each.name.value === 'totalCount').length
  if (counts === 0 && nodes.length > 0) return
  const owner = (source as Disclosed | undefined)?.customerId
  for (const customerId of owner == null ? request.customersOf(category) : [owner])
    request.noteDisclosure(customerId, category, counts, 0)
}

function selects(
  type: GraphQLObjectType,
  { name, selectionSet }: FieldNode,
  field: string,
  info: GraphQLResolveInfo,
): boolean {
  const leadsTo = getNamedType(type.getFields()[name.value]?.type)
  return (
    isObjectType(leadsTo) &&
    selectionSet !== undefined &&
    selected(leadsTo, selectionSet, info).some(each => each.name.value === field)
  )
}

function note(object: Disclosed, request: Request, info: GraphQLResolveInfo): void {
  const declared = getNamedType(info.returnType)
  const type = isObjectType(declared) ? declared : info.schema.getType(object.__typename ?? '')
  const category = isObjectType(type) ? (categoryOf(type) ?? eventCategory(object, type)) : null
  if (!isObjectType(type) || !category) return
  // Default deny: what can't be written down isn't shown.
  if (object.customerId == null) throw new Error(`an object of ${type.name} does not say whose it is`)
  const closed = new Set(object.redactions?.map(redaction => redaction.field))
  const open = shownBy(type, info).filter(each => !closed.has(each.name.value))
  request.noteDisclosure(object.customerId, category, countValues(type, open, info))
}

const shownBy = (type: GraphQLObjectType, info: GraphQLResolveInfo): FieldNode[] =>
  info.fieldNodes.flatMap(node => (node.selectionSet ? selected(type, node.selectionSet, info) : []))

/** Values of the object itself, also those within its terms or its money; what hangs on it is noted by itself. */
function countValues(
  type: GraphQLObjectType,
  fields: readonly FieldNode[],
  info: GraphQLResolveInfo,
): number {
  const counts = fields.map(({ name, selectionSet }) => {
    const field = type.getFields()[name.value]
    if (!field) return 0
    if (!selectionSet) return 1
    const leadsTo = getNamedType(field.type)
    return isObjectType(leadsTo) && isValue(leadsTo)
      ? countValues(leadsTo, selected(leadsTo, selectionSet, info), info)
      : 0
  })
  return counts.reduce((sum, each) => sum + each, 0)
}

/** Part of another object: nothing that is found, listed or closed by itself. What is closed, and why, is no disclosure. */
const isValue = (type: GraphQLObjectType): boolean =>
  !categoryOf(type) &&
  !entryOf(type) &&
  type.name !== 'Redaction' &&
  type.getInterfaces().every(each => each.name !== 'Node')

/** The type that a page is of. */
function entryOf(type: GraphQLObjectType): GraphQLObjectType | null {
  const entry = getNamedType(type.getFields().nodes?.type)
  return isObjectType(entry) ? entry : null
}

/** The selected fields of an object, through fragments, without what is left out. */
function selected(type: GraphQLObjectType, set: SelectionSetNode, info: GraphQLResolveInfo): FieldNode[] {
  return set.selections.flatMap(selection => {
    if (isLeftOut(selection, info)) return []
    if (selection.kind === Kind.FIELD) return [selection]
    const fragment =
      selection.kind === Kind.FRAGMENT_SPREAD ? info.fragments[selection.name.value] : selection
    return fragment && isAbout(type, fragment.typeCondition?.name.value, info)
      ? selected(type, fragment.selectionSet, info)
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

/** An event tells of a record: showing one discloses as much as its category says. */
function eventCategory(object: Disclosed, type: GraphQLObjectType): DataCategory | null {
  const isEvent = type.getInterfaces().some(each => each.name === 'Event')
  return isEvent ? (object.category ?? null) : null
}

/** The category of a type's or a field's `@discloses`, if it has one. */
function categoryOf({ astNode }: Pick<GraphQLObjectType | Field, 'astNode'>): DataCategory | null {
  const directive = astNode?.directives?.find(each => each.name.value === 'discloses')
  const value = directive?.arguments?.[0]?.value
  return value?.kind === Kind.ENUM ? (value.value as DataCategory) : null
}
