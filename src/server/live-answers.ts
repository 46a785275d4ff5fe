import type { ExecutionResult } from 'graphql'
import type { Frame } from '../tenancy/index.js'

/** What the answers to a subscription's frames are made with. */
export interface Answering {
  /** False when whoever reads them isn't admitted any more: a frame may have waited long for its moment. */
  mayGoOn: () => boolean
  answer: (frame: Frame) => Promise<ExecutionResult>
  /** Gives the operation's place back. */
  leave: () => void
}

/**
 * The answers of one subscription, pulled: each is executed when the one before has left. It has its place until nothing
 * of it runs any more, a frame that is being executed least of all.
 */
export class LiveAnswers implements AsyncIterableIterator<ExecutionResult> {
  /** Where a reader stands who has had the last answer. */
  cursor: string | null = null
  readonly #frames: AsyncIterableIterator<Frame>
  readonly #answering: Answering
  #last: Promise<unknown> = Promise.resolve()

  constructor(frames: AsyncIterableIterator<Frame>, answering: Answering) {
    this.#frames = frames
    this.#answering = answering
  }

  /** None but the reason why there is none. */
  static failing(reason: unknown): LiveAnswers {
    const nothing = (): void => undefined
    const answering = { mayGoOn: () => false, answer: () => Promise.reject(reason), leave: nothing }
    return new LiveAnswers(throwing(reason), answering)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<ExecutionResult>> {
    const next = this.#next()
    this.#last = next
    const value = await next.catch(async (error: unknown) => {
      await this.return()
      throw error
    })
    return value === null ? this.return() : { done: false, value }
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    await this.#frames.return?.()
    await this.#last.catch(() => undefined)
    this.#answering.leave()
    return { done: true, value: undefined }
  }

  /** Null when there is none any more. */
  async #next(): Promise<ExecutionResult | null> {
    // One reader with much to catch up must not keep the others waiting until it's done.
    await new Promise(resolve => setImmediate(resolve))
    const { value: frame, done } = await this.#frames.next()
    if (done || !this.#answering.mayGoOn()) return null
    const answer = await this.#answering.answer(frame as Frame)
    this.cursor = (frame as Frame).cursor
    return answer
  }
}

// oxlint-disable-next-line require-yield -- it has nothing to say but why
async function* throwing(reason: unknown): AsyncGenerator<Frame> {
  throw reason
}
