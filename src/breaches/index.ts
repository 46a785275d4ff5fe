import './breach-messages.js'
import type { Reaction } from '../persistence/index.js'
import { Assessment } from './assessment.js'
import { AssessmentRevision } from './assessment-revision.js'
import { Breach } from './breach.js'
import { ClaimAct } from './claim-act.js'
import { AgreementAssessmentsResolver, AssessmentResolver } from './assessment-api.js'
import { AssessmentMutations } from './assessment-mutations.js'
import {
  AgreementBreachesResolver,
  BreachResolver,
  ObligationBreachResolver,
  StepBreachResolver,
} from './breach-api.js'
import { BreachMutations } from './breach-mutations.js'
import { FactMutations } from './fact-mutations.js'
import { breachesOfCorrected } from './corrections.js'
import { curedWhenDone, goesOnWhenReopened } from './cures.js'
import { BreachEventResolver } from './breach-events.js'
import { ForecastResolver } from './forecast-api.js'
import { breachesOfMissed } from './breaches.js'

/**
 * Breaches: what was broken and what it costs.
 *
 * - *breach* (违约): one finding. *duty clause*: what was broken. *liability clause*: what makes it cost.
 * - *root cause*: what several findings come from: one ticket, one backup slot.
 * - *claim*: what the side that was wronged makes of a breach; *act*: what a side did about it. No side decides for the other.
 * - *assessment*: the price of a root cause (违约金, 5.3.1), by the rule both sides signed, within the year's *cap*.
 * - *damages basis*: what a rule is a percent of; asked through a port of whoever knows the fees.
 */
export { type BasisKind, type BasisQuestion, type DamagesBasis, provideDamagesBasis } from './damages.js'
export { repriceDebt } from './debt-prices.js'
export { type Debt, type DebtsOf, provideDebts } from './overdue.js'
export { BREACH_ID } from './breach.js'
export { ASSESSMENT_ID } from './pricing.js'
export { assessmentById, breachById } from './breach-loaders.js'
export { AssessmentType, toAssessment } from './assessment-types.js'
export { BreachType, toBreach } from './breach-types.js'
export { breachAccess } from './breach-access.js'
export {
  type AccruedDamages,
  accruedOn,
  accrueOverdue,
  type OverduePrincipal,
  type Reduction,
  toOverdue,
  unitsOf,
} from './accrual.js'
export { ceilingOf, isOverCeiling, topUpOf } from './loss.js'

export const breachEntities = [Breach, Assessment, AssessmentRevision, ClaimAct]
export const breachResolvers = [
  BreachResolver,
  AssessmentResolver,
  ObligationBreachResolver,
  StepBreachResolver,
  AgreementBreachesResolver,
  AgreementAssessmentsResolver,
  BreachMutations,
  AssessmentMutations,
  FactMutations,
  BreachEventResolver,
  ForecastResolver,
] as const
export const breachReactions: Readonly<Record<string, Reaction>> = {
  'obligation.missed': breachesOfMissed,
  'obligation.corrected': breachesOfCorrected,
  'obligation.done_late': curedWhenDone,
  'obligation.reopened': goesOnWhenReopened,
}
