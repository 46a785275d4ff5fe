import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { until } from './subscriber.js'
import type { Caller, World } from './world.js'

export interface StreamMessage {
  event: string
  id: string | null
  // biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
  data: any
}

/** A stream of server-sent events, read as bytes: for what no library would show. */
export class RawStream {
  status: number | null = null
  headers: IncomingHttpHeaders = {}
  text = ''
  /** Null while it goes on; false when it was cut. */
  endedWell: boolean | null = null
  readonly #request: ClientRequest
  #response: IncomingMessage | null = null

  constructor(
    world: World,
    /** What is asked: an object, a body as it is, or with GET what stands behind the question mark. */
    asked: object | string,
    headers: Record<string, string | undefined> = {},
    options: { method?: string; address?: string } = {},
  ) {
    const { method = 'POST', address = world.address } = options
    const isGet = method === 'GET'
    const sent = typeof asked === 'string' ? asked : JSON.stringify(asked)
    const given = Object.entries({ 'content-type': isGet ? undefined : 'application/json', ...headers })
    this.#request = request(`${address}/graphql${isGet ? `?${sent}` : ''}`, {
      method,
      agent: false,
      headers: {
        accept: 'text/event-stream',
        ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
      },
    })
    this.#request.on('response', response => this.#read(response))
    this.#request.on('error', () => {
      this.endedWell ??= false
    })
    this.#request.end(isGet ? '' : sent)
  }

  static of(
    caller: Caller,
    asked: object,
    headers: Record<string, string> = {},
    options: { address?: string } = {},
  ): RawStream {
    return new RawStream(
      caller.world,
      asked,
      { authorization: `Bearer ${caller.token}`, ...headers },
      options,
    )
  }

  get messages(): StreamMessage[] {
    const blocks = this.text.split('\n\n').slice(0, -1)
    return blocks.filter(block => block !== ':').map(messageOf)
  }

  get nexts(): StreamMessage[] {
    return this.messages.filter(({ event }) => event === 'next')
  }

  get comments(): number {
    return this.text.split('\n\n').filter(block => block === ':').length
  }

  async opened(): Promise<this> {
    await until(() => this.status !== null && (this.status !== 200 || this.text !== ''))
    return this
  }

  async has(count: number, ms = 5_000): Promise<StreamMessage[]> {
    await until(() => this.nexts.length >= count, ms)
    return this.nexts
  }

  async ending(ms = 5_000): Promise<boolean> {
    await until(() => this.endedWell !== null, ms)
    return this.endedWell as boolean
  }

  pause(): void {
    this.#response?.socket.pause()
  }

  resume(): void {
    this.#response?.socket.resume()
  }

  cut(): void {
    this.#request.destroy()
  }

  #read(response: IncomingMessage): void {
    this.#response = response
    this.status = response.statusCode ?? null
    this.headers = response.headers
    response.setEncoding('utf8')
    response.on('data', data => {
      this.text += data
    })
    response.on('error', () => {
      this.endedWell ??= false
    })
    response.on('end', () => {
      this.endedWell ??= true
    })
  }
}

function messageOf(block: string): StreamMessage {
  const fields = new Map(
    block.split('\n').map(line => {
      const [, name = '', value = ''] = /^([a-z]*):? ?(.*)$/.exec(line) ?? []
      return [name, value] as const
    }),
  )
  const data = fields.get('data')
  return {
    event: fields.get('event') ?? '',
    id: fields.get('id') ?? null,
    data: data ? JSON.parse(data) : null,
  }
}
