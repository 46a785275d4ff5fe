import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Partner } from '../kit/partners.js'
import { RawSocket, Subscriber, until } from '../kit/subscriber.js'
import { type AgreementHandle, Caller, type Customer, type Provider, World } from '../kit/world.js'

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

async function listen(
  caller: Caller,
  options: ConstructorParameters<typeof Subscriber>[1] = {},
): Promise<Subscriber> {
  const subscriber = new Subscriber(caller, options)
  onTestFinished(() => subscriber.stop())
  return subscriber.ready()
}

const suspend = (handle = agreement) =>
  admin.mutate('agreementSuspend', { agreementId: handle.id, scopes: ['BACKUP'], reason: 'a pause' })
const resume = (handle = agreement) =>
  admin.mutate('agreementResume', { agreementId: handle.id, scopes: ['BACKUP'] })
const head = async (caller = admin): Promise<string> => (await caller.ask('{ eventCursor }')).eventCursor

describe('a subscription', () => {
  it('begins now, tells what happens next within a second, and strings the frames', async () => {
    const subscriber = await listen(admin)
    const started = performance.now()
    await suspend()
    const [first] = await subscriber.has(1)
    expect(performance.now() - started).toBeLessThan(1_000)
    await resume()
    const [, second] = await subscriber.has(2)
    expect(subscriber.events.map(event => event.typeName)).toEqual([
      'agreement.suspended',
      'agreement.resumed',
    ])
    expect(first?.previousCursor).toBeNull()
    expect(second?.previousCursor).toBe(first?.cursor)
  })

  it('tells from a cursor exactly what a poll from the same cursor tells', async () => {
    const after = await head()
    await suspend()
    await resume()
    await (await provider.customer()).draft()
    const fields =
      'id type typeName time subjectRevision clause actor { kind callerId } data dataSchema subject { __typename id } agreement { id number state }'
    const polled = await admin.ask(
      `query ($after: EventCursor) { events(after: $after) { nodes { ${fields} } } }`,
      { after },
    )
    const subscriber = await listen(admin, { after, fields: `${fields} cursor previousCursor` })
    const streamed = await subscriber.has(3)
    expect(streamed.map(({ cursor: _cursor, previousCursor: _previous, ...event }) => event)).toEqual(
      polled.events.nodes,
    )
    expect(streamed[0]?.previousCursor).toBe(after)
  })

  it('of some types tells only these, and its cursors pass over the others', async () => {
    const after = await head()
    const subscriber = await listen(admin, { after, types: ['AGREEMENT_RESUMED'] })
    await suspend()
    await resume()
    await suspend()
    await resume()
    const [first, second] = await subscriber.has(2)
    expect([first?.type, second?.type]).toEqual(['AGREEMENT_RESUMED', 'AGREEMENT_RESUMED'])
    expect([first?.previousCursor, second?.previousCursor]).toEqual([after, first?.cursor])
  })

  it('brings events that another process committed within a second, without a wake-up', async () => {
    const subscriber = await listen(admin)
    await world.sqlAsSuperuser(
      `with head as (update event_heads set sequence = sequence + 1 where tenant_id = $1 returning sequence)
       insert into events select $1, head.sequence, $2, 'agreement.resumed', null, 'CONTRACT', 'agr', $3, 1, null, null, 'system', 'surety',
         surety_now(), surety_now(), '{}' from head`,
      [provider.tenantId, randomUUID(), agreement.uuid],
    )
    const started = performance.now()
    await subscriber.has(1)
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  it('can be many on one socket, and one that completes ends alone', async () => {
    const socket = await new RawSocket(world).init({ authorization: `Bearer ${admin.token}` })
    onTestFinished(() => socket.socket.terminate())
    const query = 'subscription { events { typeName } }'
    socket.send({ id: 'a', type: 'subscribe', payload: { query } })
    socket.send({ id: 'b', type: 'subscribe', payload: { query } })
    await new Promise(resolve => setTimeout(resolve, 200))
    await suspend()
    await until(() => socket.messages.filter(each => each.type === 'next').length === 2)
    socket.send({ id: 'a', type: 'complete' })
    await new Promise(resolve => setTimeout(resolve, 50))
    await resume()
    await until(() => socket.messages.filter(each => each.type === 'next').length === 3)
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(socket.messages.filter(each => each.type === 'next').map(each => each.id)).toHaveLength(3)
    expect(socket.messages.at(-1)).toMatchObject({ id: 'b' })
    socket.send({ id: 'a', type: 'subscribe', payload: { query } })
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(socket.closed).toBeNull()
  })

  it('starts with an error, and not with silence, when its cursor is forged or expired', async () => {
    const own = await World.forTest()
    const theirs = await own.provider()
    const staff = await theirs.admin()
    const start = (await staff.ask('{ eventCursor }')).eventCursor
    await (await theirs.customer()).draft()
    await own.setClock(new Date(Date.now() + 91 * 86_400_000))
    const expired = await listen(staff, { after: start })
    await until(() => expired.errors.length > 0)
    expect(expired.errors).toEqual([
      [expect.objectContaining({ extensions: { code: 'CURSOR_EXPIRED', oldestCursor: expect.any(String) } })],
    ])
    const forged = await listen(staff, { after: 'forged', params: { acceptLanguage: 'zh-CN' } })
    await until(() => forged.errors.length > 0)
    expect(forged.errors).toEqual([
      [
        expect.objectContaining({
          message: expect.stringMatching(/游标/),
          extensions: { code: 'BAD_USER_INPUT' },
        }),
      ],
    ])
  })
})

describe('a cut connection', () => {
  it('loses nothing and repeats nothing: the reader goes on from its last cursor, in order', async () => {
    const subscriber = await listen(admin, { after: await head() })
    const handles = await Promise.all(Array.from({ length: 3 }, () => customer.draft()))
    for (let round = 0; round < 8; round++) {
      const before = subscriber.events.length
      if (round % 2 === 1) subscriber.cut()
      for (const handle of handles)
        await admin.mutate('agreementTermsSet', {
          agreementId: handle.id,
          terms: { responseHours: `${round + 1}` },
        })
      await suspend()
      if (round % 3 === 2) subscriber.cut()
      await resume()
      if (round % 4 === 0) await subscriber.has(before + 1)
    }
    const after = subscriber.events[0]?.previousCursor
    const { events } = await admin.ask(
      'query ($after: EventCursor) { events(after: $after, first: 100) { nodes { id } } }',
      { after },
    )
    const expected = events.nodes.map((node: { id: string }) => node.id)
    expect(expected.length).toBeGreaterThanOrEqual(19)
    const seen = await subscriber.has(expected.length)
    expect(seen.map(event => event.id)).toEqual(expected)
    expect(subscriber.subscribed).toBeGreaterThan(3)
    for (const [index, event] of seen.entries())
      expect(event.previousCursor).toBe(index === 0 ? after : seen[index - 1]?.cursor)
  })
})

describe('the walls, at delivery', () => {
  it('a customer hears of its own records, another of theirs, staff of all, and an app of nothing', async () => {
    const other = await provider.customer()
    const theirs = await other.agreement()
    const app = await provider.app('listener', ['event:read', 'agreement:read'])
    const bound = await provider.service(['event:read'], customer)
    const free = await provider.service(['event:read'])
    const all = [admin, await customer.user('MEMBER'), await other.user('MEMBER'), app, bound, free]
    const fields = 'id typeName cursor previousCursor subject { id }'
    const subscribers = await Promise.all(all.map(caller => listen(caller, { fields })))
    await suspend()
    await suspend(theirs)
    await resume()
    await resume(theirs)
    await subscribers[0]?.has(4)
    await subscribers[5]?.has(4)
    await new Promise(resolve => setTimeout(resolve, 500))
    const subjects = subscribers.map(each => each.events.map(event => event.subject?.id))
    const [mine, foreign] = [agreement.id, theirs.id]
    expect(subjects).toEqual([
      [mine, foreign, mine, foreign],
      [mine, mine],
      [foreign, foreign],
      [],
      // A service that may not read agreements hears of them and can't look at them.
      [undefined, undefined],
      [undefined, undefined, undefined, undefined],
    ])
    // What went unseen leaves no trace: the second is strung to the first of the same reader.
    expect(subscribers[1]?.events[1]?.previousCursor).toBe(subscribers[1]?.events[0]?.cursor)
  })

  it('what concerns the tenant alone is for its staff and its unbound services', async () => {
    const callers = {
      staff: admin,
      auditor: await provider.staff('AUDITOR'),
      customer: await customer.signatory(),
      bound: await provider.service(['event:read'], customer),
      free: await provider.service(['event:read']),
    }
    const subscribers = Object.fromEntries(
      await Promise.all(Object.entries(callers).map(async ([name, caller]) => [name, await listen(caller)])),
    ) as Record<keyof typeof callers, Subscriber>
    await world.database.write(
      { kind: 'system', tenantId: provider.tenantId, customerId: null, appId: null, grants: [] },
      async operation => {
        const now = await operation.now()
        operation.record({
          type: 'agreement.cancelled',
          category: 'CONTRACT',
          subject: { kind: 'agr', id: agreement.uuid, revision: () => 1 },
          customerId: null,
          agreementId: null,
          actor: { kind: 'system', id: 'surety' },
          occurredAt: now,
          acceptedAt: now,
        })
      },
    )
    await Promise.all([subscribers.staff, subscribers.auditor, subscribers.free].map(each => each.has(1)))
    await new Promise(resolve => setTimeout(resolve, 400))
    expect([subscribers.customer.events, subscribers.bound.events]).toEqual([[], []])
  })

  it('without the scope there is no subscription and no poll', async () => {
    const service = await provider.service(['agreement:read'])
    const refused = await listen(service)
    await until(() => refused.errors.length > 0)
    expect(refused.errors).toEqual([[expect.objectContaining({ extensions: { code: 'FORBIDDEN' } })]])
    for (const query of ['{ events { resumeCursor } }', '{ eventCursor }'])
      expect((await service.send(query)).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })

  it('a grant that is withdrawn is felt on the next frame, one that is given as well', async () => {
    const authorising = await provider.customer()
    const held = await authorising.agreement()
    const change = (mutation: string) =>
      admin.mutate(mutation, { agreementId: held.id, scopes: ['BACKUP'], reason: 'a pause' })
    const partner = await Partner.register(provider, { scopes: ['event:read', 'agreement:read'] })
    // To read is not to be told.
    await partner.authorizedBy(authorising, ['CONTRACT'], { operations: ['READ'] })
    const subscriber = await listen(await partner.caller())
    await change('agreementSuspend')
    await new Promise(resolve => setTimeout(resolve, 700))
    expect(subscriber.events).toEqual([])
    const disclosureAuthorizationId = await partner.authorizedBy(authorising, ['CONTRACT'], {
      operations: ['SUBSCRIBE'],
    })
    await admin.mutate('agreementResume', { agreementId: held.id, scopes: ['BACKUP'] })
    await subscriber.has(1)
    await (await authorising.signatory()).mutate('disclosureRevoke', { disclosureAuthorizationId })
    await change('agreementSuspend')
    await new Promise(resolve => setTimeout(resolve, 700))
    expect(subscriber.events.map(event => event.typeName)).toEqual(['agreement.resumed'])
  })

  it('no event carries a person’s data: ids, numbers, names of states and instants only', async () => {
    const { person } = await admin.mutate(
      'personUpsert',
      {
        customerId: customer.id,
        name: '王小明 Canary',
        email: 'canary@example.org',
        phone: '+8613800138000',
      },
      'person { id }',
    )
    const draft = await customer.draft()
    const contentHash = await draft.submit()
    await admin.mutate('agreementSign', {
      agreementId: draft.id,
      contentHash,
      method: 'PAPER',
      occurredAt: new Date(Date.now() - 60_000).toISOString(),
      evidence: 'signed by 王小明 Canary',
      signatoryId: person.id,
    })
    const rows = await world.sqlAsSuperuser<{ all: string }>(
      'select json_agg(events)::text as all from events',
    )
    expect(rows[0]?.all).toContain('agreement.signed')
    expect(rows[0]?.all).not.toMatch(/王小明|canary|13800138000/i)
    const subscriber = await listen(admin, {
      after: await oldest(),
      fields: 'id cursor data actor { callerId }',
    })
    await subscriber.has(1)
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(JSON.stringify(subscriber.events)).not.toMatch(/王小明|canary|13800138000/i)
  })
})

const oldest = async (): Promise<string> =>
  (await admin.ask('{ events(first: 1) { nodes { cursor } } }')).events.nodes[0].cursor
