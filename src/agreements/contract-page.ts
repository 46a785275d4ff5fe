/**
 * A pasted contract as lines: what can't be stored is taken out, what was put around the words by pages, sites and
 * printers (page numbers, running heads, watermarks) is marked, and nothing else is decided yet.
 */
import { foldWidth } from './numerals.js'

export interface Line {
  /** Offsets into `Page.source`, without the line end and without blanks around the words. */
  start: number
  end: number
  /** Page number, running head, watermark or advertisement: no word of the contract. */
  furniture: boolean
  /** The furniture is a document site's: behind the last clause the contract is over here. */
  site: boolean
  /** Empty lines stand between this line and the one before. */
  apart: boolean
}

export interface Page {
  /** The text as written, with LF line ends and without what no database keeps. */
  source: string
  /** The same with narrow characters, offset by offset: what is searched. */
  folded: string
  /** Lines with words, in order. */
  lines: Line[]
}

/** A running head or foot that isn't a page number is known by its being there this often. */
const RUNNING_LINE_REPEATS = 3
/** Lines between two running heads, at least: the shortest page a person would print. */
const MIN_PAGE_LINES = 8

/** A heading, at most, in characters; the form's longest has fourteen. */
export const MAX_HEADING_LENGTH = 40

/** Phrases of document sites that no contract contains. */
const SITE_PHRASE =
  /您?可能(?:关注|感兴趣|喜欢)的|猜你喜欢|相关推荐|最近下载|文档评论|原创力|道客巴巴|豆丁网|百度文库|上传文档|ICP备|Copyright|©/i

/** Words that turn up in contracts as well: they tell noise only where the contract may have ended already. */
const SITE_WORD =
  /文档|下载|会员|VIP|本站|网站|版权|侵权|收藏|举报|评论|点赞|登录|扫码|关注|阅读|推荐|免责|www\.|https?:|\.(?:docx?|pdf|pptx?|xlsx?)/i

/** A site's own line is short; a longer one is a contract that lost its line breaks, noise and all. */
const MAX_SITE_LINE_LENGTH = 60

/** @returns the offset at which a document site's own words begin, or -1 */
export const sitePhraseAt = (folded: string): number => folded.search(SITE_PHRASE)

/** @returns whether a line behind the last clause sounds like the site rather than the contract */
export const soundsLikeSite = (folded: string): boolean => SITE_PHRASE.test(folded) || SITE_WORD.test(folded)

/** @returns the width of a text in columns: what a printer or an editor wraps by */
export function columns(folded: string): number {
  let width = 0
  for (let index = 0; index < folded.length; index += 1) width += folded.charCodeAt(index) > 0xff ? 2 : 1
  return width
}

export function openPage(text: string): Page {
  const source = clean(text)
  const folded = foldWidth(source)
  const lines: Line[] = []
  let apart = false
  for (let start = 0; start <= folded.length; ) {
    const next = folded.indexOf('\n', start)
    const end = next === -1 ? folded.length : next
    const line = trimmedLine(folded, start, end, apart)
    apart = line === null
    if (line) lines.push(line)
    start = end + 1
  }
  markFurniture(folded, lines)
  return { source, folded, lines }
}

/** A page's foot inside a line, where a text has lost its line breaks. */
const INLINE_PAGE_NUMBER =
  /(?<=\S {0,3})第 ?[\d０-９]{1,3} ?页[ ,，/]{0,3}共 ?[\d０-９]{1,3} ?页(?= {0,3}\S)/g

/** Line ends of all kinds become LF; NUL and other controls, half characters and invisible marks go. */
function clean(text: string): string {
  return text
    .replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, '\n')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad]/g, '')
    .replace(/(?![\t\n])[\p{Cc}\p{Cs}]/gu, '')
    .replace(INLINE_PAGE_NUMBER, '')
}

function trimmedLine(folded: string, from: number, to: number, apart: boolean): Line | null {
  let [start, end] = [from, to]
  while (start < end && folded[start] === ' ') start += 1
  while (end > start && folded[end - 1] === ' ') end -= 1
  return start === end ? null : { start, end, furniture: false, site: false, apart }
}

function markFurniture(folded: string, lines: Line[]): void {
  const words = lines.map(line =>
    folded.slice(line.start, Math.min(line.end, line.start + 200)).replace(/ /g, ''),
  )
  const running = runningLines(words)
  for (const [index, line] of lines.entries()) {
    const text = words[index]!
    const next = lines[index + 1]
    line.site = isSiteLine(text)
    line.furniture =
      line.site ||
      running.has(text) ||
      isPageNumber(text, words[index + 1], line.apart || next?.apart === true)
  }
}

/** Lines that come back page after page. What comes back after a few lines is a wrapped sentence like the last one. */
function runningLines(words: string[]): Set<string> {
  const seen = new Map<string, { count: number; at: number }>()
  for (const [index, text] of words.entries()) {
    const { count, at } = seen.get(text) ?? { count: 0, at: Number.NEGATIVE_INFINITY }
    seen.set(text, { count: index - at >= MIN_PAGE_LINES ? count + 1 : count, at: index })
  }
  const often = [...seen].filter(([text, { count }]) => count >= RUNNING_LINE_REPEATS && isRunningLine(text))
  return new Set(often.map(([text]) => text))
}

/** Contracts may name a site, too; but then in a numbered clause or in a sentence that ends. */
function isSiteLine(text: string): boolean {
  if (text.length > MAX_SITE_LINE_LENGTH || /^\d{1,2}\.\d|[。;]$/.test(text)) return false
  return sitePhraseAt(text) !== -1
}

/**
 * A number alone on its line is a page number, unless a unit follows: then it's a blank's value. Before more digits
 * it might be either, and only empty lines around it tell.
 */
function isPageNumber(text: string, next: string | undefined, apart: boolean): boolean {
  if (/^\d{1,3}$/.test(text)) {
    if (/^_*(?:个|小时|年|工作日|%|分钟)/.test(next ?? '')) return false
    return apart || !/^\d{1,3}(?:\.\d+)?(?:个|小时|年|工作日|%|分钟)/.test(next ?? '')
  }
  return (
    /^第[\d一二三四五六七八九十百]{1,4}页[,/]?(?:共[\d一二三四五六七八九十百]{1,4}页)?$/.test(text) ||
    /^-+\d{1,3}-+$|^\d{1,3}\/\d{1,3}$|^page\d{1,3}(?:(?:of|\/)\d{1,3})?$/i.test(text) ||
    /^共\d{1,3}页[,/]?第\d{1,3}页$/.test(text)
  )
}

/** Repeated lines are running heads only where they close no sentence, begin no clause and fill no blank. */
function isRunningLine(text: string): boolean {
  if (text.length < 4 || /[。;:,、!?.]$/.test(text)) return false
  return !/^\d{1,2}\.\d|^第.{1,4}[章条]|^[甲乙]方|^[-_]+$/.test(text)
}
