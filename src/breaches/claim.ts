import { nextNumbers } from '../agreements/index.js'
import { lockById, type Obligation, type Party } from '../obligations/index.js'
import type { EventActor, Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid, uuidOf } from '../platform/ids.js'
import type { Amount } from '../platform/money.js'
import { type Caller, checkRevision } from '../tenancy/index.js'
import { Assessment } from './assessment.js'
import { Breach, BREACH_ID } from './breach.js'
import { ClaimAct, type ClaimActKind, type DecisionBasis } from './claim-act.js'
import { ASSESSMENT_ID } from './pricing.js'
import { countedUpTo, readRootCauses, type RootCause } from './root-cause.js'

/** Who acts, and for which side. */
export interface Claimant {
  side: Party
  actor: EventActor
}

/** Staff act for the provider, a customer's people for the customer. */
export const sideOf = (caller: Caller): Party =>
  caller.kind === 'customer' || caller.customerId !== null ? 'CUSTOMER' : 'PROVIDER'

/** The same of whoever an event says acted; Surety itself speaks for whoever runs it. */
export const sideOfActor = ({ kind }: EventActor): Party => (kind === 'customer' ? 'CUSTOMER' : 'PROVIDER')

export const otherSide = (side: Party): Party => (side === 'PROVIDER' ? 'CUSTOMER' : 'PROVIDER')

/** Names a breach and, if the client likes, the revision it has read. */
export interface BreachTarget {
  breachId: string
  expectedRevision?: number | null
}

export interface AssessmentTarget {
  assessmentId: string
  expectedRevision?: number | null
}

/** What a change is about, under the lock of its agreement's breaches. */
export interface Claim {
  breach: Breach
  cause: RootCause
  now: Date
}

/**
 * Finds a breach within the walls. Whatever moves a price of an agreement waits in one line, and reads once it's its turn;
 * unseen means missing. `field` is where the client named it.
 */
export async function findClaim(
  operation: Operation,
  target: BreachTarget,
  field = 'breachId',
): Promise<Claim> {
  const { tenantId } = operation.session
  const id = uuidOf(BREACH_ID, target.breachId)
  const locked = id !== null && (await lockedBy(operation, 'breaches', id, field === 'breachId'))
  const breach = locked ? await operation.em.findOne(Breach, { tenantId, id }) : null
  if (!breach) throw refuse('NOT_FOUND', { field: ['input', field] })
  checkRevision(breach, target.expectedRevision)
  return claimOf(operation, breach)
}

export async function findPrice(
  operation: Operation,
  target: AssessmentTarget,
): Promise<{ cause: RootCause; now: Date }> {
  const { tenantId } = operation.session
  const id = uuidOf(ASSESSMENT_ID, target.assessmentId)
  const locked = id !== null && (await lockedBy(operation, 'assessments', id))
  const assessment = locked ? await operation.em.findOne(Assessment, { tenantId, id }) : null
  if (!assessment) throw refuse('NOT_FOUND', { field: ['input', 'assessmentId'] })
  checkRevision(assessment, target.expectedRevision)
  return causeOf(operation, assessment)
}

async function causeOf(
  operation: Operation,
  assessment: Assessment,
): Promise<{ cause: RootCause; now: Date }> {
  const now = await operation.now()
  const [cause] = await readRootCauses(operation, [assessment])
  // Whatever is done about a price fixes how far it has accrued.
  return { cause: countedUpTo(cause as RootCause, now), now }
}

/**
 * The breach of a missed duty, for what follows from its clock; null where it isn't found yet. Under the same lock as whatever
 * is claimed of it.
 */
export async function findMissed(
  operation: Operation,
  { tenantId, agreementId, customerId, id: obligationId }: Obligation,
): Promise<Claim | null> {
  await lockBreachesOf(operation, agreementId, customerId)
  const breach = await operation.em.findOne(Breach, { tenantId, obligationId, kind: 'MISSED' })
  return breach && claimOf(operation, breach)
}

/** A breach at hand, with its root cause as of now. */
export async function claimOf(operation: Operation, breach: Breach): Promise<Claim> {
  const where = { tenantId: breach.tenantId, id: breach.assessmentId }
  return { breach, ...(await causeOf(operation, await operation.em.findOneOrFail(Assessment, where))) }
}

/**
 * Locks what the row's agreement has of breaches. What the row says is read after that. The forbearance that a finding
 * broke is locked before, since whoever judges a clock holds it and then waits here; by a second breach of a change, which
 * is in line already, it's neither locked nor judged.
 */
async function lockedBy(
  operation: Operation,
  table: 'breaches' | 'assessments',
  id: string,
  isFirst = false,
): Promise<boolean> {
  const forbearance = isFirst ? `case when kind = 'FOUND' then obligation_id end` : 'null'
  const [row] = await operation.run<{
    agreementId: string
    customerId: string
    forbearanceId: string | null
  }>(
    `select agreement_id as "agreementId", customer_id as "customerId", ${forbearance} as "forbearanceId"
     from ${table} where tenant_id = $1 and id = $2`,
    [operation.session.tenantId, id],
  )
  if (row?.forbearanceId != null) await lockById(operation, row.forbearanceId)
  if (row) await lockBreachesOf(operation, row.agreementId, row.customerId)
  return row !== undefined
}

/** The row of the agreement's breach numbers, which the sweep holds as well: no number is taken. */
export async function lockBreachesOf(
  operation: Operation,
  agreementId: string,
  customerId: string,
): Promise<void> {
  await nextNumbers(operation, [{ agreement: { id: agreementId, customerId }, count: 0 }], 'BREACH')
}

/** A verb belongs to one side: the one that was wronged claims, the one that is to answer answers. */
export function requireSide(side: Party, wanted: Party, field: string): void {
  if (side !== wanted) throw refuse('OTHER_SIDE', { field: ['input', field] })
}

export interface Act {
  kind: ClaimActKind
  side: Party
  text?: string | null
  basis?: DecisionBasis | null
  amount?: Amount | null
  /** When it was so; omitted: now. */
  occurredAt?: Date
}

/** Writes down what a side did: append-only, like all that a dispute may come back to. */
export function keepAct(
  operation: Operation,
  assessment: Assessment,
  breach: { id: string } | null,
  { amount, ...act }: Act,
  now: Date,
): void {
  operation.em.create(ClaimAct, {
    text: null,
    basis: null,
    occurredAt: now,
    ...act,
    tenantId: assessment.tenantId,
    id: newUuid(),
    customerId: assessment.customerId,
    assessmentId: assessment.id,
    breachId: breach?.id ?? null,
    currency: amount?.currency ?? null,
    amount: amount?.minor ?? null,
    acceptedAt: now,
  })
}
