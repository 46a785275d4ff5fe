import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ClockHappening, readClock } from '../../src/obligations/index.js'
import { at, china, events, terms, type Told } from './kit.js'

// Clocks by their pure function: what was promised, what happened and which days are worked say when it falls due and
// whether it was kept. The same through the API, as far as rooms own such duties, is in test/tickets and test/invoices.

const QUESTION = { reason: 'QUESTION', causeId: 'q1' } as const
const OTHER = { reason: 'QUESTION', causeId: 'q2' } as const

describe('a clock in hours', () => {
  it('T1: is kept at its very due instant, and missed a millisecond later', () => {
    const started: Told = ['STARTED', at('2026-02-16T23:30')]
    const due = at('2026-02-17T01:30')
    const stoppedAt = (ms: number) =>
      readClock(terms('2'), events(started, ['STOPPED', new Date(due.getTime() + ms)]), null, null)
    expect(stoppedAt(0)).toMatchObject({ dueAt: due, state: 'MET', stoppedAt: due })
    expect(stoppedAt(1)).toMatchObject({ dueAt: due, state: 'MISSED' })
  })

  it('T2: in a service window goes on at the next opening, after a make-up Saturday and Spring Festival', () => {
    const window = { opens: '09:00', closes: '18:00' }
    const reading = readClock(
      terms('2', 'HOURS', { window }),
      events(['STARTED', at('2026-02-14T17:30'), { calendar: china.version }]),
      china,
      null,
    )
    expect(reading).toMatchObject({ dueAt: at('2026-02-24T10:30'), provisional: false })
    expect(reading.due.stretches.map(({ kind, from, to }) => [kind, from, to])).toEqual([
      ['RAN', at('2026-02-14T17:30'), at('2026-02-14T18:00')],
      ['CLOSED', at('2026-02-14T18:00'), at('2026-02-24T09:00')],
      ['RAN', at('2026-02-24T09:00'), at('2026-02-24T10:30')],
    ])
  })

  it('T3: stands still while the customer is asked, and the response does not', () => {
    const asked: Told[] = [
      ['PAUSED', at('2026-03-02T15:00'), QUESTION],
      ['RESUMED', at('2026-03-03T09:30'), QUESTION],
    ]
    const started: Told = ['STARTED', at('2026-03-02T10:00')]
    expect(readClock(terms('24'), events(started, ...asked), null, null)).toMatchObject({
      state: 'RUNNING',
      dueAt: at('2026-03-04T04:30'),
    })
    expect(readClock(terms('2'), events(started), null, null).dueAt).toEqual(at('2026-03-02T12:00'))
  })

  it('T4: goes on where it stopped when it is reopened', () => {
    const reading = readClock(
      terms('8'),
      events(
        ['STARTED', at('2026-03-10T09:00')],
        ['STOPPED', at('2026-03-10T14:00')],
        ['REOPENED', at('2026-03-11T10:00')],
      ),
      null,
      null,
    )
    expect(reading).toMatchObject({ state: 'RUNNING', dueAt: at('2026-03-11T13:00'), stoppedAt: null })
  })

  it('a stop that turned out not to have happened leaves the due instant where it was', () => {
    const started: Told = ['STARTED', at('2026-03-10T09:00')]
    const undone = events(started, ['STOPPED', at('2026-03-10T14:00')], ['UNDONE', at('2026-03-11T10:00')])
    expect(readClock(terms('8'), undone, null, null)).toMatchObject({
      state: 'RUNNING',
      dueAt: at('2026-03-10T17:00'),
    })
  })

  it('T5: keeps the hours it started with: they are of its terms, which nobody changes', () => {
    const reading = readClock(terms('24'), events(['STARTED', at('2026-03-31T20:00')]), null, null)
    expect(reading.dueAt).toEqual(at('2026-04-01T20:00'))
  })

  it('T20: runs through holidays', () => {
    const reading = readClock(terms('12'), events(['STARTED', at('2026-04-30T23:00')]), null, null)
    expect(reading.dueAt).toEqual(at('2026-05-01T11:00'))
  })

  it('T22: 24 h is not "same time tomorrow" across DST', () => {
    const reading = readClock(
      terms('24'),
      events(['STARTED', new Date('2026-03-28T12:00+01:00')]),
      null,
      null,
    )
    expect(reading.dueAt).toEqual(new Date('2026-03-29T13:00+02:00'))
  })
})

