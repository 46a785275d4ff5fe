import { type ServiceWindow, workingDaysNow } from '../calendar/index.js'
import type { EventActor, Operation } from '../persistence/index.js'
import { newUuid } from '../platform/ids.js'
import { setAlarms } from './clock-alarms.js'
import { append } from './clock-events.js'
import type { ClockTerms, Counting, DeadlineUnit, ObligationNature } from './clock-terms.js'
import { dueOf, needsCalendar } from './due.js'
import { Obligation, type ObligationBasis, type Party } from './obligation.js'
import { recordObligation } from './obligation-events.js'

/** Whose civil days and working days a deadline is counted by: the agreement's. */
export interface Place {
  timeZone: string
  jurisdiction: string
}

/**
 * What a duty is given time by. HOURS: from the start, on the wall clock, or in a service window of working days alone.
 * SLOT: minutes of grace after the start. In days, months or years: until the midnight that ends the last one, the day it
 * starts not counted; `rolls`, for payments and other acts, over rest days (Civil Code arts 200-204). `before`: working days
 * or days backward from the day of an event.
 */
export type Deadline =
  | { unit: 'HOURS'; hours: string; service?: (Place & { window: ServiceWindow }) | null }
  | { unit: 'SLOT'; graceMinutes: number }
  | {
      unit: Exclude<DeadlineUnit, 'HOURS' | 'SLOT'>
      count: number
      place: Place
      rolls?: boolean
      before?: string
    }

export interface NewObligation {
  customerId: string
  agreementId: string
  versionId: string
  /** The clause it comes from, e.g. `2.3.1`. */
  clause: string
  kind: string
  owedBy: Party
  /** The other side when omitted. */
  owedTo?: Party
  /** A clause of the version when omitted. */
  basis?: ObligationBasis
  /** A deadline when omitted. */
  nature?: ObligationNature
  subject: { kind: string; id: string }
  /** Past 1 when it was cancelled before and begins anew. */
  round?: number
  startedAt: Date
  deadline: Deadline
}

/**
 * Starts a duty's clock. From here on either it is stopped in time, or the sweep finds it missed. `readAt` is what the
 * caller has read of the clock since it locked what the duty is about; without it, it's read here.
 */
export async function startObligation(
  operation: Operation,
  given: NewObligation,
  actor: EventActor,
  readAt: Date | null = null,
): Promise<Obligation> {
  const { deadline, subject, startedAt, ...rest } = given
  const now = readAt ?? (await operation.now())
  const terms = { nature: given.nature ?? 'DEADLINE', ...countedBy(deadline), dueAt: startedAt } as const
  const days = needsCalendar(terms)
    ? await workingDaysNow(operation, terms.counting?.jurisdiction ?? '')
    : null
  const due = dueOf(terms, startedAt, [], days)
  const obligation = operation.em.create(Obligation, {
    basis: 'CLAUSE',
    owedTo: given.owedBy === 'PROVIDER' ? 'CUSTOMER' : 'PROVIDER',
    ...rest,
    ...terms,
    tenantId: operation.session.tenantId,
    id: newUuid(),
    state: 'RUNNING',
    subjectKind: subject.kind,
    subjectId: subject.id,
    round: given.round ?? 1,
    startedAt,
    jurisdiction: days && (terms.counting?.jurisdiction ?? null),
    calendar: days && days.version,
    dueAt: due.at,
    provisional: due.provisional,
    createdAt: now,
    updatedAt: now,
  })
  await operation.em.flush()
  const at = { occurredAt: startedAt, acceptedAt: now }
  await append(operation, obligation, 'STARTED', at, { calendar: obligation.calendar })
  setAlarms(operation, obligation, due, now)
  recordObligation(operation, obligation, actor, 'obligation.started', at)
  return obligation
}

/** So many hours of an agreement: in the service window of the version, if it has one. */
export const hoursUnder = (
  hours: string,
  place: Place,
  { serviceWindow }: { serviceWindow?: ServiceWindow | null },
): Deadline => ({
  unit: 'HOURS',
  hours,
  service: serviceWindow
    ? { timeZone: place.timeZone, jurisdiction: place.jurisdiction, window: serviceWindow }
    : null,
})

/** The part of a clock's terms that a deadline says. */
export function countedBy(deadline: Deadline): Pick<ClockTerms, 'unit' | 'quantity' | 'counting'> {
  if (deadline.unit === 'HOURS') {
    const { hours, service } = deadline
    return {
      unit: 'HOURS',
      quantity: hours,
      counting: service ? countingOf(service, { window: service.window }) : null,
    }
  }
  if (deadline.unit === 'SLOT')
    return { unit: 'SLOT', quantity: String(deadline.graceMinutes), counting: null }
  const { unit, count, place, rolls = false, before = null } = deadline
  return { unit, quantity: String(count), counting: countingOf(place, { rolls, before }) }
}

const countingOf = ({ timeZone, jurisdiction }: Place, rest: Partial<Counting>): Counting => ({
  timeZone,
  jurisdiction,
  before: null,
  rolls: false,
  window: null,
  ...rest,
})
