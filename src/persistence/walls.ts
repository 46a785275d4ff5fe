import type { PolicyDef } from '@mikro-orm/core'
import { isUuid } from '../platform/ids.js'

/**
 * The three walls, as the database keeps them: tenant, customer, consent.
 *
 * Every transaction says who it works for in five settings that end with it; every tenant table answers to them with
 * row-level security that is forced even on its owner. `app.kind` decides: unset, or `''` (what PostgreSQL leaves
 * behind a local setting), means no rows.
 */
const SESSION_KINDS = ['staff', 'customer', 'app', 'service', 'system'] as const
export type SessionKind = (typeof SESSION_KINDS)[number]

export interface Session {
  kind: SessionKind
  tenantId: string
  /** The one customer this session is bound to: always for a customer's user, sometimes for a service, never for staff. */
  customerId: string | null
  /** The third party's app, when one asks. */
  appId: string | null
  /** What consent opens to that app: at most {@link MAX_GRANTS} pairs of customer and data category. */
  grants: readonly Grant[]
}

export interface Grant {
  customerId: string
  category: DataCategory
}

/** What a record is about, as authorisations and consents name it (domain.md, Vocabularies). */
export const DATA_CATEGORIES = [
  'CONTRACT',
  'TICKET',
  'CONTACT',
  'INVOICE',
  'PAYMENT',
  'BACKUP_LOG',
  'CONSENT_RECORD',
  'BREACH',
  'INCIDENT',
  'ATTACHMENT',
] as const
export type DataCategory = (typeof DATA_CATEGORIES)[number]

/** An app with more pairs must name the customers it asks about: the list is compared row by row, so it stays short. */
export const MAX_GRANTS = 1000

/** Ends a statement that runs away. 10 s: far past any statement of a request, well within a client's patience. */
const STATEMENT_TIMEOUT_MS = 10_000
/** Ends a wait for a lock. 5 s: half of the statement's time, so that the loser hears CONFLICT and not TIMEOUT. */
const LOCK_TIMEOUT_MS = 5_000
/** Ends a transaction whose process went away. 15 s: longer than any pause between two statements of ours. */
const IDLE_TIMEOUT_MS = 15_000

/** The group roles that own nothing. A login is a member of them and takes one on for the length of a transaction. */
export const APP_ROLE = 'surety_app'
/** Reads what is needed before the tenant is known: tenants, issuers, keys, revocations, app credentials. */
export const DIRECTORY_ROLE = 'surety_directory'
/** Claims due alarms of all tenants; sees ids and times only. */
export const ALARM_ROLE = 'surety_alarm'
export type DatabaseRole = typeof APP_ROLE | typeof DIRECTORY_ROLE | typeof ALARM_ROLE

/**
 * The statements that open a transaction within the walls, to be sent as one message behind `BEGIN`. `SET LOCAL`, and
 * not `set_config`, since a distributed engine carries only the former to its workers. Every value is checked or from a
 * closed list, so nothing here needs a parameter.
 */
export function openSession(session: Session): string {
  if (!SESSION_KINDS.includes(session.kind)) throw new Error('a session takes a kind of caller')
  if (session.grants.length > MAX_GRANTS) throw new Error(`a session takes at most ${MAX_GRANTS} grants`)
  for (const id of [session.tenantId, session.customerId, session.appId]) {
    if (id !== null && !isUuid(id)) throw new Error('a session takes lower-case UUIDs')
  }
  const grants = session.grants.map(grant => grantText(grant.customerId, grant.category)).join(',')
  return [
    openRole(APP_ROLE),
    `set local app.kind = '${session.kind}'`,
    `set local app.tenant_id = '${session.tenantId}'`,
    `set local app.customer_id = '${session.customerId ?? ''}'`,
    `set local app.app_id = '${session.appId ?? ''}'`,
    `set local app.grants = '${grants}'`,
  ].join('; ')
}

