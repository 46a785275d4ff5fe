import { type DataCategory, statement } from '../persistence/index.js'
import type { DisclosureOperation, Purpose, Request } from '../tenancy/index.js'
import { PERSONAL_CATEGORIES } from './consent-record.js'
import type { AccessReasonEnum } from './consent-enums.js'
import { type AuthorizationRow, authorizationsOf } from './consent-loaders.js'
import { closureBy, type PersonsConsent } from './gate.js'

export type AccessReason = keyof typeof AccessReasonEnum

export interface AccessQuestion {
  app: { id: string; disabledAt: Date | null }
  customerId: string
  purpose: Purpose
  category: DataCategory
  operation: DisclosureOperation
  /** One person of the customer, to ask about that person's data. */
  personId: string | null
}

export interface AccessAnswer {
  allowed: boolean
  reasons: AccessReason[]
  authorization: AuthorizationRow | null
}

/** Why an app may or may not see this, as the one who asks can see it: the gate's own rules, with their reasons. */
export async function explainAccess(request: Request, question: AccessQuestion): Promise<AccessAnswer> {
  const { app, customerId, category, personId } = question
  const authorizations = await request.load(authorizationsOf, { appId: app.id, customerId })
  const active = authorizations.find(each => each.state === 'ACTIVE' && opens(each, question)) ?? null
  const denials: AccessReason[] = []
  if (app.disabledAt) denials.push('APP_DISABLED')
  if (!active) denials.push(whyNotAuthorized(authorizations, question))
  const personal = PERSONAL_CATEGORIES.includes(category)
  const closure = personal && personId !== null ? await closureOf(request, question, personId) : null
  if (closure) denials.push(closure)
  if (denials.length > 0) return { allowed: false, reasons: denials, authorization: active }
  const consent: AccessReason[] = personal ? [personId === null ? 'CONSENT_NEEDED' : 'CONSENTED'] : []
  return { allowed: true, reasons: ['AUTHORIZED', ...consent], authorization: active }
}

const opens = (authorization: AuthorizationRow, { purpose, category, operation }: AccessQuestion): boolean =>
  authorization.purpose === purpose &&
  authorization.categories.includes(category) &&
  authorization.operations.includes(operation)

/** The nearest miss: what was once exactly this, else what still is something else. */
function whyNotAuthorized(
  authorizations: readonly AuthorizationRow[],
  question: AccessQuestion,
): AccessReason {
  const exact = authorizations.find(each => opens(each, question))
  if (exact) return exact.state === 'REVOKED' ? 'AUTHORIZATION_REVOKED' : 'AUTHORIZATION_EXPIRED'
  const active = authorizations.filter(each => each.state === 'ACTIVE')
  if (active.length === 0) return 'NO_AUTHORIZATION'
  const samePurpose = active.filter(each => each.purpose === question.purpose)
  if (samePurpose.length === 0) return 'OTHER_PURPOSE'
  return samePurpose.some(each => each.categories.includes(question.category))
    ? 'OTHER_OPERATION'
    : 'OTHER_CATEGORY'
}

const consentOfPerson = statement(
  'consent_of_person',
  `select person_id as "personId", state, state = 'GRANTED' and (expires_at is null or expires_at > surety_now()) as holds
   from consent_records
   where tenant_id = $1 and app_id = $2 and purpose = $3 and categories ? $4 and person_id = $5 and state <> 'REQUESTED'
   order by holds desc, updated_at desc limit 1`,
)

async function closureOf(
  request: Request,
  { app, purpose, category }: AccessQuestion,
  personId: string,
): Promise<ReturnType<typeof closureBy>> {
  const values = [request.caller.tenantId, app.id, purpose, category, personId]
  const [consent] = await request.reads.rows<PersonsConsent>(consentOfPerson, values)
  return closureBy(consent)
}
