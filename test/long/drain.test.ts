import { Agent, request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Compiled, compiled } from '../kit/compiled.js'
import { SuretyProcess } from '../kit/process.js'
import { type Caller, World } from '../kit/world.js'

const CLIENTS = 16
const DRAINS = 5

let program: Compiled
let world: World
let admin: Caller
beforeAll(async () => {
  program = compiled()
  world = await World.create()
  admin = await (await world.provider()).admin()
})
afterAll(async () => {
  await world.close()
  program.remove()
})

/** The status of an answer, or the code of the error that came instead. */
function ask(address: string, agent: Agent): Promise<string> {
  return new Promise(resolve => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${admin.token}` }
    const request = httpRequest(`${address}/graphql`, { method: 'POST', agent, headers }, response => {
      response.resume()
      response.on('end', () => resolve(String(response.statusCode)))
    })
    request.on('error', error => resolve((error as { code?: string }).code ?? error.message))
    request.end('{"query":"{ viewer { kind } }"}')
  })
}

/** Knows one address alone: told that its connection ends, it comes back at once, until nobody listens any more. */
async function stubbornClient(address: string, outcomes: Map<string, number>): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (let outcome = ''; outcome !== 'ECONNREFUSED'; ) {
    outcome = await ask(address, agent)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  agent.destroy()
}

describe(`a drain among ${CLIENTS} clients that know no other process`, () => {
  it(`fails no request that got in, ${DRAINS} times out of ${DRAINS}, and ends within ten seconds`, async () => {
    for (let drain = 0; drain < DRAINS; drain += 1) {
      // What one caller may ask isn't what is looked at.
      const env = { REQUEST_RATE: '1000000', COST_RATE: '1000000000' }
      const service = await SuretyProcess.start(program.cli, world, { env })
      const outcomes = new Map<string, number>()
      const clients = Array.from({ length: CLIENTS }, () => stubbornClient(service.address, outcomes))
      await new Promise(resolve => setTimeout(resolve, 1_000))
      const signalled = performance.now()
      service.signal('SIGTERM')
      await Promise.all(clients)
      const { code, at } = await service.ended
      expect([code, [...outcomes.keys()].sort()]).toEqual([0, ['200', 'ECONNREFUSED']])
      expect(at - signalled).toBeLessThan(10_000)
    }
  })
})
