import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askToken, lookedUpAgain, Partner, PARTNER_SCOPES, type TokenAnswer } from '../kit/partners.js'
import { Caller, type Provider, World } from '../kit/world.js'

let world: World
let provider: Provider
/** Another tenant. */
let stranger: Provider
let partner: Partner
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  stranger = await world.provider()
  partner = await Partner.register(provider)
})
afterAll(() => world.close())

const basic = (id: string, secret: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
})
const form = (more: Record<string, string> = {}): Record<string, string> => ({
  grant_type: 'client_credentials',
  client_id: partner.clientId,
  client_secret: partner.secret,
  ...more,
})

describe('POST /oauth/token (RFC 6749, 4.4)', () => {
  it('grants a token to credentials in the form: for an hour, never stored', async () => {
    const { status, headers, body } = await askToken(world, form({ purpose: 'SUPPORT_PORTAL' }))
    expect([status, headers.get('cache-control'), headers.get('pragma')]).toEqual([
      200,
      'no-store',
      'no-cache',
    ])
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: PARTNER_SCOPES.join(' '),
      purpose: 'SUPPORT_PORTAL',
    })
    const viewer = new Caller(world, body.access_token as string).ask(
      '{ viewer { kind purpose scopes app { id clientId name } tenant { slug } } }',
    )
    expect((await viewer).viewer).toEqual({
      kind: 'APP',
      purpose: 'SUPPORT_PORTAL',
      scopes: PARTNER_SCOPES,
      app: { id: partner.id, clientId: partner.clientId, name: 'Partner' },
      tenant: { slug: provider.slug },
    })
  })

  it('grants one to HTTP Basic, and narrows it to the scope that is asked for', async () => {
    const { status, body } = await askToken(
      world,
      { grant_type: 'client_credentials', scope: 'viewer:read agreement:read', purpose: 'BILLING' },
      basic(partner.clientId, partner.secret),
    )
    expect([status, body.scope]).toEqual([200, 'viewer:read agreement:read'])
    const caller = new Caller(world, body.access_token as string)
    expect((await caller.send('{ agreements { totalCount } }')).errors).toBeUndefined()
    const refused = await caller.send('{ customers { totalCount } }')
    expect(refused.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })

  it.each<[what: string, form: () => Record<string, string> | string, error: string, status: number]>([
    ['no grant type', () => ({ client_id: 'x', client_secret: 'y' }), 'invalid_request', 400],
    ['another grant type', () => form({ grant_type: 'password' }), 'unsupported_grant_type', 400],
    ['a scope beyond its own', () => form({ scope: 'agreement:write' }), 'invalid_scope', 400],
    ['a scope that is none', () => form({ scope: 'everything' }), 'invalid_scope', 400],
    ['an unknown purpose', () => form({ purpose: 'CURIOSITY' }), 'invalid_request', 400],
    [
      'a parameter twice',
      () => `${new URLSearchParams(form()).toString()}&scope=a:b&scope=a:c`,
      'invalid_request',
      400,
    ],
    ['a wrong secret', () => form({ client_secret: 'wrong' }), 'invalid_client', 401],
    [
      'a very long secret',
      () => form({ client_secret: `${partner.secret}${'x'.repeat(5000)}` }),
      'invalid_client',
      401,
    ],
    ['an unknown client', () => form({ client_id: 'nobody' }), 'invalid_client', 401],
    ['no credentials', () => ({ grant_type: 'client_credentials' }), 'invalid_client', 401],
    ['an empty body', () => '', 'invalid_request', 400],
    ['a body beyond the limit', () => form({ scope: 'x'.repeat(20_000) }), 'invalid_request', 400],
  ])('refuses %s in the words of RFC 6749, 5.2', async (_what, body, error, status) => {
    const answer = await askToken(world, body())
    expect([answer.status, answer.body.error, answer.headers.get('cache-control')]).toEqual([
      status,
      error,
      'no-store',
    ])
    expect(Object.keys(answer.body)).toEqual(['error', 'error_description'])
    expect(answer.headers.get('www-authenticate')).toBe(
      status === 401 ? 'Basic realm="surety", charset="UTF-8"' : null,
    )
  })

  it('refuses JSON, two ways of authenticating at once, and a header that is no Basic', async () => {
    const json = await askToken(world, JSON.stringify(form()), { 'content-type': 'application/json' })
    expect([json.status, json.body.error]).toEqual([400, 'invalid_request'])
    const both = await askToken(world, form(), basic(partner.clientId, partner.secret))
    expect([both.status, both.body.error]).toEqual([400, 'invalid_request'])
    for (const authorization of [
      'Bearer x',
      'Basic !!',
      'Basic ',
      `Basic ${Buffer.from('%E0%A4%A:x').toString('base64')}`,
    ]) {
      const { status, body } = await askToken(world, { grant_type: 'client_credentials' }, { authorization })
      expect([authorization, status, body.error]).toEqual([authorization, 401, 'invalid_client'])
    }
  })

  it('leaves forms to this one path', async () => {
    const response = await fetch(`${world.address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'query={viewer{kind}}',
    })
    expect(response.status).toBeGreaterThanOrEqual(400)
  })

  it('answers an unknown client, a wrong secret and a disabled app alike', async () => {
    const doomed = await Partner.register(provider)
    const caller = await doomed.caller()
    const { app } = await (await provider.admin()).mutate(
      'appDisable',
      { appId: doomed.id },
      'app { disabledAt }',
    )
    expect(app.disabledAt).toEqual(expect.any(String))
    await lookedUpAgain()
    const shape = ({ status, headers, body }: TokenAnswer): unknown => [
      status,
      body,
      headers.get('www-authenticate'),
      [...headers.keys()].sort(),
    ]
    const unknown = shape(await askToken(world, form({ client_id: '0'.repeat(32) })))
    expect(shape(await askToken(world, form({ client_secret: doomed.secret })))).toEqual(unknown)
    const disabled = { client_id: doomed.clientId, client_secret: doomed.secret }
    expect(shape(await askToken(world, form(disabled)))).toEqual(unknown)
    const locked = await caller.send('{ viewer { kind } }')
    expect([locked.status, locked.errors?.[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED'])
  })

  it('writes neither secret nor token anywhere', async () => {
    const { body } = await askToken(world, form())
    await askToken(world, form({ client_secret: 'wrong-secret-canary' }))
    const logged = world.logged.join('')
    for (const secret of [partner.secret, String(body.access_token), 'wrong-secret-canary'])
      expect(logged).not.toContain(secret)
    const rows = await world.sqlAsSuperuser<{ row: string }>(
      `select to_jsonb(each)::text as row from app_secrets each
       union all select to_jsonb(each)::text from apps each
       union all select to_jsonb(each)::text from idempotency_keys each
       union all select to_jsonb(each)::text from events each`,
    )
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.map(each => each.row).join('')).not.toContain(partner.secret)
  })
})

describe("an app's credentials", () => {
  it('change for good when the secret is rotated', async () => {
    const rotating = await Partner.register(provider)
    const old = rotating.secret
    const admin = await provider.admin()
    const input = { appId: rotating.id }
    rotating.secret = (await admin.mutate('appRotateSecret', input, 'clientSecret')).clientSecret
    expect(rotating.secret).toMatch(/^[\w-]{43}$/)
    await lookedUpAgain()
    const credentials = { client_id: rotating.clientId, client_secret: old }
    expect((await askToken(world, form(credentials))).status).toBe(401)
    expect((await (await rotating.caller()).ask('{ viewer { kind } }')).viewer.kind).toBe('APP')
  })

  it('are said once: a repeated key answers the app without its secret', async () => {
    const admin = await provider.admin()
    const document =
      'mutation ($input: AppRegisterInput!) { appRegister(input: $input) { app { id } clientSecret userErrors { code } } }'
    const input = {
      idempotencyKey: 'once',
      name: 'Once',
      contact: 'it@once.example',
      scopes: ['viewer:read'],
    }
    const first = await admin.send<any>(document, { input })
    const second = await admin.send<any>(document, { input })
    expect(first.data.appRegister.clientSecret).toMatch(/^[\w-]{43}$/)
    expect(second.data.appRegister).toEqual({
      app: first.data.appRegister.app,
      clientSecret: null,
      userErrors: [],
    })
    expect(second.extensions).toMatchObject({ replayed: ['appRegister'] })
  })

  it.each([
    [{ scopes: [] }, 'REQUIRED', 'scopes'],
    [{ scopes: ['agreement:write'] }, 'INVALID', 'scopes'],
    [{ scopes: ['no:such'] }, 'INVALID', 'scopes'],
    [{ scopes: Array.from({ length: 101 }, () => 'viewer:read') }, 'TOO_MANY', 'scopes'],
    [{ name: ' ' }, 'BLANK', 'name'],
    [{ contact: 'x'.repeat(321) }, 'TOO_LONG', 'contact'],
  ])('are not given to %j: %s', async (more, code, field) => {
    const input = { name: 'App', contact: 'it@app.example', scopes: ['viewer:read'], ...more }
    const { app, userErrors } = await (await provider.admin()).mutate('appRegister', input, 'app { id }')
    expect([app, userErrors[0]]).toMatchObject([null, { code, field: ['input', field] }])
  })

  it('are for an ADMIN alone to give, and the list of apps shows them to staff alone', async () => {
    const customer = await provider.customer()
    const input = { name: 'App', contact: 'it@app.example', scopes: ['viewer:read'] }
    for (const caller of [
      await provider.staff('AGENT'),
      await customer.signatory(),
      await partner.caller(),
    ]) {
      const answer = await caller.send(
        'mutation ($input: AppRegisterInput!) { appRegister(input: $input) { app { id } } }',
        { input: { idempotencyKey: 'k', ...input } },
      )
      expect(answer.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    }
    const auditor = await provider.staff('AUDITOR')
    const { apps } = await auditor.ask('{ apps(first: 100) { totalCount nodes { id } } }')
    expect(apps.nodes).toContainEqual({ id: partner.id })
    const seen = await (await customer.signatory()).ask('{ apps { totalCount nodes { id } } }')
    expect(seen).toEqual({ apps: { totalCount: 0, nodes: [] } })
  })

  it('are looked up by staff and the app itself, and by no customer, other app or other tenant', async () => {
    const query = 'query ($id: ID!) { app(id: $id) { name contact scopes disabledAt } node(id: $id) { id } }'
    const seen = await (await provider.staff('AGENT')).ask(query, { id: partner.id })
    expect((await (await partner.caller()).ask(query, { id: partner.id })).app).toEqual(seen.app)
    expect(seen.app).toEqual({
      name: 'Partner',
      contact: 'privacy@partner.example',
      scopes: PARTNER_SCOPES,
      disabledAt: null,
    })
    const other = await Partner.register(provider)
    for (const caller of [
      await (await provider.customer()).signatory(),
      await stranger.admin(),
      await (await stranger.customer()).signatory(),
      await other.caller(),
    ])
      expect(await caller.ask(query, { id: partner.id })).toEqual({ app: null, node: null })
  })
})
