import { expect, it, onTestFinished } from 'vitest'
import { systemSession } from '../../src/persistence/index.js'
import { Subscriber, until } from '../kit/subscriber.js'
import { type Caller, type Customer, World } from '../kit/world.js'

const WRITERS = 32
const EVENTS_EACH = 12
const READERS = 10
const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
const somewhile = (ms: number): Promise<void> => pause(Math.random() * ms)

it('32 writers that dawdle before they commit: readers that are cut again and again lose nothing and reorder nothing, and a reader that asks for ids behind its last does', async () => {
  const world = await World.forTest({ poolSize: 60 })
  const provider = await world.provider()
  const staff = await provider.admin()
  const customers: [Customer, Customer] = [await provider.customer(), await provider.customer()]
  const callers = [
    staff,
    await provider.staff('AUDITOR'),
    await customers[0].user('MEMBER'),
    await customers[1].user('MEMBER'),
  ]
  const after = (await staff.ask('{ eventCursor }')).eventCursor
  const readers = Array.from(
    { length: READERS },
    (_, at) => new Subscriber(callers[at % 4] as Caller, { after, fields: 'id cursor previousCursor data' }),
  )
  onTestFinished(() => Promise.all(readers.map(reader => reader.stop())).then(() => undefined))
  await Promise.all(readers.map(reader => reader.ready()))

  let writing = true
  const naive = await NaiveLog.open(world)
  const readNaively = naive.read(() => writing)
  const cuts = (async () => {
    while (writing) {
      await somewhile(60)
      readers[Math.floor(Math.random() * READERS)]?.cut()
    }
  })()
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let at = 0; at < EVENTS_EACH; at++) {
        const customer = customers[writer % 2] as Customer
        await world.database.write(systemSession(provider.tenantId), async operation => {
          const now = await operation.now()
          await operation.run(naive.write)
          await somewhile(40)
          operation.record({
            type: 'agreement.submitted',
            category: 'CONTRACT',
            subject: { kind: 'cus', id: customer.uuid, revision: () => 1 },
            customerId: customer.uuid,
            agreementId: null,
            actor: { kind: 'system', id: 'surety' },
            occurredAt: now,
            acceptedAt: now,
            data: { writer, at },
          })
        })
      }
    }),
  )
  await pause(300)
  writing = false
  await cuts

  const stored = await world.sqlAsSuperuser<{ id: string; customer_id: string; sequence: string }>(
    'select id, customer_id, sequence from events where tenant_id = $1 order by sequence',
    [provider.tenantId],
  )
  expect(stored).toHaveLength(WRITERS * EVENTS_EACH)
  expect(stored.map(row => Number(row.sequence))).toEqual(stored.map((_, index) => index + 1))
  for (const [index, reader] of readers.entries()) {
    const expected = stored
      .filter(row => index % 4 < 2 || row.customer_id === customers[(index % 4) - 2]?.uuid)
      .map(row => `evt_${row.id}`)
    await until(() => reader.events.length >= expected.length, 15_000)
    expect(reader.events.map(event => event.id)).toEqual(expected)
    // Each is strung to the one before it: the reader itself can tell that it missed nothing.
    expect(reader.events.map(event => event.previousCursor)).toEqual([
      after,
      ...reader.events.slice(0, -1).map(event => event.cursor),
    ])
  }
  expect(readers.reduce((sum, reader) => sum + reader.subscribed, 0)).toBeGreaterThan(READERS + 5)
  expect((await readNaively).size).toBeLessThan(stored.length)
})

/**
 * What not to do, in the very same transactions: rows take their number when they are written and are seen when they are
 * committed, so a reader that asks for what is behind its last passes over those that come late.
 */
class NaiveLog {
  readonly write = 'insert into naive_log default values'
  readonly #world: World

  private constructor(world: World) {
    this.#world = world
  }

  static async open(world: World): Promise<NaiveLog> {
    await world.sqlAsSuperuser(
      'create table naive_log (id bigint generated always as identity primary key); grant insert on naive_log to surety_app',
    )
    return new NaiveLog(world)
  }

  async read(goOn: () => boolean): Promise<Set<string>> {
    const seen = new Set<string>()
    let last = '0'
    const look = async (): Promise<void> => {
      const rows = await this.#world.sqlAsSuperuser<{ id: string }>(
        'select id from naive_log where id > $1 order by id',
        [last],
      )
      for (const { id } of rows) seen.add(id)
      last = rows.at(-1)?.id ?? last
    }
    while (goOn()) {
      await look()
      await pause(20)
    }
    await look()
    return seen
  }
}
