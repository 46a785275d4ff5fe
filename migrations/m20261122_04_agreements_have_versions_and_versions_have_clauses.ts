import { Migration } from '@mikro-orm/migrations'
import { customerOwned } from './walls-of-2026-11.js'

export class AgreementsHaveVersionsAndVersionsHaveClauses extends Migration {
  override up(): void {
    this.addSql(`create table agreements (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        number varchar(120) null,
        state varchar(20) not null,
        time_zone varchar(64) not null,
        effective_at timestamptz(3) null,
        effective_on date null,
        ends_on date null,
        ends_at timestamptz(3) null,
        terminated_at timestamptz(3) null,
        termination_reason varchar(1000) null,
        confidential_until date null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(`create index agreements_created_idx on agreements (tenant_id, created_at, id)`)
    this.addSql(`create index agreements_updated_idx on agreements (tenant_id, updated_at, id)`)
    this.addSql(
      `create index agreements_customer_created_idx on agreements (tenant_id, customer_id, created_at, id)`,
    )
    this.addSql(
      `create index agreements_customer_updated_idx on agreements (tenant_id, customer_id, updated_at, id)`,
    )
    this.addSql(`alter table agreements add constraint agreements_number_key unique (tenant_id, number)`)
    this.addSql(
      `alter table agreements add constraint agreements_customer_key unique (tenant_id, customer_id, id)`,
    )
    this.addSql(
      'alter table agreements add constraint agreements_customer_id_fkey foreign key (tenant_id, customer_id) references customers (tenant_id, id)',
    )
    for (const sql of customerOwned('agreements', { customer: 'customer_id', category: "'CONTRACT'" }))
      this.addSql(sql)
    this.addSql('grant select, insert, update on agreements to surety_app')

    this.addSql(`create table agreement_versions (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        agreement_id uuid not null,
        number smallint not null,
        state varchar(20) not null,
        wording varchar(20) not null,
        required_acts varchar(20) not null,
        terms jsonb not null,
        text_warnings jsonb not null,
        content_hash varchar(64) null,
        effective_from timestamptz(3) null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      `alter table agreement_versions add constraint agreement_versions_number_key unique (tenant_id, agreement_id, number)`,
    )
    this.addSql(
      `alter table agreement_versions add constraint agreement_versions_customer_key unique (tenant_id, customer_id, id)`,
    )
    this.addSql(
      'alter table agreement_versions add constraint agreement_versions_agreement_id_fkey foreign key (tenant_id, customer_id, agreement_id) references agreements (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('agreement_versions', {
      customer: 'customer_id',
      category: "'CONTRACT'",
    }))
      this.addSql(sql)
    this.addSql('grant select, insert, update on agreement_versions to surety_app')

    this.addSql(`create table agreement_clauses (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        version_id uuid not null,
        ordinal smallint not null,
        number varchar(20) not null,
        depth smallint not null,
        parent_number varchar(20) null,
        chapter varchar(200) null,
        title varchar(500) null,
        text text not null,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      `alter table agreement_clauses add constraint agreement_clauses_ordinal_key unique (tenant_id, version_id, ordinal)`,
    )
    this.addSql(
      `alter table agreement_clauses add constraint agreement_clauses_number_key unique (tenant_id, version_id, number)`,
    )
    this.addSql(
      'alter table agreement_clauses add constraint agreement_clauses_version_id_fkey foreign key (tenant_id, customer_id, version_id) references agreement_versions (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('agreement_clauses', { customer: 'customer_id', category: "'CONTRACT'" }))
      this.addSql(sql)
    this.addSql('grant select, insert, update (text) on agreement_clauses to surety_app')

    this.addSql(`create table agreement_signatures (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        version_id uuid not null,
        side varchar(10) not null,
        act varchar(10) not null,
        method varchar(10) not null,
        content_hash varchar(64) not null,
        occurred_at timestamptz(3) not null,
        accepted_at timestamptz(3) not null,
        signatory_id uuid null,
        actor_id varchar(64) not null,
        evidence varchar(2000) null,
        voided_at timestamptz(3) null,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      `create index agreement_signatures_version_idx on agreement_signatures (tenant_id, version_id)`,
    )
    this.addSql(
      'alter table agreement_signatures add constraint agreement_signatures_version_id_fkey foreign key (tenant_id, customer_id, version_id) references agreement_versions (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table agreement_signatures add constraint agreement_signatures_signatory_id_fkey foreign key (tenant_id, signatory_id) references persons (tenant_id, id)',
    )
    for (const sql of customerOwned('agreement_signatures', {
      customer: 'customer_id',
      category: "'CONTRACT'",
    }))
      this.addSql(sql)
    this.addSql('grant select, insert, update (voided_at) on agreement_signatures to surety_app')

    this.addSql(`create table agreement_suspensions (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        agreement_id uuid not null,
        scope varchar(20) not null,
        reason varchar(1000) not null,
        started_at timestamptz(3) not null,
        ended_at timestamptz(3) null,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      `create index agreement_suspensions_agreement_idx on agreement_suspensions (tenant_id, agreement_id, started_at)`,
    )
    this.addSql(
      'alter table agreement_suspensions add constraint agreement_suspensions_agreement_id_fkey foreign key (tenant_id, customer_id, agreement_id) references agreements (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('agreement_suspensions', {
      customer: 'customer_id',
      category: "'CONTRACT'",
    }))
      this.addSql(sql)
    this.addSql('grant select, insert, update (ended_at) on agreement_suspensions to surety_app')

    this.addSql(`create table damages_rules (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        version_id uuid not null,
        ordinal smallint not null,
        duty_clauses jsonb not null,
        basis varchar(20) not null,
        mode varchar(20) not null,
        rate_percent numeric(12,8) null,
        cap_percent numeric(12,8) null,
        tax_inclusive boolean not null,
        allocation varchar(20) not null,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      `alter table damages_rules add constraint damages_rules_ordinal_key unique (tenant_id, version_id, ordinal)`,
    )
    this.addSql(
      'alter table damages_rules add constraint damages_rules_version_id_fkey foreign key (tenant_id, customer_id, version_id) references agreement_versions (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('damages_rules', { customer: 'customer_id', category: "'CONTRACT'" }))
      this.addSql(sql)
    this.addSql('grant select, insert, update, delete on damages_rules to surety_app')

    this.addSql(`create table covered_software (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        version_id uuid not null,
        ordinal smallint not null,
        product varchar(200) not null,
        product_version varchar(100) null,
        environment varchar(200) null,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      `alter table covered_software add constraint covered_software_ordinal_key unique (tenant_id, version_id, ordinal)`,
    )
    this.addSql(
      'alter table covered_software add constraint covered_software_version_id_fkey foreign key (tenant_id, customer_id, version_id) references agreement_versions (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('covered_software', { customer: 'customer_id', category: "'CONTRACT'" }))
      this.addSql(sql)
    this.addSql('grant select, insert, delete on covered_software to surety_app')

    this.addSql(`create table support_channels (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        version_id uuid not null,
        ordinal smallint not null,
        kind varchar(10) not null,
        address varchar(320) not null,
        hours varchar(200) null,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      `alter table support_channels add constraint support_channels_ordinal_key unique (tenant_id, version_id, ordinal)`,
    )
    this.addSql(
      'alter table support_channels add constraint support_channels_version_id_fkey foreign key (tenant_id, customer_id, version_id) references agreement_versions (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('support_channels', { customer: 'customer_id', category: "'CONTRACT'" }))
      this.addSql(sql)
    this.addSql('grant select, insert, delete on support_channels to surety_app')
  }
}
