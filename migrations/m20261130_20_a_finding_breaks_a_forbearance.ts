import { Migration } from '@mikro-orm/migrations'

export class AFindingBreaksAForbearance extends Migration {
  override up(): void {
    // A deadline is missed once; a forbearance may be broken again and again, and each finding cites it.
    this.addSql('alter table breaches drop constraint breaches_obligation_key')
    this.addSql(
      "create unique index breaches_obligation_key on breaches (tenant_id, obligation_id) where kind = 'MISSED'",
    )
    // Only findings of forbearances are in it: the sweep pays nothing for it.
    this.addSql(
      "create index breaches_found_idx on breaches (tenant_id, obligation_id) where kind = 'FOUND' and obligation_id is not null",
    )
  }
}
