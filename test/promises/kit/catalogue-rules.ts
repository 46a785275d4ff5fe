import type { Catalogue, Grant, Key, Table } from './catalogue-facts.js'
import {
  APP,
  customerColumn,
  hasCustomer,
  isTenants,
  STAFF_ONLY,
  tenantColumn,
  wallProblems,
} from './catalogue-walls.js'

/** Tables of no tenant, by name. Nothing of a tenant's business may stand in one. */
const WITHOUT_TENANT = ['clock_shift', 'directory_state', 'migrations', 'signing_keys']

/** What a role that works across tenants may reach: all it is granted, and the only tables with a policy for it. */
const ACROSS_TENANTS: Record<string, Record<string, string>> = {
  surety_directory: {
    app_secrets: 'SELECT',
    apps: 'SELECT',
    directory_changes: 'INSERT, SELECT, UPDATE (version)',
    directory_state: 'SELECT, UPDATE (version)',
    issuers: 'SELECT',
    migrations: 'SELECT',
    signing_keys: 'INSERT, SELECT, UPDATE (retired_at), UPDATE (sealed_private_key)',
    tenants: 'INSERT, SELECT',
    token_revocations: 'SELECT',
  },
  surety_alarm: { alarms: 'SELECT, UPDATE (attempts), UPDATE (next_at)' },
}
const GROUPS = [APP, ...Object.keys(ACROSS_TENANTS)]

/** Tables of which the app is granted less than to read, add and change. */
const APP_GRANTS: Record<string, string> = {
  calendar_versions: 'INSERT, SELECT',
  clock_shift: '',
  directory_changes: 'INSERT, SELECT, UPDATE (version)',
  directory_state: 'SELECT, UPDATE (version)',
  event_heads: 'INSERT, SELECT, UPDATE (awaited), UPDATE (sequence)',
  // What happened isn't changed or taken back.
  events: 'INSERT, SELECT',
  migrations: '',
  signing_keys: '',
  tenants: 'SELECT',
  token_revocations: 'INSERT, SELECT',
  // What is out there relies on its text.
  trusted_documents: 'INSERT, SELECT',
}
/**
 * Rows that may go: alarms that rang, files that were announced and never sent, keys and attempts past their days, and parts
 * of a draft.
 */
const MAY_DELETE = [
  'alarms',
  'attachments',
  'covered_software',
  'damages_rules',
  'idempotency_keys',
  'support_channels',
  'webhook_deliveries',
]

/** Keys without the tenant, by name: each is what a caller says before its tenant is known. */
const KEYS_ACROSS_TENANTS = ['apps_client_id_key', 'issuers_issuer_key', 'tenants_slug_key']

/** Uuids that no foreign key can hold: they name rows of many tables, or are a caller's own and name no row. */
const OPEN_REFERENCES = [
  'alarms.subject_id',
  'assessments.root_cause_id',
  'attachments.client_id',
  'events.subject_id',
  'obligation_clock_events.cause_id',
  'obligations.subject_id',
  'ticket_comments.client_id',
  'tickets.client_id',
  'trusted_documents.set_id',
]

/**
 * Foreign keys between customers' rows that carry no customer. The signatory may be the provider's own person, who has none,
 * and so may an endpoint be the provider's, whose deliveries are of every customer's events.
 */
const WITHOUT_CUSTOMER = [
  'agreement_signatures_signatory_id_fkey',
  'webhook_deliveries_endpoint_id_fkey',
  'webhook_deliveries_event_id_fkey',
]

/** What breaks the walls, one sentence each; nothing in a sound database. */
export function catalogueProblems(catalogue: Catalogue, login: string): string[] {
  const problems = [
    ...catalogue.tables.flatMap(table => tableProblems(catalogue, table)),
    ...catalogue.policies.flatMap(policyProblems),
    ...catalogue.keys.flatMap(key => keyProblems(catalogue, key)),
    ...indexProblems(catalogue),
    ...grantProblems(catalogue),
    ...catalogue.functions.flatMap(functionProblems),
    ...catalogue.others.flatMap(otherProblems),
    ...roleProblems(catalogue, login),
  ]
  return [...new Set(problems)].sort()
}

