import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Metrics } from '../kit/metrics.js'
import { Subscriber } from '../kit/subscriber.js'
import { type AgreementHandle, type Caller, type Customer, type Provider, World } from '../kit/world.js'

const TOKEN = 'whoever-watches-it'
let world: World
let provider: Provider
let customer: Customer
let admin: Caller
let agreement: AgreementHandle
beforeAll(async () => {
  world = await World.create({ metricsToken: TOKEN })
  provider = await world.provider()
  customer = await provider.customer()
  admin = await provider.admin()
  agreement = await customer.agreement()
})
afterAll(() => world.close())

const head = async (): Promise<string> => (await admin.ask('{ eventCursor }')).eventCursor
const suspend = (): Promise<unknown> =>
  admin.mutate('agreementSuspend', { agreementId: agreement.id, scopes: ['BACKUP'], reason: 'a pause' })
const resume = (): Promise<unknown> =>
  admin.mutate('agreementResume', { agreementId: agreement.id, scopes: ['BACKUP'] })

async function listen(caller: Caller, options: object = {}): Promise<Subscriber> {
  const subscriber = new Subscriber(caller, options)
  onTestFinished(() => subscriber.stop())
  return subscriber.ready()
}

/** Frames that were executed and that were delivered while something was done. */
async function counted(work: () => Promise<unknown>): Promise<{ executed: number; delivered: number }> {
  const read = async (): Promise<[number, number]> => {
    const metrics = await Metrics.read(world.address, TOKEN)
    return [metrics.sum('surety_event_frames_executed_total'), metrics.sum('surety_events_delivered_total')]
  }
  const before = await read()
  await work()
  const after = await read()
  return { executed: after[0] - before[0], delivered: after[1] - before[1] }
}

describe('a frame', () => {
  it('is executed once for all who may see the same and ask alike, wherever they began', async () => {
    const staff = await Promise.all(Array.from({ length: 4 }, () => provider.staff('ADMIN')))
    // Each took a cursor of its own, as those have who come back after a cut.
    const readers = await Promise.all(
      Array.from({ length: 20 }, async (_, at) =>
        listen(staff[at % 4] as Caller, { after: await head(), fields: 'id cursor data subject { id }' }),
      ),
    )
    const { executed, delivered } = await counted(async () => {
      await suspend()
      await Promise.all(readers.map(reader => reader.has(1)))
      await resume()
      await Promise.all(readers.map(reader => reader.has(2)))
    })
    expect({ executed, delivered }).toEqual({ executed: 2, delivered: 40 })
    expect(new Set(readers.map(({ events }) => JSON.stringify(events))).size).toBe(1)
  })

  it('says to each reader what came before it: those who were together have one, those who began elsewhere their own', async () => {
    const readers = await Promise.all([
      listen(admin),
      listen(admin),
      ...Array.from({ length: 2 }, async () => listen(admin, { after: await head() })),
    ])
    const starts = readers.map(reader => reader.cursor)
    const first = await counted(async () => {
      await suspend()
      await Promise.all(readers.map(reader => reader.has(1)))
    })
    const second = await counted(async () => {
      await resume()
      await Promise.all(readers.map(reader => reader.has(2)))
    })
    expect([first.executed, second.executed]).toEqual([3, 1])
    for (const [index, { events }] of readers.entries())
      expect(events.map(event => event.previousCursor)).toEqual([starts[index], events[0]?.cursor])
  })

  it('is executed for each class of entitlement, language and document by itself', async () => {
    const fields = 'id cursor agreement { id }'
    const readers = await Promise.all([
      listen(admin, { fields }),
      listen(await provider.staff('AGENT'), { fields }),
      listen(await customer.user('MEMBER'), { fields }),
      listen(admin, { fields, params: { acceptLanguage: 'zh-CN' } }),
      listen(admin, { fields: 'id cursor' }),
      // Variables are part of what is asked.
      listen(admin, { fields, types: ['AGREEMENT_SUSPENDED'] }),
    ])
    const { executed, delivered } = await counted(async () => {
      await suspend()
      await Promise.all(readers.map(reader => reader.has(1)))
    })
    await resume()
    expect({ executed, delivered }).toEqual({ executed: readers.length, delivered: readers.length })
  })
})
