import { isDeepStrictEqual } from 'node:util'
import { defineEntity, p } from '@mikro-orm/postgresql'
import type { DamagesRule } from '../agreements/index.js'
import type { Party } from '../obligations/index.js'
import { customerOwned } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import type { Amount } from '../platform/money.js'
import type { Overdue } from './accrual.js'
import { topUpOf } from './loss.js'

export const ASSESSMENT_STATES = [
  'NEEDS_LEGAL_DECISION',
  'INDICATIVE',
  'AGREED',
  'SETTLED',
  'RELEASED',
  'WAIVED',
] as const
export type AssessmentState = (typeof ASSESSMENT_STATES)[number]

const AssessmentSchema = defineEntity({
  name: 'Assessment',
  tableName: 'assessments',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    agreementId: p.uuid(),
    versionId: p.uuid(),
    /** What all its breaches come from, by id prefix: one ticket, one backup slot, or a finding by itself. */
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
    mode: p.string().length(20).$type<DamagesRule['mode']>().nullable(),
    ratePercent: p.string().length(20).nullable(),
    /** Days or hours that were begun, a plain number; 1 for a rule that costs once. */
    units: p.string().length(20).nullable(),
    /** The instant days and hours are counted from, and up to; open while it goes on. */
    accruesFrom: p.datetime(3).nullable(),
    accruedUntil: p.datetime(3).nullable(),
    /** Of a percent of what is overdue: how that fell from day to day. */
    overdue: p.json<Overdue>().nullable(),
    /** Minor units. */
    basisAmount: p.bigint().nullable(),
    cap: p.bigint().nullable(),
    capRemaining: p.bigint().nullable(),
    /** What rate, basis and units come to, before the cap. */
    amount: p.bigint().nullable(),
    /** What the side that was wronged says it lost (5.3.2). */
    lossClaimed: p.bigint().nullable(),
    /** What of the loss the damages don't cover. */
    topUp: p.bigint().nullable(),
    /** What is owed; null only while it needs a legal decision. */
    total: p.bigint().nullable(),
    /** To the total of the revision before. */
    change: p.bigint().nullable(),
    /** What this revision adds to the books. */
    bookable: p.bigint().nullable(),
    /** What each side has agreed to, until both have agreed to the same. */
    providerAgreed: p.bigint().nullable(),
    customerAgreed: p.bigint().nullable(),
    /** Its findings count under another root cause, and so do those to come. */
    linkedTo: p.uuid().nullable(),
    /** Its total was agreed or decided as a number, and no rule prices it any more. */
    fixed: p.boolean().default(false),
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
    {
      name: 'assessments_year_order_idx',
      properties: ['tenantId', 'agreementId', 'yearStartsOn', 'occurredAt'],
    },
    { name: 'assessments_created_idx', properties: ['tenantId', 'createdAt', 'id'] },
    { name: 'assessments_updated_idx', properties: ['tenantId', 'updatedAt', 'id'] },
    { name: 'assessments_agreement_created_idx', properties: ['tenantId', 'agreementId', 'createdAt', 'id'] },
    { name: 'assessments_agreement_updated_idx', properties: ['tenantId', 'agreementId', 'updatedAt', 'id'] },
  ],
  ...customerOwned('BREACH'),
})

/** What a released price is printed in where none was ever computed: the form's own money (governing law, 1.4.1). */
const CURRENCY_OF_THE_FORM = 'CNY'

/** The price of one root cause, shared by all its breaches. Money hangs here and nowhere else. */
export class Assessment extends AssessmentSchema.class {
  /** A price by rule. The same price again is no revision, also when others have taken of the cap since. Answers whether it is another. */
  price(priced: Price, asOf: Date, now: Date): boolean {
    const topUp = topUpOf(this.lossClaimed ?? null, priced.damages)
    const { damages, capRemaining, ...told } = priced
    const next = { ...told, topUp, total: damages + topUp }
    const open = this.state === 'NEEDS_LEGAL_DECISION' || this.isOver()
    const same = (Object.keys(next) as (keyof typeof next)[]).every(name => sameValue(this[name], next[name]))
    if (!open && same) return false
    move(this, { ...next, capRemaining }, open ? 'INDICATIVE' : this.state, asOf, now)
    return true
  }

  /** Without a confirmed rule, or without what it is a percent of, there is no number: counsel decides. */
  leaveToCounsel(now: Date): boolean {
    if (this.state === 'NEEDS_LEGAL_DECISION' && this.total == null) return false
    move(this, { ...NO_PRICE, currency: this.currency ?? null }, 'NEEDS_LEGAL_DECISION', now)
    return true
  }

  /** None of its findings stands any more: nothing is owed. */
  release(state: 'RELEASED' | 'WAIVED', now: Date): boolean {
    if (this.state === state) return false
    const nothing = { ...NO_PRICE, currency: this.currency ?? CURRENCY_OF_THE_FORM, topUp: 0n, total: 0n }
    // A number that was agreed or decided was of findings that are gone: those to come are priced by their rule.
    move(this, { ...nothing, fixed: false }, state, now)
    return true
  }

