import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Operation, type Session, statement, systemSession } from '../../src/persistence/index.js'
import { Failure, refuse } from '../../src/platform/failure.js'
import { contextOf, poolOf } from '../kit/connections.js'
import { interleave } from '../kit/interleaved.js'
import { populate } from '../kit/population.js'
import { type Provider, World } from '../kit/world.js'

const POOL_SIZE = 10
const backend = statement('test_backend', 'select pg_backend_pid() as pid')
const person = statement('test_person', 'select name, phone from persons where id = $1')
const sleepInDatabase = statement('test_sleep', 'select pg_sleep($1)')
const touch = statement('test_touch', "update persons set phone = 'x'")
const limits = statement(
  'test_limits',
  `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
     current_setting('idle_in_transaction_session_timeout') as idle`,
)

let world: World
let provider: Provider
let session: Session

beforeAll(async () => {
  world = await World.create({ poolSize: POOL_SIZE })
  provider = await world.provider()
  session = systemSession(provider.tenantId)
})
afterAll(() => world.close())

describe('a change', () => {
  it('commits everything or nothing', async () => {
    const kept = randomUUID()
    const lost = randomUUID()
    await world.database.write(session, operation => addPerson(operation, kept))
    const failing = world.database.write(session, async operation => {
      await addPerson(operation, lost)
      operation.record(somethingHappened(lost))
      operation.setAlarm('test.never', lost, new Date())
      throw refuse('INVALID')
    })
    await expect(failing).rejects.toThrow('INVALID')
    expect(await stored(kept)).toHaveLength(1)
    expect(await stored(lost)).toEqual([])
    expect(await world.sqlAsSuperuser('select 1 from events where subject_id = $1', [lost])).toEqual([])
    expect(await world.sqlAsSuperuser('select 1 from alarms where subject_id = $1', [lost])).toEqual([])
  })

  it('has 10 s for a statement, 5 s for a lock, 15 s of silence, whoever makes it', async () => {
    const promised = { statement: '10s', lock: '5s', idle: '15s' }
    expect(await world.database.write(session, operation => operation.run(limits.text))).toEqual([promised])
    const reads = world.database.read(session)
    expect(await reads.rows(limits)).toEqual([promised])
    reads.close()
    const across = await world.database.acrossTenants('surety_directory', query => query(limits.text))
    expect(across.rows).toEqual([promised])
  })

  it('that runs out of time answers TIMEOUT and is undone', async () => {
    const id = randomUUID()
    const slow = world.database.write(session, async operation => {
      await addPerson(operation, id)
      await operation.run("set local statement_timeout = '30ms'")
      await operation.run('select pg_sleep(5)')
    })
    await expect(slow).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(await stored(id)).toEqual([])
  })

  it('that waits too long for a lock answers CONFLICT and is undone', async () => {
    const locked = await newPerson()
    const id = randomUUID()
    await world.database.write(session, async holder => {
      await holder.run('select 1 from persons where id = $1 for update', [locked])
      const waiter = world.database.write(session, async operation => {
        await addPerson(operation, id)
        await operation.run("set local lock_timeout = '30ms'")
        await operation.run("update persons set phone = 'waiter' where id = $1", [locked])
      })
      await expect(waiter).rejects.toMatchObject({ code: 'CONFLICT' })
    })
    expect(await stored(id)).toEqual([])
  })

  it('that loses a deadlock answers CONFLICT, and the other one commits', async () => {
    const [one, two] = [await newPerson(), await newPerson()]
    const lock = (operation: Operation, id: string) =>
      operation.run('select 1 from persons where id = $1 for update', [id])
    const both = await Promise.allSettled(
      [
        [one, two],
        [two, one],
      ].map(([first, second]) =>
        world.database.write(session, async operation => {
          await lock(operation, first as string)
          await sleep(100)
          await lock(operation, second as string)
        }),
      ),
    )
    const lost = both.filter(each => each.status === 'rejected')
    expect(lost).toHaveLength(1)
    expect(lost[0]?.reason).toMatchObject({ code: 'CONFLICT' })
  })

  it.each([false, true])(
    'whose work swallows a database error is not answered as committed (with an event: %s)',
    async withEvent => {
      const [taken, id] = [await newPerson(), randomUUID()]
      const swallowing = world.database.write(session, async operation => {
        await addPerson(operation, id)
        await addPerson(operation, taken).catch(() => undefined)
        if (withEvent) operation.record(somethingHappened(id))
        return 'committed'
      })
      await expect(swallowing).rejects.toThrow()
      expect(await stored(id)).toEqual([])
    },
  )

  it('whose commit fails is an error, and is undone', async () => {
    const world = await World.forTest()
    const { tenantId } = await world.provider()
    await world.sqlAsSuperuser(
      `create function refuse_at_commit() returns trigger language plpgsql as $$ begin raise exception 'too late'; end $$`,
    )
    await world.sqlAsSuperuser(
      'create constraint trigger too_late after insert on persons deferrable initially deferred for each row execute function refuse_at_commit()',
    )
    const id = randomUUID()
    const failing = world.database.write(systemSession(tenantId), operation => addPerson(operation, id))
    await expect(failing).rejects.toThrow('too late')
    expect(await world.sqlAsSuperuser('select 1 from persons where id = $1', [id])).toEqual([])
    await expectWholePool(world)
  })

  it('can say nothing more once it is over, so that it cannot speak in the transaction of another', async () => {
    let outliving: Operation | undefined
    let ask: ((text: string) => Promise<unknown>) | undefined
    await world.database.write(session, async operation => {
      outliving = operation
    })
    await world.database.acrossTenants('surety_directory', async query => {
      ask = query
    })
    await expect(outliving?.run('select 1')).rejects.toThrow(/over|committed/)
    await expect(ask?.('select 1')).rejects.toThrow(/over/)

    await world.database
      .write(session, async operation => {
        outliving = operation
        throw refuse('INVALID')
      })
      .catch(() => undefined)
    await expect(outliving?.run('select 1')).rejects.toThrow(/over|rolled back/)
  })

  it('is rolled back when its connection dies between two statements, and says INTERNAL', async () => {
    const id = randomUUID()
    const dying = world.database.write(session, async operation => {
      await addPerson(operation, id)
      const [row] = await operation.run<{ pid: number }>(backend.text)
      await kill(row?.pid)
      await operation.run('select 1')
    })
    const error = await dying.then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(Failure)
    expect(error).toMatchObject({ code: 'INTERNAL', messageKey: 'DATABASE_UNREACHABLE' })
    expect(await stored(id)).toEqual([])
    await expectWholePool(world)
  })

  it('is rolled back when it falls silent for too long, and the process lives on', async () => {
    const id = randomUUID()
    const silent = world.database.write(session, async operation => {
      await addPerson(operation, id)
      await operation.run("set local idle_in_transaction_session_timeout = '50ms'")
      await sleep(250)
    })
    await expect(silent).rejects.toThrow()
    expect(await stored(id)).toEqual([])
    await expectWholePool(world)
  })
})

