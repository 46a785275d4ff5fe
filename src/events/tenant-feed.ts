import { type Database, systemSession } from '../persistence/index.js'
import { describeError, type Logger } from '../platform/log.js'
import type { Request } from '../tenancy/index.js'
import { Delivery, entitlementOf, type EventAsk } from './delivery.js'
import { readHead } from './event-loaders.js'
import type { EventStream } from './event-stream.js'

/** How often the head is looked at when nobody wakes us: 200 ms keeps a frame well within a second (bars.md, P3). */
const TICK_MS = 200
/** The same while other processes wake us as they commit: what one records and dies before it says so is found by then. */
const HEARING_TICK_MS = 400

/**
 * One tenant's events as they come to this process: one look at the head for all streams, one read for all streams of
 * one entitlement, place and filter. A stream that has read all waits here.
 */
export class TenantFeed {
  readonly #tenantId: string
  readonly #database: Database
  readonly #log: Logger
  readonly #onEmpty: () => void
  readonly #streams = new Set<EventStream>()
  readonly #timer: NodeJS.Timeout
  readonly #waiting = new Map<EventStream, { position: bigint; go: () => void }>()
  readonly #deliveries = new Map<string, Delivery>()
  #head = -1n
  #lookedAt = Number.NEGATIVE_INFINITY
  #looking = false
  #lookAgain = false

  constructor(tenantId: string, database: Database, log: Logger, onEmpty: () => void) {
    this.#tenantId = tenantId
    this.#database = database
    this.#log = log
    this.#onEmpty = onEmpty
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
    this.#timer.unref()
  }

  join(stream: EventStream): void {
    this.#streams.add(stream)
  }

  leave(stream: EventStream): void {
    this.#streams.delete(stream)
    this.#waiting.delete(stream)
    if (this.#streams.size > 0) return
    clearInterval(this.#timer)
    this.#onEmpty()
  }

  /** Looks at the head, and lets all who wait go on when it has moved. */
  wake(): void {
    if (this.#looking) this.#lookAgain = true
    else void this.#look()
  }

  /** Calls `go` as soon as there is something behind the stream's place. */
  whenMoved(stream: EventStream, position: bigint, go: () => void): void {
    if (this.#head > position) go()
    else this.#waiting.set(stream, { position, go })
  }

  /** What lies behind a place for this caller: read once for all of its entitlement that ask the same. */
  deliver(request: Request, ask: EventAsk): Promise<Delivery> {
    const key = JSON.stringify([
      entitlementOf(request.caller, request.language),
      { ...ask, position: String(ask.position) },
    ])
    const known = this.#deliveries.get(key)
    if (known?.isFresh) return known.made
    const delivery = new Delivery(request.anew(), ask)
    this.#deliveries.set(key, delivery)
    return delivery.made
  }

  close(): void {
    for (const stream of this.#streams) void stream.return()
  }

  #tick(): void {
    const { hearsOthers } = this.#database.wakeUp
    if (!hearsOthers || performance.now() - this.#lookedAt > HEARING_TICK_MS - TICK_MS / 2) this.wake()
  }

  async #look(): Promise<void> {
    this.#looking = true
    do {
      this.#lookAgain = false
      this.#lookedAt = performance.now()
      const reads = this.#database.read(systemSession(this.#tenantId))
      try {
        const head = await readHead(reads)
        if (head !== this.#head) this.#moveTo(head)
        else this.#forgetOld()
      } catch (error) {
        this.#log.error(describeError(error), 'the head of the journal could not be read')
        break
      } finally {
        reads.close()
      }
    } while (this.#lookAgain && this.#streams.size > 0)
    this.#looking = false
  }

  /** What was read up to the old head is no answer any more to what lies behind it. */
  #moveTo(head: bigint): void {
    this.#head = head
    this.#deliveries.clear()
    for (const [stream, { position, go }] of this.#waiting) {
      if (position >= head) continue
      this.#waiting.delete(stream)
      go()
    }
  }

  #forgetOld(): void {
    for (const [key, delivery] of this.#deliveries) if (!delivery.isFresh) this.#deliveries.delete(key)
  }
}
