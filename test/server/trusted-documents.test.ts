import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { type DocumentNode, parse, print } from 'graphql'
import { createClient } from 'graphql-sse'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { publishManifest } from '../../src/publish.js'
import { Partner } from '../kit/partners.js'
import { liveClient, until } from '../kit/subscriber.js'
import { type Caller, type Provider, World, withCost } from '../kit/world.js'

let world: World
let provider: Provider
let admin: Caller
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  admin = await provider.admin()
})
afterAll(() => world.close())

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const codegen = JSON.parse(
  readFileSync(new URL('../operations/generated/persisted-documents.json', import.meta.url), 'utf8'),
) as Record<string, string>
const VIEWER = 'query Viewer { viewer { kind } }'
const EVENTS = 'subscription Events { events { typeName } }'

/** A manifest as Apollo's tool writes it. */
const apolloManifest = (bodies: readonly string[]) => ({
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: bodies.map(body => {
    const [, type, name] = /^(\w+) (\w+)/.exec(body) as unknown as [string, string, string]
    return { id: sha256(body), body, name, type }
  }),
})
const publish = (manifest: unknown, appId: string | null = null, by = admin) =>
  by.mutate(
    'trustedDocumentsPublish',
    { manifest, ...(appId ? { appId } : {}) },
    'published unchanged app { id }',
  )
const persisted = (sha256Hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } })
const post = (caller: Caller, body: object, headers = {}) =>
  world.post(body, { authorization: `Bearer ${caller.token}`, ...headers })
const codeOf = (answer: { errors?: { extensions: { code: string } }[] }) =>
  answer.errors?.[0]?.extensions.code

/** An app with a scope and no customer: what it may ask without anybody's records. */
async function appOf(trustedOnly = false): Promise<{ id: string; caller: Caller; revision: number }> {
  const partner = await Partner.register(provider, { scopes: ['viewer:read', 'event:read'] })
  let revision = 1
  if (trustedOnly) {
    const set = await admin.mutate(
      'appTrustedOnlySet',
      { appId: partner.id, trustedOnly, expectedRevision: 1 },
      'app { trustedOnly revision }',
    )
    expect(set.app.trustedOnly).toBe(true)
    revision = set.app.revision
    await new Promise(resolve => setTimeout(resolve, 300))
  }
  return { id: partner.id, caller: await partner.caller(), revision }
}

