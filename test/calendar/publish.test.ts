import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { done } from '../kit/done.js'
import { type Caller, type Provider, World } from '../kit/world.js'

let world: World
let provider: Provider
let admin: Caller

beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  admin = await provider.admin()
})
afterAll(() => world.close())

const DAYS =
  'query ($from: Date!, $through: Date!, $of: Jurisdiction!) { workingDays(jurisdiction: $of, from: $from, through: $through) { date working published } }'
const daysOf = async (
  caller: Caller,
  from: string,
  through = from,
  of = 'CN',
): Promise<{ date: string; working: boolean; published: boolean }[]> =>
  (await caller.ask(DAYS, { from, through, of })).workingDays

const notice2027 = {
  jurisdiction: 'CN',
  source: '国务院办公厅关于2027年部分节假日安排的通知',
  publishedFrom: '2027-01-01',
  publishedThrough: '2027-12-31',
  restDays: ['2027-01-01'],
  workDays: ['2027-01-03'],
}

describe('workingDays', () => {
  it("are China's from the start, make-up Saturdays among them, and say where nobody has published", async () => {
    expect(await daysOf(admin, '2026-02-13', '2026-02-16')).toEqual([
      { date: '2026-02-13', working: true, published: true },
      { date: '2026-02-14', working: true, published: true },
      { date: '2026-02-15', working: false, published: true },
      { date: '2026-02-16', working: false, published: true },
    ])
    expect(await daysOf(admin, '2004-01-01')).toMatchObject([{ working: false, published: true }])
    expect(await daysOf(admin, '2003-12-31')).toMatchObject([{ published: false }])
  })

  it('of another jurisdiction are known by its weekend alone until somebody publishes them', async () => {
    expect(await daysOf(admin, '2026-10-02', '2026-10-03', 'DE-BE')).toEqual([
      { date: '2026-10-02', working: true, published: false },
      { date: '2026-10-03', working: false, published: false },
    ])
    const year = { publishedFrom: '2026-01-01', publishedThrough: '2026-12-31' }
    await done(admin, 'calendarPublish', {
      ...{ jurisdiction: 'AE', source: 'Cabinet', weekend: [5, 6], restDays: [], ...year },
    })
    expect((await daysOf(admin, '2026-10-02', '2026-10-04', 'AE')).map(day => day.working)).toEqual([
      false,
      false,
      true,
    ])
  })

  it('are at most 366 in an answer, and from a first day to a last', async () => {
    expect(await daysOf(admin, '2024-01-01', '2024-12-31')).toHaveLength(366)
    for (const [from, through] of [
      ['2024-01-01', '2025-01-01'],
      ['2024-01-02', '2024-01-01'],
    ]) {
      const { errors } = await admin.send(DAYS, { from, through, of: 'CN' })
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    }
  })
})

describe('calendarPublish', () => {
  it("adds a version over the shared reference, which all of the provider's callers read and no other tenant's", async () => {
    const { calendarVersion } = await done(
      admin,
      'calendarPublish',
      notice2027,
      'calendarVersion { id jurisdiction number publishedThrough weekend restDays workDays }',
    )
    expect(calendarVersion).toMatchObject({
      ...{ jurisdiction: 'CN', number: 1, publishedThrough: '2027-12-31' },
      ...{ weekend: [6, 7], restDays: ['2027-01-01'], workDays: ['2027-01-03'] },
    })
    const member = await (await provider.customer()).user('MEMBER')
    for (const caller of [admin, member])
      expect(await daysOf(caller, '2027-01-01', '2027-01-03')).toEqual([
        { date: '2027-01-01', working: false, published: true },
        { date: '2027-01-02', working: false, published: true },
        { date: '2027-01-03', working: true, published: true },
      ])
    const stranger = await (await world.provider()).admin()
    expect(await daysOf(stranger, '2027-01-01')).toMatchObject([{ published: false }])
    expect((await stranger.ask('{ calendarVersions { totalCount } }')).calendarVersions.totalCount).toBe(0)
    const types = (await world.journal(provider.tenantId)).map(({ type }) => type)
    expect(types).toContain('calendar.published')
  })

  it('of two that know a day the later one counts, and the earlier one is kept', async () => {
    const corrected = { ...notice2027, source: 'Corrected', workDays: [] }
    await done(admin, 'calendarPublish', corrected)
    expect(await daysOf(admin, '2027-01-03')).toMatchObject([{ working: false }])
    const { calendarVersions } = await admin.ask(
      '{ calendarVersions(filter: { jurisdiction: ["CN"] }) { nodes { number source } } }',
    )
    expect(calendarVersions.nodes).toEqual([
      { number: 2, source: 'Corrected' },
      { number: 1, source: notice2027.source },
    ])
    const numbersOf = async (filter: object): Promise<number[]> =>
      (
        await admin.ask(
          'query ($filter: CalendarVersionFilter) { calendarVersions(filter: $filter) { nodes { number } } }',
          {
            filter: { jurisdiction: ['CN'], ...filter },
          },
        )
      ).calendarVersions.nodes.map((node: { number: number }) => node.number)
    expect(await numbersOf({ number: 1 })).toEqual([1])
    expect(await numbersOf({ knows: '2027-12-31' })).toEqual([2, 1])
    expect(await numbersOf({ knows: '2028-01-01' })).toEqual([])
    expect(await numbersOf({ createdAfter: '2999-01-01T00:00:00Z' })).toEqual([])
  })

  it('refuses what is no calendar, and says where', async () => {
    const cases: [object, object][] = [
      [{ publishedThrough: '2026-12-31' }, { code: 'INVALID', field: ['input', 'publishedThrough'] }],
      [{ publishedThrough: '2030-01-04' }, { code: 'TOO_LARGE', field: ['input', 'publishedThrough'] }],
      [{ weekend: [6, 6] }, { code: 'INVALID', field: ['input', 'weekend'] }],
      [{ weekend: [1, 2, 3, 4, 5, 6, 7] }, { code: 'INVALID', field: ['input', 'weekend'] }],
      [{ restDays: ['2028-01-01'] }, { code: 'INVALID', field: ['input', 'restDays', '0'] }],
      [{ workDays: ['2027-01-01'] }, { code: 'INVALID', field: ['input', 'workDays', '0'] }],
      [{ source: ' ' }, { code: 'BLANK', field: ['input', 'source'] }],
    ]
    for (const [change, refusal] of cases) {
      const { userErrors } = await admin.mutate('calendarPublish', { ...notice2027, ...change })
      expect([change, userErrors]).toMatchObject([change, [refusal]])
    }
  })
})
