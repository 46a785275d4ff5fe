import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { FormattedExecutionResult } from 'graphql'
import { Failure } from '../platform/failure.js'
import type { Language } from '../platform/language.js'
import { Connection, type Ending } from './connection.js'
import { presentError } from './errors.js'

/** How long the other side may take to read the end. */
const CLOSE_MS = 3_000

/**
 * One stream of server-sent events, the answer to one request (GraphQL over SSE, distinct connections mode). One that we
 * end has no `complete`: its client takes that for a cut, comes back and goes on from its last cursor.
 */
export class StreamConnection extends Connection {
  override readonly transport = 'sse'
  readonly language: Language
  readonly #response: ServerResponse
  #over = false
  #whenOver: (() => unknown) | null = null

  constructor(response: ServerResponse, language: Language) {
    super()
    this.#response = response
    this.language = language
    response.on('close', () => this.#stop())
    // A broken connection; 'close' follows.
    response.on('error', () => undefined)
  }

  /** Sends the head, and a comment behind it: some browsers wait for the first byte. */
  open(headers: OutgoingHttpHeaders): void {
    this.#response.writeHead(200, headers)
    this.beat()
  }

  /** What is to stop when it ends, whoever ends it. */
  onOver(stop: () => unknown): void {
    if (this.isOpen) this.#whenOver = stop
    else stop()
  }

  override get isOpen(): boolean {
    return !this.#over
  }

  /** One answer; `cursor` is where a reader stands who has had it, for the `Last-Event-ID` it may come back with. */
  next(answer: FormattedExecutionResult, cursor: string | null = null): Promise<void> {
    return this.send(nextMessage(answer, cursor))
  }

  complete(): void {
    this.#finish('event: complete\ndata:\n\n')
  }

  /** Who isn't admitted any more is told so, and told nothing else. */
  override end(why: Ending): void {
    const refusal = { errors: [presentError(new Failure('UNAUTHENTICATED'), this.language)] }
    this.#finish(why === 'forbidden' ? nextMessage(refusal, null) : '')
  }

  /** A comment; what is on its way already says as much. */
  override beat(): void {
    if (this.isOpen && !this.isSending) void this.send(':\n\n')
  }

  override gone(): Promise<void> {
    if (this.#response.closed) return Promise.resolve()
    return new Promise(resolve => this.#response.once('close', () => resolve()))
  }

  protected override write(data: string, left: () => void): void {
    this.#response.write(data, left)
  }

  #finish(lastWords: string): void {
    if (!this.isOpen) return
    this.#stop()
    const overtime = setTimeout(() => this.#response.destroy(), CLOSE_MS).unref()
    this.#response.once('close', () => clearTimeout(overtime))
    this.#response.end(lastWords)
  }

  #stop(): void {
    this.#over = true
    const stop = this.#whenOver
    this.#whenOver = null
    stop?.()
  }
}

function nextMessage(answer: FormattedExecutionResult, cursor: string | null): string {
  return `${cursor === null ? '' : `id: ${cursor}\n`}event: next\ndata: ${JSON.stringify(answer)}\n\n`
}
