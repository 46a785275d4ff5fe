import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { done } from '../kit/done.js'
import { World } from '../kit/world.js'
import { Desk } from './kit.js'

let world: World
let desk: Desk

beforeAll(async () => {
  world = await World.create()
  desk = await Desk.open(world, { fixHours: '8', supportResponseHours: '8' })
})
afterAll(() => world.close())

const codes = async (id: string): Promise<Record<string, string[]>> => {
  const { obligations } = await desk.see(id, 'obligations { kind derivation { steps { code } } }')
  return Object.fromEntries(
    obligations.map((each: { kind: string; derivation: { steps: { code: string }[] } }) => [
      each.kind,
      each.derivation.steps.map(step => step.code),
    ]),
  )
}

describe('a ticket that is reopened', () => {
  it('T4: the fix clock goes on where it stopped', async () => {
    await desk.at('2026-03-10T09:00')
    const id = await desk.report()
    await desk.at('2026-03-10T14:00')
    await desk.act('ticketResolve', id)
    await desk.at('2026-03-11T10:00')
    await desk.act('ticketReopen', id, { text: 'It is back.' }, desk.member)
    expect(await desk.see(id, 'state resolvedAt fixObligation { state dueAt stoppedAt }')).toEqual({
      state: 'REOPENED',
      resolvedAt: null,
      fixObligation: { state: 'RUNNING', dueAt: '2026-03-11T05:00:00.000Z', stoppedAt: null },
    })
    await desk.at('2026-03-11T13:00')
    await desk.act('ticketResolve', id)
    expect((await desk.see(id)).fixObligation.state).toBe('MET')
  })

  it('is one within seven days, to the millisecond; past that it is another fault', async () => {
    await desk.at('2026-03-12T09:00')
    const [soon, late] = [await desk.report(), await desk.report()]
    for (const id of [soon, late]) await desk.act('ticketResolve', id)
    await desk.at('2026-03-19T09:00:00.000')
    await desk.act('ticketReopen', soon, {}, desk.member)
    await desk.at('2026-03-19T09:00:00.001')
    const [refusal] = await desk.refused('ticketReopen', late, {}, desk.member)
    expect(refusal).toMatchObject({ code: 'INVALID_STATE', field: ['input', 'ticketId'] })
    expect(refusal?.message).toContain('7 days')
    expect((await desk.see(late)).state).toBe('RESOLVED')
  })

  it('after it was closed as well, and a miss of its fix stays one', async () => {
    await desk.at('2026-03-20T09:00')
    const id = await desk.report()
    await desk.at('2026-03-20T18:00')
    await desk.act('ticketResolve', id)
    await desk.act('ticketClose', id, {}, desk.member)
    await desk.act('ticketReopen', id, {}, desk.member)
    expect(await desk.see(id)).toMatchObject({ state: 'REOPENED', fixObligation: { state: 'MISSED' } })
    await desk.act('ticketStart', id)
    expect((await desk.see(id)).state).toBe('IN_PROGRESS')
  })

  it('while service is suspended its clock stands still', async () => {
    await desk.at('2026-03-23T09:00')
    const id = await desk.report()
    await desk.at('2026-03-23T10:00')
    await desk.act('ticketResolve', id)
    const suspension = { agreementId: desk.agreement.id, scopes: ['SERVICE'] }
    await done(desk.admin, 'agreementSuspend', { ...suspension, reason: 'agreed' })
    await desk.act('ticketReopen', id, {}, desk.member)
    expect((await desk.see(id)).fixObligation.state).toBe('PAUSED')
    await desk.at('2026-03-23T12:00')
    await done(desk.admin, 'agreementResume', suspension)
    expect((await desk.see(id)).fixObligation.dueAt).toBe('2026-03-23T11:00:00.000Z')
  })
})

