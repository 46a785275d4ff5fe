import { insertRows, type EventActor, type Operation } from '../persistence/index.js'
import { formatMinor } from '../platform/money.js'
import { deriveYears } from './agreement-year.js'
import { Assessment } from './assessment.js'
import { keepRevisions } from './assessment-revision.js'
import type { RootCause } from './root-cause.js'

export const ASSESSMENT_ID = 'asm'

/**
 * After something happened to root causes: derives their prices and those behind them in the year, writes each as one
 * revision, keeps it, and says so.
 */
export async function reprice(
  operation: Operation,
  touched: readonly RootCause[],
  now: Date,
  actor: EventActor,
): Promise<void> {
  const revisions = new Map(touched.map(({ assessment }) => [assessment, assessment.revision]))
  const changed = await deriveYears(operation, touched, now)
  await operation.em.flush()
  const fresh = touched.flatMap(({ assessment, known }) => (known ? [] : assessment))
  await insertRows(operation, Assessment, fresh)
  const moved = touched.flatMap(({ assessment }) =>
    assessment.revision === revisions.get(assessment) ? [] : assessment,
  )
  await keepRevisions(operation, [
    ...new Set([...fresh, ...moved, ...changed.map(({ assessment }) => assessment)]),
  ])
  for (const { assessment, known } of changed) if (known) recordPrice(operation, assessment, now, actor)
}

/** Another price, as it was just flushed: whoever books it books what it adds. One that nothing stands behind any more was released. */
export function recordPrice(
  operation: Operation,
  assessment: Assessment,
  now: Date,
  actor: EventActor,
  type = assessment.isOver() ? 'assessment.released' : 'assessment.revised',
): void {
  const { currency, revision } = assessment
  const money = (minor: bigint | null | undefined): string | null =>
    minor == null || currency == null ? null : formatMinor({ minor, currency })
  operation.record({
    type,
    category: 'BREACH',
    subject: { kind: ASSESSMENT_ID, id: assessment.id, revision: () => revision },
    customerId: assessment.customerId,
    agreementId: assessment.agreementId,
    clause: type.startsWith('loss_claim') ? '5.3.2' : '5.3.1',
    actor,
    occurredAt: now,
    acceptedAt: now,
    data: {
      state: assessment.state,
      total: money(assessment.total),
      change: money(assessment.change),
      bookable: money(assessment.bookable),
      currency: currency ?? null,
    },
  })
}
