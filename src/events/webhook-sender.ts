import { type AlarmHandler, type DueAlarm, JOURNAL_GREW_ALARM, type Operation } from '../persistence/index.js'
import { newUuid } from '../platform/ids.js'
import { describeError, type Logger } from '../platform/log.js'
import type { DeliveryParts } from './webhook-batch.js'
import { ANNOUNCE_ALARM, announceDisabled } from './webhook-events.js'
import { beginTurn, DELIVER_ALARM, LEASE_SECONDS } from './webhook-ledger.js'
import { deliveringNow } from './webhook-metrics.js'
import { sendTest, TEST_ALARM } from './webhook-test.js'
import { forgetOldDeliveries, inspectEndpoint, TIDY_ALARM } from './webhook-tidying.js'
import { WebhookTurn } from './webhook-turn.js'

/**
 * Endpoints that a process delivers to at once. 500: each holds a socket and up to fifty events, and waits for its receiver
 * nearly all the time, a dead one for 15 s.
 */
const AT_ONCE = 500
/** Of them of one tenant, so that ten tenants with nothing but dead receivers leave the others their room. */
const OF_A_TENANT = 50
/** When one that finds no room comes back, or one that somebody changes this very moment. */
const ROOM_SECONDS = 1
/** Endpoints of the tenant `$1`: those whose ids are `$2`; or those that sleep until its journal grows. */
const THESE = 'tenant_id = $1 and id = any ($2::uuid[])'
const SLEEPING = `tenant_id = $1 and $2::uuid[] is null and state = 'ENABLED' and next_attempt_at is null and lease is null`
/** How long a stop waits for answers: within the 9 s of a drain, with time left to write down what arrived. */
const STOP_MS = 7_000

/**
 * Delivers webhooks in this process, beside others that do. The alarm clock says which endpoint is due; who takes it has it
 * for a while ({@link LEASE_SECONDS}), said in its row, so that an endpoint is one process's at a time and comes to another
 * when that one died. What is sent is sent outside of any transaction.
 */
export class WebhookSender {
  /** What the alarm clock rings for. */
  readonly jobs: Readonly<Record<string, AlarmHandler>>
  readonly #parts: DeliveryParts
  readonly #log: Logger
  readonly #turns = new Map<string, Promise<void>>()
  readonly #ofTenant = new Map<string, number>()
  readonly #abort = new AbortController()
  #stopping = false

