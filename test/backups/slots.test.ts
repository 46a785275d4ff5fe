import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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

/** Sets the clock and rings, as the running service would. */
async function goTo(at: string): Promise<void> {
  await world.freezeClock(at)
  await world.ringDue()
}

async function backUp(
  agent: Caller,
  agreement: AgreementHandle,
): Promise<{ state: string; slot: { state: string } | null }> {
  const started = await agent.mutate('backupRunStart', { agreementId: agreement.id }, 'backupRun { id }')
  const runId = started.backupRun.id
  await agent.mutate('backupRunFinish', { runId, succeeded: true, byteSize: '1024', sha256: 'a'.repeat(64) })
  const { backupRun } = await agent.mutate(
    'backupRunVerify',
    { runId, succeeded: true, note: 'restored into a scratch place' },
    'backupRun { state slot { state } }',
  )
  return backupRun
}

async function daily(
  timeZone: string,
  dailyAt: string,
  from: string,
): Promise<{ agreement: AgreementHandle; agent: Caller }> {
  await world.freezeClock(from)
  const customer = await provider.customer()
  const agreement = await customer.agreement({}, { timeZone })
  const { userErrors } = await admin.mutate('backupPolicySet', {
    agreementId: agreement.id,
    dailyAt,
    graceMinutes: 60,
  })
  expect(userErrors).toEqual([])
  return { agreement, agent: await provider.service(['backup:run'], customer) }
}

const breachesOf = (agreement: AgreementHandle): Promise<{ breaches: { nodes: object[] } }> =>
  agreement.read('breaches { nodes { occurredAt dutyClause liabilityClause obligation { startedAt } } }')

describe('T19: a missing backup is a breach from absence (clause 8.3.1)', () => {
  it('daily at 02:30 with an hour of grace, none on 2, 3 and 5 May, backups suspended from the 2nd to the 4th: one is missed', async () => {
    const { agreement, agent } = await daily('Asia/Shanghai', '02:30', '2026-05-01T00:00:00+08:00')
    await goTo('2026-05-01T02:40:00+08:00')
    expect(await backUp(agent, agreement)).toEqual({ state: 'VERIFIED', slot: { state: 'KEPT' } })
    await goTo('2026-05-02T00:00:00+08:00')
    await admin.mutate('agreementSuspend', {
      agreementId: agreement.id,
      scopes: ['BACKUP'],
      reason: 'moving',
    })
    for (const at of ['02T04:00', '03T04:00']) await goTo(`2026-05-${at}:00+08:00`)
    await goTo('2026-05-04T00:00:00+08:00')
    await admin.mutate('agreementResume', { agreementId: agreement.id, scopes: ['BACKUP'] })
    await goTo('2026-05-04T02:35:00+08:00')
    await backUp(agent, agreement)
    await goTo('2026-05-05T03:30:00.000+08:00')
    expect((await breachesOf(agreement)).breaches.nodes).toEqual([])
    await goTo('2026-05-05T03:30:00.001+08:00')
    expect((await breachesOf(agreement)).breaches.nodes).toEqual([
      {
        occurredAt: '2026-05-04T19:30:00.000Z',
        dutyClause: '8.3.1',
        liabilityClause: '5.1.1',
        obligation: { startedAt: '2026-05-04T18:30:00.000Z' },
      },
    ])
  })

  it('three are missed when backups were not suspended, also when nobody looked for days', async () => {
    const { agreement, agent } = await daily('Asia/Shanghai', '02:30', '2026-05-01T12:00:00+08:00')
    await goTo('2026-05-03T12:00:00+08:00')
    await goTo('2026-05-04T02:35:00+08:00')
    await backUp(agent, agreement)
    await goTo('2026-05-05T12:00:00+08:00')
    const { breaches } = await breachesOf(agreement)
    expect(breaches.nodes.map(each => (each as { occurredAt: string }).occurredAt)).toEqual([
      '2026-05-04T19:30:00.000Z',
      '2026-05-02T19:30:00.000Z',
      '2026-05-01T19:30:00.000Z',
    ])
  })

  it('a copy that was made but not read back keeps nothing; a second try within the grace rescues the slot', async () => {
    const { agreement, agent } = await daily('Asia/Shanghai', '02:30', '2026-06-01T12:00:00+08:00')
    await goTo('2026-06-02T02:31:00+08:00')
    const { backupRun } = await agent.mutate(
      'backupRunStart',
      { agreementId: agreement.id },
      'backupRun { id }',
    )
    const nothing = await agent.mutate('backupRunFinish', {
      runId: backupRun.id,
      succeeded: true,
      byteSize: '0',
      sha256: 'a'.repeat(64),
    })
    expect(nothing.userErrors).toMatchObject([
      { code: 'INVALID', field: ['input', 'byteSize'], clause: '8.3.1' },
    ])
    await agent.mutate('backupRunFinish', { runId: backupRun.id, succeeded: false, note: 'disk full' })
    await goTo('2026-06-02T03:30:00.000+08:00')
    expect(await backUp(agent, agreement)).toEqual({ state: 'VERIFIED', slot: { state: 'KEPT' } })
    await goTo('2026-06-03T02:31:00+08:00')
    const late = await agent.mutate('backupRunStart', { agreementId: agreement.id }, 'backupRun { id }')
    await agent.mutate('backupRunFinish', {
      runId: late.backupRun.id,
      succeeded: true,
      byteSize: '9',
      sha256: 'b'.repeat(64),
    })
    await goTo('2026-06-03T03:30:00.001+08:00')
    const verified = await agent.mutate(
      'backupRunVerify',
      { runId: late.backupRun.id, succeeded: true, note: 'read' },
      'backupRun { state slot { state } }',
    )
    expect(verified.backupRun).toEqual({ state: 'VERIFIED', slot: { state: 'MISSED' } })
    expect((await breachesOf(agreement)).breaches.nodes).toHaveLength(1)
  })
})

