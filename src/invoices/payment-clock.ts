import { LockMode } from '@mikro-orm/postgresql'
import {
  Agreement,
  suspensionsSince,
  type SuspensionScope,
  versionInForceAt,
  wasSuspended,
} from '../agreements/index.js'
import { NEVER, unionOf } from '../calendar/index.js'
import {
  Obligation,
  obligationsOf,
  pauseObligation,
  resumeObligation,
  startObligation,
} from '../obligations/index.js'
import {
  eachEvent,
  type EventActor,
  type NewEvent,
  type Operation,
  type Reaction,
} from '../persistence/index.js'
import { civilDate } from '../platform/time.js'
import { INVOICE_ID, PAYMENT_DUTY } from './invoice-finding.js'
import { type FallsDue, Invoice, type Issue } from './invoice.js'

/**
 * When it falls due: so many calendar days after receipt, the day of receipt not counted (Civil Code art. 201), until
 * that day has ended; on a rest day, until the next working day has (art. 203). While payment is suspended it waits.
 */
export async function startDuty(
  operation: Operation,
  invoice: Invoice,
  agreement: Agreement,
  { startedAt, dueDays }: Pick<Issue, 'dueDays'> & { startedAt: Date },
  now: Date,
  actor: EventActor,
): Promise<Obligation> {
  const version = await versionInForceAt(operation, agreement, now)
  if (!version) throw new Error('an invoice is drafted under a version in force')
  const given = {
    customerId: invoice.customerId,
    agreementId: agreement.id,
    versionId: version.id,
    clause: '3.4.1',
    kind: PAYMENT_DUTY,
    owedBy: 'CUSTOMER',
    subject: { kind: INVOICE_ID, id: invoice.id },
    startedAt,
    deadline: { unit: 'DAYS', count: dueDays, place: agreement, rolls: true },
  } as const
  const duty = await startObligation(operation, given, actor)
  if (await wasSuspended(operation, agreement, 'PAYMENT', now))
    await pauseObligation(operation, duty, { occurredAt: now, acceptedAt: now }, actor)
  return duty
}

/** What an invoice says of its duty. The due instant is the midnight that ends the last day. */
export const dueOf = ({ dueAt, provisional, state }: Obligation, { timeZone }: Agreement): FallsDue => ({
  dueOn: civilDate(new Date(dueAt.getTime() - 1), timeZone),
  dueAt,
  duePending: provisional || state === 'PAUSED',
})

/** Duties of payment stand still, go on, were counted anew or corrected: their invoices say so. */
export const moveDueDays: Reaction = async (operation, events) => {
  const { tenantId } = operation.session
  const { acceptedAt } = events[0] as NewEvent
  for (const duty of await obligationsOf(operation, events)) {
    if (duty.subjectKind !== INVOICE_ID) continue
    const invoice = await operation.em.findOneOrFail(Invoice, { tenantId, id: duty.subjectId })
    // Of one that is being issued the act itself says it.
    if (invoice.isUnissued()) continue
    const agreement = await operation.em.findOneOrFail(Agreement, { tenantId, id: invoice.agreementId })
    invoice.fallDue(dueOf(duty, agreement), acceptedAt)
  }
}

/** Payment is suspended: what has yet to be paid waits from that instant on. */
export const holdPayments = eachEvent(async (operation, event) => {
  const scopes = event.data?.scopes as SuspensionScope[]
  if (!scopes.includes('PAYMENT') && !scopes.includes('ALL')) return
  for (const duty of await openDuties(operation, event.subject.id))
    await pauseObligation(operation, duty, event, event.actor)
})

/** Payment goes on, or the agreement ended and no suspension outlives it, unless another suspension still holds it. */
export const freePayments = eachEvent(async (operation, event) => {
  const { tenantId } = operation.session
  const agreement = await operation.em.findOneOrFail(Agreement, { tenantId, id: event.subject.id })
  if (await wasSuspended(operation, agreement, 'PAYMENT', event.occurredAt)) return
  for (const duty of await openDuties(operation, agreement.id))
    await resumeObligation(operation, duty, event, event.actor)
})

/** Nobody suspends an agreement, or goes on with it, while a duty of it comes to run: whoever does looks at those that run already. */
export async function holdSuspensions(operation: Operation, agreementId: string): Promise<Agreement> {
  const where = { tenantId: operation.session.tenantId, id: agreementId }
  return operation.em.findOneOrFail(Agreement, where, { lockMode: LockMode.PESSIMISTIC_READ })
}

/**
 * What had met a duty was undone: since then it waits for what payment was suspended for, as if it had been known to run.
 * Suspensions of meanwhile passed it by.
 */
export async function waitAsSuspended(
  operation: Operation,
  duty: Obligation,
  since: Date,
  now: Date,
  actor: EventActor,
): Promise<void> {
  const where = { tenantId: duty.tenantId, id: duty.agreementId }
  const agreement = await operation.em.findOneOrFail(Agreement, where)
  const suspended = await suspensionsSince(operation, agreement, 'PAYMENT', since)
  const spans = unionOf(suspended.map(({ from, until }) => ({ from, to: until ?? NEVER })))
  for (const { from, to } of spans) {
    await pauseObligation(operation, duty, { occurredAt: from, acceptedAt: now }, actor)
    if (to < NEVER) await resumeObligation(operation, duty, { occurredAt: to, acceptedAt: now }, actor)
  }
}

/** Locked in the order they were started, as everybody locks several. */
function openDuties(operation: Operation, agreementId: string): Promise<Obligation[]> {
  const open = { subjectKind: INVOICE_ID, state: { $in: ['RUNNING', 'PAUSED'] } } as const
  return operation.em.find(
    Obligation,
    { tenantId: operation.session.tenantId, agreementId, ...open },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  )
}
