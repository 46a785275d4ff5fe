import type { Language } from '../platform/language.js'
import type { Caller } from '../tenancy/index.js'

/** Why a connection ends, other than by what its client said: what each transport then does makes its clients come back. */
export type Ending =
  /** What it was admitted by is gone: expired, revoked, disabled, changed. */
  | 'forbidden'
  /** It reads too slowly, or there are too many. */
  | 'tryLater'
  /** This process goes away. */
  | 'restart'

/**
 * A reader that takes nothing for so long is cut off. 5 s: longer than a mobile network's hiccup; what waits for it is one
 * frame of each of its operations, the rest stays in the journal.
 */
const SLOW_READER_MS = 5_000

/** Who is on a connection, once that is known. */
export interface Admission {
  caller: Caller
  token: string
  /** What an app named of its token's purposes. */
  purpose: string | null
  language: Language
  /** Of the directory when the token was looked at. */
  directoryVersion: string
}

/** A connection that lasts: who is on it, what runs on it, and whether the other side still listens. */
export abstract class Connection {
  /** Queries and mutations under way. */
  running = 0
  #places = 0
  #admission: Admission | null = null
  #unsent = 0
  #progressAt = 0

  /** How it is counted. */
  abstract readonly transport: 'websocket' | 'sse'

  abstract get isOpen(): boolean

  /** Ends it; the first reason counts. Its operations stop now, and not when the other side has heard of it. */
  abstract end(why: Ending): void

  /** Keeps what lies between the two ends from taking it for dead, and finds out whether the other one is. */
  abstract beat(): void

  /** Settles when nothing of it is left. */
  abstract gone(): Promise<void>

  /** Hands bytes to the wire, and says when they have left. */
  protected abstract write(data: string, left: () => void): void

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

  /** Settles when the bytes have left, so that what is sent next waits for a reader that is slow. */
  send(data: string): Promise<void> {
    if (!this.isOpen) return Promise.resolve()
    if (this.#unsent === 0) this.#progressAt = performance.now()
    this.#unsent += 1
    return new Promise(resolve =>
      this.write(data, () => {
        this.#unsent -= 1
        this.#progressAt = performance.now()
        resolve()
      }),
    )
  }

  get isSending(): boolean {
    return this.#unsent > 0
  }

  get isStalled(): boolean {
    return this.isSending && performance.now() - this.#progressAt > SLOW_READER_MS
  }

  /**
   * Who is on it at this moment: nobody before that is known, and nobody any more once its token has expired or it was
   * closed. The other side may take its time to answer a close, and goes on sending meanwhile.
   */
  get admission(): Admission | null {
    return this.isOpen && !this.#hasExpired ? this.#admission : null
  }

  /** The same; and ends it when its token has expired. */
  stillAdmitted(): Admission | null {
    if (this.#hasExpired) this.end('forbidden')
    return this.admission
  }

  /** One that was closed while its token was looked at admits nobody. */
  admit(admission: Admission): void {
    this.#admission = admission
  }

  get #hasExpired(): boolean {
    return this.#admission !== null && this.#admission.caller.expiresAt.getTime() <= Date.now()
  }
}
