import { Migration } from '@mikro-orm/migrations'
import { staffOnly } from './walls-of-2026-11.js'

export class DocumentsAreTrustedOncePublished extends Migration {
  override up(): void {
    this.addSql(`create table trusted_documents (
        tenant_id uuid not null,
        set_id uuid not null,
        document_id varchar(128) not null,
        name varchar(100) not null,
        kind varchar(12) not null,
        body text not null,
        published_at timestamptz(3) not null,
        primary key (tenant_id, set_id, document_id)
      )`)
    this.addSql(
      'alter table trusted_documents add constraint trusted_documents_tenant_id_fkey foreign key (tenant_id) references tenants (id)',
    )
    for (const sql of staffOnly('trusted_documents')) this.addSql(sql)
    // What is out there relies on what was published: it is added to, and never rewritten.
    this.addSql('grant select, insert on trusted_documents to surety_app')

    this.addSql('alter table apps add column trusted_only boolean not null default false')
    this.addSql('alter table apps alter column trusted_only drop default')
  }
}
