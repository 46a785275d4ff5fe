import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'graphql-sse'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Compiled, compiled } from '../kit/compiled.js'
import { SuretyProcess } from '../kit/process.js'
import { readmeProgram } from '../kit/readme.js'
import { until } from '../kit/subscriber.js'
import { type AgreementHandle, type Caller, type Provider, World } from '../kit/world.js'

const AGREEMENTS = 4
const WRITERS = 4
/** Of each way to read. */
const READERS = 3
const ROUNDS = 12
/** A client that stands alone has as long to come back. */
const BETWEEN_MS = 2_000
const CATCH_UP_MS = 30_000

let program: Compiled
let world: World
let provider: Provider
let admin: Caller
let agreements: AgreementHandle[]
let servers: (SuretyProcess | null)[]
beforeAll(async () => {
  program = compiled()
  world = await World.create()
  provider = await world.provider()
  admin = await provider.admin()
  const customer = await provider.customer()
  agreements = await Promise.all(Array.from({ length: AGREEMENTS }, () => customer.agreement()))
  servers = await Promise.all([start(), start()])
})
afterAll(async () => {
  for (const server of servers ?? []) await server?.stop()
  await world?.close()
  program?.remove()
})

const start = (): Promise<SuretyProcess> =>
  SuretyProcess.start(program.cli, world, { env: { REQUEST_RATE: '1000000', COST_RATE: '1000000000' } })

/** As a load balancer does it, which has yet to notice that one of them is gone. */
const address = (): string => {
  const there = servers.filter(server => server !== null)
  return (there[Math.floor(Math.random() * there.length)] as SuretyProcess).address
}

async function ask(query: string, variables: object): Promise<{ data: any; errors?: any[] }> {
  const response = await fetch(`${address()}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${admin.token}` },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(15_000),
  })
  return (await response.json()) as { data: any; errors?: any[] }
}

let writing = true
/** Finds breaches, each by a key that it repeats until it's told what became of it. Answers the breaches it was told of. */
async function writer(n: number): Promise<string[]> {
  const told: string[] = []
  while (writing) {
    const input = {
      ...{ idempotencyKey: randomUUID(), agreementId: agreements[n % AGREEMENTS]?.id, dutyClause: '2.1.1' },
      ...{ occurredAt: new Date().toISOString(), description: 'No optimisation', evidence: 'Minutes' },
    }
    for (let id: string | undefined; id === undefined; ) {
      const query = `mutation ($input: FindingReportInput!) { findingReport(input: $input) { breach { id } userErrors { code } } }`
      const answer = await ask(query, { input }).catch(() => null)
      if (answer?.data?.findingReport?.userErrors.length) throw new Error(JSON.stringify(answer.data))
      id = answer?.errors ? undefined : answer?.data?.findingReport?.breach?.id
      if (id === undefined) await sleep(50)
      else told.push(id)
    }
    await sleep(20)
  }
  return told
}

/** What a reader was told, in order, and how often it had to come back. */
interface Told {
  ids: string[]
  came: number
  stop: () => void
}

/** README's subscriber, over WebSockets. */
async function bySocket(after: string): Promise<Told> {
  const { follow } = await readmeProgram('follow.mjs')
  const told: Told = { ids: [], came: 0, stop: () => (over = true) }
  let over = false
  let place = after
  void follow({
    url: () => `${address().replace('http', 'ws')}/graphql`,
    token: async () => {
      told.came += 1
      return admin.token
    },
    place: { load: async () => place, save: async (cursor: string) => void (place = cursor) },
    handle: async (event: { id: string }) => void told.ids.push(event.id),
    readAnew: () => Promise.reject(new Error('nothing expired')),
    isOver: () => over,
  })
  return told
}