describe('a published document', () => {
  it('of an Apollo manifest is sent by its hash alone, by POST and GET, over a WebSocket and as a stream', async () => {
    const id = sha256(VIEWER)
    expect(await publish(apolloManifest([VIEWER, EVENTS]))).toMatchObject({ published: 2, unchanged: 0 })
    const answer = { data: { viewer: { kind: 'STAFF' } }, extensions: withCost() }
    for (const asked of [persisted(id), { documentId: id }, { documentId: `sha256:${id}` }]) {
      expect(JSON.parse((await post(admin, asked)).text)).toEqual(answer)
      const address = new URLSearchParams(
        Object.entries(asked).map(([name, value]): [string, string] => [
          name,
          typeof value === 'string' ? value : JSON.stringify(value),
        ]),
      )
      const got = await fetch(`${world.address}/graphql?${address.toString()}`, {
        headers: { authorization: `Bearer ${admin.token}` },
      })
      expect(await got.json()).toEqual(answer)
      const { client } = liveClient(admin)
      onTestFinished(() => void client.dispose())
      const overSocket = await new Promise((resolve, reject) => {
        client.subscribe({ query: '', ...asked }, { next: resolve, error: reject, complete: () => undefined })
      })
      expect(overSocket).toEqual(answer)
      const stream = createClient({
        url: `${world.address}/graphql`,
        headers: { authorization: `Bearer ${admin.token}` },
        retryAttempts: 0,
      })
      for await (const each of stream.iterate({ query: '', ...asked } as never)) expect(each).toEqual(answer)
    }
  })

  it('may be a subscription', async () => {
    await publish(apolloManifest([EVENTS]))
    const { client } = liveClient(admin)
    onTestFinished(() => void client.dispose())
    const told: unknown[] = []
    client.subscribe(
      { query: '', ...persisted(sha256(EVENTS)) },
      { next: each => told.push(each.data), error: each => told.push(each), complete: () => undefined },
    )
    await new Promise(resolve => setTimeout(resolve, 250))
    await (await provider.customer()).draft()
    await until(() => told.length > 0)
    expect(told[0]).toEqual({ events: { typeName: 'agreement.drafted' } })
  })

  it('of the code generator’s manifest is sent by its documentId, with its variables', async () => {
    expect((await publish(codegen)).published).toBe(Object.keys(codegen).length)
    const [documentId] = Object.entries(codegen).find(([, body]) => body.includes('FirstAgreements')) as [
      string,
      string,
    ]
    const { data } = await post(admin, { documentId, variables: { first: 1 } })
    expect(data).toMatchObject({ agreements: { nodes: expect.any(Array) } })
  })

  it('is published once: repeated it changes nothing, and its text never changes', async () => {
    const first = await publish({ 'portal-1': 'query Mine { viewer { id } }' })
    const again = await publish({ 'portal-1': 'query Mine { viewer { id } }', 'portal-2': VIEWER })
    expect([first.published, again.published, again.unchanged]).toEqual([1, 1, 1])
    const changed = await publish({ 'portal-1': 'query Mine { viewer { kind } }', 'portal-3': VIEWER })
    expect(changed.userErrors).toMatchObject([{ code: 'TAKEN', field: ['input', 'manifest'] }])
    expect(changed.userErrors[0]?.message).toContain('Mine')
    expect(codeOf(await post(admin, { documentId: 'portal-3' }))).toBe('PERSISTED_QUERY_NOT_FOUND')
    expect((await post(admin, { documentId: 'portal-1' })).data).toMatchObject({
      viewer: { id: expect.any(String) },
    })
  })

  it('runs under the rights of whoever sends it', async () => {
    const body =
      'mutation Make($input: CustomerCreateInput!) { customerCreate(input: $input) { userErrors { code } } }'
    await publish(apolloManifest([body]))
    const member = await (await provider.customer()).user('MEMBER')
    const variables = { input: { idempotencyKey: 'k', number: 'T-1', name: 'T' } }
    expect(codeOf(await post(member, { ...persisted(sha256(body)), variables }))).toBe('FORBIDDEN')
    expect((await post(admin, { ...persisted(sha256(body)), variables })).errors).toBeUndefined()
  })
})

describe('whose documents they are', () => {
  it('an app has its own and then the tenant’s; nobody has another app’s, another tenant’s or one of a random id', async () => {
    const [one, other] = [await appOf(), await appOf()]
    const [own, common] = ['query Own { viewer { kind } }', 'query Common { viewer { kind } }']
    expect(await publish(apolloManifest([own]), one.id)).toMatchObject({ published: 1, app: { id: one.id } })
    await publish(apolloManifest([common]))
    const sees = async (caller: Caller) => {
      const answers = [own, common].map(body => post(caller, persisted(sha256(body))))
      return (await Promise.all(answers)).map(answer => codeOf(answer) ?? 'there')
    }
    const missing = 'PERSISTED_QUERY_NOT_FOUND'
    expect(await sees(one.caller)).toEqual(['there', 'there'])
    expect(await sees(other.caller)).toEqual([missing, 'there'])
    expect(await sees(admin)).toEqual([missing, 'there'])
    const stranger = await (await world.provider()).admin()
    expect(await sees(stranger)).toEqual([missing, missing])
    const random = await post(stranger, persisted(sha256('random')))
    const foreign = await post(stranger, persisted(sha256(own)))
    expect(foreign.text).toBe(random.text)
    expect(await publish({ x: VIEWER }, one.id, stranger)).toMatchObject({
      userErrors: [{ code: 'NOT_FOUND', field: ['input', 'appId'] }],
    })
  })

  it('an app that publishes its own under a name of the tenant’s has its own from then on', async () => {
    const { id, caller } = await appOf()
    await publish({ 'shared-name': 'query Shared { viewer { tenants: kind } }' })
    const asked = () => post(caller, { documentId: 'shared-name' })
    expect((await asked()).data).toEqual({ viewer: { tenants: 'APP' } })
    expect((await asked()).data).toEqual({ viewer: { tenants: 'APP' } })
    await publish({ 'shared-name': 'query Shared { viewer { own: kind } }' }, id)
    expect((await asked()).data).toEqual({ viewer: { own: 'APP' } })
    expect((await post(admin, { documentId: 'shared-name' })).data).toEqual({ viewer: { tenants: 'STAFF' } })
  })

  it('one that was asked for in vain is there as soon as it is published', async () => {
    const body = 'query Late { viewer { tenant { slug } } }'
    expect(codeOf(await post(admin, persisted(sha256(body))))).toBe('PERSISTED_QUERY_NOT_FOUND')
    await publish(apolloManifest([body]))
    expect((await post(admin, persisted(sha256(body)))).errors).toBeUndefined()
  })
})

