import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { migrations } from '../../migrations/index.js'
import {
  AlarmClock,
  Database,
  type DueAlarm,
  eachAlarm,
  type Operation,
  systemSession,
} from '../../src/persistence/index.js'
import { createLogger } from '../../src/platform/log.js'
import { entities, jobs } from '../../src/rooms.js'
import { type Provider, World } from '../kit/world.js'

/** What one alarm does when it rings. */
type Ring = (operation: Operation, alarm: DueAlarm) => Promise<void>

const PAST = new Date('2026-01-01T00:00:00Z')
const HOUR_MS = 3_600_000
/** The clocks are compared every 5 s. */
const UNTIL_NEXT_LOOK_MS = 5_001

let world: World
let provider: Provider
let logged: string[]

beforeEach(async () => {
  world = await World.create()
  provider = await world.provider()
  logged = []
  await world.ringDue()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await world.close()
})

describe('an alarm', () => {
  it('rings once, however many clocks look: 1,000 alarms of 5 tenants, 4 clocks side by side', async () => {
    const tenants = await Promise.all(Array.from({ length: 5 }, (_, n) => world.provider(`tenant-${n}`)))
    await world.ringDue()
    for (const { tenantId } of tenants) await setAlarms(200, { tenantId })
    const rings = new Map<string, number>()
    const handler: Ring = async (operation, alarm) => {
      rings.set(alarm.subjectId, (rings.get(alarm.subjectId) ?? 0) + 1)
      recordRing(operation, alarm.subjectId)
    }
    const databases = await Promise.all(Array.from({ length: 4 }, openDatabase))
    const startedAt = performance.now()
    const rung = await Promise.all(databases.map(database => clockOn(database, { ring: handler }).ringDue()))
    console.info(`1,000 alarms in ${Math.round(performance.now() - startedAt)} ms: ${rung.join(' + ')}`)
    expect(rung.reduce((sum, each) => sum + each)).toBe(1000)
    expect([...rings.values()]).toEqual(Array(1000).fill(1))
    const [effects] = await world.sqlAsSuperuser(
      "select count(*)::int as all, count(distinct subject_id)::int as once from events where type = 'alarm.rang'",
    )
    expect(effects).toEqual({ all: 1000, once: 1000 })
    expect(await alarms('ring')).toEqual([])
  })

  it('does not ring before its instant, and rings at it, by the clock that decides', async () => {
    const due = new Date('2030-02-28T16:00:00.000Z')
    const [subject] = await setAlarms(1, { due })
    const rung: Date[] = []
    const clock = clockOn(world.database, {
      ring: async operation => void rung.push(await operation.now()),
    })
    await clock.ringDue()
    await world.setClock(new Date(due.getTime() - 60_000))
    await clock.ringDue()
    expect(rung).toEqual([])
    expect(await alarms('ring')).toMatchObject([{ subject_id: subject }])
    await world.setClock(due)
    await clock.ringDue()
    expect(rung).toHaveLength(1)
    expect((rung[0] as Date).getTime()).toBeGreaterThanOrEqual(due.getTime())
  })

  it('moves when it is set again, and is gone when it is cleared', async () => {
    const [moved, cleared] = (await setAlarms(2)) as [string, string]
    const later = new Date(Date.now() + HOUR_MS)
    await change(operation => {
      operation.setAlarm('ring', moved, later)
      operation.clearAlarm('ring', cleared)
    })
    expect(await alarms('ring')).toMatchObject([{ subject_id: moved, due_at: later, next_at: later }])
    await change(operation => operation.setAlarm('ring', moved, PAST))
    const rung = await ringing()
    expect(rung).toEqual([moved])
  })

  it('is as the last word of a change has it', async () => {
    const [one, two] = [randomUUID(), randomUUID()]
    await change(operation => {
      operation.setAlarm('ring', one, PAST)
      operation.setAlarm('ring', one, new Date(Date.now() + HOUR_MS))
      operation.setAlarm('ring', one, PAST)
      operation.clearAlarm('ring', one)
      operation.clearAlarm('ring', two)
      operation.setAlarm('ring', two, PAST)
    })
    expect(await ringing()).toEqual([two])
  })

  it('that its own handler sets again survives, for its next time', async () => {
    const [subject] = (await setAlarms(1)) as [string]
    const next = new Date(Date.now() + HOUR_MS)
    const rung = await ringing(async operation => operation.setAlarm('ring', subject, next))
    expect(rung).toEqual([subject])
    expect(await alarms('ring')).toMatchObject([{ subject_id: subject, due_at: next, attempts: 0 }])
  })

  it('of a kind nobody handles is kept, tried again and logged, and rings once somebody does', async () => {
    const [subject] = (await setAlarms(1)) as [string]
    await clockOn(world.database, {}).ringDue()
    expect(await alarms('ring')).toMatchObject([{ subject_id: subject, attempts: 1 }])
    expect(logged.join()).toContain('an alarm failed and will be tried again')
    expect(logged.join()).toContain(subject)
    await passSeconds(5)
    expect(await ringing()).toEqual([subject])
  })
})

