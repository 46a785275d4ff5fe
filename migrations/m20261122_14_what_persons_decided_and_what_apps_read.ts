import { Migration } from '@mikro-orm/migrations'
import { customerOwned } from './walls-of-2026-11.js'

export class WhatPersonsDecidedAndWhatAppsRead extends Migration {
  override up(): void {
    this.addSql(`create table consent_records (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        person_id uuid not null,
        app_id uuid not null,
        purpose varchar(20) not null,
        purpose_text varchar(500) null,
        categories jsonb not null,
        processing_method varchar(500) not null,
        recipient_name varchar(200) not null,
        recipient_contact varchar(320) not null,
        notice_hash varchar(64) not null,
        term_months smallint null,
        time_zone varchar(64) not null,
        state varchar(20) not null,
        decided_at timestamptz(3) null,
        expires_at timestamptz(3) null,
        ended_at timestamptz(3) null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      'alter table consent_records add constraint consent_records_customer_key unique (tenant_id, customer_id, id)',
    )
    this.addSql(
      'create index consent_records_person_idx on consent_records (tenant_id, person_id, app_id, created_at)',
    )
    this.addSql('create index consent_records_created_idx on consent_records (tenant_id, created_at, id)')
    this.addSql(
      'create index consent_records_customer_created_idx on consent_records (tenant_id, customer_id, created_at, id)',
    )
    this.addSql(
      'alter table consent_records add constraint consent_records_customer_id_fkey foreign key (tenant_id, customer_id) references customers (tenant_id, id)',
    )
    this.addSql(
      'alter table consent_records add constraint consent_records_person_id_fkey foreign key (tenant_id, customer_id, person_id) references persons (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table consent_records add constraint consent_records_app_id_fkey foreign key (tenant_id, app_id) references apps (tenant_id, id)',
    )
    for (const sql of customerOwned('consent_records', {
      customer: 'customer_id',
      category: "'CONSENT_RECORD'",
    }))
      this.addSql(sql)
    // What somebody was asked isn't rewritten: only where the answer stands.
    this.addSql(
      'grant select, insert, update (state, decided_at, expires_at, ended_at, updated_at, revision) on consent_records to surety_app',
    )

    this.addSql(`create table consent_decisions (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        consent_record_id uuid not null,
        ordinal smallint not null,
        state varchar(20) not null,
        occurred_at timestamptz(3) not null,
        accepted_at timestamptz(3) not null,
        expressed_by varchar(20) null,
        evidence varchar(2000) null,
        recorded_on_behalf boolean not null,
        actor_kind varchar(10) not null,
        actor_id varchar(64) not null,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      'alter table consent_decisions add constraint consent_decisions_ordinal_key unique (tenant_id, consent_record_id, ordinal)',
    )
    this.addSql(
      'alter table consent_decisions add constraint consent_decisions_consent_record_id_fkey foreign key (tenant_id, customer_id, consent_record_id) references consent_records (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('consent_decisions', {
      customer: 'customer_id',
      category: "'CONSENT_RECORD'",
    }))
      this.addSql(sql)
    this.addSql('grant select, insert on consent_decisions to surety_app')

    this.addSql(`create table disclosures (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        app_id uuid not null,
        recipient_name varchar(200) not null,
        purpose varchar(20) not null,
        categories jsonb not null,
        object_count int not null,
        field_count int not null,
        request_id varchar(100) not null,
        occurred_at timestamptz(3) not null,
        primary key (tenant_id, id)
      )`)
    this.addSql('create index disclosures_occurred_idx on disclosures (tenant_id, occurred_at, id)')
    this.addSql(
      'create index disclosures_customer_occurred_idx on disclosures (tenant_id, customer_id, occurred_at, id)',
    )
    this.addSql(
      'alter table disclosures add constraint disclosures_customer_id_fkey foreign key (tenant_id, customer_id) references customers (tenant_id, id)',
    )
    this.addSql(
      'alter table disclosures add constraint disclosures_app_id_fkey foreign key (tenant_id, app_id) references apps (tenant_id, id)',
    )
    for (const sql of customerOwned('disclosures', { customer: 'customer_id', category: "'CONSENT_RECORD'" }))
      this.addSql(sql)
    this.addSql('grant select, insert on disclosures to surety_app')
  }
}
