import './obligation-events.js'
import './obligation-messages.js'
import type { AlarmHandler } from '../persistence/index.js'
import { ClockEvent, Obligation } from './obligation.js'
import { AgreementObligationsResolver, ObligationResolver } from './obligation-api.js'
import { DUE_ALARM, sweepWhenDue } from './obligations.js'

/**
 * Obligations: who owes what by when.
 *
 * - *obligation*: one duty, owed by one side to the other, from a trigger to its due instant. It snapshots its clause.
 * - *clock event*: started, paused, resumed, stopped, missed, cancelled, reopened; append-only, so that a verdict can be replayed.
 * - *subject*: what a duty is about, in a higher room: a ticket, a backup slot.
 * - *sweep*: the second look, under the row's lock, when an obligation's alarm rings.
 */
export { Obligation, type Party } from './obligation.js'
export { obligationAccess } from './obligation-access.js'

export { ObligationType, toObligation } from './obligation-types.js'
export { obligationById, type ObligationRow, obligationsOfSubject } from './obligation-loaders.js'

export {
  cancelObligation,
  lockObligation,
  OBLIGATION_ID,
  obligationsOf,
  type Occurrence,
  pauseObligation,
  reopenObligation,
  resumeObligation,
  startObligation,
  stopObligation,
} from './obligations.js'
export { hoursAfter } from './due.js'

export const obligationEntities = [Obligation, ClockEvent]
export const obligationResolvers = [ObligationResolver, AgreementObligationsResolver] as const
export const obligationJobs: Readonly<Record<string, AlarmHandler>> = { [DUE_ALARM]: sweepWhenDue }
