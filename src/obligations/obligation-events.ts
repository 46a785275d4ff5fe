import './obligation-event-data.js'
import type { EventActor, Operation } from '../persistence/index.js'
import { declareEvents } from '../tenancy/index.js'
import type { Occurrence } from './clock-events.js'
import { type Obligation, OBLIGATION_ID } from './obligation.js'

/** What can happen to a duty on its clock. */
declareEvents('obligation', 'BREACH', {
  started: 'A duty began, and its clock with it.',
  due_soon:
    'The last quarter of its time began: not less than 15 minutes, not more than three days. Said again when its due instant moves.',
  paused: 'Its clock stands still: its scope was suspended, or the customer was asked something.',
  resumed: 'Its clock goes on with what was left.',
  recalculated: 'Days that it waited for were published, and it was counted anew.',
  corrected:
    'A fact of its clock was otherwise than was known: `before` and `after` say the state and the due instant. What was found stays readable in its derivation.',
  met: 'It was done in time.',
  done_late: 'It was done after its due instant: it stays missed, and is made good.',
  missed: 'Its due instant passed and it was not done.',
  cancelled: 'It is owed no more: what it belonged to ended.',
  reopened:
    'What had met it was undone, or is to be done again: it is owed again. A miss stays one, and is no longer made good.',
})

/** Tells the journal what happened to an obligation. */
export function recordObligation(
  operation: Operation,
  obligation: Obligation,
  actor: EventActor,
  type: string,
  { occurredAt, acceptedAt }: Occurrence,
  more: Record<string, unknown> = {},
): void {
  operation.record({
    type,
    category: 'BREACH',
    subject: { kind: OBLIGATION_ID, id: obligation.id, revision: () => obligation.revision },
    customerId: obligation.customerId,
    agreementId: obligation.agreementId,
    clause: obligation.clause,
    actor,
    occurredAt,
    acceptedAt,
    // Not what it's about: that is of another data category, and `Obligation.subject` asks who may see it.
    data: { kind: obligation.kind, owedBy: obligation.owedBy, dueAt: obligation.dueAt, ...more },
  })
}
