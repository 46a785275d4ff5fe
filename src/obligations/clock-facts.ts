/**
 * STARTED, PAUSED, RESUMED, STOPPED, REOPENED, CANCELLED, BROKEN: facts. UNDONE: what stopped it turned out not to have
 * happened. MISSED: a verdict. RECALCULATED: it counts by another calendar version from here on. CORRECTED: a fact was
 * otherwise than was known.
 */
export type ClockEventType = FactType | 'UNDONE' | 'MISSED' | 'RECALCULATED' | 'CORRECTED'

export type FactType = 'STARTED' | 'PAUSED' | 'RESUMED' | 'STOPPED' | 'REOPENED' | 'CANCELLED' | 'BROKEN'

/** Why a clock stands still; nothing else pauses one (domain.md, Clocks). */
export type PauseReason = 'SUSPENSION' | 'QUESTION' | 'UPGRADE_PROBLEM'

/** One row of a clock's events, in the order they were learnt. */
export interface ClockHappening {
  ordinal: number
  type: ClockEventType
  /** When it was so. */
  occurredAt: Date
  /** When Surety learnt it. */
  acceptedAt: Date
  /** Of a pause, and of its end. */
  reason: PauseReason | null
  /** Which question or problem paused it, or which finding says that it was broken; null for a suspension, which holds a scope as a whole. */
  causeId: string | null
  /** The calendar version it counts by from here on. */
  calendar: string | null
  /** Of a correction: what was so; null when what it corrects was not so at all. */
  fact: FactType | null
  /** Of a correction: the ordinal of the event that was wrong; null when it was missing. */
  corrects: number | null
}

/** Something that was so, after all corrections. */
export interface ClockFact {
  ordinal: number
  type: FactType
  occurredAt: Date
  /** Tells pauses for different reasons apart: each ends by itself. */
  cause: string
  /** Of a break, the finding that says so. */
  causeId: string | null
}

/** What was so, in the order it was so; at one instant, in the order it was learnt. */
export function factsOf(happened: readonly ClockHappening[]): ClockFact[] {
  const facts = new Map<number, ClockFact>()
  for (const event of happened) {
    if (event.type === 'UNDONE') forgetStop(facts)
    else if (event.type === 'CORRECTED') correct(facts, event)
    else if (event.type !== 'MISSED' && event.type !== 'RECALCULATED')
      facts.set(event.ordinal, factOf(event, event.type))
  }
  return [...facts.values()].sort(
    (one, other) => one.occurredAt.getTime() - other.occurredAt.getTime() || one.ordinal - other.ordinal,
  )
}

/** What a pause is told from others by. Suspensions were the only reason before reasons were kept. */
export const causeOf = (reason: PauseReason | null, id: string | null): string =>
  `${reason ?? 'SUSPENSION'} ${id ?? ''}`

const factOf = ({ ordinal, occurredAt, reason, causeId }: ClockHappening, type: FactType): ClockFact => ({
  ordinal,
  type,
  occurredAt,
  cause: causeOf(reason, causeId),
  causeId,
})

/** The last stop that was learnt: payments are entered in any order, and one that bounced is no longer one. */
function forgetStop(facts: Map<number, ClockFact>): void {
  const stop = [...facts.values()].findLast(({ type }) => type === 'STOPPED')
  if (stop) facts.delete(stop.ordinal)
}

function correct(facts: Map<number, ClockFact>, event: ClockHappening): void {
  const wrong = event.corrects === null ? undefined : facts.get(event.corrects)
  if (wrong) facts.delete(wrong.ordinal)
  if (event.fact === null) return
  const { occurredAt } = event
  // It keeps the place, and of a pause the cause, of what it corrects: a correction of it names the same event again.
  facts.set(
    wrong?.ordinal ?? event.ordinal,
    wrong ? { ...wrong, type: event.fact, occurredAt } : factOf(event, event.fact),
  )
}
