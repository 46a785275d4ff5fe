import { defineEntity, p } from '@mikro-orm/postgresql'
import type { Party } from '../obligations/index.js'
import { customerOwned } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'

export const BREACH_ID = 'bre'

export const BREACH_STATES = [
  'DETECTED',
  'CONFIRMED',
  'NOTIFIED',
  'ACCEPTED',
  'DISPUTED',
  'UPHELD',
  'REJECTED',
  'WAIVED',
  'WITHDRAWN',
] as const
export type BreachState = (typeof BREACH_STATES)[number]

/** MISSED: a deadline passed undone. FOUND: somebody found it and reported it. */
export type BreachKind = 'MISSED' | 'FOUND'

/** From which states each one is reached (domain.md, States). */
const BEFORE = {
  CONFIRMED: ['DETECTED'],
  NOTIFIED: ['CONFIRMED'],
  ACCEPTED: ['NOTIFIED'],
  DISPUTED: ['NOTIFIED'],
  UPHELD: ['DISPUTED'],
  REJECTED: ['DISPUTED'],
  WAIVED: ['DETECTED', 'CONFIRMED', 'NOTIFIED', 'ACCEPTED', 'DISPUTED', 'UPHELD'],
} as const satisfies Partial<Record<BreachState, readonly BreachState[]>>
export type BreachStep = keyof typeof BEFORE

const BreachSchema = defineEntity({
  name: 'Breach',
  tableName: 'breaches',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    agreementId: p.uuid(),
    versionId: p.uuid(),
    /** Null for a finding of a duty without a clock; of a forbearance each finding names it. */
    obligationId: p.uuid().nullable(),
    assessmentId: p.uuid(),
    /** Runs per agreement: a tenant-wide number would tell one customer how the others fare. */
    number: p.integer(),
    kind: p.string().length(10).$type<BreachKind>(),
    state: p.string().length(12).$type<BreachState>(),
    owedBy: p.string().length(10).$type<Party>(),
    dutyClause: p.string().length(20),
    /** 5.1.1, 5.1.2, 5.2.1 or 5.2.2; null for 6.4.1, which has none. */
    liabilityClause: p.string().length(20).nullable(),
    /** The due instant that passed, or when a finding says that it was. */
    occurredAt: p.datetime(3),
    /** When the sweep found it, or somebody reported it. */
    detectedAt: p.datetime(3),
    /** When it was made good, where its clock doesn't say so. */
    curedAt: p.datetime(3).nullable(),
    /** What was found, and what shows it; of a missed duty its clock is the evidence. */
    description: p.string().length(2000).nullable(),
    evidence: p.string().length(2000).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  uniques: [
    // Two sweepers can never make two.
    {
      name: 'breaches_obligation_key',
      properties: ['tenantId', 'obligationId'],
      where: "kind = 'MISSED'",
    },
    { name: 'breaches_number_key', properties: ['tenantId', 'agreementId', 'number'] },
    { name: 'breaches_customer_key', properties: ['tenantId', 'customerId', 'id'] },
  ],
  indexes: [
    {
      name: 'breaches_found_idx',
      properties: ['tenantId', 'obligationId'],
      where: "kind = 'FOUND' and obligation_id is not null",
    },
    { name: 'breaches_assessment_idx', properties: ['tenantId', 'assessmentId'] },
    { name: 'breaches_occurred_idx', properties: ['tenantId', 'occurredAt', 'id'] },
    { name: 'breaches_agreement_idx', properties: ['tenantId', 'agreementId', 'occurredAt', 'id'] },
  ],
  ...customerOwned('BREACH'),
})

/** One finding: a duty that was broken. It cites its duty clause, its liability clause and the version. */
export class Breach extends BreachSchema.class {
  /** One step of its life. The refusal names the state, so that a client can tell its user. */
  become(state: BreachStep, now: Date): void {
    this.requireState(BEFORE[state])
    this.state = state
    this.updatedAt = now
  }

  requireState(states: readonly BreachState[]): void {
    if (!states.includes(this.state))
      throw refuse('INVALID_STATE', { field: ['input', 'breachId'], params: { state: this.state } })
  }

  /** Made good. Another axis than its state: what was cured is owed for all the same. */
  cure(at: Date, now: Date): void {
    if (this.curedAt != null || !this.stands())
      throw refuse('INVALID_STATE', { field: ['input', 'breachId'], params: { state: this.state } })
    this.curedAt = at
    this.updatedAt = now
  }

  /** What stopped its clock made it good, or turned out not to have: its clock says so, and the breach that something happened. */
  followClock(now: Date): void {
    this.updatedAt = now
  }

  /** What was learnt later shows that there was none. */
  withdraw(now: Date): void {
    if (this.stands()) this.state = 'WITHDRAWN'
    this.updatedAt = now
  }

  /** What was learnt later shows that it was one, and when. One that was decided or waived stays so. */
  judge(occurredAt: Date, now: Date): void {
    if (this.state === 'WITHDRAWN') this.state = 'DETECTED'
    this.occurredAt = occurredAt
    // Nothing is made good before it is broken.
    if (this.curedAt != null && this.curedAt < occurredAt) this.curedAt = null
    this.updatedAt = now
  }

  /** It was found to come from another root cause than it was counted under, whether it stands or not: it may stand again. */
  link(assessmentId: string, now: Date): void {
    this.assessmentId = assessmentId
    this.updatedAt = now
  }

  /** Whether it still costs anything. */
  stands(): boolean {
    return (STANDING as readonly BreachState[]).includes(this.state)
  }
}
BreachSchema.setClass(Breach)

export const STANDING = ['DETECTED', 'CONFIRMED', 'NOTIFIED', 'ACCEPTED', 'DISPUTED', 'UPHELD'] as const

/** The side that a duty binds: the customer pays (3.4.1) and updates (6.4.1), both keep confidence (chapter 4), the provider does all else. Null: both. */
export function boundBy(dutyClause: string): Party | null {
  if (dutyClause.startsWith('4.')) return null
  return dutyClause === '3.4.1' || dutyClause === '6.4.1' ? 'CUSTOMER' : 'PROVIDER'
}

/** The liability that a side's broken duty falls under: 5.1.1 for the provider's service, 5.2.1 for the customer's payment. */
export function liabilityOf(owedBy: Party, dutyClause: string): string | null {
  if (dutyClause === '6.4.1') return null
  if (dutyClause.startsWith('4.') || dutyClause === '8.2.1') return owedBy === 'PROVIDER' ? '5.1.2' : '5.2.2'
  return owedBy === 'PROVIDER' ? '5.1.1' : '5.2.1'
}
