import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type NewEvent, systemSession } from '../../src/persistence/index.js'
import { type AgreementHandle, Caller, type Customer, ISSUER, type Provider, World } from '../kit/world.js'

let world: World
let provider: Provider
let customer: Customer
let agreement: AgreementHandle
let admin: Caller
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  customer = await provider.customer()
  agreement = await customer.agreement()
  admin = await provider.admin()
})
afterAll(() => world.close())

const POLL = `query ($after: EventCursor, $first: Int, $filter: EventFilter) {
  events(after: $after, first: $first, filter: $filter) {
    nodes { id type typeName cursor previousCursor time subjectRevision clause actor { kind callerId } data dataSchema
      subject { id } agreement { id number } }
    edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } resumeCursor } }`

const poll = async (caller: Caller, variables: object = {}) => (await caller.ask(POLL, variables)).events
const types = (page: { nodes: { typeName: string }[] }): string[] => page.nodes.map(node => node.typeName)

const LIFE = [
  'agreement.drafted',
  'agreement.submitted',
  'agreement.signed',
  'agreement.signed',
  'agreement.in_force',
]

describe('polling', () => {
  it('begins at the oldest event and tells each in full', async () => {
    const page = await poll(admin)
    expect(types(page)).toEqual(LIFE)
    const last = page.nodes.at(-1)
    expect(last).toMatchObject({
      type: 'AGREEMENT_IN_FORCE',
      clause: '1.3.1',
      actor: { kind: 'CUSTOMER', callerId: expect.stringMatching(/^[0-9a-f]{64}$/) },
      dataSchema: 'surety:agreement.in_force:1',
      subject: { id: agreement.id },
      agreement: { id: agreement.id },
    })
    expect(last.id).toMatch(/^evt_[0-9a-f-]{36}$/)
    expect(page.edges.map((edge: { node: { id: string } }) => edge.node.id)).toEqual(
      page.nodes.map((node: { id: string }) => node.id),
    )
    expect(page.pageInfo).toMatchObject({ hasNextPage: false, endCursor: last.cursor })
  })

  it('goes on page by page, each event once, each strung to the one before', async () => {
    const seen: { id: string; cursor: string; previousCursor: string | null }[] = []
    let after: string | null = null
    for (;;) {
      const page: Awaited<ReturnType<typeof poll>> = await poll(admin, { first: 2, after })
      for (const node of page.nodes) {
        expect(node.previousCursor).toBe(seen.at(-1)?.cursor ?? null)
        seen.push(node)
      }
      after = page.resumeCursor
      if (!page.pageInfo.hasNextPage) break
    }
    expect(new Set(seen.map(node => node.id)).size).toBe(5)
    const empty = await poll(admin, { after })
    expect(empty).toMatchObject({
      nodes: [],
      pageInfo: { hasNextPage: false, startCursor: null, endCursor: null },
    })
    expect(empty.resumeCursor).toMatch(/^[\w-]+$/)
  })

  it('tells nobody whether anything happened to others: where to go on is sealed anew at the end', async () => {
    const member = await customer.user('MEMBER')
    const stands = async (): Promise<boolean> => {
      const { nodes, resumeCursor, pageInfo } = await poll(member, { first: 100 })
      expect(pageInfo.hasNextPage).toBe(false)
      return nodes.at(-1).cursor === resumeCursor
    }
    await customer.draft()
    const newest = await stands()
    await (await provider.customer()).draft()
    expect([newest, await stands()]).toEqual([false, false])
  })

  it('names who made it happen so that one caller is one, and a guess at who can be checked by nobody', async () => {
    const subject = 'lin.mei@customer.example'
    const its = await world.provider()
    const bound = await its.customer()
    const roles = { tenant: its.slug, customer: bound.number, role: ['MEMBER'], subject }
    const lin = new Caller(world, await world.token(roles))
    const { id: agreementId } = await bound.agreement()
    for (const text of ['Down', 'Down again'])
      await lin.mutate('ticketReport', { agreementId, kind: 'FAULT', subject: text })
    const page = await poll(await its.admin(), { first: 100, filter: { types: ['TICKET_REPORTED'] } })
    const names = new Set<string>(page.nodes.map((node: any) => node.actor.callerId))
    expect(page.nodes).toHaveLength(2)
    expect(names.size).toBe(1)
    const guesses = [`${ISSUER}\n${subject}`, [ISSUER, subject, 'customer', bound.uuid].join('\n')]
    const hashes = guesses.map(guess => createHash('sha256').update(guess).digest('hex'))
    // The journal itself knows it by the second one.
    const [row] = await world.sqlAsSuperuser<{ actor_id: string }>(
      `select actor_id from events where type = 'ticket.reported' limit 1`,
    )
    expect(hashes).toContain(row?.actor_id)
    for (const hash of hashes) expect(names).not.toContain(hash)
  })

  it('filters by type, customer and agreement; ids that are nobody’s find nothing', async () => {
    const other = await provider.customer()
    await other.draft()
    expect(types(await poll(admin, { filter: { types: ['AGREEMENT_SIGNED'] } }))).toEqual([
      'agreement.signed',
      'agreement.signed',
    ])
    expect(types(await poll(admin, { filter: { customerId: other.id } }))).toEqual(['agreement.drafted'])
    expect(types(await poll(admin, { filter: { agreementId: agreement.id } }))).toEqual(LIFE)
    for (const filter of [
      { customerId: 'cus_nobody' },
      { agreementId: customer.id },
      { agreementId: 'agr_00000000-0000-7000-8000-000000000000' },
    ]) {
      const page = await poll(admin, { filter })
      expect(page.nodes).toEqual([])
      expect(page.resumeCursor).toMatch(/^[\w-]+$/)
    }
  })

  it('finds one event by id, also as a node, and tells it without a stream’s cursors', async () => {
    const [first] = (await poll(admin)).nodes
    const query = `query ($id: ID!) { event(id: $id) { __typename id typeName previousCursor cursor }
      node(id: $id) { __typename id ... on Event { typeName } } }`
    const { event, node } = await admin.ask(query, { id: first.id })
    expect(event).toMatchObject({ __typename: 'RecordEvent', id: first.id, previousCursor: null })
    expect(node).toEqual({ __typename: 'RecordEvent', id: first.id, typeName: 'agreement.drafted' })
    expect(types(await poll(admin, { after: event.cursor, first: 1 }))).toEqual(['agreement.submitted'])
    for (const id of ['evt_x', agreement.id, 'evt_00000000-0000-7000-8000-000000000000'])
      expect((await admin.ask(query, { id })).event).toBeNull()
  })
})

