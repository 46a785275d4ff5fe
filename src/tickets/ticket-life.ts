import type { Span } from '../agreements/index.js'
import type { PauseCause } from '../obligations/index.js'
import type { Operation } from '../persistence/index.js'
import type { Ticket } from './ticket.js'
import { TicketAct } from './ticket-act.js'
import { TicketQuestion } from './ticket-question.js'

/** What happened to a ticket that a clock cares about. */
export interface TicketLife {
  /** Just received: nothing has happened yet, and it has no clock. */
  isNew: boolean
  respondedAt: Date | null
  /** In order. */
  solvedAndReopened: { type: 'RESOLVED' | 'REOPENED'; at: Date }[]
  /** When a question to the customer was open. They may overlap. */
  questions: (Span & { id: string })[]
}

export const NEWBORN: TicketLife = { isNew: true, respondedAt: null, solvedAndReopened: [], questions: [] }

export async function lifeOf(operation: Operation, ticket: Ticket): Promise<TicketLife> {
  const of = { tenantId: ticket.tenantId, ticketId: ticket.id }
  const acts = await operation.em.find(
    TicketAct,
    { ...of, type: { $in: ['RESOLVED', 'REOPENED'] } },
    { orderBy: { at: 'asc', id: 'asc' } },
  )
  const questions = await operation.em.find(TicketQuestion, of)
  return {
    isNew: false,
    respondedAt: ticket.respondedAt ?? null,
    solvedAndReopened: acts.map(({ type, at }) => ({ type: type as 'RESOLVED' | 'REOPENED', at })),
    questions: questions.map(({ id, createdAt, endedAt }) => ({
      id,
      from: createdAt,
      until: endedAt ?? null,
    })),
  }
}

/** One thing that moves a clock. HOLD and FREE come in pairs, each for a cause of its own: it stands still while any holds it. */
export type Turn =
  | { at: Date; does: 'STOP' | 'REOPEN' }
  | { at: Date; does: 'HOLD' | 'FREE'; cause: PauseCause }

/** What a life and the suspensions of its scope mean to one clock. Only the fix is held by questions, and gone on with when the ticket is reopened. */
export function turnsOf(life: TicketLife, isFix: boolean, suspensions: readonly Span[]): Turn[] {
  const causes = [
    ...joined(suspensions).map(span => ({ ...span, cause: { reason: 'SUSPENSION', id: null } as const })),
    ...(isFix ? life.questions : []).map(span => ({
      ...span,
      cause: { reason: 'QUESTION', id: span.id } as const,
    })),
  ]
  const held = causes.flatMap(({ from, until, cause }): Turn[] => [
    { at: from, does: 'HOLD', cause },
    ...(until ? [{ at: until, does: 'FREE', cause } as const] : []),
  ])
  if (isFix)
    return [
      ...held,
      ...life.solvedAndReopened.map(
        ({ type, at }): Turn => ({ at, does: type === 'RESOLVED' ? 'STOP' : 'REOPEN' }),
      ),
    ]
  return life.respondedAt ? [...held, { at: life.respondedAt, does: 'STOP' }] : held
}

/** A scope is suspended once, however many suspensions it lies in. */
function joined(spans: readonly Span[]): Span[] {
  const union: Span[] = []
  for (const span of [...spans].sort((a, b) => a.from.getTime() - b.from.getTime())) {
    const last = union.at(-1)
    if (last && (last.until === null || span.from <= last.until))
      last.until = last.until && span.until && (span.until > last.until ? span.until : last.until)
    else union.push({ ...span })
  }
  return union
}

/** In the order in which they happened. At one instant a hold comes before its end. */
export const inOrder = (turns: readonly Turn[]): Turn[] =>
  [...turns].sort(
    (a, b) => a.at.getTime() - b.at.getTime() || Number(b.does === 'HOLD') - Number(a.does === 'HOLD'),
  )
