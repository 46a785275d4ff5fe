import { type Logger, describeError } from '../platform/log.js'
import { asWork, SLOW_MS, type Work } from '../platform/work.js'
import { alarmsFailed, countRung } from './alarm-metrics.js'
import { ClockComparison } from './clock-comparison.js'
import type { Database } from './database.js'
import type { Operation, Run } from './operation.js'
import { ALARM_ROLE, type Session } from './walls.js'

export interface DueAlarm {
  tenantId: string
  kind: string
  subjectId: string
  dueAt: Date
}

/**
 * What a room does when its alarms of one kind ring, all of one tenant. It may find that nothing is left to do for one of
 * them: then it does nothing; or that its instant was moved while it was claimed: then it sets it again.
 */
export type AlarmHandler = (operation: Operation, alarms: readonly DueAlarm[]) => Promise<void>

/** For a kind that is rare enough to be rung one after the other. */
export function eachAlarm(handle: (operation: Operation, alarm: DueAlarm) => Promise<void>): AlarmHandler {
  return async (operation, alarms) => {
    for (const alarm of alarms) await handle(operation, alarm)
  }
}

/** How often an idle clock looks: 250 ms keeps a breach well within a second of its due instant (bars.md, P3). */
const TICK_MS = 250
/**
 * Alarms of one tenant rung in one transaction: enough to share its cost, few enough that an answer which waits for one of
 * them waits a fraction of a second. 10,000 due duties took 27 s in batches of 50, 20 s of 250 and 14 s of 500.
 */
const BATCH = 500
/** Batches of a process at once: while PostgreSQL works on the one, the process works on the other. */
const AT_ONCE = 2
/** Wait after the n-th failure: 1 s doubling up to an hour. An alarm is never given up, its subject is a promise. */
const backoffSeconds = (failures: number): number => Math.min(3600, 2 ** Math.min(failures - 1, 12))
/**
 * Rings what is due, in any number of processes side by side: a claim is a row lock with SKIP LOCKED, held until the
 * handler's change commits, so that every alarm rings once however many look and whoever dies.
 */
export class AlarmClock {
  readonly #database: Database
  readonly #handlers: ReadonlyMap<string, AlarmHandler>
  readonly #log: Logger
  readonly #slowMs: number
  readonly #clocks: ClockComparison
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null
  #stopped = false

  /** Alarms whose work takes `slowMs` are said to be slow. */
  constructor(
    database: Database,
    handlers: ReadonlyMap<string, AlarmHandler>,
    log: Logger,
    slowMs: number = SLOW_MS,
  ) {
    this.#database = database
    this.#handlers = handlers
    this.#log = log
    this.#slowMs = slowMs
    this.#clocks = new ClockComparison(database, log)
  }

  start(): void {
    this.#schedule(0)
  }

  /** Finishes what rings right now and rings no more. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#running
  }

  /** Rings everything due, and answers how many rang. The loop calls it; a test may as well. */
  async ringDue(): Promise<number> {
    let rung = 0
    for (;;) {
      const batch = await this.#ringBatch()
      if (batch === 0 || this.#stopped) return rung + batch
      rung += batch
    }
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => {
      this.#running = this.#tick().finally(() => this.#schedule(TICK_MS))
    }, delayMs)
  }