describe('a read', () => {
  it('sees one snapshot: what changes between two reads of an answer is not in it', async () => {
    const id = await newPerson()
    const reads = world.database.read(session)
    const before = await reads.rows(person, [id])
    await world.database.write(session, operation =>
      operation.run("update persons set phone = 'changed' where id = $1", [id]),
    )
    expect(await reads.rows(person, [id])).toEqual(before)
    reads.close()
    const next = world.database.read(session)
    expect(await next.rows(person, [id])).toMatchObject([{ phone: 'changed' }])
    next.close()
  })

  it('takes no connection before its first statement, and one for all of them', async () => {
    const pool = await poolOf(world.database)
    const idle = pool.totalCount - pool.idleCount
    const reads = world.database.read(session)
    expect(pool.totalCount - pool.idleCount).toBe(idle)
    const pids = await Promise.all([1, 2, 3].map(() => reads.rows<{ pid: number }>(backend)))
    expect(new Set(pids.map(([row]) => row?.pid)).size).toBe(1)
    reads.close()
    const unused = world.database.read(session)
    unused.close()
    await expectWholePool(world)
  })

  it('changes nothing', async () => {
    const reads = world.database.read(session)
    await expect(reads.rows(touch)).rejects.toMatchObject({ code: '25006' })
    reads.close()
  })

  it('is over once closed', async () => {
    const reads = world.database.read(session)
    await reads.rows(backend)
    reads.close()
    reads.close()
    await expect(reads.rows(backend)).rejects.toThrow('the read transaction is over')
    const unused = world.database.read(session)
    unused.close()
    await expect(unused.rows(backend)).rejects.toThrow('the read transaction is over')
    await expectWholePool(world)
  })

  it('that is closed while a statement runs still gets its answer, within its own walls', async () => {
    const id = await newPerson()
    const reads = world.database.read(session)
    const asked = [reads.rows(sleepInDatabase, [0.05]), reads.rows(person, [id])]
    reads.close()
    expect((await Promise.all(asked))[1]).toHaveLength(1)
    await expectWholePool(world)
  })

  it('that runs out of time answers TIMEOUT', async () => {
    const reads = world.database.read(session)
    await reads.rows(statement('test_hurry', "set local statement_timeout = '30ms'"))
    await expect(reads.rows(sleepInDatabase, [5])).rejects.toMatchObject({ code: 'TIMEOUT' })
    reads.close()
    await expectWholePool(world)
  })

  it('whose connection dies between two statements is an error, and the pool heals', async () => {
    const reads = world.database.read(session)
    const [row] = await reads.rows<{ pid: number }>(backend)
    await kill(row?.pid)
    await expect(reads.rows(backend)).rejects.toThrow()
    reads.close()
    await expectWholePool(world)
  })
})

