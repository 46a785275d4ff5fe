import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { CompiledQuery } from 'kysely'
import { type AlarmChange, changeAlarms } from './alarms.js'
import { insertEvents, type NewEvent } from './journal.js'
import type { Rows, Statement } from './read-transaction.js'
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
 * What another room does in the same transaction when something was recorded: missed deadlines become breaches. It is
 * handed all that a change recorded of one type, so that a sweep of hundreds costs a handful of statements. Wired in
 * rooms.ts, so that rooms stay strangers to each other.
 */
export type Reaction = (operation: Operation, events: readonly NewEvent[]) => Promise<void>
export type Reactions = ReadonlyMap<string, readonly Reaction[]>

/** For what happens once in a change. */
export function eachEvent(react: (operation: Operation, event: NewEvent) => Promise<void>): Reaction {
  return async (operation, events) => {
    for (const event of events) await react(operation, event)
  }
}

/**
 * One change under way: its entity manager, its clock, and what will commit with it. Handed to every mutation and job;
 * only {@link Database.write} makes one.
 */
export class Operation implements Rows {
  readonly em: SqlEntityManager
  readonly session: Session
  readonly #events: NewEvent[] = []
  /** By kind and subject: when it is to ring, or null to clear it. The last word counts. */
  readonly #alarms = new Map<string, AlarmChange>()

  readonly #reactions: Reactions
  readonly #afterwards: (() => void)[] = []

  constructor(em: SqlEntityManager, session: Session, reactions: Reactions = new Map()) {
    this.em = em
    this.session = session
    this.#reactions = reactions
  }

  /** A statement in this transaction, with `$1` parameters. */
  run<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return runIn<Row>(this.em, sql, values)
  }

  /** A named statement, as a view of an answer takes it. */
  rows<Row extends object>({ text }: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    return this.run<Row>(text, values)
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

  /** Types of the events that this change leaves in the journal. */
  get recorded(): string[] {
    return this.#events.map(({ type }) => type)
  }

  /** Something is to happen later: sets the one alarm of this kind and subject, moving it when it's set already. */
  setAlarm(kind: string, subjectId: string, dueAt: Date): void {
    this.#alarms.set(`${kind} ${subjectId}`, { kind, subjectId, dueAt })
  }

  clearAlarm(kind: string, subjectId: string): void {
    this.#alarms.set(`${kind} ${subjectId}`, { kind, subjectId, dueAt: null })
  }

  /** Is done once this change has committed, and never if it doesn't: for what must not begin before all can see why. */
  whenCommitted(begin: () => void): void {
    this.#afterwards.push(begin)
  }

  /** It has committed. */
  committed(): void {
    for (const begin of this.#afterwards) begin()
  }

  /** Flushes entities, then alarms, then the event head last: it is a lock per tenant, held as shortly as can be. */
  async finish(): Promise<void> {
    await this.em.flush()
    await this.#react()
    await this.em.flush()
    await changeAlarms(this, [...this.#alarms.values()])
    if (this.#events.length > 0) await insertEvents(this, this.#events)
  }

  /** What reacts may record more, which is reacted to in turn. */
  async #react(): Promise<void> {
    for (let seen = 0; seen < this.#events.length; ) {
      const fresh = this.#events.slice(seen)
      seen = this.#events.length
      for (const [type, events] of Map.groupBy(fresh, event => event.type))
        for (const react of this.#reactions.get(type) ?? []) await react(this, events)
    }
  }
}
