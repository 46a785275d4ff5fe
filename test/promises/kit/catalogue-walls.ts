import { DATA_CATEGORIES } from '../../../src/persistence/index.js'
import type { Catalogue, Table } from './catalogue-facts.js'

/** The role that requests work as. */
export const APP = 'surety_app'

/** Closed to customers and apps altogether: how callers are known. */
export const STAFF_ONLY = [
  'app_secrets',
  'apps',
  'caller_mappings',
  'issuers',
  'token_revocations',
  'trusted_documents',
]
/** The house's own books, ids and times that no field shows, the tenant's own name and its calendars: the tenant wall alone. */
const BOOKKEEPING = [
  'alarms',
  'calendar_versions',
  'directory_changes',
  'document_numbers',
  'event_heads',
  'idempotency_keys',
  'tenants',
]

/** What callers set up for themselves: an app sees its own, and no consent opens another's. */
const OWNERS_ONLY = ['webhook_deliveries', 'webhook_endpoints']

/** Rows that a customer doesn't see yet, by their state. */
const PROVIDERS_OWN: Record<string, readonly string[]> = { invoices: ['DRAFT', 'VOID'] }

export const tenantColumn = (table: string): string => (table === 'tenants' ? 'id' : 'tenant_id')
export const isTenants = (table: Table): boolean =>
  table.name === 'tenants' || table.columns.some(column => column.name === 'tenant_id')
export const hasCustomer = (table: Table): boolean =>
  table.name === 'customers' || table.columns.some(column => column.name === 'customer_id')
export const customerColumn = (table: string): string => (table === 'customers' ? 'id' : 'customer_id')

/** Which of the walls a table lacks, or has with a hole. */
export function wallProblems(catalogue: Catalogue, table: Table): string[] {
  const own = catalogue.policies.filter(policy => policy.table === table.name)
  const required: [name: string, written: string[], read?: string[] | undefined][] = [
    ['tenant_wall', [tenantWall(tenantColumn(table.name))]],
  ]
  if (STAFF_ONLY.includes(table.name))
    required.push(['staff_wall', [STAFF_WALL], table.name === 'apps' ? [OWN_APP] : undefined])
  else if (hasCustomer(table)) {
    const column = customerColumn(table.name)
    required.push(['customer_wall', [customerWall(column)]])
    if (OWNERS_ONLY.includes(table.name)) required.push(['app_wall', [APP_WALL]])
    else required.push(['consent_wall', categoriesOf(table).map(category => consentWall(column, category))])
    const unissued = PROVIDERS_OWN[table.name]
    if (unissued) required.push(['provider_wall', [providerWall(unissued)]])
  } else if (!BOOKKEEPING.includes(table.name)) return ['belongs to no customer, and no list says why']
  const problems = required.flatMap(([name, written, read = written]) => {
    const wall = own.find(policy => policy.name === name)
    if (!wall) return [`${name} is missing`]
    if (wall.permissive) return [`${name} opens instead of closing`]
    if (wall.command !== '*') return [`${name} holds for one command only`]
    if (wall.roles.join() !== APP) return [`${name} is not for ${APP}`]
    if (!wall.check) return [`${name} has no WITH CHECK`]
    const says = (text: string | null): string => (text ?? '').replace(/\s+/g, ' ').trim()
    return [
      ...(read.includes(says(wall.using)) ? [] : [`${name} does not say what it should`]),
      ...(written.includes(says(wall.check)) ? [] : [`${name} lets other rows be written`]),
    ]
  })
  const admitted = own.find(policy => policy.name === 'admitted')
  if (!admitted || admitted.using !== ADMITTED || admitted.check !== ADMITTED)
    problems.push('admitted does not say what it should')
  const known = ['admitted', 'alarm_role', 'directory_role', ...required.map(([name]) => name)]
  const strays = own.filter(policy => !known.includes(policy.name))
  return [...problems, ...strays.map(policy => `the policy ${policy.name} is none of the walls`)]
}

/** A fixed category, or the row's own; personal data is CONTACT and nothing else. */
function categoriesOf(table: Table): string[] {
  if (table.name === 'persons') return [`'CONTACT'::text`]
  const fixed = DATA_CATEGORIES.map(category => `'${category}'::text`)
  return table.columns.some(column => column.name === 'category') ? ['(category)::text'] : fixed
}

/** As PostgreSQL prints them. Written out here and not asked of the code, so that a hole in the code's walls shows. */
const setting = (name: string): string => `NULLIF(current_setting('app.${name}'::text, true), ''::text)`
const ADMITTED = `(${setting('kind')} IS NOT NULL)`
const tenantWall = (column: string): string => `(${column} = (${setting('tenant_id')})::uuid)`
const customerWall = (column: string): string =>
  `CASE current_setting('app.kind'::text, true) WHEN 'staff'::text THEN (${setting('customer_id')} IS NULL) WHEN 'system'::text THEN true WHEN 'app'::text THEN true WHEN 'service'::text THEN ((${setting('customer_id')} IS NULL) OR (${column} = (${setting('customer_id')})::uuid)) WHEN 'customer'::text THEN (${column} = (${setting('customer_id')})::uuid) ELSE false END`
const consentWall = (column: string, category: string): string =>
  `(((${setting('app_id')} IS NULL) AND (current_setting('app.kind'::text, true) <> 'app'::text)) OR COALESCE(((((${column})::text || ':'::text) || ${category}) = ANY (string_to_array(current_setting('app.grants'::text, true), ','::text))), false))`
const STAFF_WALL = `CASE WHEN ((current_setting('app.kind'::text, true) = ANY (ARRAY['staff'::text, 'system'::text])) AND (${setting('customer_id')} IS NULL) AND (${setting('app_id')} IS NULL)) THEN true ELSE false END`
const providerWall = (states: readonly string[]): string =>
  `((NOT ((state)::text = ANY ((ARRAY[${states.map(state => `'${state}'::character varying`).join(', ')}])::text[]))) OR ((current_setting('app.kind'::text, true) = ANY (ARRAY['staff'::text, 'system'::text, 'service'::text])) AND (${setting('customer_id')} IS NULL) AND (${setting('app_id')} IS NULL)))`
const APP_WALL = `CASE WHEN ((${setting('app_id')} IS NULL) AND (current_setting('app.kind'::text, true) <> 'app'::text)) THEN ((app_id IS NULL) OR (current_setting('app.kind'::text, true) = ANY (ARRAY['staff'::text, 'system'::text]))) ELSE COALESCE((app_id = (${setting('app_id')})::uuid), false) END`
/** An app reads its own row, and writes none. */
const OWN_APP = `( ${STAFF_WALL} OR COALESCE((id = (${setting('app_id')})::uuid), false))`