/** Takes on a role and the time limits every transaction has. For the directory and the alarms, which stand outside one tenant. */
export function openRole(role: DatabaseRole): string {
  return [
    `set local role ${role}`,
    `set local statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
    `set local lock_timeout = ${LOCK_TIMEOUT_MS}`,
    `set local idle_in_transaction_session_timeout = ${IDLE_TIMEOUT_MS}`,
  ].join('; ')
}

function grantText(customerId: string, category: DataCategory): string {
  if (!isUuid(customerId) || !DATA_CATEGORIES.includes(category))
    throw new Error('a grant takes a customer and a category')
  return `${customerId}:${category}`
}

/** `current_setting` with a cast that can't fail: `''` and unset are null, and null equals nothing. */
const setting = (name: string): string => `nullif(current_setting('app.${name}', true), '')`

/** Somebody is here at all. Permissive: it opens the table, and the restrictive walls then close it again. */
const admitted = (): PolicyDef => policy('admitted', 'permissive', `${setting('kind')} is not null`)

const tenantWall = (column: string): PolicyDef =>
  policy('tenant_wall', 'restrictive', `${column} = ${setting('tenant_id')}::uuid`)

/**
 * Staff see every customer of their tenant, and only as staff: a staff session that names a customer is a mistake and
 * sees nothing. A customer's user sees its own; a service sees its own when it is bound to one.
 */
const customerWall = (column: string): PolicyDef =>
  policy(
    'customer_wall',
    'restrictive',
    `case current_setting('app.kind', true) when 'staff' then ${setting('customer_id')} is null when 'system' then true when 'app' then true when 'service' then ${setting('customer_id')} is null or ${column} = ${setting('customer_id')}::uuid when 'customer' then ${column} = ${setting('customer_id')}::uuid else false end`,
  )

/** A third party's app, alone or on behalf of a person, sees a row only under a grant for its customer and category. Default deny. */
const consentWall = (column: string, category: string): PolicyDef =>
  policy(
    'consent_wall',
    'restrictive',
    `(${setting('app_id')} is null and current_setting('app.kind', true) <> 'app') or coalesce((${column}::text || ':' || ${category}) = any (string_to_array(current_setting('app.grants', true), ',')), false)`,
  )

/** An app sees what is its own, and beside it only staff do. */
const appWall = (): PolicyDef =>
  policy(
    'app_wall',
    'restrictive',
    `case when ${setting('app_id')} is null and current_setting('app.kind', true) <> 'app' then app_id is null or current_setting('app.kind', true) in ('staff', 'system') else coalesce(app_id = ${setting('app_id')}::uuid, false) end`,
  )

/** Only the provider's own people and Surety itself; where rows are apps, each app may read its own row. */
function staffWall(appColumn: string | null): PolicyDef {
  const staff = onceForAll(
    `current_setting('app.kind', true) in ('staff', 'system') and ${setting('customer_id')} is null and ${setting('app_id')} is null`,
  )
  const wall = policy('staff_wall', 'restrictive', staff)
  if (appColumn === null) return wall
  return { ...wall, using: `(${staff}) or coalesce(${appColumn} = ${setting('app_id')}::uuid, false)` }
}

/**
 * What holds for every row or for none. PostgreSQL takes conditions on settings for conditions on rows, each of which lets a
 * few through, and would sort a whole table for a page of it; of a CASE it knows nothing and assumes half of them.
 */
const onceForAll = (condition: string): string => `case when ${condition} then true else false end`

/**
 * Rows that a customer doesn't see yet, such as drafts, beside the three walls: they are for the provider's people and its
 * machines, and for Surety itself.
 */
export function providersOwn(rows: string): PolicyDef {
  const provider = `current_setting('app.kind', true) in ('staff', 'system', 'service') and ${setting('customer_id')} is null and ${setting('app_id')} is null`
  return policy('provider_wall', 'restrictive', `not (${rows}) or (${provider})`)
}

function policy(name: string, type: 'permissive' | 'restrictive', expression: string): PolicyDef {
  return { name, type, roles: [APP_ROLE], using: expression, check: expression }
}

/** A table of customer-owned rows: all three walls. `category` is a fixed data category, or the column that holds the row's own. */
export function customerOwned(
  category: DataCategory | { column: string },
  columns: { tenant?: string; customer?: string } = {},
): { rowLevelSecurity: 'force'; policies: PolicyDef[] } {
  const customer = columns.customer ?? 'customer_id'
  const categorySql = typeof category === 'string' ? `'${category}'` : category.column
  return forced([
    admitted(),
    tenantWall(columns.tenant ?? 'tenant_id'),
    customerWall(customer),
    consentWall(customer, categorySql),
  ])
}

/** A table of a tenant that only its staff may see. `app`: the column by which an app may also read its own row. */
export function staffOnly(columns: { app?: string } = {}): {
  rowLevelSecurity: 'force'
  policies: PolicyDef[]
} {
  return forced([admitted(), tenantWall('tenant_id'), staffWall(columns.app ?? null)])
}

/**
 * A table of what callers set up for themselves: staff see all of it, a customer and its service what is the customer's, an
 * app its own and nothing besides. Rows have `customer_id` and `app_id`, both null for what is the provider's.
 */
export function ownersOnly(): { rowLevelSecurity: 'force'; policies: PolicyDef[] } {
  return forced([admitted(), tenantWall('tenant_id'), customerWall('customer_id'), appWall()])
}

/** The house's own bookkeeping of a tenant, which holds ids, counters and times and is never shown: the tenant wall alone. */
export function bookkeeping(columns: { tenant?: string } = {}): {
  rowLevelSecurity: 'force'
  policies: PolicyDef[]
} {
  return forced([admitted(), tenantWall(columns.tenant ?? 'tenant_id')])
}

/** Opens a table to a role that works across tenants. The catalogue test allow-lists every table that has such a policy, by name. */
export function acrossTenants(role: typeof DIRECTORY_ROLE | typeof ALARM_ROLE): PolicyDef {
  return {
    name: `${role.replace('surety_', '')}_role`,
    type: 'permissive',
    roles: [role],
    using: 'true',
    check: 'true',
  }
}

function forced(policies: PolicyDef[]): { rowLevelSecurity: 'force'; policies: PolicyDef[] } {
  return { rowLevelSecurity: 'force', policies }
}
