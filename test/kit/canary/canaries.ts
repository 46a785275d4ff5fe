/**
 * Canaries: values that stand in one cell of the database and nowhere else in the world. Whoever sees one has seen that
 * cell.
 */

/** Whose cell it is, seen from the attackers' tenant and the customer some of them are bound to. */
export type Group =
  /** Another tenant's: nobody's business at all. */
  | 'foreign'
  /** Another customer's of the same tenant. */
  | 'other'
  /** The attackers' own customer's, and open to the app that the customer authorised. */
  | 'own'
  /** The attackers' own customer's, of a category that no app was authorised for, or of a person who doesn't consent. */
  | 'closed'
  /** The tenant's own, of no customer: its people. */
  | 'provider'
  /** Rows that only the tenant's staff sees: issuers, mappings, apps. */
  | 'staff'
  /** Bookkeeping, which is shown to nobody. */
  | 'books'
  /** The tenant's own name, and its calendar. */
  | 'tenant'
  /** The row of the app among the attackers that nobody authorised: its own name. */
  | 'app'
  /** The row of the app among the attackers that their customer authorised. */
  | 'partner'

export interface Canary {
  group: Group
  table: string
  /** The column, or the path within a json column: `terms.contractNumber`. */
  column: string
  /** The value as it would be printed. */
  text: string
  /** The value where it would be a number of JSON. */
  number: number | null
  /** The ids in its row: its own, and those of the rows it belongs to. */
  rowIds: readonly string[]
}

/** Long enough to be unique in any answer: 36^8 values, or eight digits. */
const GRAM = 8
/** Shortest run of characters that is tried as base64 or hex: 12 bytes, as much as the shortest sealed thing. */
const ENCODED_RUN = /[A-Za-z0-9+/_-]{16,}={0,2}/g
/** An id is no encoded text, and answers are full of them. */
const PLAIN_ID = /^(?:[a-z]{3}_)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** All canaries of a world, to be looked for in whatever comes out of it. */
export class CanaryBook {
  readonly canaries: Canary[] = []
  readonly #byEnd = new Map<string, { needle: string; canary: Canary }[]>()
  readonly #byNumber = new Map<number, Canary>()
  readonly #ends = new Uint8Array(2 ** 20)

  add(canary: Canary): void {
    this.canaries.push(canary)
    if (canary.number !== null) this.#byNumber.set(canary.number, canary)
    const needle = canary.text.toLowerCase()
    // Short numbers stand in many a text by chance; they are looked for among the numbers of an answer only.
    if (needle.length < GRAM) return
    this.#addNeedle(needle, canary)
    // An id as bytes, once its base64 or its hex was decoded, has no hyphens.
    if (PLAIN_ID.test(needle)) this.#addNeedle(needle.replaceAll('-', ''), canary)
    // Minor units of money are printed with two or three decimals.
    if (/^\d{10,}$/.test(needle)) {
      for (const decimals of [2, 3])
        this.#addNeedle(`${needle.slice(0, -decimals)}.${needle.slice(-decimals)}`, canary)
    }
  }

  has(text: string): boolean {
    return this.#scan(text.toLowerCase()).length > 0
  }

  /** Canaries in a text, as they are, in either case, and in whatever of it is base64 or hex. */
  find(text: string): Canary[] {
    const found = this.#scan(text.toLowerCase())
    for (const [run] of text.matchAll(ENCODED_RUN)) {
      if (PLAIN_ID.test(run)) continue
      const bytes = [Buffer.from(run, 'base64')]
      if (/^[0-9a-f]+$/i.test(run)) bytes.push(Buffer.from(run, 'hex'))
      for (const each of bytes)
        found.push(...this.#scan(each.toString('latin1').toLowerCase()), ...this.#scan(each.toString('hex')))
    }
    return found
  }

  /** Canaries among the numbers of an answer: an ordinal or a revision is too short to be told from a text. */
  findNumbers(value: unknown): Canary[] {
    if (typeof value === 'number') {
      const canary = this.#byNumber.get(value)
      return canary ? [canary] : []
    }
    if (typeof value !== 'object' || value === null) return []
    return Object.values(value).flatMap(each => this.findNumbers(each))
  }

  #addNeedle(needle: string, canary: Canary): void {
    const end = needle.slice(-GRAM)
    const sharing = this.#byEnd.get(end)
    if (sharing) sharing.push({ needle, canary })
    else this.#byEnd.set(end, [{ needle, canary }])
    this.#ends[endHash(needle, needle.length)] = 1
  }

  /** By their ends, since ids of one time have the same beginning. A table of hashed ends spares most of the looks. */
  #scan(text: string): Canary[] {
    const found: Canary[] = []
    for (let end = GRAM; end <= text.length; end++) {
      if (!this.#ends[endHash(text, end)]) continue
      for (const { needle, canary } of this.#byEnd.get(text.slice(end - GRAM, end)) ?? [])
        if (text.endsWith(needle, end)) found.push(canary)
    }
    return found
  }
}

/** A hash of the four characters before `end`, within 20 bits. */
function endHash(text: string, end: number): number {
  let hash = 0
  for (let at = end - 4; at < end; at++) hash = Math.imul(hash, 151) + text.charCodeAt(at)
  return hash & (2 ** 20 - 1)
}
