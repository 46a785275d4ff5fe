import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { agreementWithFees } from '../invoices/kit.js'
import { Partner } from '../kit/partners.js'
import { Subscriber } from '../kit/subscriber.js'
import { type AgreementHandle, type Caller, type Customer, type Provider, World } from '../kit/world.js'

const HOUR = 60 * 60 * 1000
const FIELDS = `id cursor previousCursor typeName clause time
  breach { id number dutyClause liabilityClause occurredAt agreement { id } redactions { field reason category } }
  assessment { total { amount currency } basisAmount { amount } state }
  agreement { id } redactions { field reason category }`

let world: World
let provider: Provider
let customer: Customer
let agreement: AgreementHandle
let admin: Caller
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  customer = await provider.customer()
  admin = await provider.admin()
  agreement = await agreementWithFees(customer)
})
afterAll(() => world.close())

async function listen(caller: Caller, breaches: object = {}): Promise<Subscriber> {
  const subscriber = new Subscriber(caller, { breaches, fields: FIELDS })
  onTestFinished(() => subscriber.stop())
  return subscriber.ready()
}

/** A fault that nobody answers, until its response is late. */
async function missResponse(of: AgreementHandle): Promise<{ ticketId: string; receivedAt: string }> {
  const input = { agreementId: of.id, kind: 'FAULT', subject: 'Down' }
  const { ticket } = await admin.mutate('ticketReport', input, 'ticket { id receivedAt }')
  await world.setClock(new Date(Date.parse(ticket.receivedAt) + 3 * HOUR))
  await world.ringDue()
  return { ticketId: ticket.id, receivedAt: ticket.receivedAt }
}

describe('a breach event', () => {
  it('comes as it is found, cites both clauses and carries the price that both sides signed', async () => {
    const integrator = await provider.service(['breach:read', 'event:read', 'agreement:read'])
    const subscriber = await listen(integrator)
    const { receivedAt } = await missResponse(agreement)
    await subscriber.has(1)
    const due = new Date(Date.parse(receivedAt) + 2 * HOUR).toISOString()
    expect(subscriber.events[0]).toMatchObject({
      typeName: 'breach.detected',
      clause: '2.3.1',
      time: due,
      breach: {
        dutyClause: '2.3.1',
        liabilityClause: '5.1.1',
        occurredAt: due,
        agreement: { id: agreement.id },
      },
      assessment: {
        state: 'INDICATIVE',
        total: { amount: '12000.00', currency: 'CNY' },
        basisAmount: { amount: '240000.00' },
      },
      redactions: [],
    })
  })

  it('comes to those alone who asked for its agreement, its customer or its type', async () => {
    const neighbour = await provider.customer()
    const other = await neighbour.agreement()
    const [all, ofAgreement, ofCustomer, ofType, ofNoType, ofNobody, ofNonsense] = await Promise.all(
      [
        {},
        { agreementId: agreement.id },
        { customerId: customer.id },
        { types: ['BREACH_DETECTED', 'TICKET_REPORTED'] },
        { types: ['TICKET_REPORTED'] },
        { customerId: 'cus_01a2054d-5d8c-716f-bc05-1fde2fdeb457' },
        { agreementId: 'x' },
      ].map(filter => listen(admin, filter)),
    )
    await missResponse(agreement)
    await missResponse(other)
    await Promise.all([all?.has(2), ofType?.has(2)])
    await new Promise(resolve => setTimeout(resolve, 300))
    const heard = [all, ofAgreement, ofCustomer, ofType, ofNoType, ofNobody, ofNonsense].map(each =>
      each?.events.map(event => event.breach.agreement.id),
    )
    const both = [agreement.id, other.id]
    expect(heard).toEqual([both, [agreement.id], [agreement.id], both, [], [], []])
  })

  it('is told to an app under SUBSCRIBE, without what is of another category, and is written down', async () => {
    const theirs = await provider.customer()
    const held = await agreementWithFees(theirs)
    const partner = await Partner.register(provider, {
      scopes: ['event:read', 'breach:read', 'agreement:read'],
    })
    await partner.authorizedBy(theirs, ['BREACH'], { operations: ['SUBSCRIBE'] })
    const subscriber = await listen(await partner.caller())
    await missResponse(agreement)
    await missResponse(held)
    await subscriber.has(1)
    const closed = [{ field: 'agreement', reason: 'NO_AUTHORIZATION', category: 'CONTRACT' }]
    expect(subscriber.events).toHaveLength(1)
    expect(subscriber.events[0]).toMatchObject({
      breach: { agreement: null, redactions: expect.arrayContaining(closed) },
      agreement: null,
      redactions: closed,
      assessment: { total: { amount: '12000.00' } },
    })
    // Event, breach and assessment, in one entry of the customer's log.
    const signatory = await theirs.signatory()
    await vi.waitFor(async () => {
      const { disclosures } = await signatory.ask('{ disclosures { nodes { categories objectCount } } }')
      expect(disclosures.nodes).toEqual([{ categories: ['BREACH'], objectCount: 3 }])
    })
  })

  it('asks for the scope of breaches where the breach is read, on any stream', async () => {
    const nosy = await provider.service(['event:read'])
    const { errors } = await nosy.send(
      '{ events(first: 100) { nodes { id ... on BreachEvent { breach { id } } } } }',
    )
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    const subscriber = await listen(nosy)
    await vi.waitFor(() => expect(subscriber.errors).toHaveLength(1))
    expect(subscriber.errors[0]).toEqual([expect.objectContaining({ extensions: { code: 'FORBIDDEN' } })])
  })
})
