import { createHash } from 'node:crypto'
import type { DataCategory, EventActor, Grant, ReadTransaction, Session } from '../persistence/index.js'
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

/**
 * One caller, over all its tokens: a hash, so that journal and keys hold no name. Services of one name that are bound to
 * different customers are different callers: what one of them has said is nothing to the other.
 */
export function callerId({ issuer, subject, kind, customerId }: Caller): string {
  return createHash('sha256')
    .update([issuer, subject, kind, customerId ?? ''].join('\n'))
    .digest('hex')
}

export const actorOf = (caller: Caller): EventActor => ({ kind: caller.kind, id: callerId(caller) })

/** What Surety does by itself, when an alarm rings. */
export const SYSTEM_ACTOR: EventActor = { kind: 'system', id: 'surety' }

/** The caller's view, for cursors: what one view can see and another can't. */
export const viewOf = (caller: Caller): string =>
  [caller.kind, caller.tenantId, caller.customerId ?? '', caller.appId ?? '', caller.purpose ?? ''].join(':')

/** What a third party may do with records it is authorised for (domain.md, Vocabularies). */
export const DISCLOSURE_OPERATIONS = ['READ', 'SUBSCRIBE', 'EXPORT', 'WRITE'] as const
export type DisclosureOperation = (typeof DISCLOSURE_OPERATIONS)[number]

/** Why a field is closed to an app. A refusal and a request without an answer both look like NO_CONSENT: the app needn't know which. */
export const REDACTION_REASONS = [
  'NO_AUTHORIZATION',
  'NO_CONSENT',
  'CONSENT_WITHDRAWN',
  'CONSENT_EXPIRED',
] as const
export type RedactionReason = (typeof REDACTION_REASONS)[number]

/** What one answer showed an app of one customer. */
export interface DisclosureNote {
  customerId: string
  categories: readonly DataCategory[]
  /** How many objects the answer held, and how many fields of them that weren't closed. */
  objectCount: number
  fieldCount: number
}

/**
 * The disclosure gate (clause 8.2.1): what an app may see. Declared here, where callers are known; implemented by the
 * room of consents. It is asked anew for every answer, so that what was withdrawn is closed on the next one.
 */
export interface DisclosureGate {
  /** The customers and categories that are authorised for the caller's purpose and this operation. */
  grantsOf(caller: Caller, operation: DisclosureOperation): Promise<readonly Grant[]>
  /** For each person: why the personal category is closed, or null where that person's consent opens it. Read in the answer's own view. */
  closuresOf(
    reads: ReadTransaction,
    caller: Caller,
    operation: DisclosureOperation,
    category: DataCategory,
    personIds: readonly string[],
  ): Promise<readonly (RedactionReason | null)[]>
  /** Writes down what an answer showed, where its customers can read it. */
  note(caller: Caller, requestId: string, notes: readonly DisclosureNote[]): Promise<void>
}
