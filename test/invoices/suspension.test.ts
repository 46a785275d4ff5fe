import { beforeEach, describe, expect, it } from 'vitest'
import { done } from '../kit/done.js'
import { type AgreementHandle, type Caller, World } from '../kit/world.js'
import { issuedInvoice, payment, readInvoice } from './kit.js'

let world: World
let agreement: AgreementHandle
let admin: Caller

beforeEach(async () => {
  world = await World.forTest()
  await world.freezeClock('2026-06-01T09:00:00+08:00')
  const provider = await world.provider()
  agreement = await (await provider.customer()).agreement()
  admin = await provider.admin()
})

async function goTo(at: string): Promise<void> {
  await world.freezeClock(at)
  await world.ringDue()
}
const suspend = (...scopes: string[]): Promise<unknown> =>
  done(admin, 'agreementSuspend', { agreementId: agreement.id, scopes, reason: 'agreed' })
const resume = (...scopes: string[]): Promise<unknown> =>
  done(admin, 'agreementResume', { agreementId: agreement.id, scopes })
const DUE = 'dueOn overdue obligation { state breach { number } }'

describe('while payment is suspended (clause 3.4.1)', () => {
  it('the customer is not late, and has as many days left afterwards', async () => {
    // 30 days: until 1 July.
    const id = await issuedInvoice(admin, agreement)
    await goTo('2026-06-29T12:00:00+08:00')
    await suspend('PAYMENT')
    await goTo('2026-07-05T12:00:00+08:00')
    expect(await readInvoice(admin, id, DUE)).toEqual({
      dueOn: '2026-07-01',
      overdue: false,
      obligation: { state: 'PAUSED', breach: null },
    })
    await resume('PAYMENT')
    // 29 June to 5 July don't count: three days were left with the 29th.
    expect(await readInvoice(admin, id, DUE)).toMatchObject({
      dueOn: '2026-07-08',
      overdue: false,
      obligation: { state: 'RUNNING' },
    })
    await goTo('2026-07-09T00:00:00+08:00')
    expect(await readInvoice(admin, id, DUE)).toMatchObject({
      overdue: true,
      obligation: { state: 'MISSED' },
    })
  })

  it('what is issued meanwhile waits, can be paid, and a suspension of other scopes holds nothing', async () => {
    await suspend('ALL')
    const [waits, paid] = [await issuedInvoice(admin, agreement), await issuedInvoice(admin, agreement)]
    await goTo('2026-08-01T09:00:00+08:00')
    await done(admin, 'paymentRecord', payment(paid, '106000.00', '2026-07-31T09:00:00+08:00'))
    expect(await readInvoice(admin, paid, DUE)).toMatchObject({ obligation: { state: 'MET' } })
    await suspend('SERVICE')
    await resume('ALL')
    // 30 days after 1 August, the last one that payment was suspended on, end with the 31st.
    expect(await readInvoice(admin, waits, DUE)).toMatchObject({
      dueOn: '2026-08-31',
      obligation: { state: 'RUNNING' },
    })
  })

  it('what a payment had met waits when that bounces, for a suspension that began or ended meanwhile', async () => {
    const state = async (id: string) => (await readInvoice(admin, id, DUE)).obligation.state
    const pay = async (id: string, at: string): Promise<string> =>
      (await done(admin, 'paymentRecord', payment(id, '106000.00', at), 'payment { id }')).payment.id
    const bounce = (paymentId: string) => done(admin, 'paymentReverse', { paymentId, reason: 'It bounced' })
    const [before, during] = [await issuedInvoice(admin, agreement), await issuedInvoice(admin, agreement)]
    const early = await pay(before, '2026-06-01T09:00:00+08:00')
    await goTo('2026-06-10T09:00:00+08:00')
    await suspend('PAYMENT')
    await goTo('2026-06-12T09:00:00+08:00')
    await bounce(early)
    const late = await pay(during, '2026-06-12T09:00:00+08:00')
    expect([await state(before), await state(during)]).toEqual(['PAUSED', 'MET'])
    await goTo('2026-06-14T09:00:00+08:00')
    await resume('PAYMENT')
    await goTo('2026-06-16T09:00:00+08:00')
    await bounce(late)
    // 10 to 14 June don't count, of either.
    const runs = { dueOn: '2026-07-06', overdue: false, obligation: { state: 'RUNNING' } }
    expect(await readInvoice(admin, before, DUE)).toMatchObject(runs)
    expect(await readInvoice(admin, during, DUE)).toMatchObject(runs)
  })

  it('an invoice that was overdue before stays so', async () => {
    const id = await issuedInvoice(admin, agreement)
    await goTo('2026-07-02T00:00:00+08:00')
    await suspend('PAYMENT')
    expect(await readInvoice(admin, id, DUE)).toMatchObject({
      overdue: true,
      obligation: { state: 'MISSED' },
    })
  })
})
