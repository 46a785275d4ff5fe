import { expect, it } from 'vitest'
import { done } from '../kit/done.js'
import { World } from '../kit/world.js'
import { Desk } from './kit.js'

it('lists say how many of them stand in each state, and what invoices come to', async () => {
  const world = await World.forTest()
  const desk = await Desk.open(world)
  await desk.at('2026-03-02T10:00')
  const [solved] = [await desk.report(), await desk.report(), await desk.report({ kind: 'SUPPORT' })]
  await desk.act('ticketResolve', solved as string)
  const counts = 'stateCounts { state count } totalCount'
  const seen = await desk.member.ask(
    `{ tickets(filter: { kind: [FAULT], state: [RESOLVED] }) { ${counts} }
       obligations { stateCounts { state count } } breaches { ${counts} } invoices { ${counts} totals { currency } } }`,
  )
  expect(seen).toEqual({
    tickets: {
      stateCounts: [
        { state: 'REPORTED', count: 1 },
        { state: 'RESOLVED', count: 1 },
      ],
      totalCount: 1,
    },
    obligations: {
      stateCounts: [
        { state: 'MET', count: 2 },
        { state: 'RUNNING', count: 3 },
      ],
    },
    breaches: { stateCounts: [], totalCount: 0 },
    invoices: { stateCounts: [], totalCount: 0, totals: [] },
  })
  const bill = async (gross: string, currency = 'CNY'): Promise<string> => {
    const lines = [{ description: 'Maintenance', taxRatePercent: '6', gross }]
    const input = { agreementId: desk.agreement.id, lines, currency }
    const { invoice } = await done(desk.admin, 'invoiceDraft', input, 'invoice { id }')
    return invoice.id
  }
  const [paid, open] = [await bill('106.00'), await bill('212.00')]
  await bill('53.00')
  for (const invoiceId of [paid, open, await bill('1000', 'JPY')])
    await done(desk.admin, 'invoiceIssue', { invoiceId })
  const credited = { creditedAt: '2026-03-02T02:00:00Z', reference: 'bank 1' }
  const amount = { amount: '100.00', currency: 'CNY' }
  await done(desk.admin, 'paymentRecord', { invoiceId: open, amount, ...credited })
  const totals = 'totals { currency open { amount } overdue { amount } }'
  const sums = (overdue: string): object[] => [
    { currency: 'CNY', open: { amount: '218.00' }, overdue: { amount: overdue } },
    { currency: 'JPY', open: { amount: '1000' }, overdue: { amount: overdue === '0.00' ? '0' : '1000' } },
  ]
  const { invoices } = await desk.member.ask(`{ invoices { ${totals} stateCounts { state count } } }`)
  expect(invoices).toEqual({
    totals: sums('0.00'),
    stateCounts: [
      { state: 'ISSUED', count: 2 },
      { state: 'PARTLY_PAID', count: 1 },
    ],
  })
  await desk.at('2026-04-30T10:00')
  expect((await desk.agreement.read(`invoices { ${totals} }`)).invoices.totals).toEqual(sums('218.00'))
  const stranger = await (await desk.provider.customer()).user('MEMBER')
  expect(await stranger.ask(`{ invoices { ${totals} } tickets { ${counts} } }`)).toEqual({
    invoices: { totals: [] },
    tickets: { stateCounts: [], totalCount: 0 },
  })
})
