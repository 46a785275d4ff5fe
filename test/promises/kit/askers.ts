import { getNamedType, type GraphQLField, isNonNullType } from 'graphql'
import { nodePrefixes, nodeTypes } from '../../../src/tenancy/nodes.js'
import type { Caller } from '../../kit/world.js'
import { type Path, selectionOf, unknownId, variablesOf } from './arguments.js'
import { ofTheTenant } from './samples.js'

type Field = GraphQLField<unknown, unknown>

/** Somebody who asks about what is on the other side of a wall. */
export interface Asker {
  who: string
  caller: Caller
  /** Ids of its own side: real, and seen unless it sees nothing. */
  own: Record<string, string>
  /** Ids that are real and that it must not see: by type, several. */
  hidden: Record<string, string>[]
}

/** The type whose id belongs at a place: by its name, `customerId`, or by the root field's own, `customer(id:)`. */
export function typeNamedAt(field: Field, path: Path): string | null {
  const name = path.filter(each => each !== '0').at(-1) ?? ''
  const named = ID_NAMES[name] ?? name.replace(/Id$/, '')
  const target = name === 'id' ? typeFound(field) : `${named.charAt(0).toUpperCase()}${named.slice(1)}`
  if (target === 'Node' || name === 'ids') return null
  if (!nodeTypes().includes(target))
    throw new Error(`what does ${field.name} take at ${path.join('.')}? Teach ID_NAMES`)
  return target
}
/** An event has one id, of whichever type it is. */
const typeFound = (field: Field): string => {
  const { name } = getNamedType(field.type)
  return name === 'Event' ? 'RecordEvent' : name
}
/** Arguments that are not called after their type. */
const ID_NAMES: Record<string, string> = {
  ruleId: 'damagesRule',
  signatoryId: 'person',
  reporterId: 'person',
  softwareId: 'coveredSoftware',
  runId: 'backupRun',
  questionId: 'ticketQuestion',
  duplicateOfId: 'ticket',
  causeBreachId: 'breach',
  endpointId: 'webhookEndpoint',
  toBreachId: 'breach',
  // Of an obligation as well.
  pause: 'agreement',
}

/** Kinds whose ids are tried where another kind belongs: of a provider, of a customer, of an agreement, of a person. */
const OTHER_KINDS = ['Tenant', 'Customer', 'Agreement', 'DamagesRule', 'Person']

/** Ids that must all answer alike to an asker where one of `type` belongs; null where any type does. */
export function strangeIds(
  asker: Asker,
  mine: Record<string, string>,
  type: string | null,
): [string, unknown][] {
  const kind = type ?? 'Customer'
  const real = mine[kind] as string
  const [prefix, uuid] = [real.slice(0, 3), real.slice(4)]
  const hidden = asker.hidden.flatMap((ids, at) =>
    ofTheTenant({ ids: mine }).includes(ids[kind]) ? [] : [[`real, hidden ${at}`, ids[kind]]],
  )
  // Of another kind, real and in sight; where any kind is taken, there is no such id.
  const others =
    type === null
      ? []
      : Object.entries(mine).filter(([other]) => other !== type && OTHER_KINDS.includes(other))
  const otherPrefixes = nodePrefixes().filter(each => each !== prefix)
  return [
    ['of nobody', unknownId(prefix)],
    ['nil', `${prefix}_00000000-0000-0000-0000-000000000000`],
    ...(hidden as [string, unknown][]),
    ...others.map(([other, id]): [string, unknown] => [`of a ${other}`, id]),
    ...others.map(([other, id]): [string, unknown] => [`uuid of a ${other}`, `${prefix}_${id.slice(4)}`]),
    ...otherPrefixes.slice(0, 3).map((other): [string, unknown] => [`under ${other}`, `${other}_${uuid}`]),
    ['of no kind', `zzz_${uuid}`],
    ['empty', ''],
    ['blank', ' '],
    ['a word', 'x'],
    ['a prefix', `${prefix}_`],
    ['cut', real.slice(0, -1)],
    ['longer', `${real}0`],
    ['bare uuid', uuid],
    ['upper case', real.toUpperCase()],
    ['upper case uuid', `${prefix}_${uuid.toUpperCase()}`],
    ['a blank behind', `${real} `],
    ['a line end behind', `${real}\n`],
    ['NUL behind', `${real}\0`],
    ['SQL', `${prefix}_' or true --`],
    ['half a character', `${prefix}_\ud800`],
    ['a number', 42],
    ['long', 'x'.repeat(10_000)],
  ]
}

/** Asks a field of an object that the caller sees. */
export function askNested(
  caller: Caller,
  id: string,
  type: string,
  field: Field,
  args: object,
): Promise<{ status: number; text: string }> {
  const given = field.args.filter(arg => arg.name in args || isNonNullType(arg.type))
  const call = `${field.name}(${given.map(arg => `${arg.name}: $${arg.name}`).join(', ')}) ${selectionOf(field)}`
  const variables = variablesOf(given).replace('(', '($id: ID!, ')
  return caller.send(`query ${variables} { node(id: $id) { ... on ${type} { ${call} } } }`, { id, ...args })
}

/** Answers that must all be the same, byte for byte. */
export class Answers {
  readonly what: string
  readonly #seen: { what: string; status: number; text: string }[] = []

  constructor(what: string) {
    this.what = what
  }

  add(what: string, { status, text }: { status: number; text: string }): void {
    this.#seen.push({ what, status, text })
  }

  get text(): string {
    return this.#seen[0]?.text ?? ''
  }

  /** Those that answer unlike the first; two answers at least are there to be compared. */
  unlike(): string[] {
    const [first, ...rest] = this.#seen
    if (!first || rest.length < 2) return [`${this.what}: there is nothing to compare`]
    const odd = rest.filter(each => each.status !== first.status || each.text !== first.text)
    return odd.map(
      each =>
        `${this.what}: ${each.what}: ${each.status} ${each.text}, but ${first.what}: ${first.status} ${first.text}`,
    )
  }
}
