import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { beginDemo, DEMO_APP, DEMO_APP_SCOPES, loadDemo } from '../../src/demo.js'
import { EmbeddedClock } from '../../src/persistence/embedded-clock.js'
import { Caller, World } from '../kit/world.js'

let world: World
let clock: EmbeddedClock
let admin: Caller
let startedAt: number

beforeAll(async () => {
  world = await World.create()
  clock = new EmbeddedClock(world.ownerUrl)
  startedAt = Date.now()
  const loadRest = await beginDemo(base(clock), { past: true })
  await loadRest()
  admin = new Caller(world, await world.token({ tenant: 'demo', role: ['ADMIN'] }))
})
afterAll(async () => {
  await clock.close()
  await world.close()
})

const base = (of: EmbeddedClock | null): Parameters<typeof loadDemo>[0] => ({
  ...world.parts(),
  clock: of,
  close: async () => undefined,
})

describe('the demo', () => {
  it('has something in every room', async () => {
    const { agreements, invoices, tickets, breaches, backupRuns, obligations, consentRecords } =
      await admin.ask(
        `{ agreements { nodes { number state } } invoices { nodes { number state } }
         tickets { nodes { state kind comments { totalCount } } }
         breaches { nodes { dutyClause agreement { number } assessment { state total { amount currency } } } }
         backupRuns { nodes { state slot { state } } }
         obligations(filter: { clause: ["8.3.1"], state: [MISSED] }) { nodes { subject { ... on BackupSlot { state } } } }
         consentRecords { nodes { state person { name } } } }`,
      )
    expect(agreements.nodes).toEqual([
      { number: 'YZ-2026-003', state: 'DRAFT' },
      { number: 'YZ-2026-002', state: 'DRAFT' },
      { number: 'YZ-2026-004', state: 'ACTIVE' },
      { number: 'YZ-2026-001', state: 'ACTIVE' },
    ])
    expect(invoices.nodes).toEqual([
      { number: 2, state: 'ISSUED' },
      { number: 1, state: 'PAID' },
    ])
    expect(tickets.nodes.map((each: { state: string }) => each.state).toSorted()).toEqual([
      'CLOSED',
      'IN_PROGRESS',
      'REPORTED',
      'REPORTED',
      'RESOLVED',
    ])
    const total = { amount: '12000.00', currency: 'CNY' }
    const agreement = { number: 'YZ-2026-001' }
    expect(breaches.nodes).toEqual([
      { dutyClause: '8.3.1', agreement, assessment: { state: 'INDICATIVE', total } },
      { dutyClause: '2.3.1', agreement, assessment: { state: 'INDICATIVE', total } },
    ])
    expect(backupRuns.nodes).toEqual([{ state: 'VERIFIED', slot: { state: 'KEPT' } }])
    expect(obligations.nodes).toEqual([{ subject: { state: 'MISSED' } }])
    expect(consentRecords.nodes).toEqual([{ state: 'GRANTED', person: { name: '李娜' } }])
  })

  it('has an app that sees what its customer authorised, and the name of the one person who agreed', async () => {
    const token = await world.token({
      tenant: 'demo',
      app: DEMO_APP,
      scope: [...DEMO_APP_SCOPES],
      purpose: 'SUPPORT_PORTAL',
    })
    const { tickets, agreements } = await new Caller(world, token).ask(
      '{ tickets { nodes { reporter { name redactions { reason } } } } agreements { nodes { number } } }',
    )
    expect(agreements.nodes).toEqual([{ number: 'YZ-2026-001' }])
    expect(tickets.nodes.map((each: { reporter: { name: string } }) => each.reporter.name)).toEqual([
      null,
      null,
      '李娜',
      '李娜',
    ])
  })

  it('leaves the clock right', async () => {
    const before = Date.now()
    const { viewer } = await admin.ask('{ viewer { serverTime } }')
    expect(Date.parse(viewer.serverTime) - before).toBeGreaterThanOrEqual(-1)
    expect(Date.parse(viewer.serverTime) - Date.now()).toBeLessThanOrEqual(1)
  })

  it('has a response that falls due half a minute after the start, and is then a breach', async () => {
    const { tickets } = await admin.ask(
      '{ tickets { nodes { agreement { number } responseObligation { state dueAt } } } }',
    )
    const { responseObligation } = tickets.nodes.find(
      (each: { agreement: { number: string } }) => each.agreement.number === 'YZ-2026-004',
    )
    const dueAt = Date.parse(responseObligation.dueAt)
    expect(dueAt).toBeGreaterThan(startedAt + 30_000)
    // As much later as the demo took to come so far.
    expect(dueAt).toBeLessThan(Date.now() + 30_000)
    await world.setClock(new Date(dueAt + 1))
    await world.ringDue()
    const { breaches } = await admin.ask(
      '{ breaches(first: 1) { nodes { occurredAt agreement { number } dutyClause assessment { total { amount } } } } }',
    )
    expect(breaches.nodes).toEqual([
      {
        occurredAt: responseObligation.dueAt,
        agreement: { number: 'YZ-2026-004' },
        dutyClause: '2.3.1',
        assessment: { total: { amount: '6000.00' } },
      },
    ])
  })

  it('is loaded once: again changes nothing', async () => {
    const contents = await world.contents()
    await loadDemo(base(null))
    await (await beginDemo(base(clock), { past: true }))()
    expect(await world.contents()).toEqual(contents)
  })
})

describe('a demo that was cut short', () => {
  it('is made up for by a later start, whatever the time of day is then', async () => {
    const other = await World.forTest()
    const itsClock = new EmbeddedClock(other.ownerUrl)
    const parts = { ...other.parts(), clock: itsClock, close: async () => undefined }
    await beginDemo(parts, { past: true })
    const later = Date.now() + 11 * 60_000
    vi.useFakeTimers({ toFake: ['Date'], now: later })
    try {
      await (await beginDemo(parts, { past: true }))()
    } finally {
      vi.useRealTimers()
      await itsClock.close()
    }
    const staff = new Caller(other, await other.token({ tenant: 'demo', role: ['ADMIN'] }))
    const { backupPolicies, tickets } = await staff.ask(
      '{ backupPolicies { totalCount } tickets { totalCount } }',
    )
    expect({ backupPolicies, tickets }).toEqual({
      backupPolicies: { totalCount: 1 },
      tickets: { totalCount: 5 },
    })
  }, 60_000)
})

describe('the demo in a database of the settings', () => {
  it('has no past, since nobody may set that clock, and leaves it alone', async () => {
    const other = await World.forTest()
    await loadDemo({ ...other.parts(), clock: null, close: async () => undefined })
    const staff = new Caller(other, await other.token({ tenant: 'demo', role: ['ADMIN'] }))
    const { tickets, breaches } = await staff.ask('{ tickets { totalCount } breaches { totalCount } }')
    expect({ tickets, breaches }).toEqual({ tickets: { totalCount: 5 }, breaches: { totalCount: 0 } })
    expect(await other.sqlAsOwner('select * from clock_shift')).toEqual([])
  })
})
