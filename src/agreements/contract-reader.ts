/**
 * Reads a maintenance agreement out of whatever a person pastes: the standard form of 智能客服软件维护协议, with the web
 * page around it, broken lines, any width and any numerals. Pure: no I/O, no clock.
 *
 * Never a guess. What can't be read in one way only is missing, and a person fills it in.
 */
import { isClosed, type ReadClause, readClauses } from './contract-clauses.js'
import { namesMaintenance, readHead } from './contract-head.js'
import { readOutline } from './contract-outline.js'
import { openPage } from './contract-page.js'
import { readTerms } from './contract-terms.js'
import { type AgreementWarning, emptyTerms, type TermValues, termWarnings } from './terms.js'

export type { ReadClause } from './contract-clauses.js'

export interface ContractReading {
  /** Every numbered clause, in reading order. */
  clauses: ReadClause[]
  terms: TermValues
  /** What the text itself deserves, then the contradictions between its terms. */
  warnings: AgreementWarning[]
}

/** `TEXT_TOO_LARGE`: over `MAX_CONTRACT_BYTES`. `NOT_AN_AGREEMENT`: no maintenance agreement of this form. */
export type ContractRefusal = 'TEXT_TOO_LARGE' | 'NOT_AN_AGREEMENT'

/**
 * Largest text that is read, in bytes of UTF-8: 256 kB. The filled form has about 7 kB; thirty times that leaves room
 * for annexes and for a web page around it, and bounds what one request may cost (some tens of milliseconds).
 */
export const MAX_CONTRACT_BYTES = 256 * 1024

/** Most clauses that are kept; the form has 77, and each one becomes a row. */
const MAX_CLAUSES = 1_000

/** What each of the form's chapters is about, chapters 1 to 8: a text about other things is another contract. */
const CHAPTER_TOPICS = [
  /协议|合同|总则|适用|生效|有效期/,
  /维护|维保|运维|故障/,
  /费|付款|支付|价/,
  /保密|秘密/,
  /违约|赔偿/,
  /升级|更新|版本/,
  /支持|培训|咨询/,
  /数据|备份/,
]
/** Without a name that says so, a text needs this many sentences and chapters of the form to be one. */
const NAMELESS_SENTENCES = 5
const NAMELESS_CHAPTERS = 3

/**
 * @param text a whole pasted text, at most `MAX_CONTRACT_BYTES`
 * @returns what it says, or why it isn't read at all
 */
export function readContract(text: string): { reading: ContractReading } | { refusal: ContractRefusal } {
  if (Buffer.byteLength(text, 'utf8') > MAX_CONTRACT_BYTES) return { refusal: 'TEXT_TOO_LARGE' }
  const page = openPage(text)
  const outline = readOutline(page)
  if (!outline || outline.entries.length > MAX_CLAUSES) return { refusal: 'NOT_AN_AGREEMENT' }
  const head = readHead(page, outline.headEnd)
  const clauses = readClauses(page, outline.entries, head.names)
  if (!namesBothSides(page.folded) || !isMaintenanceAgreement(clauses, head.names))
    return { refusal: 'NOT_AN_AGREEMENT' }
  const terms = { ...emptyTerms(), ...head.terms, ...readTerms(clauses) }
  return { reading: { clauses, terms, warnings: [...textWarnings(clauses), ...termWarnings(terms)] } }
}

const namesBothSides = (folded: string) => /甲 {0,4}方/.test(folded) && /乙 {0,4}方/.test(folded)

/** Maintenance of software, and chapters about what the form's chapters are about. */
function isMaintenanceAgreement(clauses: readonly ReadClause[], names: readonly string[]): boolean {
  const words = clauses.map(({ chapter, title, text }) =>
    `${chapter ?? ''}${title ?? ''}${text}`.replace(/\s/g, ''),
  )
  const all = words.join('\n')
  const sentences = clauses.filter(({ depth, text }) => depth > 2 && text !== '').length
  if (sentences === 0) return false
  const chapters = CHAPTER_TOPICS.map((topic, index) => {
    const own = words.filter((_, at) => clauses[at]!.number.startsWith(`${index + 1}.`)).join('\n')
    return own === '' ? null : topic.test(own)
  })
  const present = chapters.filter(chapter => chapter !== null).length
  const fitting = chapters.filter(chapter => chapter === true).length
  if (fitting * 2 <= present) return false
  if (names.some(namesMaintenance)) return true
  const aboutSoftware = /软件|系统|客服/.test(all) && /维护|维保|运维/.test(all)
  return aboutSoftware && sentences >= NAMELESS_SENTENCES && fitting >= NAMELESS_CHAPTERS
}

/** A last clause without its stop is a text that was cut off, and so is one that ends on a bare heading. */
function textWarnings(clauses: readonly ReadClause[]): AgreementWarning[] {
  const last = clauses.at(-1)
  return last && !isClosed(last.text) ? [{ code: 'TEXT_CUT_OFF', clause: last.number }] : []
}
