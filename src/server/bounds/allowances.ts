import { Failure } from '../../platform/failure.js'
import type { Caller } from '../../tenancy/index.js'
import { type Bucket, Buckets } from './buckets.js'

/** How much one process lets through. README prints the defaults. */
export interface AllowanceSettings {
  /** Requests a second of one caller. */
  requestRate: number
  /** Points a second of one caller; an operation may cost ten seconds of them. */
  costRate: number
  /** How many of its callers' allowances a tenant has for all of them. */
  tenantFactor: number
  /** Tokens and secrets a second that are refused to one address before it isn't listened to. */
  refusalRate: number
}

/**
 * A caller: 100 requests and 2,000 points a second, some eight pages of a portal; a tenant as much as ten of them. 10
 * refusals a second: a fleet with an expired token gets its answers, who tries keys gets nowhere.
 */
export const DEFAULT_ALLOWANCES: AllowanceSettings = {
  requestRate: 100,
  costRate: 2_000,
  tenantFactor: 10,
  refusalRate: 10,
}

/** A bucket holds ten seconds of its rate: a page that opens asks for much at once and is then read for a while. */
export const BURST_SECONDS = 10
/**
 * A tenant's holds one: its callers don't all open a page at the same moment, and if they did, its neighbours would feel what
 * they do together. By default that is as much as one caller may do at once.
 */
export const TENANT_BURST_SECONDS = 1

/** What a caller and its tenant may still do. */
export interface Allowance {
  requests: readonly [caller: Bucket, tenant: Bucket]
  cost: readonly [caller: Bucket, tenant: Bucket]
}

/** Buckets of callers, of tenants, of addresses and of clients at the token endpoint. */
export class Allowances {
  readonly #callerRequests: Buckets
  readonly #callerCost: Buckets
  readonly #tenantRequests: Buckets
  readonly #tenantCost: Buckets
  readonly #refusals: Buckets
  readonly #policy: string

  constructor({ requestRate, costRate, tenantFactor, refusalRate }: AllowanceSettings) {
    const buckets = (rate: number): Buckets => new Buckets(rate * BURST_SECONDS, rate)
    const [tenantRequests, tenantCost] = [requestRate * tenantFactor, costRate * tenantFactor]
    this.#callerRequests = buckets(requestRate)
    this.#callerCost = buckets(costRate)
    this.#tenantRequests = new Buckets(tenantRequests * TENANT_BURST_SECONDS, tenantRequests)
    // At least what one operation of one caller may cost, or nobody could ever afford it.
    this.#tenantCost = new Buckets(
      Math.max(tenantCost * TENANT_BURST_SECONDS, costRate * BURST_SECONDS),
      tenantCost,
    )
    this.#refusals = buckets(refusalRate)
    const policies = [
      `"caller";q=${requestRate * BURST_SECONDS};w=${BURST_SECONDS}`,
      `"tenant";q=${tenantRequests * TENANT_BURST_SECONDS};w=${TENANT_BURST_SECONDS}`,
    ]
    this.#policy = policies.join(', ')
  }

  of({ tenantId, issuer, subject, kind, customerId }: Caller): Allowance {
    const key = `${tenantId}\n${kind}\n${customerId}\n${issuer}\n${subject}`
    return {
      requests: [this.#callerRequests.of(key), this.#tenantRequests.of(tenantId)],
      cost: [this.#callerCost.of(key), this.#tenantCost.of(tenantId)],
    }
  }

  /** RateLimit header fields for HTTP, draft-ietf-httpapi-ratelimit-headers-10: what is left, and when it's all there again. */
  headers({ requests }: Allowance): Record<string, string> {
    const now = performance.now()
    const [caller, tenant] = requests.map((bucket, index) => {
      const full = Math.ceil(bucket.wait(bucket.capacity, now))
      return `"${index === 0 ? 'caller' : 'tenant'}";r=${bucket.left(now)};t=${full}`
    })
    return { 'ratelimit-policy': this.#policy, ratelimit: `${caller}, ${tenant}` }
  }

  /** Throws RATE_LIMITED once too many tokens or secrets of this address, or for this client, were refused. */
  requireTrust(whose: string): void {
    takeAll([this.#refusals.of(whose)], 1, false)
  }

  refused(whose: string): void {
    this.#refusals.of(whose).take(1)
  }
}

/** Takes from each bucket or from none. Throws RATE_LIMITED with the seconds after which there is enough in all of them. */
export function takeAll(buckets: readonly Bucket[], amount: number, really = true): void {
  const now = performance.now()
  const wait = Math.max(...buckets.map(bucket => bucket.wait(amount, now)))
  if (wait > 0) throw new Failure('RATE_LIMITED', { retryAfterSeconds: Math.ceil(wait) })
  if (really) for (const bucket of buckets) bucket.take(amount, now)
}