describe('a handler', () => {
  it('that fails is tried again after 1 s, doubling up to an hour, and never given up', async () => {
    const [subject] = (await setAlarms(1)) as [string]
    const failing = clockOn(world.database, { ring: async () => Promise.reject(new Error('not yet')) })
    const waits: number[] = []
    for (let failures = 1; failures <= 15; failures++) {
      const now = await surety()
      await failing.ringDue()
      const [alarm] = (await alarms('ring')) as [AlarmRow]
      expect(alarm).toMatchObject({ subject_id: subject, attempts: failures, due_at: PAST })
      waits.push(Math.floor((alarm.next_at.getTime() - now.getTime()) / 1000))
      await world.setClock(alarm.next_at)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600])
    expect(await ringing()).toEqual([subject])
  })

  it('that fails does not hold up the others, and leaves nothing of itself behind', async () => {
    const subjects = await setAlarms(70)
    const elsewhere = await setAlarms(5, { tenantId: (await world.provider()).tenantId })
    const bad = new Set(subjects.filter((_, index) => index % 20 === 3))
    const rung = await ringing(async (operation, alarm) => {
      recordRing(operation, alarm.subjectId)
      if (!bad.has(alarm.subjectId)) return
      await operation.run('update persons set name = null')
      throw new Error('not this one')
    })
    const good = [...subjects, ...elsewhere].filter(subject => !bad.has(subject))
    const effects = await world.sqlAsSuperuser<{ subject_id: string }>(
      "select subject_id from events where type = 'alarm.rang'",
    )
    expect(effects.map(row => row.subject_id).sort()).toEqual(good.toSorted())
    expect(new Set(rung)).toEqual(new Set([...good, ...bad]))
    expect((await alarms('ring')).map(row => row.subject_id).sort()).toEqual([...bad].toSorted())
  })

  it('whose statement fails poisons nobody: each of the others rings in a transaction of its own', async () => {
    const subjects = await setAlarms(5)
    await ringing(async (operation, alarm) => {
      if (alarm.subjectId === subjects[2]) await operation.run('select 1 / 0').catch(() => undefined)
      recordRing(operation, alarm.subjectId)
    })
    expect((await alarms('ring')).map(row => row.subject_id)).toEqual([subjects[2]])
  })

  it('that is killed in the middle leaves no half of its work, and its alarm rings again at once', async () => {
    const subjects = await setAlarms(3)
    let killed = false
    const rung = await ringing(async (operation, alarm) => {
      recordRing(operation, alarm.subjectId)
      if (killed || alarm.subjectId !== subjects[1]) return
      killed = true
      const [row] = await operation.run<{ pid: number }>('select pg_backend_pid() as pid')
      await world.sqlAsSuperuser('select pg_terminate_backend($1, 1000)', [row?.pid])
      await operation.run('select 1')
    })
    expect(killed).toBe(true)
    expect(rung.filter(subject => subject === subjects[1])).toHaveLength(2)
    const effects = await world.sqlAsSuperuser<{ subject_id: string }>(
      "select subject_id from events where type = 'alarm.rang'",
    )
    expect(effects.map(row => row.subject_id).sort()).toEqual(subjects.toSorted())
    expect(await alarms('ring')).toEqual([])
  })

  it('is not waited for by whoever moves or clears its alarm meanwhile: it looks again, and sets it anew', async () => {
    const [moved, cleared] = (await setAlarms(2)) as [string, string]
    const later = new Date(Date.now() + 30 * 24 * HOUR_MS)
    const rung = await ringing(async (operation, { subjectId }) => {
      if (subjectId === cleared) return
      await change(other => {
        other.setAlarm('ring', moved, later)
        other.clearAlarm('ring', cleared)
      })
      operation.setAlarm('ring', moved, later)
    })
    expect(rung.toSorted()).toEqual([moved, cleared].toSorted())
    expect(await alarms('ring')).toMatchObject([
      { subject_id: moved, due_at: later, next_at: later, attempts: 0 },
    ])
  })

  it('that waits for what a change holds gets it when the change clears the alarm: neither waits for ever', async () => {
    const [subject] = (await setAlarms(1)) as [string]
    await provider.customer('held')
    const hold = 'select 1 from customers where tenant_id = $1 and number = $2 for update'
    const key = [provider.tenantId, 'held']
    let got = false
    let rung: Promise<string[]> = Promise.resolve([])
    await world.database.write(systemSession(provider.tenantId), async operation => {
      await operation.run(hold, key)
      rung = ringing(async handling => {
        await handling.run(hold, key)
        got = true
      })
      // It now has the alarm and waits for the customer.
      await sleep(100)
      operation.clearAlarm('ring', subject)
    })
    expect(await rung).toEqual([subject])
    expect(got).toBe(true)
    expect(await alarms('ring')).toEqual([])
  })

  it("works as the system within its own tenant's walls, and sees and reaches nothing of another", async () => {
    const other = await world.provider()
    const foreign = (await other.customer('foreign')).uuid
    const own = (await provider.customer('own')).uuid
    await setAlarms(1)
    const seen: unknown[] = []
    await ringing(async operation => {
      expect(operation.session).toEqual(systemSession(provider.tenantId))
      seen.push(await operation.run("select current_user as role, current_setting('app.kind') as kind"))
      seen.push(await operation.run('select id from customers'))
      seen.push(await operation.run("update customers set name = 'x' where id = $1 returning id", [foreign]))
      seen.push(await operation.run('select count(*)::int as alarms from alarms'))
    })
    // The one that rings, and the one that forgets idempotency keys.
    expect(seen).toEqual([[{ role: 'surety_app', kind: 'system' }], [{ id: own }], [], [{ alarms: 2 }]])
  })
})

