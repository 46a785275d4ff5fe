import { type DataCategory, statement } from '../persistence/index.js'
import {
  type BatchRead,
  byId,
  type DisclosureOperation,
  groupedInKeyOrder,
  type Purpose,
} from '../tenancy/index.js'
import type { ConsentState, Expression } from './consent-record.js'
import type { AuthorizationState } from './disclosure-authorization.js'

/** Batch reads of the room, each one statement for all keys, in key order. */

export interface AuthorizationRow {
  id: string
  customerId: string
  appId: string
  recipientName: string
  purpose: Purpose
  purposeText: string | null
  categories: DataCategory[]
  operations: DisclosureOperation[]
  state: AuthorizationState
  validUntil: Date | null
  revokedAt: Date | null
  createdAt: Date
  updatedAt: Date
  revision: number
}

/** The state is judged by the clock now: nothing rings when an authorisation runs out. */
export const AUTHORIZATION_STATE = `case when revoked_at is not null then 'REVOKED' when valid_until <= (select surety_now()) then 'EXPIRED' else 'ACTIVE' end`

export const AUTHORIZATION_COLUMNS = `id, customer_id as "customerId", app_id as "appId", recipient_name as "recipientName", purpose,
  purpose_text as "purposeText", categories, operations, ${AUTHORIZATION_STATE} as state, valid_until as "validUntil", revoked_at as "revokedAt", created_at as "createdAt",
  updated_at as "updatedAt", revision`

export const authorizationById = byId<AuthorizationRow>('disclosure_authorizations', AUTHORIZATION_COLUMNS)

const authorizationsOfPair = statement(
  'disclosure_authorizations_of_app_and_customer',
  `select ${AUTHORIZATION_COLUMNS} from disclosure_authorizations where tenant_id = $1 and app_id = $2 and customer_id = $3
   order by created_at desc, id desc`,
)

/** All that a customer ever decided about an app, the newest first. */
export const authorizationsOf: BatchRead<{ appId: string; customerId: string }, AuthorizationRow[]> = (
  reads,
  pairs,
) =>
  Promise.all(
    pairs.map(({ appId, customerId }) =>
      reads.rows<AuthorizationRow>(authorizationsOfPair, [reads.session.tenantId, appId, customerId]),
    ),
  )

export interface ConsentRow {
  id: string
  customerId: string
  personId: string
  appId: string
  purpose: Purpose
  purposeText: string | null
  categories: DataCategory[]
  processingMethod: string
  recipientName: string
  recipientContact: string
  noticeHash: string
  termMonths: number | null
  timeZone: string
  state: ConsentState
  decidedAt: Date | null
  expiresAt: Date | null
  endedAt: Date | null
  createdAt: Date
  updatedAt: Date
  revision: number
}

/** Between the end of its term and the alarm that writes it down, a consent is over all the same. */
export const CONSENT_STATE = `case when state = 'GRANTED' and expires_at <= (select surety_now()) then 'EXPIRED' else state end`

export const CONSENT_COLUMNS = `id, customer_id as "customerId", person_id as "personId", app_id as "appId", purpose, purpose_text as "purposeText",
  categories, processing_method as "processingMethod", recipient_name as "recipientName", recipient_contact as "recipientContact",
  notice_hash as "noticeHash", term_months as "termMonths", time_zone as "timeZone", ${CONSENT_STATE} as state, decided_at as "decidedAt",
  expires_at as "expiresAt", ended_at as "endedAt", created_at as "createdAt", updated_at as "updatedAt", revision`

export const consentById = byId<ConsentRow>('consent_records', CONSENT_COLUMNS)

export interface DecisionRow {
  id: string
  customerId: string
  consentRecordId: string
  state: ConsentState
  occurredAt: Date
  acceptedAt: Date
  expressedBy: Expression | null
  evidence: string | null
  recordedOnBehalf: boolean
}

const DECISION_COLUMNS = `id, customer_id as "customerId", consent_record_id as "consentRecordId", state, occurred_at as "occurredAt",
  accepted_at as "acceptedAt", expressed_by as "expressedBy", evidence, recorded_on_behalf as "recordedOnBehalf"`

export const decisionById = byId<DecisionRow>('consent_decisions', DECISION_COLUMNS)

const decisionsOfRecords = statement(
  'consent_decisions_of_records',
  `select ${DECISION_COLUMNS} from consent_decisions where tenant_id = $1 and consent_record_id = any ($2::uuid[]) order by ordinal`,
)

export const historyOf: BatchRead<string, DecisionRow[]> = async (reads, recordIds) =>
  groupedInKeyOrder(
    recordIds,
    await reads.rows<DecisionRow>(decisionsOfRecords, [reads.session.tenantId, recordIds]),
    row => row.consentRecordId,
  )

export interface DisclosureRow {
  id: string
  customerId: string
  appId: string
  recipientName: string
  purpose: Purpose
  categories: DataCategory[]
  objectCount: number
  fieldCount: number
  requestId: string
  occurredAt: Date
}

export const DISCLOSURE_COLUMNS = `id, customer_id as "customerId", app_id as "appId", recipient_name as "recipientName", purpose, categories, object_count as "objectCount",
  field_count as "fieldCount", request_id as "requestId", occurred_at as "occurredAt"`

export const disclosureById = byId<DisclosureRow>('disclosures', DISCLOSURE_COLUMNS)
