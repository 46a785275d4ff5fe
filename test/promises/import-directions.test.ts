import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importProblems, importsOf, type Sources, sourcesIn } from './kit/imports.js'

const root = join(import.meta.dirname, '../..')

describe('import directions', () => {
  it('run one way through the house, across rooms only by index.ts, without a cycle', () => {
    const sources = sourcesIn(root, ['src', 'migrations'])
    expect(sources.size).toBeGreaterThan(90)
    expect(importProblems(sources)).toEqual([])
  })

  it('are read from every kind of import', () => {
    const text = `
      import './a.js'
      import b from "./b.js"
      import * as c from './c.js'
      import { d,
        type D } from './d.js'
      import { type E, type F } from './e.js'
      import type { G } from './g.js'
      export { h } from './h.js'
      export * from './i.js'
      export type { J } from './j.js'
      export * as k from './k.js'
      const l = await import('./l.js')
      import pg, { type Pool } from 'pg'
      // import m from './m.js'
      /* import n from './n.js' */
      const text = 'not an import from "./o.js"'`
    const found = importsOf('src/events/x.ts', text)
    const names = (typeOnly: boolean): string[] =>
      found.filter(each => each.local && each.typeOnly === typeOnly).map(each => each.to.slice(-4, -3))
    expect(names(false).sort()).toEqual(['a', 'b', 'c', 'd', 'h', 'i', 'k', 'l'])
    expect(names(true).sort()).toEqual(['e', 'g', 'j'])
    expect(found.filter(each => !each.local).map(each => each.to)).toEqual(['pg'])
  })

  describe('must fail', () => {
    it.each([
      [
        'a lower room that imports a higher one',
        'src/tenancy/a.ts',
        '../agreements/index.js',
        'may not import agreements',
      ],
      [
        'a room in braces that imports its neighbour',
        'src/tickets/a.ts',
        '../invoices/index.js',
        'tickets may not import invoices',
      ],
      [
        'an import that only takes a type',
        'src/persistence/a.ts',
        '../tenancy/index.js',
        'may not import tenancy',
      ],
      ['an import past the index', 'src/agreements/a.ts', '../tenancy/nodes.js', 'only index.ts'],
      [
        'a door that knows a room',
        'src/server/a.ts',
        '../agreements/index.js',
        'server may not import agreements',
      ],
      [
        'events that know a room',
        'src/events/a.ts',
        '../breaches/index.js',
        'events may not import breaches',
      ],
      [
        'a room that knows the door',
        'src/agreements/a.ts',
        '../server/index.js',
        'agreements may not import server',
      ],
      [
        'platform with a word of the business',
        'src/platform/a.ts',
        '../persistence/index.js',
        'may not import',
      ],
      ['a room that knows who assembles it', 'src/tickets/a.ts', '../rooms.js', 'stands above the rooms'],
      ['a table of contents that starts things', 'src/rooms.ts', './main.js', 'it stands above'],
      ['a room of no map', 'src/utils/a.ts', '../platform/index.js', 'is not on the map'],
      ['a file of no map', 'src/helpers.ts', './platform/index.js', 'is not on the map'],
      ['a launcher in a room', 'src/breaches/a.ts', '../persistence/embedded-server.js', 'only index.ts'],
      [
        'a migration that asks the code of today',
        'migrations/a.ts',
        '../src/persistence/index.js',
        'stands by itself',
      ],
      [
        'a room that knows the migrations',
        'src/backups/a.ts',
        '../../migrations/index.js',
        'knows its migrations',
      ],
      ['code that leans on a test', 'src/main.ts', '../test/kit/world.js', 'imports a test'],
      [
        'a portal inside the house',
        'src/portal/a.ts',
        '../tenancy/index.js',
        'portal may not import tenancy',
      ],
      [
        'a client with a key to the house',
        'src/client/a.ts',
        '../tenancy/index.js',
        'client may not import tenancy',
      ],
    ])('%s', (_what, from, target, problem) => {
      const house = new Map(standing())
      house.set(from, `import { x } from '${target}'`)
      expect(
        importProblems(house)
          .filter(each => each.startsWith(from))
          .join('\n'),
      ).toContain(problem)
    })

    it('a cycle of files, named from its first file', () => {
      const house = new Map(standing())
      house.set('src/tickets/a.ts', `import { b } from './b.js'`)
      house.set('src/tickets/b.ts', `import { c } from './c.js'`)
      house.set('src/tickets/c.ts', `export { a } from './a.js'`)
      const [problem, ...others] = importProblems(house)
      expect(others).toEqual([])
      expect(problem).toBe(
        'a cycle: src/tickets/a.ts -> src/tickets/b.ts -> src/tickets/c.ts -> src/tickets/a.ts',
      )
    })

    it('a file that is not there', () => {
      const house = new Map(standing()).set('src/tickets/a.ts', `import './gone.js'`)
      expect(importProblems(house)).toEqual([
        'src/tickets/a.ts imports src/tickets/gone.ts, which is not there',
      ])
    })
  })

  it('let a cycle of types alone pass, since the compiler erases it', () => {
    const house = new Map(standing())
    house.set('src/tickets/a.ts', `import { b } from './b.js'`)
    house.set('src/tickets/b.ts', `import type { A } from './a.js'`)
    expect(importProblems(house)).toEqual([])
  })
})

/** A small house in which nothing is wrong, with every target that the planted files name. */
function standing(): Sources {
  const rooms = [
    'platform',
    'persistence',
    'tenancy',
    'agreements',
    'breaches',
    'tickets',
    'invoices',
    'server',
  ]
  return new Map([
    ...rooms.map(room => [`src/${room}/index.ts`, ''] as const),
    ...['src/rooms.ts', 'src/main.ts', 'src/tenancy/nodes.ts', 'src/persistence/embedded-server.ts'].map(
      file => [file, ''] as const,
    ),
    ['migrations/index.ts', ''],
    ['test/kit/world.ts', ''],
    [
      'src/breaches/breach.ts',
      `import { x } from '../agreements/index.js'\nimport y from '../platform/money.js'`,
    ],
    ['src/platform/money.ts', ''],
    ['src/cli.ts', `import { x } from './main.js'\nimport { y } from './persistence/embedded-server.js'`],
  ])
}
