import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Attribute {
  key: string
  value: Record<string, unknown>
}

export interface ExportedSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  /** 1 internal, 2 server, 3 client. */
  kind: number
  attributes: Attribute[]
  status: { code: number; message?: string }
  events: unknown[]
  startTimeUnixNano: string
  endTimeUnixNano: string
}

/** Takes spans as a collector of OpenTelemetry does: OTLP over HTTP, as JSON. Keeps the very bytes as well. */
export class Collector {
  readonly address: string
  readonly bodies: string[] = []
  readonly headers: Record<string, unknown>[] = []
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async start(): Promise<Collector> {
    let collector: Collector | null = null
    const server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', part => parts.push(part as Buffer))
      request.on('end', () => {
        const expected = request.method === 'POST' && request.url === '/v1/traces'
        if (expected) collector?.bodies.push(Buffer.concat(parts).toString('utf8'))
        collector?.headers.push({ url: request.url, ...request.headers })
        response.writeHead(expected ? 200 : 404, { 'content-type': 'application/json' }).end('{}')
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    collector = new Collector(server)
    return collector
  }

  /** Resources of all exports, one for each. */
  get resources(): Record<string, unknown>[] {
    return this.#exports.map(({ resource }) => attributesOf(resource.attributes))
  }

  get spans(): ExportedSpan[] {
    return this.#exports.flatMap(each => each.scopeSpans.flatMap(({ spans }) => spans))
  }

  get #exports(): { resource: { attributes: Attribute[] }; scopeSpans: { spans: ExportedSpan[] }[] }[] {
    return this.bodies.flatMap(body => JSON.parse(body).resourceSpans)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }
}

export const attributesOf = (attributes: Attribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
