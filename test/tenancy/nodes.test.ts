import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import '../../src/rooms.js'
import { nodePrefixes } from '../../src/tenancy/index.js'
import { nodePermissions } from '../../src/tenancy/nodes.js'
import { type Caller, type Customer, type Provider, World } from '../kit/world.js'
import { fill } from '../promises/kit/samples.js'

/** One object of every type, by the prefix of its id. */
type Ids = Record<string, string>

let world: World
let provider: Provider
let customer: Customer
let admin: Caller
let ids: Ids
let foreign: Ids
let neighbours: Ids
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  customer = await provider.customer()
  admin = await provider.admin()
  ids = await oneOfEach(customer)
  neighbours = await oneOfEach(await provider.customer())
  const other = await world.provider()
  foreign = await oneOfEach(await other.customer())
})
afterAll(() => world.close())

async function oneOfEach(party: Customer): Promise<Ids> {
  const found = Object.values((await fill(party)).ids)
  return Object.fromEntries(found.map(id => [id.slice(0, 3), id]))
}

type Found = { __typename: string; id: string } | null
const node = async (caller: Caller, id: string): Promise<Found> =>
  (await caller.ask('query ($id: ID!) { node(id: $id) { __typename id } }', { id })).node
const nodes = async (caller: Caller, list: string[]): Promise<Found[]> =>
  (await caller.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids: list })).nodes

const TYPES: Record<string, string> = {
  vwr: 'Viewer',
  ten: 'Tenant',
  app: 'App',
  iss: 'Issuer',
  clm: 'CallerMapping',
  cus: 'Customer',
  prs: 'Person',
  agr: 'Agreement',
  agv: 'AgreementVersion',
  cls: 'Clause',
  sig: 'AgreementSignature',
  dmr: 'DamagesRule',
  sof: 'CoveredSoftware',
  chn: 'SupportChannel',
  sus: 'AgreementSuspension',
  dau: 'DisclosureAuthorization',
  cns: 'ConsentRecord',
  cnd: 'ConsentDecision',
  dsc: 'Disclosure',
  evt: 'RecordEvent',
  obl: 'Obligation',
  pau: 'ObligationPause',
  tkt: 'Ticket',
  tkc: 'TicketComment',
  tkq: 'TicketQuestion',
  tka: 'TicketAct',
  att: 'Attachment',
  cal: 'CalendarVersion',
  bre: 'Breach',
  asm: 'Assessment',
  asr: 'AssessmentRevision',
  act: 'ClaimAct',
  bkp: 'BackupPolicy',
  bsl: 'BackupSlot',
  bkr: 'BackupRun',
  fee: 'FeeSchedule',
  inv: 'Invoice',
  inl: 'InvoiceLine',
  crn: 'CreditNote',
  pay: 'Payment',
  whk: 'WebhookEndpoint',
  whd: 'WebhookDelivery',
}
/** What a customer's user sees beside its own records. */
const TENANT_WIDE = ['ten', 'cal']
/** What only the provider's people see. */
const STAFF_ONLY = ['vwr', 'app', 'iss', 'clm']

