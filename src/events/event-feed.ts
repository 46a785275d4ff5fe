import type { Database } from '../persistence/index.js'
import type { Logger } from '../platform/log.js'
import type { EventWish, LiveEvents, Request } from '../tenancy/index.js'
import { positionOf, readHead } from './event-loaders.js'
import { EventStream } from './event-stream.js'
import { TenantFeed } from './tenant-feed.js'

/**
 * The live end of the journal in this process: one {@link TenantFeed} for each tenant that somebody here listens to,
 * made with its first stream and gone with its last.
 */
export class EventFeed implements LiveEvents {
  readonly #database: Database
  readonly #log: Logger
  readonly #tenants = new Map<string, TenantFeed>()
  readonly #stopWaking: () => void
  #closed = false

  constructor(database: Database, log: Logger) {
    this.#database = database
    this.#log = log
    this.#stopWaking = database.wakeUp.onRecorded(tenantId => {
      if (tenantId !== null) this.#tenants.get(tenantId)?.wake()
      else for (const tenant of this.#tenants.values()) tenant.wake()
    })
  }

  async subscribe(request: Request, wish: EventWish): Promise<EventStream> {
    // Where it starts is settled before it is answered: what happens from now on is in the stream.
    const position = wish.after === null ? await readHead(request.reads) : positionOf(request, wish.after)
    if (this.#closed) throw new Error('the feed is closed')
    return new EventStream(request, this.#feedOf(request.caller.tenantId), { ...wish, position })
  }

  close(): void {
    this.#closed = true
    this.#stopWaking()
    for (const tenant of this.#tenants.values()) tenant.close()
  }

  #feedOf(tenantId: string): TenantFeed {
    let tenant = this.#tenants.get(tenantId)
    if (!tenant) {
      tenant = new TenantFeed(tenantId, this.#database, this.#log, () => this.#tenants.delete(tenantId))
      this.#tenants.set(tenantId, tenant)
    }
    return tenant
  }
}
