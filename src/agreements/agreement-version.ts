import { createHash } from 'node:crypto'
import { defineEntity, p } from '@mikro-orm/postgresql'
import type { ServiceWindow } from '../calendar/index.js'
import { customerOwned } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { requireState } from './agreement.js'
import type { AgreementWarning, TermValues } from './terms.js'

/** SCHEDULED: both sides have signed, and it holds from an instant to come. */
export type VersionState = 'DRAFT' | 'SIGNING' | 'SCHEDULED' | 'IN_FORCE' | 'SUPERSEDED' | 'CANCELLED'
/** Where a draft's wording comes from: pasted text stays as written, our own standard form is written anew when a term changes. */
export type Wording = 'IMPORTED' | 'STANDARD_FORM'
/** One act of each side, or a signature and a seal of each. */
export type RequiredActs = 'SIGNATURE_OR_SEAL' | 'SIGNATURE_AND_SEAL'

const VersionSchema = defineEntity({
  name: 'AgreementVersion',
  tableName: 'agreement_versions',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    agreementId: p.uuid(),
    number: p.smallint(),
    state: p.string().length(20).$type<VersionState>(),
    wording: p.string().length(20).$type<Wording>(),
    requiredActs: p.string().length(20).$type<RequiredActs>(),
    /** The only hours of working days in which its hours are counted (SERVICE_WINDOW); null: the wall clock. */
    serviceWindow: p.json<ServiceWindow>().nullable(),
    terms: p.json<TermValues>(),
    /** What the reader noticed in the text itself; warnings about the terms are derived from them. */
    textWarnings: p.json<AgreementWarning[]>(),
    /** Set while it is being signed and after: SHA-256 over everything the parties sign. */
    contentHash: p.string().length(64).nullable(),
    /** From when on it holds; before that, from when at the earliest, which is signed with the text. Null: from the last act. */
    effectiveFrom: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  uniques: [
    { name: 'agreement_versions_number_key', properties: ['tenantId', 'agreementId', 'number'] },
    { name: 'agreement_versions_customer_key', properties: ['tenantId', 'customerId', 'id'] },
  ],
  ...customerOwned('CONTRACT'),
})

/** One signed, or yet unsigned, text of an agreement. */
export class AgreementVersion extends VersionSchema.class {
  /** Its text may change until it's in force. */
  requireOpen(): void {
    requireState(this.state, ['DRAFT', 'SIGNING'])
  }

  /** The text is settled: from here on both sides sign this hash. */
  submit(contentHash: string, now: Date): void {
    requireState(this.state, ['DRAFT'])
    this.state = 'SIGNING'
    this.contentHash = contentHash
    this.updatedAt = now
  }

  /** The text changed. Answers whether signatures given so far are void: those were for another text. */
  rewrite(contentHash: string, now: Date): boolean {
    this.requireOpen()
    this.updatedAt = now
    if (this.state !== 'SIGNING' || this.contentHash === contentHash) return false
    this.contentHash = contentHash
    return true
  }

  requireSigning(contentHash: string): void {
    requireState(this.state, ['SIGNING'])
    if (this.contentHash !== contentHash) throw refuse('CONTENT_CHANGED', { field: ['input', 'contentHash'] })
  }

  /** Signed by both, to hold from an instant to come: from here on it is what it is. */
  schedule(from: Date, now: Date): void {
    requireState(this.state, ['SIGNING'])
    this.state = 'SCHEDULED'
    this.effectiveFrom = from
    this.updatedAt = now
  }

  putInForce(from: Date, now: Date): void {
    requireState(this.state, ['SIGNING', 'SCHEDULED'])
    this.state = 'IN_FORCE'
    this.effectiveFrom = from
    this.updatedAt = now
  }

  /** A later version holds instead. What began under this one goes on by it. */
  supersede(now: Date): void {
    requireState(this.state, ['IN_FORCE'])
    this.state = 'SUPERSEDED'
    this.updatedAt = now
  }

  /** Its agreement ended before it held. */
  lapse(now: Date): void {
    requireState(this.state, ['DRAFT', 'SIGNING', 'SCHEDULED'])
    this.state = 'CANCELLED'
    this.updatedAt = now
  }

  cancel(now: Date): void {
    this.requireOpen()
    this.state = 'CANCELLED'
    this.updatedAt = now
  }
}
VersionSchema.setClass(AgreementVersion)

