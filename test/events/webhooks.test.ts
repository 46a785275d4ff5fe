import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { done } from '../kit/done.js'
import { contractValidator } from '../kit/event-data.js'
import { accept, type Arrival, Receiver } from '../kit/receiver.js'
import { type AgreementHandle, type Caller, type Customer, type Provider, World } from '../kit/world.js'

const contracts = contractValidator()
let world: World
let provider: Provider
let customer: Customer
let agreement: AgreementHandle
let admin: Caller
beforeAll(async () => {
  world = await World.create({ privateHosts: ['127.0.0.1'] })
  provider = await world.provider()
  customer = await provider.customer()
  agreement = await customer.agreement()
  admin = await provider.admin()
})
afterAll(() => world.close())
// Or the endpoints of one test would fail on and on in the others.
afterEach(async () => {
  const { webhookEndpoints } = await admin.ask(
    '{ webhookEndpoints(first: 100, filter: { state: [ENABLED] }) { nodes { id } } }',
  )
  for (const { id } of webhookEndpoints.nodes)
    await admin.mutate('webhookEndpointDisable', { webhookEndpointId: id })
})

/** Two events of the tenant. */
async function pause(): Promise<void> {
  await done(admin, 'agreementSuspend', { agreementId: agreement.id, scopes: ['BACKUP'], reason: 'Works' })
  await done(admin, 'agreementResume', { agreementId: agreement.id, scopes: ['BACKUP'] })
}

/** Lets time pass, and delivers what is due. */
async function pass(seconds: number): Promise<void> {
  const [row] = await world.sqlAsSuperuser<{ now: Date }>('select surety_now() as now')
  await world.setClock(new Date((row?.now.getTime() ?? 0) + seconds * 1_000))
  await world.deliverWebhooks()
}

const log = async (receiver: Receiver): Promise<Record<string, unknown>[]> =>
  (
    await admin.ask(
      'query ($id: ID!) { webhookDeliveries(filter: { endpointId: $id }) { nodes { messageId typeName attempt state problem statusCode excerpt nextAttemptAt } } }',
      { id: receiver.endpointId },
    )
  ).webhookDeliveries.nodes

const endpointOf = async (receiver: Receiver, selection: string) =>
  (
    await admin.ask(`query ($id: ID!) { webhookEndpoint(id: $id) { ${selection} } }`, {
      id: receiver.endpointId,
    })
  ).webhookEndpoint

describe('a webhook', () => {
  it('tells in order what a poll from the same cursor tells, signed as the standard says', async () => {
    const after = (await admin.ask('{ eventCursor }')).eventCursor
    const receiver = await Receiver.for(admin)
    await pause()
    await world.deliverWebhooks()
    const polled = await admin.ask(
      'query ($after: EventCursor) { events(after: $after) { nodes { id typeName time subjectRevision clause data dataSchema subject { id } agreement { id } actor { kind callerId } } } }',
      { after },
    )
    expect(receiver.types).toEqual(['agreement.suspended', 'agreement.resumed'])
    for (const [index, arrival] of receiver.arrivals.entries()) {
      const event = polled.events.nodes[index]
      const { cursor, clause = null, ...told } = arrival.body
      expect(arrival.id).toBe(event.id)
      expect(receiver.verify(arrival)).toEqual(arrival.body)
      expect(contracts.validate('surety:cloudevent:1', arrival.body), arrival.text).toBe(true)
      expect({ clause, ...told }).toEqual({
        specversion: '1.0',
        id: event.id,
        source: 'https://surety.test',
        type: event.typeName,
        time: event.time,
        subject: event.subject.id,
        dataschema: event.dataSchema,
        datacontenttype: 'application/json',
        subjectrevision: event.subjectRevision,
        agreement: event.agreement.id,
        clause: event.clause,
        actorkind: 'staff',
        actorid: event.actor.callerId,
        data: event.data,
      })
      const rest = await admin.ask('query ($after: EventCursor) { events(after: $after) { nodes { id } } }', {
        after: cursor,
      })
      expect(rest.events.nodes.map((node: { id: string }) => node.id)).toEqual(
        polled.events.nodes.slice(index + 1).map((node: { id: string }) => node.id),
      )
    }
    expect(await log(receiver)).toHaveLength(2)
  })

  it('sends only the types that are asked for, and no data where it is to be thin', async () => {
    const receiver = await Receiver.for(admin, { types: ['AGREEMENT_RESUMED'], payload: 'THIN' })
    await pause()
    await world.deliverWebhooks()
    expect(receiver.types).toEqual(['agreement.resumed'])
    const [{ body }] = receiver.arrivals as [Arrival]
    expect(body).not.toHaveProperty('data')
    expect(body).toMatchObject({ subject: agreement.id, dataschema: 'surety:agreement.resumed:1' })
  })

  it('is thin when it would be larger than 20 kB', async () => {
    const receiver = await Receiver.for(admin)
    await pause()
    await world.sqlAsSuperuser(
      `update events set data = jsonb_build_object('scopes', jsonb_build_array(repeat('X', 20000))) where tenant_id = $1 and type = 'agreement.resumed'`,
      [provider.tenantId],
    )
    await world.deliverWebhooks()
    expect(receiver.arrivals.map(({ body }) => 'data' in body)).toEqual([true, false])
  })

  it('begins where it is told to, and goes on with what happens after it was set up', async () => {
    const { eventCursor } = await admin.ask('{ eventCursor }')
    await pause()
    const [early, late] = [await Receiver.for(admin, { after: eventCursor }), await Receiver.for(admin)]
    await world.deliverWebhooks()
    expect([early.arrivals.length, late.arrivals.length]).toEqual([2, 0])
    await pause()
    await world.deliverWebhooks()
    expect([early.arrivals.length, late.arrivals.length]).toEqual([4, 2])
  })

  it('follows what happens within a second, by the worker alone', async () => {
    const receiver = await Receiver.for(admin)
    await world.deliverWebhooks()
    const { clock, webhooks } = world.worker()
    onTestFinished(async () => {
      await clock.stop()
      await webhooks.stop()
    })
    clock.start()
    const startedAt = performance.now()
    await done(admin, 'agreementSuspend', { agreementId: agreement.id, scopes: ['BACKUP'], reason: 'Works' })
    await receiver.has(1)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    await done(admin, 'agreementResume', { agreementId: agreement.id, scopes: ['BACKUP'] })
    await receiver.has(2)
  })
})

