import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { done } from '../kit/done.js'
import { type AgreementHandle, type Caller, type Provider, World } from '../kit/world.js'

let world: World
let provider: Provider
let admin: Caller

beforeEach(async () => {
  world = await World.create()
  await world.setClock('2026-04-01T09:00:00+08:00')
  provider = await world.provider()
  admin = await provider.admin()
})
afterEach(() => world.close())

async function goTo(at: string): Promise<void> {
  await world.freezeClock(at)
  await world.ringDue()
}

/** Backups at 02:30 of every day with an hour of grace. */
async function daily(
  from: string,
  terms: object = {},
): Promise<{ agreement: AgreementHandle; agent: Caller }> {
  await world.freezeClock(from)
  const customer = await provider.customer()
  const agreement = await customer.agreement(terms)
  await done(admin, 'backupPolicySet', { agreementId: agreement.id, dailyAt: '02:30', graceMinutes: 60 })
  return { agreement, agent: await provider.service(['backup:run'], customer) }
}

async function startRun(agent: Caller, agreement: AgreementHandle): Promise<string> {
  const input = { agreementId: agreement.id }
  return (await done(agent, 'backupRunStart', input, 'backupRun { id }')).backupRun.id
}

async function finishAndVerify(agent: Caller, runId: string): Promise<void> {
  await done(agent, 'backupRunFinish', { runId, succeeded: true, byteSize: '10', sha256: 'a'.repeat(64) })
  await done(agent, 'backupRunVerify', { runId, succeeded: true, note: 'read' })
}

const suspend = (agreement: AgreementHandle): Promise<unknown> =>
  done(admin, 'agreementSuspend', { agreementId: agreement.id, scopes: ['BACKUP'], reason: 'moving' })

const breachesOf = async (agreement: AgreementHandle): Promise<string[]> =>
  (await agreement.read('breaches(first: 100) { nodes { occurredAt } }')).breaches.nodes
    .map((breach: { occurredAt: string }) => breach.occurredAt)
    .reverse()

const dutiesOf = async (agreement: AgreementHandle): Promise<{ state: string; stoppedAt: string | null }[]> =>
  (await agreement.read('obligations { nodes { state stoppedAt } }')).obligations.nodes

