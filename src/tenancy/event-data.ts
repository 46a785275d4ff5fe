import { isUuid, publicId } from '../platform/ids.js'

/**
 * What an event's `data` holds, type by type. A room says it once, beside the types of its events; the JSON Schema that
 * partners validate with and the ids that they see come of it.
 */
export interface DataField {
  /** JSON Schema 2020-12. */
  schema: Readonly<Record<string, unknown>>
  /** Of an id: the journal holds a uuid, and clients see it behind this. */
  prefix?: string
  /** Not every event of the type has it. */
  optional?: true
}
export type DataShape = Readonly<Record<string, DataField>>

const field = (description: string, schema: Record<string, unknown>): DataField => ({
  schema: { description, ...schema },
})

export const idOf = (prefix: string, description: string): DataField => ({
  ...field(description, {
    type: 'string',
    pattern: `^${prefix}_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`,
  }),
  prefix,
})
export const instant = (description: string): DataField =>
  field(description, { type: 'string', format: 'date-time' })
export const day = (description: string): DataField => field(description, { type: 'string', format: 'date' })
/** A decimal, as everywhere where there is money, so that no reader rounds it. */
export const amount = (description: string): DataField =>
  field(description, { type: 'string', pattern: String.raw`^-?\d+(\.\d+)?$` })
export const currency = (description: string): DataField =>
  field(description, { type: 'string', pattern: '^[A-Z]{3}$' })
export const whole = (description: string): DataField => field(description, { type: 'integer' })
export const flag = (description: string): DataField => field(description, { type: 'boolean' })
export const text = (description: string): DataField => field(description, { type: 'string' })
/** A word of the API, such as a state. Which there are isn't closed: there may be more of them at any time. */
export const word = (description: string): DataField =>
  field(description, { type: 'string', pattern: '^[A-Z][A-Z0-9_]*$' })

export const listOf = ({ schema: { description, ...items } }: DataField): DataField =>
  field(String(description), { type: 'array', items })
export const objectOf = (description: string, shape: DataShape): DataField =>
  field(description, objectSchema(shape))
/** Null where there is none. */
export const orNull = ({ schema: { type, ...schema }, ...others }: DataField): DataField => ({
  ...others,
  schema: { type: [type, 'null'], ...schema },
})
/** There in some events of its type. */
export const maybe = (of: DataField): DataField => ({ ...of, optional: true })

const shapes = new Map<string, DataShape>()

/** Says what the data of a noun's events holds: under `every`, of all its verbs, and of each verb beside that. */
export function declareData(
  noun: string,
  { every = {}, ...verbs }: Readonly<Record<string, DataShape>>,
): void {
  shapes.set(noun, every)
  for (const [verb, shape] of Object.entries(verbs)) shapes.set(`${noun}.${verb}`, { ...every, ...shape })
}

/** What the data of a type holds; nothing where nothing is said. */
export const dataShapeOf = (type: string): DataShape =>
  shapes.get(type) ?? shapes.get(type.slice(0, type.indexOf('.'))) ?? {}

/** Data as clients see it: with ids that `node(id:)` finds. */
export function presentData(
  type: string,
  data: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const shape = dataShapeOf(type)
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => {
      const prefix = shape[name]?.prefix
      return [name, prefix && typeof value === 'string' && isUuid(value) ? publicId(prefix, value) : value]
    }),
  )
}

/** The JSON Schema of an object. It is open: fields may be added at any time, and clients pass over those they don't know. */
export function objectSchema(shape: DataShape): Record<string, unknown> {
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(shape).map(([name, { schema }]) => [name, schema])),
    required: Object.entries(shape)
      .filter(([, { optional }]) => !optional)
      .map(([name]) => name),
  }
}