function tableProblems(catalogue: Catalogue, table: Table): string[] {
  const says = (what: string): string => `${table.name}: ${what}`
  const columns = columnProblems(table).map(says)
  if (!isTenants(table))
    return WITHOUT_TENANT.includes(table.name) ? columns : [...columns, says('has no tenant')]
  return [
    ...columns,
    ...(table.enabled ? [] : [says('row-level security is off')]),
    ...(table.forced ? [] : [says('row-level security is not forced on the owner')]),
    ...wallProblems(catalogue, table).map(says),
    ...referenceProblems(catalogue, table).map(says),
  ]
}

/** Money is bigint minor units, ordinals are smallint, instants have a zone: what else would compute or sort wrongly. */
function columnProblems(table: Table): string[] {
  return table.columns.flatMap(({ name, type, notNull }) => {
    const problems: string[] = []
    if (/^(real|double precision|money)/.test(type)) problems.push(`${name} is a ${type}, which rounds`)
    if (/^(timestamp|time)(\(\d\))? without/.test(type)) problems.push(`${name} has no time zone`)
    if (/(^|_)(minor|amount|balance|fee|gross|net|tax|total)$/.test(name) && type !== 'bigint')
      problems.push(`${name} is money and not bigint minor units`)
    if (name === 'ordinal' && type !== 'smallint') problems.push('ordinal is not smallint')
    if (name === 'tenant_id' && (type !== 'uuid' || !notNull))
      problems.push('tenant_id is not a uuid that must be there')
    return problems
  })
}

function referenceProblems(catalogue: Catalogue, table: Table): string[] {
  const held = catalogue.keys
    .filter(key => key.kind === 'foreign' && key.table === table.name)
    .flatMap(key => key.columns)
  return table.columns
    .filter(({ name, type }) => type === 'uuid' && name.endsWith('_id') && !held.includes(name))
    .filter(({ name }) => !OPEN_REFERENCES.includes(`${table.name}.${name}`))
    .map(({ name }) => `${name} is held by no foreign key`)
}

function policyProblems(policy: Catalogue['policies'][number]): string[] {
  const says = (what: string): string => `${policy.table}: the policy ${policy.name} ${what}`
  const problems: string[] = []
  if (policy.subquery) problems.push(says('has a subquery'))
  const [role, ...others] = policy.roles
  if (others.length > 0 || !GROUPS.includes(role ?? ''))
    problems.push(says(`is for ${policy.roles.join(', ')}`))
  else if (role !== APP && !(policy.table in (ACROSS_TENANTS[role as string] ?? {})))
    problems.push(says(`opens the table to ${role} across tenants`))
  return problems
}

function keyProblems(catalogue: Catalogue, key: Key): string[] {
  const says = (what: string): string => `${key.table}: the key ${key.name} ${what}`
  const table = catalogue.tables.find(each => each.name === key.table)
  if (!table || !isTenants(table)) return []
  const problems = key.valid ? [] : [says('is not validated')]
  const at = key.columns.indexOf(tenantColumn(key.table))
  if (at === -1 && !KEYS_ACROSS_TENANTS.includes(key.name)) return [...problems, says('has no tenant')]
  if (key.kind !== 'foreign' || key.target === null) return problems
  if (key.targetColumns[at] !== tenantColumn(key.target)) problems.push(says('crosses tenants'))
  const target = catalogue.tables.find(each => each.name === key.target)
  if (!target || !hasCustomer(table) || !hasCustomer(target)) return problems
  if (STAFF_ONLY.includes(table.name) || WITHOUT_CUSTOMER.includes(key.name)) return problems
  const customerAt = key.columns.indexOf(customerColumn(key.table))
  if (customerAt === -1 || key.targetColumns[customerAt] !== customerColumn(key.target))
    problems.push(says('crosses customers'))
  return problems
}

