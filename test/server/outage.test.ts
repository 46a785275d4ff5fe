import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { holdTable } from '../kit/hold.js'
import { withCost } from '../kit/world.js'
import {
  admin,
  ask,
  expectUnready,
  pause,
  proxy,
  reachThroughAProxy,
  readiness,
  stale,
  world,
} from '../kit/outage.js'

reachThroughAProxy()

describe('while the database is gone', () => {
  it('every request is 503 within a second, says when to come back, and is answered again by itself', async () => {
    expect((await ask()).status).toBe(200)
    await proxy.cut()
    await stale()
    const during = await Promise.all(Array.from({ length: 30 }, () => ask()))
    for (const answer of during) {
      expectUnready(answer)
      expect(answer.ms).toBeLessThan(1_000)
    }
    const precise = await ask(undefined, { accept: 'application/graphql-response+json' })
    expectUnready(precise)
    expect(precise.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8')
    await proxy.restore()
    const after = await ask()
    expect(after.body).toEqual({
      data: { viewer: { kind: 'STAFF' }, customers: { nodes: [] } },
      extensions: withCost(),
    })
  })

  it('nobody gets in by what was known before, not even who reads nothing', async () => {
    expect((await ask('{ viewer { kind } }')).status).toBe(200)
    await proxy.cut()
    await stale()
    expectUnready(await ask('{ viewer { kind } }'))
    expectUnready(await ask('{ __typename }'))
    const forged = await fetch(`${world.address}/graphql`, {
      method: 'POST',
      headers: { authorization: 'Bearer x', 'content-type': 'application/json' },
      body: '{}',
    })
    expect([401, 503]).toContain(forged.status)
  })

  it('the process is healthy and not ready, and ready again by itself', async () => {
    expect(await readiness()).toBe(200)
    await proxy.cut()
    expect(await readiness()).toBe(503)
    expect((await fetch(`${world.address}/healthz`)).status).toBe(200)
    expect((await fetch(`${world.address}/schema.graphql`)).status).toBe(200)
    await stale()
    const keys = await fetch(`${world.address}/.well-known/jwks.json`)
    expect([keys.status, keys.headers.get('retry-after')]).toEqual([503, '2'])
    await proxy.restore()
    expect(await readiness()).toBe(200)
    expect((await fetch(`${world.address}/.well-known/jwks.json`)).status).toBe(200)
  })

  it('what was under way when it went is 503, and the log says so without an address or a password', async () => {
    const release = await holdTable(world, 'customers')
    const asked = ask('{ customers { nodes { number } } }')
    await pause(100)
    await proxy.cut()
    const answer = await asked
    expectUnready(answer, { path: ['customers'], locations: [{ line: 1, column: 3 }] })
    await release()
    const text = world.logged.join('')
    expect(text).not.toMatch(/postgres|127\.0\.0\.1|select|begin/)
    const line = world.logged
      .map(each => JSON.parse(each))
      .find(each => each.requestId === answer.headers.get('request-id') && each.level === 50)
    expect(line).toMatchObject({
      msg: 'an operation failed',
      message: 'DATABASE_UNREACHABLE',
      field: 'customers',
    })
  })

  it('a change that was under way is unknown, and its key finds out', async () => {
    const input = { idempotencyKey: randomUUID(), number: 'C-unknown', name: 'Unknown' }
    const query = `mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { customer { number } userErrors { code } } }`
    const release = await holdTable(world, 'customers')
    const asked = admin.send(query, { input })
    await pause(100)
    await proxy.cut()
    const cut = await asked
    expect([cut.status, cut.errors?.[0]?.extensions]).toEqual([503, { code: 'INTERNAL', retryAfter: 2 }])
    await release()
    await proxy.restore()
    const again = await admin.ask(query, { input })
    expect(again).toEqual({ customerCreate: { customer: { number: 'C-unknown' }, userErrors: [] } })
    expect(
      await world.sqlAsSuperuser(`select count(*)::int as n from customers where number = 'C-unknown'`),
    ).toEqual([{ n: 1 }])
  })

  it('the way to it may open and close five times, and no connection is lost', async () => {
    for (let round = 0; round < 5; round += 1) {
      await proxy.cut()
      await stale()
      expect((await ask()).status).toBe(503)
      await proxy.restore()
      const answers = await Promise.all(Array.from({ length: 9 }, () => ask()))
      expect(answers.map(answer => answer.status)).toEqual(Array.from({ length: 9 }, () => 200))
    }
  })
})

describe('while the database is silent', () => {
  it('readiness says so before a probe gives up, and the process is healthy', async () => {
    expect(await readiness()).toBe(200)
    proxy.silence()
    const begun = performance.now()
    expect(await readiness()).toBe(503)
    expect(performance.now() - begun).toBeLessThan(1_500)
    expect((await fetch(`${world.address}/healthz`)).status).toBe(200)
    await proxy.restore()
    expect(await readiness()).toBe(200)
  })
})