describe('node', () => {
  it('knows every type that has ids, and this test has one of each', () => {
    expect(Object.keys(TYPES).sort()).toEqual(nodePrefixes().sort())
    expect(Object.keys(ids).sort()).toEqual(nodePrefixes().sort())
  })

  it.each(Object.entries(TYPES))(
    'finds by %s_ the %s, and none that is unknown, foreign or malformed',
    async (prefix, type) => {
      const id = ids[prefix]!
      expect(await node(admin, id)).toEqual({ __typename: type, id })
      expect(id).toMatch(/^[a-z]{3}_[0-9a-f-]{36}$/)
      const none = [
        foreign[prefix]!,
        `${prefix}_${randomUUID()}`,
        `${prefix}_`,
        prefix,
        id.toUpperCase(),
        ` ${id}`,
        `${id} `,
        `${id}\0`,
        id.slice(4),
        id.replace('_', '-'),
        id.slice(0, -1),
        `${id}0`,
        `xxx${id.slice(3)}`,
      ]
      for (const other of none) expect(await node(admin, other)).toBeNull()
    },
  )

  it("does not find one type's object by another type's prefix", async () => {
    for (const prefix of Object.keys(TYPES)) {
      const swapped = Object.keys(TYPES)
        .filter(other => other !== prefix)
        .map(other => `${other}_${ids[prefix]!.slice(4)}`)
      expect(await nodes(admin, swapped)).toEqual(swapped.map(() => null))
    }
  })

  it("shows a customer's user its own records, and nothing of a neighbour or of the provider's household", async () => {
    const signatory = await customer.signatory()
    for (const [prefix, type] of Object.entries(TYPES)) {
      const id = ids[prefix]!
      const own = STAFF_ONLY.includes(prefix) ? null : { __typename: type, id }
      expect(await node(signatory, id)).toEqual(own)
      const beside = TENANT_WIDE.includes(prefix) ? { __typename: type, id } : null
      expect(await node(signatory, neighbours[prefix]!)).toEqual(beside)
      expect(await node(signatory, foreign[prefix]!)).toBeNull()
    }
  })

  it('shows a bound service its customer, and an app without a grant no record of anybody', async () => {
    const scopes = ['node:read', ...new Set(nodePermissions().values())]
    const bound = await provider.service(scopes, customer)
    const app = await provider.app('curious', scopes)
    const visible = (prefix: string): boolean => !STAFF_ONLY.includes(prefix)
    for (const [prefix, type] of Object.entries(TYPES)) {
      const id = ids[prefix]!
      expect(await node(bound, id)).toEqual(visible(prefix) ? { __typename: type, id } : null)
      if (!TENANT_WIDE.includes(prefix)) {
        expect(await node(bound, neighbours[prefix]!)).toBeNull()
        expect(await node(app, id)).toBeNull()
      }
    }
  })

  it('shows nothing that the scopes do not name', async () => {
    const service = await provider.service(['node:read', 'customer:read'])
    expect(await node(service, ids.cus!)).toMatchObject({ __typename: 'Customer' })
    for (const prefix of ['agr', 'agv', 'cls', 'dmr']) expect(await node(service, ids[prefix]!)).toBeNull()
    const { errors } = await (await provider.service(['customer:read'])).send('{ node(id: "x") { id } }')
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })

  it('is of one type where the field is: agreement and customer find nothing else', async () => {
    const document = 'query ($agr: ID!, $cus: ID!) { agreement(id: $cus) { id } customer(id: $agr) { id } }'
    expect(await admin.ask(document, ids)).toEqual({ agreement: null, customer: null })
  })
})

describe('nodes', () => {
  it('answers in the order of the ids, each as often as it is asked, null where there is none', async () => {
    const list = [ids.cls!, ids.agr!, 'none', ids.cls!, foreign.agr!, ids.cus!, ids.agr!]
    expect((await nodes(admin, list)).map(found => found?.id ?? null)).toEqual([
      ids.cls,
      ids.agr,
      null,
      ids.cls,
      null,
      ids.cus,
      ids.agr,
    ])
    expect(await nodes(admin, [])).toEqual([])
  })

  it('takes a hundred ids and not one more', async () => {
    const { agreement } = await admin.ask(
      'query ($id: ID!) { agreement(id: $id) { currentVersion { clauses { id } } } }',
      { id: ids.agr },
    )
    const clauses = agreement.currentVersion.clauses.map(({ id }: { id: string }) => id) as string[]
    const hundred = [...clauses, ...Array.from({ length: 100 - clauses.length }, () => `cls_${randomUUID()}`)]
    expect((await nodes(admin, hundred)).map(found => found?.id ?? null)).toEqual([
      ...clauses,
      ...hundred.slice(clauses.length).map(() => null),
    ])
    for (const list of [[...hundred, ids.agr!], Array.from({ length: 1_000 }, () => 'x')]) {
      const { errors } = await admin.send('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: list })
      expect(errors).toMatchObject([
        { message: 'At most 100 ids at once.', extensions: { code: 'BAD_USER_INPUT' } },
      ])
    }
  })
})
