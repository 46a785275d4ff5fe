import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Caller, World } from '../kit/world.js'
import { Desk } from './kit.js'

let world: World
let desk: Desk

beforeAll(async () => {
  world = await World.create()
  desk = await Desk.open(world)
  await desk.at('2026-03-02T10:00')
})
afterAll(() => world.close())

/** Each action with its mutation and what it takes beside the ticket. */
const MUTATIONS: Readonly<Record<string, [string, (older: string) => object]>> = {
  COMMENT: ['ticketComment', () => ({ text: 'More.' })],
  ATTACH: [
    'attachmentUploadCreate',
    () => ({ fileName: 'a.txt', contentType: 'text/plain', byteSize: 1, sha256: 'a'.repeat(64) }),
  ],
  RESPOND: ['ticketRespond', () => ({ text: 'On it.' })],
  START: ['ticketStart', () => ({})],
  REQUEST_INFO: ['ticketRequestInfo', () => ({ text: 'Which version?' })],
  PROVIDE_INFO: ['ticketProvideInfo', () => ({ text: 'Seven' })],
  RESOLVE: ['ticketResolve', () => ({})],
  CLOSE: ['ticketClose', () => ({})],
  REOPEN: ['ticketReopen', () => ({})],
  RECLASSIFY: ['ticketReclassify', () => ({ kind: 'SUPPORT' })],
  MARK_DUPLICATE: ['ticketMarkDuplicate', older => ({ duplicateOfId: older })],
}

/** How a ticket comes to stand where it does, from its report on. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  reported: [],
  responded: ['RESPOND'],
  'in progress': ['RESPOND', 'START'],
  'waiting unanswered': ['REQUEST_INFO'],
  'waiting once responded': ['RESPOND', 'REQUEST_INFO'],
  resolved: ['RESOLVE'],
  closed: ['RESOLVE', 'CLOSE'],
  reopened: ['RESOLVE', 'REOPEN'],
  'a duplicate': ['MARK_DUPLICATE'],
}

describe('viewerActions', () => {
  it('are what the mutations accept from this viewer now, wherever a ticket stands', async () => {
    const older = await desk.report()
    const callers: Record<string, Caller> = {
      agent: desk.agent,
      member: desk.member,
      robot: await desk.provider.service(['ticket:read', 'ticket:comment', 'ticket:answer']),
    }
    for (const [place, way] of Object.entries(WAYS)) {
      const brought = async (): Promise<string> => {
        const id = await desk.report()
        for (const step of way) expect(await does(step, id, older, desk.agent)).toBe(true)
        return id
      }
      for (const [name, caller] of Object.entries(callers)) {
        const id = await brought()
        const { ticket } = await caller.ask('query ($id: ID!) { ticket(id: $id) { viewerActions } }', { id })
        const accepted = []
        // What is refused leaves the ticket as it was; what is accepted is done to another one like it.
        for (const action of Object.keys(MUTATIONS)) {
          const subject = ticket.viewerActions.includes(action) ? await brought() : id
          if (await does(action, subject, older, caller)) accepted.push(action)
        }
        expect({ place, name, actions: ticket.viewerActions }).toEqual({ place, name, actions: accepted })
      }
    }
  })

  it('offer no reopening once it is too late', async () => {
    const id = await desk.report()
    await desk.act('ticketResolve', id)
    expect((await desk.see(id, 'viewerActions')).viewerActions).toContain('REOPEN')
    await desk.at('2026-03-09T10:00:00.001')
    expect((await desk.see(id, 'viewerActions')).viewerActions).not.toContain('REOPEN')
  })
})

async function does(action: string, ticketId: string, older: string, caller: Caller): Promise<boolean> {
  const [mutation, input] = MUTATIONS[action] as [string, (older: string) => object]
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`
  const answer = await caller.send<Record<string, { userErrors: object[] } | null>>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code } } }`,
    { input: { idempotencyKey: randomUUID(), ticketId, ...input(older) } },
  )
  return answer.data[mutation]?.userErrors.length === 0
}