describe('event cursors', () => {
  it('eventCursor: what is visible in the same answer is not behind it', async () => {
    const { eventCursor, agreements } = await admin.ask('{ eventCursor agreements { totalCount } }')
    expect((await poll(admin, { after: eventCursor })).nodes).toEqual([])
    await customer.draft()
    const { nodes } = await poll(admin, { after: eventCursor })
    expect(nodes.map((node: { typeName: string }) => node.typeName)).toEqual(['agreement.drafted'])
    expect(nodes[0].previousCursor).toBe(eventCursor)
    expect((await admin.ask('{ agreements { totalCount } }')).agreements.totalCount).toBe(
      agreements.totalCount + 1,
    )
  })

  it('are all of one length and never the same twice, so that they tell nothing of what goes unseen', async () => {
    const member = await customer.user('MEMBER')
    const [first, second] = [await poll(member), await poll(member)]
    expect(first.resumeCursor).not.toBe(second.resumeCursor)
    const lengths = first.nodes.map((node: { cursor: string }) => node.cursor.length)
    expect(new Set([...lengths, first.resumeCursor.length]).size).toBe(1)
  })

  it('a cursor that staff took is good for a customer of the tenant, who then sees its own', async () => {
    const { eventCursor } = await admin.ask('{ eventCursor }')
    await (await provider.customer()).draft()
    await customer.draft()
    const member = await customer.user('MEMBER')
    expect(types(await poll(member, { after: eventCursor }))).toEqual(['agreement.drafted'])
    expect(types(await poll(admin, { after: eventCursor }))).toHaveLength(2)
  })

  it('a forged, foreign or list cursor is BAD_USER_INPUT, alike', async () => {
    const stranger = await world.provider()
    const foreign = (await (await stranger.admin()).ask('{ eventCursor }')).eventCursor
    const own = (await admin.ask('{ eventCursor }')).eventCursor as string
    const flipped = own.slice(0, -2) + (own.endsWith('AA') ? 'BB' : 'AA')
    const list = (await admin.ask('{ agreements(first: 1) { pageInfo { endCursor } } }')).agreements.pageInfo
      .endCursor
    const answers = []
    for (const after of [foreign, flipped, list, '', 'x', '1', own.slice(0, 20)]) {
      const { data, errors } = await admin.send<{ events: null }>(POLL, { after })
      expect(data.events).toBeNull()
      answers.push(JSON.stringify(errors))
      expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
    }
    expect(new Set(answers).size).toBe(1)
  })
})

