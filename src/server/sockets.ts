import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import proxyAddress from '@fastify/proxy-addr'
import type { FastifyInstance } from 'fastify'
import { type ConnectionInitMessage, handleProtocols, makeServer, type Server } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { Failure } from '../platform/failure.js'
import { describeError, type Logger } from '../platform/log.js'
import { bearerOf, isUnauthenticated, purposeOf } from './admission.js'
import { type Bounds, listenTo } from './bounds/index.js'
import type { LiveConnections } from './live-connections.js'
import type { LiveOperations } from './live-operations.js'
import { CLOSE, SocketConnection } from './socket-connection.js'
import { socketsClosed } from './connection-metrics.js'

export interface SocketParts {
  connections: LiveConnections
  operations: LiveOperations
  corsOrigins: readonly string[]
  /** Addresses whose `X-Forwarded-For` says who calls, as over HTTP. */
  trustedProxies?: readonly string[]
  bounds: Bounds
  log: Logger
}

/** Largest message: the same as the largest body over HTTP. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024
/** Largest message of somebody unknown: a token and a language, with the room that other clients' parameters take. */
const MAX_FIRST_MESSAGE_BYTES = 64 * 1024
/** How long a socket may say nothing before it says who it is: the protocol's own default. */
const INIT_MS = 3_000

/** Opens `/graphql` for WebSockets (`graphql-transport-ws`). */
export function openSockets(http: FastifyInstance, parts: SocketParts): void {
  const sockets = new Sockets(parts)
  // Whoever offers another protocol (curl: h2c) goes on in HTTP. Node before 24.9 doesn't ask, and refuses them.
  Object.assign(http.server, {
    shouldUpgradeCallback: (request: IncomingMessage) => /^websocket$/i.test(request.headers.upgrade ?? ''),
  })
  http.server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head))
}

class Sockets {
  readonly #parts: SocketParts
  readonly #isProxy: (address: string, hop: number) => boolean
  readonly #protocol: Server<SocketConnection>
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, handleProtocols })

  constructor(parts: SocketParts) {
    this.#parts = parts
    this.#isProxy = proxyAddress.compile([...(parts.trustedProxies ?? [])])
    this.#protocol = this.#speak()
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined)
    if (request.url?.split('?', 1)[0] !== '/graphql') return refuse(socket, '404 Not Found')
    if (!this.#mayCome(request)) return refuse(socket, '403 Forbidden')
    const address = proxyAddress(request, this.#isProxy)
    this.#server.handleUpgrade(request, socket, head, accepted =>
      this.#accept(new SocketConnection(accepted, socket, address), accepted),
    )
  }

  #accept(connection: SocketConnection, socket: WebSocket): void {
    const closed = this.#protocol.opened(
      {
        protocol: socket.protocol,
        send: data => connection.send(data),
        close: (code, reason) => connection.close([code ?? 1000, reason ?? '']),
        onMessage: receive => socket.on('message', data => this.#take(connection, data as Buffer, receive)),
      },
      connection,
    )
    connection.onClosed(async (code, reason) => {
      socketsClosed(code)
      await closed(code, reason)
    })
    this.#parts.connections.add(connection)
  }

  #take(connection: SocketConnection, data: Buffer, receive: (data: string) => Promise<void>): void {
    // `ws` hands on what comes until the other side has answered the close.
    if (!connection.isOpen) return
    if (!connection.admission && data.byteLength > MAX_FIRST_MESSAGE_BYTES)
      return connection.close(CLOSE.tooLarge)
    receive(data.toString('utf8')).catch(error => this.#failed(connection, error))
  }

  /** The protocol; every hook of ours answers and never throws, whatever a client sends. */
  #speak(): Server<SocketConnection> {
    const { operations } = this.#parts
    return makeServer<ConnectionInitMessage['payload'], SocketConnection>({
      connectionInitWaitTimeout: INIT_MS,
      onConnect: context => {
        const { extra, connectionParams = {} } = context
        // What is needed of them is kept with the admission; all of them would be kept as long as the socket lives.
        Object.assign(context, { connectionParams: undefined })
        return this.#connect(extra, connectionParams)
      },
      onSubscribe: ({ extra }, _id, payload) => operations.prepare(extra, payload),
      execute: args => operations.execute(args),
      subscribe: args => operations.subscribe(args),
      // Both are presented already.
      onNext: (_context, _id, _payload, _args, result) => result,
      onError: ({ extra }, _id, _payload, errors) =>
        operations.present(errors as never, extra.admission?.language ?? 'en'),
    })
  }

  async #connect(connection: SocketConnection, params: Record<string, unknown>): Promise<boolean> {
    try {
      const { authorization, acceptLanguage, purpose } = params
      const token = typeof authorization === 'string' ? bearerOf(authorization) : null
      const language = typeof acceptLanguage === 'string' ? acceptLanguage : undefined
      const from = { address: connection.address, sentToken: authorization != null }
      await listenTo(from, this.#parts.bounds, () =>
        this.#parts.connections.admit(connection, token, language, purposeOf(purpose)),
      )
      return true
    } catch (error) {
      // A purpose that its token hasn't: another try would be as good.
      if (error instanceof Failure && error.code === 'FORBIDDEN') {
        connection.close(CLOSE.badMessage)
        return false
      }
      const tooMany = error instanceof Failure && error.code === 'RATE_LIMITED'
      const unauthenticated = !tooMany && isUnauthenticated(error, this.#parts.log)
      connection.close(unauthenticated ? CLOSE.unauthenticated : CLOSE.tryLater)
      return false
    }
  }

  /** A page of a foreign origin gets no socket: browsers don't ask before they open one. Programs send no origin. */
  #mayCome({ headers: { origin, host } }: IncomingMessage): boolean {
    if (origin === undefined || this.#parts.corsOrigins.includes(origin)) return true
    return URL.parse(origin)?.host === host
  }

  /** A message of a kind that only a server sends, or a mistake of ours. */
  #failed(connection: SocketConnection, error: unknown): void {
    const unexpected = error instanceof Error && error.message.startsWith('Unexpected message of type')
    connection.close(unexpected ? CLOSE.badMessage : CLOSE.internal)
    if (!unexpected) this.#parts.log.error(describeError(error), 'a socket failed')
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}