  async #tick(): Promise<void> {
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, () => this.#ringOn()))
    } catch (error) {
      this.#log.error(describeError(error), 'the alarm clock could not look')
    }
  }

  async #ringOn(): Promise<void> {
    while (!this.#stopped && (await this.#clocks.agree()) && (await this.#ringBatch()) > 0);
  }

  async #ringBatch(): Promise<number> {
    const claimed: DueAlarm[] = []
    try {
      await asWork(async work => {
        await this.#database.writeClaimed(
          ALARM_ROLE,
          run => claimDue(run, BATCH, claimed),
          operation => this.#ringAll(operation, claimed, work),
        )
        this.#haveRung(claimed, work)
      })
      return claimed.length
    } catch (error) {
      if (claimed.length === 0) throw error
      // One of them failed and took the others with it: each once more, alone.
      for (const alarm of claimed) await this.#ringAlone(alarm)
      return claimed.length
    }
  }

  async #ringAlone(alarm: DueAlarm): Promise<void> {
    try {
      await asWork(async work => {
        const rung = await this.#database.writeClaimed(
          ALARM_ROLE,
          run => claimOne(run, alarm),
          operation => this.#ringAll(operation, [alarm], work),
        )
        this.#haveRung(rung ?? [], work)
      })
    } catch (error) {
      alarmsFailed.inc({ kind: this.#kindOf(alarm) })
      this.#log.error(
        { ...describeError(error), alarm: alarm.kind, subject: alarm.subjectId },
        'an alarm failed and will be tried again',
      )
      await this.#postpone(alarm)
    }
  }

  async #ringAll(
    operation: Operation,
    alarms: readonly DueAlarm[],
    work: Work,
  ): Promise<readonly DueAlarm[]> {
    const [first] = alarms
    if (first) work.begin(`alarm ${this.#kindOf(first)}`, { 'surety.alarms': alarms.length })
    // Cleared before any handler runs, so that a handler may set the next one.
    for (const alarm of alarms) operation.clearAlarm(alarm.kind, alarm.subjectId)
    if (first) {
      const handler = this.#handlers.get(first.kind)
      if (!handler) throw new Error(`no room handles the alarm ${first.kind}`)
      await handler(operation, alarms)
    }
    return alarms
  }

  /** Counted when it has committed; one kind alone rings together. */
  #haveRung(alarms: readonly DueAlarm[], work: Work): void {
    const [first] = alarms
    if (!first) return
    const told = countRung(this.#kindOf(first), alarms, work)
    if (work.ms >= this.#slowMs) this.#log.warn(told, 'slow alarms')
  }

  /** A kind is a word of a room of this release, or of another release's. */
  #kindOf({ kind }: DueAlarm): string {
    return this.#handlers.has(kind) ? kind : 'unknown'
  }

  async #postpone(alarm: DueAlarm): Promise<void> {
    await this.#database.acrossTenants(ALARM_ROLE, async query => {
      // Its instant is part of the question: one that was moved meanwhile has not failed yet, and mustn't ring before it's due.
      const key = [alarm.tenantId, alarm.kind, alarm.subjectId, alarm.dueAt]
      const { rows } = await query<{ attempts: number }>(
        'select attempts from alarms where tenant_id = $1 and kind = $2 and subject_id = $3 and due_at = $4 for update',
        key,
      )
      const [row] = rows
      if (!row) return
      const attempts = row.attempts + 1
      await query(
        `update alarms set attempts = least($5, 32000), next_at = surety_now() + make_interval(secs => $6)
         where tenant_id = $1 and kind = $2 and subject_id = $3 and due_at = $4`,
        [...key, attempts, backoffSeconds(attempts)],
      )
    })
  }
}

/**
 * The due alarms of the tenant whose alarm is the most overdue, locked. All of one kind and in the order they were made,
 * so that what their handlers lock is locked in one order.
 */
async function claimDue(run: Run, limit: number, claimed: DueAlarm[]): Promise<Session | null> {
  const [first] = await run<{ tenant_id: string; kind: string }>(
    'select tenant_id, kind from alarms where next_at <= (select surety_now()) order by next_at limit 1 for update skip locked',
  )
  if (!first) return null
  const rows = await run<{ tenant_id: string; kind: string; subject_id: string; due_at: Date | string }>(
    `select tenant_id, kind, subject_id, due_at from alarms
     where tenant_id = $1 and kind = $2 and next_at <= (select surety_now()) order by next_at, subject_id limit $3 for update skip locked`,
    [first.tenant_id, first.kind, limit],
  )
  for (const row of rows) {
    claimed.push({
      tenantId: row.tenant_id,
      kind: row.kind,
      subjectId: row.subject_id,
      dueAt: new Date(row.due_at),
    })
  }
  return systemSession(first.tenant_id)
}

async function claimOne(run: Run, alarm: DueAlarm): Promise<Session | null> {
  const rows = await run(
    `select 1 from alarms where tenant_id = $1 and kind = $2 and subject_id = $3 and due_at = $4 and next_at <= (select surety_now())
     for update skip locked`,
    [alarm.tenantId, alarm.kind, alarm.subjectId, alarm.dueAt],
  )
  return rows.length > 0 ? systemSession(alarm.tenantId) : null
}

/** Surety itself at work within one tenant. */
export function systemSession(tenantId: string): Session {
  return { kind: 'system', tenantId, customerId: null, appId: null, grants: [] }
}
