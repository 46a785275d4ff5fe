import { Migration } from '@mikro-orm/migrations'
import { customerOwned } from './walls-of-2026-11.js'

export class ABackupIsOwedAtEverySlot extends Migration {
  override up(): void {
    this.addSql(`create table backup_policies (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        agreement_id uuid not null,
        daily_at varchar(5) not null,
        time_zone varchar(64) not null,
        grace_minutes int not null,
        retention_days int not null,
        ended_at timestamptz(3) null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      `create index backup_policies_agreement_idx on backup_policies (tenant_id, agreement_id, created_at)`,
    )
    this.addSql(`create index backup_policies_created_idx on backup_policies (tenant_id, created_at, id)`)
    this.addSql(`create index backup_policies_updated_idx on backup_policies (tenant_id, updated_at, id)`)
    this.addSql(
      `alter table backup_policies add constraint backup_policies_customer_key unique (tenant_id, customer_id, id)`,
    )
    this.addSql(
      'alter table backup_policies add constraint backup_policies_agreement_id_fkey foreign key (tenant_id, customer_id, agreement_id) references agreements (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('backup_policies', { customer: 'customer_id', category: "'BACKUP_LOG'" }))
      this.addSql(sql)
    this.addSql('grant select, insert, update on backup_policies to surety_app')

    this.addSql(`create table backup_slots (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        agreement_id uuid not null,
        policy_id uuid not null,
        state varchar(10) not null,
        starts_at timestamptz(3) not null,
        due_at timestamptz(3) not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      `create index backup_slots_agreement_idx on backup_slots (tenant_id, agreement_id, starts_at, id)`,
    )
    this.addSql(
      `alter table backup_slots add constraint backup_slots_starts_key unique (tenant_id, policy_id, starts_at)`,
    )
    this.addSql(
      `alter table backup_slots add constraint backup_slots_customer_key unique (tenant_id, customer_id, id)`,
    )
    this.addSql(
      'alter table backup_slots add constraint backup_slots_agreement_id_fkey foreign key (tenant_id, customer_id, agreement_id) references agreements (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table backup_slots add constraint backup_slots_policy_id_fkey foreign key (tenant_id, customer_id, policy_id) references backup_policies (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('backup_slots', { customer: 'customer_id', category: "'BACKUP_LOG'" }))
      this.addSql(sql)
    this.addSql('grant select, insert, update on backup_slots to surety_app')

    this.addSql(`create table backup_runs (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        agreement_id uuid not null,
        slot_id uuid null,
        state varchar(10) not null,
        started_at timestamptz(3) not null,
        finished_at timestamptz(3) null,
        verified_at timestamptz(3) null,
        byte_size bigint null,
        sha256 varchar(64) null,
        reference varchar(500) null,
        note varchar(1000) null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(`create index backup_runs_created_idx on backup_runs (tenant_id, created_at, id)`)
    this.addSql(`create index backup_runs_updated_idx on backup_runs (tenant_id, updated_at, id)`)
    this.addSql(
      `create index backup_runs_agreement_idx on backup_runs (tenant_id, agreement_id, created_at, id)`,
    )
    this.addSql(`create index backup_runs_slot_idx on backup_runs (tenant_id, slot_id)`)
    this.addSql(
      'alter table backup_runs add constraint backup_runs_agreement_id_fkey foreign key (tenant_id, customer_id, agreement_id) references agreements (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table backup_runs add constraint backup_runs_slot_id_fkey foreign key (tenant_id, customer_id, slot_id) references backup_slots (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('backup_runs', { customer: 'customer_id', category: "'BACKUP_LOG'" }))
      this.addSql(sql)
    this.addSql('grant select, insert, update on backup_runs to surety_app')
  }
}
