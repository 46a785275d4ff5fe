/**
 * What an operation costs, in points. A point is about an object of an answer: what is read, and what is sent. schema/COST.md
 * is its published form, and a test holds the two together: a change of a number is a new version there.
 */
export const COST_TABLE = {
  version: 1,
  /** Each field at the root: a request of its own, also under an alias. */
  root: 1,
  /** Each object with an `id`. Values without one (`Money`, `PageInfo`, counts) come with the object that holds them. */
  object: 1,
  /** Each connection beside its entries: a statement of its own. */
  connection: 1,
  /** Entries of a list that the contract bounds and that takes no `first` (clauses, blanks, signatures), before it is known how many. */
  listEntries: 10,
  /** Each mutation beside its payload: a transaction, its events and its alarms. */
  mutation: 10,
  /** Each subscription, once; its frames cost nothing. */
  subscription: 10,
  /** `__schema` or `__type`, whatever is asked of it. */
  introspection: 50,
} as const
