import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Language } from '../platform/language.js'
import type { Caller } from '../tenancy/index.js'

/** How the socket ends (api.md, Events). What the `graphql-ws` client then does on each was tried. */
export const CLOSE = {
  /** Never authenticated. The client gives up: another try with the same token is as good. */
  unauthenticated: [4401, 'Unauthorized'],
  /** What it was admitted by is gone: expired, revoked, disabled, changed. The client comes back with a new token. */
  forbidden: [4403, 'Forbidden'],
  /** Reads too slowly, or there are too many. The client comes back later and goes on from its last cursor. */
  tryLater: [1013, 'Try again later'],
  /** This process goes away. The client comes back at once, to another one. */
  restart: [1012, 'Service restart'],
  /** Said more at once than anybody need who hasn't said yet who it is (RFC 6455, 7.4.1). */
  tooLarge: [1009, 'Message too big'],
  badMessage: [4400, 'Invalid message received'],
  internal: [4500, 'Internal server error'],
} as const
export type Close = (typeof CLOSE)[keyof typeof CLOSE]

/**
 * A reader that takes nothing for so long is cut off. 5 s: longer than a mobile network's hiccup; what waits for it is one
 * frame of each of its operations, the rest stays in the journal.
 */
const SLOW_READER_MS = 5_000
/**
 * What may wait for the other side before nothing more is read from it. 4 MB: an answer or two of the largest; whoever
 * sends pings and takes nothing back would have it all kept for it. (Those of WebSocket itself `ws` bounds.)
 */
const MAX_WAITING_BYTES = 4 * 1024 * 1024
/** How long the other side may take to answer a close. */
const CLOSE_MS = 3_000

/** Who is on a socket, once that is known. */
export interface Admission {
  caller: Caller
  token: string
  language: Language
  /** Of the directory when the token was looked at. */
  directoryVersion: string
}

/** One WebSocket: who is on it, what runs on it, and whether the other side still listens. */
export class Connection {
  readonly socket: WebSocket
  /** Queries and mutations under way. */
  running = 0
  #places = 0
  #admission: Admission | null = null
  /** False from a ping until its pong. */
  alive = true
  #unsent = 0
  #progressAt = 0
  #closed: ((code: number, reason: string) => unknown) | null = null

  constructor(socket: WebSocket, wire: Duplex) {
    this.socket = socket
    socket.on('message', () => this.#holdBack())
    wire.on('drain', () => socket.resume())
  }

  /**
   * Takes a place for an operation; answers what gives it back. It is held until the operation is really over, whatever
   * the client has said meanwhile: `complete` stops no query.
   */
  enter(): () => void {
    let held = 1
    this.#places += 1
    return () => {
      this.#places -= held
      held = 0
    }
  }

  /** Operations that are under way, subscriptions as well. */
  get underWay(): number {
    return this.#places
  }

  /** What is to be told when it ends, once: by whichever side. */
  onClosed(closed: (code: number, reason: string) => unknown): void {
    this.#closed = closed
    this.socket.on('close', (code, reason) => this.#end(code, String(reason)))
    // A broken connection; 'close' follows. Its message may quote what was sent.
    this.socket.on('error', () => undefined)
  }

  /** Settles when the bytes have left, so that what is sent next waits for a reader that is slow. */
  send(data: string): Promise<void> {
    if (!this.isOpen) return Promise.resolve()
    if (this.#unsent === 0) this.#progressAt = performance.now()
    this.#unsent += 1
    return new Promise(resolve =>
      this.socket.send(data, () => {
        this.#unsent -= 1
        this.#progressAt = performance.now()
        resolve()
      }),
    )
  }

  get isStalled(): boolean {
    return this.#unsent > 0 && performance.now() - this.#progressAt > SLOW_READER_MS
  }

  /**
   * Who is on it at this moment: nobody before that is known, and nobody any more once its token has expired or it was
   * closed. The other side may take its time to answer a close, and goes on sending meanwhile.
   */
  get admission(): Admission | null {
    return this.isOpen && !this.hasExpired ? this.#admission : null
  }

  /** One that was closed while its token was looked at admits nobody. */
  admit(admission: Admission): void {
    this.#admission = admission
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN
  }

  get hasExpired(): boolean {
    return this.#admission !== null && this.#admission.caller.expiresAt.getTime() <= Date.now()
  }

  /** Ends it with a code; the first one counts. Its operations stop now, and not when the other side has answered. */
  close([code, reason]: Close | readonly [number, string]): void {
    if (!this.isOpen) return
    this.socket.close(code, reason)
    setTimeout(() => this.socket.terminate(), CLOSE_MS).unref()
    this.#end(code, reason)
  }

  /** Reads on when what waits has left. */
  #holdBack(): void {
    if (this.socket.bufferedAmount > MAX_WAITING_BYTES) this.socket.pause()
  }

  #end(code: number, reason: string): void {
    const closed = this.#closed
    this.#closed = null
    closed?.(code, reason)
  }
}
