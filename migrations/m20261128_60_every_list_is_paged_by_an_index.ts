import { Migration } from '@mikro-orm/migrations'

export class EveryListIsPagedByAnIndex extends Migration {
  /** An index of a table in use is built beside its writers, which no transaction can. */
  override isTransactional(): boolean {
    return false
  }

  override up(): void {
    for (const [name, columns] of INDEXES) {
      // What a build that was broken off left behind is no index.
      this.addSql(`drop index concurrently if exists ${name}`)
      this.addSql(`create index concurrently ${name} on ${columns}`)
    }
  }
}

/** Orders that a parent's list offers beside its usual one: page 1,000 is then found like the first (bars.md, P6). */
const INDEXES = [
  ['tickets_agreement_updated_idx', 'tickets (tenant_id, agreement_id, updated_at, id)'],
  ['obligations_agreement_started_idx', 'obligations (tenant_id, agreement_id, started_at, id)'],
  ['assessments_agreement_updated_idx', 'assessments (tenant_id, agreement_id, updated_at, id)'],
  ['backup_runs_agreement_updated_idx', 'backup_runs (tenant_id, agreement_id, updated_at, id)'],
  ['payments_invoice_credited_idx', 'payments (tenant_id, invoice_id, credited_at, id)'],
] as const
