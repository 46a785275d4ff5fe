import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issuedInvoice } from '../invoices/kit.js'
import { done } from '../kit/done.js'
import { type AgreementHandle, type Caller, type Provider, World } from '../kit/world.js'
import { replayed } from './kit.js'

// T24 through the API, by the one duty that is counted in days so far: the payment of an invoice (3.4.1).

let world: World
let provider: Provider
let agreement: AgreementHandle
let admin: Caller

beforeAll(async () => {
  world = await World.create()
  await world.freezeClock('2026-12-03T10:00:00+08:00')
  provider = await world.provider()
  agreement = await (await provider.customer()).agreement()
  admin = await provider.admin()
})
afterAll(() => world.close())

const CLOCK =
  'dueOn dueAt overdue obligation { state provisional dueAt dueOn derivation { calendarVersion steps { code calendarVersion } stretches { kind days } } breach { number } }'
const clockOf = async (id: string) =>
  (await admin.ask(`query ($id: ID!) { invoice(id: $id) { ${CLOCK} } }`, { id })).invoice
const notice = {
  jurisdiction: 'CN',
  source: 'Notice for 2027',
  publishedFrom: '2027-01-01',
  publishedThrough: '2027-12-31',
  restDays: ['2027-01-01', '2027-01-02', '2027-01-03', '2027-01-04'],
}

async function goTo(instant: string): Promise<void> {
  await world.freezeClock(instant)
  await world.ringDue()
}

describe('T24: a due day that nobody has published', () => {
  it('is an estimate, on which no miss is found, however late', async () => {
    // 30 days after 3 December end on 2 January 2027, a Saturday: by the weekend alone, until the 4th.
    const id = await issuedInvoice(admin, agreement, '100.00')
    expect(await clockOf(id)).toMatchObject({
      dueOn: '2027-01-04',
      obligation: { state: 'RUNNING', provisional: true, derivation: { calendarVersion: 'CN 2026' } },
    })
    await goTo('2027-01-06T10:00:00+08:00')
    expect(await clockOf(id)).toMatchObject({
      overdue: false,
      obligation: { state: 'RUNNING', breach: null },
    })
    const late = await admin.ask('{ invoices(filter: { overdue: true }) { totalCount } }')
    expect(late.invoices.totalCount).toBe(0)

    await done(admin, 'calendarPublish', notice)
    expect(await clockOf(id)).toMatchObject({
      dueOn: '2027-01-05',
      dueAt: '2027-01-05T16:00:00.000Z',
      obligation: {
        ...{ state: 'RUNNING', provisional: false, dueOn: '2027-01-05', dueAt: '2027-01-05T16:00:00.000Z' },
        derivation: {
          calendarVersion: 'CN 2026 + 1',
          steps: [
            { code: 'STARTED', calendarVersion: 'CN 2026' },
            { code: 'DUE', calendarVersion: 'CN 2026 + 1' },
            { code: 'RECALCULATED', calendarVersion: 'CN 2026 + 1' },
          ],
          stretches: [
            { kind: 'FIRST_DAY', days: 1 },
            { kind: 'RAN', days: 30 },
            { kind: 'ROLLED', days: 3 },
          ],
        },
      },
    })
    await world.ringDue()
    expect(await clockOf(id)).toMatchObject({
      overdue: true,
      obligation: { state: 'MISSED', breach: { number: 1 } },
    })
  })

  it('calendar edited after the verdict: what was judged stays judged, and what is sure is not counted anew', async () => {
    await goTo('2027-02-01T10:00:00+08:00')
    const sure = await issuedInvoice(admin, agreement, '100.00')
    const before = await clockOf(sure)
    expect(before.obligation).toMatchObject({ provisional: false, state: 'RUNNING' })
    const judged = await world.sqlAsSuperuser(
      `select id, due_at, revision from obligations where state = 'MISSED'`,
    )
    expect(judged.length).toBeGreaterThan(0)
    const all = Array.from({ length: 28 }, (_, day) => `2027-03-${String(day + 1).padStart(2, '0')}`)
    await done(admin, 'calendarPublish', { ...notice, source: 'Otherwise', restDays: all })
    expect(await clockOf(sure)).toEqual(before)
    expect(
      await world.sqlAsSuperuser(`select id, due_at, revision from obligations where state = 'MISSED'`),
    ).toEqual(judged)
  })

  it('says so in the journal, for both sides, and of no other provider', async () => {
    await goTo('2027-12-20T10:00:00+08:00')
    const id = await issuedInvoice(admin, agreement, '100.00')
    const stranger = await world.provider()
    const theirs = await (await stranger.customer()).agreement()
    const strangersId = await issuedInvoice(await stranger.admin(), theirs, '100.00')
    await done(admin, 'calendarPublish', {
      ...notice,
      ...{ publishedFrom: '2028-01-01', publishedThrough: '2028-12-31', restDays: ['2028-01-19'] },
    })
    expect((await clockOf(id)).obligation.provisional).toBe(false)
    const types = (await world.journal(provider.tenantId)).slice(-2)
    expect(types).toMatchObject([
      { type: 'calendar.published', customer_id: null },
      {
        type: 'obligation.recalculated',
        clause: '3.4.1',
        data: { provisional: false, calendar: 'CN 2026 + 3' },
      },
    ])
    const { invoice } = await (await stranger.admin()).ask(
      `query ($id: ID!) { invoice(id: $id) { ${CLOCK} } }`,
      { id: strangersId },
    )
    expect(invoice.obligation.provisional).toBe(true)
  })

  it('is looked at again every day, so that what a release brings is seen; and every clock replays', async () => {
    const alarms = await world.sqlAsSuperuser<{ kind: string; n: number }>(
      `select kind, count(*)::int as n from alarms where kind like 'obligation.%' group by kind order by kind`,
    )
    expect(alarms.find(({ kind }) => kind === 'obligation.estimate')).toMatchObject({ n: 1 })
    for (const { stored, told } of await replayed(world)) expect(told).toEqual(stored)
  })
})
