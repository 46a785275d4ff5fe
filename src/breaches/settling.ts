import type { Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { checkText } from '../tenancy/index.js'
import type { Assessment } from './assessment.js'
import { type AssessmentTarget, type Claimant, findPrice, keepAct, otherSide, requireSide } from './claim.js'
import { pastOf } from './claims.js'
import { checkMoney, type MoneyGiven } from './money-given.js'
import { recordPrice, reprice } from './pricing.js'

const MAX_TEXT = 2000

/**
 * One side's word on what is owed: the price as it stands, or another amount. Once the other side has said the same, it is
 * agreed (domain.md: no side decides for the other).
 */
export async function agreeAssessment(
  operation: Operation,
  input: AssessmentTarget & { amount?: MoneyGiven | null; note?: string | null },
  { side, actor }: Claimant,
): Promise<Assessment> {
  const { cause, now } = await findPrice(operation, input)
  const { assessment } = cause
  assessment.requireState(['NEEDS_LEGAL_DECISION', 'INDICATIVE'])
  // What accrues has grown since it was read: who names no amount agrees to what it comes to now. A number that is named is one, and
  // stands while the days go by, so that the other side can name it tomorrow.
  if (input.amount) cause.asOf = assessment.asOf
  await reprice(operation, [cause], now, actor)
  const { total, currency } = assessment
  const standing = total == null || currency == null ? null : { minor: total, currency }
  const amount = input.amount
    ? checkMoney(input.amount, assessment.pricedIn(), ['input', 'amount'])
    : standing
  if (!amount) throw refuse('REQUIRED', { field: ['input', 'amount'], clause: '5.3.1' })
  const note =
    input.note == null ? null : checkText(input.note, ['input', 'note'], { max: MAX_TEXT, blank: true })
  const agreed = assessment.agree(side, amount, now)
  keepAct(operation, assessment, null, { kind: 'AGREED', side, amount, text: note || null }, now)
  await reprice(operation, [cause], now, actor)
  if (agreed) recordPrice(operation, assessment, now, actor, 'assessment.agreed')
  return assessment
}

/** It was paid: the side that was to get it says so. Paying doesn't release the duty, which is another axis. */
export async function settleAssessment(
  operation: Operation,
  input: AssessmentTarget & { settledAt?: Date | null; evidence: string },
  { side, actor }: Claimant,
): Promise<Assessment> {
  const { cause, now } = await findPrice(operation, input)
  const { assessment } = cause
  requireSide(side, otherSide(assessment.owedBy), 'assessmentId')
  const text = checkText(input.evidence, ['input', 'evidence'], { max: MAX_TEXT })
  const occurredAt = pastOf(input.settledAt, now, 'settledAt')
  assessment.settle(now)
  keepAct(operation, assessment, null, { kind: 'SETTLED', side, text, occurredAt }, now)
  await reprice(operation, [cause], now, actor)
  recordPrice(operation, assessment, now, actor, 'assessment.settled')
  return assessment
}

/** What the side that was wronged lost: beyond the damages it is owed as well (5.3.2). A later claim replaces an earlier one. */
export async function fileLossClaim(
  operation: Operation,
  input: AssessmentTarget & { loss: MoneyGiven; evidence: string },
  { side, actor }: Claimant,
): Promise<Assessment> {
  const { cause, now } = await findPrice(operation, input)
  const { assessment } = cause
  requireSide(side, otherSide(assessment.owedBy), 'assessmentId')
  const amount = checkMoney(input.loss, assessment.pricedIn(), ['input', 'loss'])
  const text = checkText(input.evidence, ['input', 'evidence'], { max: MAX_TEXT, clause: '5.3.2' })
  assessment.claimLoss(amount, now)
  keepAct(operation, assessment, null, { kind: 'LOSS_CLAIMED', side, amount, text }, now)
  await reprice(operation, [cause], now, actor)
  recordPrice(operation, assessment, now, actor, 'loss_claim.filed')
  return assessment
}

export async function withdrawLossClaim(
  operation: Operation,
  input: AssessmentTarget & { reason?: string | null },
  { side, actor }: Claimant,
): Promise<Assessment> {
  const { cause, now } = await findPrice(operation, input)
  const { assessment } = cause
  requireSide(side, otherSide(assessment.owedBy), 'assessmentId')
  if (assessment.lossClaimed == null)
    throw refuse('INVALID_STATE', { field: ['input', 'assessmentId'], messageKey: 'NO_LOSS_CLAIM' })
  const text =
    input.reason == null ? null : checkText(input.reason, ['input', 'reason'], { max: MAX_TEXT, blank: true })
  assessment.claimLoss(null, now)
  keepAct(operation, assessment, null, { kind: 'LOSS_WITHDRAWN', side, text: text || null }, now)
  await reprice(operation, [cause], now, actor)
  recordPrice(operation, assessment, now, actor, 'loss_claim.withdrawn')
  return assessment
}
