import pg from 'pg'
import { expect, it, vi } from 'vitest'
import { done } from '../kit/done.js'
import { World } from '../kit/world.js'

it('lists of many agreements cost no statement each: their first pages are read at once', async () => {
  const world = await World.forTest()
  await world.freezeClock('2026-04-01T09:00:00+08:00')
  const provider = await world.provider()
  const customer = await provider.customer()
  const admin = await provider.admin()
  const lists = {
    tickets: 'tickets',
    invoices: 'invoices',
    obligations: 'obligations',
    breaches: 'breaches',
    assessments: 'assessments',
    backupRuns: 'backup_runs',
  }
  for (let made = 0; made < 4; made++) {
    const agreement = await customer.agreement()
    for (let n = 0; n < 2; n++)
      await done(admin, 'ticketReport', { agreementId: agreement.id, kind: 'FAULT', subject: 'No answers' })
  }
  const sent = vi.spyOn(pg.Client.prototype, 'query')
  for (const [list, table] of Object.entries(lists)) {
    sent.mockClear()
    await admin.ask(`{ agreements { nodes { id ${list}(first: 5) { nodes { id } } } } }`)
    const asked = sent.mock.calls.filter(([query]) => JSON.stringify(query ?? '').includes(`from ${table} `))
    expect([list, asked.length]).toEqual([list, 1])
  }
  sent.mockRestore()
})

it('a first page that is read with others is the one that is read alone, in the usual order of its list', async () => {
  const world = await World.forTest()
  await world.freezeClock('2026-04-01T09:00:00+08:00')
  const provider = await world.provider()
  const customer = await provider.customer()
  const admin = await provider.admin()
  const agreements = [await customer.agreement(), await customer.agreement({ responseHours: '1' })]
  for (let n = 0; n < 3; n++)
    for (const agreement of agreements)
      await done(admin, 'ticketReport', {
        agreementId: agreement.id,
        kind: n === 1 ? 'FAULT' : 'SUPPORT',
        subject: 'x',
      })
  await world.freezeClock('2026-04-01T20:00:00+08:00')
  await world.ringDue()
  const usual: Record<string, string> = {
    obligations: '{ field: DUE_AT, direction: ASC }',
    breaches: '{ field: OCCURRED_AT, direction: DESC }',
    assessments: '{ field: CREATED_AT, direction: DESC }',
    tickets: '{ field: CREATED_AT, direction: DESC }',
  }
  for (const [list, order] of Object.entries(usual)) {
    const page = (args: string): string =>
      `{ agreements { nodes { ${list}(first: 2${args}) { nodes { id } pageInfo { hasNextPage } } } } }`
    const together = await admin.ask(page(''))
    expect(together).toEqual(await admin.ask(page(`, orderBy: ${order}`)))
    for (const node of together.agreements.nodes) expect(node[list].nodes).toHaveLength(2)
  }
})

it('a breach is found by its number, and a ticket names whom it serves', async () => {
  const world = await World.forTest()
  await world.freezeClock('2026-04-01T09:00:00+08:00')
  const provider = await world.provider()
  const customer = await provider.customer()
  const admin = await provider.admin()
  const agreement = await customer.agreement()
  for (let n = 0; n < 2; n++)
    await done(admin, 'ticketReport', { agreementId: agreement.id, kind: 'SUPPORT', subject: 'x' })
  await world.freezeClock('2026-04-01T20:00:00+08:00')
  await world.ringDue()
  const seen = await agreement.read(
    'breaches(filter: { number: 2 }) { nodes { number } } tickets { nodes { customer { id } } }',
  )
  expect(seen.breaches.nodes).toEqual([{ number: 2 }])
  expect(seen.tickets.nodes[0]).toEqual({ customer: { id: customer.id } })
})
