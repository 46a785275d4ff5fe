import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { done } from '../kit/done.js'
import { World } from '../kit/world.js'
import { Desk } from './kit.js'

let world: World
let desk: Desk

beforeAll(async () => {
  world = await World.create()
  desk = await Desk.open(world)
})
afterAll(() => world.close())

const ask = (id: string, text = 'Which version do you run?'): Promise<{ question: { id: string } }> =>
  desk.act('ticketRequestInfo', id, { text })
const answer = (id: string, input: object = {}): Promise<object> =>
  desk.act('ticketProvideInfo', id, { text: 'Version 7', ...input }, desk.member)
const fixOf = async (id: string): Promise<{ state: string; dueAt: string }> =>
  (await desk.see(id)).fixObligation

describe('a question to the customer', () => {
  it('T3: the fix clock stands still while it is open, the response clock never does', async () => {
    await desk.at('2026-03-02T10:00')
    const id = await desk.report()
    await desk.at('2026-03-02T11:00')
    await desk.act('ticketRespond', id, { text: 'On it.' })
    await desk.at('2026-03-02T15:00')
    await ask(id)
    expect(
      await desk.see(id, 'state responseObligation { dueAt } fixObligation { state remaining }'),
    ).toEqual({
      state: 'WAITING_CUSTOMER',
      responseObligation: { dueAt: '2026-03-02T04:00:00.000Z' },
      fixObligation: { state: 'PAUSED', remaining: 'PT68400S' },
    })
    await desk.at('2026-03-03T09:30')
    await answer(id)
    expect(await desk.see(id)).toMatchObject({
      state: 'IN_PROGRESS',
      responseObligation: { dueAt: '2026-03-02T04:00:00.000Z' },
      fixObligation: { state: 'RUNNING', dueAt: '2026-03-03T20:30:00.000Z' },
    })
  })

  it('WAITING set without asking anything: a question says what it asks', async () => {
    await desk.at('2026-03-04T10:00')
    const id = await desk.report()
    for (const text of ['', '  \n '])
      expect(await desk.refused('ticketRequestInfo', id, { text })).toMatchObject([
        { code: 'BLANK', field: ['input', 'text'] },
      ])
    expect(await desk.see(id)).toMatchObject({ state: 'REPORTED', fixObligation: { state: 'RUNNING' } })
  })

  it('response after a pause began: the clock of the first answer ran on, and a question is no answer', async () => {
    await desk.at('2026-03-05T10:00')
    const [inTime, late] = [await desk.report(), await desk.report()]
    for (const id of [inTime, late]) await ask(id)
    await desk.at('2026-03-05T12:00')
    await desk.act('ticketRespond', inTime, { text: 'On it.' })
    await desk.at('2026-03-05T12:00:00.001')
    await desk.act('ticketRespond', late, { text: 'On it.' })
    expect(await desk.see(inTime)).toMatchObject({
      state: 'WAITING_CUSTOMER',
      responseObligation: { state: 'MET' },
    })
    expect(await desk.see(late)).toMatchObject({
      responseObligation: { state: 'MISSED' },
      fixObligation: { state: 'PAUSED' },
    })
  })

  it('who was asked and answers before anybody responded is still owed the response', async () => {
    await desk.at('2026-03-06T10:00')
    const id = await desk.report()
    await ask(id)
    await answer(id)
    expect(await desk.see(id)).toMatchObject({
      state: 'REPORTED',
      responseObligation: { state: 'RUNNING' },
    })
  })

  it('overlapping pauses count once: the fix goes on with the answer to the last open question', async () => {
    await desk.at('2026-03-07T10:00')
    const id = await desk.report()
    await desk.at('2026-03-07T11:00')
    const first = await ask(id, 'Which version?')
    await desk.at('2026-03-07T12:00')
    await ask(id, 'Which browser?')
    await desk.at('2026-03-07T13:00')
    await answer(id, { questionId: first.question.id })
    expect(await desk.see(id)).toMatchObject({
      state: 'WAITING_CUSTOMER',
      fixObligation: { state: 'PAUSED' },
    })
    await desk.at('2026-03-07T15:00')
    await answer(id)
    // Four hours, from 11:00 to 15:00; five would be the sum of both.
    expect(await fixOf(id)).toEqual({ state: 'RUNNING', dueAt: '2026-03-08T06:00:00.000Z' })
    const { questions } = await desk.see(id, 'questions { totalCount nodes { text state answer endedAt } }')
    expect(questions).toEqual({
      totalCount: 2,
      nodes: [
        {
          text: 'Which version?',
          state: 'ANSWERED',
          answer: 'Version 7',
          endedAt: '2026-03-07T05:00:00.000Z',
        },
        {
          text: 'Which browser?',
          state: 'ANSWERED',
          answer: 'Version 7',
          endedAt: '2026-03-07T07:00:00.000Z',
        },
      ],
    })
  })

  it('a zero-length pause moves nothing', async () => {
    await desk.at('2026-03-08T10:00')
    const id = await desk.report()
    const before = await fixOf(id)
    await ask(id)
    await answer(id)
    expect(await fixOf(id)).toEqual(before)
  })

  it('a pause after the deadline cures nothing, though nobody had looked', async () => {
    await desk.at('2026-03-09T10:00')
    const id = await desk.report()
    await world.freezeClock('2026-03-10T10:00:00.001+08:00')
    await ask(id)
    await desk.at('2026-03-12T10:00')
    await answer(id)
    expect(await desk.see(id, 'fixObligation { state dueAt breach { occurredAt } }')).toEqual({
      fixObligation: {
        state: 'MISSED',
        dueAt: '2026-03-10T02:00:00.000Z',
        breach: { occurredAt: '2026-03-10T02:00:00.000Z' },
      },
    })
  })

  it('a suspension and a question at once: the clock goes on when both are over', async () => {
    for (const [day, next, first] of [
      ['11', '12', 'question'],
      ['13', '14', 'suspension'],
    ] as const) {
      await desk.at(`2026-03-${day}T10:00`)
      const id = await desk.report()
      const agreementId = desk.agreement.id
      await desk.at(`2026-03-${day}T11:00`)
      await ask(id)
      await done(desk.admin, 'agreementSuspend', { agreementId, scopes: ['SERVICE'], reason: 'agreed' })
      const ends = {
        question: () => answer(id),
        suspension: () => done(desk.admin, 'agreementResume', { agreementId, scopes: ['SERVICE'] }),
      }
      await desk.at(`2026-03-${day}T12:00`)
      await ends[first]()
      expect((await fixOf(id)).state).toBe('PAUSED')
      await desk.at(`2026-03-${day}T13:00`)
      await ends[first === 'question' ? 'suspension' : 'question']()
      expect(await fixOf(id)).toEqual({ state: 'RUNNING', dueAt: `2026-03-${next}T04:00:00.000Z` })
    }
  })

  it('that nobody answered before the ticket was solved is withdrawn, and holds nothing when it is reopened', async () => {
    await desk.at('2026-03-16T10:00')
    const id = await desk.report()
    const { question } = await ask(id)
    await desk.at('2026-03-16T12:00')
    await desk.act('ticketResolve', id)
    expect(await desk.see(id, 'questions { nodes { state answer } }')).toEqual({
      questions: { nodes: [{ state: 'WITHDRAWN', answer: null }] },
    })
    expect(
      await desk.refused('ticketProvideInfo', id, { text: 'Late', questionId: question.id }),
    ).toMatchObject([{ code: 'INVALID_STATE', field: ['input', 'questionId'] }])
    await desk.at('2026-03-16T13:00')
    await desk.act('ticketReopen', id, {}, desk.member)
    // It stood still from 10:00, when the question was asked: all 24 hours are left.
    expect(await fixOf(id)).toEqual({ state: 'RUNNING', dueAt: '2026-03-17T05:00:00.000Z' })
  })

  it('is for the provider to ask and for either side to answer', async () => {
    await desk.at('2026-03-18T10:00')
    const id = await desk.report()
    const answered = await desk.member.send(
      'mutation ($input: TicketRequestInfoInput!) { ticketRequestInfo(input: $input) { userErrors { code } } }',
      { input: { idempotencyKey: 'k', ticketId: id, text: 'Why?' } },
    )
    expect(answered.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    await ask(id)
    await desk.act('ticketProvideInfo', id, { text: 'They said so on the telephone.' })
    expect((await fixOf(id)).state).toBe('RUNNING')
    expect(await desk.refused('ticketProvideInfo', id, { text: 'Once more' })).toMatchObject([
      { code: 'INVALID_STATE', field: ['input', 'ticketId'] },
    ])
  })
})

describe('what a clock of the client says', () => {
  it("offline client's clock: it counts when it is accepted, what the client claims is evidence", async () => {
    await desk.at('2026-03-20T10:00')
    const id = await desk.report({ claimedAt: '2026-03-20T01:00:00.000Z' })
    await desk.at('2026-03-20T12:00:00.001')
    await desk.act('ticketRespond', id, { text: 'On it.', claimedAt: '2026-03-20T03:00:00.000Z' })
    expect(
      await desk.see(
        id,
        'claimedAt responseObligation { state startedAt } history { nodes { type at claimedAt } }',
      ),
    ).toEqual({
      claimedAt: '2026-03-20T01:00:00.000Z',
      responseObligation: { state: 'MISSED', startedAt: '2026-03-20T02:00:00.000Z' },
      history: {
        nodes: [
          { type: 'REPORTED', at: '2026-03-20T02:00:00.000Z', claimedAt: '2026-03-20T01:00:00.000Z' },
          { type: 'RESPONDED', at: '2026-03-20T04:00:00.001Z', claimedAt: '2026-03-20T03:00:00.000Z' },
        ],
      },
    })
  })
})

describe('an automatic acknowledgement', () => {
  it('auto-reply counted as a response: what a machine writes stops no clock', async () => {
    await desk.at('2026-03-23T10:00')
    const id = await desk.report()
    const robot = await desk.provider.service(['ticket:comment', 'ticket:read'])
    await done(robot, 'ticketComment', { ticketId: id, text: 'We have received your request.' })
    expect(await desk.see(id, 'state respondedAt responseObligation { state }')).toEqual({
      state: 'REPORTED',
      respondedAt: null,
      responseObligation: { state: 'RUNNING' },
    })
  })
})
