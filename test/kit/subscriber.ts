import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import type { Caller } from './world.js'

export interface EventAnswer {
  id: string
  typeName: string
  cursor: string
  previousCursor: string | null
  // biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
  [field: string]: any
}

export const EVENT_FIELDS = 'id type typeName cursor previousCursor'

/** The address of the sockets of a world. */
export const socketAddress = (world: { address: string }): string =>
  `${world.address.replace('http', 'ws')}/graphql`

/** A client of the real library; `sockets` are those it has opened, `closes` what they were closed with. */
export interface LiveClient {
  client: Client
  sockets: WebSocket[]
  closes: { code: number; reason: string }[]
}

export function liveClient(
  caller: Caller,
  options: {
    params?: Record<string, unknown>
    /** Instead of the caller's token: asked for each connection. */
    connectionParams?: () => Promise<Record<string, unknown>>
    retryAttempts?: number
  } = {},
): LiveClient {
  const sockets: WebSocket[] = []
  const closes: LiveClient['closes'] = []
  class Recorded extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args)
      sockets.push(this)
    }
  }
  const client = createClient({
    url: socketAddress(caller.world),
    webSocketImpl: Recorded,
    connectionParams: options.connectionParams ?? {
      authorization: `Bearer ${caller.token}`,
      ...options.params,
    },
    retryAttempts: options.retryAttempts ?? 0,
    retryWait: () => new Promise(resolve => setTimeout(resolve, 20)),
    on: {
      closed: event => closes.push(event as LiveClient['closes'][number]),
    },
  })
  return { client, sockets, closes }
}

/**
 * A reader that comes back: it subscribes, keeps its last cursor, and after a cut subscribes again from there, as a
 * careful client does.
 */
export class Subscriber {
  readonly events: EventAnswer[] = []
  readonly errors: unknown[] = []
  readonly live: LiveClient
  /** Times it had to subscribe. */
  subscribed = 0
  readonly #fields: string
  readonly #types: readonly string[] | null
  readonly #breaches: object | null
  #cursor: string | null
  #dispose: () => void = () => undefined
  #over = false

  constructor(
    caller: Caller,
    options: {
      after?: string
      types?: string[]
      fields?: string
      params?: Record<string, unknown>
      /** Breach events alone, those of this filter. */
      breaches?: object
    } = {},
  ) {
    this.live = liveClient(caller, options.params ? { params: options.params } : {})
    this.#cursor = options.after ?? null
    this.#types = options.types ?? null
    this.#breaches = options.breaches ?? null
    this.#fields = options.fields ?? EVENT_FIELDS
    this.#subscribe()
  }

  get cursor(): string | null {
    return this.#cursor
  }

  /** Cuts the TCP connection under the socket. */
  cut(): void {
    for (const socket of this.live.sockets) {
      const { _socket: tcp } = socket as unknown as { _socket?: { destroy(): void } }
      if (socket.readyState === WebSocket.OPEN) tcp?.destroy()
    }
  }

  /** Waits until the server has the subscription, or has refused it: from then on it misses nothing. */
  async ready(): Promise<this> {
    await until(() => this.live.sockets.some(each => each.readyState >= WebSocket.OPEN))
    await new Promise(resolve => setTimeout(resolve, 150))
    return this
  }

  /** Waits until so many came. */
  async has(count: number, ms = 5_000): Promise<EventAnswer[]> {
    await until(() => this.events.length >= count, ms)
    return this.events
  }

  async stop(): Promise<void> {
    this.#over = true
    this.#dispose()
    await this.live.client.dispose()
  }

  #subscribe(): void {
    this.subscribed += 1
    this.#dispose = this.live.client.subscribe<{ event: EventAnswer }>(
      this.#breaches
        ? {
            query: `subscription ($after: EventCursor, $filter: BreachEventFilter) { event: breachEvents(after: $after, filter: $filter) { ${this.#fields} } }`,
            variables: { after: this.#cursor, filter: this.#breaches },
          }
        : {
            query: `subscription ($after: EventCursor, $types: [EventType!]) { event: events(after: $after, types: $types) { ${this.#fields} } }`,
            variables: { after: this.#cursor, types: this.#types },
          },
      {
        next: ({ data, errors }) => {
          if (errors) this.errors.push(...errors)
          if (!data) return
          this.events.push(data.event)
          this.#cursor = data.event.cursor
        },
        error: error => {
          const isClose = typeof (error as { code?: unknown }).code === 'number'
          if (!isClose) this.errors.push(error)
          if (isClose && !this.#over) setTimeout(() => this.#subscribe(), 20)
        },
        complete: () => undefined,
      },
    )
  }
}

/** Waits for something to become true, and fails when it doesn't. */
export async function until(condition: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  const end = performance.now() + ms
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`it didn't happen within ${ms} ms: ${String(condition)}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

/** A bare socket, for what no library would send. */
export class RawSocket {
  readonly socket: WebSocket
  readonly messages: Record<string, unknown>[] = []
  closed: { code: number; reason: string } | null = null

  constructor(
    world: { address: string },
    options: {
      protocol?: string | null
      origin?: string
      path?: string
      headers?: Record<string, string>
    } = {},
  ) {
    const url = options.path ? socketAddress(world).replace('/graphql', options.path) : socketAddress(world)
    this.socket = new WebSocket(
      url,
      options.protocol === null ? [] : (options.protocol ?? 'graphql-transport-ws'),
      { headers: options.headers ?? {}, ...(options.origin ? { origin: options.origin } : {}) },
    )
    this.socket.on('message', data => this.messages.push(JSON.parse((data as Buffer).toString('utf8'))))
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) }
    })
    this.socket.on('error', () => undefined)
  }

  async open(): Promise<this> {
    await until(() => this.socket.readyState === WebSocket.OPEN)
    return this
  }

  send(message: unknown): this {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
    return this
  }

  /** Says who it is and waits for the answer. */
  async init(payload?: Record<string, unknown>): Promise<this> {
    await this.open()
    this.send({ type: 'connection_init', ...(payload ? { payload } : {}) })
    await until(() => this.closed !== null || this.messages.some(each => each.type === 'connection_ack'))
    return this
  }

  async closing(ms = 5_000): Promise<number> {
    await until(() => this.closed !== null, ms)
    return (this.closed as { code: number }).code
  }

  async message(type: string, ms = 5_000): Promise<Record<string, unknown>> {
    await until(() => this.messages.some(each => each.type === type), ms)
    return this.messages.find(each => each.type === type) as Record<string, unknown>
  }
}
