import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { Connection, type Ending } from './connection.js'

/** How a socket ends (api.md, Events). What the `graphql-ws` client then does on each was tried. */
export const CLOSE = {
  /** Never authenticated. The client gives up: another try with the same token is as good. */
  unauthenticated: [4401, 'Unauthorized'],
  /** The client comes back with a new token. */
  forbidden: [4403, 'Forbidden'],
  /** The client comes back later and goes on from its last cursor. */
  tryLater: [1013, 'Try again later'],
  /** The client comes back at once, to another process. */
  restart: [1012, 'Service restart'],
  /** Said more at once than anybody need who hasn't said yet who it is (RFC 6455, 7.4.1). */
  tooLarge: [1009, 'Message too big'],
  badMessage: [4400, 'Invalid message received'],
  internal: [4500, 'Internal server error'],
} as const satisfies Record<Ending, unknown> & Record<string, unknown>
export type Close = (typeof CLOSE)[keyof typeof CLOSE]

/**
 * What may wait for the other side before nothing more is read from it. 4 MB: an answer or two of the largest; whoever
 * sends pings and takes nothing back would have it all kept for it. (Those of WebSocket itself `ws` bounds.)
 */
const MAX_WAITING_BYTES = 4 * 1024 * 1024
/** How long the other side may take to answer a close. */
const CLOSE_MS = 3_000

/** One WebSocket. */
export class SocketConnection extends Connection {
  override readonly transport = 'websocket'
  /** Whoever opened it, as `TRUSTED_PROXIES` lets it be told. */
  readonly address: string
  readonly #socket: WebSocket
  /** False from a ping until its pong. */
  #alive = true
  #closed: ((code: number, reason: string) => unknown) | null = null

  constructor(socket: WebSocket, wire: Duplex, address: string) {
    super()
    this.address = address
    this.#socket = socket
    socket.on('message', () => this.#holdBack())
    wire.on('drain', () => socket.resume())
    socket.on('pong', () => {
      this.#alive = true
    })
  }

  /** What is to be told when it ends, once: by whichever side. */
  onClosed(closed: (code: number, reason: string) => unknown): void {
    this.#closed = closed
    this.#socket.on('close', (code, reason) => this.#over(code, String(reason)))
    // A broken connection; 'close' follows. Its message may quote what was sent.
    this.#socket.on('error', () => undefined)
  }

  override get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  override end(why: Ending): void {
    this.close(CLOSE[why])
  }

  /** Ends it with a code; the first one counts. */
  close([code, reason]: Close | readonly [number, string]): void {
    if (!this.isOpen) return
    this.#socket.close(code, reason)
    setTimeout(() => this.#socket.terminate(), CLOSE_MS).unref()
    this.#over(code, reason)
  }

  override beat(): void {
    if (!this.#alive) this.#socket.terminate()
    this.#alive = false
    this.#socket.ping()
  }

  override gone(): Promise<void> {
    if (this.#socket.readyState === this.#socket.CLOSED) return Promise.resolve()
    return new Promise(resolve => this.#socket.once('close', () => resolve()))
  }

  protected override write(data: string, left: () => void): void {
    this.#socket.send(data, left)
  }

  /** Reads on when what waits has left. */
  #holdBack(): void {
    if (this.#socket.bufferedAmount > MAX_WAITING_BYTES) this.#socket.pause()
  }

  #over(code: number, reason: string): void {
    const closed = this.#closed
    this.#closed = null
    closed?.(code, reason)
  }
}
