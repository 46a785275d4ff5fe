import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { done } from '../kit/done.js'
import { type Caller, type Customer, World } from '../kit/world.js'

let world: World
let customer: Customer
let admin: Caller

beforeAll(async () => {
  world = await World.create()
  await world.freezeClock('2026-02-01T09:00:00+08:00')
  const provider = await world.provider()
  customer = await provider.customer()
  admin = await provider.admin()
})
afterAll(() => world.close())

const office = { opens: '09:00', closes: '18:00' }

describe('hours in a service window', () => {
  it('T2: a report of make-up Saturday 17:30 is due after Spring Festival, at 10:30 of the 24th', async () => {
    const agreement = await customer.agreement({ responseHours: '2' }, { serviceWindow: office })
    await world.freezeClock('2026-02-14T17:30:00+08:00')
    const { ticket } = await done(
      admin,
      'ticketReport',
      { agreementId: agreement.id, kind: 'FAULT', subject: 'x' },
      `ticket { responseObligation { dueAt provisional derivation { quantity unit timeZone calendarVersion serviceWindow { opens closes }
         stretches { from until kind seconds days text } } } }`,
    )
    expect(ticket.responseObligation).toEqual({
      dueAt: '2026-02-24T02:30:00.000Z',
      provisional: false,
      derivation: {
        quantity: '2',
        unit: 'HOURS',
        timeZone: 'Asia/Shanghai',
        calendarVersion: 'CN 2026',
        serviceWindow: office,
        stretches: [
          {
            ...{ from: '2026-02-14T09:30:00.000Z', until: '2026-02-14T10:00:00.000Z', kind: 'RAN' },
            ...{ seconds: '1800', days: null, text: 'Counted: 00:30:00.' },
          },
          {
            ...{ from: '2026-02-14T10:00:00.000Z', until: '2026-02-24T01:00:00.000Z', kind: 'CLOSED' },
            ...{
              seconds: '831600',
              days: null,
              text: 'Not counted, outside of the service window: 231:00:00.',
            },
          },
          {
            ...{ from: '2026-02-24T01:00:00.000Z', until: '2026-02-24T02:30:00.000Z', kind: 'RAN' },
            ...{ seconds: '5400', days: null, text: 'Counted: 01:30:00.' },
          },
        ],
      },
    })
  })

  it('are part of what is signed, and null in the terms puts them back on the wall clock', async () => {
    const agreement = await customer.draft({}, { serviceWindow: office, jurisdiction: 'DE-BE' })
    const VERSION = 'jurisdiction currentVersion { serviceWindow { opens closes } contentHash }'
    const { jurisdiction, currentVersion } = await agreement.read(VERSION)
    expect([jurisdiction, currentVersion.serviceWindow]).toEqual(['DE-BE', office])
    const signed = await agreement.submit()
    const changed = { agreementId: agreement.id, terms: {} }
    await done(admin, 'agreementTermsSet', changed)
    expect((await agreement.read(VERSION)).currentVersion).toEqual({
      serviceWindow: office,
      contentHash: signed,
    })
    await done(admin, 'agreementTermsSet', { ...changed, serviceWindow: null })
    const after = (await agreement.read(VERSION)).currentVersion
    expect(after.serviceWindow).toBeNull()
    expect(after.contentHash).not.toBe(signed)
  })

  it('that are no window are refused, and it is said where', async () => {
    const draft = { customerId: customer.id }
    for (const [serviceWindow, field] of [
      [{ opens: '9:00', closes: '18:00' }, 'opens'],
      [{ opens: '09:00', closes: '24:00' }, 'closes'],
      [{ opens: '09:00', closes: '09:59' }, 'closes'],
      [{ opens: '18:00', closes: '09:00' }, 'closes'],
    ])
      expect((await admin.mutate('agreementDraft', { ...draft, serviceWindow })).userErrors).toMatchObject([
        { code: 'INVALID', field: ['input', 'serviceWindow', field] },
      ])
  })
})
