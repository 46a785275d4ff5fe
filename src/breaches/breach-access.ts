import { type AccessTable, EVERYONE, only } from '../tenancy/index.js'

/** This room's part of the permission table. Which side may do what, its verbs know: no side decides for the other. */
export const breachAccess: AccessTable = {
  'breach:read': EVERYONE,
  'breach:report': only({ staff: ['ADMIN', 'AGENT'], customer: ['SIGNATORY', 'MEMBER'] }),
  // To claim, to accept, to waive and to agree binds a side, as signing does: whoever signs for it may.
  // Surety's own people enter what was learnt later, with what shows it.
  'fact:correct': only({ staff: ['ADMIN'] }),
  'breach:claim': only({ staff: ['ADMIN'], customer: ['SIGNATORY'] }),
}
