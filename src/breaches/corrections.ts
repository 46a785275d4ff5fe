import { LockMode } from '@mikro-orm/postgresql'
import {
  type ClockReading,
  correctObligation,
  derivationOf,
  type FactType,
  Obligation,
  OBLIGATION_ID,
  obligationsOf,
} from '../obligations/index.js'
import type { NewEvent, Operation, Reaction } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { uuidOf } from '../platform/ids.js'
import { checkRevision, checkText } from '../tenancy/index.js'
import { Breach, STANDING } from './breach.js'
import { isJudged, markJudged } from './judged.js'
import { type Claimant, claimOf, keepAct, lockBreachesOf, sideOfActor } from './claim.js'
import { record } from './claims.js'
import { reprice } from './pricing.js'

export interface FactInput {
  obligationId: string
  expectedRevision?: number | null
  fact?: FactType | null
  corrects?: number | null
  occurredAt: Date
  evidence: string
}

/**
 * A fact of a clock was otherwise than was known, as a response that was given by telephone: somebody entitled states it,
 * with what shows it. Nothing is rewritten; the clock is judged by what was so, and what follows for its breach and for the
 * prices of its agreement year is derived anew, in the same change.
 */
export async function correctFact(
  operation: Operation,
  input: FactInput,
  { side, actor }: Claimant,
): Promise<Obligation> {
  const id = uuidOf(OBLIGATION_ID, input.obligationId)
  const where = { tenantId: operation.session.tenantId, id: id as string }
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE } as const
  const obligation = id === null ? null : await operation.em.findOne(Obligation, where, lock)
  if (!obligation) throw refuse('NOT_FOUND', { field: ['input', 'obligationId'] })
  checkRevision(obligation, input.expectedRevision)
  const evidence = checkText(input.evidence, ['input', 'evidence'], { max: 2000 })
  const correction = {
    fact: input.fact ?? null,
    corrects: input.corrects ?? null,
    occurredAt: input.occurredAt,
    evidence,
  }
  await correctObligation(operation, obligation, correction, actor, await operation.now())
  if (obligation.state !== 'MISSED' && obligation.owedBy === side) await requireOpen(operation, obligation)
  return obligation
}

/** What a decision says, and what was paid for, no side undoes by its own word. */
async function requireOpen(operation: Operation, obligation: Obligation): Promise<void> {
  const { tenantId, agreementId, customerId, id } = obligation
  await lockBreachesOf(operation, agreementId, customerId)
  const [closed] = await operation.run(
    `select 1 from breaches join assessments on assessments.tenant_id = $1 and assessments.id = assessment_id
     where breaches.tenant_id = $1 and obligation_id = $2 and breaches.state = any ($3)
       and (breaches.state = 'UPHELD' or assessments.state = 'SETTLED')`,
    [tenantId, id, STANDING],
  )
  if (closed)
    throw refuse('INVALID_STATE', { field: ['input', 'obligationId'], messageKey: 'DECIDED_OR_PAID' })
}

/** Both verdicts of a clock, as `obligation.corrected` tells them. */
interface Verdicts {
  before: { state: string; dueAt: Date }
  after: { state: string; dueAt: Date }
}

/**
 * What was learnt of a clock is another verdict on its breach: withdrawn, where it was no miss; moved, where it was one at
 * another instant, or was made good at another. A miss that was none before is found like any other.
 */
export const breachesOfCorrected: Reaction = async (operation, events) => {
  const obligations = await obligationsOf(operation, events)
  for (const [index, obligation] of obligations.entries())
    await judgeAgain(operation, obligation, events[index] as NewEvent)
}

async function judgeAgain(operation: Operation, obligation: Obligation, event: NewEvent): Promise<void> {
  // A decision that rejects a finding has judged it itself.
  if (isJudged(operation, obligation.id)) return
  const { tenantId, agreementId, customerId, id: obligationId } = obligation
  await lockBreachesOf(operation, agreementId, customerId)
  const breaches = await operation.em.find(Breach, { tenantId, obligationId }, { orderBy: { number: 'asc' } })
  const { reading } = await derivationOf(operation, obligation, event.acceptedAt)
  if (isKnown(obligation, breaches, reading)) markJudged(operation, obligationId)
  for (const breach of breaches)
    await judge(operation, breach, occurredAt(obligation, breach, reading), event)
}

/** Whether the miss that a clock comes to is one of these breaches already. */
const isKnown = ({ nature }: Obligation, breaches: readonly Breach[], { breaks }: ClockReading): boolean =>
  breaches.some(({ kind }) => kind === 'MISSED') ||
  (nature === 'FORBEARANCE' && !breaks.some(({ findingId }) => findingId === null))

/** When a clock says that a breach happened: a deadline's once, a forbearance's each by itself. Null: there was none. */
function occurredAt({ nature }: Obligation, breach: Breach, { breaks, missedAt }: ClockReading): Date | null {
  if (nature === 'DEADLINE') return missedAt
  const said = breach.kind === 'FOUND' ? breach.id : null
  return breaks.find(({ findingId }) => findingId === said)?.at ?? null
}

async function judge(
  operation: Operation,
  breach: Breach,
  missedAt: Date | null,
  event: NewEvent,
): Promise<void> {
  const was = breach.stands()
  // Another finding of the same forbearance was corrected.
  if (breach.kind === 'FOUND' && was && missedAt?.getTime() === breach.occurredAt.getTime()) return
  const { cause, now } = await claimOf(operation, breach)
  if (missedAt) breach.judge(missedAt, now)
  else breach.withdraw(now)
  const side = sideOfActor(event.actor)
  keepAct(operation, cause.assessment, breach, { kind: 'CORRECTED', side, occurredAt: event.occurredAt }, now)
  await reprice(operation, [cause], now, event.actor)
  const type = was && !missedAt ? 'breach.withdrawn' : 'breach.revised'
  const verdicts = event.data as unknown as Verdicts
  record(operation, breach, type, now, { side, actor: event.actor }, { ...verdictsOf(verdicts) })
}

const verdictsOf = ({ before, after }: Verdicts): Verdicts => ({ before, after })
