import { defineEntity, p } from '@mikro-orm/postgresql'
import type { Party } from '../obligations/index.js'
import { customerOwned } from '../persistence/index.js'

export type AssessmentState = 'NEEDS_LEGAL_DECISION' | 'INDICATIVE'

const AssessmentSchema = defineEntity({
  name: 'Assessment',
  tableName: 'assessments',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    agreementId: p.uuid(),
    versionId: p.uuid(),
    /** What all its breaches come from, by id prefix: one ticket, one backup slot. */
    rootCauseKind: p.string().length(3),
    rootCauseId: p.uuid(),
    owedBy: p.string().length(10).$type<Party>(),
    state: p.string().length(24).$type<AssessmentState>(),
    /** The earliest `occurredAt` of its breaches: its agreement year, basis and version are of that instant. */
    occurredAt: p.datetime(3),
    /** First civil day of the agreement year it belongs to: the pool its cap is taken from. */
    yearStartsOn: p.date().$type<string>(),
    currency: p.string().length(3).nullable(),
    ruleId: p.uuid().nullable(),
    ratePercent: p.string().length(20).nullable(),
    /** Minor units. */
    basisAmount: p.bigint().nullable(),
    cap: p.bigint().nullable(),
    capRemaining: p.bigint().nullable(),
    /** What rate and basis come to, before the cap. */
    amount: p.bigint().nullable(),
    /** What is owed; null only while it needs a legal decision. */
    total: p.bigint().nullable(),
    /** To the total of the revision before. */
    change: p.bigint().nullable(),
    asOf: p.datetime(3),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  uniques: [
    { name: 'assessments_root_cause_key', properties: ['tenantId', 'agreementId', 'rootCauseId'] },
    { name: 'assessments_customer_key', properties: ['tenantId', 'customerId', 'id'] },
  ],
  indexes: [
    { name: 'assessments_year_idx', properties: ['tenantId', 'agreementId', 'yearStartsOn'] },
    { name: 'assessments_created_idx', properties: ['tenantId', 'createdAt', 'id'] },
    { name: 'assessments_updated_idx', properties: ['tenantId', 'updatedAt', 'id'] },
    { name: 'assessments_agreement_created_idx', properties: ['tenantId', 'agreementId', 'createdAt', 'id'] },
    { name: 'assessments_agreement_updated_idx', properties: ['tenantId', 'agreementId', 'updatedAt', 'id'] },
  ],
  ...customerOwned('BREACH'),
})

/**
 * What was owed before this change; an entity lives in one transaction. Two findings of one sweep may price a root cause
 * twice, and whoever adds up the changes of the revisions it was shown must come to the total.
 */
const totalsBefore = new WeakMap<Assessment, bigint>()

/** The price of one root cause, shared by all its breaches. Money hangs here and nowhere else. */
export class Assessment extends AssessmentSchema.class {
  /**
   * A price by rule. Answers whether anything of it is new. The same price again is no revision, also when others have
   * taken of the cap since: what was left of it is told as of the price that stands.
   */
  price(priced: Price, now: Date): boolean {
    const { capRemaining: _left, ...told } = priced
    const same = (Object.keys(told) as (keyof typeof told)[]).every(name => this[name] === told[name])
    if (this.state === 'INDICATIVE' && same) return false
    if (!totalsBefore.has(this)) totalsBefore.set(this, this.total ?? 0n)
    const change = priced.total - (totalsBefore.get(this) as bigint)
    Object.assign(this, priced, { state: 'INDICATIVE', change, asOf: now, updatedAt: now })
    return true
  }

  /** Without a confirmed rule, or without what it is a percent of, there is no number: counsel decides. */
  leaveToCounsel(now: Date): boolean {
    if (this.state === 'NEEDS_LEGAL_DECISION' && this.total == null) return false
    Object.assign(this, NO_PRICE, { state: 'NEEDS_LEGAL_DECISION', asOf: now, updatedAt: now })
    return true
  }
}
AssessmentSchema.setClass(Assessment)

export interface Price {
  ruleId: string
  currency: string
  ratePercent: string
  basisAmount: bigint
  /** Before the cap. */
  amount: bigint
  cap: bigint | null
  capRemaining: bigint | null
  /** Never above what is left of the cap. */
  total: bigint
}

const NO_PRICE: Record<keyof Price | 'change', null> = {
  ruleId: null,
  currency: null,
  ratePercent: null,
  basisAmount: null,
  amount: null,
  cap: null,
  capRemaining: null,
  total: null,
  change: null,
}
