import { type BatchRead, byId, inKeyOrder } from './batch-reads.js'
import { publicId } from '../platform/ids.js'
import { PERSON_ID } from './parties.js'
import { closePersonal, type Redaction } from './redactions.js'

export interface CustomerRow {
  id: string
  number: string
  name: string
  creditCode: string | null
  createdAt: Date
  updatedAt: Date
  revision: number
}

export const CUSTOMER_COLUMNS = `id, number, name, credit_code as "creditCode", created_at as "createdAt", updated_at as "updatedAt", revision`

export interface PersonRow {
  id: string
  customerId: string | null
  name: string | null
  email: string | null
  phone: string | null
  erasedAt: Date | null
  createdAt: Date
  updatedAt: Date
  revision: number
  /** What of it is closed to whoever asks. */
  redactions: Redaction[]
}

const PERSON_COLUMNS = `id, customer_id as "customerId", name, email, phone, erased_at as "erasedAt", created_at as "createdAt",
  updated_at as "updatedAt", revision`

export interface TenantRow {
  id: string
  slug: string
  name: string
}

export const customerById = byId<CustomerRow>('customers', CUSTOMER_COLUMNS)
const everythingOfPersons = byId<Omit<PersonRow, 'redactions'>>('persons', PERSON_COLUMNS)

/**
 * The one way to a person. To an app the row exists under the customer's authorisation for CONTACT, and what is personal
 * of it is open only under the person's own consent (8.2.1; PIPL arts 14, 23).
 */
export const personById: BatchRead<string, PersonRow | null> = async (reads, ids, request) => {
  const rows = (await everythingOfPersons(reads, ids, request)).filter(row => row !== null)
  const closed = await closePersonal(request, rows, {
    category: 'CONTACT',
    fields: ['name', 'email', 'phone'],
    personOf: row => row.id,
    publicIdOf: row => publicId(PERSON_ID, row.id),
  })
  return inKeyOrder(ids, closed, row => row.id)
}

/** The caller's own tenant is the only one there is. */
export const tenantById = byId<TenantRow>('tenants', 'id, slug, name', 'id')

export interface IssuerRow {
  id: string
  issuer: string
  audience: string
  createdAt: Date
  updatedAt: Date
  disabledAt: Date | null
  jwksUri: string | null
  keyIds: string[]
  revision: number
}

export const ISSUER_COLUMNS = `id, issuer, audience, created_at as "createdAt", updated_at as "updatedAt", disabled_at as "disabledAt",
  jwks_uri as "jwksUri", array(select key ->> 'kid' from jsonb_array_elements(jwks -> 'keys') as key) as "keyIds", revision`

export const issuerById = byId<IssuerRow>('issuers', ISSUER_COLUMNS)

export interface CallerMappingRow {
  id: string
  issuerId: string
  subject: string
  kind: 'staff' | 'customer'
  customerId: string | null
  roles: string[]
  createdAt: Date
  updatedAt: Date
  endedAt: Date | null
  revision: number
}

export const CALLER_MAPPING_COLUMNS = `id, issuer_id as "issuerId", subject, kind, customer_id as "customerId", roles, created_at as "createdAt",
  updated_at as "updatedAt", ended_at as "endedAt", revision`

export const callerMappingById = byId<CallerMappingRow>('caller_mappings', CALLER_MAPPING_COLUMNS)

export interface AppRow {
  id: string
  clientId: string
  name: string
  contact: string | null
  scopes: string[]
  trustedOnly: boolean
  createdAt: Date
  updatedAt: Date
  disabledAt: Date | null
  revision: number
}

export const APP_COLUMNS = `id, client_id as "clientId", name, contact, scopes, trusted_only as "trustedOnly", created_at as "createdAt", updated_at as "updatedAt",
  disabled_at as "disabledAt", revision`

export const appById = byId<AppRow>('apps', APP_COLUMNS)