  /** One side's word on what is owed. It's agreed once both have said the same. Answers whether it is. */
  agree(side: Party, amount: Amount, now: Date): boolean {
    this.requireState(['NEEDS_LEGAL_DECISION', 'INDICATIVE'])
    const [own, other] =
      side === 'PROVIDER'
        ? (['providerAgreed', 'customerAgreed'] as const)
        : (['customerAgreed', 'providerAgreed'] as const)
    this[own] = amount.minor
    touch(this, now)
    // Where nothing names the currency yet, each word does: one in another currency isn't the same amount.
    if (this.currency !== amount.currency) this[other] = null
    this.currency = amount.currency
    if (this[other] !== amount.minor) return false
    if (this.total === amount.minor) move(this, {}, 'AGREED', this.asOf, now)
    else this.fix(amount, now)
    return true
  }

  /** Agreed by both sides, or decided for them, as a number: from here on that is due, whatever a rule would come to. */
  fix(amount: Amount, now: Date): void {
    this.requireState(['NEEDS_LEGAL_DECISION', 'INDICATIVE'])
    this.fixed = true
    move(this, { currency: amount.currency, total: amount.minor, topUp: 0n }, 'AGREED', now)
  }

  /** What an amount must be in: the currency of the price or of the loss that is claimed; null while there is neither. */
  pricedIn(): string | null {
    return this.total == null && this.lossClaimed == null ? null : (this.currency ?? null)
  }

  /** It was paid. What it was paid for stays as it is. */
  settle(now: Date): void {
    this.requireState(['AGREED'])
    this.fixed = true
    move(this, {}, 'SETTLED', this.asOf, now)
  }

  /** Says what was lost, or takes it back; what is owed is derived anew by whoever calls it. */
  claimLoss(loss: Amount | null, now: Date): void {
    this.requireState(['NEEDS_LEGAL_DECISION', 'INDICATIVE'])
    this.lossClaimed = loss?.minor ?? null
    if (loss) this.currency ??= loss.currency
    touch(this, now)
  }

  /** It belongs to the agreement year, and the version, of its earliest finding. */
  moveTo(head: Pick<Assessment, 'occurredAt' | 'versionId' | 'yearStartsOn'>, now: Date): void {
    Object.assign(this, head)
    touch(this, now)
  }

  /** From here on what comes of its root cause counts under another. */
  link(other: Assessment, now: Date): void {
    this.linkedTo = other.id
    touch(this, now)
  }

  requireState(states: readonly AssessmentState[]): void {
    if (!states.includes(this.state))
      throw refuse('INVALID_STATE', { field: ['input', 'assessmentId'], params: { state: this.state } })
  }

  isOver(): boolean {
    return this.state === 'RELEASED' || this.state === 'WAIVED'
  }

  /** What it takes of its rule's cap: the damages, without what the loss comes to beyond them. */
  ofCap(): bigint {
    return (this.total ?? 0n) - (this.topUp ?? 0n)
  }
}
AssessmentSchema.setClass(Assessment)

/** A revision that changes nothing of what is owed: nobody may book the last one's change again. */
function touch(assessment: Assessment, now: Date): void {
  assessment.change = assessment.currency == null ? null : 0n
  assessment.bookable = assessment.change
  assessment.updatedAt = now
}

/** A revision: what it changes by, and what of that is for the books (domain.md: once per id and revision). */
function move(
  assessment: Assessment,
  values: Partial<Assessment>,
  state: AssessmentState,
  asOf: Date,
  now: Date = asOf,
): void {
  const before = assessment.total ?? 0n
  const booked = isDue(assessment.state) ? before : 0n
  Object.assign(assessment, values, { state, asOf, updatedAt: now })
  const total = assessment.total ?? 0n
  const told = assessment.currency != null
  assessment.change = told ? total - before : null
  assessment.bookable = told ? (isDue(state) ? total : 0n) - booked : null
  // What they agreed to was another price.
  if (!isDue(state)) [assessment.providerAgreed, assessment.customerAgreed] = [null, null]
}

/** By what they say: two objects of one instant are one value, and the database keeps the names of JSON in an order of its own. */
const sameValue = (one: unknown, other: unknown): boolean => isDeepStrictEqual(one ?? null, other ?? null)

const isDue = (state: AssessmentState): boolean => state === 'AGREED' || state === 'SETTLED'

export interface Price {
  ruleId: string
  currency: string
  mode: DamagesRule['mode']
  ratePercent: string
  units: string
  accruesFrom: Date | null
  accruedUntil: Date | null
  overdue: Overdue | null
  basisAmount: bigint
  /** Before the cap. */
  amount: bigint
  cap: bigint | null
  capRemaining: bigint | null
  /** Never above what is left of the cap. */
  damages: bigint
}

const NO_PRICE = {
  ruleId: null,
  mode: null,
  ratePercent: null,
  units: null,
  accruesFrom: null,
  accruedUntil: null,
  overdue: null,
  basisAmount: null,
  amount: null,
  cap: null,
  capRemaining: null,
  topUp: null,
  total: null,
} as const
