import { afterEach, beforeEach, expect, inject } from 'vitest'
import { TcpProxy } from './tcp-proxy.js'
import { type Caller, type Provider, World, withCost } from './world.js'

/** For each test a world that reaches its database through a proxy, so that the database can be cut off or fall silent. */
export let proxy: TcpProxy
export let world: World
export let provider: Provider
export let admin: Caller

/** Call it once in a test file, before its tests. */
export function reachThroughAProxy(): void {
  beforeEach(async () => {
    proxy = await TcpProxy.to(inject('superuserUrl'))
    world = await World.create({ poolSize: 3, pooler: async url => proxy.through(url) })
    provider = await world.provider()
    admin = await provider.admin()
  })
  afterEach(async () => {
    await proxy.restore()
    await world.close()
    await proxy.close()
  })
}

export const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
/** Past the quarter of a second for which a look into the directory is good. */
export const stale = () => pause(300)

/** Without the token: for those of a caller whose directory can't be read, it is the same for any. */
export async function ask(
  query = '{ viewer { kind } customers { nodes { number } } }',
  headers: Record<string, string> = {},
) {
  const begun = performance.now()
  const response = await fetch(`${world.address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${admin.token}`, ...headers },
    body: JSON.stringify({ query }),
  })
  const body = (await response.json()) as { data?: unknown; errors?: unknown }
  return { status: response.status, headers: response.headers, body, ms: performance.now() - begun }
}
type Answer = Awaited<ReturnType<typeof ask>>

export function expectUnready({ status, headers, body }: Answer, place: object = {}): void {
  expect([status, body]).toEqual([
    503,
    {
      errors: [
        {
          ...place,
          message:
            'The service is not ready. Whether it happened is unknown: repeat it with the same idempotencyKey.',
          extensions: { code: 'INTERNAL', retryAfter: 2 },
        },
      ],
      // Where it became an operation before the database went.
      ...('path' in place ? { extensions: withCost() } : {}),
    },
  ])
  expect(headers.get('retry-after')).toBe('2')
  expect(headers.get('request-id')).not.toBeNull()
}

export async function readiness(): Promise<number> {
  return (await fetch(`${world.address}/readyz`)).status
}
