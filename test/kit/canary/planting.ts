import type { World } from '../world.js'
import type { Canary, CanaryBook, Group } from './canaries.js'
import type { TableColumn, TenantTable } from './catalogue.js'
import { CanaryMaker } from './making.js'

/**
 * Cells that stay as they are, each with its reason. The test holds what was found in the catalogue to this list: a new
 * column either gets a canary by itself, or somebody writes down here why it can't have one.
 */
export const UNPLANTED: Readonly<Record<string, string>> = {
  'agreements.state': 'an enum: the API prints no other word',
  'agreements.jurisdiction': 'two letters (ISO 3166)',
  'agreement_versions.state': 'an enum',
  'agreement_versions.wording': 'an enum',
  'agreement_versions.required_acts': 'an enum',
  'agreement_versions.text_warnings.code': 'an enum',
  'agreement_versions.service_window': 'two of the 1,440 minutes of a day',
  'agreement_versions.terms.termYears': 'whole, at most 10: no number to be known by (1.3.1)',
  'agreement_versions.terms.serviceTermYears': 'whole, at most 10 (2.4.1)',
  'agreement_versions.terms.confidentialityYears': 'whole, at most 20 (4.3.1)',
  'agreement_versions.terms.upgradeNoticeWorkingDays': 'whole, at most 60 (6.2.1)',
  'agreement_versions.terms.updateWindowWorkingDays': 'whole, at most 60 (6.4.1)',
  'agreement_signatures.side': 'an enum',
  'agreement_signatures.act': 'an enum',
  'agreement_signatures.method': 'an enum',
  'agreement_suspensions.scope': 'an enum',
  'damages_rules.basis': 'an enum',
  'damages_rules.mode': 'an enum',
  'damages_rules.allocation': 'an enum',
  'damages_rules.tax_inclusive': 'one bit',
  'support_channels.kind': 'an enum',
  'calendar_versions.jurisdiction': 'two letters (ISO 3166)',
  'calendar_versions.weekend': 'days of the week, 1 to 7',
  'calendar_versions.rest_days': 'days of a calendar',
  'calendar_versions.work_days': 'days of a calendar',
  'caller_mappings.kind': 'an enum, and what decides what the mapped caller is',
  'caller_mappings.roles': 'enums, and what decides what the mapped caller may do',
  'assessments.root_cause_kind': 'three letters',
  'assessments.owed_by': 'an enum',
  'assessments.state': 'an enum',
  'assessments.currency': 'three letters (ISO 4217), which amounts are printed by',
  'assessments.mode': 'an enum, which an accrual is computed by',
  'assessments.fixed': 'one bit',
  'assessments.overdue': 'what an accrual is computed from, and printed in the sums beside it',
  'assessment_revisions.state': 'an enum',
  'assessment_revisions.currency': 'three letters (ISO 4217), which amounts are printed by',
  'claim_acts.kind': 'an enum',
  'claim_acts.side': 'an enum',
  'claim_acts.basis': 'an enum',
  'claim_acts.currency': 'three letters (ISO 4217), which amounts are printed by',
  'backup_policies.daily_at': 'one of the 1,440 minutes of a day',
  'backup_runs.state': 'an enum',
  'backup_slots.state': 'an enum',
  'breaches.kind': 'an enum',
  'breaches.state': 'an enum',
  'breaches.owed_by': 'an enum',
  'credit_notes.currency': 'three letters (ISO 4217)',
  'fee_schedules.currency': 'three letters (ISO 4217)',
  'fee_schedules.billing_period': 'an enum',
  'fee_schedules.tax_inclusive': 'one bit',
  'fee_schedules.signed_with_version': 'one bit',
  'invoices.state': 'an enum',
  'invoices.due_pending': 'one bit',
  'invoices.currency': 'three letters (ISO 4217)',
  'obligations.basis': 'an enum',
  'obligations.nature': 'an enum',
  'obligations.owed_by': 'an enum',
  'obligations.owed_to': 'an enum',
  'obligations.state': 'an enum',
  'obligations.kind': 'an enum',
  'obligations.unit': 'an enum',
  'obligations.subject_kind': 'three letters',
  'obligations.counting': 'the zone, the jurisdiction and the window that its days are counted by',
  'obligations.jurisdiction': 'two letters (ISO 3166)',
  'obligations.calendar': 'which calendar version its days are counted by',
  'obligations.provisional': 'one bit',
  'obligation_clock_events.ordinal': 'counts the events of one clock, from 0: no number to be known by',
  'obligation_clock_events.corrects': 'the ordinal of an event of the same clock',
  'obligation_clock_events.type': 'an enum',
  'obligation_clock_events.reason': 'an enum',
  'obligation_clock_events.fact': 'an enum',
  'obligation_clock_events.calendar': 'which calendar version its days are counted by',
  'payments.state': 'an enum',
  'payments.currency': 'three letters (ISO 4217)',
  'tickets.kind': 'an enum',
  'tickets.state': 'an enum',
  'tickets.priority': 'an enum',
  'tickets.channel': 'an enum',
  'attachments.state': 'an enum',
  'attachment_parts.bytes': 'bytes, which leave by sealed links alone',
  'tickets.support_category': 'an enum',
  'tickets.covered': 'one bit',
  'ticket_comments.side': 'an enum',
  'ticket_questions.state': 'an enum',
  'ticket_acts.type': 'an enum',
  'ticket_acts.state': 'an enum',
  'ticket_acts.kind': 'an enum',
  'ticket_acts.covered': 'one bit',
  'ticket_acts.actor_kind': 'an enum, which the API prints no other of',
  'apps.scopes': 'permissions, of which there is a table',
  'apps.trusted_only': 'one bit',
  'trusted_documents.kind': 'an enum',
  'disclosure_authorizations.purpose': 'an enum',
  'disclosure_authorizations.categories': 'enums',
  'disclosure_authorizations.operations': 'enums',
  'consent_records.purpose': 'an enum',
  'consent_records.categories': 'enums',
  'consent_records.state': 'an enum',
  'consent_decisions.state': 'an enum',
  'consent_decisions.expressed_by': 'an enum',
  'consent_decisions.recorded_on_behalf': 'one bit',
  'webhook_endpoints.owner': 'what decides with whose eyes it sees; no field shows it',
  'webhook_endpoints.types': 'enums',
  'webhook_endpoints.payload': 'an enum',
  'webhook_endpoints.state': 'an enum',
  'webhook_endpoints.disabled_reason': 'an enum',
  'webhook_endpoints.lease': 'set while a process delivers to it; no field shows it',
  'webhook_endpoints.leased_until': 'set while a process delivers to it; no field shows it',
  'webhook_deliveries.state': 'an enum',
  'webhook_deliveries.problem': 'an enum',
  'event_heads.awaited': 'one bit',
  'disclosures.purpose': 'an enum',
  'disclosures.categories': 'enums',
  'events.data.covered': 'one bit',
  'events.data.signedWithVersion': 'one bit',
  'events.category': 'an enum, which the consent wall compares',
  'events.subject_kind': 'three letters',
  'directory_changes.part': 'an enum',
  'directory_changes.version': 'a count over all tenants that every planting moves on',
  'issuers.jwks_uri': 'empty where the keys were given: a canary there would be asked for keys',
  'issuers.jwks.keys.kty': 'a word of RFC 7518',
  'issuers.jwks.keys.crv': 'a word of RFC 7518',
  'issuers.jwks.keys.use': 'a word of RFC 7517',
  'issuers.jwks.keys.alg': 'a word of RFC 7518',
}

