import { randomUUID } from 'node:crypto'
import type { GraphQLField } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessTable, buildSchema } from '../../src/rooms.js'
import { type Caller as CallerOfServer, mayDo, type Permission } from '../../src/tenancy/index.js'
import { nodePermissions } from '../../src/tenancy/nodes.js'
import { Caller, type Provider, World } from '../kit/world.js'
import { documentOf, ordinaryArguments } from './kit/arguments.js'
import { fill, type Ground } from './kit/samples.js'

const schema = buildSchema()
const queries = Object.values(schema.getQueryType()?.getFields() ?? {})
const mutations = Object.values(schema.getMutationType()?.getFields() ?? {})
const rootFields = [
  ...queries.map(field => ({ operation: 'query' as const, field })),
  ...mutations.map(field => ({ operation: 'mutation' as const, field })),
]
const permissionOf = (field: GraphQLField<unknown, unknown>): Permission =>
  field.extensions.permission as Permission

/** What may be asked without a token. It is empty, and may only stay so. */
const PUBLIC_OPERATIONS: readonly string[] = []

const STAFF = ['ADMIN', 'AGENT', 'FINANCE', 'OPERATOR', 'AUDITOR'] as const
const CUSTOMER = ['SIGNATORY', 'MEMBER'] as const
type Role = (typeof STAFF)[number] | (typeof CUSTOMER)[number]

