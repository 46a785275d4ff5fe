import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned, type DataCategory } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { addMonths, civilDate, endOfDate } from '../platform/time.js'
import type { Purpose } from '../tenancy/index.js'

export type ConsentState = 'REQUESTED' | 'GRANTED' | 'REFUSED' | 'WITHDRAWN' | 'EXPIRED' | 'SUPERSEDED'

/** How a person said it (ISO/IEC TS 27560, the event's expression). */
export const EXPRESSIONS = ['IN_PERSON', 'PAPER', 'EMAIL', 'PHONE', 'ONLINE'] as const
export type Expression = (typeof EXPRESSIONS)[number]

/** Categories that are personal: they need the person's consent beside the customer's authorisation (domain.md, Vocabularies). */
export const PERSONAL_CATEGORIES: readonly DataCategory[] = ['CONTACT', 'ATTACHMENT']

/** The zone whose days a consent's term counts, unless another is named: the house's default (domain.md, Clocks). */
export const DEFAULT_TIME_ZONE = 'Asia/Shanghai'

const ConsentSchema = defineEntity({
  name: 'ConsentRecord',
  tableName: 'consent_records',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    /** Whose data it is. */
    personId: p.uuid(),
    /** Who would receive it. */
    appId: p.uuid(),
    purpose: p.string().length(20).$type<Purpose>(),
    purposeText: p.string().length(500).nullable(),
    categories: p.json<DataCategory[]>(),
    /** 处理方式: how the recipient handles it, in words (PIPL art. 23). */
    processingMethod: p.string().length(500),
    /** Name and contact of the recipient as the person was told them (PIPL art. 23); organisations', not persons'. */
    recipientName: p.string().length(200),
    recipientContact: p.string().length(320),
    /** SHA-256 of the notice the person was shown, in hex. */
    noticeHash: p.string().length(64),
    /** Months it's asked for; null: until it's withdrawn. */
    termMonths: p.smallint().nullable(),
    timeZone: p.string().length(64),
    state: p.string().length(20).$type<ConsentState>(),
    /** When the person said yes or no. */
    decidedAt: p.datetime(3).nullable(),
    /** The midnight that ends its last day. */
    expiresAt: p.datetime(3).nullable(),
    /** When a consent that was given ceased to hold. */
    endedAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  uniques: [{ name: 'consent_records_customer_key', properties: ['tenantId', 'customerId', 'id'] }],
  indexes: [
    { name: 'consent_records_person_idx', properties: ['tenantId', 'personId', 'appId', 'createdAt'] },
    { name: 'consent_records_created_idx', properties: ['tenantId', 'createdAt', 'id'] },
    {
      name: 'consent_records_customer_created_idx',
      properties: ['tenantId', 'customerId', 'createdAt', 'id'],
    },
  ],
  ...customerOwned('CONSENT_RECORD'),
})

/**
 * What one person was asked and answered: one recipient, one purpose, one method (PIPL art. 23 wants a separate consent
 * for each). What was asked never changes; a new purpose, method or category is a new record.
 */
export class ConsentRecord extends ConsentSchema.class {
  /**
   * The person agreed. A term of months doesn't count the day it begins on, ends with the corresponding day, else the
   * month's last, and doesn't roll to a working day (Civil Code arts 201, 202).
   */
  grant(decidedAt: Date, now: Date): void {
    requireConsentState(this.state, ['REQUESTED'])
    const expiresAt = this.termMonths == null ? null : endOfTerm(decidedAt, this.termMonths, this.timeZone)
    if (expiresAt && expiresAt <= now) {
      throw refuse('INVALID', {
        field: ['input', 'decidedAt'],
        messageKey: 'CONSENT_TERM_OVER',
        clause: '8.2.1',
      })
    }
    this.state = 'GRANTED'
    this.decidedAt = decidedAt
    this.expiresAt = expiresAt
    this.updatedAt = now
  }

  refuse(decidedAt: Date, now: Date): void {
    requireConsentState(this.state, ['REQUESTED'])
    this.state = 'REFUSED'
    this.decidedAt = decidedAt
    this.updatedAt = now
  }

  /** As easy as giving it, and at any time (PIPL art. 15). What was read before stays lawful. */
  withdraw(now: Date): void {
    requireConsentState(this.state, ['GRANTED'])
    end(this, 'WITHDRAWN', now, now)
  }

  /** Its last day is over. Nothing to do when it ended in another way before. */
  expire(now: Date): boolean {
    if (this.state !== 'GRANTED' || this.expiresAt == null || this.expiresAt > now) return false
    end(this, 'EXPIRED', this.expiresAt, now)
    return true
  }

  /** A newer consent of the same person to the same recipient and purpose covers all that this one did. */
  supersede(now: Date): void {
    requireConsentState(this.state, ['GRANTED'])
    end(this, 'SUPERSEDED', now, now)
  }
}
ConsentSchema.setClass(ConsentRecord)

/** The midnight that ends a term of months which began at an instant. */
export function endOfTerm(beganAt: Date, months: number, timeZone: string): Date {
  return endOfDate(addMonths(civilDate(beganAt, timeZone), months), timeZone)
}

function end(record: ConsentRecord, state: ConsentState, at: Date, now: Date): void {
  record.state = state
  record.endedAt = at
  record.updatedAt = now
}

function requireConsentState(state: ConsentState, allowed: readonly ConsentState[]): void {
  if (!allowed.includes(state)) {
    throw refuse('INVALID_STATE', { field: ['input', 'consentRecordId'], params: { state } })
  }
}

const DecisionSchema = defineEntity({
  name: 'ConsentDecision',
  tableName: 'consent_decisions',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    consentRecordId: p.uuid(),
    /** Place in the record's history, from 1. */
    ordinal: p.smallint(),
    state: p.string().length(20).$type<ConsentState>(),
    /** When it was so in the world, and when Surety learnt it. */
    occurredAt: p.datetime(3),
    acceptedAt: p.datetime(3),
    expressedBy: p.string().length(20).$type<Expression>().nullable(),
    /** What shows it, as stated. */
    evidence: p.string().length(2000).nullable(),
    /** Somebody entered what the person had decided. */
    recordedOnBehalf: p.boolean(),
    actorKind: p.string().length(10),
    actorId: p.string().length(64),
  },
  uniques: [
    { name: 'consent_decisions_ordinal_key', properties: ['tenantId', 'consentRecordId', 'ordinal'] },
  ],
  ...customerOwned('CONSENT_RECORD'),
})

/** One step in the history of a consent record. Append-only: nobody is granted an update or a delete. */
export class ConsentDecision extends DecisionSchema.class {}
DecisionSchema.setClass(ConsentDecision)