  constructor(parts: DeliveryParts, log: Logger) {
    this.#parts = parts
    this.#log = log
    this.jobs = {
      [JOURNAL_GREW_ALARM]: operation => this.#take(operation, null),
      [DELIVER_ALARM]: (operation, alarms) =>
        this.#take(
          operation,
          alarms.map(alarm => alarm.subjectId),
        ),
      [ANNOUNCE_ALARM]: announceDisabled,
      [TEST_ALARM]: async (operation, alarms) =>
        this.#afterwards(operation, alarms, (tenantId, id) =>
          sendTest(this.#parts, tenantId, id, this.#abort.signal),
        ),
      [TIDY_ALARM]: async (operation, alarms) => {
        await forgetOldDeliveries(operation, alarms)
        this.#afterwards(operation, alarms, (tenantId, id) => inspectEndpoint(this.#parts, tenantId, id))
      },
    }
  }

  /** Until nothing is under way: for tests, and the end of a drain. */
  async settled(): Promise<void> {
    while (this.#turns.size > 0) await Promise.all(this.#turns.values())
  }

  /** Begins nothing more, and gives what is under way a while to be answered; who isn't by then is asked again by another. */
  async stop(): Promise<void> {
    this.#stopping = true
    const late = setTimeout(() => this.#abort.abort(), STOP_MS)
    await this.settled()
    clearTimeout(late)
  }

  /** What isn't done in the alarm's own transaction, since it waits for others. */
  #afterwards(
    operation: Operation,
    alarms: readonly DueAlarm[],
    work: (tenantId: string, id: string) => Promise<void>,
  ): void {
    const { tenantId } = operation.session
    operation.whenCommitted(() => {
      for (const { kind, subjectId } of alarms)
        this.#run(`${kind} ${subjectId}`, tenantId, () => work(tenantId, subjectId))
    })
  }

  /** Takes endpoints that nobody has: these, or all of the tenant's that sleep. */
  async #take(operation: Operation, ids: readonly string[] | null): Promise<void> {
    const { tenantId } = operation.session
    const room = this.#stopping
      ? 0
      : Math.min(AT_ONCE - this.#turns.size, OF_A_TENANT - (this.#ofTenant.get(tenantId) ?? 0))
    const lease = newUuid()
    // Nobody is waited for here: what is locked is being changed, and is looked at again.
    const unlocked = await operation.run<{ id: string; on: boolean; leasedUntil: Date | null; now: Date }>(
      `select id, state = 'ENABLED' as on, case when leased_until > (select surety_now()) then leased_until end as "leasedUntil",
         surety_now() as now
       from webhook_endpoints where ${ids ? THESE : SLEEPING} order by id for update skip locked`,
      [tenantId, ids],
    )
    const found = unlocked.filter(each => each.on)
    const free = found.filter(each => each.leasedUntil === null)
    const taken = free.slice(0, Math.max(0, room)).map(each => each.id)
    await beginTurn(operation, taken, lease)
    for (const { id, leasedUntil, now } of found)
      operation.setAlarm(DELIVER_ALARM, id, this.#alarmAfter(taken.includes(id), leasedUntil, new Date(now)))
    await this.#lookAgain(
      operation,
      ids,
      unlocked.map(each => each.id),
    )
    operation.whenCommitted(() => {
      for (const id of taken) this.#run(id, tenantId, () => this.#turn(tenantId, id, lease))
    })
  }

  /** If this process dies it rings at the end of the lease; one that somebody has, then; one without room, soon. */
  #alarmAfter(isTaken: boolean, leasedUntil: Date | null, now: Date): Date {
    if (leasedUntil) return new Date(leasedUntil)
    return new Date(now.getTime() + (isTaken ? LEASE_SECONDS : ROOM_SECONDS) * 1000)
  }

  /**
   * What was locked is looked at again, in whichever state: whoever has it may be enabling it, or may change their mind. Of
   * sleepers the same alarm rings again, since that of each is its row's holder's to set.
   */
  async #lookAgain(
    operation: Operation,
    ids: readonly string[] | null,
    unlocked: readonly string[],
  ): Promise<void> {
    if (ids?.length === unlocked.length) return
    const { tenantId } = operation.session
    const locked = await operation.run<{ id: string }>(
      `select id from webhook_endpoints where ${ids ? THESE : SLEEPING} and not id = any ($3::uuid[])`,
      [tenantId, ids, unlocked],
    )
    if (locked.length === 0) return
    const soon = new Date((await operation.now()).getTime() + ROOM_SECONDS * 1000)
    if (ids === null) operation.setAlarm(JOURNAL_GREW_ALARM, tenantId, soon)
    else for (const { id } of locked) operation.setAlarm(DELIVER_ALARM, id, soon)
  }

  #turn(tenantId: string, id: string, lease: string): Promise<void> {
    const turn = new WebhookTurn(this.#parts, tenantId, id, lease, {
      signal: this.#abort.signal,
      isLast: () => this.#stopping,
      isCrowded: () => this.#turns.size >= AT_ONCE || (this.#ofTenant.get(tenantId) ?? 0) >= OF_A_TENANT,
    })
    return turn.run()
  }

  /** One that fails for a reason of ours is taken up again when its lease is over. */
  #run(key: string, tenantId: string, work: () => Promise<void>): void {
    this.#ofTenant.set(tenantId, (this.#ofTenant.get(tenantId) ?? 0) + 1)
    deliveringNow.inc()
    const done = work()
      .catch((error: unknown) => this.#log.error(describeError(error), 'webhooks could not be delivered'))
      .finally(() => {
        this.#turns.delete(key)
        deliveringNow.dec()
        const left = (this.#ofTenant.get(tenantId) ?? 1) - 1
        if (left === 0) this.#ofTenant.delete(tenantId)
        else this.#ofTenant.set(tenantId, left)
      })
    this.#turns.set(key, done)
  }
}
