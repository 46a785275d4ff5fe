import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DOCUMENT_LIMITS as limits } from '../../src/server/bounds/index.js'

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
const grouped = (n: number): string => n.toLocaleString('en')

it('README prints the limits of documents as the code has them', () => {
  for (const row of [
    `| characters · tokens | ${grouped(limits.characters)} · ${grouped(limits.tokens)} |`,
    `| fields inside each other · brackets inside each other | ${limits.depth} · ${limits.brackets} |`,
    `| fields, each fragment counted wherever it is spread | ${grouped(limits.fields)} |`,
    `| fields at the root · mutations | ${limits.rootFields} · 10 |`,
    `| aliases · the same field in one place | ${limits.aliases} · ${limits.repeats} |`,
    `| directives · on one field | ${limits.directives} · ${limits.directivesInOnePlace} |`,
    `| introspection lists inside each other | ${limits.introspectionLists} |`,
    `in the variables · lists and objects inside each other there | ${grouped(limits.listEntries)} · ${limits.variableDepth} |`,
  ])
    expect(readme).toContain(row)
})
