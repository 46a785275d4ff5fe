import { Migration } from '@mikro-orm/migrations'

export class HoursMayBeCountedInAServiceWindow extends Migration {
  override up(): void {
    this.addSql('alter table agreement_versions add column service_window jsonb null')
  }
}
