import { Migration } from '@mikro-orm/migrations'
import { customerOwned } from './walls-of-2026-11.js'

export class ADutyRunsOnAClock extends Migration {
  override up(): void {
    this.addSql(`create table agreement_numbers (
        tenant_id uuid not null,
        agreement_id uuid not null,
        kind varchar(10) not null,
        customer_id uuid not null,
        last int not null,
        primary key (tenant_id, agreement_id, kind)
      )`)
    this.addSql(
      'alter table agreement_numbers add constraint agreement_numbers_agreement_id_fkey foreign key (tenant_id, customer_id, agreement_id) references agreements (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('agreement_numbers', { customer: 'customer_id', category: "'CONTRACT'" }))
      this.addSql(sql)
    this.addSql('grant select, insert, update (last) on agreement_numbers to surety_app')

    this.addSql(`create table obligations (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        agreement_id uuid not null,
        version_id uuid not null,
        clause varchar(20) not null,
        kind varchar(40) not null,
        basis varchar(10) not null,
        nature varchar(12) not null,
        owed_by varchar(10) not null,
        owed_to varchar(10) not null,
        state varchar(10) not null,
        quantity varchar(16) not null,
        unit varchar(10) not null,
        subject_kind varchar(3) not null,
        subject_id uuid not null,
        started_at timestamptz(3) not null,
        due_at timestamptz(3) not null,
        stopped_at timestamptz(3) null,
        paused_since timestamptz(3) null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(`create index obligations_agreement_idx on obligations (tenant_id, agreement_id, due_at, id)`)
    this.addSql(`create index obligations_due_idx on obligations (tenant_id, due_at, id)`)
    this.addSql(`create index obligations_started_idx on obligations (tenant_id, started_at, id)`)
    this.addSql(
      `alter table obligations add constraint obligations_subject_key unique (tenant_id, subject_id, kind)`,
    )
    this.addSql(
      `alter table obligations add constraint obligations_customer_key unique (tenant_id, customer_id, id)`,
    )
    this.addSql(
      'alter table obligations add constraint obligations_agreement_id_fkey foreign key (tenant_id, customer_id, agreement_id) references agreements (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table obligations add constraint obligations_version_id_fkey foreign key (tenant_id, customer_id, version_id) references agreement_versions (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('obligations', { customer: 'customer_id', category: "'BREACH'" }))
      this.addSql(sql)
    this.addSql('grant select, insert, update on obligations to surety_app')

    this.addSql(`create table obligation_clock_events (
        tenant_id uuid not null,
        obligation_id uuid not null,
        ordinal smallint not null,
        customer_id uuid not null,
        type varchar(12) not null,
        occurred_at timestamptz(3) not null,
        accepted_at timestamptz(3) not null,
        primary key (tenant_id, obligation_id, ordinal)
      )`)
    this.addSql(
      'alter table obligation_clock_events add constraint obligation_clock_events_obligation_id_fkey foreign key (tenant_id, customer_id, obligation_id) references obligations (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('obligation_clock_events', {
      customer: 'customer_id',
      category: "'BREACH'",
    }))
      this.addSql(sql)
    this.addSql('grant select, insert on obligation_clock_events to surety_app')
  }
}
