import { Migration } from '@mikro-orm/migrations'

export class EventsAreFoundByAge extends Migration {
  override up(): void {
    this.addSql('create index events_accepted_idx on events (tenant_id, accepted_at)')
  }
}