/** The library's client of server-sent events, which comes back from the last cursor it had. */
function byStream(after: string): Told {
  const told: Told = { ids: [], came: 0, stop: () => (over = true) }
  let over = false
  let cursor = after
  const read = async (): Promise<void> => {
    const client = createClient({
      url: () => `${address()}/graphql`,
      headers: { authorization: `Bearer ${admin.token}` },
      retryAttempts: 0,
    })
    const query =
      'subscription ($after: EventCursor) { breachEvents(after: $after) { id cursor previousCursor } }'
    for await (const { data } of client.iterate<any>({ query, variables: { after: cursor } })) {
      if (!data) continue
      const { id, previousCursor } = data.breachEvents
      // The reader itself can tell that it missed nothing.
      if (previousCursor !== cursor) throw new Error('an event is missing')
      told.ids.push(id)
      cursor = data.breachEvents.cursor
    }
  }
  void (async () => {
    while (!over) {
      told.came += 1
      await read().catch((error: Error) => {
        if (error.message === 'an event is missing') told.ids.push(error.message)
      })
      await sleep(100)
    }
  })()
  return told
}

function byPoll(after: string): Told {
  const told: Told = { ids: [], came: 0, stop: () => (over = true) }
  let over = false
  let cursor = after
  const query = `query ($after: EventCursor) { events(after: $after, first: 20, filter: { types: [BREACH_DETECTED] }) { resumeCursor nodes { id } } }`
  void (async () => {
    while (!over) {
      const answer = await ask(query, { after: cursor }).catch(() => null)
      if (answer?.data?.events) {
        told.ids.push(...answer.data.events.nodes.map(({ id }: { id: string }) => id))
        cursor = answer.data.events.resumeCursor
      } else told.came += 1
      await sleep(100)
    }
  })()
  return told
}

describe('two servers on one database, either killed or drained at random under load', () => {
  it('lose nothing for clients by WebSocket, by stream and by poll, and keep what they acknowledged', async () => {
    const after = (await admin.ask('{ eventCursor }')).eventCursor as string
    const readers: Told[] = []
    for (let n = 0; n < READERS; n += 1) readers.push(await bySocket(after), byStream(after), byPoll(after))
    const writers = Array.from({ length: WRITERS }, (_, n) => writer(n))
    const ended = { SIGKILL: 0, SIGTERM: 0 }
    for (let round = 0; round < ROUNDS; round += 1) {
      await sleep(BETWEEN_MS * (0.5 + Math.random()))
      const turn = Math.random() < 0.5 ? 0 : 1
      const victim = servers[turn] as SuretyProcess
      const signal = round % 3 === 2 ? 'SIGTERM' : 'SIGKILL'
      ended[signal] += 1
      // Nobody sends anybody to one that is to go; one that was killed is noticed late.
      if (signal === 'SIGTERM') servers[turn] = null
      victim.signal(signal)
      await victim.ended
      await sleep(Math.random() * 300)
      servers[turn] = await start()
    }
    writing = false
    const acknowledged = (await Promise.all(writers)).flat()
    const stored = await world.sqlAsSuperuser<{ id: string; subject: string }>(
      `select id, subject_id as subject from events where tenant_id = $1 and type = 'breach.detected' order by sequence`,
      [provider.tenantId],
    )
    const expected = stored.map(({ id }) => `evt_${id}`)
    expect(new Set(acknowledged.map(id => id.slice(4)))).toEqual(
      new Set(stored.map(({ subject }) => subject)),
    )
    expect(acknowledged.length).toBe(stored.length)
    await until(() => readers.every(({ ids }) => new Set(ids).size >= expected.length), CATCH_UP_MS).catch(
      () => undefined,
    )
    console.info(
      `${stored.length} breaches; ${ended.SIGKILL} killed, ${ended.SIGTERM} drained; came back ${readers.map(({ came }) => came).join(', ')} times`,
    )
    for (const reader of readers) reader.stop()
    // At least once, in order: without what came twice, it is what happened.
    for (const { ids } of readers) expect([...new Set(ids)]).toEqual(expected)
    expect(stored.length).toBeGreaterThan(100)
    for (const [index, { came }] of readers.entries()) if (index % 3 < 2) expect(came).toBeGreaterThan(1)
  })
})
