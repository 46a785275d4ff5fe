import './agreement-messages.js'
import type { AlarmHandler } from '../persistence/index.js'
import { Agreement, AgreementSuspension } from './agreement.js'
import {
  AgreementResolver,
  ClauseResolver,
  CustomerAgreementsResolver,
  DamagesRuleResolver,
  SignatureResolver,
  VersionResolver,
} from './agreement-api.js'
import { EventAgreementResolver } from './agreement-events.js'
import { AgreementMutations } from './agreement-mutations.js'
import { AgreementNumber } from './agreement-numbers.js'
import { expireWhenDue } from './agreement-running.js'
import { EXPIRE_ALARM, inForceWhenDue, VERSION_ALARM } from './agreement-taking-effect.js'
import { AgreementSignature, AgreementVersion, Clause } from './agreement-version.js'
import { DamagesRule } from './damages-rule.js'
import { CoveredSoftware, SupportChannel } from './scope.js'

/**
 * Agreements: what was promised.
 *
 * - *agreement*: one contract. *version*: one text of it, signed or being written. *clause*: a numbered sentence of it.
 * - *amendment*: a new version of an agreement in force. *renewal*: a new agreement that goes on after another.
 * - *term*: a filled blank of a clause. *missing term*: one still empty, which only a draft may have.
 * - *signature*: one act of one side under one text, known by its *content hash*.
 * - *damages rule*: how 5.3.1's percent becomes money for some duties.
 * - *suspension*: a scope stopped for a while.
 */
export { Agreement, type SuspensionScope } from './agreement.js'
export { DamagesModeEnum, SideEnum, SuspensionScopeEnum } from './agreement-enums.js'
export { agreementById, type AgreementRow, versionById } from './agreement-loaders.js'
export { AgreementType, DamagesRuleType, toVersion, VersionType } from './agreement-types.js'
export { AgreementVersion } from './agreement-version.js'
export { DamagesRule } from './damages-rule.js'
export { CoveredSoftware, SOFTWARE_ID } from './scope.js'
export { softwareById } from './agreement-loaders.js'
export { SoftwareType, toSoftware } from './agreement-types.js'
export { type Span, suspensionsSince, wasSuspended } from './agreement-running.js'
export {
  type AgreementTarget,
  findAgreement,
  findInForce,
  newestVersion,
  plain,
  provideSignedAnnex,
  textChanged,
  versionHeldAt,
  versionInForceAt,
  versionsInForce,
} from './agreement-finding.js'
export { RecordFilter, recordConditions } from './record-filter.js'
export { AGREEMENT_ID, toAgreement } from './agreement-types.js'
export { AgreementNumber, nextNumber, nextNumbers } from './agreement-numbers.js'
export { agreementAccess } from './agreement-access.js'
export { draftAgreement, importAgreement } from './agreement-drafting.js'
export { sign, submitForSigning } from './agreement-signing.js'
export { readContract } from './contract-reader.js'
export { standardFormText } from './standard-form.js'
export type { TermValues } from './terms.js'

export const agreementEntities = [
  AgreementNumber,
  Agreement,
  AgreementVersion,
  Clause,
  AgreementSignature,
  AgreementSuspension,
  DamagesRule,
  CoveredSoftware,
  SupportChannel,
]

export const agreementResolvers = [
  AgreementResolver,
  AgreementMutations,
  VersionResolver,
  ClauseResolver,
  SignatureResolver,
  DamagesRuleResolver,
  CustomerAgreementsResolver,
  EventAgreementResolver,
] as const

export const agreementJobs: Readonly<Record<string, AlarmHandler>> = {
  [EXPIRE_ALARM]: expireWhenDue,
  [VERSION_ALARM]: inForceWhenDue,
}
