import { beforeEach, describe, expect, it } from 'vitest'
import { issuedInvoice } from '../invoices/kit.js'
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

async function goTo(instant: string): Promise<void> {
  await world.freezeClock(instant)
  await world.ringDue()
}
const report = async (of = agreement): Promise<string> =>
  (await done(admin, 'ticketReport', { agreementId: of.id, kind: 'FAULT', subject: 'x' }, 'ticket { id }'))
    .ticket.id
const reminded = async (): Promise<unknown[]> =>
  (await world.journal(provider.tenantId))
    .filter(({ type }) => type === 'obligation.due_soon')
    .map(({ data, occurred_at }) => [data.kind, occurred_at.toISOString()])

describe('obligation.due_soon', () => {
  it('is said when the last quarter of the time begins, once, and not of what is done by then', async () => {
    await report()
    const answered = await report()
    await done(admin, 'ticketRespond', { ticketId: answered, text: 'x' })
    await goTo('2026-04-01T10:29:59.999+08:00')
    expect(await reminded()).toEqual([])
    await goTo('2026-04-01T10:30:00+08:00')
    await goTo('2026-04-01T10:40:00+08:00')
    expect(await reminded()).toEqual([['FAULT_RESPONSE', '2026-04-01T02:30:00.000Z']])
    await goTo('2026-04-02T03:00:00+08:00')
    expect(await reminded()).toHaveLength(3)
  })

  it('never comes of a clock that stands still, and moves with the due instant', async () => {
    await report()
    await goTo('2026-04-01T10:00:00+08:00')
    await done(admin, 'agreementSuspend', { agreementId: agreement.id, scopes: ['SERVICE'], reason: 'x' })
    await goTo('2026-04-01T12:00:00+08:00')
    expect(await reminded()).toEqual([])
    await done(admin, 'agreementResume', { agreementId: agreement.id, scopes: ['SERVICE'] })
    await goTo('2026-04-01T12:30:00+08:00')
    expect(await reminded()).toEqual([['FAULT_RESPONSE', '2026-04-01T04:30:00.000Z']])
  })

  it('leaves at least a quarter of an hour: of half an hour it comes in the middle, of a quarter not at all', async () => {
    const customer = agreement.customer
    await report(await customer.agreement({ responseHours: '0.5', fixHours: '0.5' }))
    await report(await customer.agreement({ responseHours: '0.25', fixHours: '0.25' }))
    await goTo('2026-04-01T09:15:00+08:00')
    expect(await reminded()).toEqual([
      ['FAULT_RESPONSE', '2026-04-01T01:15:00.000Z'],
      ['FAULT_FIX', '2026-04-01T01:15:00.000Z'],
    ])
  })

  it('comes at most three days ahead, of days as well', async () => {
    await issuedInvoice(admin, agreement, '100.00')
    // 30 days after 1 April end on 1 May, a rest day: the payment is due when 6 May ends.
    await goTo('2026-05-03T23:59:59.999+08:00')
    expect(await reminded()).toEqual([])
    await goTo('2026-05-04T00:00:00+08:00')
    expect(await reminded()).toEqual([['PAYMENT', '2026-05-03T16:00:00.000Z']])
  })
})
