import type { Group } from './canaries.js'
import type { TableColumn } from './catalogue.js'
import { Random } from './random.js'

/** Time zones that the operations themselves speak of; none of them is a canary. */
export const ORDINARY_ZONES: readonly string[] = [
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Tokyo',
]

/** Shorter texts would be met by chance: 36^8 values are enough to be known by. */
const SHORTEST_TEXT = 10
const LONGEST_TEXT = 18
/** `12.` and ten decimals: a digit of a canary is as good as three bits, and it has to be some thirty. */
const LONGEST_DECIMAL = 13
const DAY_MS = 24 * 60 * 60 * 1000
/**
 * Far off, where no clock of a test is set to, and near enough for what is left until then to be an Int of seconds, which
 * ends after 68 years; a day and an odd bit from one to the next.
 */
const FIRST_INSTANT = Date.UTC(2060, 0, 1)
const INSTANT_STEP_MS = DAY_MS + 3_661_013
const FIRST_DATE = Date.UTC(2700, 0, 1)
/** Room for changes: a revision that rises doesn't become another row's canary. */
const INT4 = { first: 1_000_000_007, step: 4_099, last: 2_147_000_000 }
/** Uneven, since amounts are added up: of an even row of numbers sums and differences would be numbers of the row again. */
const INT8 = { first: 7_000_000_000_000_003, step: 1_000_000_007, last: Number.MAX_SAFE_INTEGER }
const UNEVEN = 900_000_000
/** Five digits, known among an answer's numbers only; below zero, where nothing that is counted ever is. */
const INT2 = { first: -32_000, step: 1, last: -10_007 }

/** Makes canaries for cells of every type there is; a new type has to be taught here. */
export class CanaryMaker {
  readonly #random: Random
  readonly #made = new Map<string, number>()

  constructor(seed: number) {
    this.#random = new Random(seed)
  }

  /** `isDecimal`: of a text, that nothing but a decimal fits there. */
  value(column: TableColumn, isDecimal = false): string | number {
    if (isDecimal) return this.#decimal(Math.min(column.maxLength ?? LONGEST_DECIMAL, LONGEST_DECIMAL) - 3)
    switch (column.type) {
      case 'text':
      case 'varchar':
      case 'bpchar':
        return this.text(column.maxLength ?? LONGEST_TEXT)
      case 'int2':
        return this.#integer('int2', INT2)
      case 'int4':
        return this.#integer('int4', INT4)
      case 'int8':
        return this.#integer('int8', INT8) + this.#random.int(0, UNEVEN)
      case 'numeric':
        return this.#decimal(column.scale ?? 0)
      case 'timestamptz':
      case 'timestamp':
        return new Date(FIRST_INSTANT + this.#next('instant') * INSTANT_STEP_MS).toISOString()
      case 'date':
        return new Date(FIRST_DATE + this.#next('date') * DAY_MS).toISOString().slice(0, 10)
      default:
        throw new Error(
          `no canary is known for the type ${column.type} of ${column.name}: teach making.ts, or say why not in UNPLANTED`,
        )
    }
  }

  text(maxLength = LONGEST_TEXT): string {
    if (maxLength < SHORTEST_TEXT)
      throw new Error(`${maxLength} characters are too few for a canary: say so in UNPLANTED`)
    return `zq${this.#random.token(Math.min(maxLength, LONGEST_TEXT) - 2)}`
  }

  /** A canary of the same kind as a value found in json: numbers stay numbers, so that the room can go on computing. */
  like(value: string | number): string | number {
    if (typeof value === 'number') return this.#integer('int4', INT4)
    return /^-?\d+(\.\d+)?$/.test(value) ? this.#decimal(10) : this.text()
  }

  /** A real zone, of a third of them all per side, so that no zone of one side is another's. */
  zone(group: Group): string {
    const third = group === 'foreign' ? 0 : group === 'other' ? 1 : 2
    const zones = Intl.supportedValuesOf('timeZone')
      .filter(zone => zone.length >= SHORTEST_TEXT && !ORDINARY_ZONES.includes(zone))
      .filter((_, index) => index % 3 === third)
    return zones[this.#next(`zone ${third}`) % zones.length] as string
  }

  #integer(type: string, range: { first: number; step: number; last: number }): number {
    const value = range.first + this.#next(type) * range.step
    if (value > range.last) throw new Error(`there are more cells of type ${type} than canaries for them`)
    return value
  }

  /** From 11 to 97, which is a percent and a number of hours; the last digit isn't 0, since trailing zeros are dropped. */
  #decimal(scale: number): string {
    if (scale < 6)
      throw new Error(`${scale} decimals are too few for a canary: teach making.ts, or say so in UNPLANTED`)
    const digits = Array.from({ length: scale - 1 }, () => this.#random.int(0, 9)).join('')
    return `${this.#random.int(11, 97)}.${digits}${this.#random.int(1, 9)}`
  }

  #next(counter: string): number {
    const made = this.#made.get(counter) ?? 0
    this.#made.set(counter, made + 1)
    return made
  }
}
