import { LockMode } from '@mikro-orm/postgresql'
import { Agreement, AgreementVersion, type SuspensionScope, wasSuspended } from '../agreements/index.js'
import {
  lockObligation,
  Obligation,
  pauseObligation,
  resumeObligation,
  startObligation,
  stopObligation,
} from '../obligations/index.js'
import { eachEvent, type EventActor, type Operation } from '../persistence/index.js'
import { TICKET_ID, Ticket, type TicketKind } from './ticket.js'

/** What a duty of a ticket is called, its clause, the term that counts it, and the scope whose suspension stops its clock. */
const DUTIES: Record<
  TicketKind,
  {
    kind: string
    clause: string
    scope: SuspensionScope
    term: 'responseHours' | 'fixHours' | 'supportResponseHours' | 'upgradeProblemResponseHours'
  }[]
> = {
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
}
export const RESPONSES = ['FAULT_RESPONSE', 'SUPPORT_RESPONSE', 'UPGRADE_PROBLEM_RESPONSE']
export const FIXES = ['FAULT_FIX']

/** A new ticket's clocks start; those of a suspended scope stand still until it goes on. */
export async function startClocks(
  operation: Operation,
  ticket: Ticket,
  agreement: Agreement,
  version: AgreementVersion,
  now: Date,
  actor: EventActor,
): Promise<void> {
  const common = {
    customerId: ticket.customerId,
    agreementId: agreement.id,
    versionId: version.id,
    owedBy: 'PROVIDER',
    subject: { kind: TICKET_ID, id: ticket.id },
    startedAt: now,
  } as const
  const suspended = new Map<SuspensionScope, boolean>()
  for (const { scope } of DUTIES[ticket.kind])
    if (!suspended.has(scope)) suspended.set(scope, await wasSuspended(operation, agreement, scope, now))
  for (const { kind, clause, scope, term } of DUTIES[ticket.kind]) {
    const hours = version.terms[term]
    if (hours === null) continue
    const duty = { ...common, clause, kind, deadline: { unit: 'HOURS', hours } } as const
    const clock = await startObligation(operation, duty, actor, now)
    if (suspended.get(scope))
      await pauseObligation(operation, clock, { occurredAt: now, acceptedAt: now }, actor)
  }
}

/** A suspension: the clocks of its scopes stand still from that instant on. */
export const pauseClocks = eachEvent(async (operation, event) => {
  const scopes = event.data?.scopes as SuspensionScope[]
  for (const clock of await openClocks(operation, event.subject.id, 'RUNNING'))
    if (scopes.includes('ALL') || scopes.includes(scopeOf(clock.kind)))
      await pauseObligation(operation, clock, event, event.actor)
})

/** A scope goes on, or the agreement ended and no suspension outlives it: clocks go on, unless another suspension still stops them. */
export const resumeClocks = eachEvent(async (operation, event) => {
  const { tenantId } = operation.session
  const clocks = await openClocks(operation, event.subject.id, 'PAUSED')
  if (clocks.length === 0) return
  const agreement = await operation.em.findOneOrFail(Agreement, { tenantId, id: event.subject.id })
  for (const clock of clocks)
    if (!(await wasSuspended(operation, agreement, scopeOf(clock.kind), event.occurredAt)))
      await resumeObligation(operation, clock, event, event.actor)
})

const scopeOf = (kind: string): SuspensionScope =>
  Object.values(DUTIES)
    .flat()
    .find(duty => duty.kind === kind)?.scope ?? 'ALL'

/** Clocks of an agreement's tickets in a state, locked in the order they were started, as whoever solves a ticket locks them. */
function openClocks(
  operation: Operation,
  agreementId: string,
  state: 'RUNNING' | 'PAUSED',
): Promise<Obligation[]> {
  const where = { tenantId: operation.session.tenantId, agreementId, subjectKind: TICKET_ID, state }
  const inOrder = { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const
  return operation.em.find(Obligation, where, inOrder)
}

/** Locks the ticket's clocks, then reads the clock that decides, then stops those that run. Answers the instant. */
export async function stopClocks(
  operation: Operation,
  ticket: Ticket,
  kinds: readonly string[],
  actor: EventActor,
): Promise<Date> {
  const locked = []
  for (const kind of kinds) {
    const obligation = await lockObligation(operation, ticket.id, kind)
    if (obligation) locked.push(obligation)
  }
  const now = await operation.now()
  for (const obligation of locked) await stopObligation(operation, obligation, now, actor)
  return now
}
