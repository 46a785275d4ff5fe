import { Migration } from '@mikro-orm/migrations'
import { customerOwned } from './walls-of-2026-11.js'

export class FilesArePutOnTickets extends Migration {
  override up(): void {
    this.addSql(`create table attachments (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        ticket_id uuid not null,
        state varchar(10) not null,
        file_name varchar(255) not null,
        content_type varchar(127) not null,
        byte_size int not null,
        sha256 varchar(64) not null,
        client_id uuid null,
        caller_id varchar(64) not null,
        upload_until timestamptz(3) not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql('create index attachments_ticket_idx on attachments (tenant_id, ticket_id, created_at, id)')
    this.addSql(
      'alter table attachments add constraint attachments_client_id_key unique (tenant_id, caller_id, client_id)',
    )
    this.addSql(
      'alter table attachments add constraint attachments_customer_key unique (tenant_id, customer_id, id)',
    )
    this.addSql(
      'alter table attachments add constraint attachments_ticket_id_fkey foreign key (tenant_id, customer_id, ticket_id) references tickets (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('attachments', { customer: 'customer_id', category: "'ATTACHMENT'" }))
      this.addSql(sql)
    this.addSql('grant select, insert, update on attachments to surety_app')

    this.addSql(`create table attachment_parts (
        tenant_id uuid not null,
        attachment_id uuid not null,
        ordinal smallint not null,
        customer_id uuid not null,
        bytes bytea not null,
        primary key (tenant_id, attachment_id, ordinal)
      )`)
    // Screenshots and archives are compressed already: the database needn't try.
    this.addSql('alter table attachment_parts alter column bytes set storage external')
    this.addSql(
      'alter table attachment_parts add constraint attachment_parts_attachment_id_fkey foreign key (tenant_id, customer_id, attachment_id) references attachments (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('attachment_parts', {
      customer: 'customer_id',
      category: "'ATTACHMENT'",
    }))
      this.addSql(sql)
    this.addSql('grant select, insert on attachment_parts to surety_app')
  }
}
