import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import {
  type NewEvent,
  type Operation,
  type Session,
  statement,
  systemSession,
} from '../../src/persistence/index.js'
import { refuse } from '../../src/platform/failure.js'
import { type Provider, World } from '../kit/world.js'

const WRITERS = 32
const CHANGES_EACH = 12
/** Events that a caller sees, through its walls. */
const events = statement('journal_events', 'select sequence::int, type from events order by sequence')

let world: World
let provider: Provider
let session: Session

beforeAll(async () => {
  world = await World.create({ poolSize: WRITERS + 4 })
})
afterAll(() => world.close())
beforeEach(async () => {
  provider = await world.provider()
  session = systemSession(provider.tenantId)
})

describe('the sequence of a tenant', () => {
  it('has no gap at any moment, with 32 writers who dawdle and some who give up', async () => {
    const reader = await Reader.of('select sequence::int from events where tenant_id = $1', provider.tenantId)
    let recorded = 0
    let givenUp = 0
    const readYourWrite: number[][] = []
    await writeAtOnce(async writer => {
      const count = 1 + Math.floor(Math.random() * 3)
      const giveUp = Math.random() < 0.1
      const change = world.database.write(session, async operation => {
        for (let n = 0; n < count; n++) operation.record(event(`writer.${writer}`))
        await sleep(Math.random() * 15)
        if (giveUp) throw refuse('INVALID')
      })
      if (giveUp) {
        givenUp += 1
        return expect(change).rejects.toThrow()
      }
      await change
      recorded += count
      if (writer === 0) readYourWrite.push(await sequenceOf(provider.tenantId))
    })
    const views = await reader.stop()
    const last = await sequenceOf(provider.tenantId)
    console.info(`${recorded} events by ${WRITERS} writers, ${givenUp} gave up, ${views.length} views`)
    expect(last).toEqual(oneTo(recorded))
    expect(givenUp).toBeGreaterThan(0)
    expect(views.length).toBeGreaterThan(10)
    for (const view of [...views, ...readYourWrite]) expect(view).toEqual(oneTo(view.length))
  })

  it('would show gaps to the same reader, were its numbers drawn before the commit', async () => {
    await world.sqlAsSuperuser('create table naive (tenant_id uuid, sequence bigserial)')
    await world.sqlAsSuperuser('grant insert on naive to surety_app')
    await world.sqlAsSuperuser('grant usage on sequence naive_sequence_seq to surety_app')
    const reader = await Reader.of('select sequence::int from naive where tenant_id = $1', provider.tenantId)
    await writeAtOnce(async () => {
      await world.database.write(session, async operation => {
        await operation.run('insert into naive (tenant_id) values ($1)', [provider.tenantId])
        await sleep(Math.random() * 15)
      })
    })
    const views = await reader.stop()
    expect(views.filter(view => view.some((sequence, index) => sequence !== index + 1))).not.toEqual([])
  })

  it('gives the events of one change following numbers, in the order they were recorded', async () => {
    await world.database.write(session, async operation => {
      for (const type of ['first.of', 'second.of', 'third.of']) operation.record(event(type))
    })
    await world.database.write(session, async operation => operation.record(event('first.after')))
    const reads = world.database.read(session)
    expect(await reads.rows(events)).toEqual([
      { sequence: 1, type: 'first.of' },
      { sequence: 2, type: 'second.of' },
      { sequence: 3, type: 'third.of' },
      { sequence: 4, type: 'first.after' },
    ])
    reads.close()
  })

  it('does not make one tenant wait for another, and makes two writers of one tenant wait', async () => {
    const other = systemSession((await world.provider()).tenantId)
    const order: string[] = []
    let waiting: Promise<unknown> = Promise.resolve()
    await world.database.write(session, async operation => {
      await operation.run('update event_heads set sequence = sequence')
      waiting = write(session).then(() => order.push('the same tenant'))
      await write(other).then(() => order.push('another tenant'))
      await sleep(50)
      order.push('the holder lets go')
    })
    await waiting
    expect(order).toEqual(['another tenant', 'the holder lets go', 'the same tenant'])
  })

  it('is taken last: who has recorded but not finished holds nobody up', async () => {
    await world.database.write(session, async operation => {
      operation.record(event('slow.writer'))
      await write(session)
    })
    expect(await sequenceOf(provider.tenantId)).toEqual([1, 2])
  })
})