describe('a running clock', () => {
  it('rings within a second, and once stopped finishes what rings and begins nothing more', async () => {
    const rung: string[] = []
    let release: () => void = () => undefined
    const held = new Promise<void>(resolve => (release = resolve))
    const clock = clockOn(world.database, {
      ring: async (_, alarm) => {
        rung.push(alarm.subjectId)
        await held
      },
    })
    clock.start()
    const [first] = (await setAlarms(1)) as [string]
    await vi.waitFor(() => expect(rung).toEqual([first]), { timeout: 1_000, interval: 10 })
    const stopped = clock.stop()
    await setAlarms(1)
    release()
    await stopped
    await sleep(400)
    expect(rung).toEqual([first])
    expect(await alarms('ring')).toHaveLength(1)
  })

  it('goes on after its connections were killed', async () => {
    const rung: string[] = []
    const clock = clockOn(world.database, { ring: async (_, alarm) => void rung.push(alarm.subjectId) })
    clock.start()
    onTestFinished(() => clock.stop())
    for (let n = 0; n < 3; n++) {
      await world.sqlAsSuperuser(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'surety' and datname = current_database()",
      )
      await sleep(100)
    }
    const [subject] = (await setAlarms(1)) as [string]
    await vi.waitFor(() => expect(rung).toEqual([subject]), { timeout: 2_000 })
    await clock.stop()
  })

  it('judges nothing while the clocks of its process and of the database are more than 2 s apart, says so, and goes on once they agree', async () => {
    const [wall, monotonic] = [Date.now.bind(Date), performance.now.bind(performance)]
    const offsets = { wall: -3_000, monotonic: 0 }
    vi.spyOn(Date, 'now').mockImplementation(() => wall() + offsets.wall)
    vi.spyOn(performance, 'now').mockImplementation(() => monotonic() + offsets.monotonic)
    const rung: string[] = []
    const clock = clockOn(world.database, { ring: async (_, alarm) => void rung.push(alarm.subjectId) })
    onTestFinished(() => clock.stop())
    const says = (what: string, times: number) =>
      vi.waitFor(() => expect(logged.join().split(what).length - 1).toBe(times), { timeout: 5_000 })

    // Wrong from the start, and then put right, as by a machine that learns the time after it booted.
    const [first] = (await setAlarms(1)) as [string]
    clock.start()
    await says('the clocks disagree', 1)
    await sleep(600)
    expect(rung).toEqual([])
    offsets.wall = 1_500
    offsets.monotonic += UNTIL_NEXT_LOOK_MS
    await says('the clocks agree again', 1)
    await vi.waitFor(() => expect(rung).toEqual([first]))

    // The wall clock agrees with the database's all along, but not with how much time has passed: one of the two was stepped.
    offsets.monotonic += UNTIL_NEXT_LOOK_MS
    await says('the clocks disagree', 2)
    const [second] = (await setAlarms(1)) as [string]
    await sleep(600)
    expect(rung).toEqual([first])
    offsets.monotonic += UNTIL_NEXT_LOOK_MS
    await says('the clocks agree again', 2)
    await vi.waitFor(() => expect(rung).toEqual([first, second]))
  })
})