describe('retention', () => {
  it('ends after 90 days: CURSOR_EXPIRED carries the oldest cursor, from which it goes on', async () => {
    const own = await World.forTest()
    const theirs = await own.provider()
    const [quiet, busy] = [await theirs.customer(), await theirs.customer()]
    const staff = await theirs.admin()
    const start = (await staff.ask('{ eventCursor }')).eventCursor
    await busy.draft()
    const now = Date.now()
    await own.setClock(new Date(now + 60 * 86_400_000))
    await busy.draft()
    await quiet.draft()
    await own.setClock(new Date(now + 91 * 86_400_000))
    const { data, errors } = await staff.send<{ events: null }>(POLL, { after: start })
    expect(data.events).toBeNull()
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'CURSOR_EXPIRED' }, path: ['events'] })
    expect(errors?.[0]?.message).toContain('90')
    const [error] = errors ?? []
    const { oldestCursor } = (error as { extensions: object }).extensions as unknown as {
      oldestCursor: string
    }
    expect(types(await poll(staff, { after: oldestCursor }))).toHaveLength(2)
    expect(types(await poll(staff))).toHaveLength(2)
    expect(types(await poll(await busy.user('MEMBER')))).toHaveLength(1)
    // Nothing of this reader's own is gone, so it has missed nothing.
    expect(types(await poll(await quiet.user('MEMBER'), { after: start }))).toEqual(['agreement.drafted'])
    await own.setClock(new Date(now + 200 * 86_400_000))
    const page = await poll(staff)
    expect(page.nodes).toEqual([])
    expect(await poll(staff, { after: page.resumeCursor })).toMatchObject({ nodes: [] })
  })
})

describe('order', () => {
  it('is that of the numbers, past the tenth and the hundredth event', async () => {
    const theirs = await world.provider()
    const staff = await theirs.admin()
    await world.database.write(systemSession(theirs.tenantId), async operation => {
      const now = await operation.now()
      for (let at = 1; at <= 120; at++) operation.record(happened(at, now))
    })
    const seen: number[] = []
    let after: string | null = null
    for (let page = 0; page < 4; page++) {
      const { events }: { events: { nodes: { data: { at: number } }[]; resumeCursor: string } } =
        await staff.ask(
          'query ($after: EventCursor) { events(after: $after, first: 33) { nodes { data } resumeCursor } }',
          { after },
        )
      seen.push(...events.nodes.map(node => node.data.at))
      after = events.resumeCursor
    }
    expect(seen).toEqual(Array.from({ length: 120 }, (_, at) => at + 1))
  })
})

function happened(at: number, now: Date): NewEvent {
  return {
    type: 'agreement.submitted',
    category: 'CONTRACT',
    subject: { kind: 'agr', id: agreement.uuid, revision: () => 1 },
    customerId: null,
    agreementId: null,
    actor: { kind: 'system', id: 'surety' },
    occurredAt: now,
    acceptedAt: now,
    data: { at },
  }
}
