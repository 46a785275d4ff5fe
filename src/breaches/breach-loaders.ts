import { statement } from '../persistence/index.js'
import { orderedBy } from '../platform/graphql/pages.js'
import { type BatchRead, byId, groupedInKeyOrder, inKeyOrder, newestOf } from '../tenancy/index.js'
import type { Overdue } from './accrual.js'

export interface BreachRow {
  id: string
  customerId: string
  agreementId: string
  versionId: string
  obligationId: string | null
  assessmentId: string
  number: number
  kind: string
  state: string
  owedBy: string
  dutyClause: string
  liabilityClause: string | null
  occurredAt: Date
  detectedAt: Date
  curedAt: Date | null
  description: string | null
  evidence: string | null
  createdAt: Date
  updatedAt: Date
  revision: number
}

export const BREACH_COLUMNS = `id, agreement_id as "agreementId", customer_id as "customerId", version_id as "versionId", obligation_id as "obligationId",
  assessment_id as "assessmentId", number, kind, state, owed_by as "owedBy", duty_clause as "dutyClause",
  liability_clause as "liabilityClause", occurred_at as "occurredAt", detected_at as "detectedAt", cured_at as "curedAt", description, evidence, created_at as "createdAt",
  updated_at as "updatedAt", revision`

export const breachById = byId<BreachRow>('breaches', BREACH_COLUMNS)

/** The latest breaches of many agreements. */
export const latestBreachesOf = newestOf<BreachRow>(
  'breaches',
  BREACH_COLUMNS,
  'agreement_id',
  orderedBy('occurredAt', 'DESC'),
)

const breachesOfObligations = statement(
  'breaches_of_obligations',
  `select distinct on ("obligationId") * from (
     select ${BREACH_COLUMNS} from breaches where tenant_id = $1 and obligation_id = any ($2::uuid[]) and kind = 'MISSED'
     union all
     select ${BREACH_COLUMNS} from breaches where tenant_id = $1 and obligation_id = any ($2::uuid[]) and kind = 'FOUND'
   ) as found order by "obligationId", state in ('REJECTED', 'WITHDRAWN'), "occurredAt", number`,
)

/** Of a forbearance that was broken more than once, the first finding that stands. */
export const breachOfObligation: BatchRead<string, BreachRow | null> = async (reads, ids) =>
  inKeyOrder(
    ids,
    await reads.rows<BreachRow>(breachesOfObligations, [reads.session.tenantId, ids]),
    row => row.obligationId as string,
  )

const breachesOfAssessments = statement(
  'breaches_of_assessments',
  `select ${BREACH_COLUMNS} from breaches where tenant_id = $1 and assessment_id = any ($2::uuid[]) order by occurred_at, number`,
)

export const breachesOf: BatchRead<string, BreachRow[]> = async (reads, ids) =>
  groupedInKeyOrder(
    ids,
    await reads.rows<BreachRow>(breachesOfAssessments, [reads.session.tenantId, ids]),
    row => row.assessmentId,
  )

export interface AssessmentRow {
  id: string
  customerId: string
  agreementId: string
  versionId: string
  rootCauseKind: string
  rootCauseId: string
  owedBy: string
  state: string
  occurredAt: Date
  yearStartsOn: string
  currency: string | null
  ruleId: string | null
  mode: string | null
  ratePercent: string | null
  units: string | null
  accruesFrom: Date | null
  accruedUntil: Date | null
  overdue: Overdue | null
  basisAmount: string | null
  cap: string | null
  capRemaining: string | null
  amount: string | null
  lossClaimed: string | null
  topUp: string | null
  total: string | null
  change: string | null
  bookable: string | null
  providerAgreed: string | null
  customerAgreed: string | null
  fixed: boolean
  asOf: Date
  createdAt: Date
  updatedAt: Date
  revision: number
}

