import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { World } from '../kit/world.js'

let world: World
beforeAll(async () => {
  world = await World.create()
})
afterAll(() => world.close())

/** What Chromium sends when somebody types an address. */
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${world.address}${path}`, { headers })
const openPage = () => get('/graphql', { accept: BROWSER })
const folderOf = (html: string) => /<base href="(ide\/[0-9a-f]{16}\/)" \/>/.exec(html)?.[1] ?? ''

describe('GET /graphql', () => {
  it('is the editor for a browser, kept to this server by its policy', async () => {
    const answer = await openPage()
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(
      /default-src 'none'.*script-src 'self';.*connect-src 'self'.*frame-ancestors 'none'/,
    )
    expect(policy).not.toMatch(/https?:|unsafe-eval|\*/)
    expect(answer.headers.get('vary')).toContain('accept')
    const html = await answer.text()
    expect(folderOf(html)).not.toBe('')
    expect(html).not.toMatch(/https?:\/\//)
  })

  it('is asked for again with its tag, and not sent again', async () => {
    const etag = (await openPage()).headers.get('etag') ?? ''
    const again = await get('/graphql', { accept: BROWSER, 'if-none-match': etag })
    expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, ''])
  })

  it.each([
    '*/*',
    'application/json',
    'application/graphql-response+json',
    'application/json, text/html;q=0.9',
  ])('is the API as before for who accepts %s', async accept => {
    const answer = await get('/graphql', { accept })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('content-type')).toMatch(/^application\/(graphql-response\+)?json/)
  })

  it('is the API for a browser, too, that brings a question', async () => {
    expect((await get('/graphql?query=%7Bviewer%7Bkind%7D%7D', { accept: BROWSER })).status).toBe(401)
  })

  it('is the API alone where the editor is switched off', async () => {
    const without = await World.forTest({ ide: false })
    const answer = await fetch(`${without.address}/graphql`, { headers: { accept: BROWSER } })
    expect(answer.status).toBe(401)
  })
})

describe("the editor's files", () => {
  it('are kept for ever at an address with their version, packed for who takes it', async () => {
    const folder = folderOf(await (await openPage()).text())
    const packed = await get(`/${folder}main.js`, { 'accept-encoding': 'gzip' })
    expect(packed.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(packed.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect([packed.headers.get('content-encoding'), packed.headers.get('vary')]).toEqual([
      'gzip',
      'accept-encoding',
    ])
    const plain = await get(`/${folder}main.js`, { 'accept-encoding': 'identity' })
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(await packed.text()).toBe(await plain.text())
  })

  it.each([
    'ide/0000000000000000/main.js',
    '{folder}nothing.js',
    '{folder}..%2findex.js',
    '{folder}iframe-sandbox/index.html',
    '{folder}index.html%00',
  ])('are these and no others: %s', async path => {
    const folder = folderOf(await (await openPage()).text())
    const answer = await get(`/${path.replace('{folder}', folder)}`)
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([404, 'private, no-store'])
  })
})