/** Who may change what, written out by hand (api.md, Callers). `service`, `app`: with the scope, these may as well. */
const WRITERS: Record<string, { roles: Role[]; service?: true; app?: true }> = {
  customerCreate: { roles: ['ADMIN', 'FINANCE'], service: true },
  customerUpdate: { roles: ['ADMIN', 'FINANCE'], service: true },
  personUpsert: { roles: ['ADMIN', 'AGENT', 'FINANCE', 'OPERATOR', 'SIGNATORY', 'MEMBER'], service: true },
  personErase: { roles: ['ADMIN', 'SIGNATORY'] },
  issuerRegister: { roles: ['ADMIN'] },
  callerMap: { roles: ['ADMIN'] },
  issuerDisable: { roles: ['ADMIN'] },
  callerUnmap: { roles: ['ADMIN'] },
  tokenRevoke: { roles: ['ADMIN'] },
  agreementImport: { roles: ['ADMIN', 'FINANCE'], service: true },
  agreementDraft: { roles: ['ADMIN', 'FINANCE'], service: true },
  agreementTermsSet: { roles: ['ADMIN', 'FINANCE'], service: true },
  agreementDamagesRuleSet: { roles: ['ADMIN', 'FINANCE'], service: true },
  agreementDamagesRuleRemove: { roles: ['ADMIN', 'FINANCE'], service: true },
  coveredSoftwareSet: { roles: ['ADMIN', 'FINANCE'], service: true },
  supportChannelSet: { roles: ['ADMIN', 'FINANCE'], service: true },
  agreementSubmitForSigning: { roles: ['ADMIN', 'FINANCE'], service: true },
  agreementCancel: { roles: ['ADMIN', 'FINANCE'], service: true },
  agreementSign: { roles: ['ADMIN', 'SIGNATORY'] },
  agreementSuspend: { roles: ['ADMIN'] },
  agreementResume: { roles: ['ADMIN'] },
  agreementTerminate: { roles: ['ADMIN'] },
  agreementAmend: { roles: ['ADMIN', 'FINANCE'], service: true },
  agreementRenew: { roles: ['ADMIN', 'FINANCE'], service: true },
  ticketReport: { roles: ['ADMIN', 'AGENT', 'SIGNATORY', 'MEMBER'], service: true },
  ticketComment: { roles: ['ADMIN', 'AGENT', 'SIGNATORY', 'MEMBER'], service: true },
  ticketRespond: { roles: ['ADMIN', 'AGENT'] },
  ticketStart: { roles: ['ADMIN', 'AGENT'] },
  ticketResolve: { roles: ['ADMIN', 'AGENT'] },
  attachmentUploadCreate: { roles: ['ADMIN', 'AGENT', 'SIGNATORY', 'MEMBER'], service: true },
  ticketRequestInfo: { roles: ['ADMIN', 'AGENT'] },
  ticketProvideInfo: { roles: ['ADMIN', 'AGENT', 'SIGNATORY', 'MEMBER'], service: true },
  ticketReopen: { roles: ['ADMIN', 'AGENT', 'SIGNATORY', 'MEMBER'], service: true },
  ticketReclassify: { roles: ['ADMIN', 'AGENT'] },
  ticketMarkDuplicate: { roles: ['ADMIN', 'AGENT'] },
  ticketClose: { roles: ['ADMIN', 'AGENT', 'SIGNATORY', 'MEMBER'], service: true },
  findingReport: { roles: ['ADMIN', 'AGENT', 'SIGNATORY', 'MEMBER'] },
  breachConfirm: { roles: ['ADMIN', 'SIGNATORY'] },
  breachNotify: { roles: ['ADMIN', 'SIGNATORY'] },
  breachAccept: { roles: ['ADMIN', 'SIGNATORY'] },
  breachDispute: { roles: ['ADMIN', 'SIGNATORY'] },
  breachUphold: { roles: ['ADMIN', 'SIGNATORY'] },
  breachReject: { roles: ['ADMIN', 'SIGNATORY'] },
  breachWaive: { roles: ['ADMIN', 'SIGNATORY'] },
  breachCure: { roles: ['ADMIN', 'AGENT', 'SIGNATORY', 'MEMBER'] },
  breachLinkRootCause: { roles: ['ADMIN', 'SIGNATORY'] },
  lossClaimFile: { roles: ['ADMIN', 'SIGNATORY'] },
  lossClaimWithdraw: { roles: ['ADMIN', 'SIGNATORY'] },
  assessmentAgree: { roles: ['ADMIN', 'SIGNATORY'] },
  factCorrect: { roles: ['ADMIN'] },
  assessmentSettle: { roles: ['ADMIN', 'SIGNATORY'] },
  backupPolicySet: { roles: ['ADMIN', 'OPERATOR'] },
  backupRunStart: { roles: ['ADMIN', 'OPERATOR'], service: true },
  backupRunFinish: { roles: ['ADMIN', 'OPERATOR'], service: true },
  backupRunVerify: { roles: ['ADMIN', 'OPERATOR'], service: true },
  feeScheduleSet: { roles: ['ADMIN', 'FINANCE'] },
  invoiceDraft: { roles: ['ADMIN', 'FINANCE'] },
  invoiceIssue: { roles: ['ADMIN', 'FINANCE'] },
  invoiceVoid: { roles: ['ADMIN', 'FINANCE'] },
  invoiceCredit: { roles: ['ADMIN', 'FINANCE'] },
  // An ERP or a bank feed knows first what was credited.
  paymentRecord: { roles: ['ADMIN', 'FINANCE'], service: true },
  paymentReverse: { roles: ['ADMIN', 'FINANCE'], service: true },
  appRegister: { roles: ['ADMIN'] },
  appRotateSecret: { roles: ['ADMIN'] },
  appDisable: { roles: ['ADMIN'] },
  appTrustedOnlySet: { roles: ['ADMIN'] },
  trustedDocumentsPublish: { roles: ['ADMIN'] },
  // The customer alone decides who may see its records (clause 8.2.1), and its people record what a person decided.
  disclosureAuthorize: { roles: ['SIGNATORY'] },
  disclosureRevoke: { roles: ['SIGNATORY'] },
  consentRequest: { roles: ['ADMIN', 'AGENT', 'SIGNATORY', 'MEMBER'] },
  consentGrant: { roles: ['SIGNATORY', 'MEMBER'] },
  consentRefuse: { roles: ['SIGNATORY', 'MEMBER'] },
  consentWithdraw: { roles: ['SIGNATORY', 'MEMBER'] },
  calendarPublish: { roles: ['ADMIN'] },
  // Whoever has an entitlement of their own sets up their own endpoints.
  webhookEndpointCreate: { roles: ['ADMIN', 'SIGNATORY'], service: true, app: true },
  webhookEndpointUpdate: { roles: ['ADMIN', 'SIGNATORY'], service: true, app: true },
  webhookEndpointRotateSecret: { roles: ['ADMIN', 'SIGNATORY'], service: true, app: true },
  webhookEndpointDisable: { roles: ['ADMIN', 'SIGNATORY'], service: true, app: true },
  webhookEndpointEnable: { roles: ['ADMIN', 'SIGNATORY'], service: true, app: true },
  webhookEndpointTest: { roles: ['ADMIN', 'SIGNATORY'], service: true, app: true },
  webhookReplay: { roles: ['ADMIN', 'SIGNATORY'], service: true, app: true },
}

