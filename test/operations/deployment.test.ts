import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SETTINGS } from '../../src/platform/config.js'

const read = (name: string) => readFileSync(join(import.meta.dirname, '../..', name), 'utf8')
const compose = read('compose.yaml')
const dockerfile = read('Dockerfile')
const readme = read('README.md')

/** What Surety's own containers are given, in the settings all share and in the services that add one. */
function settingsOfCompose(): string[] {
  const own = compose
    .split(/\n(?=\S| {2}[a-z])/)
    .filter(part => /^x-settings:|^ {2}(migrate|api|worker):/.test(part))
    .join('\n')
  return [...own.matchAll(/^ +([A-Z][A-Z_]+): /gm)].map(([, name]) => name as string)
}

describe('compose.yaml', () => {
  it('sets what Surety reads and nothing else', () => {
    const given = settingsOfCompose()
    expect(given).toEqual(
      expect.arrayContaining(['DATABASE_URL', 'MIGRATE_DATABASE_URL', 'SURETY_MASTER_KEY']),
    )
    expect(given.filter(name => !SETTINGS.includes(name))).toEqual([])
  })

  it('has no secret of its own: each is asked for by name', () => {
    const secrets = [...compose.matchAll(/\$\{([A-Z_]*(?:PASSWORD|KEY|TOKEN))([^}]*)\}/g)]
    expect(secrets.length).toBeGreaterThan(8)
    expect(secrets.filter(([, , rest]) => !rest?.startsWith(':?'))).toEqual([])
    for (const [, name] of secrets) expect(readme).toContain(name)
  })

  it("gives the owner's login to the migration alone, and opens no port of the database", () => {
    const owners = compose.split(/\n(?=  \S)/).filter(part => part.includes('MIGRATE_DATABASE_URL'))
    expect(owners.map(part => part.trim().split(':')[0])).toEqual(['migrate'])
    expect([...compose.matchAll(/ports: (.*)/g)].map(([, ports]) => ports)).toEqual([
      '["127.0.0.1:4000-4009:4000"]',
    ])
  })

  it('leaves a drain the time it takes', () => {
    expect(Number(/stop_grace_period: (\d+)s/.exec(compose)?.[1])).toBeGreaterThan(10)
  })
})

describe('the Dockerfile', () => {
  it('sets what Surety reads, runs the program itself as an ordinary user, and copies what .dockerignore lets in', () => {
    const env = [...(/^ENV (.*)$/m.exec(dockerfile)?.[1] ?? '').matchAll(/([A-Z_]+)=/g)].map(
      ([, name]) => name,
    )
    expect(env.filter(name => name !== 'NODE_ENV' && !SETTINGS.includes(name as string))).toEqual([])
    expect(dockerfile).toMatch(/^USER node$/m)
    expect(dockerfile).toMatch(
      /^ENTRYPOINT \["node", "--max-semi-space-size=8", "--heap-growing-percent=50", "dist\/src\/cli\.js"\]$/m,
    )
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(
      ([, names]) => names?.split(' ') ?? [],
    )
    const letIn = read('.dockerignore')
      .split('\n')
      .filter(line => line.startsWith('!'))
    expect([...new Set(copied)].sort()).toEqual(letIn.map(line => line.slice(1)).sort())
  })
})

describe('README', () => {
  it('lists every setting', () => {
    expect(SETTINGS.filter(name => !readme.includes(`\`${name}\``))).toEqual([])
  })
})
