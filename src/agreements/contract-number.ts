/**
 * Clause numbers as they stand in a pasted text: where one might be, and which of two may follow the other.
 *
 * Many things look like a clause number: a decimal ("1.5小时"), a price, a version, a reference to another clause.
 * What is surely none of ours is left out here; what remains is settled by the order of the whole (contract-outline).
 */

export interface NumberMark {
  /** [2, 3, 1] for 2.3.1; two to five parts of 1 to 99. */
  parts: readonly number[]
  /** Offsets into the page: where the number (with a bullet or a 第 before it) begins, where its words begin. */
  start: number
  textStart: number
  /** Stands at the beginning of a line. */
  leads: boolean
}

/** A number as found, before anything is known about it. */
interface Found {
  written: string
  start: number
  end: number
  /** Up to eight characters before it on its line, and up to 24 behind it. */
  before: string
  after: string
}

/** Parts of a number may be apart (2 . 3 . 1), or on two lines; the bounds keep the search linear. */
const NUMBER = /\d{1,2}(?: {0,3}\n{0,2} {0,8}\. {0,3}\n{0,2} {0,8}\d{1,2}){1,4}/g

/**
 * Most numbers of a text that are looked at. The form has 77, with a table of contents and references some 200; a text
 * of thousands is a table or an attack, not prose.
 */
const MAX_NUMBERS = 4_000

/** Numbers skipped at once by a text with missing clauses; the form's longest row of siblings has five. */
const MAX_GAP = 5

/** What follows a decimal rather than a clause number. 年度, 个人, 日常, 月度, 分析 and their like begin a heading. */
const UNIT_AFTER =
  /^(?:个?(?:小时|工作日|月(?![度报底末初]))|年(?![度检审限费报初末底龄终])|[天倍%‰万亿℃]|折(?![扣算旧])|元(?![数素件旦])|日(?![常志报期程后])|分(?![析级类布包工成摊支发配期享])|[kKMGT]?[bB]\b|[kKwW]\b)/
const REFERENCE_AFTER =
  /^(?:条(?![件例文])|款(?!项)|项(?!目)|的|之|所[述列约规指称载]|[、,和与及或至]第?\d|[。;,!?])/
