import { Decimal } from 'decimal.js'
import type { Agreement } from '../agreements/index.js'
import { refuse } from '../platform/failure.js'
import { formatMinor, parseAmount } from '../platform/money.js'

/** Largest amount of a line or a payment: 10^15 minor units, ten trillion yuan. A hundred such lines still fit a bigint. */
const MAX_MINOR = 10n ** 15n
/** Decimals of a tax rate: as many as a damages rule's rate has. */
const MAX_RATE_DECIMALS = 8

/** An amount over zero in minor units. INVALID: more decimals than the currency has. */
export function checkAmount(text: string, currency: string, field: string[]): bigint {
  const amount = parseAmount(text, currency)
  if (!amount) throw refuse('INVALID', { field, messageKey: 'AMOUNT_DECIMALS' })
  const limit = (minor: bigint): string => formatMinor({ minor, currency })
  if (amount.minor <= 0n) throw refuse('TOO_SMALL', { field, params: { min: limit(1n) } })
  if (amount.minor > MAX_MINOR) throw refuse('TOO_LARGE', { field, params: { max: limit(MAX_MINOR) } })
  return amount.minor
}

/** A tax rate from 0 to 100 percent, as one plain text. */
export function checkTaxRate(text: string, field: string[]): string {
  const rate = new Decimal(text)
  if (rate.lt(0)) throw refuse('TOO_SMALL', { field, params: { min: 0 } })
  if (rate.gt(100)) throw refuse('TOO_LARGE', { field, params: { max: 100 } })
  if (rate.decimalPlaces() > MAX_RATE_DECIMALS) throw refuse('INVALID', { field })
  return rate.abs().toFixed()
}

/** 商品和服务税收分类编码 has 19 digits. */
export const checkTaxCode = (code: string | null | undefined, field: string[]): string | null =>
  checkForm(code, /^\d{19}$/, field)

/** 数电票 have numbers of 20 digits. */
export const checkEInvoiceNumber = (number: string | null | undefined, field: string[]): string | null =>
  checkForm(number, /^\d{20}$/, field)

/** 纳税人识别号: 18 characters of GB 32100-2015 today, 15 to 20 in older registrations. */
export const checkTaxId = (id: string | null | undefined, field: string[]): string | null =>
  checkForm(id?.toUpperCase(), /^[0-9A-Z]{15,20}$/, field)

/** A web address of a document. It's kept and shown, never fetched. */
export function checkUrl(url: string | null | undefined, field: string[]): string | null {
  const text = checkForm(url, /^https:\/\/[\x21-\x7e]{1,1990}$/, field)
  if (text !== null && !URL.canParse(text)) throw refuse('INVALID', { field })
  return text
}

/** A fact's day is not in the future. */
export function checkPastDay(day: string, today: string, field: string[]): string {
  if (day > today) throw refuse('IN_FUTURE', { field })
  return day
}

/** Nothing is billed under an agreement before the day it came into force: an earlier one is a slip of the pen. What was paid before is a fact. */
export function checkUnderAgreement(day: string, { effectiveOn }: Agreement, field: string[]): void {
  if (effectiveOn != null && day < effectiveOn)
    throw refuse('INVALID', { field, messageKey: 'BEFORE_AGREEMENT', clause: '1.3.1' })
}

function checkForm(value: string | null | undefined, form: RegExp, field: string[]): string | null {
  const text = value?.trim() ?? ''
  if (text === '') return null
  if (!form.test(text)) throw refuse('INVALID', { field })
  return text
}
