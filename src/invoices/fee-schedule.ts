import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned } from '../persistence/index.js'
import { addDays, addMonths } from '../platform/time.js'
import { type Taxed, taxedFromGross, taxedFromNet } from './tax.js'

export type BillingPeriod = 'ANNUAL' | 'SEMIANNUAL' | 'QUARTERLY' | 'MONTHLY'

/** Periods of a year. */
export const PERIODS_PER_YEAR: Record<BillingPeriod, number> = {
  ANNUAL: 1,
  SEMIANNUAL: 2,
  QUARTERLY: 4,
  MONTHLY: 12,
}

/** Days to pay in after receipt, where nothing else is said: the default offered for the hidden due rule of 3.4.1. */
export const DEFAULT_DUE_DAYS = 30

const FeeScheduleSchema = defineEntity({
  name: 'FeeSchedule',
  tableName: 'fee_schedules',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    agreementId: p.uuid(),
    versionId: p.uuid(),
    /** Counts from 1 within its version; the highest one stands. */
    number: p.smallint(),
    currency: p.string().length(3),
    /** Minor units a year, with tax or without as `taxInclusive` says. */
    annualFee: p.bigint(),
    taxInclusive: p.boolean(),
    /** A plain decimal, e.g. `6`. */
    taxRatePercent: p.string().length(12),
    /** 商品和服务税收分类编码, for the lines of its invoices. */
    taxCode: p.string().length(19).nullable(),
    billingPeriod: p.string().length(12).$type<BillingPeriod>(),
    /** Calendar days from receipt of an invoice until it falls due (3.4.1). */
    dueDays: p.smallint(),
    /** Both sides' signatures cover it; false when it was entered after them. */
    signedWithVersion: p.boolean(),
    createdAt: p.datetime(3),
  },
  uniques: [
    { name: 'fee_schedules_number_key', properties: ['tenantId', 'versionId', 'number'] },
    { name: 'fee_schedules_customer_key', properties: ['tenantId', 'customerId', 'id'] },
  ],
  ...customerOwned('CONTRACT'),
})

/** What of a schedule its amounts come from. */
export type FeeTerms = Pick<
  InstanceType<typeof FeeScheduleSchema.class>,
  'annualFee' | 'taxInclusive' | 'taxRatePercent' | 'billingPeriod'
>

/** What maintenance costs, when it is billed and when that falls due (clauses 3.1.1, 3.2.1 and 3.4.1). Never changed: a later one stands instead. */
export class FeeSchedule extends FeeScheduleSchema.class {}
FeeScheduleSchema.setClass(FeeSchedule)

export const annualFeeOf = (terms: FeeTerms): Taxed => taxed(terms, terms.annualFee)

/**
 * The fee of the n-th period, from 1. What rounding leaves over is spread so that the periods of every year come to the
 * annual fee exactly.
 */
export function feeOfPeriod(terms: FeeTerms, number: number): Taxed {
  const periods = BigInt(PERIODS_PER_YEAR[terms.billingPeriod])
  const upTo = (count: bigint): bigint => (terms.annualFee * count * 2n + periods) / (periods * 2n)
  return taxed(terms, upTo(BigInt(number)) - upTo(BigInt(number) - 1n))
}

const taxed = ({ taxInclusive, taxRatePercent }: FeeTerms, amount: bigint): Taxed =>
  taxInclusive ? taxedFromGross(amount, taxRatePercent) : taxedFromNet(amount, taxRatePercent)

export interface Period {
  number: number
  startsOn: string
  /** Its last day. */
  endsOn: string
}

/** The n-th billing period of an agreement, from 1. Every one is counted from `effectiveOn`, so that month ends don't drift. */
export function periodOf(effectiveOn: string, billingPeriod: BillingPeriod, number: number): Period {
  const months = 12 / PERIODS_PER_YEAR[billingPeriod]
  return {
    number,
    startsOn: addMonths(effectiveOn, (number - 1) * months),
    endsOn: addDays(addMonths(effectiveOn, number * months), -1),
  }
}

/** The number of the period that a day falls into; 1 for a day before the first. */
export function periodNumberAt(effectiveOn: string, billingPeriod: BillingPeriod, day: string): number {
  let number = 1
  while (periodOf(effectiveOn, billingPeriod, number).endsOn < day) number += 1
  return number
}
