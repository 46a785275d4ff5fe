import { asWork, type Work } from '../platform/work.js'
import { attempt } from './webhook-attempt.js'
import {
  type Batch,
  type DeliveryParts,
  type EndpointRead,
  readBatch,
  readEndpoint,
  secretsOf,
} from './webhook-batch.js'
import { bodyOf, type Envelope, type Told } from './webhook-envelope.js'
import { endAccess, type Entry, fail, handBack, keepGoing, type Progress, sleep } from './webhook-ledger.js'
import { stuck } from './webhook-metrics.js'

/** After so long a turn ends where others wait for room: a second is what a breach may take (bars.md, P3), and a few is a turn. */
const TURN_MS = 5_000
/** When an endpoint comes back whose next event is of a newer release than this process: that one has it by then. */
const NEWER_RELEASE_MS = 10_000
/** When it comes back after reading took too long for anything to be sent: a slow database isn't asked all the time. */
const SLOW_MS = 1_000

export interface TurnLimits {
  /** Cuts short what isn't answered. */
  signal: AbortSignal
  /** This process is about to end. */
  isLast: () => boolean
  /** Others wait for room. */
  isCrowded: () => boolean
}

/** What became of a batch. */
type Sent =
  | { kind: 'all' }
  | { kind: 'old' }
  | { kind: 'cut' }
  | { kind: 'failed'; entry: Entry; event: Told }

/**
 * One process's turn with one endpoint: it delivers event by event, in order, one at a time, until there is nothing more,
 * an attempt fails, or the process ends. What arrived is written down batch by batch.
 */
export class WebhookTurn {
  readonly #parts: DeliveryParts
  readonly #tenantId: string
  readonly #id: string
  readonly #lease: string
  readonly #limits: TurnLimits
  readonly #startedAt = performance.now()

  constructor(parts: DeliveryParts, tenantId: string, id: string, lease: string, limits: TurnLimits) {
    this.#parts = parts
    this.#tenantId = tenantId
    this.#id = id
    this.#lease = lease
    this.#limits = limits
  }

  async run(): Promise<void> {
    for (let goesOn = true; goesOn; )
      goesOn = await asWork(work => this.#step(work), { begin: 'deliver webhooks' })
  }

  /** Reads, sends and writes down one batch. False: the turn is over. */
  async #step(work: Work): Promise<boolean> {
    const { database } = this.#parts
    const endpoint = await readEndpoint(database, this.#tenantId, this.#id, this.#lease)
    if (!endpoint?.isOurs) return false
    const batch = await readBatch(this.#parts, endpoint)
    if (!batch) {
      await endAccess(database, endpoint)
      return false
    }
    const progress = {
      endpoint,
      lease: this.#lease,
      position: BigInt(endpoint.position),
      delivered: [] as Entry[],
    }
    const sent = await this.#send(endpoint, batch, progress)
    work.describe('deliver webhooks', { 'surety.events': progress.delivered.length })
    await batch.request.keepDisclosures()
    return this.#settle(progress, batch, sent)
  }

  async #settle(progress: Progress, batch: Batch, sent: Sent): Promise<boolean> {
    const { database } = this.#parts
    if (sent.kind === 'failed') {
      const { nextAttemptAt } = await fail(database, progress, sent.entry)
      if (nextAttemptAt)
        stuck.set(this.#id, { since: sent.event.acceptedAt.getTime(), until: nextAttemptAt.getTime() })
      else stuck.delete(this.#id)
      return false
    }
    stuck.delete(this.#id)
    const isOver = performance.now() - this.#startedAt > TURN_MS && this.#limits.isCrowded()
    if (sent.kind === 'cut' || isOver || this.#limits.isLast()) {
      await handBack(database, progress)
      return false
    }
    if (sent.kind === 'old' && progress.delivered.length === 0) {
      await handBack(database, progress, new Date(Date.now() + SLOW_MS))
      return false
    }
    if (sent.kind === 'old' || (batch.more && batch.entries.length > 0)) return this.#goOn(progress)
    if (batch.more) {
      await handBack(database, progress, new Date(Date.now() + NEWER_RELEASE_MS))
      return false
    }
    return !(await sleep(database, progress, batch.head))
  }

  /** Whether the turn still has it is seen by the next look. */
  async #goOn(progress: Progress): Promise<boolean> {
    await keepGoing(this.#parts.database, progress)
    return true
  }

  /** As far as it arrives and the judgement stands; `progress` moves along. */
  async #send(endpoint: EndpointRead, batch: Batch, progress: Mutable<Progress>): Promise<Sent> {
    const secrets = secretsOf(this.#parts.seals, endpoint)
    const delivered: Entry[] = []
    progress.delivered = delivered
    let tries = endpoint.attempt
    for (const { event, envelope } of batch.entries) {
      if (!batch.isFresh(delivered.length === 0)) return { kind: 'old' }
      if (this.#limits.isLast()) return { kind: 'cut' }
      this.#disclose(batch, event, envelope)
      const message = {
        id: event.id,
        body: bodyOf(envelope, endpoint.payload),
        url: endpoint.url,
        secrets,
        acceptedAt: event.acceptedAt,
      }
      const attempted = await attempt(this.#parts.outside, message, this.#limits.signal)
      if (!attempted) return { kind: 'cut' }
      const entry = { ...attempted, eventId: uuidOfEvent(event), type: event.type, attempt: (tries += 1) }
      if (attempted.state === 'FAILED') return { kind: 'failed', entry, event }
      delivered.push(entry)
      progress.position = BigInt(event.sequence)
      progress.endpoint = { ...endpoint, attempt: 0, failingSince: null }
      tries = 0
    }
    return { kind: 'all' }
  }

  /** What leaves for a third party is written down, whether or not it arrives (clause 8.2.1). */
  #disclose({ request }: Batch, { customerId, category }: Told, { data, ...attributes }: Envelope): void {
    if (request.caller.appId === null || customerId === null) return
    const fields = Object.keys(attributes).length + Object.keys((data ?? {}) as object).length
    request.noteDisclosure(customerId, category, fields)
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

const uuidOfEvent = ({ id }: Told): string => id.slice(id.indexOf('_') + 1)
