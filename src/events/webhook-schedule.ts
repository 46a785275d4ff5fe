const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * How long after the n-th failure an event is tried again (api.md, Webhooks): quickly at first, for what passes by itself,
 * then as seldom as somebody mends what doesn't. Past the last it's once a day, until {@link FAILING_DAYS} are over.
 */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
]
/** Up to this much later, at random: those that failed together don't come back together. A fifth spreads 5 minutes by one. */
const JITTER = 0.2
/** `Retry-After` is heeded up to here: as long as the longest of our own waits. */
const RETRY_AFTER_MOST_MS = DAY
/** After failing so long an endpoint is disabled (api.md): longer than a weekend with a holiday beside it. */
export const FAILING_DAYS = 5

/** What an endpoint that failed does next. */
export type Consequence = { retryAt: Date } | { disabled: 'GONE' | 'FAILING' }

export interface Failed {
  /** Failures of this event so far, this one included. */
  attempt: number
  failingSince: Date
  statusCode: number | null
  /** The answer's own `Retry-After`. */
  retryAfter: string | undefined
  now: Date
}

/** `chance`: from 0 up to 1. */
export function afterFailure(failed: Failed, chance = Math.random()): Consequence {
  const { attempt, failingSince, statusCode, retryAfter, now } = failed
  // 410: it says itself that it won't come back.
  if (statusCode === 410) return { disabled: 'GONE' }
  if (now.getTime() - failingSince.getTime() >= FAILING_DAYS * DAY) return { disabled: 'FAILING' }
  const scheduled = RETRY_DELAYS_MS[Math.min(attempt, RETRY_DELAYS_MS.length) - 1] as number
  const asked = Math.min(retryAfterMs(retryAfter, now), RETRY_AFTER_MOST_MS)
  // Never sooner than it asks, and never sooner than we would come by ourselves.
  const delay = Math.max(scheduled * (1 + JITTER * chance), asked)
  return { retryAt: new Date(now.getTime() + Math.round(delay)) }
}

/** RFC 9110, 10.2.3: seconds or a date; what is neither asks for nothing. */
export function retryAfterMs(header: string | undefined, now: Date): number {
  const text = header?.trim() ?? ''
  if (/^\d+$/.test(text)) return Number(text) * SECOND
  const at = text.endsWith('GMT') ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? 0 : Math.max(0, at - now.getTime())
}
