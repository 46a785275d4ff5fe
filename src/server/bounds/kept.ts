/** What is bounded by what it weighs all together: what was asked for longest ago goes first. */
export class Kept<Value> {
  readonly #kept = new Map<string, { value: Value; bytes: number }>()
  readonly #limit: number
  readonly #bytesOf: (value: Value, key: string) => number
  #bytes = 0

  constructor(limit: number, bytesOf: (value: Value, key: string) => number) {
    this.#limit = limit
    this.#bytesOf = bytesOf
  }

  get(key: string): Value | undefined {
    const found = this.#kept.get(key)
    if (!found) return undefined
    this.#kept.delete(key)
    this.#kept.set(key, found)
    return found.value
  }

  set(key: string, value: Value): void {
    this.delete(key)
    const bytes = this.#bytesOf(value, key)
    this.#kept.set(key, { value, bytes })
    this.#bytes += bytes
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#limit) return
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0
    this.#kept.delete(key)
  }
}
