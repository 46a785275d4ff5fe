/**
 * The catalogue of the form's visible blanks: what each is called, which clause it stands in, and which values it
 * may take. Hidden blanks (frequency, price list, due rule, schedule) belong to rooms of their own.
 */
import { Decimal } from 'decimal.js'
import { readNumeral } from './numerals.js'

export type TermName =
  | 'contractNumber'
  | 'providerName'
  | 'customerName'
  | 'termYears'
  | 'responseHours'
  | 'fixHours'
  | 'serviceTermYears'
  | 'confidentialityYears'
  | 'liquidatedDamagesPercent'
  | 'upgradeNoticeWorkingDays'
  | 'updateWindowWorkingDays'
  | 'upgradeProblemResponseHours'
  | 'supportResponseHours'
  | 'restoreHours'

export type TermUnit = 'TEXT' | 'YEARS' | 'HOURS' | 'PERCENT' | 'WORKING_DAYS'

/** One blank of the form. `min` and `max` are plain decimal strings in the blank's unit, both allowed unless said. */
export interface TermDefinition {
  name: TermName
  /** The clause the blank stands in; `0` is the head. */
  clause: string
  unit: TermUnit
  min?: string
  max?: string
  /** Only whole numbers: years and working days are counted on a calendar. */
  whole?: boolean
  /** `min` itself isn't allowed. */
  minExclusive?: boolean
  /** Longest text, in UTF-16 code units. */
  maxLength?: number
  description: string
}

/** Normalised values: quantities as plain decimal strings ("0.5"), identifiers trimmed as written, null for a blank. */
export type TermValues = Record<TermName, string | null>

/** Longest contract number that is kept; the longest court docket numbers have about 30 characters. */
const MAX_NUMBER_LENGTH = 64
/** Longest party name that is kept; the business register's longest names have about 80 characters. */
const MAX_PARTY_NAME_LENGTH = 200
/** Longest quantity that is kept, "720.000000000000" and no more: nobody promises finer parts of an hour. */
const MAX_QUANTITY_LENGTH = 16

/** 1 to 10 whole years (clauses 1.3.1 and 2.4.1). */
const TERM_RANGE = { unit: 'YEARS', min: '1', max: '10', whole: true } as const
/** A quarter of an hour to thirty days (clause 2.3.1, and alike 6.4.2, 7.2.1 and 8.3.2). */
const HOURS_RANGE = { unit: 'HOURS', min: '0.25', max: '720' } as const
/** 1 to 60 working days, about a quarter of a year (clauses 6.2.1 and 6.4.1). */
const WORKING_DAYS_RANGE = { unit: 'WORKING_DAYS', min: '1', max: '60', whole: true } as const

/** The form's fourteen visible blanks in reading order. */
export const TERMS: readonly TermDefinition[] = [
  {
    name: 'contractNumber',
    clause: '0',
    unit: 'TEXT',
    maxLength: MAX_NUMBER_LENGTH,
    description: 'Agreement number (合同编号), as written, trimmed; unique within a tenant.',
  },
  {
    name: 'providerName',
    clause: '0',
    unit: 'TEXT',
    maxLength: MAX_PARTY_NAME_LENGTH,
    description: 'Name of the maintaining party (甲方), as written, trimmed.',
  },
  {
    name: 'customerName',
    clause: '0',
    unit: 'TEXT',
    maxLength: MAX_PARTY_NAME_LENGTH,
    description: 'Name of the using party (乙方), as written, trimmed.',
  },
  {
    name: 'termYears',
    clause: '1.3.1',
    ...TERM_RANGE,
    description: 'Term of the agreement in years, counted from the last required signature or seal.',
  },
  {
    name: 'responseHours',
    clause: '2.3.1',
    ...HOURS_RANGE,
    description: 'Hours from receipt of a fault report until the provider has responded.',
  },
  {
    name: 'fixHours',
    clause: '2.3.1',
    ...HOURS_RANGE,
    description: 'Hours from receipt of a fault report until the fault is fixed.',
  },
  {
    name: 'serviceTermYears',
    clause: '2.4.1',
    ...TERM_RANGE,
    description: 'Years for which maintenance is owed; normally those of 1.3.1.',
  },
  {
    name: 'confidentialityYears',
    clause: '4.3.1',
    unit: 'YEARS',
    min: '0',
    max: '20',
    whole: true,
    description: 'Years for which both sides keep secrets after the agreement has ended.',
  },
  {
    name: 'liquidatedDamagesPercent',
    clause: '5.3.1',
    unit: 'PERCENT',
    min: '0',
    max: '100',
    minExclusive: true,
    description: 'Liquidated damages in percent; what of is said by the damages rules.',
  },
  {
    name: 'upgradeNoticeWorkingDays',
    clause: '6.2.1',
    ...WORKING_DAYS_RANGE,
    description: 'Clear working days between receipt of an upgrade notice and going live.',
  },
  {
    name: 'updateWindowWorkingDays',
    clause: '6.4.1',
    ...WORKING_DAYS_RANGE,
    description: 'Working days the customer has for an update once it is notified and available.',
  },
  {
    name: 'upgradeProblemResponseHours',
    clause: '6.4.2',
    ...HOURS_RANGE,
    description: 'Hours until the provider has responded to a problem met during an update.',
  },
  {
    name: 'supportResponseHours',
    clause: '7.2.1',
    ...HOURS_RANGE,
    description: 'Hours until the provider has responded to a request for technical support.',
  },
  {
    name: 'restoreHours',
    clause: '8.3.2',
    ...HOURS_RANGE,
    description: 'Hours from the report of lost or damaged data until a verified restore.',
  },
]