/** As above, only that a clause of its own may begin with these words as well. */
const TERMS_AFTER = /^[约规]定/
const REFERENCE_BEFORE =
  /(?:按|[按依参遵]照|违反|符合|[参详]见|[及和与或、]|\b[vVnN]) {0,2}[(“"'《第]{0,3} {0,2}$|[(“"'《]$|\d-$/
/** As above, only that headings end with these words as well (计费依据, 法律适用, 缘由). */
const HEADING_OR_REFERENCE = /(?:[依根]据|适用|见|至|在|以|由|到|[协约]定于?|第) {0,2}[(“"'《第]{0,3} {0,2}$/
const QUANTITY = /^[. ]{0,3}\d{1,3}(?:\.\d{1,2})? {0,2}(?:个? {0,2}(?:小 {0,2}时|工 {0,2}作)|年|%|分钟)/

/** A row of a table of contents: …… or .... and a page number close the line. */
const CONTENTS_ROW = /(?:\.{2,}|…|·{2,}|-{3,}) *\d{1,3}$/

/** @returns whether a line (its last characters are enough) is a row of a table of contents */
export const isContentsRow = (line: string): boolean => CONTENTS_ROW.test(line)

/**
 * @param folded the page's narrow text
 * @param lineAt the line around an offset, asked for in rising order, or null where that line is furniture
 * @returns what may be clause numbers, in order; none at all where there are more than any contract has
 */
export function findNumbers(
  folded: string,
  lineAt: (offset: number) => { start: number; end: number } | null,
): NumberMark[] {
  const marks: NumberMark[] = []
  const search = new RegExp(NUMBER)
  let count = 0
  for (let match = search.exec(folded); match; match = search.exec(folded)) {
    count += 1
    if (count > MAX_NUMBERS) return []
    const [written, start] = [match[0], match.index]
    const line = lineAt(start)
    if (!line || isContentsRow(folded.slice(Math.max(start, line.end - 12), line.end))) continue
    const end = start + written.length
    const before = folded.slice(Math.max(line.start, start - 8), start)
    const found = { written, start, end, before, after: folded.slice(end, end + 24) }
    const previous = marks.at(-1)?.parts ?? null
    const broken = written.indexOf('\n')
    if (broken === -1 || (previous && isNext(previous, partsOf(written)))) {
      const mark = /[\d.A-Za-z%]$/.test(before) ? null : readMark(folded, found, line.start, previous)
      if (mark) marks.push(mark)
    } else {
      // Not one number on two lines, then: look at the second line by itself.
      search.lastIndex = start + broken + 1
    }
  }
  return marks
}

const partsOf = (written: string) => written.split('.').map(Number)

function readMark(folded: string, found: Found, lineStart: number, previous: readonly number[] | null) {
  const { written, end, before, after } = found
  const leads = found.start - lineStart <= 8 && /^[ #>*•·●■◆○-]*第? ?$/.test(before)
  const start = leads ? lineStart : found.start
  const parts = partsOf(written)
  const isWhole = !/^\d|^ ?\.\d/.test(after) && !written.split('.').some(part => /^\s*0/.test(part))
  const follows = previous !== null && isNext(previous, parts)
  if (previous && !(isWhole && follows)) {
    const cut = cutBeforeQuantity(folded, found.start, previous)
    if (cut) return { ...cut, start, leads }
  }
  const isArticle = /第 ?$/.test(before)
  // A wrapped sentence may break right before a reference: the words before it are on the line above.
  const words = leads ? folded.slice(Math.max(0, lineStart - 12), lineStart).trimEnd() : before
  if (!isWhole || speaksOfAnother(parts, words, after.replace(/ /g, ''), { leads, follows, isArticle }))
    return null
  return { parts, start, textStart: end + separatorLength(after, isArticle), leads }
}

/** A decimal with its unit, or a reference to a clause that stands elsewhere. */
function speaksOfAnother(
  parts: readonly number[],
  before: string,
  after: string,
  { leads, follows, isArticle }: { leads: boolean; follows: boolean; isArticle: boolean },
): boolean {
  if (parts.length === 2 && UNIT_AFTER.test(after)) return true
  const words = leads && isArticle ? after.replace(/^[条款]/, '') : after
  if (REFERENCE_AFTER.test(words)) return true
  if (TERMS_AFTER.test(words) && !(leads && follows)) return true
  return REFERENCE_BEFORE.test(before) || (!follows && HEADING_OR_REFERENCE.test(before))
}

/**
 * A quantity glued to its clause number: "2.3.12小时内" behind 2.3 is 2.3.1 and two hours, "2.3.1. 2小时" isn't
 * 2.3.1.2. Taken only where what is left of the digits is a quantity with its unit and the number is the next one.
 */
function cutBeforeQuantity(folded: string, start: number, previous: readonly number[]) {
  for (const parts of nextNumbers(previous)) {
    // With two parts it would be a decimal: 2.15小时 is not clause 2.1 and five hours.
    if (parts.length < 3) continue
    let offset = start
    for (const character of parts.join('.')) {
      while (folded[offset] === ' ') offset += 1
      if (folded[offset] !== character) {
        offset = -1
        break
      }
      offset += 1
    }
    if (offset === -1 || !QUANTITY.test(folded.slice(offset, offset + 16))) continue
    return { parts, textStart: offset + /^[. ]*/.exec(folded.slice(offset, offset + 4))![0].length }
  }
  return null
}

/** 、 or . or ) behind a number belongs to it, not to the sentence; so does the 条 of 第2.3.1条. */
function separatorLength(after: string, isArticle: boolean): number {
  const article = isArticle ? (/^ *[条款]/.exec(after)?.[0].length ?? 0) : 0
  return article + /^[ 、.:)*]*/.exec(after.slice(article))![0].length
}

/** The numbers that come right after one: its first child, its sibling, its ancestors' siblings. */
function nextNumbers(parts: readonly number[]): number[][] {
  const next = [[...parts, 1]]
  for (let depth = parts.length; depth >= 1; depth -= 1) {
    const sibling = [...parts.slice(0, depth - 1), parts[depth - 1]! + 1]
    if (depth > 1) next.push(sibling)
    next.push([...sibling, 1])
  }
  return next
}

/** @returns whether the second is a next number of the first, headings left out included (2.1.1 right after 1.5.1) */
export function isNext(from: readonly number[], to: readonly number[]): boolean {
  return jump(from, to, 1, 1)
}

/** @returns whether the second comes after the first with no more missing between them than clauses get struck out */
export function isNear(from: readonly number[], to: readonly number[]): boolean {
  return jump(from, to, MAX_GAP, MAX_GAP)
}

function jump(from: readonly number[], to: readonly number[], step: number, first: number): boolean {
  let level = 0
  while (level < from.length && from[level] === to[level]) level += 1
  if (to[level] === undefined) return false
  const gap = to[level]! - (from[level] ?? 0)
  return gap >= 1 && gap <= step && to.slice(level + 1).every(part => part <= first)
}

/** A number by which outline order is numeric order: 2.3 < 2.3.1 < 2.4, five parts below 100 each. */
export function orderOf(parts: readonly number[]): number {
  let order = 0
  for (let level = 0; level < 5; level += 1) order = order * 100 + (parts[level] ?? 0)
  return order
}
