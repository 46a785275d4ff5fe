/**
 * Which of the numbers in a pasted text are the contract's clauses, and where each clause begins and ends.
 *
 * The order decides: the clauses are the longest rising row of numbers at line beginnings, filled up with numbers
 * inside lines where a text has lost its line breaks. A table of contents is a row of its own, and shorter in depth.
 */
import { findChapters } from './contract-chapter.js'
import { findNumbers, isNear, isNext, type NumberMark, orderOf } from './contract-number.js'
import { type Line, MAX_HEADING_LENGTH, type Page, sitePhraseAt } from './contract-page.js'

export interface OutlineEntry extends NumberMark {
  number: string
  /** Where the clause's words end at the latest: at the next clause, at a chapter heading, or with the text. */
  textEnd: number
  /** Heading of the chapter, as written. */
  chapter: string | null
}

export interface Outline {
  entries: OutlineEntry[]
  /** Where the head ends: at the first chapter heading or clause of the body. */
  headEnd: number
}

/** Words between two numbers of one line, at most; a clause of more words stands on lines of its own. */
const MAX_WORDS_BETWEEN = 2_000
/** Numbers of a site's own words that may seem to go on with the contract; more of them are the contract. */
const MAX_STRAY_NUMBERS = 3

export function readOutline(page: Page): Outline | null {
  const marks = findNumbers(page.folded, lineFinder(page.lines))
  const sites = page.lines.filter(({ site }) => site).map(({ start }) => start)
  let best: { chain: NumberMark[]; score: number } | null = null
  // The text as one row is tried last: where it's no longer than one of its sections, the section is cleaner.
  for (const section of [...splitAtRestarts(marks), marks]) {
    const rise = moveBehindContents(section, longestRise(section))
    const chain = trimTail(page.folded, sites, fillFromWithinLines(page.folded, section, rise))
    const score = chain.reduce((sum, { parts }) => sum + (parts.length > 2 ? 3 : 1), 0)
    if (score > (best?.score ?? 0)) best = { chain, score }
  }
  return best && withChapters(page, best.chain)
}

/** Lines are asked for in rising order, so one walk over them is enough. */
function lineFinder(lines: Line[]): (offset: number) => Line | null {
  let index = 0
  return offset => {
    while (index < lines.length && lines[index]!.end <= offset) index += 1
    const line = lines[index]
    return line && !line.furniture && line.start <= offset ? line : null
  }
}

/**
 * A table of contents, a preview or a second copy counts from the beginning again: the first number comes back, or
 * a later chapter is followed by the first one, and the text then goes on from there.
 */
function splitAtRestarts(marks: NumberMark[]): NumberMark[][] {
  const sections: NumberMark[][] = []
  let section: NumberMark[] = []
  let chapter = 0
  for (const [index, mark] of marks.entries()) {
    const [first, last, next] = [section[0], section.at(-1), marks[index + 1]]
    if (first && last && next && isNear(mark.parts, next.parts)) {
      const again = mark.parts[0] === first.parts[0] && orderOf(mark.parts) <= orderOf(first.parts)
      const back = chapter > mark.parts[0]! && next.parts[0]! <= mark.parts[0]! + 1 && isBeginning(mark, last)
      const anew = orderOf(mark.parts) < orderOf(last.parts) && mark.parts.every(part => part === 1)
      if (again || anew || (back && mark.parts[0] === first.parts[0])) {
        sections.push(section)
        section = []
        chapter = 0
      }
    }
    section.push(mark)
    chapter = Math.max(chapter, mark.parts[0]!)
  }
  return [...sections, section]
}

/** 1.1, or 1.1.1 or 1.2 where what goes before was left out. */
function isBeginning(mark: NumberMark, last: NumberMark): boolean {
  return mark.leads && mark.parts.slice(1).every(part => part <= 2) && mark.parts[0]! < last.parts[0]!
}

/** The longest strictly rising row among the numbers that lead their lines, in n log n. */
function longestRise(section: NumberMark[]): NumberMark[] {
  const ends: number[] = []
  const before = section.map(() => -1)
  for (const [index, mark] of section.entries()) {
    if (!mark.leads) continue
    const order = orderOf(mark.parts)
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (orderOf(section[ends[middle]!]!.parts) < order) low = middle + 1
      else high = middle
    }
    // Of two equal numbers the first one is the clause, the second a mention of it.
    if (low < ends.length && orderOf(section[ends[low]!]!.parts) === order) continue
    before[index] = low > 0 ? ends[low - 1]! : -1
    ends[low] = index
  }
  const rise: NumberMark[] = []
  for (let index = ends.at(-1) ?? -1; index !== -1; index = before[index]!) rise.push(section[index]!)
  return rise.reverse()
}