/** Unique as they are, and of no use when changed: the public keys that the mapped attacker's token is checked with. */
const KEPT_CANARIES: ReadonlySet<string> = new Set(['issuers.jwks.keys.x', 'issuers.jwks.keys.y'])

/** Not any text will do here: the room computes with it. */
const ZONES: ReadonlySet<string> = new Set([
  'agreements.time_zone',
  'consent_records.time_zone',
  'backup_policies.time_zone',
])

/** Texts that are decimals: the API prints no others there. */
const DECIMALS: ReadonlySet<string> = new Set([
  'assessments.rate_percent',
  'assessments.units',
  'fee_schedules.tax_rate_percent',
  'invoice_lines.tax_rate_percent',
  'obligations.quantity',
])

/** Which group a row belongs to, or one cell of it where cells of one row are of several. */
export type Grouping = (table: TenantTable, row: Record<string, unknown>, column?: string) => Group

/** What was planted, by `table.column` or `table.column.path`. */
export interface Planted {
  /** Every cell that could have a canary. */
  cells: ReadonlySet<string>
  /** Those that have one, by group. */
  covered: ReadonlyMap<Group, ReadonlySet<string>>
}

/**
 * Overwrites every text, json and number cell of every tenant's tables with a canary of its own, as the superuser whom no
 * wall holds. Keys stay, being canaries already. In the other tenant, whose data nobody works with, empty cells are filled
 * as well; within the attackers' tenant the rows must go on working, so what is empty stays empty.
 */
