import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  breakObligation,
  type Correction,
  correctObligation,
  type Deadline,
  derivationOf,
  lockObligation,
  type NewObligation,
  type Obligation,
  pauseObligation,
  reopenObligation,
  resumeObligation,
  startObligation,
  stopObligation,
} from '../../src/obligations/index.js'
import { type Operation, systemSession } from '../../src/persistence/index.js'
import { newUuid, uuidOf } from '../../src/platform/ids.js'
import { SYSTEM_ACTOR } from '../../src/tenancy/index.js'
import { Partner } from '../kit/partners.js'
import { type AgreementHandle, type Caller, type Provider, World } from '../kit/world.js'
import { at, replayed } from './kit.js'

// Duties whose rooms are still to be built, and acts that no room offers yet, by the functions that rooms use.

let world: World
let provider: Provider
let agreement: AgreementHandle
let admin: Caller
let versionId: string

beforeAll(async () => {
  world = await World.create()
  await world.freezeClock('2026-02-01T09:00:00+08:00')
  provider = await world.provider()
  agreement = await (await provider.customer()).agreement()
  admin = await provider.admin()
  versionId = uuidOf('agv', (await agreement.read('currentVersion { id }')).currentVersion.id) as string
})
afterAll(() => world.close())

const CHINA = { timeZone: 'Asia/Shanghai', jurisdiction: 'CN' }

const work = <T>(change: (operation: Operation) => Promise<T>): Promise<T> =>
  world.database.write(systemSession(provider.tenantId), change)

/** Starts a duty of the customer's, or of whoever is said, and answers what it's about. */
async function start(
  startedAt: Date,
  deadline: Deadline,
  more: Partial<NewObligation> = {},
): Promise<string> {
  const id = newUuid()
  const customerId = uuidOf('cus', agreement.customer.id) as string
  const duty: NewObligation = {
    ...{ customerId, agreementId: agreement.uuid, versionId, clause: '6.4.1', kind: 'UPDATE' },
    ...{ owedBy: 'CUSTOMER', subject: { kind: 'tkt', id }, startedAt, deadline },
    ...more,
  }
  await work(operation => startObligation(operation, duty, SYSTEM_ACTOR))
  return id
}

const change = <T>(id: string, how: (operation: Operation, duty: Obligation) => Promise<T>): Promise<T> =>
  work(async operation => {
    const [row] = await operation.run<{ kind: string }>(
      'select kind from obligations where tenant_id = $1 and subject_id = $2',
      [provider.tenantId, id],
    )
    return how(operation, (await lockObligation(operation, id, row?.kind ?? '')) as Obligation)
  })

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
async function clockOf(id: string): Promise<any> {
  const [clock] = await world.sqlAsSuperuser(
    'select id, state, due_at as "dueAt", stopped_at as "stoppedAt", provisional from obligations where subject_id = $1',
    [id],
  )
  return clock
}
async function goTo(instant: string): Promise<void> {
  await world.freezeClock(at(instant))
  await world.ringDue()
}
const told = async (id: string): Promise<string[]> => {
  const { id: subject } = await clockOf(id)
  const journal = await world.journal(provider.tenantId)
  return journal.filter(row => row.subject_id === subject).map(row => row.type)
}

