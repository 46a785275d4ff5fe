import { GraphQLScalarType, Kind } from 'graphql'
import { Field, Int, InterfaceType, ObjectType, registerEnumType } from 'type-graphql'
import type { DataCategory } from '../persistence/index.js'
import { Node } from '../platform/graphql/contract.js'
import { ClauseNumberScalar, DateTimeScalar, JsonScalar } from '../platform/graphql/scalars.js'

/**
 * What every room may say about what happened. A room declares the types of its events here and may give some of them a
 * GraphQL type of their own; the room of events delivers them and knows neither.
 */
export interface EventDeclaration {
  /** `noun.verb`, as the journal stores it. */
  type: string
  category: DataCategory
  /** Names the shape of `data`, and changes with it. CloudEvents calls it `dataschema`. */
  dataSchema: string
  /** What happened, with the clause; it becomes the description of the enum value. */
  description: string
}

const declarations = new Map<string, EventDeclaration>()
const enumValues: Record<string, string> = {}
const enumDescriptions: Record<string, { description: string }> = {}

/** The enum of all declared types. Its values are the journal's own names. */
export const EventTypeEnum: Readonly<Record<string, string>> = enumValues
registerEnumType(enumValues, {
  name: 'EventType',
  description:
    'What can happen. New types may be added at any time; treat an unknown one as news you may skip.',
  valuesConfig: enumDescriptions,
})

/** Adds what can happen to one of a room's nouns, verb by verb, when its module loads. */
export function declareEvents(
  noun: string,
  category: DataCategory,
  verbs: Readonly<Record<string, string>>,
): void {
  for (const [verb, description] of Object.entries(verbs)) {
    const type = `${noun}.${verb}`
    const name = type.replace('.', '_').toUpperCase()
    if (enumValues[name] !== undefined) throw new Error(`two rooms declare the event ${type}`)
    declarations.set(type, { type, category, dataSchema: `surety:${type}:1`, description })
    enumValues[name] = type
    enumDescriptions[name] = { description: `${description} Data category ${category}.` }
  }
  sortEnum()
}

/** By name, whichever room was loaded first: the schema that partners build against is one text. */
function sortEnum(): void {
  const sorted = Object.entries(enumValues).sort(([one], [other]) => (one < other ? -1 : 1))
  for (const [name] of sorted) delete enumValues[name]
  Object.assign(enumValues, Object.fromEntries(sorted))
}

export const eventDeclarations = (): EventDeclaration[] => [...declarations.values()]
export const eventDeclaration = (type: string): EventDeclaration | undefined => declarations.get(type)

/** The type of an event that has none of its own. */
const COMMON_TYPE = 'RecordEvent'
const ownTypes: { prefix: string; typeName: string }[] = []

/** Gives events whose type begins so (`breach.`) a GraphQL type of their own, one that implements {@link EventInterface}. */
export function registerEventType(prefix: string, typeName: string): void {
  ownTypes.push({ prefix, typeName })
}

export const eventTypeName = (type: string): string =>
  ownTypes.find(own => type.startsWith(own.prefix))?.typeName ?? COMMON_TYPE

/** Where a reader stands in a tenant's sequence of events. */
export const EventCursorScalar = new GraphQLScalarType<string, string>({
  name: 'EventCursor',
  description:
    'A place in the sequence of events, opaque and sealed. The same cursor resumes `events` as a query and as a subscription. Good for every caller of the tenant, for 90 days.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc4648#section-5',
  serialize: String,
  parseValue: parseCursor,
  parseLiteral: node => parseCursor(node.kind === Kind.STRING ? node.value : null),
})

function parseCursor(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('EventCursor takes a cursor that an answer gave you.')
  return value
}

enum EventActorKind {
  STAFF = 'staff',
  CUSTOMER = 'customer',
  APP = 'app',
  SERVICE = 'service',
  SYSTEM = 'system',
}
registerEnumType(EventActorKind, {
  name: 'EventActorKind',
  description: 'Which kind of actor made it happen.',
  valuesConfig: {
    STAFF: { description: 'A staff member of the provider.' },
    CUSTOMER: { description: "A customer's user." },
    APP: { description: "A third party's app." },
    SERVICE: { description: 'A service, such as an ERP or a backup agent.' },
    SYSTEM: { description: 'Surety itself, when a deadline or a term ran out.' },
  },
})

@ObjectType('EventActor', {
  description:
    'Who made it happen: one and the same caller of a tenant has one name here, which says nothing about the person.',
  simpleResolvers: true,
})
export class EventActorType {
  @Field(() => EventActorKind, { description: 'Of which kind.' })
  kind!: string

  @Field(() => String, {
    description:
      'A keyed hash of the caller, so that nobody can try out who it might be; another one once the operator has changed the master key.',
  })
  callerId!: string
}

/** An event as GraphQL's source. Rooms that give their events a type of their own read from it. */
export interface EventSource {
  __typename: string
  id: string
  type: string
  sequence: string
  subjectKind: string
  subjectId: string
  customerId: string | null
  agreementId: string | null
  category: DataCategory
  actorKind: string
  /** As the journal has it: a hash without a key, which a guess could be checked against. */
  actorId: string
  /** When Surety took it down: from here its way to a reader is counted. */
  acceptedAt: Date
  /** Set where the event is one of a stream. */
  cursor?: string
  previousCursor?: string | null
}

@InterfaceType('Event', {
  implements: Node,
  description:
    'Something that happened to a record you may see. Access is judged anew whenever one is delivered. Delivery is at least once: `id` stays the same, so a repeated one is known by it.',
  resolveType: value => (value as EventSource).__typename,
})
export abstract class EventInterface extends Node {
  @Field(() => EventTypeEnum, { description: 'What happened, for programs.' })
  type!: string

  @Field(() => String, { description: 'The same as `noun.verb`, as webhooks name it.' })
  typeName!: string

  @Field(() => DateTimeScalar, { description: 'When it was so in the world.' })
  time!: Date

  @Field(() => Int, { description: "The subject's revision that this event left behind." })
  subjectRevision!: number

  @Field(() => ClauseNumberScalar, {
    nullable: true,
    description: 'The clause it follows from, where there is one.',
  })
  clause!: string | null

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      "Numbers, instants and ids (those that `node` takes) as of the event, of the shape that `dataSchema` names; never a person's data.",
  })
  data!: unknown

  @Field(() => String, {
    description:
      'Names the shape of `data`; a new shape has a new name. It is the `$id` of a JSON Schema, which `schema/events` has and the server shows at `/schema/events/`.',
  })
  dataSchema!: string
}
