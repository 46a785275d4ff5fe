import { createServer, type Server } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type FetchProblem, FetchRefused, GuardedFetch } from '../../src/platform/guarded-fetch.js'
import { isPublicAddress } from '../../src/platform/public-address.js'
import { NAMES_OF_PRIVATE, PRIVATE_ADDRESSES, PRIVATE_URLS } from '../kit/private-addresses.js'

const WISH = { maxBytes: 1_000, timeoutMs: 1_000 }

/** A place of our own network that nobody outside may be led to; it counts who comes. */
let inside: Server
let port = 0
let visits = 0
beforeAll(async () => {
  inside = createServer((request, response) => {
    if (request.url === '/away') response.writeHead(302, { location: '/' }).end()
    else if (request.url === '/long') response.end('x'.repeat(2_000))
    else if (request.url === '/endless') response.write('x')
    else response.writeHead(request.url === '/missing' ? 404 : 200).end('here')
  })
  inside.on('connection', () => (visits += 1))
  await new Promise<void>(resolve => inside.listen(0, '127.0.0.1', resolve))
  port = (inside.address() as AddressInfo).port
})
afterAll(() => {
  inside.closeAllConnections()
  return new Promise(resolve => inside.close(resolve))
})

async function problemOf(fetching: Promise<unknown>): Promise<FetchProblem | 'fetched'> {
  return fetching.then(
    () => 'fetched' as const,
    error => {
      expect(error).toBeInstanceOf(FetchRefused)
      return (error as FetchRefused).problem
    },
  )
}

describe('an address that somebody else names', () => {
  it(`leads nowhere private, in any notation: no socket is opened for ${PRIVATE_URLS.length + NAMES_OF_PRIVATE.length} of them`, async () => {
    expect(PRIVATE_URLS.length + NAMES_OF_PRIVATE.length).toBeGreaterThanOrEqual(150)
    const emitted = vi.spyOn(Socket.prototype, 'emit')
    const attempts = (): number =>
      emitted.mock.calls.filter(([event]) => String(event) === 'connectionAttempt').length
    try {
      const answers = new Map(NAMES_OF_PRIVATE.map(({ name, addresses }) => [name, addresses]))
      const guarded = new GuardedFetch({
        resolve: async name =>
          (answers.get(name) ?? []).map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
      })
      for (const url of PRIVATE_URLS) {
        const problem = await problemOf(guarded.fetch(url, WISH))
        expect([url, ['fetched', 'status', 'too-large', 'redirect'].includes(problem)]).toEqual([url, false])
      }
      for (const { name } of NAMES_OF_PRIVATE)
        expect([name, await problemOf(guarded.fetch(`https://${name}/`, WISH))]).toEqual([
          name,
          'private-address',
        ])
      // Nothing but the name was ever turned to: no connection left this process.
      expect(attempts()).toBe(0)
      // A control: the same guard does connect to a public address.
      const public_ = new GuardedFetch({ resolve: async () => [{ address: '203.0.114.1', family: 4 }] })
      await problemOf(public_.fetch('https://example.test/', { ...WISH, timeoutMs: 100 }))
      expect(attempts()).toBe(1)
    } finally {
      emitted.mockRestore()
    }
    expect(visits).toBe(0)
  })

  it('is private in each of these forms, and public in those', () => {
    for (const address of PRIVATE_ADDRESSES)
      expect([address, isPublicAddress(address)]).toEqual([address, false])
    for (const address of [
      '1.1.1.1',
      '8.8.8.8',
      '100.63.255.255',
      '172.32.0.1',
      '193.0.6.139',
      '2606:4700:4700::1111',
      '2400:3200::1',
    ])
      expect([address, isPublicAddress(address)]).toEqual([address, true])
  })

  it('is looked up once: a name that answers otherwise the second time gains nothing', async () => {
    let asked = 0
    const guarded = new GuardedFetch({
      resolve: async () => [{ address: ++asked === 1 ? '203.0.114.1' : '127.0.0.1', family: 4 }],
    })
    await problemOf(guarded.fetch(`https://rebinding.test:${port}/`, { ...WISH, timeoutMs: 200 }))
    expect([asked, visits]).toEqual([1, 0])
  })

  it('may be private where the operator says so, by that host and port alone', async () => {
    const guarded = new GuardedFetch({ privateHosts: [`127.0.0.1:${port}`, `localhost:${port}`] })
    expect(await guarded.fetch(`http://127.0.0.1:${port}/`, WISH)).toMatchObject({
      status: 200,
      body: 'here',
    })
    expect(await guarded.fetch(`http://localhost:${port}/`, WISH)).toMatchObject({
      status: 200,
      body: 'here',
    })
    expect(await guarded.fetch(`http://127.0.0.1:${port}/missing`, WISH)).toMatchObject({ status: 404 })
    expect(await problemOf(guarded.fetch(`http://127.0.0.1:${port + 1}/`, WISH))).toBe('not-https')
    expect(await problemOf(guarded.fetch(`https://127.0.0.1:${port + 1}/`, WISH))).toBe('private-address')
    expect(await problemOf(guarded.fetch(`https://localhost:${port + 1}/`, WISH))).toBe('private-address')
  })

  it.each([
    ['/away', 'redirect'],
    ['/long', 'too-large'],
    ['/endless', 'timeout'],
  ])('answers in vain with %s: %s', async (path, problem) => {
    const guarded = new GuardedFetch({ privateHosts: ['127.0.0.1'] })
    const startedAt = performance.now()
    expect(
      await problemOf(guarded.fetch(`http://127.0.0.1:${port}${path}`, { ...WISH, timeoutMs: 300 })),
    ).toBe(problem)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })

  it('is gone to past any proxy of the environment', async () => {
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9')
    vi.stubEnv('http_proxy', 'http://127.0.0.1:9')
    const guarded = new GuardedFetch({ privateHosts: ['127.0.0.1'] })
    expect((await guarded.fetch(`http://127.0.0.1:${port}/`, WISH)).body).toBe('here')
    vi.unstubAllEnvs()
  })
})
