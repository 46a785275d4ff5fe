import { contractText } from '../world.js'
import type { Canary } from './canaries.js'
import type { Random } from './random.js'
import type { Mood } from './values.js'
import type { CanaryWorld, KnownId } from './world.js'

/** How often an id is of whom. `own` is the attackers' tenant's, of their customer or of none. */
const ORIGINS: Record<Mood, Record<Origin, number>> = {
  sound: { own: 50, recent: 20, foreign: 15, other: 12, deleted: 1, random: 1, malformed: 1 },
  odd: { own: 25, recent: 10, foreign: 30, other: 15, deleted: 8, random: 5, malformed: 7 },
}
/** How often an id is of the type that its argument's name asks for. */
const LIKELY_TYPE: Record<Mood, number> = { sound: 0.95, odd: 0.7 }
/** How often an id has the prefix of another type. */
const WRONG_PREFIX: Record<Mood, number> = { sound: 0.02, odd: 0.2 }
/** Cells of one column whose canaries are said to the API; all the others never are, so they can't come back as an echo. */
const BAITS_PER_COLUMN = 3
/** New ids that are remembered, so that what was made is worked on. */
const RECENT_IDS = 200

const MALFORMED = [
  '',
  ' ',
  'x',
  'agr_',
  'agr_0',
  '_',
  '12',
  '客户',
  'agr_00000000-0000-0000-0000-00000000000G',
  'a'.repeat(65),
  'x\0y',
  "agr_' or true",
]

type Origin = 'own' | 'recent' | 'foreign' | 'other' | 'deleted' | 'random' | 'malformed'

/** What values are drawn from: ids of everybody, and texts that stand in somebody's cells. */
export class Stock {
  readonly #ids = new Map<Origin, KnownId[]>()
  readonly #recent: { type: string; id: string }[] = []
  readonly #learnt = new Map<string, Map<string, string>>()
  readonly #inputNames: ReadonlySet<string>
  readonly #cursors = new Map<string, string[]>()
  readonly #texts: readonly Named[]
  /** Texts of the attackers' own customer, by the ids in their rows. */
  readonly #nearby = new Map<string, Named[]>()
  readonly #prefixes: readonly string[]
  readonly #keySets: readonly object[]
  #numbers = 0

