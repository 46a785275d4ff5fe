import { NEVER, type Span, unionOf, type WorkingDays } from '../calendar/index.js'
import { type ClockFact, type ClockHappening, factsOf } from './clock-facts.js'
import type { ClockTerms } from './clock-terms.js'
import { type Due, dueOf, isByHours, isPast } from './due.js'

export type ObligationState = 'RUNNING' | 'PAUSED' | 'MET' | 'MISSED' | 'CANCELLED'

/** Where a clock stands, as its events and nothing else tell. */
export interface ClockReading {
  state: ObligationState
  startedAt: Date
  dueAt: Date
  provisional: boolean
  stoppedAt: Date | null
  pausedSince: Date | null
  /** The calendar version that counts; null where none is needed. */
  calendar: string | null
  /** Each pause by itself: of overlapping ones the clock took their union. */
  pauses: PauseReading[]
  /** Each time a forbearance was broken within its term, the earliest first. */
  breaks: BreakReading[]
  /** When it was missed: a deadline at its due instant, a forbearance when it was first broken. Null while it isn't. */
  missedAt: Date | null
  due: Due
}

export interface BreakReading {
  /** Of the event that says so. */
  ordinal: number
  /** The finding that says so; null where it was stated as a fact. */
  findingId: string | null
  at: Date
}

export interface PauseReading {
  /** Of the event that began it. */
  ordinal: number
  /** The reason, and which question or problem it was. */
  cause: string
  from: Date
  until: Date | null
}

/**
 * Reads a clock from its events, as of an instant, or as far as it was judged: the due instant, and the verdict. Pure, so that whoever has the events
 * and the days of the calendar version that the last of them names reads the same. A miss that was found stands, whatever is learnt later, until a correction.
 */
export function readClock(
  terms: ClockTerms,
  happened: readonly ClockHappening[],
  days: WorkingDays | null,
  asOf: Date | null,
): ClockReading {
  const facts = factsOf(happened)
  const calendar = happened.findLast(event => event.calendar !== null)?.calendar ?? null
  const run = runOf(facts)
  const { stood, openSince } = stillness(run)
  const counted = dueOf(terms, run.startedAt, stood, days)
  // A pause that begins when the time is up, or later, cures nothing.
  const frozenSince = openSince !== null && openSince < counted.at ? openSince : null
  const due = dueWhenTakenUp(terms, counted, run.done)
  const judged = isMissFound(happened) ? missed(run) : verdictOf(terms, run, due, frozenSince, asOf)
  const breaks = run.breaks.filter(({ at }) => !isPast(terms.unit, due.at, at))
  return {
    ...judged,
    breaks,
    missedAt: judged.state === 'MISSED' ? (breaks[0]?.at ?? due.at) : null,
    startedAt: run.startedAt,
    dueAt: due.at,
    provisional: due.provisional,
    pausedSince: judged.state === 'PAUSED' ? frozenSince : null,
    calendar,
    pauses: run.pauses,
    due,
  }
}

/** Its pauses alone: they need no calendar. */
export const pausesOf = (happened: readonly ClockHappening[]): PauseReading[] =>
  runOf(factsOf(happened)).pauses

/** What became of a clock, in the order it was so. */
interface ClockRun {
  startedAt: Date
  pauses: PauseReading[]
  /** It was done and taken up again: between the two it stood still. */
  done: Span[]
  /** When it was done, and hasn't been taken up again. */
  stoppedAt: Date | null
  cancelledAt: Date | null
  /** A forbearance that was broken: each time. */
  breaks: BreakReading[]
}

function runOf(facts: readonly ClockFact[]): ClockRun {
  const started = facts.find(fact => fact.type === 'STARTED')
  if (!started) throw new Error('a clock begins with its start')
  const run: ClockRun = {
    startedAt: started.occurredAt,
    pauses: [],
    done: [],
    stoppedAt: null,
    cancelledAt: null,
    breaks: [],
  }
  for (const fact of facts) take(run, fact)
  return run
}

function take(run: ClockRun, { type, occurredAt, ordinal, cause, causeId }: ClockFact): void {
  const open = run.pauses.filter(pause => pause.until === null)
  const held = open.find(pause => pause.cause === cause)
  if (type === 'PAUSED' && !held) run.pauses.push({ ordinal, cause, from: occurredAt, until: null })
  if (type === 'RESUMED' && held) held.until = occurredAt
  if (type === 'STOPPED' && run.stoppedAt === null) {
    run.stoppedAt = occurredAt
    // What is done waits for nothing: taken up again it goes on, unless something holds it anew.
    for (const pause of open) pause.until = occurredAt
  }
  if (type === 'REOPENED' && run.stoppedAt !== null) {
    run.done.push({ from: run.stoppedAt, to: occurredAt })
    run.stoppedAt = null
  }
  if (type === 'CANCELLED') run.cancelledAt ??= occurredAt
  if (type === 'BROKEN') run.breaks.push({ ordinal, findingId: causeId, at: occurredAt })
}

/** The union of what stood still and went on again; and since when it stands still, if it does. */
function stillness({ pauses, done }: ClockRun): { stood: Span[]; openSince: Date | null } {
  const spans = pauses.map(({ from, until }) => ({ from, to: until ?? NEVER }))
  const stood = unionOf([...spans, ...done])
  const last = stood.at(-1)
  if (last?.to.getTime() !== NEVER.getTime()) return { stood, openSince: null }
  return { stood: stood.slice(0, -1), openSince: last.from }
}

/** Done at the very due instant it was kept, with nothing left: taken up again it's due at once. */
function dueWhenTakenUp({ unit }: Pick<ClockTerms, 'unit'>, due: Due, done: readonly Span[]): Due {
  const span =
    isByHours(unit) && done.find(({ from, to }) => from < to && from.getTime() === due.at.getTime())
  if (!span) return due
  const stretches = [...due.stretches, { ...span, kind: 'PAUSED', days: null } as const]
  return dueWhenTakenUp({ unit }, { ...due, at: span.to, stretches }, done)
}

type Judged = Pick<ClockReading, 'state' | 'stoppedAt'>

/** It was found missed, and no correction came after. */
const isMissFound = (happened: readonly ClockHappening[]): boolean =>
  happened.findLastIndex(({ type }) => type === 'MISSED') >
  happened.findLastIndex(({ type }) => type === 'CORRECTED')

/** Done after a miss it was made good. */
const missed = ({ stoppedAt }: ClockRun): Judged => ({ state: 'MISSED', stoppedAt })

function verdictOf(
  { nature, unit }: ClockTerms,
  run: ClockRun,
  due: Due,
  frozenSince: Date | null,
  asOf: Date | null,
): Judged {
  const { stoppedAt, cancelledAt } = run
  const brokenAt = run.breaks[0]?.at ?? null
  // Nobody is late by an estimate.
  const isLate = (at: Date | null): boolean =>
    at !== null && !due.provisional && frozenSince === null && isPast(unit, due.at, at)
  if (brokenAt !== null && !isLate(brokenAt)) return { state: 'MISSED', stoppedAt: null }
  const ended = earliest(stoppedAt, cancelledAt)
  if (nature === 'FORBEARANCE' && isLate(ended ?? asOf)) return { state: 'MET', stoppedAt: due.at }
  if (isLate(ended ?? asOf)) return missed(run)
  if (ended === null) return { state: frozenSince === null ? 'RUNNING' : 'PAUSED', stoppedAt: null }
  return { state: ended === stoppedAt ? 'MET' : 'CANCELLED', stoppedAt: ended }
}

function earliest(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other
  return one <= other ? one : other
}
