import { z } from 'zod'
import type { JsonObject } from './token-format.js'
import { type ClaimName, type ClaimReason, TokenRejected } from './token-rejected.js'

/** Roles of the provider's people. ADMIN also signs; AUDITOR reads all and writes nothing. */
export const STAFF_ROLES = ['ADMIN', 'AGENT', 'FINANCE', 'OPERATOR', 'AUDITOR'] as const
/** Roles of a customer's people. */
export const CUSTOMER_ROLES = ['SIGNATORY', 'MEMBER'] as const
/** What a third party may say that it wants a customer's records for (8.2.1). */
export const PURPOSES = [
  'SUPPORT_PORTAL',
  'BILLING',
  'SERVICE_CREDITS',
  'AUDIT',
  'INTEGRATION',
  'OTHER',
] as const

export type StaffRole = (typeof STAFF_ROLES)[number]
export type CustomerRole = (typeof CUSTOMER_ROLES)[number]
export type Purpose = (typeof PURPOSES)[number]
export type CallerKind = 'staff' | 'customer' | 'app' | 'service'

/** Longest `sub` and `jti`, in characters: OpenID Connect Core, 2, allows a subject 255. */
export const MAX_IDENTIFIER_LENGTH = 255

/** RFC 7519, 4.1. Times are NumericDates: seconds since 1970 in UTC, fractions allowed. */
interface RegisteredClaims {
  iss: string
  /** Who is calling, unique within `iss` only. */
  sub: string
  /** One audience or several; ours is among them. */
  aud: string | readonly string[]
  exp: number
  iat: number
  nbf?: number | undefined
}

interface OwnRegisteredClaims extends RegisteredClaims {
  /** UUID. What a revocation names. */
  jti: string
  /** The tenant's UUID. */
  tenant: string
}

export interface StaffClaims extends OwnRegisteredClaims {
  kind: 'staff'
  roles: readonly StaffRole[]
  customer?: undefined
  client_id?: undefined
  scope?: undefined
  purpose?: undefined
}

export interface CustomerClaims extends OwnRegisteredClaims {
  kind: 'customer'
  roles: readonly CustomerRole[]
  /** The customer's UUID: the caller sees its records only. */
  customer: string
  client_id?: undefined
  scope?: undefined
  purpose?: undefined
}

export interface AppClaims extends OwnRegisteredClaims {
  kind: 'app'
  /** The app's UUID (RFC 9068, 2.2). */
  client_id: string
  /** Actions `noun:verb`, parted by one space each (RFC 6749, 3.3). */
  scope: string
  /** What it wants records for: one purpose, or several parted by one space each, of which each request names one. */
  purpose?: string | undefined
  roles?: undefined
  customer?: undefined
}

/**
 * A person by way of an app (RFC 8693): who it is, says the tenant's own issuer, and what it may do, the mapping as it
 * stands when the token is used. So neither roles nor customer are in it.
 */
export interface DelegatedClaims extends OwnRegisteredClaims {
  kind: 'delegated'
  client_id: string
  scope: string
  purpose?: string | undefined
  /** Who acts: the app's client id (RFC 8693, 4.1). */
  act: { sub: string }
  /** The `iss` of the token that was exchanged; `sub` is that token's. */
  subject_issuer: string
  /** Its `jti`, if it had one: revoked, it takes this one along. */
  subject_jti?: string | undefined
  roles?: undefined
  customer?: undefined
}

export interface ServiceClaims extends OwnRegisteredClaims {
  kind: 'service'
  /** Actions `noun:verb`, parted by one space each (RFC 6749, 3.3). */
  scope: string
  /** The UUID of the one customer that the service is bound to; without it, it serves the tenant. */
  customer?: string | undefined
  client_id?: undefined
  roles?: undefined
  purpose?: undefined
}

/** What Surety's own tokens say. `kind` decides which claims there are; a claim of another kind is refused, not ignored. */
export type OwnTokenClaims = StaffClaims | CustomerClaims | AppClaims | ServiceClaims | DelegatedClaims

/**
 * All that is taken from a tenant's own issuer: who it is. Its roles, kinds and customers grant nothing here, since an
 * ADMIN maps (issuer, subject) to them, and so they aren't even handed on.
 */
export interface TenantTokenClaims extends RegisteredClaims {
  jti?: string | undefined
  /** When there, the UUID of the tenant that the issuer vouches for. */
  tenant?: string | undefined
}

