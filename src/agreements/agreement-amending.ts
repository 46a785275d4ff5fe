import type { EventActor, Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid, publicId } from '../platform/ids.js'
import { Agreement } from './agreement.js'
import {
  changedTerms,
  checkNumberStays,
  childOf,
  flushNumber,
  rewriteClauses,
  type TermChanges,
} from './agreement-drafting.js'
import {
  AGREEMENT_ID,
  type AgreementTarget,
  findAgreement,
  latestInForce,
  newestVersion,
  partsOf,
  record,
} from './agreement-finding.js'
import { AgreementVersion, Clause } from './agreement-version.js'
import { DamagesRule } from './damages-rule.js'
import { CoveredSoftware, SupportChannel } from './scope.js'

export interface AmendInput extends AgreementTarget {
  effectiveFrom?: Date | null
  terms?: TermChanges | null
}

/**
 * Begins a new version: a copy of the one that holds, for both sides to sign. What runs meanwhile runs by the old one, and
 * goes on by it when the new one holds: every duty keeps the terms it began under.
 */
export async function amend(operation: Operation, input: AmendInput, actor: EventActor): Promise<Agreement> {
  const agreement = await findAgreement(operation, input)
  const now = await operation.now()
  agreement.requireRunning(now)
  const newest = await newestVersion(operation, agreement)
  if (newest.state !== 'IN_FORCE')
    throw refuse('INVALID_STATE', { field: ['input', 'agreementId'], messageKey: 'AMENDMENT_OPEN' })
  const effectiveFrom = checkEffectiveFrom(agreement, input.effectiveFrom ?? null, now)
  const terms = changedTerms(newest.terms, input.terms ?? {})
  // One that was given up keeps its number.
  const number =
    1 +
    (await operation.em.count(AgreementVersion, { tenantId: agreement.tenantId, agreementId: agreement.id }))
  const version = await copyVersion(operation, newest, { number, effectiveFrom, terms }, now)
  checkNumberStays(agreement, version)
  agreement.touch(now)
  record(operation, agreement, actor, 'agreement.amended', now, {
    versionNumber: version.number,
    fromVersionNumber: newest.number,
    ...(effectiveFrom && { effectiveFrom }),
  })
  return agreement
}

/** From now on at the earliest: what was owed isn't changed afterwards. And within the term, or it would never hold. */
function checkEffectiveFrom(agreement: Agreement, from: Date | null, now: Date): Date | null {
  const field = ['input', 'effectiveFrom']
  if (from && from < now) throw refuse('INVALID', { field, messageKey: 'EFFECTIVE_IN_PAST' })
  if (from && agreement.endsAt && from >= agreement.endsAt)
    throw refuse('INVALID', { field, messageKey: 'EFFECTIVE_AFTER_END', clause: '1.3.1' })
  return from
}

export interface RenewInput extends AgreementTarget {
  terms?: TermChanges | null
}

/** Begins a new agreement in the words and terms that held last, with a number of its own. The old one, and every clock under it, goes on as it would have. */
export async function renew(operation: Operation, input: RenewInput, actor: EventActor): Promise<Agreement> {
  const old = await findAgreement(operation, input)
  const now = await operation.now()
  old.requireRenewable()
  const held = await latestInForce(operation, old)
  const successors = { tenantId: old.tenantId, renewsId: old.id, state: { $ne: 'CANCELLED' } } as const
  if ((await operation.em.count(Agreement, successors)) > 0)
    throw refuse('INVALID_STATE', { field: ['input', 'agreementId'], messageKey: 'RENEWED_ALREADY' })
  // 合同编号 is unique in the tenant: the new one has yet to be given its own.
  const terms = changedTerms({ ...held.terms, contractNumber: null }, input.terms ?? {})
  const agreement = operation.em.create(Agreement, {
    tenantId: old.tenantId,
    id: newUuid(),
    customerId: old.customerId,
    number: terms.contractNumber,
    state: 'DRAFT',
    timeZone: old.timeZone,
    jurisdiction: old.jurisdiction,
    renewsId: old.id,
    createdAt: now,
    updatedAt: now,
  })
  await flushNumber(operation, ['input', 'terms', 'contractNumber'])
  await copyVersion(
    operation,
    held,
    { agreementId: agreement.id, number: 1, effectiveFrom: null, terms },
    now,
  )
  old.touch(now)
  record(operation, agreement, actor, 'agreement.drafted', now, { versionNumber: 1 })
  record(operation, old, actor, 'agreement.renewed', now, {
    renewedById: publicId(AGREEMENT_ID, agreement.id),
    fromVersionNumber: held.number,
  })
  return agreement
}

/** A draft with everything that its model has, but for what is given. */
async function copyVersion(
  operation: Operation,
  model: AgreementVersion,
  given: Pick<AgreementVersion, 'number' | 'effectiveFrom' | 'terms'> & { agreementId?: string },
  now: Date,
): Promise<AgreementVersion> {
  const version = operation.em.create(AgreementVersion, {
    tenantId: model.tenantId,
    id: newUuid(),
    customerId: model.customerId,
    agreementId: model.agreementId,
    ...given,
    state: 'DRAFT',
    wording: model.wording,
    requiredActs: model.requiredActs,
    serviceWindow: model.serviceWindow ?? null,
    textWarnings: model.textWarnings,
    createdAt: now,
    updatedAt: now,
  })
  // Parents first: rows of an aggregate are joined by ids and foreign keys, not by relations the ORM could sort by.
  await operation.em.flush()
  const parts = await partsOf(operation, model)
  for (const { number, ordinal, depth, parentNumber, chapter, title, text } of parts.clauses)
    operation.em.create(Clause, {
      ...childOf(version),
      number,
      ordinal,
      depth,
      parentNumber,
      chapter,
      title,
      text,
    })
  for (const rule of parts.damagesRules) {
    const { ordinal, dutyClauses, basis, mode, ratePercent, capPercent, taxInclusive, allocation } = rule
    operation.em.create(DamagesRule, {
      ...childOf(version),
      ordinal,
      dutyClauses,
      basis,
      mode,
      ratePercent,
      capPercent,
      taxInclusive,
      allocation,
    })
  }
  for (const { ordinal, product, productVersion, environment } of parts.coveredSoftware)
    operation.em.create(CoveredSoftware, {
      ...childOf(version),
      ordinal,
      product,
      productVersion,
      environment,
    })
  for (const { ordinal, kind, address, hours } of parts.supportChannels)
    operation.em.create(SupportChannel, { ...childOf(version), ordinal, kind, address, hours })
  await operation.em.flush()
  if (version.wording === 'STANDARD_FORM') await rewriteClauses(operation, version)
  return version
}