describe('working days', () => {
  it('T6: an update in five of them, from 11 February 16:20, is missed at midnight of the 26th and not before', async () => {
    await world.freezeClock(at('2026-02-11T16:20'))
    const id = await start(at('2026-02-11T16:20'), { unit: 'WORKING_DAYS', count: 5, place: CHINA })
    expect(await clockOf(id)).toMatchObject({ dueAt: at('2026-02-26T00:00'), provisional: false })
    await goTo('2026-02-25T23:59:59.999')
    expect((await clockOf(id)).state).toBe('RUNNING')
    await goTo('2026-02-26T00:00')
    expect((await clockOf(id)).state).toBe('MISSED')
    const { breaches } = await admin.ask(
      '{ breaches(filter: { dutyClause: ["6.4.1"] }) { nodes { owedBy dutyClause liabilityClause occurredAt } } }',
    )
    expect(breaches.nodes).toEqual([
      {
        ...{ owedBy: 'CUSTOMER', dutyClause: '6.4.1', liabilityClause: null },
        occurredAt: '2026-02-25T16:00:00.000Z',
      },
    ])
  })

  it('T7: a lead of five clear ones before 12 October is kept until 28 September ends', async () => {
    await world.freezeClock(at('2026-09-20T09:00'))
    const lead = { unit: 'WORKING_DAYS', count: 5, place: CHINA, before: '2026-10-12' } as const
    const notice = { clause: '6.2.1', kind: 'NOTICE', owedBy: 'PROVIDER' } as const
    const [kept, late] = [
      await start(at('2026-09-20T09:00'), lead, notice),
      await start(at('2026-09-20T09:00'), lead, notice),
    ]
    await goTo('2026-09-28T23:59:59.999')
    await change(kept, (operation, duty) =>
      stopObligation(operation, duty, at('2026-09-28T23:59:59.999'), SYSTEM_ACTOR),
    )
    await world.freezeClock(at('2026-09-29T09:00'))
    await change(late, (operation, duty) =>
      stopObligation(operation, duty, at('2026-09-29T09:00'), SYSTEM_ACTOR),
    )
    expect(await clockOf(kept)).toMatchObject({ state: 'MET', dueAt: at('2026-09-29T00:00') })
    expect(await clockOf(late)).toMatchObject({ state: 'MISSED', stoppedAt: at('2026-09-29T09:00') })
  })

  it('T20: a restore in 12 hours runs through the night before a holiday', async () => {
    await world.freezeClock(at('2026-04-30T23:00'))
    const restore = { clause: '8.3.2', kind: 'RESTORE', owedBy: 'PROVIDER' } as const
    const id = await start(at('2026-04-30T23:00'), { unit: 'HOURS', hours: '12' }, restore)
    expect((await clockOf(id)).dueAt).toEqual(at('2026-05-01T11:00'))
  })

  it('T24: five from 30 December 2026 are an estimate', async () => {
    await world.freezeClock(at('2026-12-30T10:00'))
    const id = await start(at('2026-12-30T10:00'), { unit: 'WORKING_DAYS', count: 5, place: CHINA })
    expect(await clockOf(id)).toMatchObject({ provisional: true, dueAt: at('2027-01-07T00:00') })
    await goTo('2027-02-01T00:00')
    expect((await clockOf(id)).state).toBe('RUNNING')
    const days = { publishedFrom: '2027-01-01', publishedThrough: '2027-12-31', restDays: ['2027-01-01'] }
    await admin.mutate('calendarPublish', { jurisdiction: 'CN', source: 'Notice', ...days })
    await world.ringDue()
    // 31 December, 4, 5, 6 and 7 January.
    expect(await clockOf(id)).toMatchObject({
      ...{ provisional: false, dueAt: at('2027-01-08T00:00') },
      state: 'MISSED',
    })
    expect(await told(id)).toEqual(['obligation.started', 'obligation.recalculated', 'obligation.missed'])
  })
})

describe('a forbearance', () => {
  const secret = { clause: '4.2.1', kind: 'CONFIDENTIALITY', nature: 'FORBEARANCE' } as const
  const year: Deadline = { unit: 'YEARS', count: 1, place: CHINA }

  it('that is not broken is kept by its end, of which nobody is reminded', async () => {
    await world.freezeClock(at('2027-03-01T10:00'))
    const id = await start(at('2027-03-01T10:00'), year, secret)
    await goTo('2028-03-01T23:59:59.999')
    expect((await clockOf(id)).state).toBe('RUNNING')
    await goTo('2028-03-02T00:00')
    expect(await clockOf(id)).toMatchObject({ state: 'MET', stoppedAt: at('2028-03-02T00:00') })
    expect(await told(id)).toEqual(['obligation.started', 'obligation.met'])
  })

  it('that a finding breaks is missed at that instant, once, and no end keeps it', async () => {
    await world.freezeClock(at('2028-03-02T10:00'))
    const id = await start(at('2028-03-02T10:00'), year, secret)
    await world.freezeClock(at('2028-06-01T10:00'))
    const leak = { occurredAt: at('2028-05-01T10:00'), acceptedAt: at('2028-06-01T10:00') }
    const breaking = (): Promise<boolean> =>
      change(id, (operation, duty) => breakObligation(operation, duty, leak, SYSTEM_ACTOR))
    expect([await breaking(), await breaking()]).toEqual([true, false])
    await goTo('2029-04-01T00:00')
    expect((await clockOf(id)).state).toBe('MISSED')
    expect(await told(id)).toEqual(['obligation.started', 'obligation.missed'])
  })
})

