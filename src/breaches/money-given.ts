import { refuse } from '../platform/failure.js'
import { type Amount, formatMinor, parseAmount } from '../platform/money.js'

export interface MoneyGiven {
  amount: string
  currency: string
}

/** Largest amount of a claim: 10^15 minor units, ten trillion yuan, as for an invoice's line. */
const MAX_MINOR = 10n ** 15n

/** An amount of zero or more, in the currency of the price where there is one. */
export function checkMoney({ amount, currency }: MoneyGiven, priced: string | null, field: string[]): Amount {
  if (priced !== null && currency !== priced)
    throw refuse('INVALID', { field: [...field, 'currency'], messageKey: 'PRICE_CURRENCY' })
  const parsed = parseAmount(amount, currency)
  const at = [...field, 'amount']
  if (!parsed) throw refuse('INVALID', { field: at, messageKey: 'AMOUNT_DECIMALS' })
  const limit = (minor: bigint): string => formatMinor({ minor, currency })
  if (parsed.minor < 0n) throw refuse('TOO_SMALL', { field: at, params: { min: limit(0n) } })
  if (parsed.minor > MAX_MINOR) throw refuse('TOO_LARGE', { field: at, params: { max: limit(MAX_MINOR) } })
  return parsed
}
