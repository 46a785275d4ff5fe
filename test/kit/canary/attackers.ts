import type { Group } from './canaries.js'

/** Somebody of tenant A, with a token. */
export interface Attacker {
  name: string
  token: string
  /** Whose cells may come out for it. Everybody else's may not. */
  maySee: ReadonlySet<Group>
  /** Which rows there are for it: all of its tenant, those of its customer, or none. */
  sees: 'tenant' | 'customer' | 'nothing'
  /** How much it may change: those who may change more are given more of the mutations. */
  writes: number
  /** How many times as often as others it asks: for whom more is decided cell by cell, more has to be tried. */
  asks?: number
}

/** What each kind of caller may see, as api.md (Callers) has it. Another tenant's cells are in nobody's list. */
export const MAY_SEE = {
  staff: new Set<Group>(['tenant', 'staff', 'app', 'partner', 'provider', 'own', 'closed', 'other']),
  customer: new Set<Group>(['tenant', 'own', 'closed']),
  service: new Set<Group>(['tenant', 'provider', 'own', 'closed', 'other']),
  /** No customer authorised it, so there is nothing for it but its own row and the name of the provider it works for. */
  app: new Set<Group>(['tenant', 'app']),
  /** Its customer's rows of the categories it is authorised for; of people what they consented to (8.2.1). */
  partner: new Set<Group>(['tenant', 'partner', 'own']),
} as const
