import {
  Agreement,
  AGREEMENT_ID,
  type AgreementTarget,
  AgreementVersion,
  findAgreement,
  newestVersion,
  textChanged,
  versionsInForce,
} from '../agreements/index.js'
import type { BasisQuestion, DamagesBasis } from '../breaches/index.js'
import { eachEvent, type EventActor, type Operation, type Rows, statement } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid, uuidOf } from '../platform/ids.js'
import { formatMinor } from '../platform/money.js'
import { civilDate } from '../platform/time.js'
import { checkAmount, checkTaxCode, checkTaxRate } from './checks.js'
import {
  annualFeeOf,
  type BillingPeriod,
  DEFAULT_DUE_DAYS,
  feeOfPeriod,
  FeeSchedule,
  type FeeTerms,
  periodNumberAt,
} from './fee-schedule.js'
import { type Taxed, totalOf } from './tax.js'

export const FEE_SCHEDULE_ID = 'fee'

/** Longest time to pay in: a year. More is a slip of the pen. */
const MAX_DUE_DAYS = 365

export interface FeeScheduleTerms {
  annualFee: { amount: string; currency: string }
  taxInclusive?: boolean | null
  taxRatePercent: string
  taxCode?: string | null
  billingPeriod?: BillingPeriod | null
  dueDays?: number | null
}

/**
 * What maintenance costs under the newest version. While that is open both sides sign it with the text, so a change voids
 * what was signed. Once in force, a version that left it blank takes it as a fact; one that was signed with it doesn't.
 */
export async function setFeeSchedule(
  operation: Operation,
  input: AgreementTarget & FeeScheduleTerms,
  actor: EventActor,
): Promise<FeeSchedule> {
  const agreement = await findAgreement(operation, input)
  const version = await newestVersion(operation, agreement)
  const standing = await standingSchedule(operation, version.id)
  const signedWithVersion = requireSettable(version, standing)
  const now = await operation.now()
  const schedule = operation.em.create(FeeSchedule, {
    tenantId: agreement.tenantId,
    id: newUuid(),
    customerId: agreement.customerId,
    agreementId: agreement.id,
    versionId: version.id,
    number: (standing?.number ?? 0) + 1,
    ...checkedTerms(input),
    signedWithVersion,
    createdAt: now,
  })
  await operation.em.flush()
  if (signedWithVersion) await textChanged(operation, agreement, version, actor)
  else agreement.touch(now)
  record(operation, agreement, version, schedule, actor, now)
  return schedule
}

/** An amendment, or a renewal, begins with the fees of the version it is a copy of, for both sides to sign with it. */
export const copyFees = eachEvent(async (operation, event) => {
  const { tenantId } = operation.session
  const { fromVersionNumber, versionNumber, renewedById } = event.data as unknown as Copied
  const successor = renewedById ? uuidOf(AGREEMENT_ID, renewedById) : event.subject.id
  const of = (agreementId: string | null, number: number): Promise<AgreementVersion> =>
    operation.em.findOneOrFail(AgreementVersion, { tenantId, agreementId: agreementId as string, number })
  const model = await standingSchedule(operation, (await of(event.subject.id, fromVersionNumber)).id)
  if (!model) return
  const version = await of(successor, versionNumber ?? 1)
  const agreement = await operation.em.findOneOrFail(Agreement, { tenantId, id: version.agreementId })
  const { currency, annualFee, taxInclusive, taxRatePercent, taxCode, billingPeriod, dueDays } = model
  const schedule = operation.em.create(FeeSchedule, {
    tenantId,
    id: newUuid(),
    customerId: version.customerId,
    agreementId: agreement.id,
    versionId: version.id,
    number: 1,
    signedWithVersion: true,
    createdAt: event.acceptedAt,
    currency,
    annualFee,
    taxInclusive,
    taxRatePercent,
    taxCode,
    billingPeriod,
    dueDays,
  })
  record(operation, agreement, version, schedule, event.actor, event.acceptedAt)
})

/** What the events of both say: a renewal begins with its first version. */
interface Copied {
  fromVersionNumber: number
  versionNumber?: number
  renewedById?: string
}

/** The fee schedule that stands for a version: the one that was set last. */
export async function standingSchedule(
  operation: Operation,
  versionId: string,
): Promise<FeeSchedule | undefined> {
  const where = { tenantId: operation.session.tenantId, versionId }
  const [schedule] = await operation.em.find(FeeSchedule, where, { orderBy: { number: 'desc' }, limit: 1 })
  return schedule
}

/** What the signatures under a version cover beside its text (3.2.1). Its number is left out: the same terms are the same content. */
export async function signedFees(operation: Operation, version: AgreementVersion): Promise<unknown> {
  const schedule = await standingSchedule(operation, version.id)
  if (!schedule?.signedWithVersion) return null
  const { currency, annualFee, taxInclusive, taxRatePercent, taxCode, billingPeriod, dueDays } = schedule
  return [
    currency,
    annualFee.toString(),
    taxInclusive,
    taxRatePercent,
    taxCode ?? null,
    billingPeriod,
    dueDays,
  ]
}

/**
 * What a damages rule is a percent of, by the fees of the version in force at that instant, if both sides signed them:
 * what the provider wrote down alone would let it say what it owes. Overdue principal is no fee: `debts.ts` knows it.
 */
