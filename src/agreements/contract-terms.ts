/**
 * From clauses to terms: which quantity of a clause fills which blank. The clause number and the unit say nearly
 * everything; where a clause has several quantities, the words next to them decide, and where those don't, nobody does.
 */
import type { ReadClause } from './contract-clauses.js'
import { findQuantities, MAX_CLAUSE_LENGTH, type Quantity, squeeze } from './contract-quantities.js'
import { type Duty, dutiesOf } from './contract-duties.js'
import { checkTerm, TERMS, type TermDefinition, type TermName } from './terms.js'

type Choose = (text: string, quantities: Quantity[]) => string | null

/** Years of a renewal are no term: 期满续订一年. 连续 and 持续 speak of the term itself. */
const TERM_WORDS = {
  prefer: /(?:期限?|期间)[^,;。]{0,10}$/,
  never: /(?:(?<![连持继])续[期展签约订]?|延长|顺延|延续|展期)[^,;。]{0,8}$/,
}

/** How each blank tells its quantity from others of the same unit in its clause. */
const CHOICES: Partial<Record<TermName, Choose>> = {
  termYears: byWords(TERM_WORDS),
  responseHours: byDuty('RESPOND'),
  fixHours: byDuty('FIX'),
  serviceTermYears: byWords(TERM_WORDS),
  confidentialityYears: byWords({
    prefer: /(?:终止|届满|期满|结束|解除|到期|失效|完毕)[^,;。]{0,6}[后起内][^,;。]{0,6}$/,
  }),
  liquidatedDamagesPercent: byWords({
    prefer: /违约金[^,;。]{0,20}$/,
    preferAfter: /^[^,;。]{0,12}违约金/,
    never: /(?:超过|最高|至多|上限|累计|封顶|低于)[^,;。]{0,8}$/,
  }),
  upgradeNoticeWorkingDays: byWords({
    prefer: /(?:至少|最少|不[少低]于|提前|前)[^,;。]{0,6}$/,
    preferAfter: /^[之以]?前/,
  }),
  updateWindowWorkingDays: byWords({ preferAfter: /^[之以]?内/ }),
  upgradeProblemResponseHours: bySingleDuty('RESPOND'),
  supportResponseHours: bySingleDuty('RESPOND'),
  restoreHours: bySingleDuty('FIX'),
}

/** @returns the values of all blanks that stand in clauses; what is missing, unclear or out of range is null */
export function readTerms(clauses: readonly ReadClause[]): Partial<Record<TermName, string | null>> {
  const texts = new Map<string, string>()
  return Object.fromEntries(
    TERMS.filter(({ clause }) => clause !== '0').map(term => {
      const text = texts.get(term.clause) ?? squeezedText(clauses, term.clause)
      texts.set(term.clause, text)
      return [term.name, readTerm(term, text)]
    }),
  )
}

/** A clause's own words and those of the clauses under it. */
function squeezedText(clauses: readonly ReadClause[], number: string): string {
  const own = clauses.filter(clause => clause.number === number || clause.number.startsWith(`${number}.`))
  const text = own.map(clause => clause.text).join('\n。')
  return text.length > MAX_CLAUSE_LENGTH ? '' : squeeze(text)
}

function readTerm(term: TermDefinition, text: string): string | null {
  if (term.unit === 'TEXT' || text === '') return null
  const chosen = CHOICES[term.name]!(text, findQuantities(text, term.unit))
  const checked = chosen === null ? null : checkTerm(term.name, chosen)
  return checked && 'value' in checked ? checked.value : null
}

function byWords(words: { prefer?: RegExp; preferAfter?: RegExp; never?: RegExp }): Choose {
  return (text, quantities) => {
    const before = ({ start }: Quantity) => text.slice(Math.max(0, start - 40), start)
    const after = ({ end }: Quantity) => text.slice(end, end + 40)
    const possible = quantities.filter(quantity => !words.never?.test(before(quantity)))
    const preferred = possible.filter(
      quantity => words.prefer?.test(before(quantity)) || words.preferAfter?.test(after(quantity)),
    )
    return single(possible) ?? single(preferred)
  }
}

/** The two hours of 2.3.1, told apart by the duty that each belongs to. */
function byDuty(duty: Duty): Choose {
  return (text, quantities) => {
    const duties = dutiesOf(text, quantities)
    return single(quantities.filter((_, index) => duties[index] === duty))
  }
}

/** A clause with one duty: its only hours, unless they're plainly those of another duty. */
function bySingleDuty(duty: Duty): Choose {
  return (text, quantities) => {
    const duties = dutiesOf(text, quantities)
    return (
      single(quantities.filter((_, index) => duties[index] === null || duties[index] === duty)) ??
      single(quantities.filter((_, index) => duties[index] === duty))
    )
  }
}

/** The value that all quantities agree on; an empty or unreadable one among them agrees with nothing. */
function single(quantities: Quantity[]): string | null {
  const [first, ...rest] = quantities
  return first && rest.every(({ value }) => value === first.value) ? first.value : null
}
