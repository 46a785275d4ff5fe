import { LockMode } from '@mikro-orm/postgresql'
import { type DataCategory, eachAlarm, type EventActor, type Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid, uuidOf } from '../platform/ids.js'
import { checkRevision, checkText, Person, PERSON_ID, type Purpose, SYSTEM_ACTOR } from '../tenancy/index.js'
import { purposeTextOf, someOf } from './authorizing.js'
import {
  ConsentDecision,
  ConsentRecord,
  DEFAULT_TIME_ZONE,
  type Expression,
  PERSONAL_CATEGORIES,
} from './consent-record.js'
import { type Recipient, requireRecipient } from './recipients.js'

export const CONSENT_ID = 'cns'
/** The alarm that ends a consent's term. */
export const CONSENT_EXPIRE_ALARM = 'consent.expire'

/** Longest term, in months. Ten years, as long as an agreement may run (1.3.1). */
const MAX_TERM_MONTHS = 120

export interface ConsentRequestFields {
  personId: string
  recipientName: string
  purpose: Purpose
  purposeText?: string | null
  categories: DataCategory[]
  processingMethod: string
  recipientContact?: string | null
  noticeHash: string
  termMonths?: number | null
  timeZone?: string | null
}

/** Asks a person for a separate consent (PIPL art. 23): who would get what, for what, how, and how long. */
export async function requestConsent(
  operation: Operation,
  input: ConsentRequestFields,
  found: Recipient | null,
  actor: EventActor,
): Promise<ConsentRecord> {
  const person = await findPerson(operation, input.personId)
  const recipient = requireRecipient(found, input.recipientName)
  const recipientContact = input.recipientContact ?? recipient.contact
  if (recipientContact == null)
    throw refuse('REQUIRED', { field: ['input', 'recipientContact'], clause: '8.2.1' })
  const now = await operation.now()
  const consent = operation.em.create(ConsentRecord, {
    tenantId: operation.session.tenantId,
    id: newUuid(),
    customerId: person.customerId as string,
    personId: person.id,
    appId: recipient.id,
    purpose: input.purpose,
    purposeText: purposeTextOf(input),
    categories: personalCategories(input.categories),
    processingMethod: checkText(input.processingMethod, ['input', 'processingMethod'], { max: 500 }),
    recipientName: recipient.name,
    recipientContact: checkText(recipientContact, ['input', 'recipientContact'], { max: 320 }),
    noticeHash: noticeHashOf(input.noticeHash),
    termMonths: termOf(input.termMonths),
    timeZone: input.timeZone ?? DEFAULT_TIME_ZONE,
    state: 'REQUESTED',
    createdAt: now,
    updatedAt: now,
  })
  await operation.em.flush()
  await addToHistory(operation, consent, actor, { occurredAt: now, acceptedAt: now })
  return consent
}

export interface DecisionInput {
  consentRecordId: string
  expectedRevision?: number | null
  /** When the person said it; omitted: now. */
  decidedAt?: Date | null
  expressedBy: Expression
  evidence: string
}

/** The person agreed. It opens from now on; older consents that this one covers are superseded. */
export async function grantConsent(
  operation: Operation,
  input: DecisionInput,
  actor: EventActor,
): Promise<ConsentRecord> {
  const consent = await findConsent(operation, input)
  const now = await operation.now()
  const said = decisionOf(input, now)
  const covered = await coveredBy(operation, consent)
  consent.grant(said.occurredAt, now)
  await addToHistory(operation, consent, actor, said)
  for (const each of covered) {
    each.supersede(now)
    operation.clearAlarm(CONSENT_EXPIRE_ALARM, each.id)
    await addToHistory(operation, each, actor, { occurredAt: now, acceptedAt: now })
  }
  if (consent.expiresAt != null) operation.setAlarm(CONSENT_EXPIRE_ALARM, consent.id, consent.expiresAt)
  record(operation, consent, actor, 'consent.granted', said)
  return consent
}

/** The person said no. What an earlier consent opened stays open: that one would have to be withdrawn. */
export async function refuseConsent(
  operation: Operation,
  input: DecisionInput,
  actor: EventActor,
): Promise<ConsentRecord> {
  const consent = await findConsent(operation, input)
  const now = await operation.now()
  const said = decisionOf(input, now)
  consent.refuse(said.occurredAt, now)
  await addToHistory(operation, consent, actor, said)
  return consent
}

/**
 * The person took it back: closed from the next read on, whenever it was said (PIPL art. 15). Consents that open no more
 * than this one did end with it; of a wider one the gate closes what was taken back.
 */
export async function withdrawConsent(
  operation: Operation,
  input: DecisionInput,
  actor: EventActor,
): Promise<ConsentRecord> {
  const consent = await findConsent(operation, input)
  const now = await operation.now()
  const said = decisionOf(input, now)
  const covered = await coveredBy(operation, consent)
  for (const each of [consent, ...covered]) {
    each.withdraw(now)
    operation.clearAlarm(CONSENT_EXPIRE_ALARM, each.id)
    await addToHistory(operation, each, actor, said)
    record(operation, each, actor, 'consent.withdrawn', said)
  }
  return consent
}

/** A consent's last day is over. Reads have been closed by the clock already; here the record follows. */
export const expireConsentWhenDue = eachAlarm(async (operation, alarm) => {
  const consent = await operation.em.findOne(
    ConsentRecord,
    { tenantId: alarm.tenantId, id: alarm.subjectId },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  )
  const now = await operation.now()
  if (!consent?.expire(now)) return
  const at = { occurredAt: consent.expiresAt as Date, acceptedAt: now }
  await addToHistory(operation, consent, SYSTEM_ACTOR, at)
  record(operation, consent, SYSTEM_ACTOR, 'consent.expired', at)
})

