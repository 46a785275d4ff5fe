import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Partner } from '../kit/partners.js'
import { type Caller, type Customer, type Provider, World } from '../kit/world.js'

let world: World
let provider: Provider
/** Another tenant. */
let stranger: Provider
let customer: Customer
let partner: Partner
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  stranger = await world.provider()
  customer = await provider.customer()
  partner = await Partner.register(provider)
})
afterAll(() => world.close())

const DOCUMENT =
  'mutation ($input: DisclosureAuthorizeInput!) { disclosureAuthorize(input: $input) { disclosureAuthorization { id } userErrors { code field message } } }'
const wish = (more: object = {}): object => ({
  appId: partner.id,
  recipientName: 'Partner',
  purpose: 'SUPPORT_PORTAL',
  categories: ['CONTRACT'],
  ...more,
})

describe('a disclosure authorisation (clause 8.2.1)', () => {
  it('is given by the signatory and says what it opens', async () => {
    const signatory = await customer.signatory()
    const { disclosureAuthorization } = await signatory.mutate(
      'disclosureAuthorize',
      wish({ categories: ['CONTRACT', 'TICKET', 'CONTRACT'], operations: ['READ', 'SUBSCRIBE'] }),
      'disclosureAuthorization { id state purpose purposeText categories operations validUntil revokedAt recipientName app { name } customer { id } }',
    )
    expect(disclosureAuthorization).toEqual({
      id: expect.stringMatching(/^dau_/),
      state: 'ACTIVE',
      purpose: 'SUPPORT_PORTAL',
      purposeText: null,
      categories: ['CONTRACT', 'TICKET'],
      operations: ['READ', 'SUBSCRIBE'],
      validUntil: null,
      revokedAt: null,
      recipientName: 'Partner',
      app: null,
      customer: { id: customer.id },
    })
  })

  it("is not for the provider's ADMIN, a MEMBER, a service or the app itself to give", async () => {
    const callers = [
      await provider.admin(),
      await customer.user('MEMBER'),
      await provider.service(['disclosure:decide'], customer),
      await partner.caller(),
    ]
    for (const caller of callers) {
      const { errors } = await caller.send(DOCUMENT, { input: { idempotencyKey: randomUUID(), ...wish() } })
      expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    }
  })

  it('names no app of another tenant: one such is as unknown as one that never was', async () => {
    const foreign = await Partner.register(stranger)
    const signatory = await customer.signatory()
    const answers = await Promise.all(
      [foreign.id, `app_${randomUUID()}`, customer.id, 'malformed'].map(appId =>
        signatory.send(DOCUMENT, { input: { idempotencyKey: randomUUID(), ...wish({ appId }) } }),
      ),
    )
    expect(new Set(answers.map(answer => answer.text)).size).toBe(1)
    expect(answers[0]?.data).toMatchObject({
      disclosureAuthorize: {
        disclosureAuthorization: null,
        userErrors: [{ code: 'NOT_FOUND', field: ['input', 'appId'] }],
      },
    })
  })

  it('is for the app of that name, or for none', async () => {
    const signatory = await customer.signatory()
    const named = (recipientName: string): Promise<any> =>
      signatory.mutate(
        'disclosureAuthorize',
        wish({ recipientName }),
        'disclosureAuthorization { recipientName }',
      )
    expect((await named(' Partner ')).disclosureAuthorization).toEqual({ recipientName: 'Partner' })
    expect((await named('Another')).userErrors).toMatchObject([
      { code: 'NOT_FOUND', field: ['input', 'appId'] },
    ])
  })

  it.each([
    [{ categories: [] }, 'REQUIRED', 'categories'],
    [{ operations: [] }, 'REQUIRED', 'operations'],
    [{ purpose: 'OTHER' }, 'REQUIRED', 'purposeText'],
    [{ purpose: 'OTHER', purposeText: ' ' }, 'BLANK', 'purposeText'],
    [{ purposeText: 'more' }, 'INVALID', 'purposeText'],
    [{ validUntil: '2020-01-01T00:00:00Z' }, 'INVALID', 'validUntil'],
  ])('refuses %j with %s', async (more, code, field) => {
    const { userErrors } = await (await customer.signatory()).mutate('disclosureAuthorize', wish(more))
    expect(userErrors).toMatchObject([{ code, field: ['input', field], clause: '8.2.1' }])
  })

  it('is refused to an app that is disabled', async () => {
    const disabled = await Partner.register(provider)
    await (await provider.admin()).mutate('appDisable', { appId: disabled.id })
    const input = wish({ appId: disabled.id })
    const { userErrors } = await (await customer.signatory()).mutate('disclosureAuthorize', input)
    expect(userErrors).toMatchObject([{ code: 'INVALID_STATE', field: ['input', 'appId'] }])
  })

  it('is revoked once, by its own customer alone', async () => {
    const disclosureAuthorizationId = await partner.authorizedBy(customer, ['TICKET'])
    const other = await (await provider.customer()).signatory()
    const theirs = await other.mutate('disclosureRevoke', { disclosureAuthorizationId })
    const nobodys = await other.mutate('disclosureRevoke', {
      disclosureAuthorizationId: `dau_${randomUUID()}`,
    })
    expect(theirs).toEqual(nobodys)
    expect(theirs.userErrors).toMatchObject([
      { code: 'NOT_FOUND', field: ['input', 'disclosureAuthorizationId'] },
    ])
    const signatory = await customer.signatory()
    const first = await signatory.mutate(
      'disclosureRevoke',
      { disclosureAuthorizationId, expectedRevision: 1 },
      'disclosureAuthorization { state revision }',
    )
    expect(first.disclosureAuthorization).toEqual({ state: 'REVOKED', revision: 2 })
    const again = await signatory.mutate('disclosureRevoke', { disclosureAuthorizationId })
    expect(again.userErrors).toMatchObject([{ code: 'INVALID_STATE' }])
  })

  it('is seen by its customer and the staff, and by no other customer', async () => {
    const id = await partner.authorizedBy(customer, ['PAYMENT'])
    const query = `query ($id: ID!) { disclosureAuthorization(id: $id) { id } node(id: $id) { id }
      disclosureAuthorizations(first: 100, filter: { state: [ACTIVE], purpose: [SUPPORT_PORTAL] }) { nodes { id } } }`
    for (const caller of [await customer.user('MEMBER'), await provider.staff('AUDITOR')]) {
      const seen = await caller.ask(query, { id })
      expect([seen.disclosureAuthorization, seen.node]).toEqual([{ id }, { id }])
      expect(seen.disclosureAuthorizations.nodes).toContainEqual({ id })
    }
    for (const caller of [await (await provider.customer()).signatory(), await stranger.admin()]) {
      expect(await caller.ask(query, { id })).toEqual({
        disclosureAuthorization: null,
        node: null,
        disclosureAuthorizations: { nodes: [] },
      })
    }
  })

  it('is never rewritten in the database: the app holds no right to', async () => {
    const rows = await world.sqlAsSuperuser<{ column: string }>(
      `select column_name as column from information_schema.column_privileges
       where grantee = 'surety_app' and table_name = 'disclosure_authorizations' and privilege_type = 'UPDATE' order by 1`,
    )
    expect(rows.map(row => row.column)).toEqual(['revision', 'revoked_at', 'revoked_by', 'updated_at'])
  })
})