describe('the pool', () => {
  it('bleeds nothing: 2,000 interleaved transactions, some killed, over 10 connections', async () => {
    const world = await World.forTest({ poolSize: POOL_SIZE })
    const population = await populate(world)
    const seed = Math.floor(Math.random() * 2 ** 32)
    console.info(`interleaved transactions, seed ${seed}`)
    const outcome = await interleave(world, world.database, population, {
      transactions: 2_000,
      killEvery: 100,
      seed,
    })
    expect(outcome).toMatchObject({ transactions: 2_000, wrong: [], unexpected: [] })
    expect(outcome.killed).toBeGreaterThan(10)
    expect(outcome.cut).toBeLessThanOrEqual(outcome.killed)
    await expectWholePool(world)
    const clients = await Promise.all(
      Array.from({ length: POOL_SIZE }, async () => (await poolOf(world.database)).connect()),
    )
    const login = new URL(world.appUrl).username
    for (const client of clients) {
      expect(await contextOf(client, login, population.tables)).toEqual([])
      client.release()
    }
  })

  it('is whole again after 200 operations that failed in every way', async () => {
    const pool = await poolOf(world.database)
    const ways = [
      () => world.database.write(session, () => Promise.reject(refuse('INVALID'))),
      () => world.database.write(session, operation => operation.run('select 1 / 0')),
      () => world.database.write({ ...session, tenantId: 'no uuid' }, async () => undefined),
      () => world.database.write(session, operation => operation.run('set role surety_owner')),
      () => world.database.acrossTenants('surety_alarm', query => query('select * from customers')),
      () => world.database.acrossTenants('surety_directory', () => Promise.reject(new Error('no'))),
      async () => {
        const reads = world.database.read(session)
        await reads.rows(touch).finally(() => reads.close())
      },
      () =>
        world.database.write(session, async operation => {
          await kill((await operation.run<{ pid: number }>(backend.text))[0]?.pid)
          await operation.run('select 1')
        }),
      async () => {
        const reads = world.database.read(session)
        const [row] = await reads.rows<{ pid: number }>(backend)
        await kill(row?.pid)
        await reads.rows(backend).finally(() => reads.close())
      },
      () =>
        world.database.acrossTenants('surety_alarm', async query => {
          await kill((await query<{ pid: number }>(backend.text)).rows[0]?.pid)
          await query('select 1')
        }),
    ]
    for (let round = 0; round < 200 / ways.length; round++) {
      const results = await Promise.allSettled(ways.map(way => way()))
      expect(results.filter(result => result.status === 'fulfilled')).toEqual([])
    }
    await expectWholePool(world)
    expect(pool.totalCount).toBeLessThanOrEqual(POOL_SIZE)
  })

  it('goes on after every idle connection of it was killed', async () => {
    await expectWholePool(world)
    await world.sqlAsSuperuser(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'surety'",
    )
    await sleep(100)
    const found = await Promise.all(
      Array.from({ length: 20 }, () =>
        world.database.write(session, operation => operation.run(backend.text)),
      ),
    )
    expect(found).toHaveLength(20)
  })
})

async function newPerson(): Promise<string> {
  const id = randomUUID()
  await world.database.write(session, operation => addPerson(operation, id))
  return id
}

async function addPerson(operation: Operation, id: string): Promise<void> {
  await operation.run(
    `insert into persons (tenant_id, id, name, created_at, updated_at) values ($1, $2, 'somebody', surety_now(), surety_now())`,
    [operation.session.tenantId, id],
  )
}

function somethingHappened(id: string): Parameters<Operation['record']>[0] {
  const now = new Date()
  return {
    type: 'test.happened',
    category: 'CONTRACT',
    subject: { kind: 'tst', id, revision: () => 1 },
    customerId: null,
    agreementId: null,
    actor: { kind: 'system', id: 'test' },
    occurredAt: now,
    acceptedAt: now,
  }
}

const stored = (id: string): Promise<pg.QueryResultRow[]> =>
  world.sqlAsSuperuser('select 1 from persons where id = $1', [id])

async function kill(pid: number | undefined): Promise<void> {
  expect(await world.sqlAsSuperuser('select pg_terminate_backend($1, 1000) as killed', [pid])).toEqual([
    { killed: true },
  ])
}

/** Every connection can be had at once and speaks; and then every one of them is idle. */
async function expectWholePool(world: World): Promise<void> {
  const pool = await poolOf(world.database)
  const clients = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()))
  for (const client of clients) expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  for (const client of clients) client.release()
  expect(pool).toMatchObject({ totalCount: pool.options.max, idleCount: pool.options.max, waitingCount: 0 })
}
