/**
 * The head of a contract: its number and the two parties. Only what stands between the contract's name and its first
 * clause counts, so that a site's words around it name nobody. Identifiers are kept as written, trimmed.
 */
import type { Line, Page } from './contract-page.js'
import { foldWidth } from './numerals.js'
import { checkTerm, isBlank, type TermName, type TermValues } from './terms.js'

export type HeadTerms = Pick<TermValues, 'contractNumber' | 'providerName' | 'customerName'>

export interface Head {
  terms: HeadTerms
  /** The contract's names, as on its cover and its first page, without blanks, narrow: "智能客服软件维护协议". */
  names: string[]
}

type HeadName = keyof HeadTerms & TermName

/** A labelled place in the head: what it's for (null: some other label), and where its value begins. */
interface Label {
  name: HeadName | null
  start: number
  end: number
  /** Only a blank parts label and value, as in a table: the value must then look like one. */
  bare: boolean
}

interface Found {
  name: HeadName
  start: number
  value: string
}

/** A contract's number may stand this many lines above its name. */
const LINES_ABOVE_NAME = 5
/** Characters before the first clause in which the head is looked for: parties, recitals and a table of contents. */
const HEAD_REACH = 10_000
/** Characters of a line that are searched for a value; the longest accepted name has half of it. */
const MAX_VALUE_REACH = 400

const PROVIDER_ROLE = /维护(?:方|商|单位)|服务(?:提供)?[方商]|供应[方商]|受托|承接|承揽|提供方/
const CUSTOMER_ROLE = /用户|客户|委托[方人单]|使用|采购|购买/

const PARTY =
  '([甲乙]) {0,4}方 ?(?:\\(([^()\\n]{0,30})\\))? ?(?:(?:单位|公司)?名 {0,4}称|全 {0,4}称|单 {0,4}位)? ?(?:\\([^()\\n]{0,30}\\))?'