export async function plantCanaries(
  world: World,
  tables: readonly TenantTable[],
  groupOf: Grouping,
  book: CanaryBook,
  seed: number,
): Promise<Planted> {
  const planter = new Planter(tables, book, new CanaryMaker(seed))
  const rows = new Map<TenantTable, { place: string; row: Record<string, unknown> }[]>()
  for (const table of tables)
    rows.set(
      table,
      await world.sqlAsSuperuser(
        `select ctid::text as place, to_jsonb(t) as row from ${table.name} t order by ${inTheirOrder(table)}`,
      ),
    )
  // Ids first, so that each is known by the row it is the id of, and not by one that points there.
  for (const [table, found] of rows)
    for (const { row } of found) planter.keepId(table, row, groupOf(table, row, 'id'))
  for (const [table, found] of [...rows].sort(headsLast)) {
    const changed = found.map(({ place, row }) => ({
      place,
      ...planter.plantRow(table, row, column => groupOf(table, row, column)),
    }))
    if (changed.length > 0) await overwrite(world, table, changed)
  }
  return planter
}

/** Events keep their order, which readers go by: numbers rise from one canary to the next. */
const inTheirOrder = ({ columns }: TenantTable): string =>
  columns.some(({ name }) => name === 'sequence') ? 'sequence' : 'ctid'

/** The head of a sequence stands behind the last event, or what happens next would not be news. */
const headsLast = ([a]: [TenantTable, unknown], [b]: [TenantTable, unknown]): number =>
  Number(a.name === 'event_heads') - Number(b.name === 'event_heads')

async function overwrite(world: World, table: TenantTable, rows: readonly object[]): Promise<void> {
  const columns = table.columns.filter(column => !isKept(column))
  if (columns.length === 0) return
  await world.sqlAsSuperuser(
    `update ${table.name} set ${columns.map(({ name }) => `${name} = planted.${name}`).join(', ')}
     from jsonb_to_recordset($1::jsonb) as planted (place text, ${columns.map(({ name, type }) => `${name} ${type}`).join(', ')})
     where ${table.name}.ctid = planted.place::tid`,
    [JSON.stringify(rows)],
  )
}

const isKept = (column: TableColumn): boolean => column.isKey || column.type === 'uuid'
const isJson = (column: TableColumn): boolean => column.type === 'jsonb' || column.type === 'json'

class Planter implements Planted {
  readonly cells = new Set<string>()
  readonly covered = new Map<Group, Set<string>>()
  readonly #book: CanaryBook
  readonly #maker: CanaryMaker
  /** Those of the row at hand. */
  #rowIds: readonly string[] = []

  constructor(tables: readonly TenantTable[], book: CanaryBook, maker: CanaryMaker) {
    this.#book = book
    this.#maker = maker
    // Also of a table that has no row yet: it has to get one. What a json column holds is seen in its rows.
    for (const { name, columns } of tables)
      for (const column of columns) if (!isJson(column)) this.cells.add(`${name}.${column.name}`)
  }

