import { Migration } from '@mikro-orm/migrations'
import { customerOwned } from './walls-of-2026-11.js'

export class ABreachIsClaimedAnsweredAndDecided extends Migration {
  override up(): void {
    // A finding by hand has no clock.
    this.addSql(`alter table breaches alter column obligation_id drop not null`)
    this.addSql(`alter table breaches add column description varchar(2000) null`)
    this.addSql(`alter table breaches add column evidence varchar(2000) null`)
    this.addSql(`alter table breaches add column cured_at timestamptz(3) null`)

    this.addSql(`alter table assessments
        add column mode varchar(20) null,
        add column units varchar(20) null,
        add column accrues_from timestamptz(3) null,
        add column accrued_until timestamptz(3) null,
        add column loss_claimed bigint null,
        add column top_up bigint null,
        add column bookable bigint null,
        add column provider_agreed bigint null,
        add column customer_agreed bigint null,
        add column fixed boolean not null default false,
        add column linked_to uuid null`)
    this.addSql(
      'alter table assessments add constraint assessments_linked_to_fkey foreign key (tenant_id, customer_id, linked_to) references assessments (tenant_id, customer_id, id)',
    )
    this.addSql(
      `create index assessments_year_order_idx on assessments (tenant_id, agreement_id, year_starts_on, occurred_at)`,
    )

    this.addSql(`create table assessment_revisions (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        assessment_id uuid not null,
        number int not null,
        state varchar(24) not null,
        currency varchar(3) null,
        amount bigint null,
        top_up bigint null,
        total bigint null,
        change bigint null,
        bookable bigint null,
        as_of timestamptz(3) not null,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      `alter table assessment_revisions add constraint assessment_revisions_number_key unique (tenant_id, assessment_id, number)`,
    )
    this.addSql(
      'alter table assessment_revisions add constraint assessment_revisions_assessment_id_fkey foreign key (tenant_id, customer_id, assessment_id) references assessments (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('assessment_revisions', {
      customer: 'customer_id',
      category: "'BREACH'",
    }))
      this.addSql(sql)
    this.addSql('grant select, insert on assessment_revisions to surety_app')

    this.addSql(
      `alter table breaches add constraint breaches_customer_key unique (tenant_id, customer_id, id)`,
    )
    this.addSql(`create table claim_acts (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        assessment_id uuid not null,
        breach_id uuid null,
        kind varchar(20) not null,
        side varchar(10) not null,
        basis varchar(12) null,
        text varchar(2000) null,
        currency varchar(3) null,
        amount bigint null,
        occurred_at timestamptz(3) not null,
        accepted_at timestamptz(3) not null,
        primary key (tenant_id, id)
      )`)
    this.addSql(`create index claim_acts_breach_idx on claim_acts (tenant_id, breach_id, accepted_at, id)`)
    this.addSql(
      `create index claim_acts_assessment_idx on claim_acts (tenant_id, assessment_id, accepted_at, id)`,
    )
    this.addSql(
      'alter table claim_acts add constraint claim_acts_assessment_id_fkey foreign key (tenant_id, customer_id, assessment_id) references assessments (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table claim_acts add constraint claim_acts_breach_id_fkey foreign key (tenant_id, customer_id, breach_id) references breaches (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('claim_acts', { customer: 'customer_id', category: "'BREACH'" }))
      this.addSql(sql)
    this.addSql('grant select, insert on claim_acts to surety_app')
  }
}
