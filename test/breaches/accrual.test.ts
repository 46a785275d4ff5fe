import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  accruedOn,
  accrueOverdue,
  ceilingOf,
  isOverCeiling,
  topUpOf,
  toOverdue,
  unitsOf,
} from '../../src/breaches/index.js'
import { percentOf } from '../../src/platform/money.js'

/** T10's invoice, as T11, T12 and T16 go on with it: CNY 106,000 owed by the end of 2026-02-24. */
const T11 = {
  currency: 'CNY',
  principal: 10_600_000n,
  dueOn: '2026-02-24',
  ratePercent: '0.05',
  allocation: 'DAMAGES_FIRST',
  reductions: [{ on: '2026-02-24', amount: 4_000_000n, kind: 'PAYMENT' }],
} as const

const day = fc
  .integer({ min: 0, max: 120 })
  .map(n => new Date(Date.UTC(2026, 1, 20 + n)).toISOString().slice(0, 10))
const reduction = fc.record({
  on: day,
  amount: fc.bigInt({ min: 1n, max: 5_000_000n }),
  kind: fc.constantFrom('PAYMENT' as const, 'SET_OFF' as const),
})
const overdue = fc.record({
  currency: fc.constantFrom('CNY', 'JPY', 'KWD'),
  principal: fc.bigInt({ min: 0n, max: 20_000_000n }),
  dueOn: fc.constant('2026-02-24'),
  ratePercent: fc.constantFrom('0.05', '0.035', '1', '0.00000001'),
  allocation: fc.constantFrom('DAMAGES_FIRST' as const, 'PRINCIPAL_FIRST' as const),
  reductions: fc.array(reduction, { maxLength: 6 }),
})

describe('damages for late payment', () => {
  it('T11: a part-payment before the due day ends is in time, and 66,000 for 20 days cost 660.00', () => {
    const late = accrueOverdue(T11, '2026-03-16')
    expect(late).toMatchObject({ damages: 66_000n, days: 20, principal: 6_600_000n })
  })

  it.each([
    ['DAMAGES_FIRST', 120_500n],
    ['PRINCIPAL_FIRST', 120_000n],
  ] as const)('T12: %s comes to %d fen', (allocation, damages) => {
    const given = {
      ...{ currency: 'CNY', principal: 10_000_000n, dueOn: '2026-03-31', ratePercent: '0.05', allocation },
      reductions: [{ on: '2026-04-10', amount: 3_000_000n, kind: 'PAYMENT' as const }],
    }
    expect(accrueOverdue(given, '2026-04-30').damages).toBe(damages)
  })

  it('T16: a claim that is set off reduces the principal from the day its notice arrived', () => {
    const setOff = { on: '2026-03-06', amount: 1_200_000n, kind: 'SET_OFF' } as const
    const late = accrueOverdue({ ...T11, reductions: [setOff, ...T11.reductions] }, '2026-03-16')
    expect(late).toMatchObject({ damages: 60_000n, principal: 5_400_000n })
    expect(late.stretches.map(({ principal, days }) => [principal, days])).toEqual([
      [6_600_000n, 10],
      [5_400_000n, 10],
    ])
  })

  it.each([
    ['CNY', 3_333_333n, 11_667n],
    ['JPY', 33_333n, 117n],
    ['KWD', 33_333_333n, 116_667n],
  ])('T17: a week of 0.05 %% rounds half up once, in %s', (currency, minor, damages) => {
    expect(percentOf({ minor, currency }, '0.05', 7).minor).toBe(damages)
  })

  it('end with the principal: an overpayment leaves nothing that could be late', () => {
    const paid = { on: '2026-03-06', amount: 99_000_000n, kind: 'PAYMENT' } as const
    const given = { ...T11, reductions: [...T11.reductions, paid] }
    expect(accrueOverdue(given, '2026-12-31')).toMatchObject({ principal: 0n, days: 10, damages: 33_000n })
  })

  it('never fall with time, never touch more than was owed, and are the same in whatever order payments are entered', () => {
    fc.assert(
      fc.property(overdue, day, day, (given, one, other) => {
        const [early, late] = [one, other].sort() as [string, string]
        const [before, after] = [accrueOverdue(given, early), accrueOverdue(given, late)]
        expect(after.damages).toBeGreaterThanOrEqual(before.damages)
        expect(after.principal).toBeGreaterThanOrEqual(0n)
        expect(after.principal).toBeLessThanOrEqual(before.principal)
        expect(after.damagesPaid).toBeLessThanOrEqual(after.damages)
        const all = after.stretches.reduce((sum, each) => sum + each.principal * BigInt(each.days), 0n)
        expect(percentOf({ minor: all, currency: given.currency }, given.ratePercent).minor).toBe(
          after.damages,
        )
      }),
    )
  })
})

describe('a late-payment price that was written down', () => {
  it('tells what it comes to on any other day, with nothing but what it kept', () => {
    fc.assert(
      fc.property(overdue, day, day, (given, asOf, other) => {
        const known = given.reductions.filter(({ on }) => on <= asOf)
        const kept = toOverdue(accrueOverdue({ ...given, reductions: known }, asOf))
        const through = accruedOn(kept, given, other)
        const anew = accrueOverdue({ ...given, reductions: known }, other)
        expect(through).toEqual({ damages: anew.damages, days: anew.days })
      }),
    )
  })
})

describe('units of delay', () => {
  const due = new Date('2026-02-24T23:59:59.999+08:00')
  it.each([
    ['PER_DAY', '2026-02-24T23:59:59.999+08:00', 0],
    ['PER_DAY', '2026-02-25T00:00:00.000+08:00', 1],
    ['PER_DAY', '2026-03-16T09:00:00.000+08:00', 20],
    ['PER_STARTED_HOUR', '2026-02-25T00:00:00.000+08:00', 1],
    ['PER_STARTED_HOUR', '2026-02-25T00:59:59.999+08:00', 1],
    ['PER_STARTED_HOUR', '2026-02-25T01:00:00.000+08:00', 2],
    ['PER_STARTED_HOUR', '2026-02-24T09:00:00.000+08:00', 0],
    ['ONE_OFF', '2027-01-01T00:00:00.000+08:00', 1],
  ] as const)('%s until %s are %d', (mode, until, units) => {
    expect(unitsOf(mode, due, new Date(until), 'Asia/Shanghai')).toBe(units)
  })
})

describe('an actual loss (clause 5.3.2)', () => {
  it('T15: the total is the higher of the two, and damages over 130 % of the loss may be reduced', () => {
    expect(topUpOf(3_500_000n, 1_200_000n)).toBe(2_300_000n)
    expect(topUpOf(800_000n, 1_200_000n)).toBe(0n)
    expect([isOverCeiling(1_200_000n, 800_000n), ceilingOf(800_000n)]).toEqual([true, 1_040_000n])
    expect(isOverCeiling(1_040_000n, 800_000n)).toBe(false)
    expect(isOverCeiling(1_040_001n, 800_000n)).toBe(true)
  })
})
