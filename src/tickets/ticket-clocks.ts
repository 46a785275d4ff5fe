import { LockMode } from '@mikro-orm/postgresql'
import {
  Agreement,
  AgreementVersion,
  type Span,
  suspensionsSince,
  type SuspensionScope,
  wasSuspended,
} from '../agreements/index.js'
import {
  cancelObligation,
  derivationOf,
  hoursUnder,
  Obligation,
  obligationsOf,
  type PauseCause,
  pauseObligation,
  reopenObligation,
  resumeObligation,
  startObligation,
  stopObligation,
} from '../obligations/index.js'
import {
  eachEvent,
  type EventActor,
  type NewEvent,
  type Operation,
  type Reaction,
} from '../persistence/index.js'
import { TicketQuestion } from './ticket-question.js'
import { TICKET_ID, Ticket, type TicketKind } from './ticket.js'
import { inOrder, type TicketLife, type Turn, turnsOf } from './ticket-life.js'

/** What a duty of a ticket is called, its clause, the term that counts it, and the scope whose suspension stops its clock. */
interface Duty {
  kind: string
  clause: string
  scope: SuspensionScope
  term: 'responseHours' | 'fixHours' | 'supportResponseHours' | 'upgradeProblemResponseHours'
}
const DUTIES: Record<TicketKind, readonly Duty[]> = {
  // Two obligations, both from receipt (2.3.1).
  FAULT: [
    { kind: 'FAULT_RESPONSE', clause: '2.3.1', scope: 'SERVICE', term: 'responseHours' },
    { kind: 'FAULT_FIX', clause: '2.3.1', scope: 'SERVICE', term: 'fixHours' },
  ],
  SUPPORT: [{ kind: 'SUPPORT_RESPONSE', clause: '7.2.1', scope: 'SERVICE', term: 'supportResponseHours' }],
  UPGRADE_PROBLEM: [
    {
      kind: 'UPGRADE_PROBLEM_RESPONSE',
      clause: '6.4.2',
      scope: 'UPGRADE',
      term: 'upgradeProblemResponseHours',
    },
  ],
  // Ordered and billed by itself: the contract promises no time for it (2.2.1.4).
  CUSTOM_WORK: [],
}
export const RESPONSES = ['FAULT_RESPONSE', 'SUPPORT_RESPONSE', 'UPGRADE_PROBLEM_RESPONSE']
export const FIXES = ['FAULT_FIX']

/** Kinds of the duties that a kind of ticket brings. */
export const dutiesOf = (kind: TicketKind): string[] => DUTIES[kind].map(duty => duty.kind)

/**
 * Brings a ticket's clocks in line with what it is: those it needs start from its receipt, by the terms of the version in
 * force then, and live through what has happened to it since; those it doesn't need are cancelled. Software that isn't
 * covered has none (1.2.1).
 */
export async function settleClocks(
  operation: Operation,
  ticket: Ticket,
  [agreement, version]: readonly [Agreement, AgreementVersion],
  life: TicketLife,
  now: Date,
  actor: EventActor,
): Promise<void> {
  const duties = ticket.covered ? DUTIES[ticket.kind] : []
  const clocks = life.isNew ? [] : await lockClocks(operation, ticket)
  for (const clock of clocks)
    if (!duties.some(duty => duty.kind === clock.kind)) await cancel(operation, clock, now, actor)
  const suspended = new Map<SuspensionScope, Span[]>()
  for (const duty of duties) {
    const hours = version.terms[duty.term]
    const before = clocks.filter(clock => clock.kind === duty.kind)
    if (hours === null || before.some(clock => clock.state !== 'CANCELLED')) continue
    if (!suspended.has(duty.scope))
      suspended.set(duty.scope, await suspensionsSince(operation, agreement, duty.scope, ticket.receivedAt))
    const given = {
      customerId: ticket.customerId,
      agreementId: agreement.id,
      versionId: version.id,
      owedBy: 'PROVIDER',
      subject: { kind: TICKET_ID, id: ticket.id },
      round: before.length + 1,
      startedAt: ticket.receivedAt,
      clause: duty.clause,
      kind: duty.kind,
      deadline: hoursUnder(hours, agreement, version),
    } as const
    const clock = await startObligation(operation, given, actor, now)
    const spans = suspended.get(duty.scope) as Span[]
    await replay(operation, clock, turnsOf(life, FIXES.includes(duty.kind), spans), now, actor)
  }
}

