/**
 * A bucket that fills by itself: what is taken comes back at a steady rate, up to what it holds. One process counts for
 * itself; several of them admit as much each.
 */
export class Bucket {
  readonly capacity: number
  readonly perSecond: number
  #left: number
  #at: number

  constructor(capacity: number, perSecond: number, now = performance.now()) {
    this.capacity = capacity
    this.perSecond = perSecond
    this.#left = capacity
    this.#at = now
  }

  /** What may be taken now. Never below zero: who owes waits, and has nothing. */
  left(now = performance.now()): number {
    this.#fill(now)
    return Math.max(0, Math.floor(this.#left))
  }

  /** Seconds until so much is there; 0: at once. */
  wait(amount: number, now = performance.now()): number {
    this.#fill(now)
    return this.#left >= amount ? 0 : (amount - this.#left) / this.perSecond
  }

  take(amount: number, now = performance.now()): void {
    this.#fill(now)
    this.#left -= amount
  }

  give(amount: number): void {
    this.#left = Math.min(this.capacity, this.#left + amount)
  }

  #fill(now: number): void {
    this.#left = Math.min(this.capacity, this.#left + ((now - this.#at) / 1_000) * this.perSecond)
    this.#at = now
  }
}

/** Buckets of one kind by whose they are. Full ones are forgotten once there are many: a new one is as full. */
export class Buckets {
  readonly #capacity: number
  readonly #perSecond: number
  readonly #buckets = new Map<string, Bucket>()
  #sweepAt = SWEEP_AT

  constructor(capacity: number, perSecond: number) {
    this.#capacity = capacity
    this.#perSecond = perSecond
  }

  of(key: string): Bucket {
    let bucket = this.#buckets.get(key)
    if (!bucket) {
      if (this.#buckets.size >= this.#sweepAt) this.#sweep()
      bucket = new Bucket(this.#capacity, this.#perSecond)
      this.#buckets.set(key, bucket)
    }
    return bucket
  }

  #sweep(): void {
    for (const [key, bucket] of this.#buckets) if (bucket.left() >= bucket.capacity) this.#buckets.delete(key)
    this.#sweepAt = Math.max(SWEEP_AT, this.#buckets.size * 2)
  }
}

/** As many callers of one process as are looked through in a millisecond. */
const SWEEP_AT = 10_000