/** What asks for another permission beside its own: an endpoint sees with its owner's eyes, who must be able to see. */
const NEEDS_AS_WELL: Record<string, Permission[]> = {
  webhookEndpointCreate: ['event:read'],
  webhookEndpointEnable: ['event:read'],
  webhookEndpointUpdate: ['event:read'],
}

/** What a service that is bound to one customer can't do, though its scope names it: the walls let it write no other. */
const BEYOND_ONE_CUSTOMER = ['customerCreate']

/** Node types that only some staff may look up; all others are for everybody, within the walls. */
const STAFF_NODES: Record<string, Role[]> = {
  Issuer: ['ADMIN', 'AUDITOR'],
  CallerMapping: ['ADMIN', 'AUDITOR'],
  ...ofHooks('WebhookEndpoint', 'WebhookDelivery'),
}

/** Lists that only some staff may read: those of who may come in; all others are for everybody, within the walls. */
const STAFF_QUERIES: Record<string, Role[]> = {
  issuers: ['ADMIN', 'AUDITOR'],
  callerMappings: ['ADMIN', 'AUDITOR'],
}

/** Queries that only some roles may ask, and with the scope apps and services. */
const HOOK_QUERIES: Record<string, Role[]> = ofHooks(
  'webhookEndpoint',
  'webhookEndpoints',
  'webhookDelivery',
  'webhookDeliveries',
)

/** An address may hold a secret: these are for whoever sets endpoints up, and who looks after the house. */
function ofHooks(...names: string[]): Record<string, Role[]> {
  return Object.fromEntries(names.map(name => [name, ['ADMIN', 'OPERATOR', 'AUDITOR', 'SIGNATORY']]))
}

describe('the permission table', () => {
  it('knows the permission of every root field', () => {
    expect(rootFields.length).toBeGreaterThan(25)
    for (const { field } of rootFields) expect(accessTable[permissionOf(field)], field.name).toBeDefined()
  })

  it('is asked for every one of its permissions', () => {
    const used = [...rootFields.map(({ field }) => permissionOf(field)), ...nodePermissions().values()]
    expect([...new Set(used)].sort()).toEqual(Object.keys(accessTable).sort())
  })

  it('lets AUDITOR read everything and write nothing', () => {
    for (const [permission, rule] of Object.entries(accessTable))
      expect(rule.staff.includes('AUDITOR'), permission).toBe(permission.endsWith(':read'))
    for (const { operation, field } of rootFields)
      expect(permissionOf(field).endsWith(':read'), field.name).toBe(operation === 'query')
    for (const [type, permission] of nodePermissions()) expect(permission, type).toMatch(/:read$/)
  })

  it('is written out here for every mutation', () => {
    expect(Object.keys(WRITERS).sort()).toEqual(mutations.map(field => field.name).sort())
  })

  it('holds a person that uses an app to both: the role of the one and the scope of the other', () => {
    const person = (roles: Role[], scopes: string[]): CallerOfServer => ({
      kind: 'customer',
      tenantId: randomUUID(),
      tenantSlug: 'acme',
      customerId: randomUUID(),
      appId: randomUUID(),
      issuer: 'https://surety.test',
      subject: 'somebody',
      tokenId: randomUUID(),
      roles: roles as CallerOfServer['roles'],
      scopes,
      purpose: 'SUPPORT_PORTAL',
      expiresAt: new Date(),
    })
    const may = (roles: Role[], scopes: string[], permission: Permission): boolean =>
      mayDo(person(roles, scopes), permission, accessTable)
    expect(may(['SIGNATORY'], ['agreement:read'], 'agreement:read')).toBe(true)
    expect(may(['SIGNATORY'], [], 'agreement:read')).toBe(false)
    expect(may([], ['agreement:read'], 'agreement:read')).toBe(false)
    // No app signs, whoever sits before it.
    expect(may(['SIGNATORY'], ['agreement:sign'], 'agreement:sign')).toBe(false)
    expect(may(['SIGNATORY'], ['nothing:there'], 'nothing:there')).toBe(false)
  })
})