describe('a fix clock', () => {
  const fix = { clause: '2.3.1', kind: 'FIX', owedBy: 'PROVIDER' } as const
  const now = (text: string) => ({ occurredAt: at(text), acceptedAt: at(text) })

  it('T4: goes on where it stopped when it is reopened', async () => {
    await world.freezeClock(at('2029-03-10T09:00'))
    const id = await start(at('2029-03-10T09:00'), { unit: 'HOURS', hours: '8' }, fix)
    await change(id, (operation, duty) =>
      stopObligation(operation, duty, at('2029-03-10T14:00'), SYSTEM_ACTOR),
    )
    await change(id, (operation, duty) =>
      reopenObligation(operation, duty, now('2029-03-11T10:00'), SYSTEM_ACTOR),
    )
    expect(await clockOf(id)).toMatchObject({ state: 'RUNNING', dueAt: at('2029-03-11T13:00') })
  })

  it('T3: that a question and a suspension hold at once goes on when both are over', async () => {
    await world.freezeClock(at('2029-03-12T10:00'))
    const id = await start(at('2029-03-12T10:00'), { unit: 'HOURS', hours: '24' }, fix)
    const question = { reason: 'QUESTION', id: newUuid() } as const
    const act = (how: typeof pauseObligation, text: string, cause?: typeof question): Promise<void> =>
      change(id, (operation, duty) => how(operation, duty, now(text), SYSTEM_ACTOR, cause))
    await act(pauseObligation, '2029-03-12T15:00', question)
    await act(pauseObligation, '2029-03-12T18:00')
    await act(resumeObligation, '2029-03-13T09:30', question)
    expect((await clockOf(id)).state).toBe('PAUSED')
    await act(resumeObligation, '2029-03-13T09:30', question)
    await act(resumeObligation, '2029-03-13T10:30')
    expect(await clockOf(id)).toMatchObject({ state: 'RUNNING', dueAt: at('2029-03-14T05:30') })
    const seen = await admin.ask(
      'query ($id: ID!) { obligation(id: $id) { pauses { id from until reason } } }',
      {
        id: `obl_${(await clockOf(id)).id}`,
      },
    )
    expect(seen.obligation.pauses).toMatchObject([
      { from: '2029-03-12T07:00:00.000Z', until: '2029-03-13T01:30:00.000Z', reason: 'QUESTION' },
      { from: '2029-03-12T10:00:00.000Z', until: '2029-03-13T02:30:00.000Z', reason: 'SUSPENSION' },
    ])
    const [pause] = seen.obligation.pauses
    const { node } = await admin.ask(
      'query ($id: ID!) { node(id: $id) { ... on ObligationPause { id from until reason } } }',
      {
        id: pause.id,
      },
    )
    expect(node).toEqual(pause)
    // A third party that the customer lets see breaches (8.2.1) sees when and why a clock stood.
    const partner = await Partner.register(provider, {
      scopes: ['viewer:read', 'node:read', 'obligation:read'],
    })
    await partner.authorizedBy(agreement.customer, ['BREACH'])
    const shown = await (await partner.caller()).ask(
      'query ($id: ID!) { obligation(id: $id) { pauses { id from until reason } derivation { steps { code } } } }',
      { id: `obl_${(await clockOf(id)).id}` },
    )
    expect(shown.obligation.pauses).toEqual(seen.obligation.pauses)
    expect((await told(id)).filter(type => /paused|resumed/.test(type))).toEqual([
      'obligation.paused',
      'obligation.resumed',
    ])
  })
})