describe('an app that may send published documents alone', () => {
  it('sends no other, by whichever way', async () => {
    const app = await appOf(true)
    await publish(apolloManifest([VIEWER, EVENTS]), app.id)
    const mine = 'query Mine { viewer { kind purpose } }'
    for (const asked of [
      { query: mine },
      { query: mine, ...persisted(sha256(mine)) },
      { query: '{ __schema { queryType { name } } }' },
    ]) {
      const asJson = await post(app.caller, asked)
      expect([asJson.status, codeOf(asJson)]).toEqual([200, 'FORBIDDEN'])
      const other = await post(app.caller, asked, { accept: 'application/graphql-response+json' })
      expect([other.status, codeOf(other)]).toEqual([403, 'FORBIDDEN'])
    }
    const { client } = liveClient(app.caller)
    onTestFinished(() => void client.dispose())
    const refused = await new Promise<unknown>(resolve => {
      client.subscribe(
        { query: EVENTS.replace('typeName', 'id') },
        { next: resolve, error: resolve, complete: () => undefined },
      )
    })
    expect(refused).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    for (const asked of [
      persisted(sha256(VIEWER)),
      { query: VIEWER },
      { query: VIEWER, ...persisted(sha256(VIEWER)) },
    ])
      expect((await post(app.caller, asked)).data).toEqual({ viewer: { kind: 'APP' } })
    const missing = await post(app.caller, persisted(sha256('nothing')))
    expect(codeOf(missing)).toBe('PERSISTED_QUERY_NOT_FOUND')
    const set = await admin.mutate('appTrustedOnlySet', {
      appId: app.id,
      trustedOnly: false,
      expectedRevision: app.revision,
    })
    expect(set.userErrors).toEqual([])
    await until(async () => codeOf(await post(app.caller, { query: mine })) === undefined, 1_000)
  })
})

describe('surety documents publish', () => {
  const base = () => ({ ...world.parts(), clock: null, close: async () => undefined })
  function file(content: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'surety-manifest-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'manifest.json'), content)
    return join(folder, 'manifest.json')
  }

  it('publishes for an app or for a tenant, says how many, and repeats nothing', async () => {
    const { id, caller } = await appOf(true)
    const body = 'query FromTerminal { viewer { kind } }'
    const manifest = file(JSON.stringify(apolloManifest([body])))
    expect(await publishManifest(base(), manifest, { app: id })).toContain('1 published, 0 there already')
    const { clientId } = (await admin.ask('query ($id: ID!) { app(id: $id) { clientId } }', { id })).app
    const again = await publishManifest(base(), manifest, { app: clientId, tenant: provider.slug })
    expect(again).toContain('0 published, 1 there already')
    expect((await post(caller, persisted(sha256(body)))).data).toEqual({ viewer: { kind: 'APP' } })
    expect(codeOf(await post(admin, persisted(sha256(body))))).toBe('PERSISTED_QUERY_NOT_FOUND')
    await publishManifest(base(), manifest, { tenant: provider.slug })
    expect(codeOf(await post(admin, persisted(sha256(body))))).toBeUndefined()
  })

  it.each([
    ['no app and no tenant', '{}', {}, /--app/],
    ['an unknown app', '{}', { app: 'nobody' }, /no app/],
    ['an unknown tenant', '{}', { tenant: 'nobody' }, /no tenant/],
    ['another tenant than the app’s', '{}', { app: 'mine', tenant: 'nobody' }, /no app/],
    ['no JSON', '{', { tenant: 'mine' }, /is not JSON/],
    [
      'a bad document',
      '{ "a": "query Bad { nothing }" }',
      { tenant: 'mine' },
      /nothing is published\.\nBad is not good: /,
    ],
  ])(
    'says in a sentence what is wrong: %s',
    async (_what, content, wish: { app?: string; tenant?: string }, said) => {
      const mine = {
        ...wish,
        ...(wish.app === 'mine' ? { app: (await appOf()).id } : {}),
        ...(wish.tenant === 'mine' ? { tenant: provider.slug } : {}),
      }
      await expect(publishManifest(base(), file(content), mine)).rejects.toThrow(said)
    },
  )
})

