/**
 * Numbers as people write them into a contract: 2, ２, 二, 两, 贰, 十二, 半, 一个半, 二点五, 二（2）.
 *
 * What is read is a plain decimal string ("0.5", "24"), never a binary float. What could be meant in two ways is
 * not read at all: 三四 may be thirty-four or "three or four", 一百二 may be 102 or 120.
 */
import { Decimal } from 'decimal.js'

/** Longest numeral that is looked at; the longest useful one, 九千九百九十九点九九, is far below. */
const MAX_NUMERAL_LENGTH = 24

const DIGITS = new Map<string, number>(
  ['〇○零', '一壹', '二两兩贰貳', '三叁參', '四肆', '五伍', '六陆陸', '七柒', '八捌', '九玖'].flatMap(
    (forms, digit) => [...forms].map(form => [form, digit] as const),
  ),
)
const UNITS = new Map<string, number>([
  ['十', 10],
  ['拾', 10],
  ['百', 100],
  ['佰', 100],
  ['千', 1000],
  ['仟', 1000],
])

/** The characters of a Chinese numeral, for use inside a character class. */
export const CHINESE_NUMERAL_CHARACTERS = `${[...DIGITS.keys()].join('')}${[...UNITS.keys()].join('')}廿卅半点`

/**
 * The same text with wide digits, letters, punctuation and blanks made narrow, dashes made one dash, and the
 * look-alike radicals that PDF readers copy (⼄, ⽅, ⼩) made ordinary characters. Every code unit keeps its place,
 * so that an offset into the result is an offset into the text. Circled digits stay (①2 is not 12).
 */
export function foldWidth(text: string): string {
  return text.replace(FOLDABLE, foldOne)
}

/** Everything but printable ASCII, line ends, 、 and 。 and the common ideographs, which fold to themselves. */
const FOLDABLE = /[^\x20-\x7e\n、。\u4e00-\u9fff]/g
const folds = new Map<string, string>()

function foldOne(character: string): string {
  let folded = folds.get(character)
  if (folded === undefined) {
    const narrow = character.normalize('NFKC')
    folded = /\p{No}/u.test(character) || narrow.length !== 1 ? character : narrow
    if (/\s/.test(folded)) folded = ' '
    else if (/[\u2010-\u2015\u2212]/.test(folded)) folded = '-'
    else if (/[〜∼]/.test(folded)) folded = '~'
    else if (folded === '∶') folded = ':'
    folds.set(character, folded)
  }
  return folded
}

/**
 * Reads one numeral that fills the whole text (blanks around it are allowed, a unit isn't).
 * @returns a plain decimal string without leading or trailing zeros, or null where it is no number or not just one
 */
export function readNumeral(text: string): string | null {
  const numeral = foldWidth(text).trim()
  if (numeral === '' || numeral.length > MAX_NUMERAL_LENGTH) return null
  const doubled = /^([^([〔【]+)[([〔【]([^)\]〕】]+)[)\]〕】]$/.exec(numeral)
  if (!doubled) return readSingle(numeral)
  const [first, second] = [readSingle(doubled[1]!.trim()), readSingle(doubled[2]!.trim())]
  return first === second ? first : null
}

function readSingle(numeral: string): string | null {
  if (/^\d+(?:\.\d+)?$/.test(numeral)) return new Decimal(numeral).toFixed()
  if (numeral === '半') return '0.5'
  const half = /^(.+?)个半$/.exec(numeral)
  if (half) return plusHalf(readSingle(half[1]!))
  const [whole, fraction, ...more] = numeral.split('点')
  if (more.length > 0) return null
  const integer = readChineseInteger(whole!)
  if (integer === null || fraction === undefined) return integer === null ? null : String(integer)
  const digits = [...fraction].map(character => DIGITS.get(character))
  if (digits.length === 0 || digits.includes(undefined)) return null
  return new Decimal(`${integer}.${digits.join('')}`).toFixed()
}

/** Adds the 半 of 一个半 or 两小时半; a half on top of a fraction (2.5个半) is no number. */
export function plusHalf(value: string | null): string | null {
  return value === null || !/^\d+$/.test(value) ? null : `${value}.5`
}

/** 0 to 9999: 十二, 一百零五, 贰仟零壹拾, digit by digit only where a zero shows that it's meant so (二〇). */
function readChineseInteger(numeral: string): number | null {
  const characters = [...numeral.replace(/^廿/, '二十').replace(/^卅/, '三十')]
  const digits = characters.map(character => DIGITS.get(character))
  // A circle alone shows where a number goes; inside one (二○) it's a zero.
  if (numeral === '○') return null
  if (digits.length === 1 && digits[0] !== undefined) return digits[0]
  if (!digits.includes(undefined)) {
    return digits.length > 1 && digits.length <= 4 && digits[0] !== 0 && digits.includes(0)
      ? Number(digits.join(''))
      : null
  }
  return readWithUnits(characters)
}

function readWithUnits(characters: string[]): number | null {
  let total = 0
  let lastUnit = Number.POSITIVE_INFINITY
  let digit: number | null = null
  let zero = false
  for (const character of characters) {
    const unit = UNITS.get(character)
    const value = DIGITS.get(character)
    if (unit !== undefined) {
      // 十二 leaves out the one, and so may 一百十二; 百五十 doesn't exist. A zero stands for skipped places only.
      const skips = Number.isFinite(lastUnit) && unit * 10 < lastUnit
      if ((digit === null && unit !== 10) || unit >= lastUnit || zero !== skips) return null
      total += (digit ?? 1) * unit
      ;[lastUnit, digit, zero] = [unit, null, false]
    } else if (value === undefined || digit !== null || (value === 0 && (zero || total === 0))) {
      return null
    } else if (value === 0) {
      zero = true
    } else {
      digit = value
    }
  }
  if (digit === null) return zero ? null : total
  // The last digit stands right after 十, or after a zero: 一百二 is no number; 十两 is a weight.
  return zero !== lastUnit > 10 || /[两兩]$/.test(characters.join('')) ? null : total + digit
}
