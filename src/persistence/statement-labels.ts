import type { MikroORM } from '@mikro-orm/postgresql'

const tables = new Set<string>()

/** Tables are what a statement may be called by. */
export function knowTables(orm: MikroORM): void {
  for (const { tableName } of orm.getMetadata().getAll().values()) tables.add(tableName)
}

/** How far into a statement its table is looked for: past a long list of columns, and not through an import's text. */
const LOOKED_AT = 2_000

/**
 * What a statement of a change is called where it is counted and traced: `insert tickets`, `select`. The ORM writes values
 * into its texts, so nothing of a text is passed on but the verb and a table of ours.
 */
export function labelOfText(text: string): string {
  const head = text.slice(0, LOOKED_AT)
  const verb = /^\s*(select|insert|update|delete|set)\b/i.exec(head)?.[1]?.toLowerCase() ?? 'other'
  const table = /\b(?:from|into|update)\s+"?(\w+)/i.exec(head)?.[1]
  return table && tables.has(table) ? `${verb} ${table}` : verb
}
