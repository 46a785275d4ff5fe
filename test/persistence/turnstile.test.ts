import { describe, expect, it } from 'vitest'
import { Turnstile } from '../../src/persistence/turnstile.js'

const LONG_MS = 10_000
const soon = () => new Promise(resolve => setImmediate(resolve))

/** Lets so many of each tenant in or wait, and notes who is let in, in which order. */
function crowd(turnstile: Turnstile) {
  const inside: string[] = []
  const come = (tenant: string, name = tenant): Promise<void> => {
    const turn = turnstile.enter(tenant) ?? Promise.resolve()
    return turn.then(() => void inside.push(name))
  }
  return { inside, come }
}

describe('turns between tenants', () => {
  it('go round: one of each tenant, in order within one, however many wait', async () => {
    const turnstile = new Turnstile(1, 1, LONG_MS)
    const { inside, come } = crowd(turnstile)
    const all = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1'].map(name => come(name.charAt(0), name))
    for (let at = 0; at < all.length; at += 1) {
      await soon()
      expect(inside).toHaveLength(at + 1)
      turnstile.leave((inside.at(-1) as string).charAt(0))
    }
    await Promise.all(all)
    expect(inside).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4'])
  })

  it('leave a place to others: a tenant is inside so often and no more', async () => {
    const turnstile = new Turnstile(2, 1, LONG_MS)
    const { inside, come } = crowd(turnstile)
    const waiting = [come('a', 'a1'), come('a', 'a2')]
    await soon()
    expect(inside).toEqual(['a1'])
    expect(turnstile.enter('b')).toBeNull()
    turnstile.leave('b')
    await soon()
    expect(inside).toEqual(['a1'])
    turnstile.leave('a')
    await Promise.all(waiting)
    expect(inside).toEqual(['a1', 'a2'])
  })

  it('share what one alone may have among those who came in the last second', async () => {
    const turnstile = new Turnstile(20, 10, LONG_MS)
    const { inside, come } = crowd(turnstile)
    for (let n = 0; n < 4; n += 1) expect(turnstile.enter('a')).toBeNull()
    for (const tenant of ['b', 'c', 'd', 'e']) expect(turnstile.enter(tenant)).toBeNull()
    // Two each of ten: who has more waits until it has less, and who has less enters.
    const more = come('a')
    expect(turnstile.enter('b')).toBeNull()
    for (let n = 0; n < 2; n += 1) turnstile.leave('a')
    await soon()
    expect(inside).toEqual([])
    turnstile.leave('a')
    await more
    expect(inside).toEqual(['a'])
    // However many came, each has one place.
    for (let n = 0; n < 11; n += 1) expect(turnstile.enter(`other ${n}`)).toBeNull()
    await new Promise(resolve => setTimeout(resolve, 1_050))
    for (let n = 0; n < 2; n += 1) turnstile.leave('a')
    for (let n = 0; n < 2; n += 1) expect(turnstile.enter('a')).toBeNull()
  })

  it('are told to come back when a hundred of the tenant wait for each of its connections, and nobody else is', async () => {
    const turnstile = new Turnstile(2, 1, LONG_MS)
    const { inside, come } = crowd(turnstile)
    const waiting = Array.from({ length: 101 }, () => come('a'))
    const busy = { code: 'RATE_LIMITED', messageKey: 'TENANT_BUSY', retryAfterSeconds: 1 }
    expect(() => turnstile.enter('a')).toThrow(expect.objectContaining(busy))
    expect(turnstile.enter('b')).toBeNull()
    for (let at = 0; at < 101; at += 1) {
      await soon()
      turnstile.leave('a')
    }
    await Promise.all(waiting)
    expect(inside).toHaveLength(101)
  })

  it('end after a while, and whoever gave up takes no place and leaves no line behind', async () => {
    const turnstile = new Turnstile(1, 1, 20)
    expect(turnstile.enter('a')).toBeNull()
    const [late, other] = [turnstile.enter('a'), turnstile.enter('b')]
    const busy = { code: 'TIMEOUT', messageKey: 'BUSY', retryAfterSeconds: 1 }
    await expect(late).rejects.toMatchObject(busy)
    await expect(other).rejects.toMatchObject(busy)
    expect(turnstile.tenants).toEqual(['a'])
    turnstile.leave('a')
    expect(turnstile.tenants).toEqual([])
    expect(turnstile.enter('b')).toBeNull()
    expect(turnstile.enter('a')).toBeInstanceOf(Promise)
    turnstile.leave('b')
    expect(turnstile.tenants).toEqual(['a'])
    turnstile.leave('a')
    expect(turnstile.tenants).toEqual([])
  })
})
