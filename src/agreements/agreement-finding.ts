import { LockMode } from '@mikro-orm/postgresql'
import { type EventActor, type NewEvent, type Operation, type Rows, statement } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { uuidOf } from '../platform/ids.js'
import { checkRevision } from '../tenancy/index.js'
import { Agreement } from './agreement.js'
import { AgreementSignature, AgreementVersion, Clause, contentHashOf } from './agreement-version.js'
import { DamagesRule } from './damages-rule.js'
import { CoveredSoftware, SupportChannel } from './scope.js'

export const AGREEMENT_ID = 'agr'
export const VERSION_ID = 'agv'

/** Names an agreement and, if the client likes, the revision it has read. */
export interface AgreementTarget {
  agreementId: string
  expectedRevision?: number | null
}

/** Finds the agreement within the walls and locks it: changes of one aggregate wait for each other. Unseen means missing. */
export async function findAgreement(operation: Operation, target: AgreementTarget): Promise<Agreement> {
  const agreement = await lockAgreement(operation, target.agreementId, LockMode.PESSIMISTIC_WRITE)
  checkRevision(agreement, target.expectedRevision)
  return agreement
}

/** One that is in force, suspended or not, locked as it is needed: nothing new is owed under any other. */
export async function findInForce(
  operation: Operation,
  agreementId: string,
  lockMode: LockMode,
): Promise<Agreement> {
  const agreement = await lockAgreement(operation, agreementId, lockMode)
  const { state } = agreement
  if (state !== 'ACTIVE' && state !== 'SUSPENDED')
    throw refuse('INVALID_STATE', { field: ['input', 'agreementId'], params: { state }, clause: '1.3.1' })
  return agreement
}

async function lockAgreement(
  operation: Operation,
  agreementId: string,
  lockMode: LockMode,
): Promise<Agreement> {
  const id = uuidOf(AGREEMENT_ID, agreementId)
  const { tenantId } = operation.session
  const agreement = id && (await operation.em.findOne(Agreement, { tenantId, id }, { lockMode }))
  if (!agreement) throw refuse('NOT_FOUND', { field: ['input', 'agreementId'] })
  return agreement
}

/** Its newest version: the one being drafted or signed, or the one in force. One that was given up counts only when there is no other. */
export async function newestVersion(operation: Operation, agreement: Agreement): Promise<AgreementVersion> {
  const versions = await operation.em.find(
    AgreementVersion,
    { tenantId: agreement.tenantId, agreementId: agreement.id },
    { orderBy: { number: 'desc' } },
  )
  const version = versions.find(({ state }) => state !== 'CANCELLED') ?? versions[0]
  if (!version) throw new Error('an agreement has at least one version')
  return version
}

/** The version that holds, or did last. */
export async function latestInForce(operation: Operation, agreement: Agreement): Promise<AgreementVersion> {
  const where = { tenantId: agreement.tenantId, agreementId: agreement.id, state: 'IN_FORCE' } as const
  return operation.em.findOneOrFail(AgreementVersion, where)
}

/** States of versions that hold from their `effectiveFrom` on; a later one takes the place of an earlier one. What is scheduled holds at its instant, also while the alarm that says so has yet to ring. */
export const HOLDING = ['SCHEDULED', 'IN_FORCE', 'SUPERSEDED'] as const

/** The version in force at an instant; null before the first. */
export async function versionInForceAt(
  operation: Operation,
  agreement: Agreement,
  at: Date,
): Promise<AgreementVersion | null> {
  const [version] = await operation.em.find(
    AgreementVersion,
    {
      tenantId: agreement.tenantId,
      agreementId: agreement.id,
      state: { $in: [...HOLDING] },
      effectiveFrom: { $lte: at },
    },
    { orderBy: { effectiveFrom: 'desc', number: 'desc' }, limit: 1 },
  )
  return version ?? null
}

/** The version that an agreement in force holds by, at an instant. A database's clock may have been set back since the last act: then it's the one in force. */
export async function versionHeldAt(
  operation: Operation,
  agreement: Agreement,
  at: Date,
): Promise<AgreementVersion> {
  return (await versionInForceAt(operation, agreement, at)) ?? latestInForce(operation, agreement)
}

const inForceVersions = statement(
  'versions_in_force',
  `select id, agreement_id as "agreementId", effective_from as "effectiveFrom", terms->>'termYears' as "termYears" from agreement_versions
   where tenant_id = $1 and agreement_id = any ($2::uuid[]) and state in ('SCHEDULED', 'IN_FORCE', 'SUPERSEDED')
   order by effective_from desc, number desc`,
)

/** A version that is, was or will be in force. */
export interface InForce {
  id: string
  agreementId: string
  effectiveFrom: Date
  termYears: string
}

