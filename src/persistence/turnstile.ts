import { Failure } from '../platform/failure.js'

/** How many may wait for each connection of a tenant. 100: at a few milliseconds each the last one waits half a second. */
const WAITING_PER_CONNECTION = 100
/** A tenant counts among those who share for so long after it came: as long as its next request is likely to be of the same visit. */
const LATELY_MS = 1_000
/** When to come back to a queue that is full: it has moved on by then. */
const RETRY_SECONDS = 1

interface Line {
  inside: number
  readonly waiting: { enter: () => void; refuse: (why: Failure) => void; timer: NodeJS.Timeout }[]
}

/**
 * Stands before the pool, so that no tenant takes another's connections: a tenant holds so many at once and no more, who
 * waits is let in in turns between tenants and in order within one, and a tenant whose queue is full is told to come back.
 * One process counts for itself.
 */
export class Turnstile {
  readonly #places: number
  readonly #perTenant: number
  readonly #waitMs: number
  /** In the order in which tenants have their turn. */
  readonly #lines = new Map<string, Line>()
  /** When each tenant last came, the earliest first; of those who came lately alone. */
  readonly #came = new Map<string, number>()
  #inside = 0
  #waiting = 0

  constructor(places: number, perTenant: number, waitMs: number) {
    this.#places = places
    this.#perTenant = Math.min(perTenant, places)
    this.#waitMs = waitMs
  }

  /** Lets a tenant's work in, at once or when it's its turn; `leave` lets the next one in. Throws RATE_LIMITED or BUSY. */
  enter(tenantId: string): Promise<void> | null {
    this.#note(tenantId)
    let line = this.#lines.get(tenantId)
    if (!line) this.#lines.set(tenantId, (line = { inside: 0, waiting: [] }))
    if (this.#inside < this.#places && line.inside < this.#share && line.waiting.length === 0) {
      line.inside += 1
      this.#inside += 1
      return null
    }
    if (line.waiting.length >= this.#perTenant * WAITING_PER_CONNECTION)
      throw new Failure('RATE_LIMITED', { messageKey: 'TENANT_BUSY', retryAfterSeconds: RETRY_SECONDS })
    return this.#wait(tenantId, line)
  }

  leave(tenantId: string): void {
    const line = this.#lines.get(tenantId)
    if (!line) return
    line.inside -= 1
    this.#inside -= 1
    this.#forget(tenantId, line)
    if (this.#waiting > 0) this.#next()
  }

  /** Tenants that are inside or wait; of no other is anything kept. */
  get tenants(): string[] {
    return [...this.#lines.keys()]
  }

  /** What a tenant alone may hold, divided among those who came lately; one at least. */
  get #share(): number {
    return Math.max(1, Math.floor(this.#perTenant / this.#came.size))
  }

  #note(tenantId: string): void {
    const now = performance.now()
    this.#came.delete(tenantId)
    this.#came.set(tenantId, now)
    for (const [other, at] of this.#came) {
      if (now - at <= LATELY_MS) break
      this.#came.delete(other)
    }
  }

  #forget(tenantId: string, { inside, waiting }: Line): void {
    if (inside === 0 && waiting.length === 0) this.#lines.delete(tenantId)
  }

  #wait(tenantId: string, line: Line): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter = {
        enter: resolve,
        refuse: reject,
        timer: setTimeout(() => {
          line.waiting.splice(line.waiting.indexOf(waiter), 1)
          this.#waiting -= 1
          this.#forget(tenantId, line)
          reject(new Failure('TIMEOUT', { messageKey: 'BUSY', retryAfterSeconds: RETRY_SECONDS }))
        }, this.#waitMs),
      }
      line.waiting.push(waiter)
      this.#waiting += 1
    })
  }

  /** The first of the first tenant that may; that tenant then goes to the end. */
  #next(): void {
    for (const [tenantId, line] of this.#lines) {
      if (this.#inside >= this.#places) return
      if (line.inside >= this.#share) continue
      const waiter = line.waiting.shift()
      if (!waiter) continue
      clearTimeout(waiter.timer)
      this.#waiting -= 1
      line.inside += 1
      this.#inside += 1
      this.#lines.delete(tenantId)
      this.#lines.set(tenantId, line)
      waiter.enter()
      return
    }
  }
}