async function setAlarms(
  count: number,
  { tenantId = provider.tenantId, due = PAST } = {},
): Promise<string[]> {
  const subjects = Array.from({ length: count }, () => randomUUID())
  await change(operation => {
    for (const subject of subjects) operation.setAlarm('ring', subject, due)
  }, tenantId)
  return subjects
}

const change = (work: (operation: Operation) => void, tenantId = provider.tenantId): Promise<void> =>
  world.database.write(systemSession(tenantId), async operation => work(operation))

/** Rings what is due and answers the subjects whose handler was called, in order. */
async function ringing(handler: Ring = async () => undefined): Promise<string[]> {
  const rung: string[] = []
  const noting: Ring = async (operation, alarm) => {
    rung.push(alarm.subjectId)
    await handler(operation, alarm)
  }
  await clockOn(world.database, { ring: noting }).ringDue()
  return rung
}

function clockOn(database: Database, handlers: Record<string, Ring>): AlarmClock {
  const log = createLogger('info', { write: line => void logged.push(line) })
  const each = Object.entries(handlers).map(([kind, ring]) => [kind, eachAlarm(ring)] as const)
  return new AlarmClock(database, new Map([...jobs, ...each]), log)
}

async function openDatabase(): Promise<Database> {
  const database = await Database.open({
    ...{ url: world.appUrl, poolSize: 3, entities },
    newestMigration: migrations.at(-1)?.name ?? '',
  })
  onTestFinished(() => database.close())
  return database
}

function recordRing(operation: Operation, subject: string): void {
  operation.record({
    ...{ type: 'alarm.rang', category: 'CONTRACT', customerId: null, agreementId: null },
    ...{ occurredAt: PAST, acceptedAt: PAST, actor: { kind: 'system', id: 'test' } },
    subject: { kind: 'tst', id: subject, revision: () => 1 },
  })
}

interface AlarmRow {
  subject_id: string
  due_at: Date
  next_at: Date
  attempts: number
}

const alarms = (kind: string): Promise<AlarmRow[]> =>
  world.sqlAsSuperuser<AlarmRow>(
    'select subject_id, due_at, next_at, attempts from alarms where kind = $1 order by subject_id',
    [kind],
  )

async function surety(): Promise<Date> {
  const [row] = await world.sqlAsSuperuser<{ now: Date }>('select surety_now() as now')
  return row?.now as Date
}

async function passSeconds(seconds: number): Promise<void> {
  await world.setClock(new Date((await surety()).getTime() + seconds * 1000))
}
