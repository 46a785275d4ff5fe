import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AgreementHandle, type Caller, type Customer, type Provider, World } from '../kit/world.js'

let world: World
let provider: Provider
let customer: Customer
let agreement: AgreementHandle
let member: Caller
let agent: Caller

beforeAll(async () => {
  world = await World.create()
  await world.setClock('2026-02-01T09:00:00+08:00')
  provider = await world.provider()
  customer = await provider.customer()
  agreement = await customer.agreement({ responseHours: '2', fixHours: '24' })
  member = await customer.user('MEMBER')
  agent = await provider.staff('AGENT')
})
afterAll(() => world.close())

const CLOCKS =
  'ticket { id number state responseObligation { state dueAt startedAt } fixObligation { state dueAt } }'

/** Reports a fault at this instant; tokens are good for an hour of wall clock, whatever the world's clock says. */
async function reportAt(
  at: string,
): Promise<{ id: string; number: number; responseObligation: { dueAt: string } }> {
  await world.freezeClock(at)
  const { ticket } = await member.mutate(
    'ticketReport',
    { agreementId: agreement.id, kind: 'FAULT', subject: 'No answers' },
    CLOCKS,
  )
  return ticket
}

describe('the response clock (clause 2.3.1)', () => {
  it('T1: hours run through the holidays of Spring Festival', async () => {
    const ticket = await reportAt('2026-02-16T23:30:00+08:00')
    expect(ticket.responseObligation.dueAt).toBe('2026-02-16T17:30:00.000Z')
  })

  it('counts the finest part of an hour that can be promised', async () => {
    const precise = await customer.agreement({ responseHours: '0.25123456789012', fixHours: '1' })
    await world.freezeClock('2026-02-16T23:00:00+08:00')
    const { ticket } = await member.mutate(
      'ticketReport',
      { agreementId: precise.id, kind: 'FAULT', subject: 'No answers' },
      CLOCKS,
    )
    expect(ticket.responseObligation.dueAt).toBe('2026-02-16T15:15:04.444Z')
  })

  it('T1: a reply exactly on the deadline keeps the promise', async () => {
    const ticket = await reportAt('2026-02-16T23:30:00+08:00')
    await world.freezeClock('2026-02-17T01:30:00.000+08:00')
    await world.ringDue()
    const answer = await agent.mutate('ticketRespond', { ticketId: ticket.id, text: 'On it.' }, CLOCKS)
    expect(answer.ticket.responseObligation.state).toBe('MET')
  })

  it('T1: a reply one millisecond later is a breach that cites 2.3.1 and 5.1.1', async () => {
    const ticket = await reportAt('2026-02-18T23:30:00+08:00')
    await world.freezeClock('2026-02-19T01:30:00.001+08:00')
    const answer = await agent.mutate(
      'ticketRespond',
      { ticketId: ticket.id, text: 'On it.' },
      'ticket { responseObligation { state breach { number dutyClause liabilityClause occurredAt owedBy state assessment { state total { amount } } } } }',
    )
    expect(answer.ticket.responseObligation).toMatchObject({
      state: 'MISSED',
      breach: {
        dutyClause: '2.3.1',
        liabilityClause: '5.1.1',
        occurredAt: '2026-02-18T17:30:00.000Z',
        owedBy: 'PROVIDER',
        state: 'DETECTED',
        assessment: { state: 'NEEDS_LEGAL_DECISION', total: null },
      },
    })
  })

  it('the sweep finds a miss that nobody answered, once, and a late answer makes no second breach', async () => {
    const ticket = await reportAt('2026-03-02T10:00:00+08:00')
    await world.freezeClock('2026-03-02T12:00:00.001+08:00')
    expect(await world.ringDue()).toBeGreaterThan(0)
    await world.ringDue()
    await agent.mutate('ticketRespond', { ticketId: ticket.id, text: 'Late.' })
    const { breaches } = await agent
      .ask(
        'query ($id: ID!) { ticket(id: $id) { obligations { kind state breach { number detectedAt } } } breaches { totalCount } }',
        { id: ticket.id },
      )
      .then(data => ({
        breaches: data.ticket.obligations.filter((each: { breach: unknown }) => each.breach),
      }))
    expect(breaches).toHaveLength(1)
    expect(breaches[0]).toMatchObject({
      kind: 'FAULT_RESPONSE',
      breach: { detectedAt: '2026-03-02T04:00:00.001Z' },
    })
  })

  it('a ticket that misses response and fix has two findings and one assessment', async () => {
    const ticket = await reportAt('2026-04-01T10:00:00+08:00')
    await world.freezeClock('2026-04-02T10:00:00.001+08:00')
    await world.ringDue()
    const { ticket: seen } = await agent.ask(
      'query ($id: ID!) { ticket(id: $id) { obligations { breach { id assessment { id breaches { id } } } } } }',
      { id: ticket.id },
    )
    const assessments = new Set(
      seen.obligations.map((each: { breach: { assessment: { id: string } } }) => each.breach.assessment.id),
    )
    expect(seen.obligations).toHaveLength(2)
    expect(assessments.size).toBe(1)
    expect(seen.obligations[0].breach.assessment.breaches).toHaveLength(2)
  })
})

