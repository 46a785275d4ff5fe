import './obligation-events.js'
import './obligation-messages.js'
import type { AlarmHandler, Reaction } from '../persistence/index.js'
import { DUE_ALARM, DUE_SOON_ALARM, END_ALARM, ESTIMATE_ALARM } from './clock-alarms.js'
import { recountWhenEstimated, recountWhenPublished } from './estimates.js'
import { keepWhenEnded } from './forbearance.js'
import { ClockEvent, Obligation } from './obligation.js'
import { AgreementObligationsResolver, ObligationResolver } from './obligation-api.js'
import { sweepWhenDue } from './obligations.js'
import { remindWhenDueSoon } from './reminders.js'

/**
 * Obligations: who owes what by when.
 *
 * - *obligation*: one duty, owed by one side to the other, from a trigger to its due instant. It snapshots its clause and its *terms*.
 * - *clock event*: started, paused, resumed, stopped, reopened, undone, missed, cancelled, broken, recalculated, corrected;
 *   append-only. *reading*: where a clock stands, read from its events, its terms and a calendar version alone.
 * - *provisional*: its due instant is an *estimate*, since it needs a day that nobody has published.
 * - *forbearance*: a duty not to do something; reaching its end unbroken keeps it.
 * - *subject*: what a duty is about, in a higher room: a ticket, a backup slot.
 * - *sweep*: the second look, under the row's lock, when an obligation's alarm rings.
 */
export { Obligation, OBLIGATION_ID, type Party } from './obligation.js'
export { obligationAccess } from './obligation-access.js'

export { DerivationStepType } from './derivation-types.js'
export { ObligationType, toObligation } from './obligation-types.js'
export { obligationById, type ObligationRow, obligationsOfSubject } from './obligation-loaders.js'

export { type Deadline, hoursUnder, type NewObligation, type Place, startObligation } from './starting.js'
export {
  cancelObligation,
  lockById,
  lockObligation,
  obligationsOf,
  type PauseCause,
  pauseObligation,
  reopenObligation,
  resumeObligation,
  stopObligation,
  undoStop,
} from './obligations.js'
export { breakObligation, lockForbearance, mendObligation } from './forbearance.js'
export {
  type Corrected,
  type Correction,
  correctObligation,
  correctStop,
  type Derivation,
  derivationOf,
} from './corrections.js'
export { type Occurrence } from './clock-events.js'
export { type ClockHappening, type FactType, type PauseReason } from './clock-facts.js'
export { type ClockReading, readClock } from './clock.js'
export { estimatesUnder } from './supposed.js'
export { type ClockTerms, type Counting } from './clock-terms.js'
export { type Due, dueOf, isByHours, isPast, needsCalendar, type Stretch } from './due.js'

export const obligationEntities = [Obligation, ClockEvent]
export const obligationResolvers = [ObligationResolver, AgreementObligationsResolver] as const
export const obligationJobs: Readonly<Record<string, AlarmHandler>> = {
  [DUE_ALARM]: sweepWhenDue,
  [DUE_SOON_ALARM]: remindWhenDueSoon,
  [ESTIMATE_ALARM]: recountWhenEstimated,
  [END_ALARM]: keepWhenEnded,
}
export const obligationReactions: Readonly<Record<string, Reaction>> = {
  'calendar.published': recountWhenPublished,
}
