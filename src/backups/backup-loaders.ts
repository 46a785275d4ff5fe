import { statement } from '../persistence/index.js'
import { type BatchRead, byId, inKeyOrder, newestOf } from '../tenancy/index.js'

export interface PolicyRow {
  id: string
  customerId: string
  agreementId: string
  dailyAt: string
  timeZone: string
  graceMinutes: number
  retentionDays: number
  endedAt: Date | null
  createdAt: Date
  updatedAt: Date
  revision: number
}

export const POLICY_COLUMNS = `id, agreement_id as "agreementId", customer_id as "customerId", daily_at as "dailyAt", time_zone as "timeZone", grace_minutes as "graceMinutes",
  retention_days as "retentionDays", ended_at as "endedAt", created_at as "createdAt", updated_at as "updatedAt", revision`

export const policyById = byId<PolicyRow>('backup_policies', POLICY_COLUMNS)

const currentPolicies = statement(
  'current_backup_policies',
  `select ${POLICY_COLUMNS} from backup_policies where tenant_id = $1 and agreement_id = any ($2::uuid[]) and ended_at is null`,
)

export const currentPolicyOf: BatchRead<string, PolicyRow | null> = async (reads, agreementIds) =>
  inKeyOrder(
    agreementIds,
    await reads.rows<PolicyRow>(currentPolicies, [reads.session.tenantId, agreementIds]),
    row => row.agreementId,
  )

export interface SlotRow {
  id: string
  customerId: string
  agreementId: string
  policyId: string
  state: string
  startsAt: Date
  dueAt: Date
  createdAt: Date
  updatedAt: Date
  revision: number
}

export const slotById = byId<SlotRow>(
  'backup_slots',
  `id, agreement_id as "agreementId", customer_id as "customerId", policy_id as "policyId", state, starts_at as "startsAt", due_at as "dueAt",
   created_at as "createdAt", updated_at as "updatedAt", revision`,
)

export interface RunRow {
  id: string
  customerId: string
  agreementId: string
  slotId: string | null
  state: string
  startedAt: Date
  finishedAt: Date | null
  verifiedAt: Date | null
  byteSize: string | null
  sha256: string | null
  reference: string | null
  note: string | null
  createdAt: Date
  updatedAt: Date
  revision: number
}

export const RUN_COLUMNS = `id, agreement_id as "agreementId", customer_id as "customerId", slot_id as "slotId", state, started_at as "startedAt", finished_at as "finishedAt",
  verified_at as "verifiedAt", byte_size as "byteSize", sha256, reference, note, created_at as "createdAt", updated_at as "updatedAt", revision`

export const runById = byId<RunRow>('backup_runs', RUN_COLUMNS)
export const newestRunsOf = newestOf<RunRow>('backup_runs', RUN_COLUMNS, 'agreement_id')
