import './socket-messages.js'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ApolloServer } from '@apollo/server'
import type { FastifyInstance } from 'fastify'
import { type ConnectionInitMessage, handleProtocols, makeServer, type Server } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { Failure } from '../platform/failure.js'
import { languageOf } from '../platform/language.js'
import { describeError } from '../platform/log.js'
import { type Authenticator, type Directory, type RequestContext } from '../tenancy/index.js'
import { CLOSE, Connection } from './connection.js'
import { type OperationParts, SocketOperations } from './socket-operations.js'

export interface SocketParts extends Omit<OperationParts, 'ownIssuer'> {
  directory: Directory
  authenticator: Authenticator
  corsOrigins: readonly string[]
}

/** Sockets of one process: at 40 kB each when idle (bars.md, P7) they take less than half a gigabyte. */
const MAX_SOCKETS = 10_000
/** Sockets of one caller. 100: a fleet of one service's processes; a leak of a client is cut off here. */
export const MAX_SOCKETS_PER_CALLER = 100
/** Largest message: the same as the largest body over HTTP. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024
/** Largest message of somebody unknown: a token and a language, with the room that other clients' parameters take. */
const MAX_FIRST_MESSAGE_BYTES = 64 * 1024
/** How long a socket may say nothing before it says who it is: the protocol's own default. */
const INIT_MS = 3_000
/** How often the other side is asked whether it is there: well within the 60 s after which proxies cut an idle connection. */
const HEARTBEAT_MS = 15_000
/** How often callers and readers are looked at: with a look into the directory (250 ms) well within a second (api.md, Events). */
const WATCH_MS = 250
/** How many callers are looked up again before others get their turn. */
const SLICE = 50
/** How long a drain waits for queries and mutations; half of what the whole drain may take (bars.md, trust 10). */
const DRAIN_MS = 5_000

/** Opens `/graphql` for WebSockets (`graphql-transport-ws`); they close with the HTTP server. */
export function openSockets(
  http: FastifyInstance,
  apollo: ApolloServer<RequestContext>,
  parts: SocketParts,
): void {
  const sockets = new Sockets(apollo, parts)
  // Whoever offers another protocol (curl: h2c) goes on in HTTP. Node before 24.9 doesn't ask, and refuses them.
  Object.assign(http.server, {
    shouldUpgradeCallback: (request: IncomingMessage) => /^websocket$/i.test(request.headers.upgrade ?? ''),
  })
  http.server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head))
  http.addHook('preClose', () => sockets.drain())
}

