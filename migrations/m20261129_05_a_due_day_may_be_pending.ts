import { Migration } from '@mikro-orm/migrations'

export class ADueDayMayBePending extends Migration {
  override up(): void {
    this.addSql('alter table invoices add column due_pending boolean not null default false')
  }
}