/** Every version of some agreements that is, was or will be in force: by agreement, the latest first. */
export async function versionsInForce(
  reads: Rows,
  agreementIds: readonly string[],
): Promise<Map<string, InForce[]>> {
  const rows = await reads.rows<InForce>(inForceVersions, [reads.session.tenantId, agreementIds])
  const versions = rows.map(row => ({ ...row, effectiveFrom: new Date(row.effectiveFrom) }))
  return Map.groupBy(versions, version => version.agreementId)
}

export interface VersionParts {
  clauses: Clause[]
  damagesRules: DamagesRule[]
  coveredSoftware: CoveredSoftware[]
  supportChannels: SupportChannel[]
}

export async function partsOf(operation: Operation, version: AgreementVersion): Promise<VersionParts> {
  await operation.em.flush()
  const of = { tenantId: version.tenantId, versionId: version.id }
  const inOrder = { orderBy: { ordinal: 'asc' } } as const
  return {
    clauses: await operation.em.find(Clause, of, inOrder),
    damagesRules: await operation.em.find(DamagesRule, of, inOrder),
    coveredSoftware: await operation.em.find(CoveredSoftware, of, inOrder),
    supportChannels: await operation.em.find(SupportChannel, of, inOrder),
  }
}

/**
 * What a higher room puts under the signatures of a version beside its text: the fee schedule (3.2.1).
 * Declared here, where hashes are made; null: nothing.
 */
export type SignedAnnex = (operation: Operation, version: AgreementVersion) => Promise<unknown>

/** Set once, in rooms.ts. */
const port: { annex: SignedAnnex } = { annex: async () => null }
export const provideSignedAnnex = (annex: SignedAnnex): void => {
  port.annex = annex
}

/** The hash of everything the parties would sign now. */
export async function currentHash(
  operation: Operation,
  agreement: Agreement,
  version: AgreementVersion,
): Promise<string> {
  const parts = await partsOf(operation, version)
  return contentHashOf({
    number: agreement.number ?? null,
    timeZone: agreement.timeZone,
    jurisdiction: agreement.jurisdiction,
    requiredActs: version.requiredActs,
    serviceWindow: version.serviceWindow ?? null,
    terms: version.terms,
    clauses: parts.clauses.map(({ number, chapter, title, text }) => ({
      number,
      chapter: chapter ?? null,
      title: title ?? null,
      text,
    })),
    damagesRules: parts.damagesRules.map(rule => [
      rule.dutyClauses,
      rule.basis,
      rule.mode,
      plain(rule.ratePercent),
      plain(rule.capPercent),
      rule.taxInclusive,
      rule.allocation,
    ]),
    coveredSoftware: parts.coveredSoftware.map(item => [
      item.product,
      item.productVersion ?? null,
      item.environment ?? null,
    ]),
    supportChannels: parts.supportChannels.map(channel => [
      channel.kind,
      channel.address,
      channel.hours ?? null,
    ]),
    effectiveFrom: version.effectiveFrom ?? null,
    annex: await port.annex(operation, version),
  })
}

/** After a change of the text: what was signed so far was another text, so its signatures are void. */
export async function textChanged(
  operation: Operation,
  agreement: Agreement,
  version: AgreementVersion,
  actor: EventActor,
): Promise<void> {
  const now = await operation.now()
  agreement.touch(now)
  if (!version.rewrite(await currentHash(operation, agreement, version), now)) return
  const standing = await operation.em.find(AgreementSignature, {
    tenantId: version.tenantId,
    versionId: version.id,
    voidedAt: null,
  })
  for (const signature of standing) signature.void(now)
  record(operation, agreement, actor, 'agreement.redrafted', now, {
    versionNumber: version.number,
    voidedSignatures: standing.length,
  })
}

/** An event about an agreement. */
export function record(
  operation: Operation,
  agreement: Agreement,
  actor: EventActor,
  type: string,
  at: Date | { occurredAt: Date; acceptedAt: Date },
  data: NewEvent['data'] = {},
  clause?: string,
): void {
  const [occurredAt, acceptedAt] = at instanceof Date ? [at, at] : [at.occurredAt, at.acceptedAt]
  operation.record({
    type,
    category: 'CONTRACT',
    subject: { kind: AGREEMENT_ID, id: agreement.id, revision: () => agreement.revision },
    customerId: agreement.customerId,
    agreementId: agreement.id,
    ...(clause ? { clause } : {}),
    actor,
    occurredAt,
    acceptedAt,
    data,
  })
}

/** `5.00000000`, `05` and `5` are the same percent: one text of it, so that one content has one hash. */
export const plain = (decimal: string | null | undefined): string | null => {
  if (decimal == null) return null
  const shortest = decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal
  return shortest.replace(/^0+(?=\d)/, '')
}
