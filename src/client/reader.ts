import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import type { Json } from './api.js'

/** One event as it came: whatever else was asked for stands beside these. */
export interface Frame {
  id: string
  type: string
  cursor: string
  previousCursor: string | null
  [field: string]: Json
}

/** There is no use in coming back: one sentence that says why. */
export class ReaderError extends Error {}

export interface ReaderOptions {
  address: string
  token: string
  /** A document with one root field of events that takes `$after: EventCursor`. */
  document: string
  /** From the event behind this cursor; omitted: from now. */
  after?: string | null
  /** Told of each frame. */
  onFrame?: (frame: Frame) => void
  /** Told whenever a connection was lost and it comes back. */
  onLoss?: (why: string) => void
}

/** Wait before coming back after the n-th loss in a row: 100 ms doubling up to 10 s, as kind to a server that starts. */
const backoffMs = (losses: number): number => Math.min(10_000, 100 * 2 ** (losses - 1))
/** Closed for good: the token was never any good, so the same one brings nothing (what `graphql-ws` clients do, too). */
const NEVER_AUTHENTICATED = 4401
/** Frames it remembers: a repeated one follows a cut closely, so a reader of weeks needn't keep them all. */
const REMEMBERED = 1_000

/**
 * A reader of events that misses nothing: it keeps its last cursor and after a cut subscribes again from there. Delivery
 * is at least once, so an event that it has had already, known by its id, is passed over.
 */
export class Reader {
  /** The newest that came, each once. */
  readonly frames: Frame[] = []
  /** Connections it has had. */
  connections = 0
  readonly #options: ReaderOptions
  readonly #client: Client
  #cursor: string | null
  #losses = 0
  #socket: WebSocket | null = null
  #over = false
  #end: (error: Error | null) => void = () => undefined
  /** Resolves when it was stopped; rejects when there is no use in coming back. */
  readonly ended: Promise<void>

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#cursor = options.after ?? null
    this.ended = new Promise((resolve, reject) => {
      this.#end = error => (error ? reject(error) : resolve())
    })
    // Whoever waits for frames meets the failure there; it must not end the process besides.
    this.ended.catch(() => undefined)
    this.#client = createClient({
      url: `${options.address.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${options.token}` },
      // It would subscribe again from where it first began; we do so from the last cursor.
      retryAttempts: 0,
      on: {
        connected: socket => {
          this.#socket = socket as WebSocket
          this.connections += 1
        },
      },
    })
    this.#subscribe()
  }

  get cursor(): string | null {
    return this.#cursor
  }

  /** Cuts the TCP connection, as a network does, and waits until the reader has come back. */
  async cut(): Promise<void> {
    await this.connected()
    const before = this.connections
    const { _socket: tcp } = this.#socket as unknown as { _socket: { destroy(): void } }
    tcp.destroy()
    await this.connected(before + 1)
  }

  /** Waits until it has a connection, or so many as it has had. */
  async connected(count = 1): Promise<void> {
    await this.#until(() => this.connections >= count, 'a connection')
  }

  /** Waits for the frame of this index. */
  async frame(index: number, what: string): Promise<Frame> {
    await this.#until(() => this.frames.length > index, what)
    return this.frames[index] as Frame
  }

  async stop(): Promise<void> {
    this.#over = true
    await this.#client.dispose()
    this.#end(null)
  }

  #subscribe(): void {
    const { document } = this.#options
    this.#client.subscribe<Record<string, Frame>>(
      { query: document, variables: { after: this.#cursor } },
      {
        next: ({ data, errors }) => {
          if (errors?.[0]) return this.#end(new ReaderError(errors[0].message))
          for (const frame of Object.values(data ?? {})) this.#take(frame)
        },
        error: error => this.#lost(error),
        complete: () => undefined,
      },
    )
  }

  #take(frame: Frame): void {
    this.#losses = 0
    this.#cursor = frame.cursor
    if (this.frames.some(each => each.id === frame.id)) return
    this.frames.push(frame)
    if (this.frames.length > REMEMBERED) this.frames.shift()
    this.#options.onFrame?.(frame)
  }

  #lost(error: unknown): void {
    if (this.#over) return
    const { code, reason, message } = error as { code?: number; reason?: string; message?: string }
    // GraphQL errors come as a list: the subscription itself was refused.
    if (Array.isArray(error)) return this.#end(new ReaderError(String(error[0]?.message)))
    const why = reason || message || 'the connection was cut'
    if (code === NEVER_AUTHENTICATED) return this.#end(new ReaderError(why))
    this.#losses += 1
    this.#options.onLoss?.(why)
    setTimeout(() => this.#over || this.#subscribe(), backoffMs(this.#losses))
  }

  /** Patience of a waiter: an alarm rings within a second of its instant, so ten say that it doesn't come. */
  async #until(condition: () => boolean, what: string, ms = 10_000): Promise<void> {
    const end = performance.now() + ms
    while (!condition()) {
      const pause = new Promise<void>(resolve => setTimeout(resolve, 10))
      await Promise.race([pause, this.ended])
      if (performance.now() > end) throw new Error(`${what} did not come within ${ms / 1000} s`)
    }
  }
}