describe('what naive code gets wrong', () => {
  const started: Told = ['STARTED', at('2026-03-02T10:00')]
  const due = at('2026-03-02T12:00')
  const read = (...more: Told[]) => readClock(terms('2'), events(started, ...more), null, null)

  it('exactly on the deadline: hours are kept then, days are over', () => {
    expect(read(['STOPPED', due]).state).toBe('MET')
    const day = (stop: Date) =>
      readClock(terms('1', 'DAYS'), events(started, ['STOPPED', stop]), null, null).state
    expect(day(at('2026-03-03T23:59:59.999'))).toBe('MET')
    expect(day(at('2026-03-04T00:00'))).toBe('MISSED')
  })

  it('a response after a pause began is in time, however late', () => {
    expect(
      read(['PAUSED', at('2026-03-02T11:00'), QUESTION], ['STOPPED', at('2026-03-09T11:00')]),
    ).toMatchObject({ state: 'MET', stoppedAt: at('2026-03-09T11:00') })
  })

  it('overlapping pauses count once', () => {
    const reading = read(
      ['PAUSED', at('2026-03-02T11:00'), QUESTION],
      ['PAUSED', at('2026-03-02T11:30'), OTHER],
      ['RESUMED', at('2026-03-02T12:00'), QUESTION],
      ['RESUMED', at('2026-03-02T12:30'), OTHER],
    )
    expect(reading.dueAt).toEqual(at('2026-03-02T13:30'))
    expect(reading.pauses).toHaveLength(2)
  })

  it('overlapping pauses of which one goes on: the clock stands still since the first began', () => {
    const reading = read(
      ['PAUSED', at('2026-03-02T11:00'), QUESTION],
      ['PAUSED', at('2026-03-02T11:30'), OTHER],
      ['RESUMED', at('2026-03-02T12:00'), QUESTION],
    )
    expect(reading).toMatchObject({ state: 'PAUSED', pausedSince: at('2026-03-02T11:00'), dueAt: due })
  })

  it('zero-length pauses move nothing', () => {
    const moment = at('2026-03-02T11:00')
    expect(read(['PAUSED', moment, QUESTION], ['RESUMED', moment, QUESTION])).toMatchObject({
      state: 'RUNNING',
      dueAt: due,
    })
  })

  it('a pause after the deadline cures nothing, nor does one at the deadline', () => {
    for (const pause of [due, new Date(due.getTime() + 1)])
      expect(
        readClock(terms('2'), events(started, ['PAUSED', pause, QUESTION]), null, at('2026-03-02T13:00')),
      ).toMatchObject({ state: 'MISSED', dueAt: due, pausedSince: null })
  })

  it('recomputation on read rewrites no past breach: facts that are learnt after a verdict wait for a correction', () => {
    const missed: Told[] = [['MISSED', due, { acceptedAt: at('2026-03-02T12:00:01') }]]
    const earlier: Told = ['STOPPED', at('2026-03-02T11:00'), { acceptedAt: at('2026-03-03T09:00') }]
    expect(read(...missed, earlier)).toMatchObject({ state: 'MISSED', stoppedAt: at('2026-03-02T11:00') })
    const corrected: Told = [
      'CORRECTED',
      at('2026-03-02T11:00'),
      { fact: 'STOPPED', acceptedAt: at('2026-03-03T09:00') },
    ]
    expect(read(...missed, corrected)).toMatchObject({ state: 'MET', stoppedAt: at('2026-03-02T11:00') })
  })

  it('calendar edited after the verdict: a clock is read by the version that it was counted by', () => {
    const first = events(['STARTED', at('2026-02-11T16:20'), { calendar: 'CN 2026' }])
    const reading = readClock(terms('5', 'WORKING_DAYS'), first, china, null)
    expect(reading).toMatchObject({ calendar: 'CN 2026', dueAt: at('2026-02-26T00:00') })
  })

  it('month ends chained month by month: three months from 31 January are until 30 April', () => {
    const of = (months: string) =>
      readClock(terms(months, 'MONTHS'), events(['STARTED', at('2026-01-31T10:00')]), null, null).dueAt
    expect(of('1')).toEqual(at('2026-03-01T00:00'))
    expect(of('2')).toEqual(at('2026-04-01T00:00'))
    expect(of('3')).toEqual(at('2026-05-01T00:00'))
  })

  it('T7: backward working-day counting: five clear days before 12 October are not 28 September plus a week', () => {
    const lead = terms('5', 'WORKING_DAYS', { before: '2026-10-12' })
    const received = (when: string) =>
      readClock(
        lead,
        events(['STARTED', at('2026-09-20T09:00'), { calendar: 'CN 2026' }], ['STOPPED', at(when)]),
        china,
        null,
      )
    expect(received('2026-09-28T23:59:59.999')).toMatchObject({ dueAt: at('2026-09-29T00:00'), state: 'MET' })
    expect(received('2026-09-29T00:00').state).toBe('MISSED')
    expect(received('2026-09-29T09:00').state).toBe('MISSED')
  })
})

