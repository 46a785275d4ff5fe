import { afterAll, beforeAll, expect, it } from 'vitest'
import { done } from '../kit/done.js'
import { cny } from '../invoices/kit.js'
import { Court } from './kit.js'

let court: Court
beforeAll(async () => {
  court = await Court.open()
})
afterAll(() => court?.world.close())

const FORECAST = `query ($within: Duration!, $assume: ForecastAssumptions) { breachForecast(within: $within, assume: $assume) {
  asOf until hasMore totals { amount currency } entries { dueAt owedBy exposure { amount } capRemaining { amount } obligation { id kind } } } }`

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
const ask = async (within: string, assume: object | null = null, caller = court.admin): Promise<any> =>
  (await caller.ask(FORECAST, { within, assume })).breachForecast

it('names what falls due, in order, with what missing it adds within the cap, and changes nothing', async () => {
  const agreement = await court.agreement({ capPercent: '8' })
  const [first, second] = [await court.report(agreement), await court.report(agreement)]
  const before = await court.world.contents()
  const soon = await ask('PT3H')
  expect(
    soon.entries.map((each: { exposure: object; capRemaining: object }) => [
      each.exposure,
      each.capRemaining,
    ]),
  ).toEqual([
    [{ amount: '12000.00' }, { amount: '19200.00' }],
    [{ amount: '7200.00' }, { amount: '7200.00' }],
  ])
  expect(soon).toMatchObject({ hasMore: false, totals: [cny('19200.00')] })
  // The fixes come from the same two root causes: they add nothing.
  const all = await ask('P2D')
  expect(all.entries.map((each: { obligation: { kind: string } }) => each.obligation.kind)).toEqual([
    ...['FAULT_RESPONSE', 'FAULT_RESPONSE', 'FAULT_FIX', 'FAULT_FIX'],
  ])
  expect(all.totals).toEqual([cny('19200.00')])
  expect(await court.world.contents()).toEqual(before)

  const [{ obligation }] = soon.entries
  const paused = await ask('PT3H', { pause: [obligation.id] })
  expect(paused.entries).toHaveLength(1)
  expect(await ask('PT3H', { pause: [agreement.id] })).toMatchObject({ entries: [], totals: [] })
  // Five percent of another fee, twice, within eight percent of it.
  expect((await ask('PT3H', { basis: cny('100000.00') })).totals).toEqual([cny('8000.00')])

  // What was missed has taken of the cap, and what was answered falls due no more.
  await done(court.admin, 'ticketResolve', { ticketId: first })
  await court.pass(3)
  await court.world.ringDue()
  const after = await ask('P2D')
  expect(after.entries).toMatchObject([{ exposure: { amount: '0.00' }, obligation: { kind: 'FAULT_FIX' } }])
  expect(second).toBeDefined()
  const stranger = await (await court.provider.customer()).signatory()
  expect((await ask('P2D', null, stranger)).entries).toEqual([])
})

it('shows no number where nothing was signed that damages are a percent of, and refuses a span that is none', async () => {
  const usual = await court.agreement()
  await court.report(usual)
  expect((await ask('PT3H', { damagesPercent: '1' })).totals).toEqual([cny('2400.00')])
  const agreement = await court.customer.agreement()
  await court.report(agreement)
  const { entries } = await ask('PT3H', { pause: [usual.id] })
  expect(entries).toMatchObject([{ exposure: null, capRemaining: null }])
  for (const within of ['PT0S', 'P732D', '-P1D', 'P1DT-1H']) {
    const answer = await court.admin.ask(FORECAST, { within }).catch((error: Error) => error.message)
    expect(String(answer), within).toMatch(/forecast|Duration/i)
  }
})