  /** The row as it is to be, its keys left out. */
  plantRow(
    table: TenantTable,
    row: Record<string, unknown>,
    groupOf: (column: string) => Group,
  ): Record<string, unknown> {
    const planted: Record<string, unknown> = {}
    this.#rowIds = table.columns
      .filter(column => column.type === 'uuid' && row[column.name] !== null)
      .map(column => String(row[column.name]))
    for (const column of table.columns) {
      const [value, group] = [row[column.name], groupOf(column.name)]
      if (isKept(column)) this.#keep(table, column, value, group)
      else planted[column.name] = this.#plantCell(table, column, value, group)
    }
    return planted
  }

  /** The tenant's own id is none: it stands in every caller's token. */
  keepId(table: TenantTable, row: Record<string, unknown>, group: Group): void {
    const { id } = row
    if (typeof id !== 'string') return
    this.#cover(group, `${table.name}.id`)
    this.#rowIds = [id]
    if (group !== 'tenant') this.#register(group, table.name, 'id', id)
  }

  /** Of the other tenant every key is a canary; within the tenant a key may be the id of a row of another group. */
  #keep(table: TenantTable, column: TableColumn, value: unknown, group: Group): void {
    if (group !== 'foreign' || typeof value !== 'string') return
    this.#cover(group, `${table.name}.${column.name}`)
    if (!this.#book.has(value)) this.#register(group, table.name, column.name, value)
  }

  #plantCell(table: TenantTable, column: TableColumn, value: unknown, group: Group): unknown {
    const path = `${table.name}.${column.name}`
    if (isJson(column)) return this.#plantJson(table.name, column.name, value, group)
    if (path in UNPLANTED || (value === null && group !== 'foreign')) return value
    this.#cover(group, path)
    const made = ZONES.has(path) ? this.#maker.zone(group) : this.#maker.value(column, DECIMALS.has(path))
    this.#register(group, table.name, column.name, made)
    return made
  }

  #plantJson(table: string, column: string, value: unknown, group: Group): unknown {
    const path = `${table}.${column}`
    const plant = (inner: unknown): unknown => this.#plantJson(table, column, inner, group)
    if (path in UNPLANTED) {
      this.cells.add(path)
      return value
    }
    if (Array.isArray(value) && value.length > 0) return value.map(plant)
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
    if (entries.length > 0) {
      return Object.fromEntries(
        entries.map(([key, inner]) => [key, this.#plantJson(table, `${column}.${key}`, inner, group)]),
      )
    }
    this.cells.add(path)
    if (isEmpty(value)) return group === 'foreign' ? this.#fill(table, column, value) : value
    return this.#plantLeaf(table, column, value, group)
  }

  /** Something for an empty list or object of the other tenant to be known by. */
  #fill(table: string, column: string, value: unknown): unknown {
    if (value === null) return null
    const text = this.#maker.text()
    this.#cover('foreign', `${table}.${column}`)
    this.#register('foreign', table, column, text)
    return Array.isArray(value) ? [text] : { canary: text }
  }

  #plantLeaf(table: string, column: string, value: unknown, group: Group): unknown {
    if (typeof value === 'boolean') return value
    this.#cover(group, `${table}.${column}`)
    const kept = KEPT_CANARIES.has(`${table}.${column}`)
    // An id within a value names a row, which is registered where it stands.
    if (typeof value === 'string' && UUID.test(value)) return value
    const made = kept ? String(value) : this.#maker.like(value as string | number)
    this.#register(group, table, column, made)
    return made
  }

  #register(group: Group, table: string, column: string, value: string | number): void {
    const canary: Canary = {
      group,
      table,
      column,
      text: String(value),
      number: typeof value === 'number' ? value : null,
      rowIds: this.#rowIds,
    }
    this.#book.add(canary)
  }

  #cover(group: Group, cell: string): void {
    const covered = this.covered.get(group) ?? new Set()
    this.covered.set(group, covered.add(cell))
  }
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const isEmpty = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.keys(value).length === 0)
