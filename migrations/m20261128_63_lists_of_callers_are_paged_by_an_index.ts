import { Migration } from '@mikro-orm/migrations'

/** Few rows a tenant, but each order that the API offers is paged by an index (bars.md, P6). */
export class ListsOfCallersArePagedByAnIndex extends Migration {
  override up(): void {
    this.addSql('create index issuers_created_idx on issuers (tenant_id, created_at, id)')
    this.addSql('create index issuers_updated_idx on issuers (tenant_id, updated_at, id)')
    this.addSql('create index caller_mappings_updated_idx on caller_mappings (tenant_id, updated_at, id)')
  }
}