const PARTY_LABEL = new RegExp(`${PARTY} {0,4}:`, 'g')
const BARE_PARTY_LABEL = new RegExp(`(?<=(?:^|\\n) {0,8})${PARTY} +(?=[^\\s_:])`, 'g')
const SIDE_LABEL = /([^\s:(),。]{2,8}) ?\((?:以下)?(?:简称|称)?["“「'‘]?([甲乙])方["”」'’]?\) {0,4}:/g
const ROLE_LABEL = /(?<=(?:^|[\n ;]) {0,8})(维护方|服务方|服务商|服务提供方|用户方|客户方|使用方) {0,4}:/g
const NUMBER_LABEL =
  /(?:(?:合同|协议)书?(?: ?编 {0,4}号| ?编码|号)|(?<![\u4e00-\u9fff])编 {0,4}号|(?<![A-Za-z])No\.?(?= ?:))(?: ?\([^()\n]{0,20}\))?(?: {0,4}:| {1,8}|(?=[A-Za-z0-9_]))/gi
const OTHER_LABEL =
  /(?:统一社会信用代码|信用代码|税 ?号|签[订署约](?:日期|时间|地点)|日 ?期|地 ?址|住 ?所|法定代表人?|授权代表|代表人?|负责人|联系人|联系方式|联系电话|电 ?话|手机|传 ?真|邮 ?编|邮政编码|邮 ?箱|电子邮件|E-?mail|开户行?|开户银行|账 ?号|职 ?务)(?: ?\([^()\n]{0,20}\))? {0,4}:/gi

/** Where a value ends and words about it begin. */
const VALUE_END = [
  /[\s,;、]{0,8}\(?(?:以下(?:统?称|简)|下称|简称|统一社会信用|信用代码|纳税人)/,
  /[\s,;、]{0,8}\((?=[^()]{0,40}(?:盖章|签章|公章|签字|印章|章\)|[甲乙]方|维护方|用户方|服务方|客户|代码|地址|住所|代表|电话|全称|一式|正本|副本))/,
  / +[\u4e00-\u9fff]{2,8} ?:/,
  / +[^ ]{0,30}(?:协议|合同)书?(?: |$)/,
  / {3}/,
  / *目 {0,2}录(?! *[\u4e00-\u9fff]*公司)|第 ?[一1] ?章/,
]

/** Names and numbers that only show where one goes. */
const PLACEHOLDER =
  /^(?:股份)?(?:有限)?(?:责任)?公司$|^[xX×某○]{2,}[\u4e00-\u9fff]{0,8}(?:公司|集团)?$|__|^[-/]|[-/第]$|^(?:待定|待填|待补充?|空白?|暂?无|TBD|N\/A)$/i

/** What names of organisations end with: a name that was wrapped has it on its second line. */
const ORGANISATION =
  /(?:公司|集团|中心|事务所|研究院|学院|大学|医院|银行|合作社|工厂|企业|委员会|[局厂店])(?:\([^()]{1,12}\))?$/

export function readHead(page: Page, headEnd: number): Head {
  const lines = page.lines.filter(line => line.start < headEnd && line.end >= headEnd - HEAD_REACH)
  const places = [...lines.keys()].filter(index => isContractName(words(page, lines[index]!, headEnd)))
  const starts = places.map(place => lines[place]!.start)
  const from = lines[Math.max(0, (places[0] ?? 0) - LINES_ABOVE_NAME)]?.start ?? headEnd
  const labels = findLabels(page, Math.max(from, headEnd - HEAD_REACH), headEnd)
  const found: Found[] = []
  for (const [index, { name, start, ...label }] of labels.entries()) {
    const value = name && readValue(page, label, name, labels[index + 1]?.start ?? headEnd)
    if (value) found.push({ name, start, value })
  }
  const terms = {
    contractNumber: one(found, 'contractNumber', [0, ...starts]),
    providerName: one(found, 'providerName', places.length > 0 ? starts : [0]),
    customerName: one(found, 'customerName', places.length > 0 ? starts : [0]),
  }
  return { terms, names: [...new Set(places.map(place => words(page, lines[place]!, headEnd)))] }
}

const words = (page: Page, { start, end }: Line, limit: number) =>
  page.folded.slice(start, Math.min(end, limit, start + 80)).replace(/ /g, '')

const isContractName = (text: string) =>
  /^[#*《]{0,4}[^:。,;《》>|/_]{0,36}(?:协议|合同)书?(?:范本|模板|样本|文本)?(?:\([^()]{1,10}\))?[*》]{0,2}$/.test(
    text,
  )

/** @returns whether a headline names a maintenance agreement for software */
export const namesMaintenance = (headline: string): boolean =>
  /(?:软件|系统|客服|平台|信息|网站).*(?:维护|维保|运维).*(?:协议|合同)/.test(headline)

/**
 * One value, however often it's written. Two different ones are a question, not an answer, unless the later ones stand
 * under the contract's name and agree: then the earlier ones were somebody else's.
 */
function one(found: Found[], name: HeadName, starts: number[]): string | null {
  for (const from of starts) {
    const values = found.filter(value => value.name === name && value.start >= from)
    if (new Set(values.map(({ value }) => value.replace(/\s/g, ''))).size === 1) return values.at(-1)!.value
  }
  return null
}

function findLabels(page: Page, from: number, to: number): Label[] {
  // Bold print of Markdown around a label is as good as blanks.
  const head = page.folded.slice(from, to).replace(/\*\*/g, '  ')
  const labels: Label[] = []
  const add = (pattern: RegExp, nameOf: (match: RegExpMatchArray) => HeadName | null, bare = false) => {
    for (const match of head.matchAll(pattern)) {
      const start = from + match.index!
      labels.push({ name: nameOf(match), start, end: start + match[0].length, bare })
    }
  }
  add(PARTY_LABEL, match => partyOf(match[1]!, match[2] ?? ''))
  add(BARE_PARTY_LABEL, match => partyOf(match[1]!, match[2] ?? ''), true)
  add(SIDE_LABEL, match => partyOf(match[2]!, match[1]!))
  add(ROLE_LABEL, match => (PROVIDER_ROLE.test(match[1]!) ? 'providerName' : 'customerName'))
  add(NUMBER_LABEL, () => 'contractNumber')
  add(OTHER_LABEL, () => null)
  labels.sort((left, right) => left.start - right.start || right.end - left.end)
  let end = 0
  return labels.filter(label => {
    const free = label.start >= end
    if (free) end = label.end
    return free
  })
}

/** In this form 甲方 maintains and 乙方 uses. A head that says the reverse contradicts its own clauses: not read. */
function partyOf(side: string, role: string): HeadName | null {
  const [provides, uses] = [PROVIDER_ROLE.test(role), CUSTOMER_ROLE.test(role)]
  if (side === '甲') return uses && !provides ? null : 'providerName'
  return provides && !uses ? null : 'customerName'
}

/** The rest of the label's line; the next line where that is empty, or where a wrapped name ends on it. */
function readValue(
  page: Page,
  label: Pick<Label, 'end' | 'bare'>,
  name: HeadName,
  limit: number,
): string | null {
  const [own, next] = linesFrom(page, label.end, limit)
  const value = tidy(own)
  const below = tidy(next)
  if (label.bare) return ORGANISATION.test(foldWidth(value)) ? accept(name, value) : null
  if (own.trim() === '')
    return ORGANISATION.test(foldWidth(below)) || name === 'contractNumber' ? accept(name, below) : null
  // A person's name has up to four characters and wraps nowhere.
  const wrapped = name !== 'contractNumber' && value.length > 4 && !ORGANISATION.test(foldWidth(value))
  const ends = ORGANISATION.test(foldWidth(below)) && !/[:：,，。]/.test(below)
  return accept(name, wrapped && ends ? value + below : value)
}

/** What is left of a line, and the next line with words, both before the limit and as written. */
function linesFrom(page: Page, from: number, limit: number): [string, string] {
  const lineEnd = page.folded.indexOf('\n', from)
  const end = lineEnd === -1 ? limit : Math.min(lineEnd, limit)
  const own = page.source.slice(from, Math.min(end, from + MAX_VALUE_REACH))
  const below = /^\s{0,20}([^\s][^\n]*)/.exec(page.source.slice(end, Math.min(limit, end + MAX_VALUE_REACH)))
  const next = below?.[1]?.trim() ?? ''
  return [own, isContractName(foldWidth(next).replace(/ /g, '')) ? '' : next]
}

/** A value without the underscores or brackets it was filled into, and without words about it. */
function tidy(written: string): string {
  let value = written.replace(/\t/g, '   ').trim()
  const folded = foldWidth(value)
  const ends = VALUE_END.map(pattern => folded.search(pattern)).filter(index => index !== -1)
  value = value.slice(0, Math.min(value.length, ...ends))
  const unfilled = value.replace(/^[\s_＿*]+|[\s_＿*。；;，,、]+$/g, '')
  const framed = /^(?:【([^【】]*)】|\[([^[\]]*)\]|“([^“”]*)”|"([^"]*)"|「([^「」]*)」|《([^《》]*)》)$/.exec(
    unfilled,
  )
  const inner = framed?.slice(1).find(part => part !== undefined)
  return (inner ?? unfilled).replace(/^[\s_＿]+|[\s_＿]+$/g, '')
}

function accept(name: HeadName, value: string): string | null {
  const folded = foldWidth(value)
  if (isBlank(value) || PLACEHOLDER.test(folded)) return null
  if (name === 'contractNumber' && !/[0-9A-Za-z〇一二三四五六七八九十]/.test(folded)) return null
  const checked = checkTerm(name, value)
  return 'value' in checked ? checked.value : null
}
