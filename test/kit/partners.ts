import { createHash, randomUUID } from 'node:crypto'
import { vi } from 'vitest'
import { uuidOf } from '../../src/platform/ids.js'
import { Caller, type Customer, type Provider, type World } from './world.js'

/** What a partner's app may ask for in these tests. */
export const PARTNER_SCOPES = [
  'viewer:read',
  'node:read',
  'app:read',
  'agreement:read',
  'customer:read',
  'consent:read',
]

/** A third party's app with credentials of its own, as an ADMIN registered it. */
export class Partner {
  readonly provider: Provider
  readonly id: string
  readonly clientId: string
  readonly name: string
  secret: string

  private constructor(
    provider: Provider,
    app: { id: string; clientId: string; name: string },
    secret: string,
  ) {
    this.provider = provider
    this.id = app.id
    this.clientId = app.clientId
    this.name = app.name
    this.secret = secret
  }

  static async register(
    provider: Provider,
    options: { name?: string; scopes?: string[] } = {},
  ): Promise<Partner> {
    const admin = await provider.admin()
    const input = { name: 'Partner', contact: 'privacy@partner.example', scopes: PARTNER_SCOPES, ...options }
    const { app, clientSecret, userErrors } = await admin.mutate(
      'appRegister',
      input,
      'app { id clientId name } clientSecret',
    )
    if (!app) throw new Error(JSON.stringify(userErrors))
    await lookedUpAgain()
    return new Partner(provider, app, clientSecret)
  }

  get uuid(): string {
    return uuidOf('app', this.id) as string
  }

  /** With a token of `/oauth/token`. */
  async caller(purpose: string | null = 'SUPPORT_PORTAL', scope?: string): Promise<Caller> {
    const { status, body } = await askToken(this.provider.world, {
      grant_type: 'client_credentials',
      client_id: this.clientId,
      client_secret: this.secret,
      ...(purpose ? { purpose } : {}),
      ...(scope === undefined ? {} : { scope }),
    })
    if (status !== 200) throw new Error(JSON.stringify(body))
    return new Caller(this.provider.world, body.access_token as string)
  }

  /** The customer's signatory lets it have these categories; answers the authorisation's id. */
  async authorizedBy(customer: Customer, categories: string[], more: object = {}): Promise<string> {
    const signatory = await customer.signatory()
    const { disclosureAuthorization, userErrors } = await signatory.mutate(
      'disclosureAuthorize',
      { appId: this.id, recipientName: this.name, purpose: 'SUPPORT_PORTAL', categories, ...more },
      'disclosureAuthorization { id }',
    )
    if (!disclosureAuthorization) throw new Error(JSON.stringify(userErrors))
    return disclosureAuthorization.id
  }

  /** Asks a person of the customer for consent to CONTACT; answers the record's id. */
  async asks(customer: Customer, personId: string, more: object = {}): Promise<string> {
    const member = await customer.user('MEMBER')
    const { consentRecord, userErrors } = await member.mutate(
      'consentRequest',
      { ...consentRequest(this.id, personId), ...more },
      'consentRecord { id }',
    )
    if (!consentRecord) throw new Error(JSON.stringify(userErrors))
    return consentRecord.id
  }
}

export const consentRequest = (appId: string, personId: string): object => ({
  personId,
  appId,
  recipientName: 'Partner',
  purpose: 'SUPPORT_PORTAL',
  categories: ['CONTACT'],
  processingMethod: 'shown to the agents of the portal',
  noticeHash: createHash('sha256').update('the notice').digest('hex'),
})

/** A customer's user records what a person decided. */
export async function decide(
  customer: Customer,
  mutation: 'consentGrant' | 'consentRefuse' | 'consentWithdraw',
  consentRecordId: string,
  more: object = {},
): Promise<{ state: string; expiresAt: string | null; endedAt: string | null }> {
  const member = await customer.user('MEMBER')
  const { consentRecord, userErrors } = await member.mutate(
    mutation,
    { consentRecordId, expressedBy: 'PAPER', evidence: 'folder 7', ...more },
    'consentRecord { state expiresAt endedAt }',
  )
  if (!consentRecord) throw new Error(JSON.stringify(userErrors))
  return consentRecord
}

/** A person of the customer, with something in every personal field. */
export async function personOf(customer: Customer, name = `Person ${randomUUID()}`): Promise<string> {
  const member = await customer.user('MEMBER')
  const fields = { name, email: `${randomUUID()}@person.example`, phone: '+86 10 5555 0100' }
  return (await member.mutate('personUpsert', fields, 'person { id }')).person.id
}

/** An agreement in force that this person signed for the customer. */
export async function agreementSignedBy(customer: Customer, signatoryId: string): Promise<string> {
  const agreement = await customer.draft()
  const contentHash = await agreement.submit()
  const admin = await customer.provider.admin()
  await admin.mutate('agreementSign', { agreementId: agreement.id, contentHash })
  const signatory = await customer.signatory()
  const input = { agreementId: agreement.id, contentHash, signatoryId }
  const { userErrors } = await signatory.mutate('agreementSign', input)
  if (userErrors.length > 0) throw new Error(JSON.stringify(userErrors))
  return agreement.id
}

/** One of each type of the room of consents, by the type's name. */
export async function consentIds(
  partner: Partner,
  customer: Customer,
  personId: string,
): Promise<Record<string, string>> {
  const authorizationId = await partner.authorizedBy(customer, ['CONTRACT'])
  const consentRecordId = await partner.asks(customer, personId)
  const admin = await customer.provider.admin()
  await (await partner.caller()).ask('{ agreements { nodes { id } } }')
  const found = await admin.ask('query ($id: ID!) { consentRecord(id: $id) { history { id } } }', {
    id: consentRecordId,
  })
  return {
    DisclosureAuthorization: authorizationId,
    ConsentRecord: consentRecordId,
    ConsentDecision: found.consentRecord.history[0].id,
    // Written right after the answer, which doesn't wait for it.
    Disclosure: await vi.waitFor(async () => {
      const { disclosures } = await admin.ask(
        'query ($filter: DisclosureFilter) { disclosures(filter: $filter) { nodes { id } } }',
        { filter: { customerId: customer.id } },
      )
      return disclosures.nodes[0].id as string
    }),
  }
}

export interface TokenAnswer {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

/** Sends a form to `/oauth/token`. */
export async function askToken(
  world: World,
  form: Record<string, string> | URLSearchParams | string,
  headers: Record<string, string> = {},
): Promise<TokenAnswer> {
  const response = await fetch(`${world.address}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
  })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  }
}

/** The directory is looked up again after a quarter of a second; what it shows is then at most half a second old. */
export const lookedUpAgain = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 500))