export const basisOfFees: DamagesBasis = async (reads, questions) => {
  const versions = await versionsInForce(reads, [...new Set(questions.map(each => each.agreement.id))])
  const inForce = questions.map(({ agreement, at }) =>
    versions.get(agreement.id)?.find(version => version.effectiveFrom <= at),
  )
  const schedules = await signedSchedules(reads, [...new Set(inForce.flatMap(version => version?.id ?? []))])
  return questions.map((question, index) => {
    const version = inForce[index]
    const schedule = version && schedules.get(version.id)
    if (!version || !schedule || question.basis === 'OVERDUE_PRINCIPAL') return null
    const { net, gross } = basisAmount(schedule, Number(version.termYears), question, question.basis)
    return { minor: question.taxInclusive ? gross : net, currency: schedule.currency }
  })
}

type SignedSchedule = FeeTerms & { versionId: string; currency: string }

const standingSchedules = statement(
  'standing_fee_schedules',
  `select distinct on (version_id) version_id as "versionId", currency, annual_fee::text as "annualFee", tax_inclusive as "taxInclusive",
     tax_rate_percent as "taxRatePercent", billing_period as "billingPeriod", signed_with_version as signed
   from fee_schedules where tenant_id = $1 and version_id = any ($2::uuid[]) order by version_id, number desc`,
)

/** Those that stand, where both sides' signatures cover them. */
async function signedSchedules(
  reads: Rows,
  versionIds: readonly string[],
): Promise<Map<string, SignedSchedule>> {
  type Row = Omit<SignedSchedule, 'annualFee'> & { annualFee: string; signed: boolean }
  const rows = await reads.rows<Row>(standingSchedules, [reads.session.tenantId, versionIds])
  return new Map(
    rows
      .filter(({ signed }) => signed)
      .map(row => [row.versionId, { ...row, annualFee: BigInt(row.annualFee) }]),
  )
}

function basisAmount(
  schedule: SignedSchedule,
  termYears: number,
  { agreement, at }: BasisQuestion,
  basis: 'ANNUAL_FEE' | 'CONTRACT_TOTAL' | 'PERIOD_FEE',
): Taxed {
  const day = civilDate(at, agreement.timeZone)
  switch (basis) {
    case 'ANNUAL_FEE':
      return annualFeeOf(schedule)
    case 'CONTRACT_TOTAL':
      return totalOf(Array.from({ length: termYears }, () => annualFeeOf(schedule)))
    case 'PERIOD_FEE':
      return feeOfPeriod(schedule, periodNumberAt(agreement.effectiveOn ?? day, schedule.billingPeriod, day))
  }
}

/** Answers whether the signatures under the version will cover it. */
function requireSettable(version: AgreementVersion, standing: FeeSchedule | undefined): boolean {
  if (version.state === 'DRAFT' || version.state === 'SIGNING') return true
  const field = ['input', 'agreementId']
  if (version.state !== 'IN_FORCE')
    throw refuse('INVALID_STATE', { field, params: { state: version.state }, clause: '3.2.1' })
  if (standing?.signedWithVersion)
    throw refuse('INVALID_STATE', { field, messageKey: 'FEES_SIGNED', clause: '3.2.1' })
  return false
}

function checkedTerms(terms: FeeScheduleTerms): {
  currency: string
  annualFee: bigint
  taxInclusive: boolean
  taxRatePercent: string
  taxCode: string | null
  billingPeriod: BillingPeriod
  dueDays: number
} {
  const { currency } = terms.annualFee
  const dueDays = terms.dueDays ?? DEFAULT_DUE_DAYS
  const dueField = ['input', 'dueDays']
  if (dueDays < 0) throw refuse('TOO_SMALL', { field: dueField, params: { min: 0 }, clause: '3.4.1' })
  if (dueDays > MAX_DUE_DAYS)
    throw refuse('TOO_LARGE', { field: dueField, params: { max: MAX_DUE_DAYS }, clause: '3.4.1' })
  return {
    currency,
    annualFee: checkAmount(terms.annualFee.amount, currency, ['input', 'annualFee', 'amount']),
    taxInclusive: terms.taxInclusive ?? true,
    taxRatePercent: checkTaxRate(terms.taxRatePercent, ['input', 'taxRatePercent']),
    taxCode: checkTaxCode(terms.taxCode, ['input', 'taxCode']),
    billingPeriod: terms.billingPeriod ?? 'ANNUAL',
    dueDays,
  }
}

function record(
  operation: Operation,
  agreement: Agreement,
  version: AgreementVersion,
  schedule: FeeSchedule,
  actor: EventActor,
  now: Date,
): void {
  operation.record({
    type: 'fee_schedule.set',
    category: 'CONTRACT',
    // Never changed, so there is one revision of it.
    subject: { kind: FEE_SCHEDULE_ID, id: schedule.id, revision: () => 1 },
    customerId: agreement.customerId,
    agreementId: agreement.id,
    clause: '3.2.1',
    actor,
    occurredAt: now,
    acceptedAt: now,
    data: {
      versionNumber: version.number,
      number: schedule.number,
      annualFee: formatMinor({ minor: schedule.annualFee, currency: schedule.currency }),
      currency: schedule.currency,
      signedWithVersion: schedule.signedWithVersion,
    },
  })
}
