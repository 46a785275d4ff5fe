import { afterAll, beforeAll, expect, it } from 'vitest'
import { done } from '../kit/done.js'
import { cny, issuedInvoice } from '../invoices/kit.js'
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

const due = (found: { entries: { dueAt: string; obligation: { id: string } }[] }): [string, string][] =>
  found.entries.map(({ dueAt, obligation }) => [obligation.id, dueAt])

it('under a suspension names what would fall due if it were there: the same as once it is', async () => {
  const [agreement, other] = [await court.agreement(), await court.agreement()]
  for (const each of [agreement, other]) {
    await court.report(each)
    await issuedInvoice(court.admin, each)
  }
  const all = due(await ask('P60D'))
  const suspend = [{ agreementId: agreement.id, scopes: ['SERVICE'] }]
  const assumed = due(await ask('P60D', { suspend }))
  expect(assumed).toHaveLength(all.length - 2)
  expect(due(await ask('P60D', { suspend: [{ scopes: ['SERVICE', 'PAYMENT'] }] }))).toEqual([])
  expect(due(await ask('P60D', { suspend: [{ scopes: ['UPGRADE', 'BACKUP'] }] }))).toEqual(all)
  const nobodys = [{ agreementId: court.customer.id, scopes: ['ALL'] }]
  expect(due(await ask('P60D', { suspend: nobodys }))).toEqual(all)
  await done(court.admin, 'agreementSuspend', { agreementId: agreement.id, scopes: ['SERVICE'], reason: 'x' })
  expect(due(await ask('P60D'))).toEqual(assumed)
})

it('of a rule per day shows what each day adds, and all that begin until it is done', async () => {
  const agreement = await court.agreement({ mode: 'PER_DAY', ratePercent: '0.1', capPercent: '1' })
  await court.report(agreement)
  const pause = (await ask('P60D')).entries
    .filter((each: { exposure: object | null }) => each.exposure === null)
    .map((each: { obligation: { id: string } }) => each.obligation.id)
  const query = `query ($assume: ForecastAssumptions) { breachForecast(within: "PT3H", assume: $assume) { entries { dueAt mode units
    perUnit { amount } exposure { amount } } } }`
  const entry = async (days: number): Promise<object> => {
    const undoneUntil = days === 0 ? null : new Date(court.now.getTime() + days * 86_400_000).toISOString()
    const { breachForecast } = await court.admin.ask(query, { assume: { pause, undoneUntil } })
    return breachForecast.entries.find((each: { mode: string }) => each.mode === 'PER_DAY')
  }
  const perDay = { mode: 'PER_DAY', perUnit: { amount: '240.00' } }
  expect(await entry(0)).toMatchObject({ ...perDay, units: 1, exposure: { amount: '240.00' } })
  expect(await entry(7)).toMatchObject({ ...perDay, units: 7, exposure: { amount: '1680.00' } })
  expect(await entry(30)).toMatchObject({ ...perDay, units: 30, exposure: { amount: '2400.00' } })
  for (const undoneUntil of [court.now.toISOString(), '2031-01-01T00:00:00Z'])
    await expect(court.admin.ask(query, { assume: { undoneUntil } })).rejects.toThrow(/731/)
})

it('of an invoice shows what each day costs of what is left to pay', async () => {
  const agreement = await court.agreement()
  const invoice = await issuedInvoice(court.admin, agreement, '106000.00')
  const part = { invoiceId: invoice, amount: cny('40000.00'), creditedAt: court.now, reference: 'Half' }
  await done(court.admin, 'paymentRecord', part)
  const suspend = [{ scopes: ['SERVICE'] }]
  const query = `query ($assume: ForecastAssumptions) { breachForecast(within: "P60D", assume: $assume) { entries { dueAt
    obligation { agreement { id } } units perUnit { amount } exposure { amount } } } }`
  const entry = async (undoneUntil: string | null): Promise<object> => {
    const { breachForecast } = await court.admin.ask(query, { assume: { suspend, undoneUntil } })
    return breachForecast.entries.find(
      (each: { obligation: { agreement: { id: string } } }) => each.obligation.agreement.id === agreement.id,
    )
  }
  const { dueAt } = (await entry(null)) as { dueAt: string }
  // The offered rule of 3.4.1, 0.05 % a day of 66,000.00; its due day isn't late, twenty days after it are.
  const until = new Date(Date.parse(dueAt) + 20 * 86_400_000 - 1).toISOString()
  expect(await entry(null)).toMatchObject({
    units: 1,
    perUnit: { amount: '33.00' },
    exposure: { amount: '33.00' },
  })
  expect(await entry(until)).toMatchObject({ units: 20, exposure: { amount: '660.00' } })
})

it('under days that are published counts estimates by them, as publishing them does', async () => {
  const agreement = await court.agreement()
  await court.pass(24 * 258)
  await court.world.ringDue()
  await issuedInvoice(court.admin, agreement)
  const rest = Array.from({ length: 9 }, (_, day) => `2027-01-${13 + day}`)
  const days = { publishedFrom: '2027-01-01', publishedThrough: '2027-12-31', restDays: rest }
  const calendar = { jurisdiction: 'CN', ...days }
  const estimated = due(await ask('P60D'))
  const before = await court.world.contents()
  const assumed = due(await ask('P60D', { calendar }))
  expect(assumed).not.toEqual(estimated)
  // Of another jurisdiction, and within a span that the moved day lies behind.
  expect(due(await ask('P60D', { calendar: { ...calendar, jurisdiction: 'DE' } }))).toEqual(estimated)
  expect(due(await ask('P30D', { calendar }))).toEqual([])
  expect(await court.world.contents()).toEqual(before)
  const wrong = { ...calendar, restDays: ['2028-01-01'] }
  await expect(ask('P60D', { calendar: wrong })).rejects.toThrow('BAD_USER_INPUT')
  await done(court.admin, 'calendarPublish', { ...calendar, source: 'Notice' })
  expect(due(await ask('P60D'))).toEqual(assumed)
})
