/**
 * The quantities of one clause: every "2小时", "叁年", "5％", "十个工作日" in it, and every blank where one belongs.
 *
 * A quantity is read only where it can mean one thing. "2-4小时", "二（3）小时", "约2小时", "第5个工作日" are seen and
 * marked unreadable, so that nothing else is taken in their place. A day is never taken for 24 hours: the form counts
 * hours on the wall clock and days on a calendar.
 */
import { Decimal } from 'decimal.js'
import { CHINESE_NUMERAL_CHARACTERS, foldWidth, plusHalf, readNumeral } from './numerals.js'
import type { TermUnit } from './terms.js'

export interface Quantity {
  /** A plain decimal string in the asked unit, null where the blank is empty or can't be read. */
  value: string | null
  /** Offsets into the squeezed text. */
  start: number
  end: number
}

/** Clauses longer than this are no sentence of the form; their terms are left to a person. */
export const MAX_CLAUSE_LENGTH = 2_000
/** Characters before a unit in which its numeral is looked for. */
const REACH = 48
/** Stands where two digits were apart by blanks: nobody can say whether they are one number. */
const APART = '¦'

/** A character of a numeral; a numeral begins with a digit or with 半, never with its point. */
const N = `[\\d.${CHINESE_NUMERAL_CHARACTERS}${APART}]`
const NUMERAL = `(?![.点${APART}])${N}+`
/** Underscores, brackets, quotes and dashes that a value was filled into. */
const FILL = '[_"“”「」『』【】()-]'
const ANY_UNIT = '(?:个?(?:小时|钟头|分钟|工作[日天]|周?年|月|天|日)|%)'

interface UnitRule {
  /** Names of the unit, and of others that convert into it without a remainder. */
  names: RegExp
  /** What the named unit makes of a number, null where that is no finite decimal. */
  convert: (value: string, name: string) => string | null
}

const same = (value: string) => value

const UNITS: Record<Exclude<TermUnit, 'TEXT'>, UnitRule> = {
  HOURS: {
    names: /小时|钟头|分钟|(?<=[\d.])(?:hours?|hrs?|h)(?![a-z])/gi,
    convert: (value, name) => (name === '分钟' ? divideExactly(value, 60) : value),
  },
  YEARS: {
    names: /周年|年(?![度月检])|个月/g,
    convert: (value, name) => (name === '个月' ? divideExactly(value, 12) : value),
  },
  PERCENT: { names: /%/g, convert: same },
  WORKING_DAYS: { names: /工作[日天]/g, convert: same },
}

/** Thirty minutes are half an hour; twenty are a third of one, which no decimal holds: left to a person. */
function divideExactly(value: string, by: number): string | null {
  const quotient = new Decimal(value).div(by)
  return quotient.decimalPlaces() <= 4 && quotient.times(by).eq(value) ? quotient.toFixed() : null
}

/**
 * A clause without its blanks, narrow, for searching. Digits that are apart stay apart, unless the Chinese around
 * them is spaced out as well (2 4 小 时), or they begin with the zero of a fraction (0. 5).
 */
export function squeeze(text: string): string {
  const folded = foldWidth(text)
    .replace(/[[〔]/g, '(')
    .replace(/[\]〕]/g, ')')
    .replace(/([在为后前的按至少过超于期付]) {2,8}(?=个? ?(?:小 ?时|工 ?作 ?日|年|%))/g, '$1__')
  const spacedOut = (folded.match(/[\u4e00-\u9fff] (?=[\u4e00-\u9fff])/g) ?? []).length >= 2
  return folded
    .replace(/(?<![\d.] {0,3})0 {0,3}\. {0,3}(?=\d)/g, '0.')
    .replace(/(?<=[\d.])\s+(?=[\d.])/g, spacedOut ? '' : APART)
    .replace(/\s+/g, '')
}

/**
 * @param text a squeezed clause
 * @returns its quantities of a unit, in order, empty and unreadable ones included
 */
export function findQuantities(text: string, unit: Exclude<TermUnit, 'TEXT'>): Quantity[] {
  const rule = UNITS[unit]
  const quantities: Quantity[] = []
  for (const match of text.matchAll(rule.names)) {
    // The minutes of 2小时30分钟, the second form of 2小时(两小时): already read with the first.
    if (match.index < (quantities.at(-1)?.end ?? 0)) continue
    const quantity = quantityBefore(text, match.index, match[0], rule)
    if (quantity) quantities.push(quantity)
  }
  if (unit !== 'PERCENT') return quantities
  const all = [...quantities, ...spelledPercents(text)].sort((left, right) => left.start - right.start)
  return all.map(quantity => (isDaily(text, quantity) ? { ...quantity, value: null } : quantity))
}

const NUMERAL_BEFORE = new RegExp(`(${NUMERAL}(?:\\(${NUMERAL}\\))?)(${FILL}*)(个半)?个?$`)
const EMPTY_BEFORE = /(?:[_/×*□…-]|【】|\(\)|[xX]{2,})+[_)】]*个?$/

