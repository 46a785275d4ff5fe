import type { ServiceWindow } from '../calendar/index.js'
import { statement } from '../persistence/index.js'
import { type BatchRead, byId, groupedInKeyOrder, inKeyOrder } from '../tenancy/index.js'
import type { AgreementState, SuspensionScope } from './agreement.js'
import type { RequiredActs, Side, SigningAct, SigningMethod, VersionState } from './agreement-version.js'
import type { AllocationOrder, DamagesBasis, DamagesMode } from './damages-rule.js'
import type { SupportChannelKind } from './scope.js'
import type { AgreementWarning, TermValues } from './terms.js'

/** Batch reads of the room, each one statement for all keys, in key order. Rows are plain: nothing is hydrated. */

export interface AgreementRow {
  id: string
  customerId: string
  number: string | null
  state: AgreementState
  timeZone: string
  jurisdiction: string
  renewsId: string | null
  effectiveAt: Date | null
  effectiveOn: string | null
  endsOn: string | null
  endsAt: Date | null
  terminatedAt: Date | null
  terminationReason: string | null
  confidentialUntil: string | null
  createdAt: Date
  updatedAt: Date
  revision: number
}

export const AGREEMENT_COLUMNS = `id, customer_id as "customerId", number, state, time_zone as "timeZone", jurisdiction,
  renews_id as "renewsId", effective_at as "effectiveAt",
  effective_on as "effectiveOn", ends_on as "endsOn", ends_at as "endsAt", terminated_at as "terminatedAt",
  termination_reason as "terminationReason", confidential_until as "confidentialUntil", created_at as "createdAt",
  updated_at as "updatedAt", revision`

export const agreementById = byId<AgreementRow>('agreements', AGREEMENT_COLUMNS)

const successors = statement(
  'agreements_that_renew',
  `select ${AGREEMENT_COLUMNS} from agreements where tenant_id = $1 and renews_id = any ($2::uuid[]) and state <> 'CANCELLED'`,
)

/** The agreement that goes on after each. */
export const renewalOf: BatchRead<string, AgreementRow | null> = async (reads, ids) =>
  inKeyOrder(
    ids,
    await reads.rows<AgreementRow>(successors, [reads.session.tenantId, ids]),
    row => row.renewsId as string,
  )

export interface VersionRow {
  id: string
  customerId: string
  agreementId: string
  number: number
  state: VersionState
  requiredActs: RequiredActs
  serviceWindow: ServiceWindow | null
  terms: TermValues
  textWarnings: AgreementWarning[]
  contentHash: string | null
  effectiveFrom: Date | null
  createdAt: Date
  updatedAt: Date
  revision: number
}

const VERSION_COLUMNS = `id, customer_id as "customerId", agreement_id as "agreementId", number, state, required_acts as "requiredActs", service_window as "serviceWindow", terms,
  text_warnings as "textWarnings", content_hash as "contentHash", effective_from as "effectiveFrom",
  created_at as "createdAt", updated_at as "updatedAt", revision`

export const versionById = byId<VersionRow>('agreement_versions', VERSION_COLUMNS)

const versionsOfAgreements = statement(
  'agreement_versions_of_agreements',
  `select ${VERSION_COLUMNS} from agreement_versions where tenant_id = $1 and agreement_id = any ($2::uuid[]) order by number`,
)

export const versionsOf: BatchRead<string, VersionRow[]> = async (reads, agreementIds) =>
  groupedInKeyOrder(
    agreementIds,
    await reads.rows<VersionRow>(versionsOfAgreements, [reads.session.tenantId, agreementIds]),
    row => row.agreementId,
  )

export interface ClauseRow {
  id: string
  customerId: string
  versionId: string
  number: string
  depth: number
  parentNumber: string | null
  chapter: string | null
  title: string | null
  text: string
}

const CLAUSE_COLUMNS = `id, customer_id as "customerId", version_id as "versionId", number, depth, parent_number as "parentNumber", chapter, title, text`

export const clauseById = byId<ClauseRow>('agreement_clauses', CLAUSE_COLUMNS)
export const clausesOf = ofVersions<ClauseRow>('agreement_clauses', CLAUSE_COLUMNS, 'ordinal')

