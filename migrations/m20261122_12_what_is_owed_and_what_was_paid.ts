import { Migration } from '@mikro-orm/migrations'
import { bookkeeping, customerOwned, providersOwn } from './walls-of-2026-11.js'

export class WhatIsOwedAndWhatWasPaid extends Migration {
  override up(): void {
    this.addSql(`create table document_numbers (
        tenant_id uuid not null,
        kind varchar(12) not null,
        last int not null,
        primary key (tenant_id, kind)
      )`)
    this.addSql(
      'alter table document_numbers add constraint document_numbers_tenant_id_fkey foreign key (tenant_id) references tenants (id)',
    )
    for (const sql of bookkeeping('document_numbers')) this.addSql(sql)
    this.addSql('grant select, insert, update (last) on document_numbers to surety_app')

    this.addSql(`create table invoices (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        agreement_id uuid not null,
        fee_schedule_id uuid null,
        number int null,
        state varchar(12) not null,
        currency varchar(3) not null,
        net bigint not null,
        tax bigint not null,
        total bigint not null,
        paid bigint not null,
        credited bigint not null,
        period_number smallint null,
        period_starts_on date null,
        period_ends_on date null,
        issued_on date null,
        dated_on date not null,
        received_on date null,
        due_days smallint null,
        due_on date null,
        due_at timestamptz(3) null,
        e_invoice_number varchar(20) null,
        seller_tax_id varchar(20) null,
        buyer_tax_id varchar(20) null,
        document_url varchar(2000) null,
        external_reference varchar(100) null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(`create index invoices_created_idx on invoices (tenant_id, created_at, id)`)
    this.addSql(`create index invoices_dated_idx on invoices (tenant_id, dated_on, id)`)
    this.addSql(
      `create index invoices_agreement_created_idx on invoices (tenant_id, agreement_id, created_at, id)`,
    )
    this.addSql(
      `create index invoices_agreement_dated_idx on invoices (tenant_id, agreement_id, dated_on, id)`,
    )
    this.addSql(
      `create index invoices_customer_created_idx on invoices (tenant_id, customer_id, created_at, id)`,
    )
    this.addSql(`alter table invoices add constraint invoices_number_key unique (tenant_id, number)`)
    this.addSql(
      `alter table invoices add constraint invoices_customer_key unique (tenant_id, customer_id, id)`,
    )
    this.addSql(
      'alter table invoices add constraint invoices_agreement_id_fkey foreign key (tenant_id, customer_id, agreement_id) references agreements (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table invoices add constraint invoices_fee_schedule_id_fkey foreign key (tenant_id, customer_id, fee_schedule_id) references fee_schedules (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('invoices', { customer: 'customer_id', category: "'INVOICE'" }))
      this.addSql(sql)
    this.addSql(providersOwn('invoices', "state in ('DRAFT', 'VOID')"))
    this.addSql('grant select, insert, update on invoices to surety_app')

    this.addSql(`create table invoice_lines (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        invoice_id uuid not null,
        ordinal smallint not null,
        description varchar(500) not null,
        tax_code varchar(19) null,
        tax_rate_percent varchar(12) not null,
        net bigint not null,
        tax bigint not null,
        gross bigint not null,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      `alter table invoice_lines add constraint invoice_lines_ordinal_key unique (tenant_id, invoice_id, ordinal)`,
    )
    this.addSql(
      'alter table invoice_lines add constraint invoice_lines_invoice_id_fkey foreign key (tenant_id, customer_id, invoice_id) references invoices (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('invoice_lines', { customer: 'customer_id', category: "'INVOICE'" }))
      this.addSql(sql)
    this.addSql('grant select, insert on invoice_lines to surety_app')

    this.addSql(`create table credit_notes (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        invoice_id uuid not null,
        number int not null,
        currency varchar(3) not null,
        net bigint not null,
        tax bigint not null,
        total bigint not null,
        reason varchar(1000) not null,
        issued_on date not null,
        e_invoice_number varchar(20) null,
        created_at timestamptz(3) not null,
        primary key (tenant_id, id)
      )`)
    this.addSql(`alter table credit_notes add constraint credit_notes_number_key unique (tenant_id, number)`)
    this.addSql(
      `alter table credit_notes add constraint credit_notes_invoice_key unique (tenant_id, invoice_id)`,
    )
    this.addSql(
      'alter table credit_notes add constraint credit_notes_invoice_id_fkey foreign key (tenant_id, customer_id, invoice_id) references invoices (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('credit_notes', { customer: 'customer_id', category: "'INVOICE'" }))
      this.addSql(sql)
    this.addSql('grant select, insert on credit_notes to surety_app')

    this.addSql(`create table payments (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        agreement_id uuid not null,
        invoice_id uuid not null,
        state varchar(10) not null,
        currency varchar(3) not null,
        amount bigint not null,
        credited_at timestamptz(3) not null,
        reference varchar(100) not null,
        evidence varchar(2000) null,
        reversed_at timestamptz(3) null,
        reversal_reason varchar(1000) null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(`create index payments_created_idx on payments (tenant_id, created_at, id)`)
    this.addSql(`create index payments_credited_idx on payments (tenant_id, credited_at, id)`)
    this.addSql(`create index payments_invoice_idx on payments (tenant_id, invoice_id, created_at, id)`)
    this.addSql(
      'alter table payments add constraint payments_agreement_id_fkey foreign key (tenant_id, customer_id, agreement_id) references agreements (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table payments add constraint payments_invoice_id_fkey foreign key (tenant_id, customer_id, invoice_id) references invoices (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('payments', { customer: 'customer_id', category: "'PAYMENT'" }))
      this.addSql(sql)
    this.addSql('grant select, insert, update on payments to surety_app')
  }
}