describe('an endpoint that fails', () => {
  it('holds back what follows, and is sent the same with the same id until it takes it', async () => {
    const receiver = await Receiver.for(admin)
    receiver.answers(500, 'Internal error of 张三 <zhang@example.com>')
    await pause()
    await world.deliverWebhooks()
    expect(receiver.arrivals).toHaveLength(1)
    expect(await log(receiver)).toMatchObject([
      { attempt: 1, state: 'FAILED', problem: 'STATUS', statusCode: 500, excerpt: 'internal error of …' },
    ])
    const waiting = await endpointOf(receiver, 'state failures failingSince nextAttemptAt')
    expect(waiting).toMatchObject({ state: 'ENABLED', failures: 1 })
    const soon = Date.parse(waiting.nextAttemptAt) - Date.parse(waiting.failingSince)
    expect(soon).toBeGreaterThanOrEqual(5_000)
    expect(soon).toBeLessThanOrEqual(6_500)
    await pass(10)
    expect(receiver.arrivals).toHaveLength(2)
    receiver.answer = accept
    await pass(400)
    expect(receiver.types).toEqual([...Array(3).fill('agreement.suspended'), 'agreement.resumed'])
    expect(new Set(receiver.ids).size).toBe(2)
    for (const arrival of receiver.arrivals) receiver.verify(arrival)
    expect((await log(receiver)).map(({ attempt, state }) => [attempt, state])).toEqual([
      [1, 'DELIVERED'],
      [3, 'DELIVERED'],
      [2, 'FAILED'],
      [1, 'FAILED'],
    ])
    expect(await endpointOf(receiver, 'failures failingSince nextAttemptAt')).toEqual({
      failures: 0,
      failingSince: null,
      nextAttemptAt: null,
    })
  })

  it('waits as long as it asks to', async () => {
    const receiver = await Receiver.for(admin)
    receiver.answers(429, '', { 'retry-after': '120' })
    await pause()
    await world.deliverWebhooks()
    await pass(60)
    expect(receiver.arrivals).toHaveLength(1)
    await pass(70)
    expect(receiver.arrivals).toHaveLength(2)
  })

  it('is disabled when it says that it is gone, which the journal tells', async () => {
    const receiver = await Receiver.for(admin)
    receiver.answers(410)
    await pause()
    await world.deliverWebhooks()
    const gone = await endpointOf(receiver, 'id state disabledReason nextAttemptAt')
    expect(gone).toMatchObject({ state: 'DISABLED', disabledReason: 'GONE', nextAttemptAt: null })
    const { events } = await admin.ask(
      '{ events(filter: { types: [WEBHOOK_ENDPOINT_DISABLED] }) { nodes { subject { id } data actor { kind } } } }',
    )
    expect(events.nodes.at(-1)).toEqual({
      subject: { id: receiver.endpointId },
      data: { reason: 'GONE' },
      actor: { kind: 'SYSTEM' },
    })
    await pause()
    await world.deliverWebhooks()
    expect(receiver.arrivals).toHaveLength(1)
  })

  it('is disabled after five days, and goes on where it stood once it is enabled', async () => {
    const receiver = await Receiver.for(admin)
    receiver.answers(503)
    await pause()
    await world.deliverWebhooks()
    for (let hours = 0; hours < 119; hours += 17) await pass(17 * 3_600)
    expect((await endpointOf(receiver, 'state')).state).toBe('ENABLED')
    for (let hours = 0; hours < 50; hours += 25) await pass(25 * 3_600)
    expect(await endpointOf(receiver, 'state disabledReason')).toEqual({
      state: 'DISABLED',
      disabledReason: 'FAILING',
    })
    const tried = receiver.arrivals.length
    await pass(25 * 3_600)
    expect(receiver.arrivals).toHaveLength(tried)
    receiver.answer = accept
    await done(admin, 'webhookEndpointEnable', { webhookEndpointId: receiver.endpointId })
    await world.deliverWebhooks()
    expect(receiver.types.slice(tried, tried + 2)).toEqual(['agreement.suspended', 'agreement.resumed'])
  })

  it.each([
    [301, 'REDIRECT'],
    [404, 'STATUS'],
    [304, 'REDIRECT'],
  ])('by %i has the problem %s, and is followed nowhere', async (status, problem) => {
    const receiver = await Receiver.for(admin)
    receiver.answers(status, '', { location: receiver.url })
    await pause()
    await world.deliverWebhooks()
    expect(receiver.arrivals).toHaveLength(1)
    expect(await log(receiver)).toMatchObject([{ state: 'FAILED', problem, statusCode: status }])
  })

  it('that is not there slows no other', async () => {
    const dead = await Receiver.for(admin)
    dead.answer = () => undefined
    const [one, two] = [await Receiver.for(admin), await Receiver.for(admin)]
    await pause()
    await world.ringDue()
    await Promise.all([one.has(2), two.has(2)])
    expect(dead.arrivals).toHaveLength(1)
    await dead.close()
    await world.deliverWebhooks()
    expect(await log(dead)).toMatchObject([{ problem: 'UNREACHABLE', statusCode: null }])
  })
})

