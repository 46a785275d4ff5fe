import type { EventActor, Operation } from '../persistence/index.js'
import { Refusal, refuse, userError } from '../platform/failure.js'
import { newUuid, uuidOf } from '../platform/ids.js'
import { type Caller, checkText, PERSON_ID } from '../tenancy/index.js'
import type { Agreement } from './agreement.js'
import {
  type AgreementTarget,
  currentHash,
  findAgreement,
  newestVersion,
  record,
} from './agreement-finding.js'
import {
  AgreementSignature,
  lastRequiredAct,
  type Side,
  type SigningAct,
  type SigningMethod,
} from './agreement-version.js'
import { takeEffect } from './agreement-taking-effect.js'
import { missingTerms, type TermValues, termWarnings } from './terms.js'

/** The draft is settled: every visible blank is filled, and what both sides will sign gets its hash. */
export async function submitForSigning(
  operation: Operation,
  input: AgreementTarget,
  actor: EventActor,
): Promise<Agreement> {
  const agreement = await findAgreement(operation, input)
  const version = await newestVersion(operation, agreement)
  if (version.state === 'DRAFT') requireSignable(version.terms, ['terms'])
  const now = await operation.now()
  if (version.number > 1) agreement.requireRunning(now)
  version.submit(await currentHash(operation, agreement, version), now)
  agreement.touch(now)
  record(operation, agreement, actor, 'agreement.submitted', now, {
    versionNumber: version.number,
    contentHash: version.contentHash,
  })
  return agreement
}

/**
 * What is put before the parties has every visible blank filled, and no fix that is due before its response (2.3.1).
 * `at` is where the client finds the terms.
 */
export function requireSignable(terms: TermValues, at: string[]): void {
  const missing = missingTerms(terms).map(({ clause, name }) =>
    userError('REQUIRED', { field: [...at, name], clause }),
  )
  if (missing.length > 0) throw new Refusal(missing)
  if (termWarnings(terms).some(warning => warning.code === 'FIX_SOONER_THAN_RESPONSE')) {
    throw refuse('TOO_SMALL', {
      field: [...at, 'fixHours'],
      params: { min: terms.responseHours ?? '' },
      clause: '2.3.1',
    })
  }
}

export interface SignInput extends AgreementTarget {
  contentHash: string
  act?: SigningAct | null
  method?: SigningMethod | null
  side?: Side | null
  occurredAt?: Date | null
  evidence?: string | null
  signatoryId?: string | null
}

/**
 * One act of one side. Online it counts when it's accepted, on this clock; on paper at the instant stated by whoever
 * enters it, with evidence. The last required act puts the agreement in force (1.3.1).
 */
export async function sign(
  operation: Operation,
  input: SignInput,
  caller: Caller,
  actor: EventActor,
): Promise<Agreement> {
  const agreement = await findAgreement(operation, input)
  const version = await newestVersion(operation, agreement)
  version.requireSigning(input.contentHash)
  const now = await operation.now()
  // An amendment changes what is in force: nothing is left to change once the agreement has ended.
  if (version.number > 1) agreement.requireRunning(now)
  const method = input.method ?? 'ONLINE'
  const act = input.act ?? 'SIGNATURE'
  const side = sideOf(input, method, caller)
  const earlier = await operation.em.find(AgreementSignature, {
    tenantId: version.tenantId,
    versionId: version.id,
    voidedAt: null,
  })
  if (earlier.some(signature => signature.side === side && signature.act === act)) {
    throw refuse('INVALID_STATE', { field: ['input', 'act'], messageKey: 'SIGNED_ALREADY' })
  }
  const signature = operation.em.create(AgreementSignature, {
    tenantId: version.tenantId,
    id: newUuid(),
    customerId: version.customerId,
    versionId: version.id,
    side,
    act,
    method,
    contentHash: input.contentHash,
    occurredAt: method === 'PAPER' ? paperInstant(input, now) : onlineInstant(input, now),
    acceptedAt: now,
    signatoryId: await signatoryOf(operation, version.customerId, input.signatoryId),
    actorId: actor.id,
    evidence: method === 'PAPER' ? paperEvidence(input) : null,
  })
  agreement.touch(now)
  const at = { occurredAt: signature.occurredAt, acceptedAt: now }
  record(
    operation,
    agreement,
    actor,
    'agreement.signed',
    at,
    { versionNumber: version.number, side, act, method },
    '1.3.1',
  )
  const complete = lastRequiredAct(version.requiredActs, [...earlier, signature])
  if (complete) await takeEffect(operation, agreement, version, complete, now, actor)
  return agreement
}

/** Gives up a draft, also one that is being signed: of an agreement, or of an amendment to one that goes on as it was. */
export async function cancel(
  operation: Operation,
  input: AgreementTarget,
  actor: EventActor,
): Promise<Agreement> {
  const agreement = await findAgreement(operation, input)
  const version = await newestVersion(operation, agreement)
  const now = await operation.now()
  if (version.number === 1) agreement.cancel(now)
  version.cancel(now)
  agreement.touch(now)
  record(operation, agreement, actor, 'agreement.cancelled', now, { versionNumber: version.number })
  return agreement
}

/** Online, one signs for one's own side. A paper act is a fact that staff may enter for either side, a customer's user for its own. */
function sideOf(input: SignInput, method: SigningMethod, caller: Caller): Side {
  const own: Side = caller.kind === 'customer' ? 'CUSTOMER' : 'PROVIDER'
  const side = input.side ?? own
  if (side !== own && (method === 'ONLINE' || own === 'CUSTOMER'))
    throw refuse('OTHER_SIDE', { field: ['input', 'side'] })
  return side
}

function paperInstant(input: SignInput, now: Date): Date {
  const field = ['input', 'occurredAt']
  if (!input.occurredAt) throw refuse('REQUIRED', { field, clause: '1.3.1' })
  if (input.occurredAt > now) throw refuse('IN_FUTURE', { field, clause: '1.3.1' })
  return input.occurredAt
}

function paperEvidence(input: SignInput): string {
  const field = ['input', 'evidence']
  if (input.evidence == null) throw refuse('REQUIRED', { field, clause: '1.3.1' })
  return checkText(input.evidence, field, { max: 2000 })
}

/** Online it counts now. Who states an instant or evidence means paper: taking that for a signature now would date it wrongly. */
function onlineInstant(input: SignInput, now: Date): Date {
  const stated = (['occurredAt', 'evidence'] as const).find(name => input[name] != null)
  if (stated) throw refuse('INVALID', { field: ['input', stated], messageKey: 'ONLY_ON_PAPER' })
  return now
}

/** One of the agreement's two parties' people: staff see those of other customers as well, but none of them signs here. */
async function signatoryOf(
  operation: Operation,
  customerId: string,
  personId: string | null | undefined,
): Promise<string | null> {
  if (personId == null) return null
  const id = uuidOf(PERSON_ID, personId)
  const rows = id
    ? await operation.run(
        'select id from persons where tenant_id = $1 and id = $2 and (customer_id = $3 or customer_id is null)',
        [operation.session.tenantId, id, customerId],
      )
    : []
  if (rows.length === 0) throw refuse('NOT_FOUND', { field: ['input', 'signatoryId'] })
  return id
}