describe('what becomes of a slot does not depend on when the clock rings (clause 8.3.1)', () => {
  it('a suspension after the grace ended cures nothing', async () => {
    const { agreement } = await daily('2026-05-01T12:00:00+08:00')
    await goTo('2026-05-02T02:30:00+08:00')
    await world.freezeClock('2026-05-02T03:31:00+08:00')
    await suspend(agreement)
    await world.ringDue()
    expect(await breachesOf(agreement)).toEqual(['2026-05-01T19:30:00.000Z'])
  })

  it('nor does an end of the agreement', async () => {
    const { agreement } = await daily('2026-05-01T12:00:00+08:00')
    await world.freezeClock('2026-05-02T03:31:00+08:00')
    await done(admin, 'agreementTerminate', { agreementId: agreement.id, reason: 'moved away' })
    await world.ringDue()
    expect(await breachesOf(agreement)).toEqual(['2026-05-01T19:30:00.000Z'])
  })

  it('a suspension within the grace skips it, also when its alarm rings behind that', async () => {
    const { agreement } = await daily('2026-05-01T12:00:00+08:00')
    await world.freezeClock('2026-05-02T03:00:00+08:00')
    await suspend(agreement)
    await world.freezeClock('2026-05-02T03:10:00+08:00')
    await done(admin, 'agreementResume', { agreementId: agreement.id, scopes: ['BACKUP'] })
    await goTo('2026-05-02T12:00:00+08:00')
    expect(await breachesOf(agreement)).toEqual([])
  })

  it('another policy after it began leaves it owed, and is owed itself from its own first slot', async () => {
    const { agreement } = await daily('2026-05-01T12:00:00+08:00')
    // The clock ticks every 250 ms: it has yet to ring.
    await world.freezeClock('2026-05-02T02:30:00.100+08:00')
    await done(admin, 'backupPolicySet', { agreementId: agreement.id, dailyAt: '02:20' })
    await goTo('2026-05-02T12:00:00+08:00')
    expect(await breachesOf(agreement)).toEqual(['2026-05-01T19:30:00.000Z'])
    await goTo('2026-05-03T12:00:00+08:00')
    expect(await breachesOf(agreement)).toEqual(['2026-05-01T19:30:00.000Z', '2026-05-02T19:20:00.000Z'])
  })

  it('a run that began on the dot keeps it, though the clock rang a tenth of a second later', async () => {
    const { agreement, agent } = await daily('2026-05-01T12:00:00+08:00')
    await world.freezeClock('2026-05-02T02:30:00.000+08:00')
    const run = await startRun(agent, agreement)
    await goTo('2026-05-02T02:30:00.100+08:00')
    await goTo('2026-05-02T02:50:00+08:00')
    await finishAndVerify(agent, run)
    await goTo('2026-05-02T12:00:00+08:00')
    expect(await breachesOf(agreement)).toEqual([])
  })

  it('a run that was made and verified while nobody rang keeps it', async () => {
    const { agreement, agent } = await daily('2026-05-01T12:00:00+08:00')
    await world.freezeClock('2026-05-02T02:31:00+08:00')
    const run = await startRun(agent, agreement)
    await world.freezeClock('2026-05-02T02:50:00+08:00')
    await finishAndVerify(agent, run)
    await goTo('2026-05-02T04:00:00+08:00')
    expect(await breachesOf(agreement)).toEqual([])
    expect(await dutiesOf(agreement)).toEqual([{ state: 'MET', stoppedAt: '2026-05-01T18:50:00.000Z' }])
    const { backupRuns } = await agreement.read('backupRuns { nodes { slot { state } } }')
    expect(backupRuns.nodes).toEqual([{ slot: { state: 'KEPT' } }])
  })

  it('one that was verified behind its grace while nobody rang keeps nothing', async () => {
    const { agreement, agent } = await daily('2026-05-01T12:00:00+08:00')
    await world.freezeClock('2026-05-02T02:31:00+08:00')
    const run = await startRun(agent, agreement)
    await world.freezeClock('2026-05-02T03:30:00.001+08:00')
    await finishAndVerify(agent, run)
    await world.ringDue()
    expect(await breachesOf(agreement)).toEqual(['2026-05-01T19:30:00.000Z'])
  })

  it('those of the last days are owed, though nobody looked until the term was over', async () => {
    const { agreement } = await daily('2026-04-01T12:00:00+08:00', { termYears: 1 })
    expect(await agreement.read('endsOn')).toEqual({ endsOn: '2027-04-01' })
    // A year of slots is long: the chain goes on where its last days begin.
    await world.sqlAsSuperuser(
      `update alarms set due_at = '2027-03-30T02:30:00+08:00', next_at = '2027-03-30T02:30:00+08:00' where kind = 'backup.slot'`,
    )
    await goTo('2027-04-05T12:00:00+08:00')
    expect(await breachesOf(agreement)).toEqual([
      '2027-03-29T19:30:00.000Z',
      '2027-03-30T19:30:00.000Z',
      '2027-03-31T19:30:00.000Z',
    ])
    expect(await world.sqlAsSuperuser("select 1 from alarms where kind = 'backup.slot'")).toEqual([])
  })

  it('a grace of odd minutes reads as it was agreed', async () => {
    await world.freezeClock('2026-05-01T12:00:00+08:00')
    const agreement = await (await provider.customer()).agreement()
    await done(admin, 'backupPolicySet', { agreementId: agreement.id, dailyAt: '02:30', graceMinutes: 50 })
    await goTo('2026-05-02T02:31:00+08:00')
    const { obligations } = await agreement.read(
      'obligations { nodes { derivation { steps { code at text } } } }',
    )
    expect(obligations.nodes[0].derivation.steps[1]).toEqual({
      code: 'DUE',
      at: '2026-05-01T19:20:00.000Z',
      text: 'The grace of 50 minutes after the slot ends.',
    })
  })
})
