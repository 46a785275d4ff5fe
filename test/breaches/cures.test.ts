import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { done } from '../kit/done.js'
import type { AgreementHandle } from '../kit/world.js'
import { Court } from './kit.js'

let court: Court
beforeAll(async () => {
  court = await Court.open()
})
afterAll(() => court?.world.close())

async function told(agreement: AgreementHandle): Promise<{ type: string; data: object }[]> {
  const rows = await court.world.journal(court.provider.tenantId, agreement.uuid)
  return rows.filter(({ type }) => /^(breach|assessment|obligation)\./.test(type))
}

const GROWN = 'revision units total { amount } change { amount } accrued { units }'

describe('a missed duty that is done late', () => {
  it('cures its breach in the same change: an event, a revision, and what was owed by the day ends there', async () => {
    const agreement = await court.agreement({ mode: 'PER_DAY', ratePercent: '0.1' })
    const ticketId = await court.report(agreement)
    await court.pass(3)
    await court.world.ringDue()
    const [before] = await court.breaches(agreement)
    await court.pass(24 * 7)
    await done(court.admin, 'ticketRespond', { ticketId, text: 'On it' })
    const [breach] = await court.breaches(agreement)
    expect(breach).toMatchObject({ state: 'DETECTED', revision: (before?.revision as number) + 1 })
    expect((await told(agreement)).slice(-3)).toMatchObject([
      { type: 'obligation.done_late' },
      { type: 'assessment.revised', data: { total: '1680.00', change: '1680.00' } },
      { type: 'breach.cured', data: { curedAt: court.now.toISOString() } },
    ])
    await court.pass(24 * 30)
    // Its fix was missed meanwhile, and goes on: what the response cost stays.
    expect(await court.price(breach?.assessment.id as string, GROWN)).toMatchObject({ units: '7' })
    expect(await court.brokenPromises()).toEqual([])
  })

  it('before anybody had looked is a breach that was made good, both told once', async () => {
    const agreement = await court.agreement()
    const ticketId = await court.report(agreement)
    await court.pass(3)
    await done(court.admin, 'ticketRespond', { ticketId, text: 'On it' })
    const types = (await told(agreement)).map(({ type }) => type)
    expect(types.filter(type => type !== 'obligation.started')).toEqual([
      'obligation.missed',
      'obligation.done_late',
      'breach.detected',
      'breach.cured',
    ])
    await court.world.ringDue()
    expect(await court.breaches(agreement)).toHaveLength(1)
    expect(await court.brokenPromises()).toEqual([])
  })

  it('and is to be done again goes on: its price by the day is open again', async () => {
    const agreement = await court.agreement({ mode: 'PER_DAY', ratePercent: '0.1' })
    const ticketId = await court.report(agreement)
    await done(court.admin, 'ticketRespond', { ticketId, text: 'On it' })
    await court.pass(48)
    await court.world.ringDue()
    await done(court.admin, 'ticketResolve', { ticketId })
    const [breach] = await court.breaches(agreement)
    const priced = (): Promise<object> => court.price(breach?.assessment.id as string, GROWN)
    expect(await priced()).toMatchObject({ units: '1', accrued: null })
    await court.pass(48)
    await done(court.admin, 'ticketReopen', { ticketId })
    expect(await priced()).toMatchObject({ units: '3', total: { amount: '720.00' }, accrued: { units: '3' } })
    expect((await told(agreement)).at(-1)).toMatchObject({ type: 'breach.revised', data: { curedAt: null } })
    expect(await court.brokenPromises()).toEqual([])
  })

  it('after it was waived cures nothing: there is no claim left', async () => {
    const agreement = await court.agreement()
    const ticketId = await court.report(agreement)
    await court.pass(3)
    await court.world.ringDue()
    const [breach] = await court.breaches(agreement)
    await done(court.signatory, 'breachWaive', { breachId: breach?.id, reason: 'Once' })
    await done(court.admin, 'ticketRespond', { ticketId, text: 'On it' })
    expect((await told(agreement)).map(({ type }) => type)).not.toContain('breach.cured')
  })
})
