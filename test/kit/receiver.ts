import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { onTestFinished, vi } from 'vitest'
import { done } from './done.js'
import type { Caller } from './world.js'

/** What a receiver was sent, as it came. */
export interface Arrival {
  id: string
  headers: Record<string, string>
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
  body: any
}

type Answer = (response: ServerResponse, arrival: Arrival, request: IncomingMessage) => void

/** Takes it, as it does until it's told otherwise. */
export const accept: Answer = response => void response.writeHead(204).end()

/** A receiver of webhooks on loopback, which a world must be told of: `privateHosts: ['127.0.0.1']`. */
export class Receiver {
  readonly arrivals: Arrival[] = []
  readonly url: string
  /** How it answers; 204 until it is told otherwise. */
  answer: Answer = accept
  /** Set when its endpoint was made. */
  endpointId = ''
  secret = ''
  close: () => Promise<void> = async () => undefined

  private constructor(url: string) {
    this.url = url
  }

  /** `atEnd` is told how to close it: at the end of the test, unless it's somebody else's. */
  static async open(atEnd: (close: () => Promise<void>) => void = onTestFinished): Promise<Receiver> {
    const server = createServer((request, response) => {
      let text = ''
      request.on('data', data => (text += data))
      request.on('end', () => {
        const headers = request.headers as Record<string, string>
        const arrival = { id: headers['webhook-id'] ?? '', headers, text, body: JSON.parse(text) }
        receiver.arrivals.push(arrival)
        receiver.answer(response, arrival, request)
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const receiver = new Receiver(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`)
    receiver.close = async () => {
      server.closeAllConnections()
      await new Promise<void>(resolve => server.close(() => resolve()))
    }
    atEnd(receiver.close)
    return receiver
  }

  /** One that an endpoint of this caller's leads to. */
  static async for(
    caller: Caller,
    input: object = {},
    atEnd?: (close: () => Promise<void>) => void,
  ): Promise<Receiver> {
    const receiver = await Receiver.open(atEnd)
    const made = await done(
      caller,
      'webhookEndpointCreate',
      { url: receiver.url, ...input },
      'webhookEndpoint { id } secret',
    )
    receiver.endpointId = made.webhookEndpoint.id
    receiver.secret = made.secret
    return receiver
  }

  get types(): string[] {
    return this.arrivals.map(({ body }) => body.type)
  }

  get ids(): string[] {
    return this.arrivals.map(({ id }) => id)
  }

  /** Answers with a status, and what else is said. */
  answers(status: number, text = '', headers: Record<string, string> = {}): void {
    this.answer = response => void response.writeHead(status, headers).end(text)
  }

  /** What the official library makes of an arrival; throws where it isn't genuine. */
  verify({ text, headers }: Pick<Arrival, 'text' | 'headers'>, secret = this.secret): unknown {
    return new Webhook(secret).verify(text, headers)
  }

  /** Until so many have arrived. */
  async has(count: number): Promise<Arrival[]> {
    await vi.waitFor(
      () => {
        if (this.arrivals.length < count) throw new Error(`${this.arrivals.length} of ${count} arrived`)
      },
      { timeout: 20_000, interval: 20 },
    )
    return this.arrivals
  }
}
