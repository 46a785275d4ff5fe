import { createHash } from 'node:crypto'
import type { EventActor, Grant, Session } from '../persistence/index.js'
import type { CallerKind, CustomerRole, StaffRole } from './token-claims.js'

export {
  type CallerKind,
  CUSTOMER_ROLES,
  type CustomerRole,
  STAFF_ROLES,
  type StaffRole,
} from './token-claims.js'
export type Role = StaffRole | CustomerRole

export interface Caller {
  kind: CallerKind
  tenantId: string
  tenantSlug: string
  customerId: string | null
  appId: string | null
  issuer: string
  subject: string
  tokenId: string | null
  roles: readonly Role[]
  scopes: readonly string[]
  purpose: string | null
  expiresAt: Date
}

/** What the database is told of a caller. Apps get what the disclosure gate grants, and nothing by default. */
export function sessionOf(caller: Caller, grants: readonly Grant[]): Session {
  return {
    kind: caller.kind,
    tenantId: caller.tenantId,
    customerId: caller.customerId,
    appId: caller.appId,
    grants,
  }
}

/** One caller, over all its tokens: a hash of issuer and subject, so that journal and keys hold no name. */
export function callerId(caller: Caller): string {
  return createHash('sha256').update(`${caller.issuer}\n${caller.subject}`).digest('hex')
}

export const actorOf = (caller: Caller): EventActor => ({ kind: caller.kind, id: callerId(caller) })

/** What Surety does by itself, when an alarm rings. */
export const SYSTEM_ACTOR: EventActor = { kind: 'system', id: 'surety' }

/** The caller's view, for cursors: what one view can see and another can't. */
export const viewOf = (caller: Caller): string =>
  [caller.kind, caller.tenantId, caller.customerId ?? '', caller.appId ?? '', caller.purpose ?? ''].join(':')

/**
 * The disclosure gate (clause 8.2.1): which records an app may see, by customer and category. Declared here, where
 * callers are known; implemented by the room of consents. Until that room is built it denies.
 */
export interface DisclosureGate {
  grantsOf(caller: Caller): Promise<readonly Grant[]>
}

export const closedGate: DisclosureGate = { grantsOf: async () => [] }
