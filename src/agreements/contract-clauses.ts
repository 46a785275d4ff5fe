/**
 * The clauses' words as written: hard wraps joined, page furniture left out, and nothing of what follows the
 * contract. Within the body every line belongs to the clause above it; behind the last clause a line has to show
 * that it goes on with the sentence.
 */
import type { OutlineEntry } from './contract-outline.js'
import {
  columns,
  type Line,
  MAX_HEADING_LENGTH,
  type Page,
  sitePhraseAt,
  soundsLikeSite,
} from './contract-page.js'

export interface ReadClause {
  /** Dotted, in ASCII digits: `2.3.1`. */
  number: string
  /** How many parts the number has: 2 for 1.1. */
  depth: number
  /** The number one part shorter, whether or not the text has it; null for 1.1, since chapters are no clauses. */
  parentNumber: string | null
  /** Heading of its chapter, as written. */
  chapter: string | null
  /** Heading of a depth-2 number; null for deeper ones, and where such a number has a whole sentence instead. */
  title: string | null
  /** The sentence, as written, without line breaks; empty for a heading. */
  text: string
}

/** One line of a clause. */
interface Piece {
  line: Line
  text: string
  /** The clause begins inside this line, behind other words. */
  cutsLine: boolean
}

/** Lines that the last sentence may go on for. */
const MAX_TAIL_LINES = 20

/** @param names the contract's names, left out where pages repeat them */
export function readClauses(
  page: Page,
  entries: readonly OutlineEntry[],
  names: readonly string[],
): ReadClause[] {
  const pieces = piecesOf(page, entries, names)
  const wraps = measureWraps(page, entries, pieces)
  return entries.map((entry, index) => {
    const isLast = index === entries.length - 1
    const words = isLast ? endOfContract(page, pieces[index]!, wraps) : pieces[index]!
    return toClause(entry, words)
  })
}