function quantityBefore(text: string, at: number, name: string, rule: UnitRule): Quantity | null {
  const end = at + name.length
  const window = text.slice(Math.max(0, at - REACH), at)
  const match = NUMERAL_BEFORE.exec(window)
  if (!match) {
    const empty = EMPTY_BEFORE.exec(window)
    return empty && { value: null, start: at - empty[0].length, end }
  }
  const [start, before] = [at - match[0].length, window.slice(0, match.index)]
  const after = text.slice(end, end + REACH)
  if (isOtherThing(before, match[1]!, name, after)) return null
  const stated = readNumeral(match[1]!)
  const value = convert(match[3] ? plusHalf(stated) : stated, name, rule)
  const tail = readTail(after, value, name, rule)
  const vague = isVague(before, match[1]!, match[2]!) || isVagueAfter(after.slice(tail.length))
  return { value: vague ? null : tail.value, start, end: end + tail.length }
}

const convert = (value: string | null, name: string, rule: UnitRule) =>
  value === null ? null : rule.convert(value, name)

const MONTH_NEXT = new RegExp(`^${NUMERAL}月`)

/** 24小时热线 is always open, 24小时电话响应 is a deadline. */
const SERVICE_AFTER =
  /^(?:不间断|全天|热线|服务|在线|值班|值守|技术支持|电话|轮|监控|营业|工作制)(?![^,;。]{0,8}(?:响应|[答回]复|修复|恢复|解决|到))/

/** Dates (2026年), service patterns (7×24小时, 24小时热线), frequencies (每2小时): nothing that a blank asks for. */
function isOtherThing(before: string, numeral: string, name: string, after: string): boolean {
  const isDate =
    name === '年' && (/^(?:\d{4}|[〇○零一二三四五六七八九]{4})$/.test(numeral) || MONTH_NEXT.test(after))
  const isPattern = /[×*]$|\dx$/i.test(before) || /^[×*]|^\/7/.test(after)
  const isService = readNumeral(numeral) === '24' && SERVICE_AFTER.test(after)
  return isDate || isPattern || isService || before.endsWith('每')
}

const JOINED_BEFORE = new RegExp(
  `${N}[)_】”"]*(?:[-~至到或、/+_${APART}]+|(?<=\\d),)[(_【“"]*$|` +
    `${N}\\)?${ANY_UNIT}内?[-~至到或]+$|${N}\\)?[天日]$`,
)

/** Ranges, ordinals, roundings, signs, and numbers that are part of something else (T+5, V2). */
function isVague(before: string, numeral: string, fill: string): boolean {
  const lead = before.replace(new RegExp(`${FILL}+$`), '')
  const isNegative = /(?:^|[^-\u4e00-\u9fff])-$/.test(before) && !fill.includes('-')
  return (
    numeral.includes(APART) ||
    JOINED_BEFORE.test(before) ||
    isNegative ||
    /(?:[第负近逾几数]|大约|[A-Za-z+./])$/.test(lead) ||
    /(?:^|[^合协违履签公条契特预])约$/.test(lead)
  )
}

const RANGE_AFTER = new RegExp(`^(?:以?内)?[-~至到或]+[(_]*${NUMERAL}[)_]*${ANY_UNIT}`)

const isVagueAfter = (after: string) => /^(?:左右|上下|前后|多|余|来)/.test(after) || RANGE_AFTER.test(after)

const MORE_MINUTES = new RegExp(`^[零又]?(${NUMERAL})分钟?`)
const MORE_MONTHS = new RegExp(`^[零又]?${NUMERAL}个月`)
const SECOND_FORM = new RegExp(
  `^\\((?:大写|小写|即|合|计)*:?(?:百分之)?(${NUMERAL})(?:个?(小时|钟头|分钟|工作[日天]|周?年|个月)|%)?整?\\)`,
)

/** What follows a unit and belongs to the quantity: 两小时半, 2小时30分钟, 2年(两年). */
function readTail(after: string, value: string | null, name: string, rule: UnitRule) {
  if (/^半(?![数价天])/.test(after)) return { value: plusHalf(value), length: 1 }
  const months = name === '年' && MORE_MONTHS.exec(after)
  if (months) return { value: null, length: months[0].length }
  const minutes = /小时|钟头/.test(name) && MORE_MINUTES.exec(after)
  if (minutes) {
    const more = convert(readNumeral(minutes[1]!), '分钟', rule)
    const sum = value === null || more === null ? null : new Decimal(value).plus(more).toFixed()
    return { value: sum, length: minutes[0].length }
  }
  const second = SECOND_FORM.exec(after)
  if (!second) return { value, length: 0 }
  const again = convert(readNumeral(second[1]!), second[2] ?? name, rule)
  return { value: again === value ? value : null, length: second[0].length }
}

const SPELLED_PERCENT = new RegExp(`百分之(?:${FILL}*(${NUMERAL})|_+)`, 'g')

function spelledPercents(text: string): Quantity[] {
  return [...text.matchAll(SPELLED_PERCENT)].map(match => {
    const end = match.index + match[0].length
    const isRange = new RegExp(`^[-~至到或、](?:百分之)?${N}`).test(text.slice(end, end + 6))
    const follows = new RegExp(`百分之${N}+[-~至到或]+$`).test(
      text.slice(Math.max(0, match.index - REACH), match.index),
    )
    const value = match[1] === undefined || isRange || follows ? null : readNumeral(match[1])
    return { value, start: match.index, end }
  })
}

/** Percent per day is another unit than the form's; it belongs to the damages rules. */
function isDaily(text: string, { start }: Quantity): boolean {
  const sentence = /[^。;]*$/.exec(text.slice(Math.max(0, start - REACH), start))![0]
  return /[每按逐](?:逾期|迟延|延迟|超过|拖延)?[一1]?[日天]/.test(sentence)
}
