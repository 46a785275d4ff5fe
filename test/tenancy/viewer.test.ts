import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PURPOSES } from '../../src/tenancy/index.js'
import { Caller, type Customer, type Provider, World } from '../kit/world.js'

const WHO = `{ viewer { id kind roles scopes purpose expiresAt serverTime
  tenant { id slug name } customer { id number } app { id clientId name } } }`

let world: World
let provider: Provider
let customer: Customer
/** A token of another deployment, with a tenant of the same name. */
let elsewhere: string
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider('acme', '云答科技')
  customer = await provider.customer('C-1')
  const other = await World.create()
  elsewhere = (await (await other.provider('acme')).admin()).token
  await other.close()
})
afterAll(() => world.close())

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
const viewerOf = async (caller: Caller): Promise<any> => (await caller.ask(WHO)).viewer

describe('the viewer', () => {
  const nobody = { roles: [], scopes: [], purpose: null, customer: null, app: null }

  it('is a member of staff with its roles', async () => {
    const viewer = await viewerOf(await provider.staff('AGENT', 'FINANCE'))
    expect(viewer).toMatchObject({
      ...nobody,
      kind: 'STAFF',
      roles: ['AGENT', 'FINANCE'],
      tenant: { slug: 'acme', name: '云答科技' },
    })
  })

  it("is a customer's user with its customer and its roles", async () => {
    const viewer = await viewerOf(await customer.user('SIGNATORY', 'MEMBER'))
    expect(viewer).toMatchObject({
      ...nobody,
      kind: 'CUSTOMER',
      roles: ['SIGNATORY', 'MEMBER'],
      tenant: { slug: 'acme' },
      customer: { id: customer.id, number: 'C-1' },
    })
  })

  it.each(PURPOSES)('is an app with its scopes and the purpose %s', async purpose => {
    const clientId = `portal-${purpose.toLowerCase().replace('_', '-')}`
    const scopes = ['viewer:read', 'agreement:read', 'customer:read']
    const viewer = await viewerOf(await provider.app(clientId, scopes, purpose))
    expect(viewer).toMatchObject({
      ...nobody,
      kind: 'APP',
      scopes,
      purpose,
      tenant: { slug: 'acme' },
      app: { clientId, name: `App ${clientId}` },
    })
  })

  it('is a service of the tenant, or one that is bound to a customer', async () => {
    const scopes = ['viewer:read', 'customer:read']
    expect(await viewerOf(await provider.service(scopes))).toMatchObject({
      ...nobody,
      kind: 'SERVICE',
      scopes,
      tenant: { slug: 'acme' },
    })
    const bound = await viewerOf(await provider.service(scopes, customer))
    expect(bound).toMatchObject({ ...nobody, kind: 'SERVICE', scopes, customer: { id: customer.id } })
  })

  it('sees no more of itself than its scopes open', async () => {
    const bound = await provider.service(['viewer:read'], customer)
    expect((await viewerOf(bound)).customer).toBeNull()
    const without = await provider.service(['agreement:read'])
    const { errors } = await without.send(WHO)
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })

  it('has the clock that decides, and knows when its token ends', async () => {
    await world.setClock('2028-02-29T10:15:00+08:00')
    const token = await world.token({ tenant: 'acme', role: ['AUDITOR'], ttl: 120 })
    const { serverTime, expiresAt } = await viewerOf(new Caller(world, token))
    expect(serverTime).toMatch(/^2028-02-29T02:15:0\d\.\d{3}Z$/)
    const left = Date.parse(expiresAt) - Date.now()
    expect(left).toBeGreaterThan(100_000)
    expect(left).toBeLessThanOrEqual(120_000)
  })

  it('has an id of its own that holds over its tokens, is opaque, and finds nobody else', async () => {
    const [one, again, other, user] = await Promise.all([
      provider.staff('AGENT'),
      provider.staff('AGENT'),
      provider.staff('FINANCE'),
      customer.signatory(),
    ])
    const ids = await Promise.all([one, again, other, user].map(async caller => (await viewerOf(caller)).id))
    expect(ids[0]).toBe(ids[1])
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(id).toMatch(/^[a-z]{3}_[0-9a-f-]{36}$/)
    const find = async (caller: Caller, id: string): Promise<object | null> =>
      (await caller.ask('query ($id: ID!) { node(id: $id) { id ... on Viewer { kind } } }', { id })).node
    expect(await find(one, ids[0])).toEqual({ id: ids[0], kind: 'STAFF' })
    expect(await find(other, ids[0])).toBeNull()
    expect(await find(user, ids[0])).toBeNull()
  })

  it.each([
    ['no header', undefined],
    ['no token', 'Bearer '],
    ['another scheme', 'Basic YTpi'],
    ['a token without its scheme', 'TOKEN'],
    ['a token cut short', 'Bearer CUT'],
    ['a token of another deployment', 'Bearer OTHER'],
  ])('is nobody with %s: 401, in one form for all', async (_, header) => {
    const { token } = await provider.admin()
    const authorization = header
      ?.replace('TOKEN', token)
      .replace('CUT', token.slice(0, -8))
      .replace('OTHER', elsewhere)
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
    const answer = await world.post({ query: WHO }, headers)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /)
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED'])
    expect(answer.data ?? null).toBeNull()
  })
})