describe('the door', () => {
  let world: World
  let provider: Provider
  let ground: Ground
  let users: Map<Role, Caller>
  beforeAll(async () => {
    world = await World.create()
    provider = await world.provider()
    ground = await fill(await provider.customer())
    const made = [
      ...STAFF.map(async role => [role, await provider.staff(role)] as const),
      ...CUSTOMER.map(async role => [role, await ground.customer.user(role)] as const),
    ]
    users = new Map(await Promise.all(made))
  })
  afterAll(() => world.close())

  it('answers nothing without a token, and not more with a bad one', async () => {
    for (const { operation, field } of rootFields) {
      const args = ordinaryArguments(field)
      const body = { query: documentOf(operation, field, Object.keys(args)), variables: args }
      for (const headers of [{}, { authorization: 'Bearer x' }] as Record<string, string>[]) {
        const answer = await world.post(body, headers)
        const open = answer.status !== 401 || answer.data !== undefined
        expect(open, field.name).toBe(PUBLIC_OPERATIONS.includes(field.name))
        if (!open) expect(answer.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
      }
    }
    expect(PUBLIC_OPERATIONS).toEqual([])
  })

  it.each([...STAFF, ...CUSTOMER])('lets %s do what the table says and forbids the rest', async role => {
    const caller = users.get(role) as Caller
    for (const { operation, field } of rootFields) {
      const allowed =
        operation === 'query'
          ? ((STAFF_QUERIES[field.name] ?? HOOK_QUERIES[field.name])?.includes(role) ?? true)
          : (WRITERS[field.name]?.roles.includes(role) ?? false)
      expect(await isForbidden(caller, operation, field), `${role} ${field.name}`).toBe(!allowed)
    }
  })

  it('takes the roles of a caller together', async () => {
    const both = await provider.staff('AGENT', 'FINANCE')
    for (const field of mutations) {
      const allowed = WRITERS[field.name]?.roles.some(role => role === 'AGENT' || role === 'FINANCE')
      expect(await isForbidden(both, 'mutation', field), field.name).toBe(!allowed)
    }
  })

  it('lets a service do what its scopes say and the table lets services do, bound to a customer or not', async () => {
    const every = Object.keys(accessTable)
    for (const customer of [undefined, ground.customer]) {
      for (const { operation, field } of rootFields) {
        const permission = permissionOf(field)
        const others = await provider.service(
          every.filter(each => each !== permission),
          customer,
        )
        const scoped = await provider.service([permission, ...(NEEDS_AS_WELL[field.name] ?? [])], customer)
        const beyond = customer !== undefined && BEYOND_ONE_CUSTOMER.includes(field.name)
        const allowed =
          operation === 'query'
            ? STAFF_QUERIES[field.name] === undefined
            : !beyond && (WRITERS[field.name]?.service ?? false)
        expect(await isForbidden(others, operation, field), `without the scope: ${field.name}`).toBe(true)
        expect(await isForbidden(scoped, operation, field), `with the scope: ${field.name}`).toBe(!allowed)
      }
    }
  })

  it('lets an app read by its scopes and write nothing but its own webhooks', async () => {
    const clientId = `app-${randomUUID().slice(0, 8)}`
    await provider.app(clientId, ['viewer:read'])
    const every = Object.keys(accessTable)
    const appWith = (scope: string[]): Promise<string> =>
      world.token({ tenant: provider.slug, app: clientId, scope, purpose: 'SUPPORT_PORTAL' })
    for (const { operation, field } of rootFields) {
      const permission = permissionOf(field)
      const others = new Caller(world, await appWith(every.filter(each => each !== permission)))
      const scoped = new Caller(world, await appWith([permission, ...(NEEDS_AS_WELL[field.name] ?? [])]))
      expect(await isForbidden(others, operation, field), `without the scope: ${field.name}`).toBe(true)
      expect(await isForbidden(scoped, operation, field), `with the scope: ${field.name}`).toBe(
        operation === 'mutation' ? !WRITERS[field.name]?.app : field.name in STAFF_QUERIES,
      )
    }
  })

  it('shows every node to AUDITOR and ADMIN, and to others what is not for staff alone', async () => {
    expect(Object.keys(ground.ids).sort()).toEqual([...nodePermissions().keys()].sort())
    for (const [type, id] of Object.entries(ground.ids)) {
      for (const [role, caller] of users) {
        const { node } = await caller.ask('query ($id: ID!) { node(id: $id) { __typename } }', { id })
        const isOwn = type !== 'Viewer' || role === 'ADMIN'
        // The wall of apps is the database's: only staff see all of them.
        const roles = type === 'App' ? STAFF : (STAFF_NODES[type] ?? [...STAFF, ...CUSTOMER])
        const seen = isOwn && (roles as readonly string[]).includes(role)
        expect(node?.__typename ?? null, `${role} ${type}`).toBe(seen ? type : null)
      }
    }
  })

  it('shows through a link no more than node would: a scope for agreements is none for parties and people', async () => {
    const narrow = await provider.service(['agreement:read'], ground.customer)
    const wide = await provider.service(['agreement:read', 'customer:read'], ground.customer)
    const agreement = await ground.customer.draft()
    const signatoryId = ground.ids.Person
    const contentHash = await agreement.submit()
    await ground.admin.mutate('agreementSign', { agreementId: agreement.id, contentHash, signatoryId })
    const links = `query ($id: ID!) { agreement(id: $id) { customer { id } currentVersion { signatures { signatory { name } } } } }`
    const seen = await wide.ask(links, { id: agreement.id })
    expect(seen.agreement.customer.id).toBe(ground.customer.id)
    expect(seen.agreement.currentVersion.signatures).toEqual([{ signatory: { name: 'A person' } }])
    const closed = await narrow.ask(links, { id: agreement.id })
    expect(closed.agreement).toEqual({
      customer: null,
      currentVersion: { signatures: [{ signatory: null }] },
    })
    const viewer = await provider.service(['viewer:read'], ground.customer)
    expect(await viewer.ask('{ viewer { customer { id } } }')).toEqual({ viewer: { customer: null } })
  })
})

/** FORBIDDEN, and then nothing else; or anything but FORBIDDEN, and no failure of ours. */
async function isForbidden(
  caller: Caller,
  operation: 'query' | 'mutation',
  field: GraphQLField<unknown, unknown>,
): Promise<boolean> {
  const args = ordinaryArguments(field)
  const input = args.input && { ...(args.input as object), idempotencyKey: randomUUID() }
  const variables = { ...args, ...(input ? { input } : {}) }
  const answer = await caller.send(documentOf(operation, field, Object.keys(args)), variables)
  const codes = answer.errors?.map(error => error.extensions.code) ?? []
  if (!codes.includes('FORBIDDEN')) {
    expect(codes, `${field.name}: ${answer.text}`).toEqual([])
    return false
  }
  expect(codes, field.name).toEqual(['FORBIDDEN'])
  expect(
    Object.values(answer.data ?? {}).every(value => value === null),
    field.name,
  ).toBe(true)
  return true
}
