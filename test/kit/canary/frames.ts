import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { socketAddress } from '../subscriber.js'
import type { Attacker } from './attackers.js'
import type { Operation, Operations } from './operations.js'
import type { Answer } from './oracle.js'
import type { CanaryWorld } from './world.js'

/** One message of the server on an attacker's socket. */
export interface Frame {
  attacker: Attacker
  /** What it was subscribed with. */
  document: string
  text: string
}

/** Open subscriptions of each attacker; more would only show the same news more often. */
const EACH = 2
/**
 * Those for whom more is decided cell by cell listen to this all the time: who reported a ticket is four steps from an
 * event, where chance seldom leads.
 */
const STANDING = `subscription Standing {
  events { id subject { id ... on Ticket { subject reporter { id name email phone } agreement { number } } } }
}`
/** Within this many turns every subscription has become another one. */
const TURNS = 2
/** How long it must be quiet before all that is to come has come: a stream looks at the head five times a second. */
const QUIET_MS = 600
/** Streams that are never quiet would hold up the test. */
const PATIENCE_MS = 15_000

/** Attackers who listen: each has a socket, and subscriptions with selections of chance, which change from turn to turn. */
export class Listening {
  readonly frames: Frame[] = []
  readonly #operations: Operations
  readonly #onSpoken: (operation: Operation) => void
  readonly #listeners: Listener[]
  #turns = 0

  constructor(
    world: CanaryWorld,
    attackers: readonly Attacker[],
    operations: Operations,
    onSpoken: (operation: Operation) => void,
  ) {
    this.#operations = operations
    this.#onSpoken = onSpoken
    this.#listeners = attackers.map(attacker => new Listener(world, attacker, this.frames))
  }

  /** Subscribes those who have nothing yet, and one after the other of the rest anew. */
  turn(): void {
    const turn = this.#turns++
    if (turn === 0) for (const listener of this.#listeners) listener.subscribeForGood(STANDING)
    for (const [index, listener] of this.#listeners.entries()) {
      if (listener.open >= EACH && (index + turn) % TURNS === 0) listener.drop()
      while (listener.open < EACH) {
        const operation = this.#operations.subscription()
        this.#onSpoken(operation)
        listener.subscribe(operation)
      }
    }
  }

  /** Until nothing more comes. */
  async settle(): Promise<void> {
    const patience = performance.now() + PATIENCE_MS
    for (let heard = -1; heard !== this.frames.length && performance.now() < patience; ) {
      heard = this.frames.length
      await new Promise(resolve => setTimeout(resolve, QUIET_MS))
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#listeners.map(listener => listener.close()))
  }
}

/** One attacker's socket. What comes in is kept as it came, before any library has read it. */
class Listener {
  readonly #client: Client
  readonly #documents = new Map<string, string>()
  readonly #drops: (() => void)[] = []
  readonly #isSought: boolean
  #subscribed = 0

  constructor({ world }: CanaryWorld, attacker: Attacker, frames: Frame[]) {
    const documents = this.#documents
    this.#isSought = (attacker.asks ?? 1) > 1
    class Heard extends WebSocket {
      constructor(...args: ConstructorParameters<typeof WebSocket>) {
        super(...args)
        this.on('message', data => {
          const text = (data as Buffer).toString('utf8')
          const { id } = JSON.parse(text) as { id?: string }
          frames.push({ attacker, document: documents.get(id ?? '') ?? '', text })
        })
      }
    }
    this.#client = createClient({
      url: socketAddress(world),
      webSocketImpl: Heard,
      connectionParams: { authorization: `Bearer ${attacker.token}` },
      generateID: () => `s${this.#subscribed}`,
    })
  }

  get open(): number {
    return this.#drops.length
  }

  subscribe({ query, variables }: Operation): void {
    this.#documents.set(`s${++this.#subscribed}`, `${query}\n${JSON.stringify(variables)}`)
    let drop: () => void = () => undefined
    const over = (): void => {
      const at = this.#drops.indexOf(drop)
      if (at >= 0) this.#drops.splice(at, 1)
    }
    drop = this.#client.subscribe(
      { query, variables },
      { next: () => undefined, error: over, complete: over },
    )
    this.#drops.push(drop)
  }

  subscribeForGood(query: string): void {
    if (!this.#isSought) return
    this.#documents.set(`s${++this.#subscribed}`, query)
    this.#client.subscribe(
      { query },
      { next: () => undefined, error: () => undefined, complete: () => undefined },
    )
  }

  /** The one that is open longest. */
  drop(): void {
    this.#drops.shift()?.()
  }

  async close(): Promise<void> {
    while (this.open > 0) this.drop()
    await this.#client.dispose()
  }
}

/** A frame as the oracle reads an answer: `next` holds one, `error` the errors of one. */
export function answerOf({ text }: Frame): Answer {
  const { type, payload } = JSON.parse(text) as { type: string; payload?: object }
  const body = type === 'next' ? payload : type === 'error' ? { errors: payload } : {}
  return { status: 200, head: '', text, body: body as Answer['body'] }
}
