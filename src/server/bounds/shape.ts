import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  TokenKind,
} from 'graphql'
import { DOCUMENT_LIMITS } from './limits.js'
import { OutOfBounds } from './out-of-bounds.js'

/** Introspection's lists of objects that lead on to types, and so to such lists again. */
const INTROSPECTION_LISTS = new Set(['types', 'fields', 'inputFields', 'interfaces', 'possibleTypes'])

/** Fields of one name in one place of the answer, with what they select: as the executor will merge them. */
interface Place {
  count: number
  readonly fields: Map<string, Place>
}

interface Step {
  place: Place
  depth: number
  /** Null outside of introspection. */
  lists: number | null
}

/**
 * Refuses a document out of bounds. Its work is bounded by those bounds, whatever the document is: every field is a step,
 * also one that is there by a fragment for the thousandth time, and the steps are counted. So it comes before validation,
 * some of whose rules compare each field with each other of its name.
 */
export function requireShape(document: DocumentNode): void {
  requireFewTokens(document)
  new Walk(document).all()
}

/** The parser counts no comments, and yet each is a token that stays with the document. */
function requireFewTokens(document: DocumentNode): void {
  let tokens = 0
  let open = 0
  let directives = 0
  for (let token = document.loc?.startToken; token; token = token.next ?? undefined) {
    const { kind } = token
    if (kind !== TokenKind.SOF && kind !== TokenKind.EOF) tokens += 1
    if (kind === TokenKind.BRACE_L || kind === TokenKind.BRACKET_L || kind === TokenKind.PAREN_L) open += 1
    else if (kind === TokenKind.BRACE_R || kind === TokenKind.BRACKET_R || kind === TokenKind.PAREN_R)
      open -= 1
    else if (kind === TokenKind.AT) directives += 1
    if (tokens > DOCUMENT_LIMITS.tokens) throw new OutOfBounds('tokens')
    if (open > DOCUMENT_LIMITS.brackets) throw new OutOfBounds('brackets')
    if (directives > DOCUMENT_LIMITS.directives) throw new OutOfBounds('directives')
  }
}

class Walk {
  readonly #document: DocumentNode
  readonly #fragments: Map<string, FragmentDefinitionNode>
  /** Fragments that are being walked through. */
  readonly #within = new Set<string>()
  readonly #seen = new Set<string>()
  #steps = 0
  #aliases = 0

  constructor(document: DocumentNode) {
    this.#document = document
    this.#fragments = new Map(
      document.definitions.flatMap(each =>
        each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [],
      ),
    )
  }

  all(): void {
    const { definitions } = this.#document
    const fragments = definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
    if (fragments.length > DOCUMENT_LIMITS.fragments) throw new OutOfBounds('fragments')
    for (const each of definitions) {
      if (each.kind !== Kind.OPERATION_DEFINITION) continue
      this.#set(each.selectionSet, { place: newPlace(), depth: 1, lists: null })
    }
    // Validation looks at fragments that nobody uses, too.
    for (const [name, each] of this.#fragments)
      if (!this.#seen.has(name)) this.#fragment(each, { place: newPlace(), depth: 2, lists: null })
  }

  #set({ selections }: SelectionSetNode, step: Step): void {
    for (const selection of selections) this.#selection(selection, step)
  }

  #selection(selection: SelectionNode, step: Step): void {
    this.#steps += 1
    if (this.#steps > DOCUMENT_LIMITS.fields) throw new OutOfBounds('fields')
    requireFew(selection.directives)
    if (selection.kind === Kind.INLINE_FRAGMENT) return this.#set(selection.selectionSet, step)
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const fragment = this.#fragments.get(selection.name.value)
      // Validation says what is wrong with one that isn't there.
      if (fragment) this.#fragment(fragment, step)
      return
    }
    const { name, alias, selectionSet } = selection
    if (alias) this.#aliases += 1
    if (this.#aliases > DOCUMENT_LIMITS.aliases) throw new OutOfBounds('aliases')
    if (step.depth > DOCUMENT_LIMITS.depth) throw new OutOfBounds('depth')
    const place = placeOf(step, (alias ?? name).value)
    const lists = listsAt(step, name.value)
    if (selectionSet) this.#set(selectionSet, { place, depth: step.depth + 1, lists })
  }

  #fragment(fragment: FragmentDefinitionNode, step: Step): void {
    const name = fragment.name.value
    // Validation says so.
    if (this.#within.has(name)) return
    this.#seen.add(name)
    this.#within.add(name)
    this.#set(fragment.selectionSet, step)
    this.#within.delete(name)
  }
}

const newPlace = (): Place => ({ count: 0, fields: new Map() })

function placeOf({ place, depth }: Step, key: string): Place {
  let found = place.fields.get(key)
  if (!found) {
    found = newPlace()
    place.fields.set(key, found)
    if (depth === 1 && place.fields.size > DOCUMENT_LIMITS.rootFields) throw new OutOfBounds('rootFields')
  }
  found.count += 1
  if (found.count > DOCUMENT_LIMITS.repeats) throw new OutOfBounds('repeats')
  return found
}

function listsAt({ lists }: Step, name: string): number | null {
  if (lists === null) return name === '__schema' || name === '__type' ? 0 : null
  if (!INTROSPECTION_LISTS.has(name)) return lists
  if (lists >= DOCUMENT_LIMITS.introspectionLists) throw new OutOfBounds('introspectionLists')
  return lists + 1
}

function requireFew(directives: readonly DirectiveNode[] | undefined): void {
  if (directives && directives.length > DOCUMENT_LIMITS.directivesInOnePlace)
    throw new OutOfBounds('directivesInOnePlace')
}