function indexProblems(catalogue: Catalogue): string[] {
  const tenants = new Set(catalogue.tables.filter(isTenants).map(table => table.name))
  return catalogue.indexes
    .filter(index => index.leaky.length > 0 && tenants.has(index.table))
    .map(
      index =>
        `${index.table}: the index ${index.name} is never used under row-level security: ${index.leaky.join(', ')}`,
    )
}

function grantProblems(catalogue: Catalogue): string[] {
  const held = (table: string, grantee: string): string =>
    catalogue.grants
      .filter(grant => grant.table === table && grant.grantee === grantee)
      .map(describe)
      .sort()
      .join(', ')
  const strangers = catalogue.grants
    .filter(grant => !GROUPS.includes(grant.grantee))
    .map(grant => `${grant.table}: ${grant.grantee} is granted ${describe(grant)}`)
  const wrong = catalogue.tables.flatMap(({ name }) =>
    GROUPS.flatMap(role => {
      const has = held(name, role)
      const expected = role === APP ? APP_GRANTS[name] : (ACROSS_TENANTS[role]?.[name] ?? '')
      if (expected === undefined ? has === '' || isUsual(name, has) : has === expected) return []
      return [`${name}: ${role} is granted ${has || 'nothing'}`]
    }),
  )
  return [...strangers, ...wrong]
}

const describe = ({ privilege, column }: Grant): string => (column ? `${privilege} (${column})` : privilege)

/** Read, add, change; take away only where the list says so. No TRUNCATE, which no policy sees, no REFERENCES, no TRIGGER. */
const isUsual = (table: string, held: string): boolean =>
  held
    .split(', ')
    .every(
      privilege =>
        /^(SELECT|INSERT|UPDATE( \(\w+\))?)$/.test(privilege) ||
        (privilege === 'DELETE' && MAY_DELETE.includes(table)),
    )

function functionProblems(each: Catalogue['functions'][number]): string[] {
  const says = (what: string): string => `the function ${each.name} ${what}`
  const problems: string[] = []
  // Nobody can call a trigger's function; whoever hangs it somewhere must own the table.
  if (each.mayExecute.includes('PUBLIC') && !each.trigger) problems.push(says('may be called by everybody'))
  if (!each.definer) return problems
  if (each.name !== 'surety_now') problems.push(says('runs as its owner'))
  if (each.searchPath !== 'search_path=pg_catalog, public, pg_temp')
    problems.push(says('has an open search path'))
  if (each.name === 'surety_now' && each.mayExecute.join() !== [...GROUPS].sort().join())
    problems.push(says(`may be called by ${each.mayExecute.join(', ')}`))
  return problems
}

function otherProblems({ kind, name, invoker }: Catalogue['others'][number]): string[] {
  if (kind === 'view') return invoker ? [] : [`the view ${name} looks past the walls as its owner`]
  if (kind !== 'sequence') return [`the ${kind} ${name} has no walls`]
  // A counter that tenants share tells each how busy the others are.
  return name === 'migrations_id_seq' ? [] : [`the sequence ${name} counts across tenants`]
}

function roleProblems(catalogue: Catalogue, login: string): string[] {
  const { roles, memberships, powers } = catalogue
  const names = [login, ...GROUPS]
  const problems = names
    .filter(name => !roles.some(role => role.name === name))
    .map(name => `the role ${name} is missing`)
  for (const role of roles) {
    if (role.superuser) problems.push(`${role.name} is a superuser`)
    if (role.bypasses) problems.push(`${role.name} has BYPASSRLS`)
    if (role.creates) problems.push(`${role.name} has CREATEROLE, CREATEDB or REPLICATION`)
    if (role.login !== (role.name === login))
      problems.push(`${role.name} ${role.login ? 'may' : 'may not'} log in`)
    if (role.name === login && role.inherits)
      problems.push(`${login} inherits: its connections begin with rights`)
  }
  for (const { role, member, inherit, admin } of memberships) {
    if (member !== login || !GROUPS.includes(role)) problems.push(`${member} is a member of ${role}`)
    if (inherit) problems.push(`${member} inherits the rights of ${role}`)
    if (admin) problems.push(`${member} may hand on ${role}`)
  }
  return [...problems, ...powers.map(({ role, power }) => `${role} ${power}`)]
}
