import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accrueOverdue } from '../../src/breaches/index.js'
import { done } from '../kit/done.js'
import { Court } from './kit.js'

// Worked examples of domain.md that need no more than tickets and a clock, as a client sees them.

let court: Court
beforeAll(async () => {
  court = await Court.open()
})
afterAll(() => court?.world.close())

const PRICES = `query ($id: ID!) { assessments(first: 100, filter: { agreementId: $id }, orderBy: { field: CREATED_AT, direction: ASC }) {
  nodes { state revision total { amount } breaches { number dutyClause obligation { kind dueAt } } revisions { change { amount } } } } }`

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
const prices = async (agreementId: string): Promise<any[]> =>
  (await court.admin.ask(PRICES, { id: agreementId })).assessments.nodes

describe('liquidated damages of tickets that nobody answers', () => {
  it('T13: one ticket that misses response and fix has 2 findings, 1 assessment, and costs 12,000.00', async () => {
    const agreement = await court.agreement()
    await court.missed(agreement, 1)
    // Found a day later, the fix joins the price of the response: double LD is what naive code would make of it.
    await court.pass(24)
    await court.world.ringDue()
    expect(await prices(agreement.id)).toMatchObject([
      {
        ...{ state: 'INDICATIVE', total: { amount: '12000.00' } },
        breaches: [
          { number: 1, dutyClause: '2.3.1', obligation: { kind: 'FAULT_RESPONSE' } },
          { number: 2, dutyClause: '2.3.1', obligation: { kind: 'FAULT_FIX' } },
        ],
      },
    ])
  })

  it('T14: seven such tickets in one year cost 72,000.00 in all, and the 7th adds 0', async () => {
    const agreement = await court.agreement()
    await court.missed(agreement, 7, true)
    const found = await prices(agreement.id)
    const totals = found.map(({ total }) => total.amount)
    expect(totals).toHaveLength(7)
    expect(totals.toSorted()).toEqual(['0.00', ...Array.from({ length: 6 }, () => '12000.00')])
    // Not whichever was swept last, but whichever occurred last.
    const last = found.toSorted(
      (a, b) => Date.parse(a.breaches[0].obligation.dueAt) - Date.parse(b.breaches[0].obligation.dueAt),
    )[6]
    expect(last.total.amount).toBe('0.00')
    expect(await court.brokenPromises()).toEqual([])
  })

  it('recomputation on read that rewrites past breaches: whatever changes the terms later, what was judged reads the same', async () => {
    const agreement = await court.agreement({ mode: 'PER_DAY', ratePercent: '0.1' })
    const [breach] = await court.missed(agreement, 1)
    const query = `query ($id: ID!) { breach(id: $id) { occurredAt detectedAt state revision dutyClause
      obligation { state dueAt derivation { quantity calendarVersion steps { code at } stretches { from until kind } } }
      assessment { revision state asOf total { amount } basisAmount { amount } revisions { number total { amount } } } } }`
    const read = (): Promise<object> => court.admin.ask(query, { id: breach?.id })
    const before = await read()
    // Other hours and another percent from now on, other working days, and a price that has grown by now.
    await done(court.admin, 'agreementAmend', {
      agreementId: agreement.id,
      terms: { responseHours: '48', fixHours: '96', liquidatedDamagesPercent: '1' },
    })
    await done(court.admin, 'agreementSubmitForSigning', { agreementId: agreement.id })
    const { versions } = await agreement.read('versions { state contentHash }')
    const contentHash = versions.at(-1).contentHash
    for (const caller of [court.admin, court.signatory])
      await done(caller, 'agreementSign', { agreementId: agreement.id, contentHash })
    const days = { publishedFrom: '2026-01-01', publishedThrough: '2026-12-31', restDays: ['2026-04-01'] }
    await done(court.admin, 'calendarPublish', { jurisdiction: 'CN', source: 'Otherwise', ...days })
    await court.pass(10)
    expect(await read()).toEqual(before)
  })
})

it.each([
  ['CNY', 3_333_333n, 11_667n],
  ['JPY', 33_333n, 117n],
  ['KWD', 33_333_333n, 116_667n],
])(
  'T17: 0.05 percent a day of what is overdue for 7 days rounds half up once, in %s',
  (currency, principal, damages) => {
    const late = { currency, principal, dueOn: '2026-03-31', reductions: [], ratePercent: '0.05' }
    // Rounded day by day, JPY would come to 119 and CNY to 116.69.
    expect(accrueOverdue({ ...late, allocation: 'DAMAGES_FIRST' }, '2026-04-07').damages).toBe(damages)
  },
)