class Sockets {
  readonly #parts: SocketParts
  readonly #operations: SocketOperations
  readonly #protocol: Server<Connection>
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, handleProtocols })
  readonly #connections = new Set<Connection>()
  readonly #timers: NodeJS.Timeout[]
  #watching = false
  #draining = false

  constructor(apollo: ApolloServer<RequestContext>, parts: SocketParts) {
    this.#parts = parts
    this.#operations = new SocketOperations(apollo, { ...parts, ownIssuer: parts.directory.ownIssuer })
    this.#protocol = this.#speak()
    this.#timers = [
      setInterval(() => void this.#watch(), WATCH_MS).unref(),
      setInterval(() => this.#beat(), HEARTBEAT_MS).unref(),
    ]
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined)
    if (request.url?.split('?', 1)[0] !== '/graphql') return refuse(socket, '404 Not Found')
    if (!this.#mayCome(request)) return refuse(socket, '403 Forbidden')
    this.#server.handleUpgrade(request, socket, head, accepted => this.#accept(accepted, socket))
  }

  /** Lets what runs finish, then tells everybody to come back elsewhere. */
  async drain(): Promise<void> {
    this.#draining = true
    const until = performance.now() + DRAIN_MS
    const running = (): boolean => [...this.#connections].some(each => each.running > 0)
    while (running() && performance.now() < until) await new Promise(resolve => setTimeout(resolve, 20))
    for (const timer of this.#timers) clearInterval(timer)
    const gone = [...this.#connections].map(
      each => new Promise(resolve => each.socket.once('close', resolve)),
    )
    for (const connection of this.#connections) connection.close(CLOSE.restart)
    await Promise.all(gone)
    this.#parts.live.close()
  }

  #accept(socket: WebSocket, wire: Duplex): void {
    const connection = new Connection(socket, wire)
    const closed = this.#protocol.opened(
      {
        protocol: socket.protocol,
        send: data => connection.send(data),
        close: (code, reason) => connection.close([code ?? 1000, reason ?? '']),
        onMessage: receive => socket.on('message', data => this.#take(connection, data as Buffer, receive)),
      },
      connection,
    )
    this.#connections.add(connection)
    connection.onClosed(async (code, reason) => {
      await closed(code, reason)
    })
    socket.on('close', () => this.#connections.delete(connection))
    socket.on('pong', () => {
      connection.alive = true
    })
    if (this.#draining) connection.close(CLOSE.restart)
    else if (this.#connections.size > MAX_SOCKETS) connection.close(CLOSE.tryLater)
  }

  #take(connection: Connection, data: Buffer, receive: (data: string) => Promise<void>): void {
    // `ws` hands on what comes until the other side has answered the close.
    if (!connection.isOpen) return
    if (!connection.admission && data.byteLength > MAX_FIRST_MESSAGE_BYTES)
      return connection.close(CLOSE.tooLarge)
    receive(data.toString('utf8')).catch(error => this.#failed(connection, error))
  }

  /** The protocol; every hook of ours answers and never throws, whatever a client sends. */
  #speak(): Server<Connection> {
    return makeServer<ConnectionInitMessage['payload'], Connection>({
      connectionInitWaitTimeout: INIT_MS,
      onConnect: context => {
        const { extra, connectionParams = {} } = context
        // What is needed of them is kept with the admission; all of them would be kept as long as the socket lives.
        Object.assign(context, { connectionParams: undefined })
        return this.#connect(extra, connectionParams)
      },
      onSubscribe: ({ extra }, _id, payload) => this.#operations.prepare(extra, payload),
      execute: args => this.#operations.execute(args),
      subscribe: args => this.#operations.subscribe(args),
      // Both are presented already.
      onNext: (_context, _id, _payload, _args, result) => result,
      onError: ({ extra }, _id, _payload, errors) =>
        this.#operations.present(errors as never, extra.admission?.language ?? 'en'),
    })
  }

  async #connect(connection: Connection, params: Record<string, unknown>): Promise<boolean> {
    try {
      const token = bearerOf(params.authorization)
      if (token === null) throw new Failure('UNAUTHENTICATED')
      // Taken before the token is looked at: a change in between is then seen as one.
      const { version: directoryVersion } = await this.#parts.directory.look()
      const caller = await this.#parts.authenticator.authenticate(token)
      const { acceptLanguage } = params
      const language = languageOf(typeof acceptLanguage === 'string' ? acceptLanguage : undefined)
      connection.admit({ caller, token, language, directoryVersion })
      const mine = [...this.#connections].filter(
        ({ admission }) =>
          admission?.caller.tenantId === caller.tenantId &&
          admission.caller.issuer === caller.issuer &&
          admission.caller.subject === caller.subject &&
          admission.caller.customerId === caller.customerId,
      )
      if (mine.length <= MAX_SOCKETS_PER_CALLER) return true
      connection.close(CLOSE.tryLater)
    } catch (error) {
      connection.close(this.#isUnauthenticated(error) ? CLOSE.unauthenticated : CLOSE.tryLater)
    }
    return false
  }

  /** Closes whoever isn't admitted any more, and whoever doesn't listen. */
  async #watch(): Promise<void> {
    for (const connection of this.#connections) {
      if (connection.hasExpired) connection.close(CLOSE.forbidden)
      if (connection.isStalled) connection.close(CLOSE.tryLater)
    }
    if (this.#watching || this.#connections.size === 0) return
    this.#watching = true
    try {
      const { version } = await this.#parts.directory.look()
      const outdated = [...this.#connections].filter(
        ({ admission }) => admission && admission.directoryVersion !== version,
      )
      for (const [index, connection] of outdated.entries()) {
        if (index % SLICE === SLICE - 1) await new Promise(resolve => setImmediate(resolve))
        await this.#lookUpAgain(connection, version)
      }
    } catch (error) {
      // Nothing is delivered meanwhile, since nothing can be read.
      this.#parts.log.error(describeError(error), 'callers could not be looked up')
    } finally {
      this.#watching = false
    }
  }

  async #lookUpAgain(connection: Connection, version: string): Promise<void> {
    const { admission } = connection
    if (!admission) return
    try {
      const caller = await this.#parts.authenticator.authenticate(admission.token)
      if (JSON.stringify(caller) !== JSON.stringify(admission.caller)) connection.close(CLOSE.forbidden)
      admission.directoryVersion = version
    } catch (error) {
      if (!this.#isUnauthenticated(error)) throw error
      connection.close(CLOSE.forbidden)
    }
  }

  #beat(): void {
    for (const connection of this.#connections) {
      if (!connection.alive) connection.socket.terminate()
      connection.alive = false
      connection.socket.ping()
    }
  }

  /** A page of a foreign origin gets no socket: browsers don't ask before they open one. Programs send no origin. */
  #mayCome({ headers: { origin, host } }: IncomingMessage): boolean {
    if (origin === undefined || this.#parts.corsOrigins.includes(origin)) return true
    return URL.parse(origin)?.host === host
  }

  #isUnauthenticated(error: unknown): boolean {
    if (!(error instanceof Failure) || error.code !== 'UNAUTHENTICATED') {
      this.#parts.log.error(describeError(error), 'callers could not be looked up')
      return false
    }
    const reason = (error.cause as { reason?: unknown } | undefined)?.reason
    this.#parts.log.info(
      { reason: typeof reason === 'string' ? reason : 'no-bearer-token' },
      'a token was refused',
    )
    return true
  }

  /** A message of a kind that only a server sends, or a mistake of ours. */
  #failed(connection: Connection, error: unknown): void {
    const unexpected = error instanceof Error && error.message.startsWith('Unexpected message of type')
    if (!unexpected) this.#parts.log.error(describeError(error), 'a socket failed')
    connection.close(unexpected ? CLOSE.badMessage : CLOSE.internal)
  }
}

/** As in the header over HTTP (RFC 6750, 2.1). */
function bearerOf(authorization: unknown): string | null {
  return typeof authorization === 'string' ? (/^Bearer +([^\s]+) *$/i.exec(authorization)?.[1] ?? null) : null
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}