/** @returns whether a text ends as sentences do; a semicolon, a colon or dots promise more, "7." may be half of 7.5 */
export function isClosed(text: string): boolean {
  return /(?:[。｡!?！？]|(?<![\d０-９.．])[．.])[”"’'」』）)\]】]*\s*$/.test(text.slice(-12))
}

function piecesOf(page: Page, entries: readonly OutlineEntry[], names: readonly string[]): Piece[][] {
  let first = 0
  return entries.map((entry, position) => {
    const isLast = position === entries.length - 1
    while (first < page.lines.length && page.lines[first]!.end < entry.textStart) first += 1
    const pieces: Piece[] = []
    for (let index = first; index < page.lines.length; index += 1) {
      const line = page.lines[index]!
      if (line.start >= entry.textEnd) break
      const own = line.start <= entry.textStart
      if (isLast && line.site && !own) break
      if (!own && (line.furniture || isRunningName(page, line, names))) continue
      const text = page.source
        .slice(Math.max(line.start, entry.textStart), Math.min(line.end, entry.textEnd))
        .trim()
      if (text !== '') pieces.push({ line, text, cutsLine: own && !entry.leads })
    }
    return pieces
  })
}

const isRunningName = (page: Page, line: Line, names: readonly string[]) =>
  line.end - line.start < 80 && names.includes(page.folded.slice(line.start, line.end).replace(/ /g, ''))

function toClause(entry: OutlineEntry, pieces: Piece[]): ReadClause {
  const depth = entry.parts.length
  const { number, chapter } = entry
  const parentNumber = depth > 2 ? number.slice(0, number.lastIndexOf('.')) : null
  const { title, rest } = depth === 2 ? headingOf(pieces) : { title: null, rest: pieces }
  return { number, depth, parentNumber, chapter, title, text: join(rest) }
}

/** The heading of a depth-2 number, on one line or wrapped, and what else is said under it. */
function headingOf(pieces: Piece[]): { title: string | null; rest: Piece[] } {
  const [whole, first] = [join(pieces), pieces[0]?.text ?? '']
  if (whole !== '' && isTitle(whole)) return { title: whole, rest: [] }
  return first !== '' && isTitle(first)
    ? { title: first, rest: pieces.slice(1) }
    : { title: null, rest: pieces }
}

const isTitle = (text: string) => text.length <= MAX_HEADING_LENGTH && !/[。；;！!？?]$/.test(text)

/** Chinese lines join without a blank, words and numbers of Latin script with one. */
function join(pieces: readonly Piece[]): string {
  return pieces.map(({ text }, index) => separator(pieces[index - 1]?.text ?? '', text) + text).join('')
}

function separator(last: string, next: string): string {
  const latin = /[A-Za-z]$/.test(last.slice(-1)) && /^[A-Za-z]/.test(next)
  // A value alone on its line next to digits: nobody can say whether they are one number, so they stay apart.
  const isBare = [last, next].some(text => text.length <= 8 && /^[\d０-９]+$/.test(text))
  const digits = isBare && /[\d０-９]/.test(last.slice(-1)) && /^[\d０-９]/.test(next)
  return latin || digits ? ' ' : ''
}

/** How this text's sentences wrap. */
interface Wraps {
  /** Columns of the shortest line that broke inside a sentence, null where none did. */
  width: number | null
  /** Wrapped lines have empty lines between them. */
  apart: boolean
}

function measureWraps(page: Page, entries: readonly OutlineEntry[], pieces: Piece[][]): Wraps {
  const widths: number[] = []
  let apart = 0
  for (const [index, entry] of entries.entries()) {
    if (entry.parts.length < 3 || index === entries.length - 1) continue
    const own = pieces[index]!
    for (const [position, piece] of own.slice(0, -1).entries()) {
      if (/[。;；:：]$/.test(piece.text)) continue
      widths.push(widthOf(page, piece.line))
      if (own[position + 1]!.line.apart) apart += 1
    }
  }
  const width = widths.length > 0 ? widths.reduce((least, next) => Math.min(least, next)) : null
  return { width, apart: apart * 2 > widths.length }
}

const widthOf = (page: Page, line: Line) => columns(page.folded.slice(line.start, line.end))

/** What belongs to the last clause: its own line, and the lines that its sentence surely goes on with. */
function endOfContract(page: Page, pieces: Piece[], wraps: Wraps): Piece[] {
  const [first, ...rest] = pieces
  if (!first) return []
  const kept = [{ ...first, text: firstLineOf(first) }]
  if (kept[0]!.text !== first.text) return kept
  for (const [index, piece] of rest.slice(0, MAX_TAIL_LINES).entries()) {
    const following = rest.slice(index, index + MAX_TAIL_LINES)
    if ((piece.line.apart && !wraps.apart) || !goesOn(page, kept.at(-1)!, following, wraps)) break
    kept.push(piece)
  }
  return kept
}

/** Where line breaks were lost, the noise stands in the last clause's own line. */
function firstLineOf(piece: Piece): string {
  let { text } = piece
  const site = sitePhraseAt(text)
  if (site !== -1) {
    const before = text.slice(0, site)
    const stop = Math.max(before.lastIndexOf('。'), before.lastIndexOf('！'))
    text = stop === -1 ? withoutBullet(before) : before.slice(0, stop + 1)
  }
  if (!piece.cutsLine && site === -1) return text
  const blank = /[_＿]{2}\s+(?![\s个%％年]|小\s?时|工作日)/.exec(text)
  if (blank) return text.slice(0, blank.index + blank[0].trimEnd().length)
  const sentences = text.match(/[^。]*。[”"』」）)]*|[^。]+$/g) ?? [text]
  let end = sentences[0]!.length
  for (const sentence of sentences.slice(1)) {
    if (!isClosed(sentence) || soundsLikeSite(sentence) || !soundsLikeContract(sentence)) break
    end += sentence.length
  }
  return text.slice(0, end).trim()
}

/** Walks back by hand: a pattern for blanks at the end would start anew at every blank. */
function withoutBullet(text: string): string {
  let end = text.length
  while (end > 0 && /[\s\-—•·]/.test(text[end - 1]!)) end -= 1
  return text.slice(0, end)
}

/**
 * A wrapped text goes on where the line was as full as its other lines. In a text that doesn't wrap, the next line
 * has to begin with the quantity that was missing, or speak of the parties, and the sentence has to end.
 */
function goesOn(page: Page, last: Piece, following: Piece[], wraps: Wraps): boolean {
  const next = following[0]!.text
  if (standsApart(next)) return false
  const full = wraps.width !== null && widthOf(page, last.line) >= wraps.width
  if (isClosed(last.text)) return full && isClosed(next) && soundsLikeContract(next)
  if (full) return true
  const end = following.findIndex(({ text }) => isClosed(text))
  if (end === -1 || following.slice(0, end + 1).some(({ text }) => standsApart(text))) return false
  return QUANTITY_FIRST.test(next.slice(0, MAX_HEADING_LENGTH)) || soundsLikeContract(next)
}

const QUANTITY_FIRST = /^[_＿\s]*[\d０-９一二两三四五六七八九十半]*[_＿\s]*个?(?:小\s?时|工作日|年|分钟|%|％)/

const soundsLikeContract = (text: string) => /[甲乙]方|双方|本协议|本合同/.test(text)

/** Lines that begin something of their own: the site's words, a list, signatures, annexes. */
function standsApart(text: string): boolean {
  const beginning = text.slice(0, 5 * MAX_HEADING_LENGTH)
  return (
    soundsLikeSite(beginning) ||
    /^[-•·●■◆*]|^\d{1,2}[、.)）]|^[甲乙]方[^，,。]{0,12}[:：]|盖章|签章|签字[:：]|以下无正文|^附[件:：]|^[（(]?本页/.test(
      beginning,
    )
  )
}
