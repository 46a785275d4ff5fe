/** Writes numbers the ways contracts do, so that tests can ask whether they're read back. */

const DIGITS = '零一二三四五六七八九'
const FORMAL: Record<string, string> = Object.fromEntries(
  [...'零壹贰叁肆伍陆柒捌玖拾佰仟'].map((formal, index) => ['零一二三四五六七八九十百千'[index]!, formal]),
)

/** 105 -> 一百零五, 12 -> 十二, 0.5 -> 零点五; whole numbers up to 9999. */
export function toChinese(number: number): string {
  const [whole, fraction] = String(number).split('.')
  const integer = wholeNumber(Number(whole))
  return fraction === undefined
    ? integer
    : `${integer}点${[...fraction].map(digit => DIGITS[Number(digit)]).join('')}`
}

/** 105 -> 壹佰零伍 */
export function toFormal(number: number): string {
  const spelled = number >= 10 && number < 20 ? `一${toChinese(number)}` : toChinese(number)
  return [...spelled].map(character => FORMAL[character] ?? character).join('')
}

/** 2.5 -> ２．５ */
export function toWide(text: string): string {
  return text.replace(/[!-~]/g, character => String.fromCharCode(character.charCodeAt(0) + 0xfee0))
}

function wholeNumber(number: number): string {
  if (number === 0) return '零'
  let text = ''
  for (const [unit, name] of [
    [1000, '千'],
    [100, '百'],
    [10, '十'],
    [1, ''],
  ] as const) {
    const digit = Math.floor(number / unit) % 10
    if (digit > 0) text += DIGITS[digit]! + name
    else if (text !== '' && number % unit !== 0 && !text.endsWith('零')) text += '零'
  }
  return text.replace(/^一十/, '十')
}