const DEFINITIONS = new Map(TERMS.map(term => [term.name, term]))

/** @returns a fresh record in which every blank is still blank */
export const emptyTerms = (): TermValues =>
  Object.fromEntries(TERMS.map(({ name }) => [name, null])) as TermValues

export type TermProblem = 'NOT_A_NUMBER' | 'NOT_WHOLE' | 'TOO_SMALL' | 'TOO_LARGE' | 'TOO_LONG' | 'BLANK'

/**
 * Checks and normalises one value, as typed by a person or found by the reader. Numbers may be written in any way
 * that `readNumeral` knows, without their unit; ranges are those of the blank's clause.
 */
export function checkTerm(name: TermName, value: string): { value: string } | { problem: TermProblem } {
  const term = DEFINITIONS.get(name)!
  // PostgreSQL keeps no NUL, and a line end inside a name is an accident of pasting.
  const text = value.replace(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, ' ').trim()
  if (isBlank(text)) return { problem: 'BLANK' }
  if (term.unit === 'TEXT') return text.length > term.maxLength! ? { problem: 'TOO_LONG' } : { value: text }
  // Plain digits are a number however many there are; it may then be too large or too long.
  const quantity =
    readNumeral(text) ?? (/^\d{1,30}(?:\.\d{1,30})?$/.test(text) ? new Decimal(text).toFixed() : null)
  if (quantity === null) {
    // No blank of the form goes below zero, so a number with a minus is one, only too small.
    const negative = /^[-−－]/.test(text) && readNumeral(text.slice(1)) !== null
    return { problem: negative ? 'TOO_SMALL' : 'NOT_A_NUMBER' }
  }
  const number = new Decimal(quantity)
  if (term.whole && !number.isInteger()) return { problem: 'NOT_WHOLE' }
  if (number.lt(term.min!) || (term.minExclusive && number.eq(term.min!))) return { problem: 'TOO_SMALL' }
  if (number.gt(term.max!)) return { problem: 'TOO_LARGE' }
  return quantity.length > MAX_QUANTITY_LENGTH ? { problem: 'TOO_LONG' } : { value: quantity }
}

/** @returns whether a text is only what stands in an empty blank: underscores, dashes, strokes, boxes, 【】, XX */
export function isBlank(text: string): boolean {
  return /^[\s\p{P}\p{S}]*$/u.test(text) || /^[\s\p{P}\p{S}]*[xXｘＸ某]{2,}[\s\p{P}\p{S}]*$/u.test(text)
}

/** One blank that must be filled before signing. */
export interface MissingTerm {
  clause: string
  name: TermName
  /** Always true: the form's visible blanks are required, hidden ones are never listed here. */
  required: boolean
}

/** @returns the blanks that are still empty, in reading order */
export function missingTerms(values: TermValues): MissingTerm[] {
  return TERMS.filter(({ name }) => values[name] === null).map(({ clause, name }) => ({
    clause,
    name,
    required: true,
  }))
}

/**
 * What a reader of the agreement should look at before it's signed. `TEXT_CUT_OFF`: the last clause has no end.
 * `FIX_SOONER_THAN_RESPONSE`: 2.3.1 wants the fix before the response. `SERVICE_TERM_DIFFERS`: 2.4.1 isn't 1.3.1.
 * `UPDATE_WINDOW_WITHIN_LEAD`: 6.4.1 leaves no more days than 6.2.1 gives notice, so that an update counted from
 * receipt would be due before it's available.
 */
export type AgreementWarningCode =
  | 'TEXT_CUT_OFF'
  | 'FIX_SOONER_THAN_RESPONSE'
  | 'SERVICE_TERM_DIFFERS'
  | 'UPDATE_WINDOW_WITHIN_LEAD'

export interface AgreementWarning {
  code: AgreementWarningCode
  /** The clause to look at. */
  clause: string
}

/** @returns the contradictions between filled blanks, in the order of their clauses */
export function termWarnings(values: TermValues): AgreementWarning[] {
  const warnings: AgreementWarning[] = []
  const compare = (left: TermName, right: TermName) => {
    const [a, b] = [values[left], values[right]]
    return a === null || b === null ? null : new Decimal(a).comparedTo(b)
  }
  if (compare('fixHours', 'responseHours') === -1) {
    warnings.push({ code: 'FIX_SOONER_THAN_RESPONSE', clause: '2.3.1' })
  }
  if ((compare('serviceTermYears', 'termYears') ?? 0) !== 0) {
    warnings.push({ code: 'SERVICE_TERM_DIFFERS', clause: '2.4.1' })
  }
  if ((compare('updateWindowWorkingDays', 'upgradeNoticeWorkingDays') ?? 1) <= 0) {
    warnings.push({ code: 'UPDATE_WINDOW_WITHIN_LEAD', clause: '6.4.1' })
  }
  return warnings
}
