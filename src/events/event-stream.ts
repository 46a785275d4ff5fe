import { Failure } from '../platform/failure.js'
import type { EventWish, Frame, Request } from '../tenancy/index.js'
import type { Delivery } from './delivery.js'
import type { EventFilterRead } from './event-loaders.js'
import { subscriptions, whenDelivered } from './event-metrics.js'
import type { TenantFeed } from './tenant-feed.js'

/**
 * What a stream waits when the database can't be asked, or an event is of a newer release: its reader keeps its place and
 * its socket.
 */
const RETRY_MS = 1_000
/** Failures that pass by themselves. */
const PASSING = new Set(['INTERNAL', 'TIMEOUT', 'CONFLICT'])

/**
 * One reader's stream: a place in the sequence and a filter. It is pulled: the next frame is read when the last one has
 * left, so a slow reader fills no queue; what it hasn't had lies in the journal, and access to it is judged when its
 * turn comes.
 */
export class EventStream implements AsyncIterableIterator<Frame> {
  readonly #request: Request
  readonly #feed: TenantFeed
  readonly #filter: EventFilterRead
  #position: bigint
  #previousCursor: string | null
  #delivery: Delivery | null = null
  #taken = 0
  #ended = false
  /** It has once stood at the head: from then on it hears of things as they happen. */
  #live = false
  #goOn: (() => void) | null = null

  constructor(request: Request, feed: TenantFeed, wish: EventWish & { position: bigint }) {
    this.#request = request
    this.#feed = feed
    const { types, agreementId, customerId } = wish
    this.#filter = { types: types && [...new Set(types)].sort(), agreementId, customerId }
    this.#position = wish.position
    this.#previousCursor = wish.after
    feed.join(this)
    subscriptions.inc()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Frame>> {
    while (!this.#ended) {
      const frame = this.#take()
      if (frame) return { done: false, value: frame }
      const delivery = await this.#read()
      if (this.#ended) break
      this.#delivery = delivery
      this.#taken = 0
      if (!delivery) await this.#sleep(go => void setTimeout(go, RETRY_MS))
      else if (delivery.events.length === 0) await this.#pass(delivery)
    }
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<Frame>> {
    if (!this.#ended) {
      this.#ended = true
      this.#feed.leave(this)
      subscriptions.dec()
      this.#goOn?.()
    }
    return { done: true, value: undefined }
  }

  async throw(error: unknown): Promise<never> {
    await this.return()
    throw error
  }

  /** The next event at hand, unless its judgement has grown old: then it is read, and judged, anew. */
  #take(): Frame | null {
    const delivery = this.#delivery
    if (!delivery) return null
    const event = delivery.isFresh || this.#taken === 0 ? delivery.events[this.#taken] : undefined
    if (!event) {
      if (this.#taken === delivery.events.length && delivery.end !== null) this.#position = delivery.end
      this.#delivery = null
      return null
    }
    this.#taken += 1
    this.#position = BigInt(event.sequence)
    const previousCursor = this.#previousCursor
    this.#previousCursor = event.cursor ?? null
    const live = this.#live
    const deliver: Frame['deliver'] = (key, execute) =>
      whenDelivered(event, live, delivery.answer(event, key, execute))
    return { root: { ...event, previousCursor }, cursor: this.#previousCursor, previousCursor, deliver }
  }

  /** Nothing for this reader up to the head: it waits there for what comes. */
  async #pass(delivery: Delivery): Promise<void> {
    this.#delivery = null
    const { end } = delivery
    if (end === null) return this.#sleep(go => void setTimeout(go, RETRY_MS))
    this.#position = end
    this.#live = true
    await this.#sleep(go => this.#feed.whenMoved(this, end, go))
  }

  async #read(): Promise<Delivery | null> {
    try {
      return await this.#feed.deliver(this.#request, { position: this.#position, ...this.#filter })
    } catch (error) {
      if (error instanceof Failure && !PASSING.has(error.code)) {
        await this.return()
        throw error
      }
      return null
    }
  }

  /** Until somebody says so, or the stream ends. */
  #sleep(until: (go: () => void) => void): Promise<void> {
    return new Promise(resolve => {
      this.#goOn = resolve
      until(resolve)
    })
  }
}
