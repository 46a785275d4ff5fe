/**
 * A small generator of random numbers with a seed (mulberry32: 32 bits of state, the full period of 2^32). Every draw
 * takes exactly one number, whatever it's drawn from, so that the same seed makes the same operations even where the ids
 * in the pools are others.
 */
export class Random {
  readonly seed: number
  #state: number

  constructor(seed: number) {
    this.seed = seed >>> 0
    this.#state = this.seed
  }

  /** From 0 up to, but not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(list: readonly T[]): T {
    const index = Math.floor(this.next() * list.length)
    return list[index] as T
  }

  /** One of the keys, as often as its number says. */
  weighted<Key extends string>(weights: Readonly<Record<Key, number>>): Key {
    const entries = Object.entries(weights) as [Key, number][]
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [key, weight] of entries) {
      left -= weight
      if (left < 0) return key
    }
    return (entries.at(-1) as [Key, number])[0]
  }

  /** Lower-case letters and digits. */
  token(length: number): string {
    return Array.from({ length }, () => Math.floor(this.next() * 36).toString(36)).join('')
  }
}
