import { LockMode } from '@mikro-orm/postgresql'
import { type Operation, violatesUnique } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import type { GuardedFetch } from '../platform/guarded-fetch.js'
import { newUuid, uuidOf } from '../platform/ids.js'
import { CUSTOMER_ROLES, type Role, STAFF_ROLES } from './caller.js'
import { CUSTOMER_ID } from './parties.js'
import { Customer } from './party.js'
import { checkRevision, checkText } from './request.js'
import {
  discoverKeys,
  type FetchedKeys,
  fetchKeys,
  KeysUnavailable,
  MAX_KEYS,
  publicMembers,
} from './issuer-keys.js'
import { importVerificationJwk } from './signing-keys.js'
import { CallerMapping, Issuer } from './tenant.js'
import { MAX_LIFETIME_SECONDS } from './tokens.js'

export const ISSUER_ID = 'iss'
export const CALLER_MAPPING_ID = 'clm'

export interface IssuerFields {
  issuer: string
  audience: string
  /** The keys themselves; else they are fetched. */
  jwks?: unknown
  /** Where the keys are; else the issuer's own description says so. */
  jwksUri?: string | null
}

/**
 * Finds the keys that `registerIssuer` is then handed, before any transaction is open: a slow issuer holds nobody up. Null
 * where the ADMIN gives them. Throws a refusal that says what is wrong with the address.
 */
export async function findKeys(
  outside: GuardedFetch,
  input: IssuerFields,
  ownIssuer: string,
): Promise<FetchedKeys | null> {
  if (input.jwks != null) {
    if (input.jwksUri != null)
      throw refuse('INVALID', { field: ['input', 'jwksUri'], messageKey: 'KEYS_TWICE' })
    return null
  }
  const issuer = issuerAddress(input.issuer, ownIssuer, outside)
  const named = input.jwksUri == null ? null : checkText(input.jwksUri, ['input', 'jwksUri'], { max: 500 })
  try {
    return await fetchKeys(outside, named ?? (await discoverKeys(outside, issuer)))
  } catch (error) {
    if (!(error instanceof KeysUnavailable)) throw error
    const field = ['input', named === null ? 'issuer' : 'jwksUri']
    const code = error.problem === 'KEYS_UNREACHABLE' ? 'UNREACHABLE' : 'INVALID'
    throw refuse(code, { field, messageKey: error.problem })
  }
}

