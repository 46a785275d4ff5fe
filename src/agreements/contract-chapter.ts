/** Chapter headings between the clauses: 第一章 协议概述, 第1章, or plainer ones (一、 1. 第一条) right before a clause. */
import { isContentsRow, type NumberMark } from './contract-number.js'
import { MAX_HEADING_LENGTH, type Page } from './contract-page.js'
import { readNumeral } from './numerals.js'

export interface ChapterBreak {
  /** Where the clause before ends, or null where no heading stands between the two. */
  start: number | null
  /** As written, on one line. */
  heading: string | null
}

const NO_BREAK: ChapterBreak = { start: null, heading: null }

const CHAPTER =
  /第[ \n]{0,2}([\d一二三四五六七八九十百零〇壹贰叁肆伍陆柒捌玖拾]{1,5})[ \n]{0,2}(?:章|部分|篇|编)/g
const PLAIN_CHAPTER =
  /^(?:第([一二三四五六七八九十\d]{1,3})条|([一二三四五六七八九十]{1,3}|\d{1,2}) {0,2}[、.,: ]) *[^\d\s]/
/** A reference (第五章的约定, 第五章第二条) is no heading. */
const REFERENCE_AFTER = /^ {0,2}(?:[的之]|中[的约规所]|[、,和与及或至]? {0,2}第|[约规]定|所[述列])/
/** A heading with the blanks and empty lines behind it, at most; the bound keeps the search linear. */
const MAX_HEADING_REACH = 200
/** The words before a body's first clause that are searched for its chapter heading. */
const HEAD_REACH = 400

/**
 * @param chain the clauses in order
 * @returns for each clause what stands before it, and one more for what follows the last clause
 */
export function findChapters(page: Page, chain: readonly NumberMark[]): ChapterBreak[] {
  const breaks: ChapterBreak[] = []
  for (let index = 0; index <= chain.length; index += 1) {
    const [last, next] = [chain[index - 1], chain[index]]
    const to = next?.start ?? page.folded.length
    const from = last?.textStart ?? Math.max(0, to - HEAD_REACH)
    const named = namedChapters(page, from, to, next?.leads ?? true)
    // A head may hold a table of contents: only the chapter that the first clause belongs to is its heading.
    const own = last ? named : named.filter(({ ordinal }) => ordinal === String(next?.parts[0])).slice(-1)
    const plain = next && last?.parts[0] !== next.parts[0] ? plainChapter(page, from, next) : null
    const found = own[0] ? { start: own[0].start, heading: own.at(-1)!.heading } : plain
    breaks.push(found ?? NO_BREAK)
  }
  return breaks
}

/** The first heading ends the clause before, the last one is the heading of the clause that follows. */
function namedChapters(page: Page, from: number, to: number, nextLeads: boolean) {
  const found: { start: number; ordinal: string | null; heading: string }[] = []
  for (const match of page.folded.slice(from, to).matchAll(CHAPTER)) {
    const start = from + match.index
    const nameStart = start + match[0].length
    if (REFERENCE_AFTER.test(page.folded.slice(nameStart, nameStart + 6))) continue
    const leads = leadsLine(page.folded, start)
    // Where clauses begin inside lines, so do chapters, and their headings may be wrapped.
    const wrapped = leads && nextLeads ? null : wrappedHeading(page, start, to)
    const heading = wrapped ?? lineHeading(page, start, nameStart, to, leads)
    if (heading !== null) found.push({ start, ordinal: readNumeral(match[1]!), heading })
  }
  return found
}

function wrappedHeading(page: Page, start: number, to: number): string | null {
  if (to === page.folded.length || to - start > MAX_HEADING_REACH) return null
  const heading = page.source
    .slice(start, to)
    .split('\n')
    .map(line => line.trim())
    .join('')
  return isHeading(heading) ? heading : null
}

/** The heading on its own line, or its name on the next; inside a line only if nothing parts it from its clause. */
function lineHeading(
  page: Page,
  start: number,
  nameStart: number,
  to: number,
  leads: boolean,
): string | null {
  let end = lineEnd(page.folded, nameStart, to)
  let heading = page.source.slice(start, end).trim()
  if (page.folded.slice(nameStart, end).trim() === '') {
    const name = /^\s{1,20}([^\s\d第][^\n]{0,39})/.exec(page.folded.slice(end, Math.min(to, end + 60)))
    if (name) {
      const nameAt = end + name[0].length - name[1]!.length
      end = lineEnd(page.folded, nameAt, to)
      heading = `${heading} ${page.source.slice(nameAt, end).trim()}`
    }
  }
  const reachesNext = end === to && to < page.folded.length
  return isHeading(heading) && (leads || reachesNext) ? heading : null
}

const isHeading = (text: string) =>
  text.length <= MAX_HEADING_LENGTH && !/[。;；,，]/.test(text) && !isContentsRow(text)

/** The end of a heading's line; `to` where only blanks part the two. Looks no farther than a heading is long. */
function lineEnd(folded: string, offset: number, to: number): number {
  const reach = Math.min(to, offset + MAX_HEADING_REACH)
  const line = folded.slice(offset, reach).indexOf('\n')
  if (line === -1) return reach
  return to === reach && folded.slice(offset + line, to).trim() === '' ? to : offset + line
}

const leadsLine = (folded: string, at: number) =>
  /(?:^|\n)[ #>*]*$/.test(folded.slice(Math.max(0, at - 8), at))

/** A plain heading counts only right before the first clause of the chapter whose ordinal it bears. */
function plainChapter(page: Page, from: number, next: NumberMark): ChapterBreak | null {
  const before = page.folded.slice(Math.max(from, next.start - 3 * MAX_HEADING_LENGTH), next.start)
  const line = /\n([^\n]+)\s*$/.exec(before)
  if (!line) return null
  const decoration = /^[ #>*]*/.exec(line[1]!)![0].length
  const written = line[1]!.slice(decoration).replace(/[ *]+$/, '')
  const match = PLAIN_CHAPTER.exec(written)
  if (!match || written.length > MAX_HEADING_LENGTH || /[。;,:]$/.test(written)) return null
  if (readNumeral(match[1] ?? match[2]!) !== String(next.parts[0])) return null
  const start = next.start - before.length + line.index + 1
  return { start, heading: page.source.slice(start + decoration, start + decoration + written.length) }
}
