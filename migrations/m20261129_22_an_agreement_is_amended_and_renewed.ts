import { Migration } from '@mikro-orm/migrations'

export class AnAgreementIsAmendedAndRenewed extends Migration {
  override up(): void {
    this.addSql('alter table agreements add column renews_id uuid null')
    // Short, and empty still: built at once.
    this.addSql(
      'create index agreements_renews_idx on agreements (tenant_id, renews_id) where renews_id is not null',
    )
    this.addSql(
      'alter table agreements add constraint agreements_renews_id_fkey foreign key (tenant_id, customer_id, renews_id) references agreements (tenant_id, customer_id, id)',
    )
  }
}
