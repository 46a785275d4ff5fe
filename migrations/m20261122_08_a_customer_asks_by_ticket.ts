import { Migration } from '@mikro-orm/migrations'
import { customerOwned } from './walls-of-2026-11.js'

export class ACustomerAsksByTicket extends Migration {
  override up(): void {
    this.addSql(`create table tickets (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        agreement_id uuid not null,
        version_id uuid not null,
        number int not null,
        kind varchar(20) not null,
        state varchar(20) not null,
        priority varchar(10) not null,
        channel varchar(10) not null,
        subject varchar(300) not null,
        description text not null,
        software_id uuid null,
        reporter_id uuid null,
        client_id uuid null,
        caller_id varchar(64) not null,
        claimed_at timestamptz(3) null,
        received_at timestamptz(3) not null,
        responded_at timestamptz(3) null,
        resolved_at timestamptz(3) null,
        closed_at timestamptz(3) null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(`create index tickets_created_idx on tickets (tenant_id, created_at, id)`)
    this.addSql(`create index tickets_updated_idx on tickets (tenant_id, updated_at, id)`)
    this.addSql(
      `create index tickets_agreement_created_idx on tickets (tenant_id, agreement_id, created_at, id)`,
    )
    this.addSql(
      `create index tickets_customer_created_idx on tickets (tenant_id, customer_id, created_at, id)`,
    )
    this.addSql(
      `alter table tickets add constraint tickets_number_key unique (tenant_id, agreement_id, number)`,
    )
    this.addSql(
      `alter table tickets add constraint tickets_client_id_key unique (tenant_id, caller_id, client_id)`,
    )
    this.addSql(`alter table tickets add constraint tickets_customer_key unique (tenant_id, customer_id, id)`)
    this.addSql(
      'alter table tickets add constraint tickets_agreement_id_fkey foreign key (tenant_id, customer_id, agreement_id) references agreements (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table tickets add constraint tickets_version_id_fkey foreign key (tenant_id, customer_id, version_id) references agreement_versions (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table tickets add constraint tickets_software_id_fkey foreign key (tenant_id, customer_id, software_id) references covered_software (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table tickets add constraint tickets_reporter_id_fkey foreign key (tenant_id, customer_id, reporter_id) references persons (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('tickets', { customer: 'customer_id', category: "'TICKET'" }))
      this.addSql(sql)
    this.addSql('grant select, insert, update on tickets to surety_app')

    this.addSql(`create table ticket_comments (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        ticket_id uuid not null,
        side varchar(10) not null,
        text text not null,
        client_id uuid null,
        caller_id varchar(64) not null,
        created_at timestamptz(3) not null,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      `create index ticket_comments_ticket_idx on ticket_comments (tenant_id, ticket_id, created_at, id)`,
    )
    this.addSql(
      `alter table ticket_comments add constraint ticket_comments_client_id_key unique (tenant_id, caller_id, client_id)`,
    )
    this.addSql(
      'alter table ticket_comments add constraint ticket_comments_ticket_id_fkey foreign key (tenant_id, customer_id, ticket_id) references tickets (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('ticket_comments', { customer: 'customer_id', category: "'TICKET'" }))
      this.addSql(sql)
    this.addSql('grant select, insert on ticket_comments to surety_app')
  }
}
