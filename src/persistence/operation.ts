import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { CompiledQuery } from 'kysely'
import { clearAlarms, insertAlarms, type NewAlarm } from './alarms.js'
import { insertEvents, type NewEvent } from './journal.js'
import type { Session } from './walls.js'

export type Run = <Row extends object>(sql: string, values?: readonly unknown[]) => Promise<Row[]>

/** A statement in the transaction that `em` has begun. */
export async function runIn<Row extends object>(
  em: SqlEntityManager,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const transaction = em.getTransactionContext() as {
    executeQuery(query: CompiledQuery): Promise<{ rows: unknown[] }>
  }
  const result = await transaction.executeQuery(CompiledQuery.raw(sql, [...values]))
  return (result.rows ?? []) as Row[]
}

/**
 * One change under way: its entity manager, its clock, and what will commit with it. Handed to every mutation and job;
 * only {@link Database.write} makes one.
 */
export class Operation {
  readonly em: SqlEntityManager
  readonly session: Session
  readonly #events: NewEvent[] = []
  readonly #alarms: NewAlarm[] = []
  readonly #cleared: { kind: string; subjectId: string }[] = []

  constructor(em: SqlEntityManager, session: Session) {
    this.em = em
    this.session = session
  }

  /** A statement in this transaction, with `$1` parameters. */
  run<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return runIn<Row>(this.em, sql, values)
  }

  /** The only clock that decides. Read it *after* locking what the decision is about. */
  async now(): Promise<Date> {
    const [row] = await this.run<{ now: Date }>('select surety_now() as now')
    return new Date((row as { now: Date | string }).now)
  }

  /** Writes what happened into the tenant's journal, with this transaction. */
  record(event: NewEvent): void {
    this.#events.push(event)
  }

  /** True when this change leaves events in the journal. */
  get hasRecorded(): boolean {
    return this.#events.length > 0
  }

  /** Something is to happen later: sets the one alarm of this kind and subject, moving it when it's set already. */
  setAlarm(kind: string, subjectId: string, dueAt: Date): void {
    this.#alarms.push({ kind, subjectId, dueAt })
  }

  clearAlarm(kind: string, subjectId: string): void {
    this.#cleared.push({ kind, subjectId })
  }

  /** Flushes entities, then alarms, then the event head last: it is a lock per tenant, held as shortly as can be. */
  async finish(): Promise<void> {
    await this.em.flush()
    await clearAlarms(this, this.#cleared)
    await insertAlarms(this, this.#alarms)
    if (this.#events.length > 0) await insertEvents(this, this.#events)
    // In a transaction that PostgreSQL has aborted, COMMIT answers ROLLBACK without an error. A last statement of our
    // own fails there instead, so that no swallowed error can pass for a committed change.
    else await this.run('select 1')
  }
}