describe('a clock in days', () => {
  it('T6: five working days over Spring Festival are 12, 13, 14, 24 and 25 February', () => {
    const reading = readClock(
      terms('5', 'WORKING_DAYS'),
      events(['STARTED', at('2026-02-11T16:20'), { calendar: 'CN 2026' }]),
      china,
      null,
    )
    expect(reading.dueAt).toEqual(at('2026-02-26T00:00'))
    expect(reading.due.stretches.map(({ kind, from, days }) => [kind, from, days])).toEqual([
      ['FIRST_DAY', at('2026-02-11T00:00'), 1],
      ['RAN', at('2026-02-12T00:00'), 3],
      ['REST_DAY', at('2026-02-15T00:00'), 9],
      ['RAN', at('2026-02-24T00:00'), 2],
    ])
  })

  it('T10: a payment rolls over rest days, a term does not', () => {
    const of = (rolls: boolean) =>
      readClock(
        terms('30', 'DAYS', { rolls }),
        events(['STARTED', at('2026-01-16T10:00'), { calendar: 'CN 2026' }]),
        china,
        null,
      ).dueAt
    expect(of(true)).toEqual(at('2026-02-25T00:00'))
    expect(of(false)).toEqual(at('2026-02-16T00:00'))
  })

  it('T24: over days that nobody has published is an estimate, and nobody is late by it', () => {
    const started: Told = ['STARTED', at('2026-12-30T10:00'), { calendar: 'CN 2026' }]
    const long = at('2027-03-01T00:00')
    const five = terms('5', 'WORKING_DAYS')
    expect(readClock(five, events(started), china, long)).toMatchObject({
      provisional: true,
      state: 'RUNNING',
    })
    expect(readClock(five, events(started, ['STOPPED', long]), china, long)).toMatchObject({ state: 'MET' })
    const one = readClock(terms('1', 'WORKING_DAYS'), events(started), china, long)
    expect(one).toMatchObject({ provisional: false, state: 'MISSED', dueAt: at('2027-01-01T00:00') })
  })

  it('does not count a day on which it stood still, and counts days of overlapping pauses once', () => {
    const window = terms('5', 'WORKING_DAYS')
    const problem = { reason: 'UPGRADE_PROBLEM', causeId: 'p' } as const
    const reading = readClock(
      window,
      events(
        ['STARTED', at('2026-02-11T16:20'), { calendar: 'CN 2026' }],
        ['PAUSED', at('2026-02-13T10:00'), problem],
        ['PAUSED', at('2026-02-13T11:00')],
        ['RESUMED', at('2026-02-24T15:00'), problem],
        ['RESUMED', at('2026-02-24T16:00')],
      ),
      china,
      null,
    )
    // 12, 25, 26, 27 and the make-up Saturday, 28 February.
    expect(reading.dueAt).toEqual(at('2026-03-01T00:00'))
  })

  it('of a forbearance is kept by its end, and missed when it is broken before', () => {
    const secret = terms('5', 'YEARS', {}, 'FORBEARANCE')
    const started: Told = ['STARTED', at('2026-03-31T18:00')]
    const end = at('2031-04-01T00:00')
    expect(readClock(secret, events(started), null, new Date(end.getTime() - 1)).state).toBe('RUNNING')
    expect(readClock(secret, events(started), null, end)).toMatchObject({ state: 'MET', stoppedAt: end })
    const leak: Told = ['BROKEN', at('2030-01-01T00:00')]
    expect(readClock(secret, events(started, leak), null, end)).toMatchObject({ state: 'MISSED' })
    expect(readClock(secret, events(started, ['BROKEN', end]), null, end).state).toBe('MET')
  })
})

describe('a correction', () => {
  const started: Told = ['STARTED', at('2026-03-02T10:00')]
  const due = at('2026-03-02T12:00')
  const learnt = { acceptedAt: at('2026-03-03T09:00') }

  it('may say that what had met it was not so: then it was missed', () => {
    const auto: Told[] = [started, ['STOPPED', at('2026-03-02T10:00:01')]]
    expect(readClock(terms('2'), events(...auto), null, null).state).toBe('MET')
    const away: Told = ['CORRECTED', at('2026-03-02T10:00:01'), { corrects: 1, fact: null, ...learnt }]
    expect(readClock(terms('2'), events(...auto, away), null, learnt.acceptedAt)).toMatchObject({
      state: 'MISSED',
      dueAt: due,
      stoppedAt: null,
    })
  })

  it('may be corrected again: it names the same event', () => {
    const stop: Told = ['STOPPED', at('2026-03-02T12:30')]
    const first: Told = ['CORRECTED', at('2026-03-02T11:30'), { corrects: 1, fact: 'STOPPED', ...learnt }]
    const second: Told = ['CORRECTED', at('2026-03-02T12:10'), { corrects: 1, fact: 'STOPPED', ...learnt }]
    const state = (...told: Told[]) => readClock(terms('2'), events(started, stop, ...told), null, null).state
    expect(state(first)).toBe('MET')
    expect(state(first, second)).toBe('MISSED')
  })
})

