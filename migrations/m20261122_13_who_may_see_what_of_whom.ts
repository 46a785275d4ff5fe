import { Migration } from '@mikro-orm/migrations'
import { customerOwned, openAcrossTenants, staffOnly, touchesDirectory } from './walls-of-2026-11.js'

export class WhoMaySeeWhatOfWhom extends Migration {
  override up(): void {
    this.addSql('alter table apps add column contact varchar(320) null')
    this.addSql(`alter table apps add column scopes jsonb not null default '[]'`)
    this.addSql('alter table apps alter column scopes drop default')
    this.addSql('create index apps_created_idx on apps (tenant_id, created_at, id)')
    this.addSql('create index apps_updated_idx on apps (tenant_id, updated_at, id)')

    this.addSql(`create table app_secrets (
        tenant_id uuid not null,
        id uuid not null,
        app_id uuid not null,
        secret_hash varchar(64) not null,
        created_at timestamptz(3) not null,
        ended_at timestamptz(3) null,
        primary key (tenant_id, id)
      )`)
    this.addSql('create index app_secrets_app_idx on app_secrets (tenant_id, app_id)')
    this.addSql(
      'alter table app_secrets add constraint app_secrets_app_id_fkey foreign key (tenant_id, app_id) references apps (tenant_id, id)',
    )
    for (const sql of touchesDirectory('app_secrets')) this.addSql(sql)
    for (const sql of staffOnly('app_secrets')) this.addSql(sql)
    this.addSql(openAcrossTenants('app_secrets', 'surety_directory'))
    this.addSql('grant select, insert, update (ended_at) on app_secrets to surety_app')
    this.addSql('grant select on app_secrets to surety_directory')

    this.addSql(`create table disclosure_authorizations (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        app_id uuid not null,
        recipient_name varchar(200) not null,
        purpose varchar(20) not null,
        purpose_text varchar(500) null,
        categories jsonb not null,
        operations jsonb not null,
        valid_until timestamptz(3) null,
        revoked_at timestamptz(3) null,
        authorized_by varchar(64) not null,
        revoked_by varchar(64) null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      'create index disclosure_authorizations_app_idx on disclosure_authorizations (tenant_id, app_id, customer_id)',
    )
    this.addSql(
      'create index disclosure_authorizations_created_idx on disclosure_authorizations (tenant_id, created_at, id)',
    )
    this.addSql(
      'create index disclosure_authorizations_customer_created_idx on disclosure_authorizations (tenant_id, customer_id, created_at, id)',
    )
    this.addSql(
      'alter table disclosure_authorizations add constraint disclosure_authorizations_customer_id_fkey foreign key (tenant_id, customer_id) references customers (tenant_id, id)',
    )
    this.addSql(
      'alter table disclosure_authorizations add constraint disclosure_authorizations_app_id_fkey foreign key (tenant_id, app_id) references apps (tenant_id, id)',
    )
    for (const sql of customerOwned('disclosure_authorizations', {
      customer: 'customer_id',
      category: "'CONSENT_RECORD'",
    }))
      this.addSql(sql)
    // What was authorised isn't rewritten: it can be revoked, and authorised anew.
    this.addSql(
      'grant select, insert, update (revoked_at, revoked_by, updated_at, revision) on disclosure_authorizations to surety_app',
    )
  }
}