const ClauseSchema = defineEntity({
  name: 'Clause',
  tableName: 'agreement_clauses',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    versionId: p.uuid(),
    /** Place in reading order, from 1. */
    ordinal: p.smallint(),
    number: p.string().length(20),
    depth: p.smallint(),
    parentNumber: p.string().length(20).nullable(),
    chapter: p.string().length(200).nullable(),
    title: p.string().length(500).nullable(),
    text: p.text(),
  },
  uniques: [
    { name: 'agreement_clauses_ordinal_key', properties: ['tenantId', 'versionId', 'ordinal'] },
    { name: 'agreement_clauses_number_key', properties: ['tenantId', 'versionId', 'number'] },
  ],
  ...customerOwned('CONTRACT'),
})

/** A numbered sentence of a version. */
export class Clause extends ClauseSchema.class {}
ClauseSchema.setClass(Clause)

export type Side = 'PROVIDER' | 'CUSTOMER'
export type SigningAct = 'SIGNATURE' | 'SEAL'
export type SigningMethod = 'ONLINE' | 'PAPER'

const SignatureSchema = defineEntity({
  name: 'AgreementSignature',
  tableName: 'agreement_signatures',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    versionId: p.uuid(),
    side: p.string().length(10).$type<Side>(),
    act: p.string().length(10).$type<SigningAct>(),
    method: p.string().length(10).$type<SigningMethod>(),
    contentHash: p.string().length(64),
    /** When it was done: accepted now when online, as stated with evidence when on paper. */
    occurredAt: p.datetime(3),
    acceptedAt: p.datetime(3),
    signatoryId: p.uuid().nullable(),
    /** Who entered it: a caller's hashed id, never a name. */
    actorId: p.string().length(64),
    evidence: p.string().length(2000).nullable(),
    voidedAt: p.datetime(3).nullable(),
  },
  indexes: [{ name: 'agreement_signatures_version_idx', properties: ['tenantId', 'versionId'] }],
  ...customerOwned('CONTRACT'),
})

/** One act of one side under one text. Void when the text changes before it's in force. */
export class AgreementSignature extends SignatureSchema.class {
  void(now: Date): void {
    this.voidedAt ??= now
  }
}
SignatureSchema.setClass(AgreementSignature)

/** When the last required act was done, or null while one is missing. Void acts count for nothing. */
export function lastRequiredAct(
  required: RequiredActs,
  signatures: readonly AgreementSignature[],
): Date | null {
  const acts: Date[] = []
  for (const side of ['PROVIDER', 'CUSTOMER'] as const) {
    const standing = signatures.filter(signature => signature.side === side && !signature.voidedAt)
    const kinds: SigningAct[][] =
      required === 'SIGNATURE_AND_SEAL' ? [['SIGNATURE'], ['SEAL']] : [['SIGNATURE', 'SEAL']]
    for (const kind of kinds) {
      const times = standing
        .filter(signature => kind.includes(signature.act))
        .map(signature => signature.occurredAt.getTime())
      if (times.length === 0) return null
      acts.push(new Date(Math.min(...times)))
    }
  }
  return new Date(Math.max(...acts.map(act => act.getTime())))
}

export interface SignedContent {
  number: string | null
  timeZone: string
  jurisdiction: string
  requiredActs: RequiredActs
  serviceWindow: ServiceWindow | null
  terms: TermValues
  clauses: readonly { number: string; chapter: string | null; title: string | null; text: string }[]
  damagesRules: readonly object[]
  coveredSoftware: readonly object[]
  supportChannels: readonly object[]
  /** The instant that an amendment names to hold from; null when it names none. */
  effectiveFrom?: Date | null
  /** What another room puts under the signatures; null when there is nothing. */
  annex?: unknown
}

/** SHA-256 (FIPS 180-4) over everything the parties sign, as JSON with a fixed order of fields. */
export function contentHashOf(content: SignedContent): string {
  const clauses = content.clauses.map(({ number, chapter, title, text }) => [number, chapter, title, text])
  const terms = Object.entries(content.terms).sort(([a], [b]) => (a < b ? -1 : 1))
  const signed = [
    content.number,
    content.timeZone,
    content.requiredActs,
    terms,
    clauses,
    content.damagesRules,
    content.coveredSoftware,
    content.supportChannels,
    ...(content.effectiveFrom == null ? [] : [{ effectiveFrom: content.effectiveFrom }]),
    ...(content.annex == null ? [] : [content.annex]),
    // What was signed before there was a choice, by China's working days and on the wall clock, keeps its hash.
    ...(content.jurisdiction === 'CN' ? [] : [{ jurisdiction: content.jurisdiction }]),
    ...(content.serviceWindow === null ? [] : [{ serviceWindow: content.serviceWindow }]),
  ]
  return createHash('sha256').update(JSON.stringify(signed)).digest('hex')
}
