import { Migration } from '@mikro-orm/migrations'
import { customerOwned } from './walls-of-2026-11.js'

export class AMissedDutyIsABreachWithAPrice extends Migration {
  override up(): void {
    this.addSql(`create table assessments (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        agreement_id uuid not null,
        version_id uuid not null,
        root_cause_kind varchar(3) not null,
        root_cause_id uuid not null,
        owed_by varchar(10) not null,
        state varchar(24) not null,
        occurred_at timestamptz(3) not null,
        year_starts_on date not null,
        currency varchar(3) null,
        rule_id uuid null,
        rate_percent varchar(20) null,
        basis_amount bigint null,
        cap bigint null,
        cap_remaining bigint null,
        amount bigint null,
        total bigint null,
        change bigint null,
        as_of timestamptz(3) not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(`create index assessments_year_idx on assessments (tenant_id, agreement_id, year_starts_on)`)
    this.addSql(`create index assessments_created_idx on assessments (tenant_id, created_at, id)`)
    this.addSql(`create index assessments_updated_idx on assessments (tenant_id, updated_at, id)`)
    this.addSql(
      `create index assessments_agreement_created_idx on assessments (tenant_id, agreement_id, created_at, id)`,
    )
    this.addSql(
      `alter table assessments add constraint assessments_root_cause_key unique (tenant_id, agreement_id, root_cause_id)`,
    )
    this.addSql(
      `alter table assessments add constraint assessments_customer_key unique (tenant_id, customer_id, id)`,
    )
    this.addSql(
      'alter table assessments add constraint assessments_agreement_id_fkey foreign key (tenant_id, customer_id, agreement_id) references agreements (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table assessments add constraint assessments_version_id_fkey foreign key (tenant_id, customer_id, version_id) references agreement_versions (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table assessments add constraint assessments_rule_id_fkey foreign key (tenant_id, customer_id, rule_id) references damages_rules (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('assessments', { customer: 'customer_id', category: "'BREACH'" }))
      this.addSql(sql)
    this.addSql('grant select, insert, update on assessments to surety_app')

    this.addSql(`create table breaches (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        agreement_id uuid not null,
        version_id uuid not null,
        obligation_id uuid not null,
        assessment_id uuid not null,
        number int not null,
        kind varchar(10) not null,
        state varchar(12) not null,
        owed_by varchar(10) not null,
        duty_clause varchar(20) not null,
        liability_clause varchar(20) null,
        occurred_at timestamptz(3) not null,
        detected_at timestamptz(3) not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(`create index breaches_assessment_idx on breaches (tenant_id, assessment_id)`)
    this.addSql(`create index breaches_occurred_idx on breaches (tenant_id, occurred_at, id)`)
    this.addSql(`create index breaches_agreement_idx on breaches (tenant_id, agreement_id, occurred_at, id)`)
    this.addSql(
      `alter table breaches add constraint breaches_obligation_key unique (tenant_id, obligation_id, kind)`,
    )
    this.addSql(
      `alter table breaches add constraint breaches_number_key unique (tenant_id, agreement_id, number)`,
    )
    this.addSql(
      'alter table breaches add constraint breaches_agreement_id_fkey foreign key (tenant_id, customer_id, agreement_id) references agreements (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table breaches add constraint breaches_version_id_fkey foreign key (tenant_id, customer_id, version_id) references agreement_versions (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table breaches add constraint breaches_obligation_id_fkey foreign key (tenant_id, customer_id, obligation_id) references obligations (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table breaches add constraint breaches_assessment_id_fkey foreign key (tenant_id, customer_id, assessment_id) references assessments (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('breaches', { customer: 'customer_id', category: "'BREACH'" }))
      this.addSql(sql)
    this.addSql('grant select, insert, update on breaches to surety_app')
  }
}
