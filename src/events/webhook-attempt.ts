import { type Fetched, FetchRefused, type GuardedFetch } from '../platform/guarded-fetch.js'
import type { DeliveryProblem, DeliveryState } from './webhook-delivery.js'
import { excerptOf } from './webhook-excerpt.js'
import { countAttempt } from './webhook-metrics.js'
import { signedHeaders } from './webhook-signing.js'

/** How long an answer is waited for (api.md), name and connection included: who must do more answers 202 and does it later. */
export const TIMEOUT_MS = 15_000
/** As much of an answer is read as its excerpt needs: 2 kB hold any sentence, also in an HTML page. */
const ANSWER_BYTES = 2_048

export interface Message {
  /** Of the event, the same at every attempt. */
  id: string
  body: string
  url: string
  secrets: readonly string[]
  /** When its event was taken down; null for a test. */
  acceptedAt: Date | null
}

export interface Attempted {
  state: Exclude<DeliveryState, 'PENDING'>
  problem: DeliveryProblem | null
  statusCode: number | null
  retryAfter: string | undefined
  excerpt: string | null
  latencyMs: number
  attemptedAt: Date
}

/**
 * Sends one message once. Null: it was cut short by `signal`, so nobody knows whether it arrived, and it counts for nothing.
 * The timestamp is this machine's own clock: receivers compare it with theirs, and no clock of ours decides by it.
 */
export async function attempt(
  outside: GuardedFetch,
  { id, body, url, secrets, acceptedAt }: Message,
  signal: AbortSignal,
): Promise<Attempted | null> {
  const attemptedAt = new Date()
  const startedAt = performance.now()
  const outcome = await outside
    .fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        ...signedHeaders(id, attemptedAt, body, secrets),
      },
      body,
      maxBytes: ANSWER_BYTES,
      cut: true,
      timeoutMs: TIMEOUT_MS,
      signal,
    })
    .then(judged, refused)
  if (outcome.state === 'FAILED' && outcome.problem !== 'STATUS' && signal.aborted) return null
  const latencyMs = Math.round(performance.now() - startedAt)
  countAttempt(outcome.state === 'DELIVERED' ? 'delivered' : outcome.problem, latencyMs, acceptedAt)
  return { retryAfter: undefined, statusCode: null, excerpt: null, ...outcome, latencyMs, attemptedAt }
}

type Outcome =
  | { state: 'DELIVERED'; problem: null; statusCode: number; excerpt: string | null }
  | {
      state: 'FAILED'
      problem: DeliveryProblem
      statusCode?: number | null
      excerpt?: string | null
      retryAfter?: string | undefined
    }

function judged({ status, headers, body }: Fetched): Outcome {
  const excerpt = excerptOf(body)
  if (status >= 200 && status < 300) return { state: 'DELIVERED', problem: null, statusCode: status, excerpt }
  const retryAfter = headers['retry-after']
  return {
    state: 'FAILED',
    problem: 'STATUS',
    statusCode: status,
    excerpt,
    retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
  }
}

/** What the address is to blame for, and what the way there. */
function refused(error: unknown): Outcome {
  if (!(error instanceof FetchRefused)) throw error
  switch (error.problem) {
    case 'redirect':
      return { state: 'FAILED', problem: 'REDIRECT', statusCode: error.status }
    case 'private-address':
      return { state: 'FAILED', problem: 'PRIVATE_ADDRESS' }
    case 'timeout':
      return { state: 'FAILED', problem: 'TIMEOUT' }
    case 'not-an-address':
    case 'not-https':
    case 'credentials':
      return { state: 'FAILED', problem: 'BAD_ADDRESS' }
    default:
      return { state: 'FAILED', problem: 'UNREACHABLE' }
  }
}
