import { randomBytes } from 'node:crypto'
import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql'
import { leaves, type Path, withValueAt } from './arguments.js'

/** A secret, a person's name, a telephone number: whatever is planted is known by its look, and nothing else looks so. */
export const PLANTED = /zq[0-9a-f]{12}|918273\d{6}/i
export const secret = (): string => `Zq${randomBytes(6).toString('hex')}`
export const phone = (): string => `918273${String(randomBytes(4).readUInt32BE()).padStart(6, '0').slice(-6)}`

/** The first thing planted that stands in a text, in whichever of the usual disguises. */
export function plantedIn(text: string): string | null {
  const direct = PLANTED.exec(text)
  if (direct) return direct[0]
  for (const [word] of text.matchAll(/[A-Za-z0-9+/_-]{16,}/g)) {
    const hidden = PLANTED.exec(Buffer.from(word, 'base64').toString('latin1'))
    if (hidden) return hidden[0]
  }
  return null
}

/** A place of an argument or an input field that holds a value, and a planted value for it. */
export interface Place {
  path: Path
  name: string
  /** It takes any text, so that what is planted gets as far as what the text is for. */
  isText: boolean
  plant: () => unknown
}

/** Every place of a field's arguments where a client may put something. */
export const placesOf = (field: GraphQLField<unknown, unknown>): Place[] =>
  field.args.flatMap(arg =>
    leaves(arg.type, [arg.name]).map(({ path, type }) => ({
      path,
      name: `${field.name}(${path.join('.')})`,
      isText: ['String', 'ID', 'JSON'].includes(getNamedType(type).name),
      plant: () => planted(type),
    })),
  )

/** What a type takes where that may hold something planted, else something of another type that does. */
function planted(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return planted(type.ofType)
  if (isListType(type)) return [planted(type.ofType)]
  if (isEnumType(type) || isInputObjectType(type)) return secret()
  switch (type.name) {
    case 'ID':
      return `agr_${secret()}`
    case 'Int':
      return Number(phone())
    case 'Decimal':
      return `0.${phone()}`
    case 'JSON':
      return { [secret()]: `${secret()}@example.org`, phone: phone() }
    case 'DateTime':
      return `2026-01-05T02:00:00.${phone()}Z`
    case 'Date':
      return `2026-01-05${secret()}`
    default:
      return `${secret()} +86${phone()}`
  }
}

/** All of a field's places planted at once, over what it's usually given. */
export const plantedEverywhere = (places: readonly Place[], usual: object): Record<string, unknown> =>
  places.reduce<unknown>((value, { path, plant }) => withValueAt(value, path, plant()), usual) as Record<
    string,
    unknown
  >

/** A GraphQL literal, with enum values and numbers as a client would write them. */
export function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  return `{ ${Object.entries(value)
    .map(([name, each]) => `${name}: ${literal(each)}`)
    .join(', ')} }`
}