export const ASSESSMENT_COLUMNS = `id, agreement_id as "agreementId", customer_id as "customerId", version_id as "versionId", root_cause_kind as "rootCauseKind",
  root_cause_id as "rootCauseId", owed_by as "owedBy", state, occurred_at as "occurredAt", year_starts_on as "yearStartsOn", currency,
  rule_id as "ruleId", mode, rate_percent as "ratePercent", units, accrues_from as "accruesFrom", accrued_until as "accruedUntil", overdue, basis_amount as "basisAmount", cap, cap_remaining as "capRemaining", amount,
  loss_claimed as "lossClaimed", top_up as "topUp", total, change, bookable, provider_agreed as "providerAgreed", customer_agreed as "customerAgreed", fixed, as_of as "asOf", created_at as "createdAt", updated_at as "updatedAt", revision`

export const assessmentById = byId<AssessmentRow>('assessments', ASSESSMENT_COLUMNS)
export const newestAssessmentsOf = newestOf<AssessmentRow>('assessments', ASSESSMENT_COLUMNS, 'agreement_id')

export interface RevisionRow {
  id: string
  customerId: string
  assessmentId: string
  number: number
  state: string
  currency: string | null
  amount: string | null
  topUp: string | null
  total: string | null
  change: string | null
  bookable: string | null
  asOf: Date
}

const REVISION_COLUMNS = `id, customer_id as "customerId", assessment_id as "assessmentId", number, state, currency, amount, top_up as "topUp", total, change,
  bookable, as_of as "asOf"`

export const revisionById = byId<RevisionRow>('assessment_revisions', REVISION_COLUMNS)

/** A list within an object: how many of its rows are shown, the latest of them. More are a program's, that reads events. */
export const MAX_HISTORY = 100

const revisionsOfAssessments = statement(
  'revisions_of_assessments',
  `select found.* from unnest($2::uuid[]) as wanted (id) cross join lateral (
     select ${REVISION_COLUMNS} from assessment_revisions where tenant_id = $1 and assessment_id = wanted.id order by number desc limit ${MAX_HISTORY}
   ) as found order by found."assessmentId", found.number`,
)

export const revisionsOf: BatchRead<string, RevisionRow[]> = async (reads, ids) =>
  groupedInKeyOrder(
    ids,
    await reads.rows<RevisionRow>(revisionsOfAssessments, [reads.session.tenantId, ids]),
    row => row.assessmentId,
  )

export interface ActRow {
  id: string
  customerId: string
  assessmentId: string
  breachId: string | null
  kind: string
  side: string
  basis: string | null
  text: string | null
  currency: string | null
  amount: string | null
  occurredAt: Date
  acceptedAt: Date
}

const ACT_COLUMNS = `id, customer_id as "customerId", assessment_id as "assessmentId", breach_id as "breachId", kind, side, basis, text, currency, amount,
  occurred_at as "occurredAt", accepted_at as "acceptedAt"`

export const actById = byId<ActRow>('claim_acts', ACT_COLUMNS)

/** What was done about each, the latest {@link MAX_HISTORY} in the order it was learnt. */
const actsBy = (name: string, column: 'breach_id' | 'assessment_id', alias: 'breachId' | 'assessmentId') => {
  const query = statement(
    name,
    `select found.* from unnest($2::uuid[]) as wanted (id) cross join lateral (
       select ${ACT_COLUMNS} from claim_acts where tenant_id = $1 and ${column} = wanted.id order by accepted_at desc, id desc limit ${MAX_HISTORY}
     ) as found order by found."acceptedAt", found.id`,
  )
  const read: BatchRead<string, ActRow[]> = async (reads, ids) =>
    groupedInKeyOrder(
      ids,
      await reads.rows<ActRow>(query, [reads.session.tenantId, ids]),
      row => row[alias] as string,
    )
  return read
}

export const actsOfBreach = actsBy('acts_of_breaches', 'breach_id', 'breachId')
export const actsOfAssessment = actsBy('acts_of_assessments', 'assessment_id', 'assessmentId')
