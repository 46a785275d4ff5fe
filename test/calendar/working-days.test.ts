import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { workingDaysOf } from '../../src/calendar/index.js'
import {
  isPublished,
  isWorkingDay,
  rolledForward,
  weekdayOf,
  workingDaysAfter,
  workingDaysBefore,
} from '../../src/calendar/working-days.js'
import { addDays } from '../../src/platform/time.js'

const china = workingDaysOf('CN', [])
const between = (from: string, through: string): string[] => {
  const days = []
  for (let day = from; day <= through; day = addDays(day, 1)) days.push(day)
  return days
}

describe('the working days of China', () => {
  it('are those of the notices for 2025 and 2026, make-up weekends and all', () => {
    const rest = [
      ['2026-01-01', '2026-01-03'],
      ['2026-02-15', '2026-02-23'],
      ['2026-04-04', '2026-04-06'],
      ['2026-05-01', '2026-05-05'],
      ['2026-06-19', '2026-06-21'],
      ['2026-09-25', '2026-09-27'],
      ['2026-10-01', '2026-10-07'],
      ['2025-01-01', '2025-01-01'],
      ['2025-01-28', '2025-02-04'],
      ['2025-04-04', '2025-04-06'],
      ['2025-05-01', '2025-05-05'],
      ['2025-05-31', '2025-06-02'],
      ['2025-10-01', '2025-10-08'],
    ].flatMap(([from, through]) => between(from as string, through as string))
    const work = [
      '2026-01-04',
      '2026-02-14',
      '2026-02-28',
      '2026-05-09',
      '2026-09-20',
      '2026-10-10',
      '2025-01-26',
      '2025-02-08',
      '2025-04-27',
      '2025-09-28',
      '2025-10-11',
    ]
    for (const day of between('2025-01-01', '2026-12-31')) {
      const usual = weekdayOf(day) < 6
      expect([day, isWorkingDay(china, day)]).toEqual([
        day,
        work.includes(day) || (usual && !rest.includes(day)),
      ])
    }
  })

  it('make up for rest days on weekends only', () => {
    const worked = china.periods.flatMap(({ work }) => [...work])
    expect(worked.length).toBeGreaterThan(100)
    expect(worked.filter(day => weekdayOf(day) < 6)).toEqual([])
  })

  it('count a window of five over Spring Festival (T6): 12, 13, 14, 24, 25 February', () => {
    expect(workingDaysAfter(china, '2026-02-11', 5)).toEqual({
      date: '2026-02-25',
      provisional: false,
      skipped: between('2026-02-15', '2026-02-23'),
    })
  })

  it('count five clear days backward over National Day (T7): nothing is in time from 29 September on', () => {
    expect(workingDaysBefore(china, '2026-10-12', 5)).toEqual({
      date: '2026-09-29',
      provisional: false,
      skipped: ['2026-10-11', ...between('2026-10-01', '2026-10-07').toReversed()],
    })
  })

  it('let a last day that is a rest day roll to the next working day (T10)', () => {
    expect(rolledForward(china, '2026-02-15').date).toBe('2026-02-24')
    expect(rolledForward(china, '2026-02-14')).toEqual({
      date: '2026-02-14',
      provisional: false,
      skipped: [],
    })
  })

  it('are an estimate where a day is not published (T24)', () => {
    expect(workingDaysAfter(china, '2026-12-30', 1).provisional).toBe(false)
    expect(workingDaysAfter(china, '2026-12-30', 5)).toMatchObject({ date: '2027-01-06', provisional: true })
    expect(rolledForward(china, '2027-01-01').provisional).toBe(true)
    expect(workingDaysBefore(china, '2027-01-04', 1).provisional).toBe(true)
    expect(isPublished(china, '2003-12-31')).toBe(false)
  })
})

describe('counting working days', () => {
  const dates = fc.integer({ min: 0, max: 22 * 365 }).map(days => addDays('2004-03-01', days))
  const counts = fc.integer({ min: 1, max: 60 })

  it('ends on a working day, with just so many between', () => {
    fc.assert(
      fc.property(dates, counts, (date, count) => {
        const end = workingDaysAfter(china, date, count)
        expect(isWorkingDay(china, end.date)).toBe(true)
        expect(between(addDays(date, 1), end.date).filter(day => isWorkingDay(china, day))).toHaveLength(
          count,
        )
        expect(end.skipped.some(day => isWorkingDay(china, day))).toBe(false)
      }),
    )
  })

  it('comes back to a working day it began on', () => {
    fc.assert(
      fc.property(dates, counts, (date, count) => {
        fc.pre(isWorkingDay(china, date))
        expect(workingDaysBefore(china, workingDaysAfter(china, date, count).date, count).date).toBe(date)
      }),
    )
  })

  it('adds up: so many and then so many more are all of them at once', () => {
    fc.assert(
      fc.property(dates, counts, counts, (date, one, other) => {
        const twice = workingDaysAfter(china, workingDaysAfter(china, date, one).date, other)
        expect(twice.date).toBe(workingDaysAfter(china, date, one + other).date)
      }),
    )
  })

  it('refuses what is no count', () => {
    for (const count of [0, -1, 1.5, Number.NaN, 1001])
      expect(() => workingDaysAfter(china, '2026-01-01', count)).toThrow(RangeError)
  })
})