describe('a correction', () => {
  const response = { clause: '2.3.1', kind: 'RESPONSE', owedBy: 'PROVIDER' } as const
  const call: Correction = {
    ...{ fact: 'STOPPED', corrects: null, occurredAt: at('2029-05-01T10:05') },
    evidence: 'The call of 10:05 is on the bill.',
  }
  const correct = (id: string, correction: Correction) =>
    change(id, async (operation, duty) => {
      const acceptedAt = await operation.now()
      return correctObligation(operation, duty, correction, SYSTEM_ACTOR, acceptedAt)
    })

  it('of a response that was given by telephone: the miss was none, and both derivations are there', async () => {
    await world.freezeClock(at('2029-05-01T10:00'))
    const id = await start(at('2029-05-01T10:00'), { unit: 'HOURS', hours: '2' }, response)
    await goTo('2029-05-02T09:00')
    expect((await clockOf(id)).state).toBe('MISSED')
    const before = await world.sqlAsSuperuser(
      'select * from obligation_clock_events order by obligation_id, ordinal',
    )
    const { before: was, after } = await correct(id, call)
    expect([was.reading.state, after.reading.state]).toEqual(['MISSED', 'MET'])
    expect(await clockOf(id)).toMatchObject({ state: 'MET', stoppedAt: at('2029-05-01T10:05') })
    // Nothing of what was known is rewritten.
    const now = await world.sqlAsSuperuser(
      'select * from obligation_clock_events order by obligation_id, ordinal',
    )
    expect(now.filter(row => row.type !== 'CORRECTED')).toEqual(before)
    expect((await told(id)).slice(-2)).toEqual(['obligation.missed', 'obligation.corrected'])
    const { obligation } = await admin.ask(
      'query ($id: ID!) { obligation(id: $id) { derivation { steps { code fact evidence } } } }',
      { id: `obl_${(await clockOf(id)).id}` },
    )
    expect(obligation.derivation.steps.at(-1)).toEqual({
      ...{ code: 'CORRECTED', fact: 'STOPPED', evidence: call.evidence },
    })
  })

  it('of an answer that was none: a miss comes of it, at the due instant', async () => {
    await world.freezeClock(at('2029-05-03T10:00'))
    const id = await start(at('2029-05-03T10:00'), { unit: 'HOURS', hours: '2' }, response)
    await change(id, (operation, duty) =>
      stopObligation(operation, duty, at('2029-05-03T10:00:01'), SYSTEM_ACTOR),
    )
    await world.freezeClock(at('2029-05-04T10:00'))
    const auto = { fact: null, corrects: 1, occurredAt: at('2029-05-03T10:00:01'), evidence: 'A machine.' }
    await correct(id, auto)
    expect(await clockOf(id)).toMatchObject({
      state: 'MISSED',
      dueAt: at('2029-05-03T12:00'),
      stoppedAt: null,
    })
    expect((await told(id)).slice(-2)).toEqual(['obligation.corrected', 'obligation.missed'])
    const { reading, events } = await change(id, async (operation, duty) =>
      derivationOf(operation, duty, await operation.now()),
    )
    expect(reading.state).toBe('MISSED')
    expect(events.map(({ type }) => type)).toEqual(['STARTED', 'STOPPED', 'CORRECTED', 'MISSED'])
  })

  it('that leaves it missed makes no second miss', async () => {
    await world.freezeClock(at('2029-05-05T10:00'))
    const id = await start(at('2029-05-05T10:00'), { unit: 'HOURS', hours: '2' }, response)
    await goTo('2029-05-06T09:00')
    await correct(id, { ...call, occurredAt: at('2029-05-05T13:00') })
    expect(await clockOf(id)).toMatchObject({ state: 'MISSED', stoppedAt: at('2029-05-05T13:00') })
    expect((await told(id)).filter(type => type === 'obligation.missed')).toHaveLength(1)
  })

  it('of what is no fact of this clock is refused, and changes nothing', async () => {
    await world.freezeClock(at('2029-05-07T10:00'))
    const id = await start(at('2029-05-07T10:00'), { unit: 'HOURS', hours: '2' }, response)
    const before = await world.contents()
    const wrong: [Partial<Correction>, string][] = [
      [{ corrects: 7 }, 'NOT_FOUND'],
      [{ fact: null }, 'INVALID'],
      [{ fact: null, corrects: 0 }, 'INVALID'],
      [{ fact: 'STARTED' }, 'INVALID'],
      [{ occurredAt: at('2029-05-07T10:00:00.001') }, 'IN_FUTURE'],
    ]
    for (const [change, code] of wrong)
      await expect(correct(id, { ...call, ...change })).rejects.toMatchObject({ errors: [{ code }] })
    expect(await world.contents()).toEqual(before)
  })
})

it('each of these clocks is what its events tell', async () => {
  const clocks = await replayed(world)
  expect(clocks.length).toBeGreaterThan(10)
  for (const { stored, told } of clocks) expect(told).toEqual(stored)
})
