import type { Reaction } from '../persistence/index.js'
import { type AccessTable, EVERYONE } from '../tenancy/index.js'
import { Assessment } from './assessment.js'
import { Breach } from './breach.js'
import {
  AgreementBreachesResolver,
  AssessmentResolver,
  BreachResolver,
  ObligationBreachResolver,
} from './breach-api.js'
import { BreachEventResolver } from './breach-events.js'
import { breachesOfMissed } from './breaches.js'

/**
 * Breaches: what was broken and what it costs.
 *
 * - *breach* (违约): one finding. *duty clause*: what was broken. *liability clause*: what makes it cost.
 * - *root cause*: what several findings come from: one ticket, one backup slot.
 * - *assessment*: the price of a root cause (违约金, 5.3.1), by the rule both sides signed, within the year's *cap*.
 * - *damages basis*: what a rule is a percent of; asked through a port of whoever knows the fees.
 */
export { type BasisKind, type BasisQuestion, type DamagesBasis, provideDamagesBasis } from './damages.js'
export { ASSESSMENT_ID, BREACH_ID } from './breaches.js'
export { assessmentById, breachById } from './breach-loaders.js'
export { AssessmentType, BreachType, toAssessment, toBreach } from './breach-types.js'

export const breachEntities = [Breach, Assessment]
export const breachResolvers = [
  BreachResolver,
  AssessmentResolver,
  ObligationBreachResolver,
  AgreementBreachesResolver,
  BreachEventResolver,
] as const
/** This room's part of the permission table. */
export const breachAccess: AccessTable = { 'breach:read': EVERYONE }
export const breachReactions: Readonly<Record<string, Reaction>> = { 'obligation.missed': breachesOfMissed }
