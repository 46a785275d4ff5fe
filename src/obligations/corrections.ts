import type { EventActor, Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { append, eventsOf } from './clock-events.js'
import { type ClockHappening, factsOf, type FactType } from './clock-facts.js'
import { type ClockReading } from './clock.js'
import { readAgain, readingOf } from './clock-reading.js'
import type { Obligation } from './obligation.js'
import { recordObligation } from './obligation-events.js'

/** What was so, by whoever is entitled to say it, with what shows it. */
export interface Correction {
  /** What was so; null: what `corrects` names was not so at all. */
  fact: FactType | null
  /** Ordinal of the event that was wrong; null: nothing was known of it. */
  corrects: number | null
  occurredAt: Date
  /** What shows it, at most 2,000 characters, checked by the caller. */
  evidence: string
}

/** A clock before and after it was learnt that something was otherwise: each with its verdict and its derivation. */
export interface Corrected {
  before: Derivation
  after: Derivation
}

/** A clock's reading with the events that it was read from. */
export interface Derivation {
  reading: ClockReading
  events: readonly ClockHappening[]
}

/** How a clock came to where it stands, as of an instant. */
export async function derivationOf(
  operation: Operation,
  obligation: Obligation,
  asOf: Date,
): Promise<Derivation> {
  const events = await eventsOf(operation, obligation)
  return { reading: await readingOf(operation, obligation, events, asOf), events }
}

/**
 * Something was otherwise than was known: a response that was given by telephone, a payment credited earlier, a pause that
 * nobody asked for. No event is rewritten; a CORRECTED one is added and the clock judged by what was so. The obligation is
 * locked by {@link lockObligation}. `obligation.corrected` says the state and the due instant before and after; a miss
 * that comes of it is an `obligation.missed` like any other.
 */
export async function correctObligation(
  operation: Operation,
  obligation: Obligation,
  correction: Correction,
  actor: EventActor,
  acceptedAt: Date,
): Promise<Corrected> {
  const before = await derivationOf(operation, obligation, acceptedAt)
  requireCorrectable(obligation, before, correction, acceptedAt)
  const was = { state: obligation.state, dueAt: obligation.dueAt }
  const { occurredAt, fact, corrects, evidence } = correction
  const at = { occurredAt, acceptedAt }
  await append(operation, obligation, 'CORRECTED', at, { fact, corrects, evidence })
  const events = await eventsOf(operation, obligation)
  // A forbearance whose end has passed meanwhile is kept when its alarm rings, which it does at once.
  const asOf = obligation.nature === 'DEADLINE' ? acceptedAt : null
  const reading = await readAgain(operation, obligation, events, acceptedAt, asOf)
  // From here on the miss stands by itself again, whatever is learnt without a correction. What broke a forbearance says so itself.
  if (obligation.state === 'MISSED' && obligation.nature === 'DEADLINE')
    await append(operation, obligation, 'MISSED', { occurredAt: obligation.dueAt, acceptedAt })
  recordObligation(operation, obligation, actor, 'obligation.corrected', at, {
    before: was,
    after: { state: obligation.state, dueAt: obligation.dueAt },
  })
  if (obligation.state === 'MISSED' && was.state !== 'MISSED')
    recordObligation(operation, obligation, actor, 'obligation.missed', {
      occurredAt: reading.missedAt ?? obligation.dueAt,
      acceptedAt,
    })
  return { before, after: { reading, events: await eventsOf(operation, obligation) } }
}

/**
 * It was done at another instant than was known, or was done where a miss had been found: the stop that counts is corrected,
 * whichever event it came of. Locked as for {@link correctObligation}.
 */
export async function correctStop(
  operation: Operation,
  obligation: Obligation,
  { doneAt, evidence }: { doneAt: Date; evidence: string },
  actor: EventActor,
  acceptedAt: Date,
): Promise<Corrected> {
  const stop = factsOf(await eventsOf(operation, obligation)).findLast(({ type }) => type === 'STOPPED')
  const correction = {
    fact: 'STOPPED',
    corrects: stop?.ordinal ?? null,
    occurredAt: doneAt,
    evidence,
  } as const
  return correctObligation(operation, obligation, correction, actor, acceptedAt)
}

/** What is corrected is a fact that stands, a clock without a start is none, a deadline isn't broken, and nothing is a fact before it happens. */
function requireCorrectable(
  { nature }: Obligation,
  { events }: Derivation,
  correction: Correction,
  acceptedAt: Date,
): void {
  const { fact, corrects, occurredAt } = correction
  const wrong = factsOf(events).find(({ ordinal }) => ordinal === corrects)
  if (corrects !== null && !wrong) {
    const known = events.some(({ ordinal }) => ordinal === corrects)
    throw known
      ? refuse('INVALID', { field: ['input', 'corrects'], messageKey: 'CORRECTS_NO_FACT' })
      : refuse('NOT_FOUND', { field: ['input', 'corrects'] })
  }
  const startGoes = wrong?.type === 'STARTED' && fact !== 'STARTED'
  const startsTwice = fact === 'STARTED' && wrong?.type !== 'STARTED'
  const breaksDeadline = fact === 'BROKEN' && nature === 'DEADLINE'
  if (startGoes || startsTwice || breaksDeadline || (fact === null && corrects === null))
    throw refuse('INVALID', { field: ['input', 'fact'] })
  if (occurredAt > acceptedAt) throw refuse('IN_FUTURE', { field: ['input', 'occurredAt'] })
}
