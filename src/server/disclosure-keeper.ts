import { describeError, type Logger } from '../platform/log.js'
import type { Request } from '../tenancy/index.js'

/**
 * Writes down what answers and frames showed an app (clause 8.2.1), each in a transaction of its own, which the answer
 * doesn't wait for. One that fails leaves a line in the log that says as much as the row would have.
 */
export class DisclosureKeeper {
  readonly #log: Logger
  readonly #underWay = new Set<Promise<void>>()

  constructor(log: Logger) {
    this.#log = log
  }

  keep(request: Request): void {
    if (request.disclosed.length === 0) return
    const kept = request.keepDisclosures().catch((error: unknown) => this.#sayInstead(request, error))
    this.#underWay.add(kept)
    void kept.finally(() => this.#underWay.delete(kept))
  }

  /** When all that was shown so far is written. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  #sayInstead({ id, caller, disclosed }: Request, error: unknown): void {
    const { tenantId, appId, purpose } = caller
    this.#log.error(
      { requestId: id, tenantId, appId, purpose, disclosed, ...describeError(error) },
      'a disclosure could not be written down',
    )
  }
}
