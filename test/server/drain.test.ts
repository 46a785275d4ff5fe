import { randomUUID } from 'node:crypto'
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Compiled, compiled } from '../kit/compiled.js'
import { holdTable, waitingFor } from '../kit/hold.js'
import { RawStream } from '../kit/event-stream.js'
import { SuretyProcess } from '../kit/process.js'
import { RawSocket, until } from '../kit/subscriber.js'
import { type Caller, type Provider, withCost, World } from '../kit/world.js'

let program: Compiled
let world: World
let provider: Provider
let admin: Caller
let running: SuretyProcess | null = null
beforeAll(async () => {
  program = compiled()
  world = await World.create()
  provider = await world.provider()
  admin = await provider.admin()
}, 120_000)
afterEach(async () => {
  await running?.stop()
  running = null
})
afterAll(async () => {
  await world.close()
  program.remove()
})

async function start(options: Parameters<typeof SuretyProcess.start>[2] = {}): Promise<SuretyProcess> {
  running = await SuretyProcess.start(program.cli, world, options)
  return running
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

interface Outcome {
  status: number
  text: string
  connection: string | undefined
}

/** One request on an agent's connection; rejects with the socket's error. */
function send(address: string, query: string, variables: object, agent?: Agent): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${address}/graphql`,
      {
        method: 'POST',
        ...(agent ? { agent } : {}),
        headers: { 'content-type': 'application/json', authorization: `Bearer ${admin.token}` },
      },
      response => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', data => {
          text += data
        })
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text, connection: response.headers.connection }),
        )
      },
    )
    request.on('error', reject)
    request.end(JSON.stringify({ query, variables }))
  })
}

const READ = '{ viewer { kind } customers { nodes { number } } }'
const CREATE =
  'mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { customer { number } userErrors { code } } }'

describe('SIGTERM under load', () => {
  it('fails no request: each is answered, told that its connection ends, and the process exits with 0', async () => {
    const service = await start()
    const answered: Outcome[] = []
    const created: string[] = []
    const failed: unknown[] = []
    let told = 0
    /** A client at work, as a load balancer's: told that its connection ends, it goes to another process. */
    const work = async (client: number): Promise<void> => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      for (let n = 0; ; n += 1) {
        const number = `D-${client}-${n}`
        const change = n % 3 === 0
        const input = { idempotencyKey: randomUUID(), number, name: 'N' }
        const sent = change
          ? send(service.address, CREATE, { input }, agent)
          : send(service.address, READ, {}, agent)
        const outcome = await sent.catch(error => void failed.push(error))
        if (!outcome) break
        answered.push(outcome)
        if (change) created.push(number)
        if (outcome.connection === 'close') {
          told += 1
          break
        }
      }
      agent.destroy()
    }
    const clients = Array.from({ length: 16 }, (_, client) => work(client))
    const before = 51
    // Each of them is at work, however slow the machine.
    await vi.waitFor(() => expect(answered.length).toBeGreaterThanOrEqual(before), { timeout: 30_000 })
    const signalled = performance.now()
    service.signal('SIGTERM')
    await Promise.all(clients)
    const { code, signal, at } = await service.ended
    expect(failed).toEqual([])
    expect([code, signal]).toEqual([0, null])
    expect(at - signalled).toBeLessThan(10_000)
    expect(told).toBe(16)
    expect(answered.length).toBeGreaterThan(before)
    expect(answered.map(({ status }) => status)).toEqual(answered.map(() => 200))
    expect(answered.filter(({ text }) => text.includes('"errors"'))).toEqual([])
    const stored = await world.sqlAsSuperuser<{ number: string }>(
      `select number from customers where number like 'D-%'`,
    )
    expect(stored.map(row => row.number).sort()).toEqual(created.sort())
    expect(service.log).toContain('"msg":"draining"')
    expect(service.log).not.toMatch(/"level":[56]0/)
  })

  it('answers new connections for as long as somebody comes, is not ready any more, and then takes none', async () => {
    let visit = await comeDuringDrain()
    // Where this process got no processor for so long, nobody came, and the door was shut as it should be.
    for (let tries = 1; tries < 5 && visit.longestAbsence > NOBODY_CAME_MS; tries++)
      visit = await comeDuringDrain()
    const { statuses, probes, service } = visit
    expect([new Set(statuses), new Set(probes)]).toEqual([new Set([200]), new Set([503])])
    const { code } = await service.ended
    expect(code).toBe(0)
    const { hostname, port } = new URL(service.address)
    const refused = await new Promise(resolve => connect(Number(port), hostname).on('error', resolve))
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' })
  })

  /** Less than the door waits for somebody (200 ms). */
  const NOBODY_CAME_MS = 150

  interface Visit {
    service: SuretyProcess
    /** Of each request its status, or what it met instead. */
    statuses: unknown[]
    probes: unknown[]
    /** Milliseconds. */
    longestAbsence: number
  }

  /** Eight that come one request after the other, for a second from the beginning of a drain. */
  async function comeDuringDrain(): Promise<Visit> {
    const service = await start({ role: 'api' })
    expect((await fetch(`${service.address}/readyz`)).status).toBe(200)
    const visit: Visit = { service, statuses: [], probes: [], longestAbsence: 0 }
    const met = (error: Error & { cause?: { code?: string } }): unknown => error.cause?.code ?? error.message
    service.signal('SIGTERM')
    await pause(50)
    const begun = performance.now()
    let lastCame = begun
    const enter = (): void => {
      visit.longestAbsence = Math.max(visit.longestAbsence, performance.now() - lastCame)
      lastCame = performance.now()
    }
    const come = async (): Promise<void> => {
      while (performance.now() - begun < 1_000) {
        enter()
        visit.statuses.push(await send(service.address, READ, {}).then(({ status }) => status, met))
        enter()
        visit.probes.push(await fetch(`${service.address}/readyz`).then(({ status }) => status, met))
      }
    }
    await Promise.all(Array.from({ length: 8 }, come))
    return visit
  }

  it('lets what is under way finish, and closes idle connections at once', async () => {
    const service = await start()
    const { hostname, port } = new URL(service.address)
    const idle = connect(Number(port), hostname)
    const idleClosed = new Promise(resolve => idle.on('close', () => resolve(performance.now())))
    idle.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
    await new Promise(resolve => idle.once('data', resolve))
    const release = await holdTable(world, 'customers')
    const input = { idempotencyKey: randomUUID(), number: 'W-1', name: 'Under way' }
    const underWay = [send(service.address, READ, {}), send(service.address, CREATE, { input })]
    await waitingFor(world, 'customers', 2)
    const signalled = performance.now()
    service.signal('SIGTERM')
    expect((await idleClosed) as number).toBeLessThan(signalled + 1_000)
    await pause(1_500)
    expect(service.child.exitCode).toBeNull()
    await release()
    const [read, made] = (await Promise.all(underWay)) as [Outcome, Outcome]
    expect([read.status, read.connection]).toEqual([200, 'close'])
    expect(JSON.parse(made.text)).toEqual({
      data: { customerCreate: { customer: { number: 'W-1' }, userErrors: [] } },
      extensions: withCost(),
    })
    expect((await service.ended).code).toBe(0)
  })
})

describe('SIGTERM among those who stay', () => {
  it.each(['api', 'all'] as const)(
    'closes sockets with 1012 and ends streams so that clients come back: --role %s',
    async role => {
      const service = await start({ role })
      const { address } = service
      const socket = new RawSocket({ address } as World)
      await socket.init({ authorization: `Bearer ${admin.token}` })
      const query = 'subscription { events { type } }'
      socket.send({ id: '1', type: 'subscribe', payload: { query } })
      const stream = RawStream.of(admin, { query }, {}, { address })
      await until(() => stream.status === 200)
      const signalled = performance.now()
      service.signal('SIGTERM')
      const { code, at } = await service.ended
      expect([code, socket.closed?.code]).toEqual([0, 1012])
      expect(at - signalled).toBeLessThan(10_000)
      expect(await stream.ending()).toBe(true)
      expect(stream.messages).toEqual([])
    },
  )
})

describe('a signal', () => {
  it.each([
    ['SIGTERM', 'all'],
    ['SIGINT', 'worker'],
  ] as const)('%s ends an idle process with 0 at once: --role %s', async (signal, role) => {
    const service = await start({ role })
    const signalled = performance.now()
    service.signal(signal)
    const { code, at } = await service.ended
    expect(code).toBe(0)
    expect(at - signalled).toBeLessThan(3_000)
  })

  it('that comes a second time ends the process at once, and not the echo that npm makes of the first', async () => {
    const service = await start()
    const release = await holdTable(world, 'customers')
    const underWay = send(service.address, READ, {}).catch((error: { code: string }) => error.code)
    await waitingFor(world, 'customers', 1)
    service.signal('SIGTERM')
    await pause(50)
    service.signal('SIGTERM')
    await pause(700)
    expect(service.child.exitCode).toBeNull()
    const signalled = performance.now()
    service.signal('SIGINT')
    const { code, at } = await service.ended
    expect(code).toBe(130)
    expect(at - signalled).toBeLessThan(1_000)
    expect(await underWay).toBe('ECONNRESET')
    await release()
  })
})

describe('the log of a process', () => {
  it('is one JSON object a line on stderr, and nothing else is written', async () => {
    const service = await start()
    await send(service.address, 'query Portal { viewer { kind } }', {})
    await fetch(`${service.address}/graphql`, { method: 'POST', headers: { authorization: 'Bearer x' } })
    service.signal('SIGTERM')
    await service.ended
    const lines = service.log.trim().split('\n')
    expect(lines.map(line => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'started',
      'operation',
      'a token was refused',
      'a request was refused',
      'draining',
    ])
    expect(service.log).not.toContain(world.masterKey)
    expect(service.log).not.toMatch(/postgres:|password/i)
  })
})
