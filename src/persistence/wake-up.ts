/**
 * Says that a tenant's journal has grown, so that who waits for it needn't wait for the next look. A wake-up is a hint
 * and carries nothing: a lost one costs a tick, a false one costs a look. Within one process it comes from the commit;
 * one that comes from other processes (LISTEN and NOTIFY) has the same face.
 */
export interface WakeUp {
  /** `wake` is called after every commit that recorded an event. Answers how to stop that. */
  onRecorded(wake: (tenantId: string) => void): () => void
}

/** Wake-ups of this process's own commits. */
export class CommitWakeUp implements WakeUp {
  readonly #sleepers = new Set<(tenantId: string) => void>()

  onRecorded(wake: (tenantId: string) => void): () => void {
    this.#sleepers.add(wake)
    return () => void this.#sleepers.delete(wake)
  }

  announce(tenantId: string): void {
    for (const wake of this.#sleepers) wake(tenantId)
  }
}
