import { Migration } from '@mikro-orm/migrations'
import { customerOwned } from './walls-of-2026-11.js'

export class WhatMaintenanceCosts extends Migration {
  override up(): void {
    this.addSql(`create table fee_schedules (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        agreement_id uuid not null,
        version_id uuid not null,
        number smallint not null,
        currency varchar(3) not null,
        annual_fee bigint not null,
        tax_inclusive boolean not null,
        tax_rate_percent varchar(12) not null,
        tax_code varchar(19) null,
        billing_period varchar(12) not null,
        due_days smallint not null,
        signed_with_version boolean not null,
        created_at timestamptz(3) not null,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      `alter table fee_schedules add constraint fee_schedules_number_key unique (tenant_id, version_id, number)`,
    )
    this.addSql(
      `alter table fee_schedules add constraint fee_schedules_customer_key unique (tenant_id, customer_id, id)`,
    )
    this.addSql(
      'alter table fee_schedules add constraint fee_schedules_agreement_id_fkey foreign key (tenant_id, customer_id, agreement_id) references agreements (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table fee_schedules add constraint fee_schedules_version_id_fkey foreign key (tenant_id, customer_id, version_id) references agreement_versions (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('fee_schedules', { customer: 'customer_id', category: "'CONTRACT'" }))
      this.addSql(sql)
    this.addSql('grant select, insert on fee_schedules to surety_app')
  }
}