it('two manifests of the same documents in another order, at once, are both published', async () => {
  for (let round = 0; round < 3; round += 1) {
    const ids = Array.from({ length: 100 }, (_, at) => [
      `round${round}.${at}`,
      `query Round${round}_${at} { viewer { kind } }`,
    ])
    const both = await Promise.all([ids, ids.toReversed()].map(each => publish(Object.fromEntries(each))))
    expect(both.map(({ userErrors }) => userErrors)).toEqual([[], []])
    expect(both.reduce((sum, { published }) => sum + published, 0)).toBe(100)
  }
})

describe('what is refused', () => {
  const good = 'query Good { viewer { kind } }'
  it.each([
    ['no manifest', [], 'INVALID', ''],
    ['another format', { format: 'relay', version: 1, operations: [] }, 'INVALID', ''],
    ['another version', { ...apolloManifest([good]), version: 2 }, 'INVALID', ''],
    ['nothing', {}, 'REQUIRED', ''],
    [
      'too many',
      Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`d${at}`, good])),
      'TOO_MANY',
      '',
    ],
    ['no GraphQL', { good, bad: 'query Bad {' }, 'INVALID', '#2'],
    ['an unknown field', { good, bad: 'query Bad { nothing }' }, 'INVALID', 'Bad'],
    ['two operations', { bad: `${good} ${good.replace('Good', 'Bad')}` }, 'INVALID', '#1'],
    ['no name', { bad: '{ viewer { kind } }' }, 'INVALID', '#1'],
    [
      'one out of bounds',
      { bad: `query Bad { ${'a: viewer { '.repeat(60)}kind${' }'.repeat(61)}` },
      'INVALID',
      '#1',
    ],
    ['no text', { bad: 1 }, 'INVALID', '#1'],
    ['NUL', { bad: '# \0\nquery Bad { viewer { kind } }' }, 'INVALID', '#1'],
    ['a hash of another text', { [`sha256:${sha256('x')}`]: good }, 'INVALID', 'Good'],
    ['no id', { 'a b': good }, 'INVALID', 'Good'],
    [
      'an id twice',
      {
        format: 'apollo-persisted-query-manifest',
        version: 1,
        operations: [
          { id: 'a', body: good, name: 'Good', type: 'query' },
          { id: 'a', body: VIEWER, name: 'Viewer', type: 'query' },
        ],
      },
      'INVALID',
      'Viewer',
    ],
    [
      'another name',
      { ...apolloManifest([good]), operations: [{ ...apolloManifest([good]).operations[0], name: 'Other' }] },
      'INVALID',
      'Good',
    ],
    [
      'another type',
      {
        ...apolloManifest([good]),
        operations: [{ ...apolloManifest([good]).operations[0], type: 'mutation' }],
      },
      'INVALID',
      'Good',
    ],
  ])('a manifest with %s, as a whole and by name', async (_what, manifest, code, name) => {
    const { published, userErrors } = await publish(manifest)
    expect(published).toBeNull()
    expect(userErrors).toMatchObject([{ code, field: ['input', 'manifest'] }])
    expect(userErrors[0]?.message).toContain(name)
    expect(codeOf(await post(admin, { documentId: 'good' }))).toBe('PERSISTED_QUERY_NOT_FOUND')
  })

  it('a thousand bad documents by twenty of them, before the others are looked at', async () => {
    const odd = Array.from(
      { length: 30 },
      (_, at) => `fragment F${at} on AgreementVersionConnectio${at} { id }`,
    )
    const bad = Array.from({ length: 1_000 }, (_, at) => [
      `d${at}`,
      `query Q${at} { viewer { id } } ${odd.join(' ')}`,
    ])
    const begun = process.cpuUsage()
    const { userErrors } = await publish(Object.fromEntries(bad))
    const { user } = process.cpuUsage(begun)
    expect(userErrors).toHaveLength(20)
    expect(userErrors[19]?.message).toContain('Q19')
    // All of them would take five seconds of everybody's.
    expect(user / 1_000).toBeLessThan(1_500)
  })

  it.each([
    ['a hash that is not that of the query', { query: VIEWER, ...persisted(sha256('x')) }],
    ['a hash and an id that differ', { documentId: sha256('y'), ...persisted(sha256('x')) }],
    ['another version', { extensions: { persistedQuery: { version: 2, sha256Hash: sha256(VIEWER) } } }],
    ['no hash', { extensions: { persistedQuery: { version: 1 } } }],
    ['no object', { extensions: { persistedQuery: 'x' } }],
    ['an id that is none', { documentId: 'canary 4711' }],
    ['an id that is no text', { documentId: 4711 }],
    ['nothing at all', {}],
  ])('a request with %s', async (_what, asked) => {
    const answer = await post(admin, asked)
    expect([answer.status, codeOf(answer)]).toEqual([400, 'BAD_USER_INPUT'])
    expect(answer.text).not.toContain('4711')
  })

  it('whoever is no ADMIN', async () => {
    const agent = await provider.staff('AGENT')
    const answer = await agent.send(
      'mutation { trustedDocumentsPublish(input: { idempotencyKey: "k", manifest: {} }) { userErrors { code } } }',
    )
    expect(codeOf(answer)).toBe('FORBIDDEN')
  })
})

