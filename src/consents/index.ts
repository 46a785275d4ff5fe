import './consent-events.js'
import './consents-messages.js'
import type { AlarmHandler } from '../persistence/index.js'
import {
  AppQueries,
  AuthorizationResolver,
  ConsentResolver,
  DisclosureResolver,
  ExplanationQueries,
} from './consent-api.js'
import { AppMutations, ConsentMutations } from './consent-mutations.js'
import { ConsentDecision, ConsentRecord } from './consent-record.js'
import { CONSENT_EXPIRE_ALARM, expireConsentWhenDue } from './consenting.js'
import { Disclosure } from './disclosure.js'
import { DisclosureAuthorization } from './disclosure-authorization.js'

/**
 * Consents: who may see what of whom, and who withdrew (clause 8.2.1).
 *
 * - *app*: a third party (第三方) with credentials of its own. *purpose*: what it wants records for.
 * - *disclosure authorisation* (乙方同意): a customer lets an app have its records. The first half of the gate.
 * - *consent record*: what one person was asked and answered about their own data. The second half; *decision*: a step of it.
 * - *gate*: judges both anew for every answer. *redaction*: a field it closed, with the reason.
 * - *disclosure*: what one answer showed an app, written down where the customer can read it.
 */
export { consentsAccess } from './consents-access.js'
export { disclosureGate } from './gate.js'

export const consentEntities = [DisclosureAuthorization, ConsentRecord, ConsentDecision, Disclosure]

export const consentResolvers = [
  AppQueries,
  AppMutations,
  AuthorizationResolver,
  ConsentResolver,
  ConsentMutations,
  DisclosureResolver,
  ExplanationQueries,
] as const

export const consentJobs: Readonly<Record<string, AlarmHandler>> = {
  [CONSENT_EXPIRE_ALARM]: expireConsentWhenDue,
}
