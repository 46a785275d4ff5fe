import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned } from '../persistence/index.js'

export type DamagesBasis = 'ANNUAL_FEE' | 'CONTRACT_TOTAL' | 'PERIOD_FEE' | 'OVERDUE_PRINCIPAL'
export type DamagesMode = 'ONE_OFF' | 'PER_DAY' | 'PER_STARTED_HOUR'
export type AllocationOrder = 'DAMAGES_FIRST' | 'PRINCIPAL_FIRST'

const DamagesRuleSchema = defineEntity({
  name: 'DamagesRule',
  tableName: 'damages_rules',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    versionId: p.uuid(),
    ordinal: p.smallint(),
    /** The duties it prices; no duty has two rules. */
    dutyClauses: p.json<string[]>(),
    basis: p.string().length(20).$type<DamagesBasis>(),
    mode: p.string().length(20).$type<DamagesMode>(),
    /** Percent at its own scale, so that 0.035 survives; null means the percent of 5.3.1. */
    ratePercent: p.decimal('string').precision(12).scale(8).nullable(),
    /** Percent of the basis per agreement year, a pool of this rule's own. Null: none of its own, and no clause names one for the agreement. */
    capPercent: p.decimal('string').precision(12).scale(8).nullable(),
    taxInclusive: p.boolean(),
    allocation: p.string().length(20).$type<AllocationOrder>(),
  },
  uniques: [
    { name: 'damages_rules_ordinal_key', properties: ['tenantId', 'versionId', 'ordinal'] },
    { name: 'damages_rules_customer_key', properties: ['tenantId', 'customerId', 'id'] },
  ],
  ...customerOwned('CONTRACT'),
})

/**
 * How 5.3.1's percent becomes money: the contract says only "%", so base, unit and cap are agreed here and confirmed by
 * both sides' signatures. A duty without a confirmed rule has no number, only NEEDS_LEGAL_DECISION.
 */
export class DamagesRule extends DamagesRuleSchema.class {}
DamagesRuleSchema.setClass(DamagesRule)

export interface DamagesRuleTerms {
  dutyClauses: string[]
  basis: DamagesBasis
  mode: DamagesMode
  ratePercent: string | null
  capPercent: string | null
  taxInclusive: boolean
  allocation: AllocationOrder
}

/** What the provider's missed service duties have in common: clocks and slots of chapters 2, 6, 7 and 8, priced by 5.1.1. */
export const SERVICE_DUTIES = [
  '2.1.1',
  '2.2.1.1',
  '2.3.1',
  '6.1.1',
  '6.2.1',
  '6.3.1',
  '6.4.2',
  '7.2.1',
  '7.3.1.4',
  '8.3.1',
  '8.3.2',
]

/**
 * What a draft offers, to be changed or confirmed by both sides (domain.md, Liquidated damages): a service breach costs
 * 5.3.1's percent of the annual fee once, capped at 30 % a year; late payment 0.05 % of the overdue principal per day.
 */
export const OFFERED_RULES: readonly DamagesRuleTerms[] = [
  {
    dutyClauses: SERVICE_DUTIES,
    basis: 'ANNUAL_FEE',
    mode: 'ONE_OFF',
    ratePercent: null,
    capPercent: '30',
    taxInclusive: true,
    allocation: 'DAMAGES_FIRST',
  },
  {
    dutyClauses: ['3.4.1'],
    basis: 'OVERDUE_PRINCIPAL',
    mode: 'PER_DAY',
    ratePercent: '0.05',
    capPercent: null,
    taxInclusive: true,
    allocation: 'DAMAGES_FIRST',
  },
]
