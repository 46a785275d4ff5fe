import './live-messages.js'
import { Failure } from '../platform/failure.js'
import { languageOf } from '../platform/language.js'
import { describeError, type Logger } from '../platform/log.js'
import type { Authenticator, Caller, Directory } from '../tenancy/index.js'
import { isUnauthenticated } from './admission.js'
import { connectionsOpen } from './connection-metrics.js'
import type { Connection } from './connection.js'

/** Connections of one process: at 40 kB each when idle (bars.md, P7) they take less than half a gigabyte. */
const MAX_CONNECTIONS = 10_000
/** Connections of one caller. 100: a fleet of one service's processes; a leak of a client is cut off here. */
export const MAX_CONNECTIONS_PER_CALLER = 100
/** When one who has too many may come back. 5 s: by then one that broke has been noticed, mostly. */
const TOO_MANY_RETRY_SECONDS = 5
/** How often the other side is asked whether it is there: well within the 60 s after which proxies cut an idle connection. */
const HEARTBEAT_MS = 15_000
/** How often callers and readers are looked at: with a look into the directory (250 ms) well within a second (api.md, Events). */
const WATCH_MS = 250
/** How many callers are looked up again before others get their turn. */
const SLICE = 50
/** How long a drain waits for queries and mutations; half of what the whole drain may take (bars.md, trust 10). */
const DRAIN_MS = 5_000

export interface ConnectionParts {
  directory: Directory
  authenticator: Authenticator
  log: Logger
}

/**
 * Every connection of this process that lasts, WebSockets and streams of server-sent events alike: who may have one, and
 * for how long.
 */
export class LiveConnections {
  readonly #parts: ConnectionParts
  readonly #connections = new Set<Connection>()
  /** Those of somebody: a stream is one before it begins, so that many at once are as many as one after the other. */
  readonly #admitted = new Set<Connection>()
  readonly #timers: NodeJS.Timeout[]
  #watching = false
  #draining = false

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    this.#timers = [
      setInterval(() => void this.#watch(), WATCH_MS).unref(),
      setInterval(() => this.#beat(), HEARTBEAT_MS).unref(),
    ]
  }

  /** Takes one in, until it is gone. */
  add(connection: Connection): void {
    this.#connections.add(connection)
    connectionsOpen.inc({ transport: connection.transport })
    void connection.gone().then(() => {
      this.#connections.delete(connection)
      connectionsOpen.dec({ transport: connection.transport })
    })
    if (this.#draining) connection.end('restart')
    else if (this.#connections.size > MAX_CONNECTIONS) connection.end('tryLater')
  }

  /**
   * Finds out who is on it. Throws UNAUTHENTICATED; RATE_LIMITED for one that has too many. Every other trouble is ours:
   * it isn't known at the moment who may come in.
   */
  async admit(
    connection: Connection,
    token: string | null,
    acceptLanguage: string | undefined,
    purpose: string | null,
  ): Promise<void> {
    if (token === null) throw new Failure('UNAUTHENTICATED')
    // Taken before the token is looked at: a change in between is then seen as one.
    const { version: directoryVersion } = await this.#parts.directory.look()
    const caller = await this.#parts.authenticator.authenticate(token, purpose)
    connection.admit({ caller, token, purpose, language: languageOf(acceptLanguage), directoryVersion })
    const others = [...this.#admitted].filter(each => isSame(each.admission?.caller, caller))
    if (others.length < MAX_CONNECTIONS_PER_CALLER) {
      this.#admitted.add(connection)
      void connection.gone().then(() => this.#admitted.delete(connection))
      return
    }
    throw new Failure('RATE_LIMITED', {
      messageKey: 'TOO_MANY_CONNECTIONS',
      params: { max: MAX_CONNECTIONS_PER_CALLER },
      retryAfterSeconds: TOO_MANY_RETRY_SECONDS,
    })
  }

  /** Lets what runs finish, then tells everybody to come back elsewhere. */
  async drain(): Promise<void> {
    this.#draining = true
    const until = performance.now() + DRAIN_MS
    const running = (): boolean => [...this.#connections].some(each => each.running > 0)
    while (running() && performance.now() < until) await new Promise(resolve => setTimeout(resolve, 20))
    for (const timer of this.#timers) clearInterval(timer)
    const gone = [...this.#connections].map(each => each.gone())
    for (const connection of this.#connections) connection.end('restart')
    await Promise.all(gone)
  }

  /** Ends those of whoever isn't admitted any more, and of whoever doesn't listen. */
  async #watch(): Promise<void> {
    for (const connection of this.#connections) {
      connection.stillAdmitted()
      if (connection.isStalled) connection.end('tryLater')
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
      const caller = await this.#parts.authenticator.authenticate(admission.token, admission.purpose)
      if (JSON.stringify(caller) !== JSON.stringify(admission.caller)) connection.end('forbidden')
      admission.directoryVersion = version
    } catch (error) {
      if (!isUnauthenticated(error, this.#parts.log)) throw error
      connection.end('forbidden')
    }
  }

  #beat(): void {
    for (const connection of this.#connections) connection.beat()
  }
}

const isSame = (one: Caller | undefined, other: Caller): boolean =>
  one?.tenantId === other.tenantId &&
  one.issuer === other.issuer &&
  one.subject === other.subject &&
  one.customerId === other.customerId