describe('who set an endpoint up', () => {
  it('gets its secret once, and no field shows it again', async () => {
    const idempotencyKey = randomUUID()
    const create = () =>
      admin.mutate(
        'webhookEndpointCreate',
        { idempotencyKey, url: 'https://hooks.example.com/a' },
        'webhookEndpoint { id } secret',
      )
    const [first, again] = [await create(), await create()]
    expect(first.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(again).toMatchObject({ webhookEndpoint: first.webhookEndpoint, secret: null })
    const [row] = await world.sqlAsSuperuser('select t::text as row from webhook_endpoints t where id = $1', [
      first.webhookEndpoint.id.slice(4),
    ])
    expect(row?.row).not.toContain(first.secret.slice(6))
  })

  it('changes it without a gap: for 24 hours both sign', async () => {
    const receiver = await Receiver.for(admin)
    const { secret } = await done(
      admin,
      'webhookEndpointRotateSecret',
      { webhookEndpointId: receiver.endpointId },
      'webhookEndpoint { previousSecretEndsAt } secret',
    )
    expect(secret).not.toBe(receiver.secret)
    await pause()
    await world.deliverWebhooks()
    for (const arrival of receiver.arrivals)
      for (const each of [secret, receiver.secret]) receiver.verify(arrival, each)
    await pass(24 * 3_600 + 1)
    expect((await endpointOf(receiver, 'previousSecretEndsAt')).previousSecretEndsAt).toBeNull()
    await pause()
    await world.deliverWebhooks()
    const last = receiver.arrivals.at(-1) as Arrival
    receiver.verify(last, secret)
    expect(() => receiver.verify(last)).toThrow()
  })

  it('has it sent again from a cursor, with the same ids, or passes over what it never takes', async () => {
    const { eventCursor } = await admin.ask('{ eventCursor }')
    const receiver = await Receiver.for(admin)
    await pause()
    await world.deliverWebhooks()
    const target = { webhookEndpointId: receiver.endpointId }
    await done(admin, 'webhookReplay', { ...target, after: eventCursor })
    await world.deliverWebhooks()
    expect(receiver.ids).toHaveLength(4)
    expect(receiver.ids.slice(2)).toEqual(receiver.ids.slice(0, 2))
    receiver.answers(400)
    await pause()
    await world.deliverWebhooks()
    receiver.answer = accept
    await done(admin, 'webhookReplay', { ...target, after: (await admin.ask('{ eventCursor }')).eventCursor })
    await pause()
    await world.deliverWebhooks()
    expect(receiver.types.slice(5)).toEqual(['agreement.suspended', 'agreement.resumed'])
  })

  it('tries it out, whatever its state', async () => {
    const receiver = await Receiver.for(admin)
    const target = { webhookEndpointId: receiver.endpointId }
    await done(admin, 'webhookEndpointDisable', target)
    const { webhookDelivery } = await done(
      admin,
      'webhookEndpointTest',
      target,
      'webhookDelivery { id state typeName messageId event { id } }',
    )
    expect(webhookDelivery).toMatchObject({
      state: 'PENDING',
      typeName: 'webhook_endpoint.test',
      event: null,
    })
    const twice = await admin.mutate('webhookEndpointTest', target)
    expect(twice.userErrors).toMatchObject([{ code: 'INVALID_STATE' }])
    await world.deliverWebhooks()
    const [arrival] = receiver.arrivals as [Arrival]
    expect(receiver.verify(arrival)).toMatchObject({ type: 'webhook_endpoint.test', id: webhookDelivery.id })
    const { node } = await admin.ask(
      'query ($id: ID!) { node(id: $id) { ... on WebhookDelivery { state statusCode latencyMs endpoint { id } } } }',
      { id: webhookDelivery.id },
    )
    expect(node).toMatchObject({ state: 'DELIVERED', statusCode: 204, endpoint: { id: receiver.endpointId } })
  })

  it('is told at once what is no address to send to', async () => {
    const refused = async (url: string): Promise<unknown> =>
      (await admin.mutate('webhookEndpointCreate', { url })).userErrors
    for (const url of [
      'http://hooks.example.com/',
      'https://10.0.0.1/',
      'https://u:p@example.com/',
      'x',
      'https://a.example/#b',
    ])
      expect(await refused(url), url).toMatchObject([{ code: 'INVALID', field: ['input', 'url'] }])
    expect(await refused(`https://a.example/${'東'.repeat(1_500)}`)).toMatchObject([
      { code: 'TOO_LONG', field: ['input', 'url'] },
    ])
  })

  it('changes where to and what for what is under way as well', async () => {
    const [before, after] = [await Receiver.for(admin), await Receiver.open()]
    before.answers(500)
    await pause()
    await world.deliverWebhooks()
    await done(admin, 'webhookEndpointUpdate', {
      webhookEndpointId: before.endpointId,
      url: after.url,
      types: ['AGREEMENT_RESUMED'],
    })
    await world.deliverWebhooks()
    expect(after.types).toEqual(['agreement.resumed'])
    expect(before.arrivals).toHaveLength(1)
  })

  it('has it tried at once with what was changed while an attempt was under way, whatever comes of that one', async () => {
    const [before, after] = [await Receiver.for(admin), await Receiver.open()]
    await pause()
    before.answer = response => {
      void done(admin, 'webhookEndpointUpdate', {
        webhookEndpointId: before.endpointId,
        url: after.url,
      }).then(() => response.writeHead(410, { 'retry-after': '3600' }).end())
    }
    await world.deliverWebhooks()
    expect([before.types.length, after.types.length]).toEqual([1, 2])
    expect(await endpointOf(before, 'state failures')).toEqual({ state: 'ENABLED', failures: 0 })
  })

  it('has 50 enabled of the provider at most', async () => {
    const crowded = await world.provider()
    const boss = await crowded.admin()
    const make = () =>
      boss.mutate('webhookEndpointCreate', { url: 'https://hooks.example.com/' }, 'webhookEndpoint { id }')
    const all = await Promise.all(Array.from({ length: 50 }, make))
    expect((await make()).userErrors).toMatchObject([{ code: 'TOO_MANY' }])
    const target = { webhookEndpointId: all[0].webhookEndpoint.id }
    await done(boss, 'webhookEndpointDisable', target)
    await make()
    expect((await boss.mutate('webhookEndpointEnable', target)).userErrors).toMatchObject([
      { code: 'TOO_MANY' },
    ])
  })

  it('is forgotten of what is older than 14 days', async () => {
    const receiver = await Receiver.for(admin)
    await pause()
    await world.deliverWebhooks()
    expect(await log(receiver)).toHaveLength(2)
    await world.sqlAsSuperuser(
      `update webhook_deliveries set attempted_at = attempted_at - make_interval(days => $1) where 'whk_' || endpoint_id = $2`,
      [13, receiver.endpointId],
    )
    await pass(20 * 3_600)
    expect(await log(receiver)).toHaveLength(2)
    await pass(5 * 3_600)
    expect(await log(receiver)).toEqual([])
  })
})
