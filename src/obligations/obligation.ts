import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned } from '../persistence/index.js'

export type ObligationState = 'RUNNING' | 'PAUSED' | 'MET' | 'MISSED' | 'CANCELLED'
/** DEADLINE: reaching it undone is a miss. FORBEARANCE: reaching its end unbroken keeps it. */
export type ObligationNature = 'DEADLINE' | 'FORBEARANCE'
/** CLAUSE: a sentence of the version. STATUTE: a law, for security incidents. */
export type ObligationBasis = 'CLAUSE' | 'STATUTE'
export type Party = 'PROVIDER' | 'CUSTOMER'
/** What the deadline is counted in. SLOT: an instant of a schedule, with its grace. DAYS: until the midnight that ends the last one. */
export type DeadlineUnit = 'HOURS' | 'SLOT' | 'DAYS'

const ObligationSchema = defineEntity({
  name: 'Obligation',
  tableName: 'obligations',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    agreementId: p.uuid(),
    /** The version in force when it started: its clause, amount and unit are snapshots, which no amendment changes. */
    versionId: p.uuid(),
    clause: p.string().length(20),
    kind: p.string().length(40),
    basis: p.string().length(10).$type<ObligationBasis>(),
    nature: p.string().length(12).$type<ObligationNature>(),
    owedBy: p.string().length(10).$type<Party>(),
    owedTo: p.string().length(10).$type<Party>(),
    state: p.string().length(10).$type<ObligationState>(),
    /** A plain decimal, e.g. `0.25`, as long as a signed term may be; for a slot its grace in minutes. */
    quantity: p.string().length(16),
    unit: p.string().length(10).$type<DeadlineUnit>(),
    /** What it is about, by its id prefix: a ticket, a backup slot. */
    subjectKind: p.string().length(3),
    subjectId: p.uuid(),
    /** From 1. One that was cancelled may begin anew: a ticket that is a fault again owes the fix again. */
    round: p.smallint(),
    startedAt: p.datetime(3),
    dueAt: p.datetime(3),
    stoppedAt: p.datetime(3).nullable(),
    /** Since when its clock stands still. */
    pausedSince: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  uniques: [
    { name: 'obligations_subject_key', properties: ['tenantId', 'subjectId', 'kind', 'round'] },
    { name: 'obligations_customer_key', properties: ['tenantId', 'customerId', 'id'] },
  ],
  indexes: [
    { name: 'obligations_agreement_idx', properties: ['tenantId', 'agreementId', 'dueAt', 'id'] },
    { name: 'obligations_due_idx', properties: ['tenantId', 'dueAt', 'id'] },
    { name: 'obligations_agreement_started_idx', properties: ['tenantId', 'agreementId', 'startedAt', 'id'] },
    { name: 'obligations_started_idx', properties: ['tenantId', 'startedAt', 'id'] },
  ],
  ...customerOwned('BREACH'),
})

/** One duty on a clock, owed by one side to the other. */
export class Obligation extends ObligationSchema.class {
  /** Past due and undone at an instant: hence a miss, and one that stays. Asked under the row's lock. Answers whether it became one. */
  miss(at: Date, now: Date): boolean {
    if (this.state !== 'RUNNING' || !isPast(this, at)) return false
    this.state = 'MISSED'
    this.updatedAt = now
    return true
  }

  /** Done: kept, unless it was missed before; then it was made good. Answers whether it had yet to be done. */
  stop(doneAt: Date, now: Date): boolean {
    if (this.state === 'CANCELLED' || this.stoppedAt != null) return false
    // Done while it stood still: until then it stood, which counts should it be reopened.
    this.resume(doneAt, now)
    if (this.state !== 'MISSED') this.state = 'MET'
    this.stoppedAt = doneAt
    this.pausedSince = null
    this.updatedAt = now
    return true
  }

  /**
   * It turned out not to be done. Hours go on where they stopped: what lay between doesn't count. A day or a slot stays
   * the one it was. A miss stays one. Answers whether it had been done.
   */
  reopen(at: Date, now: Date): boolean {
    if (this.state === 'CANCELLED' || this.stoppedAt == null) return false
    if (this.state === 'MET') {
      this.state = 'RUNNING'
      if (this.unit === 'HOURS')
        this.dueAt = new Date(this.dueAt.getTime() + at.getTime() - this.stoppedAt.getTime())
    }
    this.stoppedAt = null
    this.updatedAt = now
    return true
  }

  /** Its scope is suspended: the clock stands still. Two suspensions at once stop it once. */
  pause(at: Date, now: Date): boolean {
    if (this.state !== 'RUNNING') return false
    this.state = 'PAUSED'
    this.pausedSince = at
    this.updatedAt = now
    return true
  }

  /** The clock goes on with what was left: it falls due later by as long as it stood. */
  resume(at: Date, now: Date): boolean {
    if (this.state !== 'PAUSED' || this.pausedSince == null) return false
    const stoodMs = Math.max(0, at.getTime() - this.pausedSince.getTime())
    this.state = 'RUNNING'
    this.dueAt = new Date(this.dueAt.getTime() + stoodMs)
    this.pausedSince = null
    this.updatedAt = now
    return true
  }

  /** Its subject went away: nothing is owed any more. */
  cancel(at: Date, now: Date): boolean {
    if (this.state !== 'RUNNING' && this.state !== 'PAUSED') return false
    this.state = 'CANCELLED'
    this.stoppedAt = at
    this.pausedSince = null
    this.updatedAt = now
    return true
  }
}
ObligationSchema.setClass(Obligation)

/**
 * Whether an instant is too late. Hours and slots: after the due instant. Days are stored as the midnight that ends the
 * last one, and that midnight is of the next day already (domain.md, Clocks).
 */
function isPast({ unit, dueAt }: Obligation, at: Date): boolean {
  return unit === 'DAYS' ? at >= dueAt : at > dueAt
}

export type ClockEventType =
  | 'STARTED'
  | 'PAUSED'
  | 'RESUMED'
  | 'STOPPED'
  | 'MISSED'
  | 'CANCELLED'
  | 'REOPENED'

const ClockEventSchema = defineEntity({
  name: 'ClockEvent',
  tableName: 'obligation_clock_events',
  properties: {
    tenantId: p.uuid().primary(),
    obligationId: p.uuid().primary(),
    ordinal: p.smallint().primary(),
    customerId: p.uuid(),
    type: p.string().length(12).$type<ClockEventType>(),
    /** When it was so. */
    occurredAt: p.datetime(3),
    /** When Surety learnt it. */
    acceptedAt: p.datetime(3),
  },
  ...customerOwned('BREACH'),
})

/** What happened to a clock; append-only, so that any verdict can be replayed. */
export class ClockEvent extends ClockEventSchema.class {}
ClockEventSchema.setClass(ClockEvent)
