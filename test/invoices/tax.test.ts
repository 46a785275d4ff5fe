import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FeeSchedule, periodNumberAt, periodOf, feeOfPeriod } from '../../src/invoices/fee-schedule.js'
import { taxedFromGross, taxedFromNet, totalOf } from '../../src/invoices/tax.js'

const amount = fc.bigInt({ min: 1n, max: 10n ** 15n })
const rate = fc.constantFrom('0', '0.5', '1', '3', '6', '9', '13', '16.66666667', '100')
/** The rate in units of 10^-8 percent, so that a test can check by whole numbers alone. */
const scaled = (percent: string): bigint => {
  const [whole, fraction = ''] = percent.split('.')
  return BigInt(`${whole}${fraction.padEnd(8, '0')}`)
}
const WHOLE = 100n * 10n ** 8n

describe('tax of a line', () => {
  it('T25: 240,000.00 with 6 % within is 226,415.09 and 13,584.91', () => {
    expect(taxedFromGross(24_000_000n, '6')).toEqual({
      net: 22_641_509n,
      tax: 1_358_491n,
      gross: 24_000_000n,
    })
  })

  it('halves go up: 6 % of 0.25 is 0.015, so 0.02', () => {
    expect(taxedFromNet(25n, '6').tax).toBe(2n)
  })

  it('out of a gross amount is the nearest minor unit, and net and tax come to the gross', () => {
    fc.assert(
      fc.property(amount, rate, (gross, percent) => {
        const { net, tax } = taxedFromGross(gross, percent)
        const divisor = WHOLE + scaled(percent)
        // 2 x net x divisor lies within one divisor of 2 x gross x whole; on the very half it went up.
        const away = 2n * gross * WHOLE - 2n * net * divisor
        expect(net + tax).toBe(gross)
        expect(away >= -divisor && away < divisor).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('on a net amount is the nearest minor unit', () => {
    fc.assert(
      fc.property(amount, rate, (net, percent) => {
        const { tax, gross } = taxedFromNet(net, percent)
        const away = 2n * net * scaled(percent) - 2n * tax * WHOLE
        expect(net + tax).toBe(gross)
        expect(away >= -WHOLE && away < WHOLE).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('sums line by line: the total is what stands above it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(amount, rate), { minLength: 1, maxLength: 100 }), lines => {
        const total = totalOf(lines.map(([gross, percent]) => taxedFromGross(gross, percent)))
        expect(total.net + total.tax).toBe(total.gross)
        expect(total.gross).toBe(lines.reduce((sum, [gross]) => sum + gross, 0n))
      }),
    )
  })
})

const PERIODS = { ANNUAL: 1, SEMIANNUAL: 2, QUARTERLY: 4, MONTHLY: 12 } as const
const billing = fc.constantFrom(...(Object.keys(PERIODS) as (keyof typeof PERIODS)[]))

describe('billing periods', () => {
  it('of every year come to the annual fee, and none is a minor unit further from its share than rounding asks', () => {
    fc.assert(
      fc.property(amount, billing, fc.integer({ min: 0, max: 9 }), (annualFee, billingPeriod, year) => {
        const schedule = Object.assign(Object.create(FeeSchedule.prototype) as FeeSchedule, {
          annualFee,
          billingPeriod,
          taxInclusive: true,
          taxRatePercent: '6',
        })
        const count = PERIODS[billingPeriod]
        const fees = Array.from(
          { length: count },
          (_, index) => feeOfPeriod(schedule, year * count + index + 1).gross,
        )
        expect(fees.reduce((sum, fee) => sum + fee, 0n)).toBe(annualFee)
        for (const fee of fees) expect(fee * BigInt(count) - annualFee <= BigInt(count)).toBe(true)
      }),
    )
  })

  it('are counted from the first day, so month ends do not drift', () => {
    const ends = [1, 2, 3, 12, 13].map(number => periodOf('2027-08-31', 'MONTHLY', number))
    expect(ends.map(({ startsOn, endsOn }) => `${startsOn} ${endsOn}`)).toEqual([
      '2027-08-31 2027-09-29',
      '2027-09-30 2027-10-30',
      '2027-10-31 2027-11-29',
      '2028-07-31 2028-08-30',
      '2028-08-31 2028-09-29',
    ])
  })

  it('follow each other without a gap, and each day is of one of them', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2020-01-01'), max: new Date('2035-12-31'), noInvalidDate: true }),
        billing,
        fc.integer({ min: 1, max: 60 }),
        (start, billingPeriod, number) => {
          const effectiveOn = start.toISOString().slice(0, 10)
          const period = periodOf(effectiveOn, billingPeriod, number)
          const next = periodOf(effectiveOn, billingPeriod, number + 1)
          expect(Date.parse(next.startsOn) - Date.parse(period.endsOn)).toBe(24 * 3_600_000)
          expect(periodNumberAt(effectiveOn, billingPeriod, period.startsOn)).toBe(number)
          expect(periodNumberAt(effectiveOn, billingPeriod, period.endsOn)).toBe(number)
        },
      ),
    )
  })
})