describe('T22: 02:30 every day in Berlin', () => {
  it.each([
    ['2026-03-28T12:00:00+01:00', '2026-03-29T06:00:00+02:00', ['2026-03-29T01:30:00.000Z']],
    ['2026-10-24T12:00:00+02:00', '2026-10-25T06:00:00+01:00', ['2026-10-25T00:30:00.000Z']],
  ])('from %s to %s', async (from, to, starts) => {
    const { agreement } = await daily('Europe/Berlin', '02:30', from)
    await goTo(to)
    const { obligations } = await agreement.read('obligations { nodes { startedAt } }')
    expect(obligations.nodes.map((each: { startedAt: string }) => each.startedAt)).toEqual(starts)
  })
})

describe('walls', () => {
  it("a customer's agent can make no run for another customer", async () => {
    const one = await daily('Asia/Shanghai', '03:00', '2026-07-01T12:00:00+08:00')
    const other = await daily('Asia/Shanghai', '03:00', '2026-07-01T12:00:00+08:00')
    const { userErrors } = await one.agent.mutate('backupRunStart', { agreementId: other.agreement.id })
    expect(userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['input', 'agreementId'] }])
  })

  it('an ended agreement owes no backups', async () => {
    const { agreement } = await daily('Asia/Shanghai', '03:00', '2026-08-01T12:00:00+08:00')
    await goTo('2026-08-02T03:10:00+08:00')
    await admin.mutate('agreementTerminate', { agreementId: agreement.id, reason: 'moved away' })
    await goTo('2026-08-05T12:00:00+08:00')
    expect((await breachesOf(agreement)).breaches.nodes).toEqual([])
  })

  it('a run is changed as it was read, or not at all', async () => {
    const { agreement, agent } = await daily('Asia/Shanghai', '03:00', '2026-08-01T12:00:00+08:00')
    const input = { agreementId: agreement.id }
    const { backupRun } = await agent.mutate('backupRunStart', input, 'backupRun { id revision }')
    const failed = { runId: backupRun.id, succeeded: false, note: 'disk full' }
    const stale = await agent.mutate('backupRunFinish', {
      ...failed,
      expectedRevision: backupRun.revision + 1,
    })
    expect(stale.userErrors).toMatchObject([{ code: 'STALE_REVISION' }])
    const finished = await agent.mutate('backupRunFinish', {
      ...failed,
      expectedRevision: backupRun.revision,
    })
    expect(finished.userErrors).toEqual([])
  })
})