/** Takes a new clock through what had happened before it was known to run. */
async function replay(
  operation: Operation,
  clock: Obligation,
  turns: readonly Turn[],
  acceptedAt: Date,
  actor: EventActor,
): Promise<void> {
  const holding = new Set<PauseCause>()
  for (const turn of inOrder(turns)) {
    const { at } = turn
    const occurrence = { occurredAt: at < clock.startedAt ? clock.startedAt : at, acceptedAt }
    if (turn.does === 'HOLD') {
      holding.add(turn.cause)
      await pauseObligation(operation, clock, occurrence, actor, turn.cause)
    } else if (turn.does === 'FREE') {
      holding.delete(turn.cause)
      await resumeObligation(operation, clock, occurrence, actor, turn.cause)
    } else if (turn.does === 'STOP') await stopObligation(operation, clock, at, actor, acceptedAt)
    else {
      await reopenObligation(operation, clock, occurrence, actor)
      // What is done waits for nothing; taken up again it's held by what went on meanwhile.
      for (const cause of holding) await pauseObligation(operation, clock, occurrence, actor, cause)
    }
  }
}

/** Locks the ticket's clocks, then reads the clock that decides, then stops those that run. Answers the instant. */
export async function stopClocks(
  operation: Operation,
  ticket: Ticket,
  kinds: readonly string[],
  actor: EventActor,
): Promise<Date> {
  const clocks = await lockClocks(operation, ticket, kinds)
  const now = await operation.now()
  for (const clock of clocks) await stopObligation(operation, clock, now, actor)
  return now
}

/** It wasn't solved after all: the fix clock goes on where it stopped, unless its scope is suspended. */
export async function reopenClocks(
  operation: Operation,
  ticket: Ticket,
  agreement: Agreement,
  actor: EventActor,
): Promise<Date> {
  // Nobody suspends it meanwhile: whoever does looks at the clocks that run already.
  const where = { tenantId: agreement.tenantId, id: agreement.id }
  await operation.em.findOneOrFail(Agreement, where, { lockMode: LockMode.PESSIMISTIC_READ })
  const clocks = await lockClocks(operation, ticket, FIXES)
  const now = await operation.now()
  const at = { occurredAt: now, acceptedAt: now }
  for (const clock of clocks) {
    await reopenObligation(operation, clock, at, actor)
    if (await wasSuspended(operation, agreement, scopeOf(clock.kind), now))
      await pauseObligation(operation, clock, at, actor)
  }
  return now
}

/** The customer is asked something: the fix clock stands still from now on. The response clock never does. */
export async function holdFix(
  operation: Operation,
  ticket: Ticket,
  questionId: string,
  actor: EventActor,
): Promise<Date> {
  const clocks = await lockClocks(operation, ticket, FIXES)
  const now = await operation.now()
  const cause = { reason: 'QUESTION', id: questionId } as const
  for (const clock of clocks)
    await pauseObligation(operation, clock, { occurredAt: now, acceptedAt: now }, actor, cause)
  return now
}

/** The customer answered. The fix clock goes on, unless another question or a suspension holds it. */
export async function freeFix(
  operation: Operation,
  ticket: Ticket,
  questionId: string | null,
  actor: EventActor,
): Promise<Date> {
  const clocks = await lockClocks(operation, ticket, FIXES)
  const now = await operation.now()
  const cause = { reason: 'QUESTION', id: questionId } as const
  for (const clock of clocks)
    await resumeObligation(operation, clock, { occurredAt: now, acceptedAt: now }, actor, cause)
  return now
}

/** Nothing is owed under this ticket any more. */
export async function cancelClocks(operation: Operation, ticket: Ticket, actor: EventActor): Promise<Date> {
  const clocks = await lockClocks(operation, ticket)
  const now = await operation.now()
  for (const clock of clocks) await cancel(operation, clock, now, actor)
  return now
}

const cancel = (operation: Operation, clock: Obligation, now: Date, actor: EventActor): Promise<void> =>
  cancelObligation(operation, clock, { occurredAt: now, acceptedAt: now }, actor)

