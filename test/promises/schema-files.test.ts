import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate, loadCodegenConfig } from '@graphql-codegen/cli'
import { diff } from '@graphql-inspector/core'
import { buildSchema as parseSchema } from 'graphql'
import { expect, it } from 'vitest'
import { buildSchema } from '../../src/rooms.js'
import { printSdl } from '../../src/server/index.js'

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')

it('schema/schema.graphql is what the code serves: "npm run schema" writes it', () => {
  expect(read('schema/schema.graphql')).toBe(printSdl(buildSchema()))
})

it('the typed documents of test/operations are up to date: "npm run codegen" writes them', async () => {
  const { config } = await loadCodegenConfig({
    configFilePath: join(import.meta.dirname, '../../codegen.yml'),
  })
  const elsewhere = mkdtempSync(join(tmpdir(), 'surety-codegen-'))
  try {
    const [[folder, target] = []] = Object.entries(config.generates)
    const files = await generate(
      {
        ...config,
        cwd: join(import.meta.dirname, '../..'),
        silent: true,
        generates: { [`${elsewhere}/`]: target as object },
      },
      false,
    )
    const made = (files as { filename: string; content: string }[]).filter(file => file.content !== undefined)
    expect(made.length).toBeGreaterThan(2)
    for (const { filename, content } of made) {
      expect(content, filename).toBe(read(join(String(folder), filename.slice(elsewhere.length))))
    }
  } finally {
    rmSync(elsewhere, { recursive: true, force: true })
  }
})

/** Breaking changes between two schemas that the changelog doesn't declare, word for word, under "Breaking". */
async function undeclared(published: string, current: string, changelog: string): Promise<string[]> {
  const changes = await diff(parseSchema(published), parseSchema(current))
  const breaking = changes
    .filter(change => change.criticality.level === 'BREAKING')
    .map(change => change.message)
  return breaking.filter(message => !changelog.includes(message))
}

it('a breaking change of the published schema is declared in schema/CHANGELOG.md', async () => {
  expect(
    await undeclared(
      read('schema/published.graphql'),
      read('schema/schema.graphql'),
      read('schema/CHANGELOG.md'),
    ),
  ).toEqual([])
})

it('a planted breaking change is found, and passes once it is declared', async () => {
  const published = 'type Query { a: String b: String }'
  const current = 'type Query { a: String }'
  const [message] = await undeclared(published, current, '')
  expect(message).toMatch(/'b' was removed/)
  expect(await undeclared(published, current, `### Breaking\n\n- ${message}`)).toEqual([])
})
