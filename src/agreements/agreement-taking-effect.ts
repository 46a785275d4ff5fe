import { LockMode } from '@mikro-orm/postgresql'
import { eachAlarm, type EventActor, type Operation } from '../persistence/index.js'
import { SYSTEM_ACTOR } from '../tenancy/index.js'
import { Agreement } from './agreement.js'
import { record } from './agreement-finding.js'
import { AgreementVersion } from './agreement-version.js'

/** The alarm that ends an agreement's term. */
export const EXPIRE_ALARM = 'agreement.expire'
/** The alarm at which a version that both sides signed begins to hold. */
export const VERSION_ALARM = 'agreement.version'

/**
 * Both sides have signed. The first version holds from the last required act on (1.3.1); a later one from then or from the
 * instant it names, whichever comes later.
 */
export async function takeEffect(
  operation: Operation,
  agreement: Agreement,
  version: AgreementVersion,
  lastAct: Date,
  now: Date,
  actor: EventActor,
): Promise<void> {
  const named = version.effectiveFrom ?? lastAct
  const from = named > lastAct ? named : lastAct
  if (from > now) {
    version.schedule(from, now)
    operation.setAlarm(VERSION_ALARM, version.id, from)
  } else await putInForce(operation, agreement, version, { occurredAt: from, acceptedAt: now }, actor)
}

async function putInForce(
  operation: Operation,
  agreement: Agreement,
  version: AgreementVersion,
  at: { occurredAt: Date; acceptedAt: Date },
  actor: EventActor,
): Promise<void> {
  const of = { tenantId: agreement.tenantId, agreementId: agreement.id }
  const before = await operation.em.findOne(AgreementVersion, { ...of, state: 'IN_FORCE' })
  const terms = {
    termYears: Number(version.terms.termYears),
    confidentialityYears: Number(version.terms.confidentialityYears),
  }
  if (before) agreement.beAmended(terms, at.occurredAt, at.acceptedAt)
  else agreement.takeEffect(terms, at.occurredAt, at.acceptedAt)
  before?.supersede(at.acceptedAt)
  version.putInForce(at.occurredAt, at.acceptedAt)
  operation.setAlarm(EXPIRE_ALARM, agreement.id, agreement.endsAt as Date)
  const data = { versionNumber: version.number, effectiveOn: agreement.effectiveOn, endsOn: agreement.endsOn }
  record(operation, agreement, actor, 'agreement.in_force', at, data, '1.3.1')
}

/** The instant is there that both sides named. What was triggered since, before this rang, was by this version already. */
export const inForceWhenDue = eachAlarm(async (operation, alarm) => {
  const { tenantId } = alarm
  const version = await operation.em.findOne(AgreementVersion, { tenantId, id: alarm.subjectId })
  if (!version) return
  const lockMode = LockMode.PESSIMISTIC_WRITE
  const agreement = await operation.em.findOneOrFail(
    Agreement,
    { tenantId, id: version.agreementId },
    { lockMode },
  )
  await operation.em.refresh(version)
  const now = await operation.now()
  const occurredAt = version.effectiveFrom ?? now
  if (version.state !== 'SCHEDULED' || occurredAt > now) return
  await putInForce(operation, agreement, version, { occurredAt, acceptedAt: now }, SYSTEM_ACTOR)
})

/** An agreement that ends takes with it what was to change of it. */
export async function cancelAmendment(operation: Operation, agreement: Agreement, now: Date): Promise<void> {
  const open = { state: { $in: ['DRAFT', 'SIGNING', 'SCHEDULED'] } } as const
  const of = { tenantId: agreement.tenantId, agreementId: agreement.id }
  for (const version of await operation.em.find(AgreementVersion, { ...of, ...open })) {
    version.lapse(now)
    operation.clearAlarm(VERSION_ALARM, version.id)
  }
}