/** Reads the claims of a token signed by Surety's own key. @throws TokenRejected naming the first claim that is wrong */
export function readOwnClaims(payload: JsonObject): OwnTokenClaims {
  return readClaims(ownClaims, payload)
}

/** Reads the claims of a token signed by a tenant's own issuer. @throws TokenRejected naming the first claim that is wrong */
export function readTenantClaims(payload: JsonObject): TenantTokenClaims {
  return readClaims(tenantClaims, payload)
}

/** The purposes a claim names, in its order. */
export const purposesOf = (purpose: string | undefined): readonly string[] => purpose?.split(' ') ?? []

/** The actions a scope names, in its order. */
export function actionsOf(scope: string): readonly string[] {
  return scope.split(' ')
}

function readClaims<Claims>(schema: z.ZodType<Claims>, payload: JsonObject): Claims {
  const parsed = schema.safeParse(payload)
  if (parsed.success) return parsed.data
  throw new TokenRejected(reasonOf(parsed.error.issues[0], payload))
}

function reasonOf(issue: z.core.$ZodIssue | undefined, payload: JsonObject): ClaimReason {
  const claim = String(issue?.path[0])
  const name = claim.replaceAll('_', '-') as ClaimName
  if (!Object.hasOwn(payload, claim)) return `missing-${name}`
  return issue?.code === 'invalid_type' && issue.expected === 'never'
    ? `unexpected-${name}`
    : `invalid-${name}`
}

/** The last second of the year 9999: where ISO 8601 dates, and so everything that prints or stores them, end. */
const LAST_NUMERIC_DATE = 253_402_300_799

/** RFC 7519, 2: a JSON number. `1e400` reads as Infinity, which zod's number refuses. */
const numericDate = z.number().min(0).max(LAST_NUMERIC_DATE)

/** No control characters (PostgreSQL's text can't hold U+0000) and no lone surrogates (UTF-8 can't). */
const identifier = z
  .string()
  .min(1)
  .max(MAX_IDENTIFIER_LENGTH)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u)

/** Lower case only: ids are compared as text, and one id must have one spelling. */
const uuid = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)

/** `noun:verb`, once or more, one space between. */
const scope = z
  .string()
  .regex(/^[a-z][A-Za-z0-9_-]*:[a-z][A-Za-z0-9_-]*(?: [a-z][A-Za-z0-9_-]*:[a-z][A-Za-z0-9_-]*)*$/)

/** Purposes, each once, one space between. */
const purpose = z.string().refine(text => {
  const named = text.split(' ')
  return new Set(named).size === named.length && named.every(each => PURPOSES.some(known => known === each))
})

const absent = z.never().optional()

const registered = z.object({
  iss: z.string().min(1),
  sub: identifier,
  aud: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  exp: numericDate,
  iat: numericDate,
  nbf: numericDate.optional(),
})

const ownRegistered = registered.extend({ jti: uuid, tenant: uuid })

const rolesOf = <Role extends string>(roles: readonly Role[]) =>
  z
    .array(z.enum(roles))
    .min(1)
    .refine(given => new Set(given).size === given.length)

// Unknown claims are tolerated (RFC 7519, 4) and dropped.
const ownClaims: z.ZodType<OwnTokenClaims> = z.discriminatedUnion('kind', [
  ownRegistered.extend({
    kind: z.literal('staff'),
    roles: rolesOf(STAFF_ROLES),
    customer: absent,
    client_id: absent,
    scope: absent,
    purpose: absent,
  }),
  ownRegistered.extend({
    kind: z.literal('customer'),
    roles: rolesOf(CUSTOMER_ROLES),
    customer: uuid,
    client_id: absent,
    scope: absent,
    purpose: absent,
  }),
  ownRegistered.extend({
    kind: z.literal('app'),
    client_id: uuid,
    scope,
    purpose: purpose.optional(),
    roles: absent,
    customer: absent,
  }),
  ownRegistered.extend({
    kind: z.literal('delegated'),
    client_id: uuid,
    scope,
    purpose: purpose.optional(),
    act: z.object({ sub: identifier }),
    subject_issuer: z.string().min(1),
    subject_jti: identifier.optional(),
    roles: absent,
    customer: absent,
  }),
  ownRegistered.extend({
    kind: z.literal('service'),
    scope,
    customer: uuid.optional(),
    client_id: absent,
    roles: absent,
    purpose: absent,
  }),
])

const tenantClaims: z.ZodType<TenantTokenClaims> = registered.extend({
  jti: identifier.optional(),
  tenant: uuid.optional(),
})
