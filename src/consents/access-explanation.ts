import type { DataCategory } from '../persistence/index.js'
import type { DisclosureOperation, Purpose, Request } from '../tenancy/index.js'
import { PERSONAL_CATEGORIES } from './consent-record.js'
import type { AccessReasonEnum } from './consent-enums.js'
import { type AuthorizationRow, authorizationsOf } from './consent-loaders.js'
import { closureBy, consentsOfPersons, type PersonsConsent } from './gate.js'

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
  const active = authorizations.filter(each => each.state === 'ACTIVE' && opens(each, question))
  const denials: AccessReason[] = []
  if (app.disabledAt) denials.push('APP_DISABLED')
  if (active.length === 0) denials.push(whyNotAuthorized(authorizations, question))
  const personal = PERSONAL_CATEGORIES.includes(category)
  const consent = personal && personId !== null ? await consentOf(request, question, personId) : undefined
  const closure = personal && personId !== null ? closureBy(consent) : null
  if (closure) denials.push(closure)
  // Of several that say OTHER it is the one that the person consented to.
  const agreed = consent?.holds ? active.find(each => each.purposeText === consent.purposeText) : undefined
  const authorization = agreed ?? active[0] ?? null
  if (denials.length > 0) return { allowed: false, reasons: denials, authorization }
  const consented: AccessReason[] = personal ? [personId === null ? 'CONSENT_NEEDED' : 'CONSENTED'] : []
  return { allowed: true, reasons: ['AUTHORIZED', ...consented], authorization }
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

async function consentOf(
  request: Request,
  { app, purpose, category, operation }: AccessQuestion,
  personId: string,
): Promise<PersonsConsent | undefined> {
  const values = [request.caller.tenantId, app.id, purpose, category, [personId], operation]
  const [consent] = await request.reads.rows<PersonsConsent>(consentsOfPersons, values)
  return consent
}
