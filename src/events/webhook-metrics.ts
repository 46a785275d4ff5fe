import { counter, gauge, gaugeOver, histogram } from '../platform/metrics.js'

/** None of these names an endpoint, a tenant or an address. */

const attempts = counter(
  'surety_webhook_attempts_total',
  'Attempts to deliver a webhook, by what came of it.',
  ['outcome'],
)

/** From a receiver nearby to the timeout, 15 s. */
const ATTEMPT_SECONDS = [0.01, 0.05, 0.25, 1, 5, 15]

const attemptSeconds = histogram(
  'surety_webhook_attempt_seconds',
  'How long a receiver took to answer, or did not.',
  [],
  ATTEMPT_SECONDS,
)

/** From the promise of a stream, a second, to a day of retries. */
const LAG_SECONDS = [0.5, 1, 5, 60, 600, 3_600, 86_400]

const lagSeconds = histogram(
  'surety_webhook_lag_seconds',
  'From the instant an event was taken down to its arrival at an endpoint.',
  [],
  LAG_SECONDS,
)

export const endpointsDisabled = counter(
  'surety_webhook_endpoints_disabled_total',
  'Endpoints that this process disabled, by reason.',
  ['reason'],
)

export const deliveringNow = gauge(
  'surety_webhook_endpoints_delivering',
  'Endpoints that this process delivers to now.',
)

/** What each endpoint that this process failed to reach waits with: since when, and until when another try is due. */
export const stuck = new Map<string, { since: number; until: number }>()
/** After its next try is due by so much, it's no longer ours: another process has tried, or nobody will. */
const FORGET_MS = 60_000

gaugeOver(
  'surety_webhook_oldest_undelivered_seconds',
  'Age of the oldest event that waits for an endpoint which failed; of those that this process tried last.',
  (waiting: typeof stuck) => {
    const now = Date.now()
    for (const [id, { until }] of waiting) if (now > until + FORGET_MS) waiting.delete(id)
    const oldest = Math.min(now, ...[...waiting.values()].map(({ since }) => since))
    return (now - oldest) / 1000
  },
).add(stuck)

/** Counts an attempt. `acceptedAt`: when its event was taken down; null for a test. */
export function countAttempt(outcome: string, latencyMs: number, acceptedAt: Date | null): void {
  attempts.inc({ outcome })
  attemptSeconds.observe(latencyMs / 1000)
  if (outcome === 'delivered' && acceptedAt)
    lagSeconds.observe(Math.max(0, Date.now() - acceptedAt.getTime()) / 1000)
}
