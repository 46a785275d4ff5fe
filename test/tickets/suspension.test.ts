import { beforeEach, describe, expect, it } from 'vitest'
import { done } from '../kit/done.js'
import { type AgreementHandle, type Caller, type Provider, World } from '../kit/world.js'

let world: World
let provider: Provider
let agreement: AgreementHandle
let admin: Caller

beforeEach(async () => {
  world = await World.forTest()
  await world.freezeClock('2026-04-01T09:00:00+08:00')
  provider = await world.provider()
  agreement = await (await provider.customer()).agreement({ responseHours: '2', fixHours: '24' })
  admin = await provider.admin()
})

async function goTo(at: string): Promise<void> {
  await world.freezeClock(at)
  await world.ringDue()
}
const report = async (kind = 'FAULT'): Promise<string> =>
  (
    await done(
      admin,
      'ticketReport',
      { agreementId: agreement.id, kind, subject: 'No answers' },
      'ticket { id }',
    )
  ).ticket.id
const suspend = (...scopes: string[]): Promise<unknown> =>
  done(admin, 'agreementSuspend', { agreementId: agreement.id, scopes, reason: 'agreed' })
const resume = (...scopes: string[]): Promise<unknown> =>
  done(admin, 'agreementResume', { agreementId: agreement.id, scopes })
// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
async function clockOf(id: string, selection = 'state dueAt pausedSince'): Promise<any> {
  const query = `query ($id: ID!) { ticket(id: $id) { responseObligation { ${selection} } } }`
  return (await admin.ask(query, { id })).ticket.responseObligation
}

describe('while service is suspended its clocks stand still', () => {
  it('and go on afterwards with what was left', async () => {
    const id = await report()
    await goTo('2026-04-01T10:30:00+08:00')
    await suspend('SERVICE')
    await goTo('2026-04-03T09:00:00+08:00')
    expect(await clockOf(id, 'state pausedSince remaining breach { number }')).toEqual({
      state: 'PAUSED',
      pausedSince: '2026-04-01T02:30:00.000Z',
      remaining: 'PT1800S',
      breach: null,
    })
    await resume('SERVICE')
    expect(await clockOf(id)).toEqual({
      state: 'RUNNING',
      dueAt: '2026-04-03T01:30:00.000Z',
      pausedSince: null,
    })
    await goTo('2026-04-03T09:30:00.000+08:00')
    expect((await clockOf(id)).state).toBe('RUNNING')
    await goTo('2026-04-03T09:30:00.001+08:00')
    expect((await clockOf(id)).state).toBe('MISSED')
    const { derivation } = await clockOf(id, 'derivation { steps { code } }')
    expect(derivation.steps.map((step: { code: string }) => step.code)).toEqual([
      'STARTED',
      'DUE',
      'PAUSED',
      'RESUMED',
      'MISSED',
    ])
  })

  it('those of a fault that is reported meanwhile begin to run when it is over', async () => {
    await suspend('SERVICE')
    const id = await report()
    await goTo('2026-04-01T12:00:00+08:00')
    expect(await clockOf(id, 'state breach { number }')).toEqual({ state: 'PAUSED', breach: null })
    await resume('SERVICE')
    expect((await clockOf(id)).dueAt).toBe('2026-04-01T06:00:00.000Z')
  })

  it('two suspensions at once stop them once', async () => {
    const id = await report()
    await goTo('2026-04-01T10:00:00+08:00')
    await suspend('SERVICE')
    await goTo('2026-04-01T11:00:00+08:00')
    await suspend('ALL')
    await goTo('2026-04-01T12:00:00+08:00')
    await resume('SERVICE')
    expect((await clockOf(id)).state).toBe('PAUSED')
    await goTo('2026-04-01T13:00:00+08:00')
    await resume('ALL')
    expect((await clockOf(id)).dueAt).toBe('2026-04-01T06:00:00.000Z')
  })

  it('an answer meanwhile is in time', async () => {
    const id = await report()
    await suspend('SERVICE')
    await goTo('2026-04-05T12:00:00+08:00')
    await done(admin, 'ticketRespond', { ticketId: id, text: 'On it.' })
    expect(await clockOf(id)).toMatchObject({ state: 'MET', pausedSince: null })
  })

  it('a suspension after the deadline cures nothing, though nobody had looked', async () => {
    const id = await report()
    await world.freezeClock('2026-04-01T11:00:00.001+08:00')
    await suspend('SERVICE')
    expect(await clockOf(id, 'state breach { occurredAt }')).toEqual({
      state: 'MISSED',
      breach: { occurredAt: '2026-04-01T03:00:00.000Z' },
    })
  })

  it('those of upgrade problems run on: they stand still with upgrades (chapter 6)', async () => {
    const id = await report('UPGRADE_PROBLEM')
    await suspend('SERVICE', 'BACKUP')
    expect((await clockOf(id)).state).toBe('RUNNING')
    await suspend('UPGRADE')
    expect((await clockOf(id)).state).toBe('PAUSED')
  })

  it('they go on when the agreement ends: what was owed before is still owed', async () => {
    const id = await report()
    await goTo('2026-04-01T10:00:00+08:00')
    await suspend('ALL')
    await goTo('2026-04-02T10:00:00+08:00')
    await done(admin, 'agreementTerminate', { agreementId: agreement.id, reason: 'moved away' })
    expect(await clockOf(id)).toMatchObject({ state: 'RUNNING', dueAt: '2026-04-02T03:00:00.000Z' })
  })
})

describe('the first answer', () => {
  it('is given by a person: no machine may', async () => {
    const id = await report()
    const bot = await provider.service(['ticket:handle', 'ticket:read', 'obligation:read'])
    const input = { idempotencyKey: 'k1', ticketId: id, text: 'We have received your request.' }
    const answer = await bot.send(
      'mutation ($input: TicketRespondInput!) { ticketRespond(input: $input) { userErrors { code } } }',
      { input },
    )
    expect(answer.data).toEqual({ ticketRespond: null })
    expect(answer.text).toContain('"FORBIDDEN"')
    expect((await clockOf(id)).state).toBe('RUNNING')
  })

  it('that is late makes the miss good, whoever found that first', async () => {
    const [swept, found] = [await report(), await report()]
    await world.freezeClock('2026-04-01T11:00:00.001+08:00')
    await done(admin, 'ticketRespond', { ticketId: found, text: 'On it.' })
    await goTo('2026-04-01T11:30:00+08:00')
    await done(admin, 'ticketRespond', { ticketId: swept, text: 'On it.' })
    for (const [id, stoppedAt] of [
      [found, '2026-04-01T03:00:00.001Z'],
      [swept, '2026-04-01T03:30:00.000Z'],
    ] as const)
      expect(await clockOf(id, 'state stoppedAt derivation { steps { code at } }')).toEqual({
        state: 'MISSED',
        stoppedAt,
        derivation: {
          steps: [
            { code: 'STARTED', at: '2026-04-01T01:00:00.000Z' },
            { code: 'DUE', at: '2026-04-01T03:00:00.000Z' },
            { code: 'MISSED', at: '2026-04-01T03:00:00.000Z' },
            { code: 'STOPPED', at: stoppedAt },
          ],
        },
      })
    const types = (await world.journal(provider.tenantId, agreement.uuid)).map(row => row.type)
    expect(types.filter(type => type === 'obligation.missed')).toHaveLength(2)
    expect(types).not.toContain('obligation.met')
  })
})
