import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Database, systemSession } from '../../src/persistence/index.js'
import { NotifyChannel } from '../../src/persistence/notify-channel.js'
import { SharedWakeUp } from '../../src/persistence/wake-up.js'
import { entities } from '../../src/rooms.js'
import { Subscriber, until } from '../kit/subscriber.js'
import { type Provider, World } from '../kit/world.js'

let world: World
let provider: Provider
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
})
afterAll(() => world.close())

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** One process's wake-ups, with what it hears. */
async function process(): Promise<{ wakeUp: SharedWakeUp; heard: (string | null)[] }> {
  const wakeUp = new SharedWakeUp(new NotifyChannel(world.appUrl))
  onTestFinished(() => wakeUp.close())
  const heard: (string | null)[] = []
  wakeUp.onRecorded(tenantId => void heard.push(tenantId))
  await until(() => wakeUp.hearsOthers)
  heard.length = 0
  return { wakeUp, heard }
}

describe('a wake-up', () => {
  it('is heard by the other processes, and once by its own', async () => {
    const [one, other] = [await process(), await process()]
    const tenantId = randomUUID()
    one.wakeUp.announce(tenantId)
    expect(one.heard).toEqual([tenantId])
    await until(() => other.heard.length > 0)
    await pause(50)
    expect([one.heard, other.heard]).toEqual([[tenantId], [tenantId]])
  })

  it('goes out together with those of the same moment: a thousand commits are a handful of notifications', async () => {
    const [one, other] = [await process(), await process()]
    const listener = new pg.Client({ connectionString: world.appUrl })
    await listener.connect()
    onTestFinished(() => listener.end())
    await listener.query('listen surety_recorded')
    let notifications = 0
    listener.on('notification', () => (notifications += 1))
    // More than one notification holds.
    const tenants = Array.from({ length: 500 }, () => randomUUID())
    for (let at = 0; at < 1_000; at += 1) one.wakeUp.announce(tenants[at % 500] as string)
    await until(() => new Set(other.heard).size === 500)
    await pause(50)
    expect(other.heard.length).toBeLessThanOrEqual(501)
    expect(notifications).toBeLessThanOrEqual(4)
  })

  it('is heard again after the connection broke, and whoever may have missed some is told to look', async () => {
    const [one, other] = [await process(), await process()]
    await world.sqlAsSuperuser(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'surety wake-up'`,
    )
    await until(() => !other.wakeUp.hearsOthers)
    await until(() => other.wakeUp.hearsOthers && one.wakeUp.hearsOthers)
    expect(other.heard).toEqual([null])
    one.wakeUp.announce(provider.tenantId)
    await until(() => other.heard.includes(provider.tenantId))
  })

  it('brings what another process commits to a subscriber before the next look', async () => {
    const other = await Database.open({
      url: world.appUrl,
      listenUrl: world.appUrl,
      poolSize: 2,
      entities,
      newestMigration: '',
    })
    onTestFinished(() => other.close())
    const subscriber = await new Subscriber(await provider.admin()).ready()
    onTestFinished(() => subscriber.stop())
    const took: number[] = []
    for (let at = 0; at < 9; at += 1) {
      const committed = other.write(systemSession(provider.tenantId), async operation => {
        const now = await operation.now()
        operation.record({
          ...{ type: 'agreement.cancelled', category: 'CONTRACT', customerId: null, agreementId: null },
          subject: { kind: 'agr', id: randomUUID(), revision: () => 1 },
          actor: { kind: 'system', id: 'surety' },
          ...{ occurredAt: now, acceptedAt: now },
        })
      })
      await committed
      const at0 = performance.now()
      await subscriber.has(at + 1)
      took.push(performance.now() - at0)
    }
    // The look by itself comes after 400 ms, so after 200 in the middle.
    expect(took.toSorted((a, b) => a - b)[4]).toBeLessThan(100)
  })
})
