import { Migration } from '@mikro-orm/migrations'
import { bookkeeping } from './walls-of-2026-11.js'

export class DaysArePublishedByVersion extends Migration {
  override up(): void {
    this.addSql(`create table calendar_versions (
        tenant_id uuid not null,
        id uuid not null,
        jurisdiction varchar(6) not null,
        number int not null,
        source varchar(500) not null,
        published_from date not null,
        published_through date not null,
        weekend jsonb not null,
        rest_days jsonb not null,
        work_days jsonb not null,
        created_at timestamptz(3) not null,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      'alter table calendar_versions add constraint calendar_versions_number_key unique (tenant_id, jurisdiction, number)',
    )
    this.addSql('create index calendar_versions_created_idx on calendar_versions (tenant_id, created_at, id)')
    this.addSql(
      'alter table calendar_versions add constraint calendar_versions_tenant_id_fkey foreign key (tenant_id) references tenants (id)',
    )
    for (const sql of bookkeeping('calendar_versions')) this.addSql(sql)
    // Deadlines were counted by it: what was published isn't changed or taken back.
    this.addSql('grant select, insert on calendar_versions to surety_app')
  }
}
