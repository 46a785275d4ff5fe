import { mendObligation, type Party } from '../obligations/index.js'
import type { EventActor, Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import type { Amount } from '../platform/money.js'
import { checkText } from '../tenancy/index.js'
import { type Breach, BREACH_ID, type BreachStep, STANDING } from './breach.js'
import { markJudged } from './judged.js'
import {
  type BreachTarget,
  type Claim,
  type Claimant,
  findClaim,
  keepAct,
  otherSide,
  requireSide,
} from './claim.js'
import { ClaimAct, type DecisionBasis } from './claim-act.js'
import { checkMoney, type MoneyGiven } from './money-given.js'
import { debtsOf } from './overdue.js'
import { recordPrice, reprice } from './pricing.js'

const MAX_TEXT = 2000

/** The side that was wronged takes a finding up: from here on it claims. */
export const confirmBreach = (
  operation: Operation,
  input: BreachTarget & { note?: string | null },
  by: Claimant,
): Promise<Breach> => step(operation, input, by, 'CONFIRMED', 'creditor', input.note)

/** It tells the other side of its claim. */
export const notifyBreach = (
  operation: Operation,
  input: BreachTarget & { note?: string | null },
  by: Claimant,
): Promise<Breach> => step(operation, input, by, 'NOTIFIED', 'creditor', input.note)

/** The side that is to answer owns up to it. */
export const acceptBreach = (
  operation: Operation,
  input: BreachTarget & { note?: string | null },
  by: Claimant,
): Promise<Breach> => step(operation, input, by, 'ACCEPTED', 'debtor', input.note)

/** It says why it doesn't: from here on neither side decides. */
export const disputeBreach = (
  operation: Operation,
  input: BreachTarget & { grounds: string },
  by: Claimant,
): Promise<Breach> =>
  step(
    operation,
    input,
    by,
    'DISPUTED',
    'debtor',
    checkText(input.grounds, ['input', 'grounds'], { max: MAX_TEXT }),
  )

/** The side that was wronged lets it go: this one finding, and no other, of this root cause or to come. */
export const waiveBreach = (
  operation: Operation,
  input: BreachTarget & { reason: string },
  by: Claimant,
): Promise<Breach> =>
  step(
    operation,
    input,
    by,
    'WAIVED',
    'creditor',
    checkText(input.reason, ['input', 'reason'], { max: MAX_TEXT }),
  )

async function step(
  operation: Operation,
  input: BreachTarget,
  { side, actor }: Claimant,
  state: BreachStep,
  who: 'creditor' | 'debtor',
  text: string | null | undefined,
): Promise<Breach> {
  const { breach, cause, now } = await findClaim(operation, input)
  requireSide(side, who === 'debtor' ? breach.owedBy : otherSide(breach.owedBy), 'breachId')
  // What was paid for can't be let go any more.
  if (state === 'WAIVED') requireUnsettled(cause.assessment.state)
  breach.become(state, now)
  const note =
    text == null ? null : checkText(text, ['input', 'note'], { max: MAX_TEXT, blank: true }) || null
  keepAct(operation, cause.assessment, breach, { kind: state, side, text: note }, now)
  await reprice(operation, [cause], now, actor)
  record(operation, breach, `breach.${state.toLowerCase()}`, now, { side, actor })
  return breach
}

export interface DecisionInput extends BreachTarget {
  basis: DecisionBasis
  document: string
  decidedAt?: Date | null
  amount?: MoneyGiven | null
}

/**
 * A decision on a dispute, recorded with its document. An award and a judgment bind both sides, whoever enters them; what a
 * mediation came to takes the word of both: it stands once the other side has entered the same.
 */
export async function decideBreach(
  operation: Operation,
  input: DecisionInput,
  { side, actor }: Claimant,
  outcome: 'UPHELD' | 'REJECTED',
): Promise<Breach> {
  const { breach, cause, now } = await findClaim(operation, input)
  breach.requireState(['DISPUTED'])
  const { assessment } = cause
  const document = checkText(input.document, ['input', 'document'], { max: MAX_TEXT })
  const amount = input.amount ? checkMoney(input.amount, assessment.pricedIn(), ['input', 'amount']) : null
  const occurredAt = pastOf(input.decidedAt, now, 'decidedAt')
  const act = { kind: outcome, side, text: document, basis: input.basis, amount, occurredAt }
  const binding =
    input.basis !== 'MEDIATION' || (await otherSideSaidSo(operation, breach, act, otherSide(side)))
  keepAct(operation, assessment, breach, act, now)
  if (!binding) return breach
  breach.become(outcome, now)
  if (amount) assessment.fix(amount, now)
  await reprice(operation, [cause], now, actor)
  if (outcome === 'REJECTED') await mendForbearance(operation, { breach, cause, now }, document, actor)
  if (amount) recordPrice(operation, assessment, now, actor, 'assessment.agreed')
  record(operation, breach, `breach.${outcome.toLowerCase()}`, now, { side, actor }, { basis: input.basis })
  return breach
}

/** A finding that is decided to be none broke nothing: the clock that forbids it was kept, or runs on. */
async function mendForbearance(
  operation: Operation,
  { breach, cause, now }: Claim,
  evidence: string,
  actor: EventActor,
): Promise<void> {
  const { id, kind, obligationId } = breach
  const broken = cause.findings.find(each => each.obligation?.id === obligationId)?.obligation
  if (kind !== 'FOUND' || !broken) return
  markJudged(operation, broken.id)
  await mendObligation(operation, broken, { id, evidence }, actor, now)
}

async function otherSideSaidSo(
  operation: Operation,
  breach: Breach,
  act: { kind: 'UPHELD' | 'REJECTED'; text: string; amount: Amount | null },
  side: Party,
): Promise<boolean> {
  const acts = await operation.em.find(
    ClaimAct,
    { tenantId: breach.tenantId, breachId: breach.id, side, kind: { $in: ['UPHELD', 'REJECTED'] } },
    { orderBy: { acceptedAt: 'desc', id: 'desc' }, limit: 1 },
  )
  // Its last word counts.
  const [last] = acts
  return (
    last?.basis === 'MEDIATION' &&
    last.kind === act.kind &&
    last.text === act.text &&
    (last.amount ?? null) === (act.amount?.minor ?? null) &&
    (last.currency ?? null) === (act.amount?.currency ?? null)
  )
}

/** It was made good, though late: the claim stays, and what accrues by the day ends. */
export async function cureBreach(
  operation: Operation,
  input: BreachTarget & { curedAt?: Date | null; evidence: string },
  { side, actor }: Claimant,
): Promise<Breach> {
  const claim = await findClaim(operation, input)
  const { breach, cause, now } = claim
  requireNoClock(claim, side)
  await requireNoDebt(operation, claim)
  const text = checkText(input.evidence, ['input', 'evidence'], { max: MAX_TEXT })
  const curedAt = pastOf(input.curedAt, now, 'curedAt')
  if (curedAt < breach.occurredAt)
    throw refuse('TOO_SMALL', {
      field: ['input', 'curedAt'],
      params: { min: breach.occurredAt.toISOString() },
    })
  breach.cure(curedAt, now)
  keepAct(operation, cause.assessment, breach, { kind: 'CURED', side, text, occurredAt: curedAt }, now)
  await reprice(operation, [cause], now, actor)
  record(operation, breach, 'breach.cured', now, { side, actor }, { curedAt })
  return breach
}

/** A clock that was stopped says itself when it was made good, and one that runs on is stopped by doing it: not by the debtor's word. */
function requireNoClock({ breach, cause }: Claim, side: Party): void {
  const clock = cause.findings.find(each => each.obligation?.id === breach.obligationId)?.obligation
  if (clock?.stoppedAt != null)
    throw refuse('INVALID_STATE', { field: ['input', 'breachId'], params: { state: 'CURED' } })
  if (clock?.nature === 'DEADLINE' && side === breach.owedBy)
    throw refuse('INVALID_STATE', { field: ['input', 'breachId'], messageKey: 'CURED_BY_DOING' })
}

/** What somebody owes in money is made good by what is credited, and by nobody's word. */
async function requireNoDebt(operation: Operation, { breach, cause }: Claim): Promise<void> {
  const finding = cause.findings.find(each => each.breach === breach)
  if (finding && (await debtsOf(operation, [finding])).size > 0)
    throw refuse('INVALID_STATE', { field: ['input', 'breachId'], messageKey: 'CURED_BY_PAYMENT' })
}

/** Findings that turn out to come from one root cause: what was counted twice counts once, at the higher price. */
export async function linkRootCause(
  operation: Operation,
  input: BreachTarget & { toBreachId: string; reason: string },
  { side, actor }: Claimant,
): Promise<Breach> {
  const { breach, cause, now } = await findClaim(operation, input)
  const other = await findOther(operation, input.toBreachId, breach)
  // It lowers what is owed: only the side it is owed to may.
  requireSide(side, otherSide(breach.owedBy), 'breachId')
  breach.requireState(STANDING)
  for (const { assessment } of [cause, other.cause])
    if (assessment.state !== 'NEEDS_LEGAL_DECISION' && assessment.state !== 'INDICATIVE')
      throw refuse('INVALID_STATE', { field: ['input', 'breachId'], params: { state: assessment.state } })
  const text = checkText(input.reason, ['input', 'reason'], { max: MAX_TEXT })
  for (const finding of cause.findings) (finding.breach as Breach).link(other.cause.assessment.id, now)
  other.cause.findings.push(...cause.findings.splice(0))
  cause.assessment.link(other.cause.assessment, now)
  keepAct(operation, other.cause.assessment, breach, { kind: 'LINKED', side, text }, now)
  await reprice(operation, [cause, other.cause], now, actor)
  record(
    operation,
    breach,
    'breach.revised',
    now,
    { side, actor },
    { assessmentId: other.cause.assessment.id },
  )
  return breach
}

async function findOther(operation: Operation, breachId: string, breach: Breach): Promise<Claim> {
  const field = ['input', 'toBreachId']
  const other = await findClaim(operation, { breachId }, 'toBreachId')
  if (other.breach.agreementId !== breach.agreementId) throw refuse('NOT_FOUND', { field })
  if (other.breach.owedBy !== breach.owedBy || other.breach.assessmentId === breach.assessmentId)
    throw refuse('INVALID', { field })
  return other
}

function requireUnsettled(state: string): void {
  if (state === 'SETTLED') throw refuse('INVALID_STATE', { field: ['input', 'breachId'], params: { state } })
}

export function pastOf(at: Date | null | undefined, now: Date, field: string): Date {
  if (at && at > now) throw refuse('IN_FUTURE', { field: ['input', field] })
  return at ?? now
}

/** An event about a breach. */
export function record(
  operation: Operation,
  breach: Breach,
  type: string,
  now: Date,
  { side, actor }: Claimant,
  data: Record<string, unknown> = {},
): void {
  operation.record({
    type,
    category: 'BREACH',
    subject: { kind: BREACH_ID, id: breach.id, revision: () => breach.revision },
    customerId: breach.customerId,
    agreementId: breach.agreementId,
    clause: breach.dutyClause,
    actor,
    occurredAt: now,
    acceptedAt: now,
    data: { number: breach.number, state: breach.state, side, assessmentId: breach.assessmentId, ...data },
  })
}
