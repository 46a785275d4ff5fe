import { LockMode } from '@mikro-orm/postgresql'
import { Agreement, type SuspensionScope, versionInForceAt, wasSuspended } from '../agreements/index.js'
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

/** Duties of payment stand still, go on, or were counted anew: their invoices say so. */
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

/** Locked in the order they were started, as everybody locks several. */
function openDuties(operation: Operation, agreementId: string): Promise<Obligation[]> {
  const open = { subjectKind: INVOICE_ID, state: { $in: ['RUNNING', 'PAUSED'] } } as const
  return operation.em.find(
    Obligation,
    { tenantId: operation.session.tenantId, agreementId, ...open },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  )
}
