import { describe, expect, it } from 'vitest'
import { compiled } from '../kit/compiled.js'
import { holdTable } from '../kit/hold.js'
import { SuretyProcess } from '../kit/process.js'
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

describe('while the database is silent', () => {
  it('requests are 503 after a bounded wait, readiness at once, and all is well again by itself', async () => {
    expect((await ask()).status).toBe(200)
    await stale()
    proxy.silence()
    const begun = performance.now()
    expect(await readiness()).toBe(503)
    expect(performance.now() - begun).toBeLessThan(1_500)
    const during = await Promise.all(Array.from({ length: 6 }, () => ask()))
    for (const answer of during) {
      expectUnready(answer)
      expect(answer.ms).toBeLessThan(7_000)
    }
    await proxy.restore()
    const after = await ask()
    expect([after.status, after.body.errors]).toEqual([200, undefined])
    expect(await readiness()).toBe(200)
  }, 60_000)

  it('what was under way is 503 once it has been silent for longer than any statement takes', async () => {
    const release = await holdTable(world, 'customers')
    const begun = performance.now()
    const asked = ask('{ customers { nodes { number } } }')
    await pause(100)
    proxy.silence()
    const answer = await asked
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2'])
    expect(performance.now() - begun).toBeLessThan(14_000)
    await release()
    await proxy.restore()
    expect((await ask()).body.errors).toBeUndefined()
  }, 60_000)

  it('a drain ends within ten seconds all the same, and says by its exit code that it cut something off', async () => {
    const program = compiled()
    const service = await SuretyProcess.start(program.cli, world, {
      databaseUrl: proxy.through(world.appUrl),
    })
    try {
      await stale()
      proxy.silence()
      const asked = fetch(`${service.address}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${admin.token}` },
        body: JSON.stringify({ query: '{ viewer { kind } }' }),
      })
      await pause(200)
      const signalled = performance.now()
      service.signal('SIGTERM')
      expect((await asked).status).toBe(503)
      const { code, at } = await service.ended
      expect(at - signalled).toBeLessThan(10_000)
      expect([0, 1]).toContain(code)
      expect(code === 1).toBe(service.log.includes('the drain took too long'))
    } finally {
      await service.stop()
      program.remove()
    }
  }, 60_000)
})
