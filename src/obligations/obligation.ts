import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned } from '../persistence/index.js'
import type { ClockReading, ObligationState } from './clock.js'
import type { ClockEventType, FactType, PauseReason } from './clock-facts.js'
import type { Counting, DeadlineUnit, ObligationNature } from './clock-terms.js'
import { isPast } from './due.js'

export const OBLIGATION_ID = 'obl'

/** CLAUSE: a sentence of the version. STATUTE: a law, for security incidents. */
export type ObligationBasis = 'CLAUSE' | 'STATUTE'
export type Party = 'PROVIDER' | 'CUSTOMER'

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
    unit: p.string().length(12).$type<DeadlineUnit>(),
    /** How the due instant is counted, snapshot; null: hours on the wall clock. */
    counting: p.json<Counting>().nullable(),
    /** Whose working days it counts by, and which version of them; null where none is needed. */
    jurisdiction: p.string().length(6).nullable(),
    calendar: p.string().length(40).nullable(),
    /** `dueAt` is an estimate: it needs a day that nobody has published. No miss is found while it's so. */
    provisional: p.boolean().default(false),
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
    // The few that wait for a calendar are found among the many that don't.
    {
      name: 'obligations_provisional_idx',
      properties: ['tenantId', 'jurisdiction', 'id'],
      where: 'provisional',
    },
  ],
  ...customerOwned('BREACH'),
})

/** One duty on a clock, owed by one side to the other. What its events tell is what it is: {@link follow}. */
export class Obligation extends ObligationSchema.class {
  /** Past due and undone at an instant: hence a miss, and one that stays. Asked under the row's lock. Answers whether it became one. */
  miss(at: Date, now: Date): boolean {
    if (this.state !== 'RUNNING' || !isMissedAt(this, at)) return false
    this.state = 'MISSED'
    this.updatedAt = now
    return true
  }

  /** Its clock can still run out. */
  isOpen(): boolean {
    return this.state === 'RUNNING' || this.state === 'PAUSED'
  }

  /** A clock that runs out at an instant, or has, isn't paused by what begins then. Of an estimate nobody knows yet. */
  mayPauseAt(at: Date): boolean {
    return this.isOpen() && (this.state === 'PAUSED' || this.provisional || at < this.dueAt)
  }

  /** Takes on what its events tell. */
  follow(reading: ClockReading, now: Date): void {
    this.state = reading.state
    this.startedAt = reading.startedAt
    this.dueAt = reading.dueAt
    this.provisional = reading.provisional
    this.calendar = reading.calendar
    this.stoppedAt = reading.stoppedAt
    this.pausedSince = reading.pausedSince
    this.updatedAt = now
  }
}
ObligationSchema.setClass(Obligation)

/** Nobody is late by an estimate, and a forbearance is kept by its end. */
const isMissedAt = ({ nature, provisional, unit, dueAt }: Obligation, at: Date): boolean =>
  nature === 'DEADLINE' && !provisional && isPast(unit, dueAt, at)

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
    /** Of a pause, to be found by. */
    id: p.uuid().nullable(),
    reason: p.string().length(16).$type<PauseReason>().nullable(),
    causeId: p.uuid().nullable(),
    calendar: p.string().length(40).nullable(),
    fact: p.string().length(12).$type<FactType>().nullable(),
    corrects: p.smallint().nullable(),
    /** What shows a correction. */
    evidence: p.string().length(2000).nullable(),
  },
  uniques: [
    { name: 'obligation_clock_events_pause_key', properties: ['tenantId', 'id'], where: 'id is not null' },
  ],
  ...customerOwned('BREACH'),
})

/** What happened to a clock; append-only, so that any verdict can be replayed. */
export class ClockEvent extends ClockEventSchema.class {}
ClockEventSchema.setClass(ClockEvent)
