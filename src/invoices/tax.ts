import { Decimal } from 'decimal.js'

/** What one line comes to, in minor units: `net + tax = gross`, always. */
export interface Taxed {
  net: bigint
  tax: bigint
  gross: bigint
}

/** 40 digits, so that nothing rounds before the end; then half up to the minor unit, once per line. */
const Exact = Decimal.clone({ precision: 40, rounding: Decimal.ROUND_HALF_UP })

/** Takes the tax out of a tax-inclusive amount: 240,000.00 at 6 % is 226,415.09 and 13,584.91. */
export function taxedFromGross(gross: bigint, ratePercent: string): Taxed {
  const net = toMinor(new Exact(gross.toString()).mul(100).div(new Exact(ratePercent).add(100)))
  return { net, tax: gross - net, gross }
}

/** Puts the tax on a net amount. */
export function taxedFromNet(net: bigint, ratePercent: string): Taxed {
  const tax = toMinor(new Exact(net.toString()).mul(ratePercent).div(100))
  return { net, tax, gross: net + tax }
}

/** The sum of lines: each was rounded by itself, so the totals agree with what stands above them. */
export function totalOf(lines: readonly Taxed[]): Taxed {
  const total = { net: 0n, tax: 0n, gross: 0n }
  for (const line of lines) {
    total.net += line.net
    total.tax += line.tax
    total.gross += line.gross
  }
  return total
}

const toMinor = (exact: Decimal): bigint => BigInt(exact.toFixed(0, Decimal.ROUND_HALF_UP))