  /** `inputNames`: the names under which the schema takes texts. */
  constructor(world: CanaryWorld, inputNames: ReadonlySet<string>, keySets: readonly object[]) {
    this.#inputNames = inputNames
    for (const origin of ['foreign', 'other', 'deleted'] as const) this.#ids.set(origin, world.idsOf(origin))
    this.#ids.set(
      'own',
      (['own', 'provider', 'staff', 'app', 'tenant'] as const).flatMap(group => world.idsOf(group)),
    )
    this.#texts = baits(world.book.canaries).map(named)
    for (const canary of world.book.canaries.filter(({ group, text }) => group === 'own' && isText(text)))
      for (const id of canary.rowIds) this.#near(id).push(named(canary))
    this.#prefixes = [...new Set(world.ids.flatMap(id => id.prefix ?? []))]
    this.#keySets = keySets
  }

  /** An id for an argument: `name` and `place` say of which type it should be, and often it is. */
  id(random: Random, name: string, place: string | null, mood: Mood): string {
    const origin = random.weighted(ORIGINS[mood])
    const [likely, misfit] = [random.chance(LIKELY_TYPE[mood]), random.chance(WRONG_PREFIX[mood])]
    const [which, prefix, digits] = [random.next(), random.next(), random.token(12)]
    if (origin === 'malformed') return at(MALFORMED, which)
    const fits = (type: string | null): boolean => type !== null && fitsName(type, place ?? name)
    const recent = choose(this.#recent, likely, each => fits(each.type))
    if (origin === 'recent' && recent.length > 0) return at(recent, which).id
    const pool = this.#ids.get(origin) ?? (this.#ids.get('own') as KnownId[])
    const known = at(
      choose(pool, likely, each => fits(each.type)),
      which,
    )
    const uuid = origin === 'random' ? `01890000-0000-7000-8000-${hex(digits)}` : known.uuid
    return `${misfit || !known.prefix ? at(this.#prefixes, prefix) : known.prefix}_${uuid}`
  }

  /** A text that stands in somebody's cell, of a column of that name if there's one; of one's own tenant where it should fit. */
  text(random: Random, name: string, mood: Mood): string {
    const [own, which] = [random.chance(mood === 'sound' ? 0.7 : 0.2), random.next()]
    const fitting = choose(this.#texts, name !== '', text => fitsKey(text, name))
    return at(
      choose(fitting, own, ({ group }) => group === 'own' || group === 'provider'),
      which,
    ).text
  }

  /** What stands under that name with the object of an id: the content hash of the agreement that is to be signed. */
  nearby(random: Random, name: string, id: string): string | null {
    const which = random.next()
    const learnt = this.#learnt.get(id)?.get(name)
    if (learnt !== undefined) return learnt
    const near = (this.#nearby.get(id.slice(4)) ?? []).filter(text => fitsKey(text, name))
    return near.length > 0 ? at(near, which).text : null
  }

  /** A text of our own that has a good chance to be accepted. */
  made(random: Random, name: string): string {
    const number = `M-${++this.#numbers}-${random.token(5)}`
    switch (name) {
      case 'text':
        return contractText(number)
      case 'email':
        return 'someone@example.org'
      case 'issuer':
        return `https://idp-${number}.example`
      case 'creditCode':
        return '91330100MA2B3C4D5E'
      default:
        return number
    }
  }

  keySet(random: Random): object {
    return random.pick(this.#keySets)
  }

  cursor(random: Random, list: string): string {
    const [likely, which, garbage] = [random.chance(0.7), random.next(), random.token(60)]
    const pool = (likely ? this.#cursors.get(list) : null) ?? [...this.#cursors.values()].flat()
    return pool[Math.floor(which * (pool.length + 1))] ?? Buffer.from(garbage).toString('base64url')
  }

  addCursors(list: string, cursors: readonly string[]): void {
    this.#cursors.set(list, [...(this.#cursors.get(list) ?? []), ...cursors])
  }

  /** Remembers what was made, by the ids in an answer. */
  learn(type: string, id: string): void {
    this.#recent.push({ type, id })
    if (this.#recent.length > RECENT_IDS) this.#recent.shift()
  }

  /** Remembers what was answered under the name of an input, for when that object is named again. */
  learnText(name: string, text: string, ids: readonly string[]): void {
    if (!this.#inputNames.has(name)) return
    for (const id of ids) {
      const texts = this.#learnt.get(id) ?? new Map<string, string>()
      this.#learnt.delete(id)
      this.#learnt.set(id, texts.set(name, text))
    }
    for (const id of this.#learnt.keys()) {
      if (this.#learnt.size <= RECENT_IDS) break
      this.#learnt.delete(id)
    }
  }

  #near(id: string): Named[] {
    const near = this.#nearby.get(id) ?? []
    this.#nearby.set(id, near)
    return near
  }
}

/** A canary, and the end of its column's path as arguments spell it, without underscores and in lower case. */
type Named = Canary & { key: string }

const named = (canary: Canary): Named => ({
  ...canary,
  key: (canary.column.split('.').at(-1) as string).replaceAll('_', '').toLowerCase(),
})

function fitsKey({ key }: Named, name: string): boolean {
  const wanted = name.toLowerCase()
  return wanted.endsWith(key) || key.endsWith(wanted)
}

/** `customerId` and `customer` ask for a Customer, `ruleId` for a DamagesRule. */
function fitsName(type: string, name: string): boolean {
  const wanted = name.replace(/Ids?$/, '').toLowerCase()
  return wanted !== '' && type.toLowerCase().endsWith(wanted)
}

const at = <T>(list: readonly T[], position: number): T => list[Math.floor(position * list.length)] as T

/** Those that fit, where they're asked for and there are any; else all. */
function choose<T>(pool: readonly T[], narrow: boolean, fits: (each: T) => boolean): readonly T[] {
  const fitting = narrow ? pool.filter(fits) : pool
  return fitting.length > 0 ? fitting : pool
}

/** A few texts of each column of each group. The attackers' own issuer isn't among them, or its keys would be replaced. */
function baits(canaries: readonly Canary[]): Canary[] {
  const taken = new Map<string, number>()
  return canaries.filter(canary => {
    if (!isText(canary.text) || (canary.group === 'staff' && canary.table !== 'apps')) return false
    const place = `${canary.group} ${canary.table} ${canary.column}`
    const count = (taken.get(place) ?? 0) + 1
    taken.set(place, count)
    return count <= BAITS_PER_COLUMN
  })
}

const isText = (canary: string): boolean => canary.startsWith('zq')

const hex = (token: string): string => token.replace(/[g-z]/g, 'a').padEnd(12, '0')
