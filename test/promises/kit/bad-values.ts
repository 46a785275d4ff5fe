import { type GraphQLInputType, isEnumType, isListType, isNonNullType } from 'graphql'
import { unknownId } from './arguments.js'

/** More than any list may hold. */
const TOO_MANY = 101

const WRONG: Record<string, readonly unknown[]> = {
  ID: ['', 'x', unknownId(), unknownId('cus'), unknownId('prs'), unknownId('dmr')],
  String: [
    '',
    ' \n',
    'x',
    'x'.repeat(3000),
    'a\0b',
    'a\ud800b',
    '一',
    'https://a b',
    'https://idp.example/?q',
  ],
  Int: [-1, 0, 1, 61, 2_147_483_647],
  Decimal: ['-1', '0', '0.000000001', '1000.5', '99999999999999999999'],
  DateTime: ['2999-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z'],
  Duration: ['PT0S', '-P1D', 'P9999D'],
  Date: ['2999-01-01', '0001-01-01', '2026-02-28'],
  CurrencyCode: ['USD', 'JPY', 'KWD'],
  Jurisdiction: ['DE-BY', 'US'],
  Boolean: [true, false],
  EventCursor: ['', 'x'],
  ClauseNumber: ['0', '9.9.9', '2.3.1'],
  TimeZone: ['UTC'],
  JSON: [
    {},
    { keys: [] },
    { keys: ['x'] },
    { keys: Array.from({ length: TOO_MANY }, () => ({})) },
    'x',
    1,
    [],
  ],
}

/**
 * Values of a type that a mutation may have something against, among some it may not. `sample` is one that it takes.
 * They fit the schema: what doesn't is refused before any mutation is asked.
 */
export function badValues(type: GraphQLInputType, sample: unknown): readonly unknown[] {
  if (isNonNullType(type)) return badValues(type.ofType, sample)
  if (isEnumType(type)) return type.getValues().map(value => value.name)
  if (isListType(type)) {
    const [entry] = (sample as unknown[] | undefined) ?? []
    return [
      [],
      ...(entry === undefined ? [] : [Array.from({ length: TOO_MANY }, () => entry), [entry, entry]]),
    ]
  }
  const values = 'name' in type ? WRONG[type.name] : undefined
  if (!values) throw new Error(`no bad value of ${String(type)} is known: teach bad-values.ts`)
  return values
}
