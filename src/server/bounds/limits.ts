/**
 * What a document may be, whoever sends it, over HTTP, a WebSocket or SSE. README prints these numbers; a test holds it to
 * them. The largest document that our own tools send, a full introspection, is well within each.
 */
export const DOCUMENT_LIMITS = {
  /** Characters. Names take what they take; long texts belong into variables. */
  characters: 100_000,
  /** Words, signs and comments. A page of a portal has 100 to 300, a full introspection 350. */
  tokens: 5_000,
  /** Fields inside each other. A full introspection needs 15; a page of a portal 8. */
  depth: 15,
  /** Brackets inside each other, of selections, lists and inputs: what recursion goes down to, whatever the document means. */
  brackets: 50,
  /** Fields and spreads once every fragment is put where it's spread. GitHub's own largest documents have a few hundred. */
  fields: 2_000,
  /** Validation compares each with each other in its place. A large page of a portal has some dozens. */
  fragments: 100,
  /** At the root: a dashboard has a dozen. Each of them costs and counts like a request of its own. */
  rootFields: 50,
  /** In the whole document. Enough for a dashboard's counts, too few for guessing. */
  aliases: 50,
  /** The same name in one place of the answer: a field that ten fragments share is as often there. */
  repeats: 20,
  /** On one field, spread or fragment: `@skip` and `@include` are all there is. */
  directivesInOnePlace: 4,
  /** In the whole document. */
  directives: 50,
  /** Of introspection's own lists inside each other: types and their fields, but not the fields of the fields' types. */
  introspectionLists: 2,
  /** Entries of a list in an input. A room may allow fewer and says so itself. */
  listEntries: 1_000,
  /** Lists and objects inside each other in the variables. */
  variableDepth: 50,
} as const
export type DocumentLimit = keyof typeof DOCUMENT_LIMITS