describe('Apollo Client', () => {
  /** The client as an app has it: its link for persisted queries before HTTP; `sent` is what left it. */
  function apollo(caller: Caller, generateHash?: (document: DocumentNode) => string) {
    const sent: Record<string, unknown>[] = []
    const http = new HttpLink({
      uri: `${world.address}/graphql`,
      headers: { authorization: `Bearer ${caller.token}` },
      fetch: (url, init) => {
        sent.push(JSON.parse(init?.body as string) as Record<string, unknown>)
        return fetch(url, init)
      },
    })
    const ids = new PersistedQueryLink(generateHash ? { generateHash } : { sha256 })
    const client = new ApolloClient({ cache: new InMemoryCache(), link: ApolloLink.from([ids, http]) })
    onTestFinished(() => client.stop())
    return { client, sent }
  }
  const PAGE = parse(
    'query Page($first: Int!) { customers(first: $first) { nodes { id number } } viewer { id kind } }',
  )
  /** What its tool makes of the app's documents: as the cache sends them. */
  const bodyOf = (document: DocumentNode): string => print(new InMemoryCache().transformDocument(document))

  it('sends the hash alone, and gets its answer', async () => {
    await publish(apolloManifest([bodyOf(PAGE)]))
    const { client, sent } = apollo(admin)
    const { data } = await client.query({ query: PAGE, variables: { first: 1 } })
    expect(data).toMatchObject({ viewer: { __typename: 'Viewer', kind: 'STAFF' } })
    expect(sent).toHaveLength(1)
    expect(sent[0]).not.toHaveProperty('query')
    expect(sent[0]).toMatchObject(persisted(sha256(bodyOf(PAGE))))
  })

  it('with ids of a manifest is served by its names', async () => {
    const manifest = { page: bodyOf(PAGE).replace('Page', 'PageOfApp') }
    const { id, caller } = await appOf(true)
    const viewer = parse('query PageOfApp { viewer { kind } }')
    await publish({ ...manifest, page: bodyOf(viewer) }, id)
    const { client, sent } = apollo(caller, () => 'page')
    expect((await client.query({ query: viewer })).data).toMatchObject({ viewer: { kind: 'APP' } })
    expect(sent).toHaveLength(1)
  })

  it('whose document is unknown sends the text once, and nothing is registered by that', async () => {
    const unknown = parse('query Unknown { viewer { id tenant { id slug } } }')
    const { client, sent } = apollo(admin)
    expect((await client.query({ query: unknown })).data).toMatchObject({ viewer: { tenant: {} } })
    expect(sent.map(each => 'query' in each)).toEqual([false, true])
    expect(codeOf(await post(admin, persisted(sha256(bodyOf(unknown)))))).toBe('PERSISTED_QUERY_NOT_FOUND')
  })

  it('of an app that may send no other is told so', async () => {
    const { caller } = await appOf(true)
    const { client, sent } = apollo(caller)
    const failed = client.query({ query: parse('query Free { viewer { id } }') })
    await expect(failed).rejects.toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
    expect(sent).toHaveLength(2)
  })
})
