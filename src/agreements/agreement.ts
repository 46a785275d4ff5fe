import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { addYears, civilDate, endOfDate, lastDayOfTerm } from '../platform/time.js'

export type AgreementState = 'DRAFT' | 'ACTIVE' | 'SUSPENDED' | 'EXPIRED' | 'TERMINATED' | 'CANCELLED'
/** What a suspension stops: clocks and slots of that part; ALL stops every one. */
export const SUSPENSION_SCOPES = ['SERVICE', 'UPGRADE', 'BACKUP', 'PAYMENT', 'ALL'] as const
export type SuspensionScope = (typeof SUSPENSION_SCOPES)[number]

const AgreementSchema = defineEntity({
  name: 'Agreement',
  tableName: 'agreements',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    /** 合同编号, kept as written. Null only in a draft. */
    number: p.string().length(120).nullable(),
    state: p.string().length(20).$type<AgreementState>(),
    timeZone: p.string().length(64),
    /** Whose working days count, ISO 3166. */
    jurisdiction: p.string().length(6).default('CN'),
    /** The agreement that it goes on after. */
    renewsId: p.uuid().nullable(),
    /** The last required act: the instant from which it is in force (1.3.1). */
    effectiveAt: p.datetime(3).nullable(),
    effectiveOn: p.date().$type<string>().nullable(),
    /** Last civil day of the term. */
    endsOn: p.date().$type<string>().nullable(),
    /** The midnight that ends that day. */
    endsAt: p.datetime(3).nullable(),
    terminatedAt: p.datetime(3).nullable(),
    /** As stated by whoever ended it: the contract names no grounds. */
    terminationReason: p.string().length(1000).nullable(),
    /** Last civil day of confidentiality (4.3.1). */
    confidentialUntil: p.date().$type<string>().nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  uniques: [
    { name: 'agreements_number_key', properties: ['tenantId', 'number'] },
    { name: 'agreements_customer_key', properties: ['tenantId', 'customerId', 'id'] },
  ],
  indexes: [
    { name: 'agreements_created_idx', properties: ['tenantId', 'createdAt', 'id'] },
    { name: 'agreements_updated_idx', properties: ['tenantId', 'updatedAt', 'id'] },
    { name: 'agreements_customer_created_idx', properties: ['tenantId', 'customerId', 'createdAt', 'id'] },
    {
      name: 'agreements_renews_idx',
      properties: ['tenantId', 'renewsId'],
      where: 'renews_id is not null',
    },
    { name: 'agreements_customer_updated_idx', properties: ['tenantId', 'customerId', 'updatedAt', 'id'] },
  ],
  ...customerOwned('CONTRACT'),
})

/** One contract. What was promised stands in its versions; here stands whether it holds, and for how long. */
export class Agreement extends AgreementSchema.class {
  /**
   * The last required act is done: in force from that instant, for the years of 1.3.1. The term does not roll to a
   * working day; the start day isn't counted (Civil Code arts 201-202).
   */
  takeEffect(terms: { termYears: number; confidentialityYears: number }, effectiveAt: Date, now: Date): void {
    requireState(this.state, ['DRAFT'])
    this.state = 'ACTIVE'
    this.effectiveAt = effectiveAt
    this.effectiveOn = civilDate(effectiveAt, this.timeZone)
    runFor(this, this.effectiveOn, terms)
    this.updatedAt = now
  }

  /** A later version holds from an instant on. Its years, too, are counted from the agreement's first day. */
  beAmended(terms: { termYears: number; confidentialityYears: number }, from: Date, now: Date): void {
    this.requireRunning(from)
    runFor(this, this.effectiveOn as string, terms)
    this.updatedAt = now
  }

  /** In force at an instant, suspended or not. */
  requireRunning(at: Date): void {
    requireState(stateAt(this, at), ['ACTIVE', 'SUSPENDED'])
  }

  /** What was in force and wasn't ended by anybody can go on in a new one. */
  requireRenewable(): void {
    requireState(this.state, ['ACTIVE', 'SUSPENDED', 'EXPIRED'])
  }

  suspend(now: Date): void {
    this.requireRunning(now)
    this.state = 'SUSPENDED'
    this.updatedAt = now
  }

  /** Back to ACTIVE once no scope is suspended any more. */
  resume(scopesStillSuspended: number, now: Date): void {
    requireState(stateAt(this, now), ['SUSPENDED'])
    if (scopesStillSuspended === 0) this.state = 'ACTIVE'
    this.updatedAt = now
  }

  /** Ends it before its time. Confidentiality then runs from the day it ended (4.3.1). */
  terminate(confidentialityYears: number, now: Date): void {
    this.requireRunning(now)
    this.state = 'TERMINATED'
    this.terminatedAt = now
    this.confidentialUntil = addYears(civilDate(now, this.timeZone), confidentialityYears)
    this.updatedAt = now
  }

  /** Its term is over. Nothing to do when it ended in another way before. */
  expire(now: Date): boolean {
    if (this.state === 'EXPIRED' || stateAt(this, now) !== 'EXPIRED') return false
    this.state = 'EXPIRED'
    this.updatedAt = now
    return true
  }

  cancel(now: Date): void {
    requireState(this.state, ['DRAFT'])
    this.state = 'CANCELLED'
    this.updatedAt = now
  }

  /** Something of the aggregate changed: its revision rises with it. */
  touch(now: Date): void {
    this.updatedAt = now
  }
}
AgreementSchema.setClass(Agreement)

/** The years of 1.3.1 from its first day on, and those of 4.3.1 after its last. */
function runFor(
  agreement: Agreement,
  from: string,
  terms: { termYears: number; confidentialityYears: number },
): void {
  agreement.endsOn = lastDayOfTerm(from, terms.termYears)
  agreement.endsAt = endOfDate(agreement.endsOn, agreement.timeZone)
  agreement.confidentialUntil = addYears(agreement.endsOn, terms.confidentialityYears)
}

/** A term that is over is over, also while the alarm that says so has yet to ring. */
function stateAt({ state, endsAt }: Agreement, now: Date): AgreementState {
  const running = state === 'ACTIVE' || state === 'SUSPENDED'
  return running && endsAt && endsAt <= now ? 'EXPIRED' : state
}

/** A verb is possible in some states only. The refusal names the state, so that a client can tell its user. */
export function requireState<State extends string>(state: State, allowed: readonly State[]): void {
  if (!allowed.includes(state)) {
    throw refuse('INVALID_STATE', { field: ['input', 'agreementId'], params: { state } })
  }
}

const SuspensionSchema = defineEntity({
  name: 'AgreementSuspension',
  tableName: 'agreement_suspensions',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    agreementId: p.uuid(),
    scope: p.string().length(20).$type<SuspensionScope>(),
    reason: p.string().length(1000),
    startedAt: p.datetime(3),
    endedAt: p.datetime(3).nullable(),
  },
  indexes: [
    { name: 'agreement_suspensions_agreement_idx', properties: ['tenantId', 'agreementId', 'startedAt'] },
  ],
  ...customerOwned('CONTRACT'),
})

/** One scope of an agreement, stopped from one instant to another. */
export class AgreementSuspension extends SuspensionSchema.class {}
SuspensionSchema.setClass(AgreementSuspension)
