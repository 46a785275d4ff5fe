import { LockMode } from '@mikro-orm/postgresql'
import type { DataCategory, EventActor, Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid, uuidOf } from '../platform/ids.js'
import { checkRevision, checkText, type DisclosureOperation, type Purpose } from '../tenancy/index.js'
import { DisclosureAuthorization } from './disclosure-authorization.js'
import { type Recipient, requireRecipient } from './recipients.js'

export const AUTHORIZATION_ID = 'dau'

export interface AuthorizeInput {
  recipientName: string
  purpose: Purpose
  purposeText?: string | null
  categories: DataCategory[]
  operations?: DisclosureOperation[] | null
  validUntil?: Date | null
}

/** The customer lets an app have its records (8.2.1). Nobody else decides that for it, its provider least of all. */
export async function authorize(
  operation: Operation,
  input: AuthorizeInput,
  found: Recipient | null,
  actor: EventActor,
): Promise<DisclosureAuthorization> {
  const { tenantId, customerId } = operation.session
  if (customerId === null) throw new Error('only a customer authorises')
  const recipient = requireRecipient(found, input.recipientName)
  const now = await operation.now()
  if (input.validUntil && input.validUntil <= now)
    throw refuse('INVALID', { field: ['input', 'validUntil'], messageKey: 'OVER_ALREADY', clause: '8.2.1' })
  const authorization = operation.em.create(DisclosureAuthorization, {
    tenantId,
    id: newUuid(),
    customerId,
    appId: recipient.id,
    recipientName: recipient.name,
    purpose: input.purpose,
    purposeText: purposeTextOf(input),
    categories: someOf(input.categories, 'categories'),
    operations: someOf(input.operations ?? ['READ'], 'operations'),
    validUntil: input.validUntil ?? null,
    authorizedBy: actor.id,
    createdAt: now,
    updatedAt: now,
  })
  record(operation, authorization, actor, 'disclosure.authorized', now)
  return authorization
}

/** Closed from the next read on. */
export async function revoke(
  operation: Operation,
  input: { disclosureAuthorizationId: string; expectedRevision?: number | null },
  actor: EventActor,
): Promise<DisclosureAuthorization> {
  const id = uuidOf(AUTHORIZATION_ID, input.disclosureAuthorizationId)
  const where = { tenantId: operation.session.tenantId, id: id ?? '' }
  const authorization =
    id &&
    (await operation.em.findOne(DisclosureAuthorization, where, { lockMode: LockMode.PESSIMISTIC_WRITE }))
  if (!authorization) throw refuse('NOT_FOUND', { field: ['input', 'disclosureAuthorizationId'] })
  checkRevision(authorization, input.expectedRevision)
  const now = await operation.now()
  authorization.revoke(actor.id, now)
  record(operation, authorization, actor, 'disclosure.revoked', now)
  return authorization
}

/** OTHER says in words what it is; the others are said by their name. */
export function purposeTextOf(input: { purpose: Purpose; purposeText?: string | null }): string | null {
  const field = ['input', 'purposeText']
  if (input.purpose === 'OTHER') {
    if (input.purposeText == null) throw refuse('REQUIRED', { field, clause: '8.2.1' })
    return checkText(input.purposeText, field, { max: 500, clause: '8.2.1' })
  }
  if (input.purposeText != null)
    throw refuse('INVALID', { field, messageKey: 'PURPOSE_TEXT', clause: '8.2.1' })
  return null
}

export function someOf<T>(values: readonly T[], name: string): T[] {
  if (values.length === 0) throw refuse('REQUIRED', { field: ['input', name], clause: '8.2.1' })
  return [...new Set(values)]
}

function record(
  operation: Operation,
  authorization: DisclosureAuthorization,
  actor: EventActor,
  type: 'disclosure.authorized' | 'disclosure.revoked',
  now: Date,
): void {
  const { appId, purpose, categories, operations, validUntil } = authorization
  operation.record({
    type,
    category: 'CONSENT_RECORD',
    subject: { kind: AUTHORIZATION_ID, id: authorization.id, revision: () => authorization.revision },
    customerId: authorization.customerId,
    agreementId: null,
    clause: '8.2.1',
    actor,
    occurredAt: now,
    acceptedAt: now,
    data: { appId, purpose, categories, operations, validUntil: validUntil ?? null },
  })
}
