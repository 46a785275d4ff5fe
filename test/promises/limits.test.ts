import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readConfig } from '../../src/platform/config.js'
import {
  BURST_SECONDS,
  COST_TABLE as COST,
  DEFAULT_ALLOWANCES,
  DOCUMENT_LIMITS as limits,
  TENANT_BURST_SECONDS,
} from '../../src/server/bounds/index.js'

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
const grouped = (n: number): string => n.toLocaleString('en')

it('README prints the limits of documents as the code has them', () => {
  for (const row of [
    `| characters · tokens | ${grouped(limits.characters)} · ${grouped(limits.tokens)} |`,
    `| fields inside each other · brackets inside each other | ${limits.depth} · ${limits.brackets} |`,
    `| fields, each fragment counted wherever it is spread · fragments | ${grouped(limits.fields)} · ${limits.fragments} |`,
    `| fields at the root · mutations | ${limits.rootFields} · 10 |`,
    `| aliases · the same field in one place | ${limits.aliases} · ${limits.repeats} |`,
    `| directives · on one field | ${limits.directives} · ${limits.directivesInOnePlace} |`,
    `| introspection lists inside each other | ${limits.introspectionLists} |`,
    `in the variables · lists and objects inside each other there | ${grouped(limits.listEntries)} · ${limits.variableDepth} |`,
  ])
    expect(readme).toContain(row)
})

it('schema/COST.md is the table that the code counts by', () => {
  const published = readFileSync(join(import.meta.dirname, '../../schema/COST.md'), 'utf8')
  for (const row of [
    `Version ${COST.version}.`,
    `also under an alias | ${COST.root} |`,
    `and scalars are free | ${COST.object} |`,
    `beside its entries | ${COST.connection} |`,
    `20 without |`,
    `before it is known how many | ${COST.listEntries} |`,
    `beside its payload | ${COST.mutation} |`,
    `its frames are free | ${COST.subscription} |`,
    `whatever is asked of it | ${COST.introspection} |`,
  ])
    expect(published).toContain(row)
})

it('README prints what is let through as it is without a setting', () => {
  const { requestRate, costRate, tenantFactor, refusalRate } = DEFAULT_ALLOWANCES
  for (const row of [
    `| requests of a caller | ${requestRate} | ${grouped(requestRate * BURST_SECONDS)} |`,
    `| points of a caller | ${grouped(costRate)} | ${grouped(costRate * BURST_SECONDS)} |`,
    `| requests, points of a tenant | ${tenantFactor} times as many | ${grouped(requestRate * tenantFactor * TENANT_BURST_SECONDS)}, ${grouped(costRate * tenantFactor * TENANT_BURST_SECONDS)} |`,
    `| refused tokens of an address, over HTTP and WebSockets together | ${refusalRate} | ${refusalRate * BURST_SECONDS} |`,
  ])
    expect(readme).toContain(row)
  expect(readConfig({}).allowances).toEqual(DEFAULT_ALLOWANCES)
})
