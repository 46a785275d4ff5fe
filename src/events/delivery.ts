import type { Language } from '../platform/language.js'
import { asWork, type Work } from '../platform/work.js'
import type { Caller, EventSource, Request } from '../tenancy/index.js'
import {
  type EventFilterRead,
  type EventRowRead,
  cursorAt,
  readEvents,
  readHead,
  refuseExpired,
  toEvent,
} from './event-loaders.js'
import { framesExecuted } from './event-metrics.js'

/** A withdrawn consent is felt within a second (bars.md, trust 14): no judgement of access stands longer than that. */
const JUDGED_MS = 1_000
/** How long what was read is given out: a healthy read takes milliseconds, so this is about how old a judgement gets. */
const FRESH_MS = 400
/** Events read at once, and the most that is read for nothing when a judgement grows old meanwhile. */
const BATCH = 50
/**
 * Answers that are kept for others who ask alike: a batch's of two documents. They go when the judgement is old; what is asked in
 * more ways than that at once is executed for each, and nobody fills the memory with questions.
 */
const MAX_ANSWERS = 2 * BATCH

/** What a stream asks next: what lies behind a place. */
export interface EventAsk extends EventFilterRead {
  position: bigint
}

/**
 * Callers of one class see the same: the walls and the gate ask no more of a caller than this. Whose token it is doesn't
 * matter, and neither does the socket.
 */
export const entitlementOf = (caller: Caller, language: Language): string =>
  JSON.stringify([
    caller.tenantId,
    caller.kind,
    caller.customerId,
    caller.appId,
    caller.purpose,
    [...caller.roles].sort(),
    [...caller.scopes].sort(),
    language,
  ])

/**
 * What lies behind a place for one class of callers, judged when it was read: the gate is asked anew, the rows come
 * through the callers' own walls, and so does everything that a frame then reads beside its event.
 */
export class Delivery {
  /** Settles when it is read. Throws CURSOR_EXPIRED when events behind the place are gone. */
  readonly made: Promise<Delivery>
  #request: Request
  readonly #startedAt = performance.now()
  #readAt = Number.POSITIVE_INFINITY
  #users = 0
  #events: readonly EventSource[] = []
  /** Answers that were made under it, by their event and what was asked. */
  readonly #answers = new Map<string, Promise<unknown>>()
  #more = false
  #head = 0n

  constructor(request: Request, ask: EventAsk) {
    this.#request = request
    this.made = asWork(work => this.#read(ask, work), { begin: 'deliver events' })
  }

  get isFresh(): boolean {
    const now = performance.now()
    return now - this.#startedAt < JUDGED_MS && now - this.#readAt < FRESH_MS
  }

  /** In sequence, each with its cursor. */
  get events(): readonly EventSource[] {
    return this.#events
  }

  /** Where a reader stands who has taken all: behind its last event, or at the head when there is nothing more. */
  get end(): bigint | null {
    if (!this.#more) return this.#head
    const last = this.#events.at(-1)
    return last ? BigInt(last.sequence) : null
  }

  /** What is answered to one of its events: executed once for all readers whose key is the same, judged as it is. */
  answer<T>(event: EventSource, key: string, execute: (request: Request) => Promise<T>): Promise<T> {
    const whole = `${event.sequence} ${key}`
    const known = this.#answers.get(whole) as Promise<T> | undefined
    if (known) return known
    framesExecuted.inc()
    const answer = this.use(execute)
    if (this.#answers.size === 0) setTimeout(() => this.#answers.clear(), JUDGED_MS).unref()
    if (this.#answers.size < MAX_ANSWERS) this.#answers.set(whole, answer)
    return answer
  }

  /**
   * Executes something under its request. The view is one for all who use it at once, and the request ends behind the
   * last of them: a frame that failed has fields that still read, and none of those may open another view.
   */
  async use<T>(work: (request: Request) => Promise<T>): Promise<T> {
    const request = this.#request
    this.#users += 1
    try {
      return await work(request)
    } finally {
      this.#users -= 1
      if (this.#users === 0) {
        this.#request = request.again()
        request.end()
      }
    }
  }

  async #read({ position, ...filter }: EventAsk, work: Work): Promise<this> {
    await this.#request.admit()
    return this.use(async request => {
      const { rows, more } = await readEvents(request.reads, { after: position, limit: BATCH, ...filter })
      this.#head = await readHead(request.reads)
      this.#readAt = performance.now()
      await refuseExpired(request, request.reads, position, rows, this.#head)
      this.#more = more
      work.describe('deliver events', { 'surety.events': rows.length })
      this.#events = rows.map((row: EventRowRead) => ({
        ...toEvent(row),
        cursor: cursorAt(request, BigInt(row.sequence)),
      }))
      return this
    })
  }
}