describe('explainAccess', () => {
  const ask = async (more: object = {}, caller?: Caller): Promise<any> => {
    const { explainAccess } = await (caller ?? (await customer.signatory())).ask(
      `query ($appId: ID!, $customerId: ID!, $purpose: Purpose!, $category: DataCategory!, $operation: DisclosureOperation!, $personId: ID) {
        explainAccess(appId: $appId, customerId: $customerId, purpose: $purpose, category: $category, operation: $operation, personId: $personId) {
          allowed reasons authorization { id } } }`,
      {
        appId: partner.id,
        customerId: customer.id,
        purpose: 'AUDIT',
        category: 'BREACH',
        operation: 'READ',
        ...more,
      },
    )
    return explainAccess
  }

  it('says why, from nothing to allowed to revoked', async () => {
    const app = await Partner.register(provider)
    const appId = app.id
    const no = (reason: string): object => ({ allowed: false, reasons: [reason], authorization: null })
    expect(await ask({ appId }, await provider.admin())).toEqual(no('NO_AUTHORIZATION'))
    // One customer's partners are no business of another's: an app it has nothing to do with is as good as none.
    expect(await ask({ appId })).toBeNull()
    await app.authorizedBy(customer, ['BREACH'], { purpose: 'BILLING' })
    expect(await ask({ appId })).toEqual(no('OTHER_PURPOSE'))
    await app.authorizedBy(customer, ['INVOICE'], { purpose: 'AUDIT' })
    expect(await ask({ appId })).toEqual(no('OTHER_CATEGORY'))
    await app.authorizedBy(customer, ['BREACH'], { purpose: 'AUDIT', operations: ['EXPORT'] })
    expect(await ask({ appId })).toEqual(no('OTHER_OPERATION'))
    const id = await app.authorizedBy(customer, ['BREACH', 'CONTACT'], { purpose: 'AUDIT' })
    expect(await ask({ appId })).toEqual({ allowed: true, reasons: ['AUTHORIZED'], authorization: { id } })
    expect(await ask({ appId, category: 'CONTACT' })).toMatchObject({
      allowed: true,
      reasons: ['AUTHORIZED', 'CONSENT_NEEDED'],
    })
    await (await provider.admin()).mutate('appDisable', { appId })
    expect(await ask({ appId })).toMatchObject({ allowed: false, reasons: ['APP_DISABLED'] })
    await (await customer.signatory()).mutate('disclosureRevoke', { disclosureAuthorizationId: id })
    expect(await ask({ appId })).toMatchObject({
      allowed: false,
      reasons: ['APP_DISABLED', 'AUTHORIZATION_REVOKED'],
    })
  })

  it('knows no app, customer or person that the caller may not see', async () => {
    const other = await provider.customer()
    const foreign = await Partner.register(stranger)
    expect(await ask({ customerId: other.id })).toBeNull()
    expect(await ask({ customerId: `cus_${randomUUID()}` })).toBeNull()
    expect(await ask({ appId: foreign.id })).toBeNull()
    expect(await ask({ appId: 'malformed' })).toBeNull()
    expect(await ask({ category: 'CONTACT', personId: `prs_${randomUUID()}` })).toBeNull()
  })
})