describe('reporting from a phone', () => {
  it('twice with the same key is one ticket with two obligations', async () => {
    await world.setClock('2026-05-06T10:00:00+08:00')
    const input = {
      idempotencyKey: randomUUID(),
      agreementId: agreement.id,
      kind: 'FAULT',
      subject: 'Down',
      clientId: randomUUID(),
    }
    const [first, second] = [
      await member.mutate('ticketReport', input, 'ticket { id number obligations { id kind } }'),
      await member.mutate('ticketReport', input, 'ticket { id number obligations { id kind } }'),
    ]
    expect(second).toEqual(first)
    expect(first.ticket.obligations.map((each: { kind: string }) => each.kind)).toEqual([
      'FAULT_RESPONSE',
      'FAULT_FIX',
    ])
    const stored = await world.sqlAsSuperuser(
      'select count(*)::int as count from tickets where subject = $1',
      ['Down'],
    )
    expect(stored).toEqual([{ count: 1 }])
  })

  it('an id made offline stands for the ticket, for its caller alone', async () => {
    const clientId = randomUUID()
    const { ticket } = await member.mutate(
      'ticketReport',
      { agreementId: agreement.id, kind: 'SUPPORT', subject: 'How?', clientId },
      'ticket { id }',
    )
    const comment = await member.mutate(
      'ticketComment',
      { ticketId: `client:${clientId}`, text: 'More.' },
      'ticket { id }',
    )
    expect(comment.ticket.id).toBe(ticket.id)
    const { userErrors } = await agent.mutate('ticketComment', {
      ticketId: `client:${clientId}`,
      text: 'More.',
    })
    expect(userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['input', 'ticketId'] }])
    const again = await member.mutate('ticketReport', {
      agreementId: agreement.id,
      kind: 'SUPPORT',
      subject: 'How?',
      clientId,
    })
    expect(again.userErrors).toMatchObject([{ code: 'TAKEN', field: ['input', 'clientId'] }])
  })

  it('a draft has no clocks to start', async () => {
    const draft = await customer.draft()
    const { userErrors } = await member.mutate('ticketReport', {
      agreementId: draft.id,
      kind: 'FAULT',
      subject: 'Down',
    })
    expect(userErrors).toMatchObject([{ code: 'INVALID_STATE', clause: '1.3.1' }])
  })

  it("numbers run per agreement, and another customer's user sees none of it", async () => {
    const other = await provider.customer()
    const theirs = await other.agreement()
    const user = await other.user('MEMBER')
    const { ticket } = await user.mutate(
      'ticketReport',
      { agreementId: theirs.id, kind: 'FAULT', subject: 'Ours' },
      'ticket { id number }',
    )
    expect(ticket.number).toBe(1)
    expect(
      (await member.ask('query ($id: ID!) { ticket(id: $id) { id } }', { id: ticket.id })).ticket,
    ).toBeNull()
    const { userErrors } = await member.mutate('ticketReport', {
      agreementId: theirs.id,
      kind: 'FAULT',
      subject: 'Not mine',
    })
    expect(userErrors).toMatchObject([{ code: 'NOT_FOUND' }])
  })
})

describe('the portal page', () => {
  it('asks the newest tickets of all agreements in one statement, so many of each', async () => {
    const data = await agent.ask(
      '{ agreements { nodes { id tickets(first: 2) { nodes { number createdAt } pageInfo { hasNextPage } } } } }',
    )
    const page = data.agreements.nodes.find((each: { id: string }) => each.id === agreement.id).tickets
    expect(page.nodes).toHaveLength(2)
    expect(page.pageInfo.hasNextPage).toBe(true)
    expect(page.nodes[0].number).toBeGreaterThan(page.nodes[1].number)
  })
})
