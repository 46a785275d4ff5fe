import { statement } from '../persistence/index.js'
import { orderedBy } from '../platform/graphql/pages.js'
import { type BatchRead, byId, groupedInKeyOrder, inKeyOrder, newestOf } from '../tenancy/index.js'

export interface BreachRow {
  id: string
  customerId: string
  agreementId: string
  versionId: string
  obligationId: string
  assessmentId: string
  number: number
  kind: string
  state: string
  owedBy: string
  dutyClause: string
  liabilityClause: string | null
  occurredAt: Date
  detectedAt: Date
  createdAt: Date
  updatedAt: Date
  revision: number
}

export const BREACH_COLUMNS = `id, agreement_id as "agreementId", customer_id as "customerId", version_id as "versionId", obligation_id as "obligationId",
  assessment_id as "assessmentId", number, kind, state, owed_by as "owedBy", duty_clause as "dutyClause",
  liability_clause as "liabilityClause", occurred_at as "occurredAt", detected_at as "detectedAt", created_at as "createdAt",
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
  `select ${BREACH_COLUMNS} from breaches where tenant_id = $1 and obligation_id = any ($2::uuid[]) and kind = 'MISSED'`,
)

export const breachOfObligation: BatchRead<string, BreachRow | null> = async (reads, ids) =>
  inKeyOrder(
    ids,
    await reads.rows<BreachRow>(breachesOfObligations, [reads.session.tenantId, ids]),
    row => row.obligationId,
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
  ratePercent: string | null
  basisAmount: string | null
  cap: string | null
  capRemaining: string | null
  amount: string | null
  total: string | null
  change: string | null
  asOf: Date
  createdAt: Date
  updatedAt: Date
  revision: number
}

export const ASSESSMENT_COLUMNS = `id, agreement_id as "agreementId", customer_id as "customerId", version_id as "versionId", root_cause_kind as "rootCauseKind",
  root_cause_id as "rootCauseId", owed_by as "owedBy", state, occurred_at as "occurredAt", year_starts_on as "yearStartsOn", currency,
  rule_id as "ruleId", rate_percent as "ratePercent", basis_amount as "basisAmount", cap, cap_remaining as "capRemaining", amount,
  total, change, as_of as "asOf", created_at as "createdAt", updated_at as "updatedAt", revision`

export const assessmentById = byId<AssessmentRow>('assessments', ASSESSMENT_COLUMNS)
export const newestAssessmentsOf = newestOf<AssessmentRow>('assessments', ASSESSMENT_COLUMNS, 'agreement_id')
