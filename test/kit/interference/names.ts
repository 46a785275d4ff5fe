/**
 * One world's own words for the things in its answers: ids, cursors, hashes and secrets are made anew in every world, so
 * each is known by the order in which it first appeared. Two answers of the same structure then read the same, and one
 * that shows a thing more, or the same thing in another place, doesn't.
 */
export class Names {
  readonly #ordinals: Map<string, number>
  readonly #texts: string[]

  constructor(texts: readonly string[] = []) {
    this.#texts = [...texts]
    this.#ordinals = new Map(texts.map((text, ordinal) => [text, ordinal]))
  }

  /** A copy that goes its own way. */
  fork(): Names {
    return new Names(this.#texts)
  }

  /** An answer's JSON as one text, with names for what is this world's own. Times, texts and numbers stay as they are. */
  normal(value: unknown, key = ''): unknown {
    if (typeof value === 'string') return this.#text(value, key)
    if (Array.isArray(value)) return value.map(each => this.normal(each, key))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.normal(each, name)]))
  }

  /** The same text as another world says it, where both have named the same things. */
  translate(text: string, to: Names): string {
    return text.replace(NAMED, (found: string, prefix = '', uuid: string = found) => {
      const ordinal = this.#ordinals.get(uuid)
      return ordinal === undefined ? found : `${prefix}${to.#texts[ordinal]}`
    })
  }

  #text(value: string, key: string): string {
    // The length stays: a cursor that grows with what lies unseen would tell of it.
    if (OWN_FIELD.test(key)) return `<${this.#ordinal(value)}, ${value.length} long>`
    return value.replace(ID_OR_HASH, found => `<${this.#ordinal(found)}>`)
  }

  #ordinal(text: string): number {
    const known = this.#ordinals.get(text)
    if (known !== undefined) return known
    this.#texts.push(text)
    this.#ordinals.set(text, this.#texts.length - 1)
    return this.#texts.length - 1
  }
}

/** Fields whose values are random by design: sealed cursors, a client's id and its secret. An alias ends with a number. */
const OWN_FIELD = /^(?:\w*cursor|client(?:Id|Secret))(?:_\d+)?$/i
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
/** An id without its prefix, so that one thing has one name wherever it's told of; a SHA-256 that ids went into. */
const ID_OR_HASH = new RegExp(`${UUID}|\\b[0-9a-f]{64}\\b`, 'g')
/** Whatever may have been named: what stands in a document is an id, a hash, a client's id, or a cursor as base64url. */
const NAMED = new RegExp(`([a-z]{3}_)?(${UUID})|[\\w-]{32,}`, 'g')