/** A suspension: the clocks of its scopes stand still from that instant on. */
export const pauseClocks = eachEvent(async (operation, event) => {
  const scopes = event.data?.scopes as SuspensionScope[]
  for (const clock of await openClocks(operation, event.subject.id))
    if (scopes.includes('ALL') || scopes.includes(scopeOf(clock.kind)))
      await pauseObligation(operation, clock, event, event.actor)
})

/** A scope goes on, or the agreement ended and no suspension outlives it: clocks go on, unless another suspension or a question still holds them. */
export const resumeClocks = eachEvent(async (operation, event) => {
  const { tenantId } = operation.session
  const clocks = (await openClocks(operation, event.subject.id)).filter(({ state }) => state === 'PAUSED')
  if (clocks.length === 0) return
  const agreement = await operation.em.findOneOrFail(Agreement, { tenantId, id: event.subject.id })
  for (const clock of clocks)
    if (!(await wasSuspended(operation, agreement, scopeOf(clock.kind), event.occurredAt)))
      await resumeObligation(operation, clock, event, event.actor)
})

/**
 * What was learnt of a clock set it running that was taken for stopped: nobody told it what ended meanwhile, so it still
 * waits for it. It goes on from when that ended.
 */
export const freeCorrected: Reaction = async (operation, events) => {
  for (const [index, clock] of (await obligationsOf(operation, events)).entries()) {
    if (clock.subjectKind !== TICKET_ID || clock.state !== 'PAUSED') continue
    const { acceptedAt, actor } = events[index] as NewEvent
    const { reading } = await derivationOf(operation, clock, acceptedAt)
    for (const { cause, from, until } of reading.pauses) {
      if (until !== null) continue
      const [reason, id] = cause.split(' ') as [PauseCause['reason'], string]
      const endedAt =
        reason === 'QUESTION'
          ? await endOfQuestion(operation, id)
          : await endOfSuspension(operation, clock, from)
      const at = endedAt && { occurredAt: endedAt, acceptedAt }
      if (at) await resumeObligation(operation, clock, at, actor, { reason, id: id || null })
    }
  }
}

async function endOfQuestion(operation: Operation, id: string): Promise<Date | null> {
  const where = { tenantId: operation.session.tenantId, id }
  return (await operation.em.findOne(TicketQuestion, where))?.endedAt ?? null
}

/** When the suspensions that held a clock had all ended; null while one goes on. */
async function endOfSuspension(operation: Operation, clock: Obligation, since: Date): Promise<Date | null> {
  const where = { tenantId: clock.tenantId, id: clock.agreementId }
  const agreement = await operation.em.findOneOrFail(Agreement, where)
  const spans = await suspensionsSince(operation, agreement, scopeOf(clock.kind), since)
  const held = spans.filter(({ from }) => from <= since)
  const ends = held.map(({ until }) => until)
  if (ends.includes(null)) return null
  return ends.reduce<Date>((last, end) => (end && end > last ? end : last), since)
}

const scopeOf = (kind: string): SuspensionScope =>
  Object.values(DUTIES)
    .flat()
    .find(duty => duty.kind === kind)?.scope ?? 'ALL'

/** Always in the order in which they were started, so that nobody waits in a circle. */
const LOCKED = {
  orderBy: { id: 'asc' },
  lockMode: LockMode.PESSIMISTIC_WRITE,
  refresh: true,
} as const

/**
 * Clocks of an agreement's tickets that run or stand still, locked. Both, whichever of them is wanted: one that a question
 * holds is locked against the answer that comes at this moment.
 */
function openClocks(operation: Operation, agreementId: string): Promise<Obligation[]> {
  const open = { subjectKind: TICKET_ID, state: { $in: ['RUNNING', 'PAUSED'] } } as const
  const where = { tenantId: operation.session.tenantId, agreementId, ...open }
  return operation.em.find(Obligation, where, LOCKED)
}

/** The clocks of one ticket, locked, in whatever state. */
function lockClocks(operation: Operation, ticket: Ticket, kinds?: readonly string[]): Promise<Obligation[]> {
  const where = { tenantId: ticket.tenantId, subjectId: ticket.id }
  return operation.em.find(Obligation, kinds ? { ...where, kind: { $in: [...kinds] } } : where, LOCKED)
}
