import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dueOf, type ClockTerms } from '../../src/obligations/index.js'
import { addDays } from '../../src/platform/time.js'
import { issuedInvoice } from '../invoices/kit.js'
import { done } from '../kit/done.js'
import { type Caller, type Customer, World } from '../kit/world.js'
import { at, china, terms } from './kit.js'

// The server, its jobs and this test believe that they are in New York: deadlines are of the agreement's zone all the same.

let world: World
let customer: Customer
let admin: Caller
const usual = process.env.TZ

beforeAll(async () => {
  process.env.TZ = 'America/New_York'
  world = await World.create()
  await world.freezeClock('2026-01-16T10:00:00+08:00')
  const provider = await world.provider()
  customer = await provider.customer()
  admin = await provider.admin()
})
afterAll(async () => {
  await world.close()
  if (usual === undefined) delete process.env.TZ
  else process.env.TZ = usual
})

const OFFICE = { opens: '09:00', closes: '18:00' }

describe('a server in New York', () => {
  it('is in New York', () => {
    expect(new Date('2026-07-01T12:00:00Z').getTimezoneOffset()).toBe(240)
  })

  it('lets a payment in China roll over Spring Festival (T10), and a fault be answered on its last day (T2)', async () => {
    const agreement = await customer.agreement({ responseHours: '2' }, { serviceWindow: OFFICE })
    const invoice = await issuedInvoice(admin, agreement)
    const { invoice: read } = await admin.ask(
      'query ($id: ID!) { invoice(id: $id) { dueOn dueAt obligation { dueOn } } }',
      { id: invoice },
    )
    expect(read).toEqual({
      dueOn: '2026-02-24',
      dueAt: '2026-02-24T16:00:00.000Z',
      obligation: { dueOn: '2026-02-24' },
    })
    await world.freezeClock('2026-02-14T17:30:00+08:00')
    const { ticket } = await done(
      admin,
      'ticketReport',
      { agreementId: agreement.id, kind: 'FAULT', subject: 'x' },
      'ticket { responseObligation { dueAt dueOn } }',
    )
    expect(ticket.responseObligation).toEqual({ dueAt: '2026-02-24T02:30:00.000Z', dueOn: '2026-02-24' })
  })

  it('counts 24 hours in Berlin over the night that is put forward as 24 (T22)', async () => {
    const settings = { timeZone: 'Europe/Berlin', jurisdiction: 'DE-BE' }
    const agreement = await customer.agreement({ fixHours: '24' }, settings)
    await world.freezeClock('2026-03-28T12:00:00+01:00')
    const { ticket } = await done(
      admin,
      'ticketReport',
      { agreementId: agreement.id, kind: 'FAULT', subject: 'x' },
      'ticket { fixObligation { dueAt dueOn } }',
    )
    expect(ticket.fixObligation).toEqual({ dueAt: '2026-03-29T11:00:00.000Z', dueOn: '2026-03-29' })
  })

  it('keeps a calendar whose days are of no zone', async () => {
    const year = { publishedFrom: '2027-01-01', publishedThrough: '2027-12-31' }
    const published = { restDays: ['2027-01-01', '2027-03-14'], workDays: ['2027-11-07'] }
    const { calendarVersion } = await done(
      admin,
      'calendarPublish',
      { jurisdiction: 'CN', source: 'x', ...year, ...published },
      'calendarVersion { publishedFrom publishedThrough restDays workDays }',
    )
    expect(calendarVersion).toEqual({ ...year, ...published })
  })

  it('counts whatever is counted as a server anywhere else does', () => {
    const hours = { window: OFFICE }
    const anyTerms = fc.oneof(
      fc.integer({ min: 1, max: 200 }).map(n => terms(String(n), 'HOURS', hours)),
      fc.integer({ min: 0, max: 90 }).map(n => terms(String(n), 'DAYS', { rolls: true })),
      fc.integer({ min: 1, max: 60 }).map(n => terms(String(n), 'WORKING_DAYS')),
      fc.integer({ min: 1, max: 24 }).map(n => terms(String(n), 'MONTHS', { timeZone: 'Europe/Berlin' })),
    )
    const starts = fc
      .tuple(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 0, max: 86_399 }))
      .map(([day, second]) => new Date(at(`${addDays('2025-01-02', day)}T00:00`).getTime() + second * 1000))
    const counted = (zone: string, of: ClockTerms, start: Date): Date => {
      process.env.TZ = zone
      return dueOf(of, start, [], china).at
    }
    fc.assert(
      fc.property(anyTerms, starts, (of, start) => {
        const here = counted('America/New_York', of, start)
        expect(counted('Pacific/Apia', of, start)).toEqual(here)
        expect(counted('UTC', of, start)).toEqual(here)
      }),
    )
    process.env.TZ = 'America/New_York'
  })
})
