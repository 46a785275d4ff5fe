import { getNamedType, type GraphQLObjectType, isObjectType, isRequiredArgument } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildSchema } from '../../src/rooms.js'
import { typeBehind } from '../../src/server/links.js'
import { nodePermissions } from '../../src/tenancy/nodes.js'
import { type Provider, World } from '../kit/world.js'
import { fill, type Ground } from './kit/samples.js'

// A scope for one kind of record is none for another, whichever way leads there: a link shows what `node` would.

interface Link {
  from: string
  permission: string
  field: string
  /** What is asked of it, to see whether there is something. */
  selection: string
  to: string
  needs: string
}

const schema = buildSchema()
const permissions = nodePermissions()
const links: Link[] = [...permissions].flatMap(([from, permission]) => {
  const type = schema.getType(from)
  // A viewer is found by itself alone, which `permissions.test.ts` tries.
  return isObjectType(type) && from !== 'Viewer' ? linksOf(type, permission) : []
})

function linksOf(type: GraphQLObjectType, permission: string): Link[] {
  return Object.values(type.getFields()).flatMap(field => {
    const to = typeBehind(field)
    const needs = permissions.get(to)
    if (!needs || needs === permission || field.args.some(isRequiredArgument)) return []
    const selection = getNamedType(field.type).name === to ? '{ id }' : '{ nodes { id } }'
    return [{ from: type.name, permission, field: field.name, selection, to, needs }]
  })
}

/** Apps are shown to staff alone, by the database's own wall: no scope opens these. */
const FOR_STAFF: readonly string[] = [
  'DisclosureAuthorization.app',
  'ConsentRecord.app',
  'Disclosure.app',
  'WebhookEndpoint.app',
]

/** A ticket that still runs, of a person and about a software, and the signature of that person. */
async function withPeople({ customer, admin }: Ground): Promise<Record<string, string>> {
  const { person } = await admin.mutate(
    'personUpsert',
    { customerId: customer.id, name: 'Somebody' },
    'person { id }',
  )
  const agreement = await customer.draft()
  await admin.mutate('coveredSoftwareSet', { agreementId: agreement.id, software: [{ product: 'Desk' }] })
  const contentHash = await agreement.submit()
  await admin.mutate('agreementSign', { agreementId: agreement.id, contentHash, signatoryId: person.id })
  await (await customer.signatory()).mutate('agreementSign', { agreementId: agreement.id, contentHash })
  const { currentVersion } = await agreement.read(
    'currentVersion { signatures { id side } coveredSoftware { id } }',
  )
  const input = { agreementId: agreement.id, kind: 'FAULT', subject: 'Down', reporterId: person.id }
  const softwareId = currentVersion.coveredSoftware[0].id
  const { ticket } = await admin.mutate('ticketReport', { ...input, softwareId }, 'ticket { id }')
  const signature = currentVersion.signatures.find((each: any) => each.side === 'PROVIDER')
  return { Ticket: ticket.id, AgreementSignature: signature.id }
}

describe('a link', () => {
  let world: World
  let provider: Provider
  let ground: Ground
  beforeAll(async () => {
    world = await World.create()
    provider = await world.provider()
    ground = await fill(await provider.customer())
    ground = { ...ground, ids: { ...ground.ids, ...(await withPeople(ground)) } }
  })
  afterAll(() => world.close())

  const follow = async ({ from, field, selection }: Link, scopes: string[]): Promise<unknown> => {
    const service = await provider.service(['node:read', ...scopes])
    const query = `query ($id: ID!) { node(id: $id) { ... on ${from} { link: ${field} ${selection} } } }`
    const { data, errors } = await service.send<any>(query, { id: ground.ids[from] })
    expect(errors, `${from}.${field}`).toBeUndefined()
    expect(data.node, `${from}.${field}: the object itself is seen`).not.toBeNull()
    return data.node.link
  }

  it('is of one of many kinds, or this sees nothing', () => {
    expect(links.length).toBeGreaterThan(30)
  })

  it.each(links.map(link => [`${link.from}.${link.field}`, link] as const))(
    '%s shows nothing to a service without the scope of what it leads to',
    async (_name, link) => {
      expect(await follow(link, [link.permission])).toBeNull()
      const linked = (await follow(link, [link.permission, link.needs])) as any
      const found = (Array.isArray(linked) ? linked[0] : (linked?.nodes?.[0] ?? linked)) ?? null
      const isOpen = !FOR_STAFF.includes(`${link.from}.${link.field}`)
      expect(found !== null, 'with the scope there is something, or this sees nothing').toBe(isOpen)
    },
  )

  it('is not even told of by a value: the day an obligation is due is in the zone of its agreement', async () => {
    const query = 'query ($id: ID!) { node(id: $id) { ... on Obligation { dueOn } } }'
    const seen = async (...scopes: string[]): Promise<unknown> => {
      const service = await provider.service(['node:read', 'obligation:read', ...scopes])
      return (await service.ask(query, { id: ground.ids.Obligation })).node.dueOn
    }
    expect(await seen()).toBeNull()
    expect(await seen('agreement:read')).toMatch(/^\d{4}-\d\d-\d\d$/)
  })

  it('of an event shows nothing without the scope of its subject', async () => {
    const query =
      'query ($id: ID!) { node(id: $id) { ... on Event { subject { id } agreement { id } } ... on BreachEvent { assessment { id } } } }'
    const service = await provider.service(['node:read', 'event:read'])
    const { node } = await service.ask(query, { id: ground.ids.BreachEvent ?? ground.ids.RecordEvent })
    expect(Object.values(node).every(each => each === null)).toBe(true)
  })
})