describe('a ticket that is retyped', () => {
  it('support retyped as fault: response and fix run from the original receipt', async () => {
    await desk.at('2026-03-24T09:00')
    const id = await desk.report({ kind: 'SUPPORT', category: 'DIAGNOSIS' })
    await desk.at('2026-03-24T10:30')
    await desk.act('ticketReclassify', id, { kind: 'FAULT' })
    expect(
      await desk.see(
        id,
        'kind category responseObligation { kind startedAt dueAt } fixObligation { startedAt dueAt state } obligations { kind state }',
      ),
    ).toEqual({
      kind: 'FAULT',
      category: null,
      responseObligation: {
        kind: 'FAULT_RESPONSE',
        startedAt: '2026-03-24T01:00:00.000Z',
        dueAt: '2026-03-24T03:00:00.000Z',
      },
      fixObligation: {
        startedAt: '2026-03-24T01:00:00.000Z',
        dueAt: '2026-03-24T09:00:00.000Z',
        state: 'RUNNING',
      },
      obligations: [
        { kind: 'FAULT_RESPONSE', state: 'RUNNING' },
        { kind: 'SUPPORT_RESPONSE', state: 'CANCELLED' },
        { kind: 'FAULT_FIX', state: 'RUNNING' },
      ],
    })
  })

  it('too late for its new clocks has missed them when they fell due, not when it was retyped', async () => {
    await desk.at('2026-03-25T09:00')
    const id = await desk.report({ kind: 'SUPPORT' })
    await desk.at('2026-03-26T09:00')
    await desk.act('ticketReclassify', id, { kind: 'FAULT' })
    await desk.at('2026-03-26T09:00')
    expect(
      await desk.see(
        id,
        'responseObligation { breach { occurredAt } } fixObligation { breach { occurredAt } }',
      ),
    ).toEqual({
      responseObligation: { breach: { occurredAt: '2026-03-25T03:00:00.000Z' } },
      fixObligation: { breach: { occurredAt: '2026-03-25T09:00:00.000Z' } },
    })
  })

  it('keeps the answers, questions and reopenings that there were: they count as they would have', async () => {
    await desk.at('2026-03-27T09:00')
    const id = await desk.report({ kind: 'SUPPORT' })
    await desk.at('2026-03-27T10:00')
    await desk.act('ticketRespond', id, { text: 'On it.' })
    await desk.act('ticketRequestInfo', id, { text: 'Which version?' })
    await desk.at('2026-03-27T12:00')
    await desk.act('ticketProvideInfo', id, { text: 'Seven' }, desk.member)
    await desk.at('2026-03-27T13:00')
    await desk.act('ticketResolve', id)
    await desk.at('2026-03-28T13:00')
    await desk.act('ticketReopen', id, {}, desk.member)
    await desk.at('2026-03-28T14:00')
    await desk.act('ticketReclassify', id, { kind: 'FAULT' })
    // Eight hours, less one before the question, one to the solution: six are left when it's reopened.
    expect(await desk.see(id)).toMatchObject({
      responseObligation: { state: 'MET', dueAt: '2026-03-27T03:00:00.000Z' },
      fixObligation: { state: 'RUNNING', dueAt: '2026-03-28T11:00:00.000Z' },
    })
    expect((await codes(id)).FAULT_FIX).toEqual([
      'STARTED',
      'DUE',
      'PAUSED',
      'RESUMED',
      'STOPPED',
      'REOPENED',
    ])
  })

  it('fault to support and back owes the fix anew, from the original receipt still', async () => {
    await desk.at('2026-04-07T09:00')
    const id = await desk.report()
    await desk.at('2026-04-07T10:00')
    for (const kind of ['SUPPORT', 'FAULT']) await desk.act('ticketReclassify', id, { kind })
    const { obligations, fixObligation } = await desk.see(
      id,
      'fixObligation { state dueAt } obligations { kind state }',
    )
    expect(fixObligation).toEqual({ state: 'RUNNING', dueAt: '2026-04-07T09:00:00.000Z' })
    expect(obligations).toHaveLength(5)
    expect(obligations.filter((each: { state: string }) => each.state === 'RUNNING')).toHaveLength(2)
    const { history } = await desk.see(id, 'history { nodes { type kind } }')
    expect(history.nodes).toEqual([
      { type: 'REPORTED', kind: 'FAULT' },
      { type: 'RECLASSIFIED', kind: 'SUPPORT' },
      { type: 'RECLASSIFIED', kind: 'FAULT' },
    ])
  })

  it('while service was suspended at its receipt has clocks that began when it went on', async () => {
    await desk.at('2026-04-08T09:00')
    const suspension = { agreementId: desk.agreement.id, scopes: ['SERVICE'] }
    await done(desk.admin, 'agreementSuspend', { ...suspension, reason: 'agreed' })
    await desk.at('2026-04-08T10:00')
    const id = await desk.report({ kind: 'UPGRADE_PROBLEM' })
    await desk.at('2026-04-08T12:00')
    await done(desk.admin, 'agreementResume', suspension)
    await desk.at('2026-04-08T13:00')
    await desk.act('ticketReclassify', id, { kind: 'FAULT' })
    expect((await desk.see(id)).fixObligation.dueAt).toBe('2026-04-08T12:00:00.000Z')
  })

  it('reopened under a suspension that goes on has a clock that stands still until it is over', async () => {
    await desk.at('2026-04-08T14:00')
    const id = await desk.report({ kind: 'SUPPORT' })
    const suspension = { agreementId: desk.agreement.id, scopes: ['SERVICE'] }
    await desk.at('2026-04-08T15:00')
    await done(desk.admin, 'agreementSuspend', { ...suspension, reason: 'agreed' })
    await desk.act('ticketResolve', id)
    await desk.at('2026-04-08T16:00')
    await desk.act('ticketReopen', id, {}, desk.member)
    await desk.act('ticketReclassify', id, { kind: 'FAULT' })
    expect((await desk.see(id)).fixObligation.state).toBe('PAUSED')
    await desk.at('2026-04-08T17:00')
    await done(desk.admin, 'agreementResume', suspension)
    // One hour of eight had run when it was suspended.
    expect((await desk.see(id)).fixObligation.dueAt).toBe('2026-04-08T16:00:00.000Z')
  })

  it('has a category as support alone (7.3.1)', async () => {
    await desk.at('2026-04-09T09:00')
    const id = await desk.report()
    expect(await desk.refused('ticketReclassify', id, { category: 'TRAINING' })).toMatchObject([
      { code: 'INVALID', field: ['input', 'category'], clause: '7.3.1' },
    ])
    await desk.act('ticketReclassify', id, { kind: 'SUPPORT', category: 'TRAINING' })
    const { tickets } = await desk.admin.ask(
      '{ tickets(filter: { category: [TRAINING] }) { nodes { id category } } }',
    )
    expect(tickets.nodes).toEqual([{ id, category: 'TRAINING' }])
  })
})

