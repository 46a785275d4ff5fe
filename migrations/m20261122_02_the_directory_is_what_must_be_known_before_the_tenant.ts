import { Migration } from '@mikro-orm/migrations'
import {
  bookkeeping,
  forceRowSecurity,
  openAcrossTenants,
  staffOnly,
  touchesDirectory,
} from './walls-of-2026-11.js'

export class TheDirectoryIsWhatMustBeKnownBeforeTheTenant extends Migration {
  override up(): void {
    this.addSql(`create table directory_state (
        id smallint primary key,
        version bigint not null
      )`)
    this.addSql('insert into directory_state (id, version) values (1, 0)')
    this.addSql('grant select, update (version) on directory_state to surety_app, surety_directory')

    this.addSql(`create table tenants (
        id uuid not null,
        slug varchar(40) not null,
        name varchar(200) not null,
        created_at timestamptz(3) not null,
        primary key (id)
      )`)
    this.addSql(`alter table tenants add constraint tenants_slug_key unique (slug)`)
    for (const sql of touchesDirectory('tenants')) this.addSql(sql)
    for (const sql of bookkeeping('tenants', 'id')) this.addSql(sql)
    this.addSql(openAcrossTenants('tenants', 'surety_directory'))
    this.addSql('grant select on tenants to surety_app')
    this.addSql('grant select, insert on tenants to surety_directory')

    this.addSql(`create table issuers (
        tenant_id uuid not null,
        id uuid not null,
        issuer varchar(500) not null,
        audience varchar(500) not null,
        jwks jsonb not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        disabled_at timestamptz(3) null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(`alter table issuers add constraint issuers_issuer_key unique (issuer)`)
    this.addSql(
      'alter table issuers add constraint issuers_tenant_id_fkey foreign key (tenant_id) references tenants (id)',
    )
    for (const sql of touchesDirectory('issuers')) this.addSql(sql)
    for (const sql of staffOnly('issuers')) this.addSql(sql)
    this.addSql(openAcrossTenants('issuers', 'surety_directory'))
    this.addSql('grant select, insert, update on issuers to surety_app')
    this.addSql('grant select on issuers to surety_directory')

    this.addSql(`create table apps (
        tenant_id uuid not null,
        id uuid not null,
        client_id varchar(64) not null,
        name varchar(200) not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        disabled_at timestamptz(3) null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(`alter table apps add constraint apps_client_id_key unique (client_id)`)
    this.addSql(
      'alter table apps add constraint apps_tenant_id_fkey foreign key (tenant_id) references tenants (id)',
    )
    for (const sql of touchesDirectory('apps')) this.addSql(sql)
    for (const sql of staffOnly('apps', 'id')) this.addSql(sql)
    this.addSql(openAcrossTenants('apps', 'surety_directory'))
    this.addSql('grant select, insert, update on apps to surety_app')
    this.addSql('grant select on apps to surety_directory')

    this.addSql(`create table token_revocations (
        tenant_id uuid not null,
        issuer varchar(500) not null,
        jti varchar(255) not null,
        revoked_at timestamptz(3) not null,
        expires_at timestamptz(3) not null,
        primary key (tenant_id, issuer, jti)
      )`)
    this.addSql(
      'alter table token_revocations add constraint token_revocations_tenant_id_fkey foreign key (tenant_id) references tenants (id)',
    )
    for (const sql of touchesDirectory('token_revocations')) this.addSql(sql)
    for (const sql of staffOnly('token_revocations')) this.addSql(sql)
    this.addSql(openAcrossTenants('token_revocations', 'surety_directory'))
    this.addSql('grant select, insert on token_revocations to surety_app')
    this.addSql('grant select on token_revocations to surety_directory')

    this.addSql(`create table signing_keys (
        kid varchar(64) not null,
        sealed_private_key text not null,
        created_at timestamptz(3) not null,
        retired_at timestamptz(3) null,
        primary key (kid)
      )`)
    for (const sql of touchesDirectory('signing_keys')) this.addSql(sql)
    for (const sql of forceRowSecurity('signing_keys')) this.addSql(sql)
    this.addSql(openAcrossTenants('signing_keys', 'surety_directory'))
    this.addSql('grant select, insert, update (retired_at) on signing_keys to surety_directory')
  }
}
