import { Migration } from '@mikro-orm/migrations'
import { customerOwned, staffOnly } from './walls-of-2026-11.js'

export class PartiesAndPersonsBelongToATenant extends Migration {
  override up(): void {
    this.addSql(`create table customers (
        tenant_id uuid not null,
        id uuid not null,
        number varchar(40) not null,
        name varchar(200) not null,
        credit_code varchar(18) null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(`create index customers_created_idx on customers (tenant_id, created_at, id)`)
    this.addSql(`create index customers_updated_idx on customers (tenant_id, updated_at, id)`)
    this.addSql(`alter table customers add constraint customers_number_key unique (tenant_id, number)`)
    this.addSql(
      'alter table customers add constraint customers_tenant_id_fkey foreign key (tenant_id) references tenants (id)',
    )
    for (const sql of customerOwned('customers', { customer: 'id', category: "'CONTRACT'" })) this.addSql(sql)
    this.addSql('grant select, insert, update on customers to surety_app')

    this.addSql(`create table persons (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid null,
        name varchar(200) null,
        email varchar(320) null,
        phone varchar(40) null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        erased_at timestamptz(3) null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(`create index persons_customer_idx on persons (tenant_id, customer_id)`)
    this.addSql(
      'alter table persons add constraint persons_tenant_id_fkey foreign key (tenant_id) references tenants (id)',
    )
    this.addSql(
      'alter table persons add constraint persons_customer_id_fkey foreign key (tenant_id, customer_id) references customers (tenant_id, id)',
    )
    for (const sql of customerOwned('persons', { customer: 'customer_id', category: "'CONTACT'" }))
      this.addSql(sql)
    this.addSql('grant select, insert, update on persons to surety_app')

    this.addSql(`create table caller_mappings (
        tenant_id uuid not null,
        id uuid not null,
        issuer_id uuid not null,
        subject varchar(255) not null,
        kind varchar(10) not null,
        customer_id uuid null,
        roles jsonb not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(`create index caller_mappings_customer_idx on caller_mappings (tenant_id, customer_id)`)
    this.addSql(
      `alter table caller_mappings add constraint caller_mappings_subject_key unique (tenant_id, issuer_id, subject)`,
    )
    this.addSql(
      'alter table caller_mappings add constraint caller_mappings_issuer_id_fkey foreign key (tenant_id, issuer_id) references issuers (tenant_id, id)',
    )
    this.addSql(
      'alter table caller_mappings add constraint caller_mappings_customer_id_fkey foreign key (tenant_id, customer_id) references customers (tenant_id, id)',
    )
    for (const sql of staffOnly('caller_mappings')) this.addSql(sql)
    this.addSql('grant select, insert, update on caller_mappings to surety_app')
  }
}