describe('the journal', () => {
  it.each([
    "update events set type = 'forged'",
    'update events set sequence = sequence + 1000',
    'delete from events',
    'truncate events',
    'delete from event_heads',
    'truncate event_heads',
    'update event_heads set tenant_id = gen_random_uuid()',
    'alter table events disable trigger all',
  ])('is append-only for whoever works for a tenant: %s', async sql => {
    await write(session)
    for (const kind of ['system', 'staff'] as const) {
      const forging = world.database.write({ ...session, kind }, operation => operation.run(sql))
      await expect(forging).rejects.toMatchObject({ code: '42501' })
    }
    expect(await sequenceOf(provider.tenantId)).toEqual([1])
  })

  it('keeps what it was given: the instants to the millisecond, the data as it was, the revision after the flush', async () => {
    const id = randomUUID()
    const [occurredAt, acceptedAt] = [
      new Date('2026-04-01T01:02:03.004Z'),
      new Date('2026-04-02T05:06:07.999Z'),
    ]
    const data = { text: '违约金 "5%" \\ \u{1F4DC}', number: 0.1, none: null, list: [1, { deep: true }] }
    let revision = 1
    await world.database.write(session, async operation => {
      operation.record({
        ...{ ...event('kept.whole'), occurredAt, acceptedAt, data, clause: '5.3.1' },
        subject: { kind: 'tst', id, revision: () => revision },
      })
      revision = 7
    })
    const [row] = await world.journal(provider.tenantId)
    expect(row).toMatchObject({ subject_id: id, subject_revision: 7, clause: '5.3.1', data })
    expect(row).toMatchObject({ occurred_at: occurredAt, accepted_at: acceptedAt })
  })

  it("shows a customer its own events, an app those of its grants, and nobody a tenant's that isn't theirs", async () => {
    const [one, two] = [(await provider.customer()).uuid, (await provider.customer()).uuid]
    await world.database.write(session, async operation => {
      operation.record(event('of.tenant'))
      operation.record({ ...event('of.one'), customerId: one })
      operation.record({ ...event('of.two'), customerId: two })
      operation.record({ ...event('of.one.contact'), customerId: one, category: 'CONTACT' })
    })
    const typesFor = async (rest: Partial<Session>): Promise<string[]> => {
      const reads = world.database.read({ ...session, kind: 'staff', ...rest })
      const rows = await reads.rows<{ type: string }>(events)
      reads.close()
      return rows.map(row => row.type).filter(type => type.startsWith('of.'))
    }
    expect(await typesFor({})).toEqual(['of.tenant', 'of.one', 'of.two', 'of.one.contact'])
    expect(await typesFor({ kind: 'customer', customerId: one })).toEqual(['of.one', 'of.one.contact'])
    const grants = [{ customerId: one, category: 'CONTACT' as const }]
    expect(await typesFor({ kind: 'app', appId: randomUUID(), grants })).toEqual(['of.one.contact'])
    expect(await typesFor({ kind: 'app', appId: randomUUID() })).toEqual([])
    const elsewhere = await world.provider()
    expect(await typesFor({ tenantId: elsewhere.tenantId })).toEqual([])
  })

  it('commits with its change or not at all, through the API as well', async () => {
    const customer = await provider.customer()
    const agreement = await customer.draft()
    const before = await sequenceOf(provider.tenantId)
    const admin = await provider.admin()
    const refused = await admin.mutate('agreementSign', { agreementId: agreement.id, contentHash: 'none' })
    expect(refused.userErrors).not.toEqual([])
    expect(await sequenceOf(provider.tenantId)).toEqual(before)
    await agreement.submit()
    expect(await sequenceOf(provider.tenantId)).toEqual(oneTo(before.length + 1))
  })
})

function event(type: string): NewEvent {
  const now = new Date()
  return {
    ...{ type, category: 'CONTRACT', customerId: null, agreementId: null, occurredAt: now, acceptedAt: now },
    subject: { kind: 'tst', id: randomUUID(), revision: () => 1 },
    actor: { kind: 'system', id: 'test' },
  }
}

const write = (session: Session): Promise<void> =>
  world.database.write(session, async (operation: Operation) => operation.record(event('some.thing')))

async function writeAtOnce(change: (writer: number) => Promise<void>): Promise<void> {
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let n = 0; n < CHANGES_EACH; n++) await change(writer)
    }),
  )
}

async function sequenceOf(tenantId: string): Promise<number[]> {
  return (await world.journal(tenantId)).map(row => row.sequence)
}

const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

/** Reads again and again on one connection, and keeps every view it had. */
class Reader {
  readonly #views: number[][] = []
  #stopped = false
  #reading: Promise<void> = Promise.resolve()

  static async of(sql: string, tenantId: string): Promise<Reader> {
    const url = new URL(world.superuserUrl)
    url.pathname = new URL(world.appUrl).pathname
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    onTestFinished(() => client.end())
    const reader = new Reader()
    reader.#reading = reader.#read(client, sql, tenantId)
    return reader
  }

  async #read(client: pg.Client, sql: string, tenantId: string): Promise<void> {
    while (!this.#stopped) {
      const { rows } = await client.query<{ sequence: number }>(sql, [tenantId])
      this.#views.push(rows.map(row => row.sequence).sort((a, b) => a - b))
    }
  }

  async stop(): Promise<number[][]> {
    this.#stopped = true
    await this.#reading
    return this.#views
  }
}