function issuerAddress(given: string, ownIssuer: string, outside: GuardedFetch): string {
  const name = checkText(given, ['input', 'issuer'], { max: 500 })
  if (!/^https:\/\/[^\s?#]+$/.test(name) && !outside.isListed(name))
    throw refuse('INVALID', { field: ['input', 'issuer'], messageKey: 'ISSUER_ADDRESS' })
  if (name === ownIssuer) throw refuse('TAKEN', { field: ['input', 'issuer'] })
  return name
}

/** Registers the tenant's own issuer, or gives the one registered its new keys. It vouches for this tenant alone. */
export async function registerIssuer(
  operation: Operation,
  input: IssuerFields,
  fetched: FetchedKeys | null,
  parts: { ownIssuer: string; outside: GuardedFetch },
): Promise<Issuer> {
  const name = issuerAddress(input.issuer, parts.ownIssuer, parts.outside)
  const now = await operation.now()
  const tenantId = operation.session.tenantId
  const fields = {
    audience: checkText(input.audience, ['input', 'audience'], { max: 500 }),
    jwks: fetched?.jwks ?? { keys: keysOf(input.jwks) },
    jwksUri: fetched?.jwksUri ?? null,
    keysFetchedAt: fetched && new Date(),
    updatedAt: now,
    disabledAt: null,
  }
  const known = await operation.em.findOne(
    Issuer,
    { tenantId, issuer: name },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  )
  const issuer = known
    ? operation.em.assign(known, fields)
    : operation.em.create(Issuer, { tenantId, id: newUuid(), issuer: name, createdAt: now, ...fields })
  try {
    await operation.em.flush()
  } catch (error) {
    // Whoever holds it, here or in another tenant, the answer is the same: it says nothing about who.
    if (violatesUnique(error, 'issuers_issuer_key')) throw refuse('TAKEN', { field: ['input', 'issuer'] })
    throw error
  }
  return issuer
}

export interface MappingFields {
  issuerId: string
  subject: string
  kind: 'staff' | 'customer'
  customerId?: string | null
  roles: Role[]
}

/** Says who a subject of the tenant's issuer is here: which side, which customer, which roles. Repeating it changes them. */
export async function mapCaller(operation: Operation, input: MappingFields): Promise<CallerMapping> {
  const tenantId = operation.session.tenantId
  const issuerId = uuidOf(ISSUER_ID, input.issuerId)
  // Locked, so that two who map the same new subject at once make one mapping and not a violation.
  const issuer =
    issuerId &&
    (await operation.em.findOne(Issuer, { tenantId, id: issuerId }, { lockMode: LockMode.PESSIMISTIC_WRITE }))
  if (!issuer) throw refuse('NOT_FOUND', { field: ['input', 'issuerId'] })
  const allowed: readonly string[] = input.kind === 'staff' ? STAFF_ROLES : CUSTOMER_ROLES
  if (input.roles.length === 0) throw refuse('REQUIRED', { field: ['input', 'roles'] })
  if (input.roles.some(role => !allowed.includes(role)))
    throw refuse('INVALID', { field: ['input', 'roles'] })
  const subject = checkText(input.subject, ['input', 'subject'], { max: 255 })
  const now = await operation.now()
  const fields = {
    kind: input.kind,
    customerId: await mappedCustomer(operation, input),
    roles: [...new Set(input.roles)],
    updatedAt: now,
    endedAt: null,
  }
  const where = { tenantId, issuerId: issuer.id, subject }
  const known = await operation.em.findOne(CallerMapping, where, { lockMode: LockMode.PESSIMISTIC_WRITE })
  return known
    ? operation.em.assign(known, fields)
    : operation.em.create(CallerMapping, { ...where, id: newUuid(), createdAt: now, ...fields })
}

/** From now on the issuer vouches for nobody. Registering it again makes it vouch as before. Safe to repeat. */
export async function disableIssuer(
  operation: Operation,
  input: { issuerId: string; expectedRevision?: number | null },
): Promise<Issuer> {
  const id = uuidOf(ISSUER_ID, input.issuerId)
  const where = { tenantId: operation.session.tenantId, id: id ?? '' }
  const issuer = id && (await operation.em.findOne(Issuer, where, { lockMode: LockMode.PESSIMISTIC_WRITE }))
  if (!issuer) throw refuse('NOT_FOUND', { field: ['input', 'issuerId'] })
  checkRevision(issuer, input.expectedRevision)
  const now = await operation.now()
  return issuer.disabledAt ? issuer : operation.em.assign(issuer, { disabledAt: now, updatedAt: now })
}

/** From now on the subject is nobody here. Mapping it again makes it somebody. Safe to repeat. */
export async function unmapCaller(
  operation: Operation,
  input: { callerMappingId: string; expectedRevision?: number | null },
): Promise<CallerMapping> {
  const id = uuidOf(CALLER_MAPPING_ID, input.callerMappingId)
  const where = { tenantId: operation.session.tenantId, id: id ?? '' }
  const mapping =
    id && (await operation.em.findOne(CallerMapping, where, { lockMode: LockMode.PESSIMISTIC_WRITE }))
  if (!mapping) throw refuse('NOT_FOUND', { field: ['input', 'callerMappingId'] })
  checkRevision(mapping, input.expectedRevision)
  const now = await operation.now()
  return mapping.endedAt ? mapping : operation.em.assign(mapping, { endedAt: now, updatedAt: now })
}

/** From now on this token is good for nothing, on every process within half a second. Safe to repeat. */
export async function revokeToken(
  operation: Operation,
  input: { issuer?: string | null; tokenId: string },
  ownIssuer: string,
): Promise<{ jti: string }> {
  const tenantId = operation.session.tenantId
  const jti = checkText(input.tokenId, ['input', 'tokenId'], { max: 255 })
  const issuer = input.issuer == null ? ownIssuer : checkText(input.issuer, ['input', 'issuer'], { max: 500 })
  if (issuer !== ownIssuer && !(await operation.em.findOne(Issuer, { tenantId, issuer }))) {
    throw refuse('NOT_FOUND', { field: ['input', 'issuer'] })
  }
  const now = await operation.now()
  // Remembered for as long as any token lives; after that it has expired by itself.
  const expiresAt = new Date(now.getTime() + Math.max(...Object.values(MAX_LIFETIME_SECONDS)) * 1000)
  // Whoever says it first is recorded. One statement, since two who say it at once are both right.
  await operation.run(
    `insert into token_revocations (tenant_id, issuer, jti, revoked_at, expires_at)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [tenantId, issuer, jti, now, expiresAt],
  )
  return { jti }
}

async function mappedCustomer(operation: Operation, input: MappingFields): Promise<string | null> {
  const field = ['input', 'customerId']
  if (input.kind === 'staff') {
    if (input.customerId != null) throw refuse('INVALID', { field })
    return null
  }
  if (input.customerId == null) throw refuse('REQUIRED', { field })
  const id = uuidOf(CUSTOMER_ID, input.customerId)
  const customer = id && (await operation.em.findOne(Customer, { tenantId: operation.session.tenantId, id }))
  if (!customer) throw refuse('NOT_FOUND', { field })
  return customer.id
}

function keysOf(jwks: unknown): Record<string, unknown>[] {
  const field = ['input', 'jwks']
  const keys = typeof jwks === 'object' && jwks !== null ? (jwks as { keys?: unknown }).keys : undefined
  if (!Array.isArray(keys) || keys.length === 0) throw refuse('INVALID', { field, messageKey: 'JWKS' })
  if (keys.length > MAX_KEYS) throw refuse('TOO_MANY', { field, params: { max: MAX_KEYS } })
  if (keys.some(key => 'problem' in importVerificationJwk(key)))
    throw refuse('INVALID', { field, messageKey: 'JWKS' })
  if (new Set(keys.map(key => (key as { kid: string }).kid)).size !== keys.length)
    throw refuse('INVALID', { field, messageKey: 'JWKS' })
  return keys.map(key => publicMembers(key as Record<string, unknown>))
}