describe('whatever happens to a clock', () => {
  const start = at('2026-03-02T10:00')
  const MINUTE = 60_000
  const minute = (n: number): Date => new Date(start.getTime() + n * MINUTE)
  const types = ['PAUSED', 'RESUMED', 'STOPPED', 'REOPENED'] as const
  const tales = fc
    .array(
      fc.record({ type: fc.constantFrom(...types), cause: fc.constantFrom('a', 'b', 'c'), gap: fc.nat(90) }),
      {
        maxLength: 20,
      },
    )
    .map(tale => {
      let now = 0
      return events(
        ['STARTED', start],
        ...tale.map(({ type, cause, gap }): Told => {
          now += gap
          return [type, minute(now), { reason: 'QUESTION', causeId: cause }]
        }),
      )
    })

  /** The same by walking through every minute: what runs, runs. */
  function walk(
    tale: readonly ClockHappening[],
    minutes: number,
  ): { due: Date | null; stopped: Date | null } {
    const open = new Set<string>()
    let [left, stopped]: [number, Date | null] = [minutes, null]
    for (let now = 0; now <= 20 * 91 + minutes; now++) {
      for (const event of tale.filter(each => each.occurredAt.getTime() === minute(now).getTime())) {
        if (event.type === 'PAUSED') open.add(event.causeId as string)
        if (event.type === 'RESUMED') open.delete(event.causeId as string)
        if (event.type === 'STOPPED' && stopped === null) {
          stopped = event.occurredAt
          open.clear()
        }
        if (event.type === 'REOPENED') stopped = null
      }
      // What is done at the very due instant is kept, and due at once when it's taken up again.
      if (left === 0 && stopped === null) return { due: minute(now), stopped }
      if (left > 0 && open.size === 0 && stopped === null) left -= 1
    }
    return { due: null, stopped }
  }

  it('it falls due when it has run its time, and is kept if it was done by then', () => {
    fc.assert(
      fc.property(tales, fc.integer({ min: 1, max: 300 }), (tale, minutes) => {
        const end = minute(20 * 91 + minutes)
        const reading = readClock(terms(String(minutes / 60)), tale, null, end)
        const { due, stopped } = walk(tale, minutes)
        if (due === null) expect(reading.state).toBe(stopped === null ? 'PAUSED' : 'MET')
        else expect(reading).toMatchObject({ state: 'MISSED', dueAt: due })
      }),
    )
  })

  it('its pauses are their union and never more, and what it ran is what was given', () => {
    fc.assert(
      fc.property(tales, fc.integer({ min: 1, max: 300 }), (tale, minutes) => {
        const { due, startedAt, dueAt } = readClock(terms(String(minutes / 60)), tale, null, null)
        const sum = (kind: string): number =>
          due.stretches
            .filter(stretch => stretch.kind === kind)
            .reduce((total, { from, to }) => total + to.getTime() - from.getTime(), 0)
        expect(sum('RAN')).toBe(minutes * MINUTE)
        expect(sum('PAUSED')).toBe(dueAt.getTime() - startedAt.getTime() - minutes * MINUTE)
        // Without a gap, and without an overlap.
        let last = startedAt
        for (const { from, to } of due.stretches) {
          expect(from).toEqual(last)
          last = to
        }
        expect(last).toEqual(dueAt)
      }),
    )
  })

  it('read twice it is the same, and learnt in another order it is what was so', () => {
    fc.assert(
      fc.property(tales, fc.infiniteStream(fc.nat()), (tale, picks) => {
        const of = (happened: readonly ClockHappening[]) => readClock(terms('3'), happened, null, null)
        expect(of(tale)).toEqual(of(tale))
        // Only what was so at different instants has an order to be told by.
        fc.pre(new Set(tale.map(each => each.occurredAt.getTime())).size === tale.length)
        const [first, ...rest] = tale as [ClockHappening, ...ClockHappening[]]
        const keys = new Map(rest.map(each => [each, picks.next().value as number]))
        const shuffled = [first, ...rest.sort((one, other) => (keys.get(one) ?? 0) - (keys.get(other) ?? 0))]
        const { pauses: _, ...told } = of(shuffled.map((each, ordinal) => ({ ...each, ordinal })))
        const { pauses: __, ...so } = of(tale)
        expect(told).toEqual(so)
      }),
    )
  })
})
