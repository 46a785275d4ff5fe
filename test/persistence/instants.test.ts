import pg from 'pg'
import { expect, it } from 'vitest'
import { instantOf } from '../../src/persistence/instants.js'

const readAny = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ)

it.each([
  '2026-04-01 09:30:00+00',
  '2026-04-01 09:30:00.5+00',
  '2026-04-01 09:30:00.057+00',
  '2026-04-01 09:30:59.999999+00',
  '2024-02-29 23:59:59.12+00',
  '1969-12-31 23:59:59.0001+00',
  '0001-01-01 00:00:00+00',
  '0099-12-31 00:00:00.1+00',
  '9999-12-31 23:59:59.999+00',
  '12026-04-01 09:30:00+00',
  '0044-03-15 12:00:00+00 BC',
  '2026-04-01 17:30:00.123456+08',
  '2026-04-01 15:00:00.25+05:30',
  '2026-04-01 00:00:00-03:30',
  'infinity',
  '-infinity',
])('an instant is read as the driver reads it: %s', text => {
  expect(instantOf(text)).toEqual(readAny(text))
})

it('an instant is cut to the millisecond, and stands in UTC', () => {
  expect(instantOf('2026-04-01 09:30:00.123999+00').toISOString()).toBe('2026-04-01T09:30:00.123Z')
})
