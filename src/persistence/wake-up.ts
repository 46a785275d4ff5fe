/**
 * Says that a tenant's journal has grown, so that who waits for it needn't wait for the next look. A wake-up is a hint
 * and carries nothing: a lost one costs a tick, a false one costs a look. Who waits for them looks by itself as well.
 */
export interface WakeUp {
  /**
   * `wake` is called after every commit of this process that recorded an event, with its tenant, and when other processes
   * say so. With null when some of theirs may have gone unheard. Answers how to stop that.
   */
  onRecorded(wake: (tenantId: string | null) => void): () => void
  /** Whether others are heard as they commit. Where they aren't, look more often. */
  readonly hearsOthers: boolean
}

/** What carries wake-ups from process to process: PostgreSQL's NOTIFY, or a broker of messages in its place. */
export interface WakeUpChannel {
  /** From now on `heard` is called for what other processes spread, and `gap` whenever it begins to hear, again or at first. */
  listen(heard: (tenantIds: readonly string[]) => void, gap: () => void): void
  readonly isListening: boolean
  /** Settles when they are out. Throws when they couldn't be spread: then nobody else hears of them. */
  spread(tenantIds: readonly string[]): Promise<void>
  close(): void
}

/**
 * Between two of one process's spreadings. 20 ms: nobody notices them in a frame, and a process that commits a thousand times a
 * second asks PostgreSQL for its lock on NOTIFY, which all commits with one wait for, fifty times.
 */
const APART_MS = 20

/** This process's own commits at once; those of others by a channel, where there is one. */
export class SharedWakeUp implements WakeUp {
  readonly #sleepers = new Set<(tenantId: string | null) => void>()
  readonly #channel: WakeUpChannel | null
  #listening = false
  /** Tenants that others are to be told of. */
  #untold = new Set<string>()
  #telling = false

  constructor(channel: WakeUpChannel | null) {
    this.#channel = channel
  }

  onRecorded(wake: (tenantId: string | null) => void): () => void {
    this.#sleepers.add(wake)
    this.#listen()
    return () => void this.#sleepers.delete(wake)
  }

  get hearsOthers(): boolean {
    return this.#channel?.isListening ?? false
  }

  announce(tenantId: string): void {
    this.#wake(tenantId)
    if (!this.#channel) return
    this.#untold.add(tenantId)
    if (!this.#telling) void this.#tell(this.#channel)
  }

  close(): void {
    this.#untold.clear()
    this.#channel?.close()
  }

  /** Only where somebody waits: a process that does nothing but ring alarms has nobody to wake. */
  #listen(): void {
    if (!this.#channel || this.#listening) return
    this.#listening = true
    this.#channel.listen(
      tenantIds => {
        for (const tenantId of tenantIds) this.#wake(tenantId)
      },
      () => this.#wake(null),
    )
  }

  #wake(tenantId: string | null): void {
    for (const wake of this.#sleepers) wake(tenantId)
  }

  /** The first goes out at once; what is recorded meanwhile goes together, each tenant once. */
  async #tell(channel: WakeUpChannel): Promise<void> {
    this.#telling = true
    while (this.#untold.size > 0) {
      const tenantIds = [...this.#untold]
      this.#untold.clear()
      // They were hints; who missed them looks at the next tick.
      await channel.spread(tenantIds).catch(() => undefined)
      await new Promise(resolve => setTimeout(resolve, APART_MS).unref())
    }
    this.#telling = false
  }
}
