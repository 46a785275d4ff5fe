import { Migration } from '@mikro-orm/migrations'

export class KeysAreRotatedAndFetched extends Migration {
  override up(): void {
    this.addSql('alter table signing_keys add column signs_from timestamptz(3) null')
    this.addSql('grant update (sealed_private_key) on signing_keys to surety_directory')
    this.addSql('alter table issuers add column jwks_uri varchar(500) null')
    this.addSql('alter table issuers add column keys_fetched_at timestamptz(3) null')
    this.addSql('alter table caller_mappings add column ended_at timestamptz(3) null')
    this.addSql('create index caller_mappings_created_idx on caller_mappings (tenant_id, created_at, id)')
  }
}