export interface SignatureRow {
  id: string
  customerId: string
  versionId: string
  side: Side
  act: SigningAct
  method: SigningMethod
  contentHash: string
  occurredAt: Date
  acceptedAt: Date
  signatoryId: string | null
  evidence: string | null
  voidedAt: Date | null
}

const SIGNATURE_COLUMNS = `id, customer_id as "customerId", version_id as "versionId", side, act, method, content_hash as "contentHash", occurred_at as "occurredAt",
  accepted_at as "acceptedAt", signatory_id as "signatoryId", evidence, voided_at as "voidedAt"`

export const signatureById = byId<SignatureRow>('agreement_signatures', SIGNATURE_COLUMNS)
export const signaturesOf = ofVersions<SignatureRow>(
  'agreement_signatures',
  SIGNATURE_COLUMNS,
  'accepted_at, id',
)

export interface DamagesRuleRow {
  id: string
  customerId: string
  versionId: string
  dutyClauses: string[]
  basis: DamagesBasis
  mode: DamagesMode
  ratePercent: string | null
  capPercent: string | null
  taxInclusive: boolean
  allocation: AllocationOrder
}

const RULE_COLUMNS = `id, customer_id as "customerId", version_id as "versionId", duty_clauses as "dutyClauses", basis, mode, rate_percent as "ratePercent",
  cap_percent as "capPercent", tax_inclusive as "taxInclusive", allocation`

export const damagesRuleById = byId<DamagesRuleRow>('damages_rules', RULE_COLUMNS)
export const damagesRulesOf = ofVersions<DamagesRuleRow>('damages_rules', RULE_COLUMNS, 'ordinal')

export interface SoftwareRow {
  id: string
  customerId: string
  versionId: string
  product: string
  version: string | null
  environment: string | null
}

const SOFTWARE_COLUMNS = `id, customer_id as "customerId", version_id as "versionId", product, product_version as "version", environment`

export const softwareById = byId<SoftwareRow>('covered_software', SOFTWARE_COLUMNS)
export const softwareOf = ofVersions<SoftwareRow>('covered_software', SOFTWARE_COLUMNS, 'ordinal')

export interface ChannelRow {
  id: string
  customerId: string
  versionId: string
  kind: SupportChannelKind
  address: string
  hours: string | null
}

const CHANNEL_COLUMNS = `id, customer_id as "customerId", version_id as "versionId", kind, address, hours`

export const channelById = byId<ChannelRow>('support_channels', CHANNEL_COLUMNS)
export const channelsOf = ofVersions<ChannelRow>('support_channels', CHANNEL_COLUMNS, 'ordinal')

export interface SuspensionRow {
  id: string
  customerId: string
  agreementId: string
  scope: SuspensionScope
  reason: string
  startedAt: Date
  endedAt: Date | null
}

const SUSPENSION_COLUMNS = `id, customer_id as "customerId", agreement_id as "agreementId", scope, reason, started_at as "startedAt", ended_at as "endedAt"`

export const suspensionById = byId<SuspensionRow>('agreement_suspensions', SUSPENSION_COLUMNS)

const suspensionsOfAgreements = statement(
  'suspensions_of_agreements',
  `select ${SUSPENSION_COLUMNS} from agreement_suspensions where tenant_id = $1 and agreement_id = any ($2::uuid[]) order by started_at, id`,
)

export const suspensionsOf: BatchRead<string, SuspensionRow[]> = async (reads, agreementIds) =>
  groupedInKeyOrder(
    agreementIds,
    await reads.rows<SuspensionRow>(suspensionsOfAgreements, [reads.session.tenantId, agreementIds]),
    row => row.agreementId,
  )

function ofVersions<Row extends { versionId: string }>(
  table: string,
  columns: string,
  order: string,
): BatchRead<string, Row[]> {
  const query = statement(
    `${table}_of_versions`,
    `select ${columns} from ${table} where tenant_id = $1 and version_id = any ($2::uuid[]) order by ${order}`,
  )
  return async (reads, versionIds) =>
    groupedInKeyOrder(
      versionIds,
      await reads.rows<Row>(query, [reads.session.tenantId, versionIds]),
      row => row.versionId,
    )
}
