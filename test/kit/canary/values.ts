import {
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql'
import { ORDINARY_ZONES } from './making.js'
import type { Random } from './random.js'
import type { Stock } from './stock.js'

/** How a document's values are chosen: `sound` ones often get through, `odd` ones try every refusal. */
export type Mood = 'sound' | 'odd'

/** How often an odd document has a value of the wrong kind, or of no kind at all. */
const WRONG_KIND = 0.04
/** How often a sound document says of an object what stands there already. */
const SAME_AGAIN = 0.7
/** Lists longer than any that is allowed (api.md: at most 100 ids, lists of at most 100). */
const LONG_LIST = 101
/** A letter of our own for where an enum has none such. */
const NO_SUCH_VALUE = 'NO_SUCH_VALUE'

const FAR_INT = 2 ** 31 - 1
const INTEGERS = [0, 1, 1, 2, 3, 5, 10, 20, -1, 61, FAR_INT, -FAR_INT, 2 ** 31]
const SOUND_INTEGERS = [1, 2, 3, 5]
const DECIMALS = [
  '0.5',
  '2',
  '24',
  '5',
  '0.035',
  '0',
  '-1',
  '720.5',
  '1e3',
  '0.000000001',
  `${'9'.repeat(30)}`,
  '٣',
]
const SOUND_DECIMALS = ['0.5', '2', '8', '24']
const INSTANTS = [
  '2026-01-01T00:00:00Z',
  '1970-01-01T00:00:00.000Z',
  '2999-12-31T23:59:59.999+14:00',
  '0001-01-01T00:00:00Z',
  '2026-02-30T00:00:00Z',
  'yesterday',
]
const DATES = ['2026-04-01', '0001-01-01', '9999-12-31', '2026-02-30']
const CLAUSES = ['2.3.1', '1.3.1', '0', '6.4.1', '3.4.1', '4.2.1', '999.999', '2.3.1.', '第一条']
const CURRENCIES = ['CNY', 'EUR', 'JPY', 'XXX', 'cny', '']
const ODD_TEXTS = [
  '',
  '   ',
  "' or 1=1 --",
  '%',
  '\\',
  'x\0y',
  '\u{d800}',
  '\u{1f9ff}',
  '{"$ne": null}',
  'null',
  '../..',
  '甲方',
  'A'.repeat(300),
  'B'.repeat(2100),
]

/** Makes a value for every input type of the schema, by its type and a little by its name. */
export class Values {
  readonly #random: Random
  readonly #stock: Stock
  /** Canaries among the texts that were given since {@link takeSpoken}. */
  #spoken: string[] = []
  /** What the text that comes next is likely about: inputs name their object first. */
  #lastId = ''

  constructor(random: Random, stock: Stock) {
    this.#random = random
    this.#stock = stock
  }

  /** What the answers may repeat since it was said to them. Ids aren't among it: nothing repeats an id it was asked for. */
  takeSpoken(): string[] {
    const spoken = this.#spoken
    this.#spoken = []
    return spoken
  }

  /** The id that was given last. */
  get lastId(): string {
    return this.#lastId
  }

  /** `place` is the type an id is likely of, where the field that takes it says so. */
  of(type: GraphQLInputType, name: string, mood: Mood, place: string | null = null): unknown {
    if (isNonNullType(type)) return this.of(type.ofType, name, mood, place)
    if (mood === 'odd' && this.#random.chance(WRONG_KIND)) return this.#wrongKind()
    if (isListType(type)) {
      const length = mood === 'odd' && this.#random.chance(0.05) ? LONG_LIST : this.#random.int(1, 3)
      return Array.from({ length }, () => this.of(type.ofType, name, mood, place))
    }
    if (isEnumType(type)) return this.#enumValue(type, mood)
    if (isInputObjectType(type)) return this.#object(type, mood)
    return this.#scalar(type.name, name, mood, place)
  }

  #object(type: GraphQLInputObjectType, mood: Mood): Record<string, unknown> {
    const fields = Object.values(type.getFields()).filter(
      field => isNonNullType(field.type) || this.#random.chance(mood === 'sound' ? 0.3 : 0.5),
    )
    const entries = fields.map(field => {
      const cleared = mood === 'odd' && !isNonNullType(field.type) && this.#random.chance(0.1)
      return [field.name, cleared ? null : this.of(field.type, field.name, mood)]
    })
    return Object.fromEntries(entries)
  }

  #enumValue(type: GraphQLEnumType, mood: Mood): EnumName {
    const wrong = mood === 'odd' && this.#random.chance(0.03)
    return new EnumName(wrong ? NO_SUCH_VALUE : this.#random.pick(type.getValues()).name)
  }

  #scalar(type: string, name: string, mood: Mood, place: string | null): unknown {
    const sound = mood === 'sound'
    switch (type) {
      case 'ID':
        this.#lastId = this.#stock.id(this.#random, name, place, mood)
        // The journal says which app was authorised: it may repeat that id, and no other.
        if (name === 'appId') this.#spoken.push(this.#lastId.slice(4))
        return this.#lastId
      case 'Int':
        return this.#integer(name, sound)
      case 'Float':
        return this.#random.next() * 100
      case 'Boolean':
        return this.#random.chance(0.5)
      case 'Decimal':
        return this.#random.pick(sound ? SOUND_DECIMALS : DECIMALS)
      case 'DateTime':
        return this.#random.pick(sound ? INSTANTS.slice(0, 2) : INSTANTS)
      case 'Duration':
        return this.#random.pick(sound ? ['P1D', 'PT5H'] : ['P1D', 'P731D', 'P732D', 'PT0S', '-P1D', 'x'])
      case 'Date':
        return this.#random.pick(sound ? DATES.slice(0, 1) : DATES)
      case 'ClauseNumber':
        return this.#random.pick(sound ? CLAUSES.slice(0, 6) : CLAUSES)
      case 'Jurisdiction':
        return 'CN'
      case 'CurrencyCode':
        return this.#random.pick(sound ? CURRENCIES.slice(0, 1) : CURRENCIES)
      case 'TimeZone':
        return this.#random.pick(sound ? ORDINARY_ZONES : [...ORDINARY_ZONES, 'Mars/Olympus', ''])
      case 'JSON':
        return this.#json(mood)
      default:
        return this.#text(name, mood)
    }
  }

  #integer(name: string, sound: boolean): number {
    // Pages stay small where lists stand within lists.
    if (name === 'first' || name === 'last')
      return this.#random.pick(sound ? [1, 2, 5, 20] : [1, 2, 5, 10, 20, 100, 101, 0, -1, FAR_INT])
    return this.#random.pick(sound ? SOUND_INTEGERS : INTEGERS)
  }

  #text(name: string, mood: Mood): string {
    const made = this.#stock.made(this.#random, name)
    const kind = this.#random.weighted(
      mood === 'sound' ? { made: 7, likely: 3, any: 0, odd: 0 } : { made: 2, likely: 4, any: 2, odd: 2 },
    )
    const canary = this.#stock.text(this.#random, kind === 'any' ? '' : name, mood)
    const odd = this.#random.pick(ODD_TEXTS)
    const nearby = this.#stock.nearby(this.#random, name, this.#lastId)
    const again = this.#random.chance(SAME_AGAIN)
    if (mood === 'sound' && again && nearby !== null) return this.#speak(nearby)
    if (kind === 'made') return made
    return kind === 'odd' ? odd : this.#speak(canary)
  }

  #speak(canary: string): string {
    this.#spoken.push(canary)
    return canary
  }

  #json(mood: Mood): unknown {
    const set = this.#stock.keySet(this.#random)
    const canary = this.#stock.text(this.#random, '', mood)
    const odd = this.#random.pick([
      null,
      [],
      {},
      'x\0y',
      { keys: 'none' },
      { keys: [null] },
      { a: { b: [canary] } },
    ])
    if (mood === 'sound') return set
    this.#speak(canary)
    return odd
  }

  #wrongKind(): unknown {
    return this.#random.pick<unknown>([
      null,
      17,
      -0.5,
      'text',
      true,
      [],
      {},
      [[1]],
      { a: 1 },
      new EnumName('RED'),
    ])
  }
}

/** A bare word in a document, a text among the variables. */
export class EnumName {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  toJSON(): string {
    return this.name
  }
}

/** A value as it's written in a document. */
export function printValue(value: unknown): string {
  if (value instanceof EnumName) return value.name
  if (Array.isArray(value)) return `[${value.map(printValue).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined)
    return `{${entries.map(([key, each]) => `${key}: ${printValue(each)}`).join(', ')}}`
  }
  return JSON.stringify(value)
}
