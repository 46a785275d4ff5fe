import { Migration } from '@mikro-orm/migrations'
import { bookkeeping, openAcrossTenants } from './walls-of-2026-11.js'

/** Tables whose rows a process keeps in memory, with the part of it that they are read into. */
const PARTS = [
  { table: 'tenants', tenant: 'id', part: 'tenants' },
  { table: 'issuers', tenant: 'tenant_id', part: 'issuers' },
  { table: 'apps', tenant: 'tenant_id', part: 'apps' },
  { table: 'app_secrets', tenant: 'tenant_id', part: 'apps' },
  { table: 'token_revocations', tenant: 'tenant_id', part: 'revocations' },
]

/** A process reads again what changed since it last looked, and not all of every tenant. */
export class TheDirectorySaysWhatChanged extends Migration {
  override up(): void {
    this.addSql(`create table directory_changes (
        tenant_id uuid not null,
        part varchar(20) not null,
        version bigint not null,
        primary key (tenant_id, part)
      )`)
    this.addSql('create index directory_changes_version_idx on directory_changes (version)')
    this.addSql(
      'alter table directory_changes add constraint directory_changes_tenant_id_fkey foreign key (tenant_id) references tenants (id)',
    )
    for (const sql of bookkeeping('directory_changes')) this.addSql(sql)
    this.addSql(openAcrossTenants('directory_changes', 'surety_directory'))
    this.addSql('grant select, insert, update (version) on directory_changes to surety_app, surety_directory')
    // The version rises before the rows change, so that what is noted of a row is the version it belongs to.
    for (const table of [...new Set(PARTS.map(each => each.table)), 'signing_keys', 'caller_mappings']) {
      this.addSql(`drop trigger "directory_changed" on ${table}`)
      this.addSql(
        `create trigger "directory_changed" before insert or update or delete on ${table} for each statement execute function "${table}_directory_changed_fn"()`,
      )
    }
    for (const { table, tenant, part } of PARTS) {
      this.addSql(
        `create function "${table}_directory_noted_fn"() returns trigger as $$ begin insert into directory_changes (tenant_id, part, version) select coalesce(new.${tenant}, old.${tenant}), '${part}', version from directory_state on conflict (tenant_id, part) do update set version = excluded.version; return null; end; $$ language plpgsql`,
      )
      this.addSql(
        `create trigger "directory_noted" after insert or update or delete on ${table} for each row execute function "${table}_directory_noted_fn"()`,
      )
    }
  }
}
