import { Migration } from '@mikro-orm/migrations'

export class LatePaymentAccrues extends Migration {
  override up(): void {
    this.addSql('alter table assessments add column overdue jsonb')
  }
}
