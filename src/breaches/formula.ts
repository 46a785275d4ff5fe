import { formatMinor } from '../platform/money.js'
import type { AssessmentRow } from './breach-loaders.js'

/** A price as arithmetic that a person follows, in the contract's own figures; null where there is none. */
export function formulaOf(row: AssessmentRow): string | null {
  const { currency, amount, basisAmount, ratePercent, units, capRemaining, total } = row
  if (currency === null || total === null) return null
  const money = (minor: string): string => `${formatMinor({ minor: BigInt(minor), currency })} ${currency}`
  // Agreed or decided as a number: no rule came to it.
  if (row.fixed || amount === null || basisAmount === null) return money(total)
  const times = (basis: string, days: string): string => `${money(basis)}${days === '1' ? '' : ` × ${days}`}`
  // What is overdue falls with every payment: each stretch of days has a principal of its own.
  const stretches = row.overdue?.stretches.map(({ principal, days }) => times(principal, String(days))) ?? []
  const basis = stretches.length > 1 ? `(${stretches.join(' + ')})` : times(basisAmount, units ?? '1')
  const terms = [`${ratePercent} % × ${basis} = ${money(amount)}`]
  if (capRemaining !== null && BigInt(capRemaining) < BigInt(amount))
    terms.push(`at most ${money(capRemaining)} left of the cap`)
  if (row.lossClaimed !== null && BigInt(row.topUp ?? 0) > 0n)
    terms.push(`or the loss of ${money(row.lossClaimed)}`)
  return terms.length === 1 ? (terms[0] as string) : `${terms.join(', ')}: ${money(total)}`
}