/**
 * A number that stands in a table of contents and again in the body: the row may have taken the first of them. The
 * second is taken instead where numbers out of order stand between the two, the rest of that table.
 */
function moveBehindContents(section: NumberMark[], rise: NumberMark[]): NumberMark[] {
  const places = new Map(section.map((mark, index) => [mark, index]))
  const orders = section.map(({ parts }) => orderOf(parts))
  const moved = [...rise]
  for (let at = moved.length - 2; at >= 0; at -= 1) {
    const [place, next] = [places.get(moved[at]!)!, places.get(moved[at + 1]!)!]
    let again = -1
    for (let index = next - 1; index > place; index -= 1) {
      if (!section[index]!.leads) continue
      if (again === -1 && orders[index] === orders[place]) again = index
      if (again === -1 || (orders[index]! >= orders[place]! && orders[index]! <= orders[next]!)) continue
      moved[at] = section[again]!
      break
    }
  }
  return moved
}

/** Takes up numbers inside lines where they are the next ones and stand where a clause can begin. */
function fillFromWithinLines(folded: string, section: NumberMark[], rise: NumberMark[]): NumberMark[] {
  const chain: NumberMark[] = []
  let upcoming = 0
  for (const mark of section) {
    if (mark === rise[upcoming]) {
      chain.push(mark)
      upcoming += 1
      continue
    }
    if (mark.leads) continue
    const limit = rise[upcoming] ? orderOf(rise[upcoming]!.parts) : Number.POSITIVE_INFINITY
    if (orderOf(mark.parts) < limit && canBegin(folded, chain.at(-1) ?? null, mark)) chain.push(mark)
  }
  return chain
}

function canBegin(folded: string, last: NumberMark | null, mark: NumberMark): boolean {
  if (!last) return mark.parts.slice(1).every(part => part === 1)
  const from = last.textStart
  if (mark.start - from > MAX_WORDS_BETWEEN || mark.start < from) return false
  if (!isNear(last.parts, mark.parts)) return false
  const words = folded.slice(from, mark.start)
  const closed = /[。;!?:][”"』」)]?[\s*#>]*$/.test(words.slice(-40))
  if (closed) return sitePhraseAt(words) === -1
  // Behind a heading, or between items of a list that have no stops, only the very next number will do.
  const near = words.slice(-2 * MAX_HEADING_LENGTH)
  const heading = /第[^。;,]{1,5}章[^。;,]*$/.exec(near)?.[0] ?? words
  return (
    isNext(last.parts, mark.parts) && heading.trim().length <= MAX_HEADING_LENGTH && !/[。;]/.test(heading)
  )
}

/**
 * Numbers of the noise behind a contract: they don't follow from the last clause, or the site has spoken before them
 * and what they number is a list or no sentence.
 */
function trimTail(folded: string, sites: number[], chain: NumberMark[]): NumberMark[] {
  const kept = [...chain]
  const stray = chain.slice(-MAX_STRAY_NUMBERS).findIndex((_, index, tail) => {
    const at = chain.length - tail.length + index
    const last = chain[at - 1]
    if (!last || !hasBetween(sites, last.start, chain[at]!.start)) return false
    return !isNext(last.parts, chain[at]!.parts) || !chain.slice(at).some(mark => isSentence(folded, mark))
  })
  if (stray !== -1) kept.length = Math.max(chain.length - MAX_STRAY_NUMBERS, 0) + stray
  while (kept.length > 1 && !isNear(kept.at(-2)!.parts, kept.at(-1)!.parts)) kept.pop()
  return kept
}

/** @returns whether one of some rising offsets lies between two others, in log n */
function hasBetween(offsets: number[], from: number, to: number): boolean {
  let [low, high] = [0, offsets.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (offsets[middle]! <= from) low = middle + 1
    else high = middle
  }
  return low < offsets.length && offsets[low]! < to
}

function isSentence(folded: string, mark: NumberMark): boolean {
  const line = folded.slice(mark.textStart, mark.textStart + MAX_WORDS_BETWEEN).split('\n', 1)[0]!
  return /[。;:][\s*]*$/.test(line.slice(-40)) && !/[-•·]/.test(folded.slice(mark.start, mark.textStart))
}

function withChapters(page: Page, chain: NumberMark[]): Outline {
  const chapters = findChapters(page, chain)
  let chapter: string | null = null
  const entries = chain.map((mark, index): OutlineEntry => {
    const next = chain[index + 1]
    const { heading } = chapters[index]!
    if (heading !== null) chapter = heading
    else if (chain[index - 1]?.parts[0] !== mark.parts[0]) chapter = null
    const textEnd = chapters[index + 1]!.start ?? next?.start ?? page.source.length
    return { ...mark, number: mark.parts.join('.'), textEnd, chapter }
  })
  return { entries, headEnd: chapters[0]!.start ?? chain[0]!.start }
}
