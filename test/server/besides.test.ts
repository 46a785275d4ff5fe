import { createPublicKey, verify } from 'node:crypto'
import { buildSchema, findBreakingChanges, printSchema } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildSchema as buildOurs } from '../../src/rooms.js'
import { printSdl } from '../../src/server/index.js'
import { ISSUER, type Caller, World } from '../kit/world.js'

let world: World
let admin: Caller
beforeAll(async () => {
  world = await World.create()
  admin = await (await world.provider()).admin()
})
afterAll(() => world.close())

const get = (path: string, method = 'GET') => fetch(`${world.address}${path}`, { method })

describe('/schema.graphql', () => {
  it('is the schema that is served, with its directives', async () => {
    const answer = await get('/schema.graphql')
    const sdl = await answer.text()
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
    expect(sdl).toBe(printSdl(buildOurs()))
    expect(sdl).toContain('@discloses(category: CONTRACT)')
  })

  it('can be read by graphql-js, and says the same there', async () => {
    const read = buildSchema(await (await get('/schema.graphql')).text())
    expect(findBreakingChanges(read, buildOurs())).toEqual([])
    expect(findBreakingChanges(buildOurs(), read)).toEqual([])
    expect(printSchema(read)).toContain('type Query')
  })
})

describe('/healthz and /readyz', () => {
  it.each([
    ['/healthz', { status: 'ok' }],
    ['/readyz', { status: 'ready' }],
  ])('%s is 200 for anybody, by GET and HEAD', async (path, body) => {
    const answer = await get(path)
    expect([answer.status, await answer.json()]).toEqual([200, body])
    expect((await get(path, 'HEAD')).status).toBe(200)
  })
})

describe('/.well-known/jwks.json', () => {
  it('holds the public keys of our own tokens, and no private part', async () => {
    const answer = await get('/.well-known/jwks.json')
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    const { keys } = (await answer.json()) as { keys: Record<string, string>[] }
    expect(keys).toHaveLength(1)
    const [key] = keys
    expect(key).toEqual({
      kty: 'EC',
      crv: 'P-256',
      x: expect.stringMatching(/^[\w-]{43}$/),
      y: expect.stringMatching(/^[\w-]{43}$/),
      kid: expect.any(String),
      alg: 'ES256',
      use: 'sig',
    })
    const [header, payload, signature] = admin.token.split('.') as [string, string, string]
    expect(JSON.parse(Buffer.from(header, 'base64url').toString()).kid).toBe(key?.kid)
    const publicKey = createPublicKey({ key: key as never, format: 'jwk' })
    const data = Buffer.from(`${header}.${payload}`)
    const sealed = Buffer.from(signature, 'base64url')
    expect(verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, sealed)).toBe(true)
  })
})

describe('/.well-known/oauth-protected-resource (RFC 9728)', () => {
  it('says where tokens come from and that they go into the header', async () => {
    const answer = await get('/.well-known/oauth-protected-resource')
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await answer.json()).toEqual({
      resource: ISSUER,
      resource_name: 'Surety',
      authorization_servers: [ISSUER],
      bearer_methods_supported: ['header'],
    })
  })

  it('is where the challenge of a 401 points to', async () => {
    const answer = await fetch(`${world.address}/graphql`, { method: 'POST' })
    const address = /resource_metadata="([^"]+)"/.exec(answer.headers.get('www-authenticate') ?? '')?.[1]
    const { origin, pathname } = new URL(address as string)
    expect(origin).toBe(ISSUER)
    expect((await get(pathname)).status).toBe(200)
  })
})
