/**
 * The walls as they were built in November 2026, for the migrations of that time. A migration never changes once it is
 * out, so it doesn't ask `src/persistence/walls.ts`, which may move on; `npm run check` holds the two to each other.
 */

export function forceRowSecurity(table: string): string[] {
  return [`alter table ${table} enable row level security`, `alter table ${table} force row level security`]
}

/** The tenant wall alone: the house's own bookkeeping. */
export function bookkeeping(table: string, tenant = 'tenant_id'): string[] {
  return [
    ...forceRowSecurity(table),
    policy(table, 'admitted', 'permissive', `nullif(current_setting('app.kind', true), '') is not null`),
    policy(
      table,
      'tenant_wall',
      'restrictive',
      `${tenant} = nullif(current_setting('app.tenant_id', true), '')::uuid`,
    ),
  ]
}

/** The tenant's staff, and Surety itself; by `appColumn` an app may read its own row. */
export function staffOnly(table: string, appColumn: string | null = null): string[] {
  const staff = `current_setting('app.kind', true) in ('staff', 'system') and nullif(current_setting('app.customer_id', true), '') is null and nullif(current_setting('app.app_id', true), '') is null`
  const readable =
    appColumn === null
      ? staff
      : `(${staff}) or coalesce(${appColumn} = nullif(current_setting('app.app_id', true), '')::uuid, false)`
  return [...bookkeeping(table), policy(table, 'staff_wall', 'restrictive', readable, staff)]
}

/** All three walls. `customer` is the column of the customer's id, `category` an SQL expression of the data category. */
export function customerOwned(
  table: string,
  { customer, category }: { customer: string; category: string },
): string[] {
  return [
    ...bookkeeping(table),
    policy(
      table,
      'customer_wall',
      'restrictive',
      `case current_setting('app.kind', true) when 'staff' then nullif(current_setting('app.customer_id', true), '') is null when 'system' then true when 'app' then true when 'service' then nullif(current_setting('app.customer_id', true), '') is null or ${customer} = nullif(current_setting('app.customer_id', true), '')::uuid when 'customer' then ${customer} = nullif(current_setting('app.customer_id', true), '')::uuid else false end`,
    ),
    policy(
      table,
      'consent_wall',
      'restrictive',
      `(nullif(current_setting('app.app_id', true), '') is null and current_setting('app.kind', true) <> 'app') or coalesce((${customer}::text || ':' || ${category}) = any (string_to_array(current_setting('app.grants', true), ',')), false)`,
    ),
  ]
}

/** Rows that only the provider's people, its machines and Surety itself see. */
export function providersOwn(table: string, rows: string): string {
  const provider = `current_setting('app.kind', true) in ('staff', 'system', 'service') and nullif(current_setting('app.customer_id', true), '') is null and nullif(current_setting('app.app_id', true), '') is null`
  return policy(table, 'provider_wall', 'restrictive', `not (${rows}) or (${provider})`)
}

/** What callers set up for themselves: by `customer_id`, and by `app_id` for apps. */
export function ownersOnly(table: string): string[] {
  const { customer, app } = {
    customer: `nullif(current_setting('app.customer_id', true), '')`,
    app: `nullif(current_setting('app.app_id', true), '')`,
  }
  return [
    ...bookkeeping(table),
    policy(
      table,
      'customer_wall',
      'restrictive',
      `case current_setting('app.kind', true) when 'staff' then ${customer} is null when 'system' then true when 'app' then true when 'service' then ${customer} is null or customer_id = ${customer}::uuid when 'customer' then customer_id = ${customer}::uuid else false end`,
    ),
    policy(
      table,
      'app_wall',
      'restrictive',
      `case when ${app} is null and current_setting('app.kind', true) <> 'app' then app_id is null or current_setting('app.kind', true) in ('staff', 'system') else coalesce(app_id = ${app}::uuid, false) end`,
    ),
  ]
}

/** Opens a table to a role that works across tenants. */
export function openAcrossTenants(table: string, role: 'surety_directory' | 'surety_alarm'): string {
  return `create policy ${role.replace('surety_', '')}_role on ${table} to ${role} using (true) with check (true)`
}

/** Every change of the table raises the directory's version. */
export function touchesDirectory(table: string): string[] {
  return [
    `create or replace function "${table}_directory_changed_fn"() returns trigger as $$ begin update directory_state set version = version + 1; return null; end; $$ language plpgsql`,
    `create trigger "directory_changed" after insert or update or delete on ${table} for each statement execute function "${table}_directory_changed_fn"()`,
  ]
}

function policy(table: string, name: string, type: string, using: string, check = using): string {
  return `create policy ${name} on ${table} as ${type} to surety_app using (${using}) with check (${check})`
}
