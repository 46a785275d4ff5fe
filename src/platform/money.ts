import { Decimal } from 'decimal.js'

/**
 * Money is an integer of minor units (分, cents) with a currency; never a float. Rates are exact decimals at their own
 * scale; rounding happens once, at the end, half up.
 */
export interface Amount {
  minor: bigint
  currency: string
}

/** 40 digits: more than any product of an amount, a rate and a count of days has, so that nothing rounds on the way. */
const Exact = Decimal.clone({ precision: 40, rounding: Decimal.ROUND_HALF_UP })

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'))

export const isCurrency = (code: string): boolean => CURRENCIES.has(code)

/** Of the currencies that were asked about: making a formatter takes longer than all else of an amount, and an answer has many. */
const digitsOf = new Map<string, number>()

/** Minor digits of a currency (ISO 4217): CNY 2, JPY 0, KWD 3. */
export function minorDigits(currency: string): number {
  let digits = digitsOf.get(currency)
  if (digits === undefined) {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
    digits = format.maximumFractionDigits ?? 2
    // What is no currency is not kept, so that the map stays as short as ISO 4217.
    if (isCurrency(currency)) digitsOf.set(currency, digits)
  }
  return digits
}

/** The amount as clients see it, always with the currency's minor digits: `"660.00"`. */
export function formatMinor({ minor, currency }: Amount): string {
  const digits = minorDigits(currency)
  const sign = minor < 0n ? '-' : ''
  const text = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, '0')
  return digits === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** Reads `"240000"` or `"660.00"`; null when it has more decimals than the currency. */
export function parseAmount(text: string, currency: string): Amount | null {
  const scaled = new Exact(text).mul(new Exact(10).pow(minorDigits(currency)))
  return scaled.isInteger() ? { minor: BigInt(scaled.toFixed(0)), currency } : null
}

/** `percent` of an amount, `units` times, rounded half up to the minor unit (domain.md: round_half_up(basis x rate x units)). */
export function percentOf(basis: Amount, percent: string, units: string | number = 1): Amount {
  const exact = new Exact(basis.minor.toString()).mul(percent).div(100).mul(units)
  return { minor: BigInt(exact.toFixed(0, Decimal.ROUND_HALF_UP)), currency: basis.currency }
}

/** Milliseconds of a decimal number of hours: 0.25 is 900,000. Exact for every value a contract may hold. */
export const hoursToMilliseconds = (hours: string): number => new Exact(hours).mul(3_600_000).toNumber()
