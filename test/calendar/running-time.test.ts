import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { workingDaysOf } from '../../src/calendar/index.js'
import { reachedAfter, type Span, unionOf } from '../../src/calendar/running-time.js'

const HOUR = 3_600_000
const china = workingDaysOf('CN', [])
const office = { window: { opens: '09:00', closes: '18:00' }, timeZone: 'Asia/Shanghai', days: china }
const at = (text: string): Date => new Date(`${text}+08:00`)
const dueOf = (
  startedAt: string,
  hours: number,
  pauses: [string, string][] = [],
  clock: typeof office | null = null,
) =>
  reachedAfter(
    at(startedAt),
    hours * HOUR,
    pauses.map(([from, to]) => ({ from: at(from), to: at(to) })),
    clock,
  ).at

describe('hours on the wall clock', () => {
  it('run through holidays (T1, T20)', () => {
    expect(dueOf('2026-02-16T23:30', 2)).toEqual(at('2026-02-17T01:30'))
    expect(dueOf('2026-04-30T23:00', 12)).toEqual(at('2026-05-01T11:00'))
  })

  it('stand still while the customer is asked (T3)', () => {
    expect(dueOf('2026-03-02T10:00', 24, [['2026-03-02T15:00', '2026-03-03T09:30']])).toEqual(
      at('2026-03-04T04:30'),
    )
    expect(dueOf('2026-03-02T10:00', 2, [['2026-03-02T15:00', '2026-03-03T09:30']])).toEqual(
      at('2026-03-02T12:00'),
    )
  })

  it('go on where they stopped when it is reopened (T4)', () => {
    expect(dueOf('2026-03-10T09:00', 8, [['2026-03-10T14:00', '2026-03-11T10:00']])).toEqual(
      at('2026-03-11T13:00'),
    )
  })

  it('are 24 hours and not the same time tomorrow where clocks are put forward (T22)', () => {
    const due = reachedAfter(new Date('2026-03-28T12:00+01:00'), 24 * HOUR, [], null).at
    expect(due).toEqual(new Date('2026-03-29T13:00+02:00'))
  })

  it('take no pause that begins when the time is up, or later', () => {
    expect(dueOf('2026-03-02T10:00', 2, [['2026-03-02T12:00', '2026-03-05T12:00']])).toEqual(
      at('2026-03-02T12:00'),
    )
    expect(dueOf('2026-03-02T10:00', 2, [['2026-03-02T12:01', '2026-03-05T12:00']])).toEqual(
      at('2026-03-02T12:00'),
    )
  })

  it('take pauses of no length, and pauses before the start, for nothing', () => {
    expect(dueOf('2026-03-02T10:00', 2, [['2026-03-02T11:00', '2026-03-02T11:00']])).toEqual(
      at('2026-03-02T12:00'),
    )
    expect(dueOf('2026-03-02T10:00', 2, [['2026-03-01T11:00', '2026-03-02T09:00']])).toEqual(
      at('2026-03-02T12:00'),
    )
  })
})

describe('hours in a service window', () => {
  it('go on at the next opening, over Spring Festival and after a make-up Saturday (T2)', () => {
    expect(dueOf('2026-02-14T17:30', 2, [], office)).toEqual(at('2026-02-24T10:30'))
  })

  it('begin at the opening for what comes at night', () => {
    expect(dueOf('2026-03-02T22:00', 1, [], office)).toEqual(at('2026-03-03T10:00'))
    expect(dueOf('2026-03-03T03:00', 9, [], office)).toEqual(at('2026-03-03T18:00'))
  })

  it('lose nothing to a pause outside of them', () => {
    expect(dueOf('2026-03-02T17:00', 2, [['2026-03-02T18:00', '2026-03-03T09:00']], office)).toEqual(
      at('2026-03-03T10:00'),
    )
    expect(dueOf('2026-03-02T17:00', 2, [['2026-03-02T17:30', '2026-03-03T09:30']], office)).toEqual(
      at('2026-03-03T11:00'),
    )
  })

  it('are an estimate once they pass a day that is not published', () => {
    expect(reachedAfter(at('2026-12-31T17:00'), HOUR, [], office).provisional).toBe(false)
    expect(reachedAfter(at('2026-12-31T17:00'), 2 * HOUR, [], office).provisional).toBe(true)
  })

  it('are refused for a window that never opens', () => {
    const shut = { ...office, window: { opens: '09:00', closes: '09:00' } }
    expect(() => reachedAfter(at('2026-03-02T10:00'), HOUR, [], shut)).toThrow(RangeError)
  })
})

describe('pauses', () => {
  const start = at('2026-03-02T10:00')
  const spans = fc.array(
    fc.tuple(fc.integer({ min: -100, max: 400 }), fc.integer({ min: 0, max: 90 })).map(
      ([from, length]): Span => ({
        from: new Date(start.getTime() + from * 600_000),
        to: new Date(start.getTime() + (from + length) * 600_000),
      }),
    ),
    { maxLength: 12 },
  )
  const lengthOf = (each: readonly Span[]): number =>
    each.reduce((sum, { from, to }) => sum + to.getTime() - from.getTime(), 0)
  const within = (each: readonly Span[], from: Date, to: Date): Span[] =>
    each
      .map(span => ({
        from: span.from < from ? from : span.from,
        to: span.to > to ? to : span.to,
      }))
      .filter(span => span.from < span.to)

  it('count once where they overlap, in whatever order they are told', () => {
    fc.assert(
      fc.property(spans, fc.integer({ min: 1, max: 40 }), (pauses, hours) => {
        const due = reachedAfter(start, hours * HOUR, pauses, null)
        expect(reachedAfter(start, hours * HOUR, pauses.toReversed(), null)).toEqual(due)
        expect(reachedAfter(start, hours * HOUR, [...pauses, ...pauses], null)).toEqual(due)
      }),
    )
  })

  it('move the due instant by their union up to it, and never by more', () => {
    fc.assert(
      fc.property(spans, fc.integer({ min: 1, max: 40 }), (pauses, hours) => {
        const { at: due, ran } = reachedAfter(start, hours * HOUR, pauses, null)
        const paused = lengthOf(within(unionOf(pauses), start, due as Date))
        expect((due as Date).getTime()).toBe(start.getTime() + hours * HOUR + paused)
        expect(lengthOf(ran)).toBe(hours * HOUR)
      }),
    )
  })

  it('leave exactly the time that runs, in a service window as well', () => {
    fc.assert(
      fc.property(spans, fc.integer({ min: 1, max: 40 }), (pauses, hours) => {
        const { at: due, ran } = reachedAfter(start, hours * HOUR, pauses, office)
        expect(lengthOf(ran)).toBe(hours * HOUR)
        expect(ran.at(-1)?.to).toEqual(due)
        for (const pause of unionOf(pauses)) expect(within(ran, pause.from, pause.to)).toEqual([])
      }),
    )
  })
})