describe('a duplicate', () => {
  it('points at the older ticket, which goes on in its place; its own clocks are cancelled', async () => {
    await desk.at('2026-04-10T09:00')
    const [first, second] = [await desk.report(), await desk.report()]
    await desk.at('2026-04-10T10:00')
    await desk.act('ticketMarkDuplicate', second, { duplicateOfId: first })
    expect(await desk.see(second, 'state duplicateOf { id } obligations { state }')).toEqual({
      state: 'CLOSED',
      duplicateOf: { id: first },
      obligations: [{ state: 'CANCELLED' }, { state: 'CANCELLED' }],
    })
    expect((await desk.see(first)).fixObligation.state).toBe('RUNNING')
    const { tickets } = await desk.admin.ask(
      'query ($id: ID!) { tickets(filter: { duplicateOfId: $id }) { nodes { id } } }',
      { id: first },
    )
    expect(tickets.nodes).toEqual([{ id: second }])
    expect(await desk.refused('ticketReopen', second, {}, desk.member)).toMatchObject([
      { code: 'INVALID_STATE' },
    ])
  })

  it('gets rid of no clock: not by a younger ticket, a solved one, one of another kind, a chain or a stranger', async () => {
    await desk.at('2026-04-13T09:00')
    const [first, second, third] = [await desk.report(), await desk.report(), await desk.report()]
    const support = await desk.report({ kind: 'SUPPORT' })
    const other = await (await desk.provider.customer()).agreement()
    const { ticket } = await done(
      desk.admin,
      'ticketReport',
      { agreementId: other.id, kind: 'FAULT', subject: 'Theirs' },
      'ticket { id }',
    )
    const mark = async (id: string, duplicateOfId: string): Promise<string[]> =>
      (await desk.refused('ticketMarkDuplicate', id, { duplicateOfId })).map(
        each => `${each.code} ${each.field?.at(-1)}`,
      )
    expect(await mark(first, second)).toEqual(['INVALID duplicateOfId'])
    expect(await mark(first, first)).toEqual(['INVALID duplicateOfId'])
    expect(await mark(support, first)).toEqual(['INVALID duplicateOfId'])
    expect(await mark(third, ticket.id)).toEqual(['INVALID duplicateOfId'])
    expect(await mark(third, 'tkt_00000000-0000-4000-8000-000000000000')).toEqual(['NOT_FOUND duplicateOfId'])
    expect(await mark(second, first)).toEqual([])
    expect(await mark(third, second)).toEqual(['INVALID duplicateOfId'])
    const before = await desk.report()
    expect(await mark(first, before)).toEqual(['INVALID ticketId'])
    await desk.act('ticketResolve', first)
    expect(await mark(third, first)).toEqual(['INVALID duplicateOfId'])
    for (const id of [first, third]) expect((await desk.see(id)).state).not.toBe('CLOSED')
  })

  it('that was overdue before it was marked stays a miss', async () => {
    await desk.at('2026-04-14T09:00')
    const [first, second] = [await desk.report(), await desk.report()]
    await world.freezeClock('2026-04-14T11:00:00.001+08:00')
    await desk.act('ticketMarkDuplicate', second, { duplicateOfId: first })
    expect(await desk.see(second)).toMatchObject({
      responseObligation: { state: 'MISSED' },
      fixObligation: { state: 'CANCELLED' },
    })
  })
})