interface Said {
  occurredAt: Date
  acceptedAt: Date
  expressedBy?: Expression
  evidence?: string
}

function decisionOf(input: DecisionInput, now: Date): Required<Said> {
  const evidence = checkText(input.evidence, ['input', 'evidence'], { max: 2000, clause: '8.2.1' })
  if (input.decidedAt && input.decidedAt > now)
    throw refuse('IN_FUTURE', { field: ['input', 'decidedAt'], clause: '8.2.1' })
  return {
    occurredAt: input.decidedAt ?? now,
    acceptedAt: now,
    expressedBy: input.expressedBy,
    evidence,
  }
}

async function findPerson(operation: Operation, personId: string): Promise<Person> {
  const field = ['input', 'personId']
  const id = uuidOf(PERSON_ID, personId)
  const person = id && (await operation.em.findOne(Person, { tenantId: operation.session.tenantId, id }))
  if (!person) throw refuse('NOT_FOUND', { field })
  // The provider's own people are shown to no app, so there is nothing to consent to.
  if (person.customerId == null) throw refuse('INVALID', { field, messageKey: 'PERSON_OF_NO_CUSTOMER' })
  if (person.erasedAt != null) throw refuse('INVALID_STATE', { field, messageKey: 'PERSON_ERASED' })
  return person
}

/**
 * The record, locked behind its person's row: decisions of one person come one after the other, so that two consents
 * given at once see each other.
 */
async function findConsent(
  operation: Operation,
  target: { consentRecordId: string; expectedRevision?: number | null },
): Promise<ConsentRecord> {
  const { tenantId } = operation.session
  const id = uuidOf(CONSENT_ID, target.consentRecordId)
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true }
  const asked = id && (await operation.em.findOne(ConsentRecord, { tenantId, id }))
  if (asked) await operation.em.findOne(Person, { tenantId, id: asked.personId }, lock)
  const consent = asked && (await operation.em.findOne(ConsentRecord, { tenantId, id }, lock))
  if (!consent) throw refuse('NOT_FOUND', { field: ['input', 'consentRecordId'] })
  checkRevision(consent, target.expectedRevision)
  return consent
}

/**
 * Other consents of the same person to the same recipient and purpose that hold and open no more than this one, locked.
 * A wider one stays: the person has taken back, or said anew, a part of it.
 */
async function coveredBy(operation: Operation, consent: ConsentRecord): Promise<ConsentRecord[]> {
  const { tenantId, personId, appId, purpose, purposeText } = consent
  const standing = await operation.em.find(
    ConsentRecord,
    { tenantId, personId, appId, purpose, purposeText: purposeText ?? null, state: 'GRANTED' },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
  )
  return standing.filter(
    each => each !== consent && each.categories.every(category => consent.categories.includes(category)),
  )
}

async function addToHistory(
  operation: Operation,
  consent: ConsentRecord,
  actor: EventActor,
  said: Said,
): Promise<void> {
  const { tenantId, customerId, id } = consent
  const earlier = await operation.em.count(ConsentDecision, { tenantId, consentRecordId: id })
  operation.em.create(ConsentDecision, {
    tenantId,
    id: newUuid(),
    customerId,
    consentRecordId: id,
    ordinal: earlier + 1,
    state: consent.state,
    occurredAt: said.occurredAt,
    acceptedAt: said.acceptedAt,
    expressedBy: said.expressedBy ?? null,
    evidence: said.evidence ?? null,
    recordedOnBehalf: said.expressedBy !== undefined,
    actorKind: actor.kind,
    actorId: actor.id,
  })
}

function record(
  operation: Operation,
  consent: ConsentRecord,
  actor: EventActor,
  type: 'consent.granted' | 'consent.withdrawn' | 'consent.expired',
  { occurredAt, acceptedAt }: Said,
): void {
  const { appId, personId, purpose, categories, expiresAt } = consent
  operation.record({
    type,
    category: 'CONSENT_RECORD',
    subject: { kind: CONSENT_ID, id: consent.id, revision: () => consent.revision },
    customerId: consent.customerId,
    agreementId: null,
    clause: '8.2.1',
    actor,
    occurredAt,
    acceptedAt,
    data: { appId, personId, purpose, categories, expiresAt: expiresAt ?? null },
  })
}

function personalCategories(categories: readonly DataCategory[]): DataCategory[] {
  const wanted = someOf(categories, 'categories')
  if (!wanted.every(category => PERSONAL_CATEGORIES.includes(category)))
    throw refuse('INVALID', {
      field: ['input', 'categories'],
      messageKey: 'NOT_PERSONAL',
      params: { categories: PERSONAL_CATEGORIES.join(', ') },
      clause: '8.2.1',
    })
  return wanted
}

function noticeHashOf(hash: string): string {
  if (!/^[0-9a-f]{64}$/.test(hash))
    throw refuse('INVALID', { field: ['input', 'noticeHash'], messageKey: 'NOTICE_HASH' })
  return hash
}

function termOf(months: number | null | undefined): number | null {
  if (months == null) return null
  const field = ['input', 'termMonths']
  if (months < 1) throw refuse('TOO_SMALL', { field, params: { min: 1 } })
  if (months > MAX_TERM_MONTHS) throw refuse('TOO_LARGE', { field, params: { max: MAX_TERM_MONTHS } })
  return months
}
