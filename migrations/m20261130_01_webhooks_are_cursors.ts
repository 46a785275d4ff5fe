import { Migration } from '@mikro-orm/migrations'
import { ownersOnly } from './walls-of-2026-11.js'

export class WebhooksAreCursors extends Migration {
  override up(): void {
    // A constant default: no row is written, and who adds a tenant by the release before this one needn't know of it.
    this.addSql('alter table event_heads add column awaited boolean not null default false')
    this.addSql('grant update (awaited) on event_heads to surety_app')

    this.addSql(`create table webhook_endpoints (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid null,
        app_id uuid null,
        owner_key varchar(64) not null,
        owner jsonb not null,
        url varchar(2000) not null,
        description varchar(200) null,
        types jsonb null,
        payload varchar(4) not null,
        state varchar(10) not null,
        disabled_reason varchar(12) null,
        disabled_at timestamptz(3) null,
        sealed_secret text not null,
        sealed_previous text null,
        previous_ends_at timestamptz(3) null,
        position bigint not null,
        epoch int not null,
        attempt smallint not null,
        failing_since timestamptz(3) null,
        next_attempt_at timestamptz(3) null,
        delivered_at timestamptz(3) null,
        lease uuid null,
        leased_until timestamptz(3) null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql('create index webhook_endpoints_created_idx on webhook_endpoints (tenant_id, created_at, id)')
    this.addSql('create index webhook_endpoints_updated_idx on webhook_endpoints (tenant_id, updated_at, id)')
    this.addSql(
      'alter table webhook_endpoints add constraint webhook_endpoints_tenant_id_fkey foreign key (tenant_id) references tenants (id)',
    )
    this.addSql(
      'alter table webhook_endpoints add constraint webhook_endpoints_customer_id_fkey foreign key (tenant_id, customer_id) references customers (tenant_id, id)',
    )
    this.addSql(
      'alter table webhook_endpoints add constraint webhook_endpoints_app_id_fkey foreign key (tenant_id, app_id) references apps (tenant_id, id)',
    )
    for (const sql of ownersOnly('webhook_endpoints')) this.addSql(sql)
    this.addSql('grant select, insert, update on webhook_endpoints to surety_app')

    this.addSql(`create table webhook_deliveries (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid null,
        app_id uuid null,
        endpoint_id uuid not null,
        event_id uuid null,
        type varchar(64) not null,
        attempt smallint not null,
        state varchar(10) not null,
        problem varchar(20) null,
        status_code smallint null,
        latency_ms int null,
        excerpt varchar(200) null,
        attempted_at timestamptz(3) not null,
        next_attempt_at timestamptz(3) null,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      'create index webhook_deliveries_attempted_idx on webhook_deliveries (tenant_id, attempted_at, id)',
    )
    this.addSql(
      'create index webhook_deliveries_endpoint_attempted_idx on webhook_deliveries (tenant_id, endpoint_id, attempted_at, id)',
    )
    this.addSql(
      'alter table webhook_deliveries add constraint webhook_deliveries_endpoint_id_fkey foreign key (tenant_id, endpoint_id) references webhook_endpoints (tenant_id, id)',
    )
    this.addSql(
      'alter table webhook_deliveries add constraint webhook_deliveries_event_id_fkey foreign key (tenant_id, event_id) references events (tenant_id, id)',
    )
    this.addSql(
      'alter table webhook_deliveries add constraint webhook_deliveries_customer_id_fkey foreign key (tenant_id, customer_id) references customers (tenant_id, id)',
    )
    this.addSql(
      'alter table webhook_deliveries add constraint webhook_deliveries_app_id_fkey foreign key (tenant_id, app_id) references apps (tenant_id, id)',
    )
    for (const sql of ownersOnly('webhook_deliveries')) this.addSql(sql)
    // A test waits for its outcome; what is past its days goes.
    this.addSql('grant select, insert, update, delete on webhook_deliveries to surety_app')
  }
}
