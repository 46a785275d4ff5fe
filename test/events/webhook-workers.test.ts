import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { done } from '../kit/done.js'
import { makeHistory } from '../kit/history.js'
import { holdRows } from '../kit/hold.js'
import { accept, Receiver } from '../kit/receiver.js'
import { type AgreementHandle, type Caller, World } from '../kit/world.js'

let world: World
let agreement: AgreementHandle
let admin: Caller
beforeAll(async () => {
  world = await World.create({ privateHosts: ['127.0.0.1'] })
  const provider = await world.provider()
  agreement = await (await provider.customer()).agreement()
  admin = await provider.admin()
})
afterAll(() => world.close())

const eventsAfter = async (after: string): Promise<string[]> => {
  const ids: string[] = []
  for (let cursor = after; ; ) {
    const { events } = await admin.ask(
      'query ($after: EventCursor) { events(after: $after, first: 100) { nodes { id } resumeCursor } }',
      { after: cursor },
    )
    if (events.nodes.length === 0) return ids
    ids.push(...events.nodes.map(({ id }: { id: string }) => id))
    cursor = events.resumeCursor
  }
}

/** Workers that go on by themselves until the end of the test. */
function crew(size: number): void {
  for (let each = 0; each < size; each++) {
    const { clock, webhooks } = world.worker()
    clock.start()
    onTestFinished(async () => {
      await clock.stop()
      await webhooks.stop()
    })
  }
}

describe('workers side by side', () => {
  it('deliver to one endpoint one at a time, in order, each event once', async () => {
    const { eventCursor } = await admin.ask('{ eventCursor }')
    const receivers = []
    for (let each = 0; each < 3; each++) receivers.push(await Receiver.for(admin))
    let [now, most] = [0, 0]
    for (const receiver of receivers)
      receiver.answer = (response, arrival, request) => {
        most = Math.max(most, (now += 1))
        setTimeout(() => {
          now -= 1
          accept(response, arrival, request)
        }, 1)
      }
    await makeHistory(world, agreement, 200)
    crew(3)
    for (const receiver of receivers) await receiver.has(200)
    const expected = await eventsAfter(eventCursor)
    for (const receiver of receivers) {
      expect(receiver.ids).toEqual(expected)
      for (const arrival of receiver.arrivals) receiver.verify(arrival)
    }
    expect(most).toBeLessThanOrEqual(receivers.length)
  })

  it('take over from one that died between sending and writing it down: the same comes again, nothing is lost', async () => {
    const { eventCursor } = await admin.ask('{ eventCursor }')
    const receiver = await Receiver.for(admin)
    await makeHistory(world, agreement, 3)
    // What it took is answered when the other has long gone on.
    let late: () => void = () => undefined
    receiver.answer = response => {
      late = () => response.writeHead(204).end()
    }
    const dying = world.worker()
    await dying.clock.ringDue()
    await receiver.has(1)
    receiver.answer = accept
    await world.deliverWebhooks()
    expect(receiver.arrivals).toHaveLength(1)
    const [row] = await world.sqlAsSuperuser<{ now: Date }>('select surety_now() as now')
    await world.setClock(new Date((row?.now.getTime() ?? 0) + 31_000))
    await world.deliverWebhooks()
    const [first, ...others] = await eventsAfter(eventCursor)
    expect(receiver.ids).toEqual([first, first, ...others])
    // By then it has to look again before it sends anything more: the clock was moved, and not this half second.
    await new Promise(resolve => setTimeout(resolve, 500))
    late()
    await dying.webhooks.settled()
    await world.deliverWebhooks()
    expect(receiver.arrivals).toHaveLength(4)
  })

  it('come back to one that slept and was locked when the journal grew, though nothing came of the change', async () => {
    const quiet = await world.provider()
    const [boss, quietly] = [await quiet.admin(), await (await quiet.customer()).agreement()]
    const receiver = await Receiver.for(boss)
    await world.deliverWebhooks()
    const letGo = await holdRows(world, 'webhook_endpoints', quiet.tenantId)
    await done(boss, 'agreementSuspend', { agreementId: quietly.id, scopes: ['BACKUP'], reason: 'Works' })
    await world.deliverWebhooks()
    expect(receiver.arrivals).toEqual([])
    await letGo()
    const { clock, webhooks } = world.worker()
    clock.start()
    await vi
      .waitFor(() => expect(receiver.arrivals).not.toEqual([]), { timeout: 5_000 })
      .finally(async () => {
        await clock.stop()
        await webhooks.stop()
      })
  })

  it('end what is under way when they stop, and the next goes on behind it', async () => {
    const { eventCursor } = await admin.ask('{ eventCursor }')
    const receiver = await Receiver.for(admin)
    receiver.answer = (response, arrival, request) =>
      void setTimeout(() => accept(response, arrival, request), 100)
    await makeHistory(world, agreement, 20)
    const { clock, webhooks } = world.worker()
    clock.start()
    await receiver.has(3)
    await clock.stop()
    await webhooks.stop()
    const stopped = receiver.arrivals.length
    expect(stopped).toBeLessThan(10)
    await world.deliverWebhooks()
    expect(receiver.ids).toEqual(await eventsAfter(eventCursor))
  })
})

it('what is changed on the way is not taken by the official library, whatever it is', async () => {
  const receiver = await Receiver.for(admin)
  await makeHistory(world, agreement, 100)
  await world.deliverWebhooks()
  expect(receiver.arrivals).toHaveLength(100)
  const library = new Webhook(receiver.secret)
  for (const { text, headers } of receiver.arrivals) {
    library.verify(text, headers)
    const at = Math.floor(Math.random() * text.length)
    const flipped = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1)
    const sent = Number(headers['webhook-timestamp'])
    for (const [body, other] of [
      [flipped, {}],
      [`${text} `, {}],
      [text, { 'webhook-id': `${headers['webhook-id']}0` }],
      [text, { 'webhook-timestamp': String(sent + 1) }],
      [text, { 'webhook-timestamp': String(sent - 3_600) }],
      [text, { 'webhook-signature': String(headers['webhook-signature']).replace('v1,', 'v2,') }],
      [text, { 'webhook-signature': '' }],
    ] as const)
      expect(() => library.verify(body, { ...headers, ...other })).toThrow()
  }
})
