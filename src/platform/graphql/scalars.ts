import { GraphQLScalarType, Kind } from 'graphql'
import { GraphQLJSON } from 'graphql-scalars'
import { isCurrency } from '../money.js'
import { isTimeZone } from '../time.js'

/** Scalars of the public contract. Each refuses with one sentence that doesn't quote what it was given. */

export const DateTimeScalar = textScalar<Date>({
  name: 'DateTime',
  description:
    'An instant: ISO 8601 with an offset, e.g. `2026-04-01T09:30:00.000Z`. Answers are in UTC with milliseconds; finer input is cut to the millisecond, never rounded.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  example: 'an instant such as "2026-04-01T09:30:00.000Z", with an offset',
  parse: text => {
    if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/.test(text)) return null
    const cut = text.replace(/(\.\d{3})\d+/, '$1')
    const date = new Date(cut)
    return isRealDate(text.slice(0, 10)) && isStorable(date) ? date : null
  },
  print: value => (value instanceof Date ? value : new Date(value as string)).toISOString(),
})

export const DateScalar = textScalar<string>({
  name: 'Date',
  description: 'A civil date, `YYYY-MM-DD`, in the time zone of the agreement it belongs to.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339#section-5.6',
  example: 'a date such as "2026-04-01"',
  parse: text => (isRealDate(text) ? text : null),
  print: String,
})

export const DecimalScalar = textScalar<string>({
  name: 'Decimal',
  description: 'An exact decimal number as a string, e.g. `"0.5"` or `"660.00"`; never a float.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259#section-6',
  example: 'a decimal such as "0.5"',
  // 30 characters: more digits than any amount or rate has, few enough to compute with exactly.
  parse: text => (/^-?\d+(\.\d+)?$/.test(text) && text.length <= 30 ? text : null),
  print: String,
})

export const ClauseNumberScalar = textScalar<string>({
  name: 'ClauseNumber',
  description:
    'The number of a clause as the contract prints it, e.g. `2.3.1`; `0` is the head of the contract.',
  specifiedByURL: 'https://en.wikipedia.org/wiki/ISO_2145',
  example: 'a clause number such as "2.3.1"',
  parse: text => (/^\d{1,3}(\.\d{1,3}){0,5}$/.test(text) ? text : null),
  print: String,
})

export const TimeZoneScalar = textScalar<string>({
  name: 'TimeZone',
  description: 'A name of the IANA time zone database, e.g. `Asia/Shanghai`.',
  specifiedByURL: 'https://www.iana.org/time-zones',
  example: 'a time zone such as "Asia/Shanghai"',
  parse: text => (isTimeZone(text) ? text : null),
  print: String,
})

export const DurationScalar = textScalar<string>({
  name: 'Duration',
  description: 'A length of time, ISO 8601 from days to seconds, e.g. `PT4H30M` or `-PT90S`.',
  specifiedByURL: 'https://www.iso.org/iso-8601-date-and-time-format.html',
  example: 'a duration such as "PT4H30M"',
  parse: text => (/^-?P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,3})?S)?)?$/.test(text) ? text : null),
  print: String,
})

export const CurrencyCodeScalar = textScalar<string>({
  name: 'CurrencyCode',
  description: 'A currency, three letters of ISO 4217, e.g. `CNY`.',
  specifiedByURL: 'https://www.iso.org/iso-4217-currency-codes.html',
  example: 'a currency such as "CNY"',
  parse: text => (isCurrency(text) ? text : null),
  print: String,
})

export const JurisdictionScalar = textScalar<string>({
  name: 'Jurisdiction',
  description: 'A country, or a part of one that keeps rest days of its own: ISO 3166, e.g. `CN` or `DE-BY`.',
  specifiedByURL: 'https://www.iso.org/iso-3166-country-codes.html',
  example: 'a jurisdiction such as "CN" or "DE-BY"',
  parse: text => (/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/.test(text) ? text : null),
  print: String,
})

export const JsonScalar = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  name: 'JSON',
  description: 'Any JSON value (RFC 8259).',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
})

interface TextScalar<T> {
  name: string
  description: string
  specifiedByURL: string
  example: string
  parse: (text: string) => T | null
  print: (value: unknown) => string
}

function textScalar<T>(config: TextScalar<T>): GraphQLScalarType<T, string> {
  const parse = (value: unknown): T => {
    const parsed = typeof value === 'string' ? config.parse(value) : null
    if (parsed === null) throw new TypeError(`${config.name} takes ${config.example}.`)
    return parsed
  }
  return new GraphQLScalarType<T, string>({
    name: config.name,
    description: config.description,
    specifiedByURL: config.specifiedByURL,
    serialize: config.print,
    parseValue: parse,
    parseLiteral: node => parse(node.kind === Kind.STRING ? node.value : null),
  })
}

/** Years 1 to 9999, in UTC: before and behind them ISO 8601 and PostgreSQL write years differently. */
function isStorable(date: Date): boolean {
  const year = date.getUTCFullYear()
  return year >= 1 && year <= 9999
}

function isRealDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
