import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const src = join(import.meta.dirname, '../../src')

/**
 * `surety_now()` may answer otherwise each time, so PostgreSQL asks it for every row that is compared with it and uses no
 * index: a clock that looks for what is due read a million alarms to find none. As `(select surety_now())` it is asked once.
 */
it('no statement compares its rows with a clock that is asked for each of them', () => {
  const found = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .flatMap(name =>
      readFileSync(join(src, name), 'utf8')
        .split('\n')
        .filter(line => /(?:[<>]=?|between|and)\s+surety_now\(\)/i.test(line))
        .map(line => `${name}: ${line.trim()}`),
    )
  expect(found).toEqual([])
})
