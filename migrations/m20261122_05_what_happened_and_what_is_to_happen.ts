import { Migration } from '@mikro-orm/migrations'
import { bookkeeping, customerOwned, openAcrossTenants } from './walls-of-2026-11.js'

export class WhatHappenedAndWhatIsToHappen extends Migration {
  override up(): void {
    this.addSql(`create table event_heads (
        tenant_id uuid not null,
        sequence bigint not null,
        primary key (tenant_id)
      )`)
    this.addSql(
      'alter table event_heads add constraint event_heads_tenant_id_fkey foreign key (tenant_id) references tenants (id)',
    )
    for (const sql of bookkeeping('event_heads', 'tenant_id')) this.addSql(sql)
    this.addSql('grant select, insert, update (sequence) on event_heads to surety_app')

    this.addSql(`create table events (
        tenant_id uuid not null,
        sequence bigint not null,
        id uuid not null,
        type varchar(64) not null,
        customer_id uuid null,
        category varchar(20) not null,
        subject_kind varchar(3) not null,
        subject_id uuid not null,
        subject_revision int not null,
        agreement_id uuid null,
        clause varchar(20) null,
        actor_kind varchar(10) not null,
        actor_id varchar(64) not null,
        occurred_at timestamptz(3) not null,
        accepted_at timestamptz(3) not null,
        data jsonb not null,
        primary key (tenant_id, sequence)
      )`)
    this.addSql(`create index events_customer_idx on events (tenant_id, customer_id, sequence)`)
    this.addSql(`create index events_agreement_idx on events (tenant_id, agreement_id, sequence)`)
    this.addSql(`alter table events add constraint events_id_key unique (tenant_id, id)`)
    this.addSql(
      'alter table events add constraint events_tenant_id_fkey foreign key (tenant_id) references tenants (id)',
    )
    this.addSql(
      'alter table events add constraint events_customer_id_fkey foreign key (tenant_id, customer_id) references customers (tenant_id, id)',
    )
    this.addSql(
      'alter table events add constraint events_agreement_id_fkey foreign key (tenant_id, customer_id, agreement_id) references agreements (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('events', { customer: 'customer_id', category: 'category' }))
      this.addSql(sql)
    this.addSql('grant select, insert on events to surety_app')

    this.addSql(`create table alarms (
        tenant_id uuid not null,
        kind varchar(64) not null,
        subject_id uuid not null,
        due_at timestamptz(3) not null,
        next_at timestamptz(3) not null,
        attempts smallint not null default 0,
        primary key (tenant_id, kind, subject_id)
      )`)
    this.addSql(`create index alarms_next_idx on alarms (next_at)`)
    this.addSql(
      'alter table alarms add constraint alarms_tenant_id_fkey foreign key (tenant_id) references tenants (id)',
    )
    for (const sql of bookkeeping('alarms', 'tenant_id')) this.addSql(sql)
    this.addSql(openAcrossTenants('alarms', 'surety_alarm'))
    this.addSql('grant select, insert, update, delete on alarms to surety_app')
    this.addSql('grant select, update (next_at, attempts) on alarms to surety_alarm')

    this.addSql(`create table idempotency_keys (
        tenant_id uuid not null,
        caller_id varchar(64) not null,
        mutation varchar(64) not null,
        key varchar(255) not null,
        input_hash varchar(64) not null,
        result jsonb not null,
        created_at timestamptz(3) not null,
        primary key (tenant_id, caller_id, mutation, key)
      )`)
    this.addSql(`create index idempotency_keys_created_idx on idempotency_keys (tenant_id, created_at)`)
    this.addSql(
      'alter table idempotency_keys add constraint idempotency_keys_tenant_id_fkey foreign key (tenant_id) references tenants (id)',
    )
    for (const sql of bookkeeping('idempotency_keys', 'tenant_id')) this.addSql(sql)
    this.addSql('grant select, insert, delete on idempotency_keys to surety_app')
  }
}
