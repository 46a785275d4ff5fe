import pg from 'pg'
import { isUuid, newUuid } from '../platform/ids.js'
import type { WakeUpChannel } from './wake-up.js'

/** PostgreSQL's name of the channel; each database has its own. */
const CHANNEL = 'surety_recorded'
/** PostgreSQL takes less than 8,000 bytes in one notification; 200 ids of 36 letters and one of who says so are 7,437. */
const IDS_AT_ONCE = 200
/** How long it waits before it connects again. 1 s, as everywhere where the database is asked for again. */
const RECONNECT_MS = 1_000
/** A notification that takes longer is given up with its connection: PostgreSQL answers in a millisecond. */
const ANSWER_MS = 5_000

/**
 * Wake-ups by NOTIFY and LISTEN, on one connection beside the pool, straight to PostgreSQL: a pooler in transaction mode
 * would give what is listened for to somebody else. It is made when it is first needed and made again when it breaks.
 * Ids of tenants are all that is said.
 */
export class NotifyChannel implements WakeUpChannel {
  readonly #url: string
  /** PostgreSQL tells a process its own notifications, too; it has heard them already. */
  readonly #self = newUuid()
  #client: Promise<pg.Client> | null = null
  #heard: ((tenantIds: readonly string[]) => void) | null = null
  #gap: () => void = () => undefined
  #isListening = false
  #closed = false

  constructor(url: string) {
    this.#url = url
  }

  get isListening(): boolean {
    return this.#isListening
  }

  listen(heard: (tenantIds: readonly string[]) => void, gap: () => void): void {
    this.#heard = heard
    this.#gap = gap
    if (this.#isListening) gap()
    else void this.#connected().catch(() => undefined)
  }

  async spread(tenantIds: readonly string[]): Promise<void> {
    const client = await this.#connected()
    for (let at = 0; at < tenantIds.length; at += IDS_AT_ONCE) {
      const some = tenantIds.slice(at, at + IDS_AT_ONCE)
      if (!some.every(isUuid)) throw new Error('a wake-up takes ids of tenants')
      const payload = [this.#self, ...some].join(' ')
      // The notification is lost with its PostgreSQL anyhow: nobody waits until the disk has it.
      const text = `begin; set local synchronous_commit = off; notify ${CHANNEL}, '${payload}'; commit`
      await client.query(text).catch((error: unknown) => {
        // Nobody knows what it is in the middle of.
        void client.end().catch(() => undefined)
        throw error
      })
    }
  }

  close(): void {
    this.#closed = true
    this.#heard = null
    void this.#client?.then(client => client.end()).catch(() => undefined)
  }

  /** The connection, made when there is none. */
  #connected(): Promise<pg.Client> {
    if (this.#closed) return Promise.reject(new Error('the channel is closed'))
    this.#client ??= this.#connect()
    return this.#client
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'surety wake-up',
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
    })
    let isOver = false
    const over = (): void => {
      if (isOver) return
      isOver = true
      this.#client = null
      this.#isListening = false
      if (this.#heard) setTimeout(() => void this.#connected().catch(() => undefined), RECONNECT_MS).unref()
    }
    client.on('notification', ({ payload = '' }) => this.#hear(payload))
    // 'end' follows.
    client.on('error', () => undefined)
    client.on('end', over)
    try {
      await client.connect()
      await client.query(`listen ${CHANNEL}`)
    } catch (error) {
      void client.end().catch(() => undefined)
      over()
      throw error
    }
    this.#isListening = !isOver
    this.#gap()
    return client
  }

  #hear(payload: string): void {
    const [from, ...tenantIds] = payload.split(' ')
    if (from !== this.#self) this.#heard?.(tenantIds)
  }
}
