import { afterAll, beforeAll, expect, it } from 'vitest'
import { issuedInvoice } from '../invoices/kit.js'
import { done } from '../kit/done.js'
import { type AgreementHandle, type Caller, type Customer, type Provider, World } from '../kit/world.js'
import { replayed } from './kit.js'

let world: World
let provider: Provider
let customer: Customer
let agreement: AgreementHandle
let admin: Caller

beforeAll(async () => {
  world = await World.create()
  await world.freezeClock('2026-12-20T09:00:00+08:00')
  provider = await world.provider()
  customer = await provider.customer()
  agreement = await customer.agreement({ responseHours: '2', fixHours: '24' })
  admin = await provider.admin()
})
afterAll(() => world.close())

async function goTo(instant: string): Promise<void> {
  await world.freezeClock(instant)
  await world.ringDue()
}
const report = async (kind = 'FAULT'): Promise<string> =>
  (await done(admin, 'ticketReport', { agreementId: agreement.id, kind, subject: 'x' }, 'ticket { id }'))
    .ticket.id

it('what is stored of a clock is what its events tell, through a day of everything', async () => {
  const [answered, solved, missed, late] = [await report(), await report(), await report(), await report()]
  const invoice = await issuedInvoice(admin, agreement)
  await done(admin, 'ticketRespond', { ticketId: answered, text: 'On it.' })
  await goTo('2026-12-20T10:00:00+08:00')
  await done(admin, 'agreementSuspend', { agreementId: agreement.id, scopes: ['SERVICE'], reason: 'x' })
  await done(admin, 'agreementSuspend', { agreementId: agreement.id, scopes: ['ALL'], reason: 'x' })
  await goTo('2026-12-20T15:00:00+08:00')
  await done(admin, 'agreementResume', { agreementId: agreement.id, scopes: ['SERVICE'] })
  await done(admin, 'ticketResolve', { ticketId: solved, text: 'Solved.' })
  await goTo('2026-12-20T16:00:00+08:00')
  await done(admin, 'agreementResume', { agreementId: agreement.id, scopes: ['ALL'] })
  await goTo('2026-12-20T18:00:00+08:00')
  await done(admin, 'ticketRespond', { ticketId: late, text: 'Late.' })
  await goTo('2026-12-22T09:00:00+08:00')
  const payment = { amount: { amount: '106000.00', currency: 'CNY' }, reference: 'R', creditedAt: new Date() }
  const paid = { ...payment, invoiceId: invoice, creditedAt: '2026-12-21T09:00:00+08:00' }
  const { payment: first } = await done(admin, 'paymentRecord', paid, 'payment { id }')
  await done(admin, 'paymentReverse', { paymentId: first.id, reason: 'x' })
  void missed

  const clocks = await replayed(world)
  const states = new Set(clocks.map(({ stored }) => (stored as { state: string }).state))
  expect([...states].sort()).toEqual(['MET', 'MISSED', 'RUNNING'])
  for (const { stored, told } of clocks) expect(told).toEqual(stored)
})

it('any order of concurrent acts gives a verdict that some serial order gives: that of its events', async () => {
  const other = await customer.agreement({ responseHours: '1', fixHours: '1' })
  const reporting = { agreementId: other.id, kind: 'FAULT', subject: 'x' }
  await world.freezeClock('2026-12-24T09:00:00+08:00')
  const tickets: string[] = []
  for (let n = 0; n < 8; n++)
    tickets.push((await done(admin, 'ticketReport', reporting, 'ticket { id }')).ticket.id)
  // Half a second around the due instant in which everybody acts at once, and the sweep looks.
  await world.setClock('2026-12-24T09:59:59.800+08:00')
  const scope = { agreementId: other.id, scopes: ['SERVICE'] }
  const ringing = (async () => {
    for (let n = 0; n < 8; n++) await world.ringDue()
  })()
  await Promise.all([
    ringing,
    ...tickets.map((ticketId, n) =>
      admin
        .mutate(n % 2 === 0 ? 'ticketRespond' : 'ticketResolve', { ticketId, text: 'x' })
        .catch(() => null),
    ),
    admin.mutate('agreementSuspend', { ...scope, reason: 'x' }).catch(() => null),
    admin.mutate('agreementResume', scope).catch(() => null),
  ])
  await world.freezeClock('2026-12-24T12:00:00+08:00')
  await world.ringDue()
  for (const { stored, told } of await replayed(world)) expect(told).toEqual(stored)
  const decided = await world.sqlAsSuperuser(
    `select count(*)::int as n from obligations o where state = 'MISSED'
       and not exists (select 1 from breaches b where b.obligation_id = o.id and b.occurred_at = o.due_at)`,
  )
  expect(decided).toEqual([{ n: 0 }])
})
