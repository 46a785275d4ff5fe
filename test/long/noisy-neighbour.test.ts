import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Client } from 'undici'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Compiled, compiled } from '../kit/compiled.js'
import { SuretyProcess } from '../kit/process.js'
import { type Caller, World } from '../kit/world.js'

/** A tenant's share, in requests a second, and what it may ask at once: ten seconds' worth. */
const SHARE = 10
/** Tenants that ask half of their share. */
const QUIET = 8
const QUIET_PERIOD_MS = 1_000 / (SHARE / 2)
/** Trust 17: the noisy one asks for so many times its share. */
const NOISE = 20
const NOISE_PERIOD_MS = 1_000 / (SHARE * NOISE)
const BAR = 1.5
/** Alternating rounds of each kind, whose answers are judged together: 5 times 12 s of 40 requests a second are 2,400, and 24 of them beyond the p99. */
const ROUNDS = 5
const MEASURE_MS = 12_000

const PAGE = `{ agreements(first: 20) { nodes { number customer { name } tickets(first: 5) { nodes { number } } invoices(first: 3) { nodes { number } } } } }`

let program: Compiled
let world: World
let service: SuretyProcess
let quiet: Caller[]
let noisy: Caller
beforeAll(async () => {
  program = compiled()
  world = await World.create()
  const callers: Caller[] = []
  for (let n = 0; n <= QUIET; n += 1) {
    const provider = await world.provider()
    for (let c = 0; c < 3; c += 1) await (await provider.customer()).draft()
    callers.push(await provider.staff('AGENT'))
  }
  ;[noisy, ...quiet] = callers as [Caller, ...Caller[]]
  // A process of its own, so that what asks takes nothing of the time of what answers.
  const env = { REQUEST_RATE: String(SHARE), TENANT_RATE_FACTOR: '1' }
  service = await SuretyProcess.start(program.cli, world, { role: 'api', env })
})
afterAll(async () => {
  await service.stop()
  await world.close()
  program.remove()
})

interface Asked {
  took: number[]
  statuses: Map<number, number>
}

const count = (statuses: Map<number, number>, status: number, times = 1): void =>
  void statuses.set(status, (statuses.get(status) ?? 0) + times)

/** Asks at fixed instants, whatever became of the last one. */
async function askQuietly(caller: Caller, offsetMs: number, { took, statuses }: Asked): Promise<void> {
  const client = new Client(service.address)
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${caller.token}` }
  const body = JSON.stringify({ query: PAGE })
  const begun = performance.now() + offsetMs
  const ask = async (): Promise<void> => {
    const from = performance.now()
    const answer = await client.request({ method: 'POST', path: '/graphql', headers, body })
    await answer.body.dump()
    took.push(performance.now() - from)
    count(statuses, answer.statusCode)
  }
  const sent: Promise<void>[] = []
  for (let n = 0; n * QUIET_PERIOD_MS < MEASURE_MS; n += 1) {
    await sleep(Math.max(0, begun + n * QUIET_PERIOD_MS - performance.now()))
    sent.push(ask())
  }
  await Promise.all(sent)
  await client.close()
}

/** From a thread of its own, so that what the noise takes of its sender isn't measured. */
async function makeNoise({ token }: Caller, { statuses }: Asked): Promise<void> {
  const noise = {
    address: service.address,
    token,
    query: PAGE,
    periodMs: NOISE_PERIOD_MS,
    lastsMs: MEASURE_MS,
  }
  const worker = new Worker(new URL('../kit/asker.mjs', import.meta.url), { workerData: noise })
  const [answered] = (await once(worker, 'message')) as [[status: number, times: number][]]
  for (const [status, times] of answered) count(statuses, status, times)
}

const asked = (): Asked => ({ took: [], statuses: new Map() })

async function round(into: Asked, noise: Asked | null): Promise<void> {
  const asking = quiet.map((caller, n) => askQuietly(caller, (n * QUIET_PERIOD_MS) / QUIET, into))
  if (noise) asking.push(makeNoise(noisy, noise))
  await Promise.all(asking)
}

const p99 = ({ took }: Asked): number =>
  took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)] as number

it('one tenant at 20 times its share leaves the others as quick as they were', async () => {
  await round(asked(), null)
  const alone = asked()
  const beside = asked()
  const noise = asked()
  for (let n = 0; n < ROUNDS; n += 1) {
    await round(alone, null)
    await round(beside, noise)
  }
  for (const { statuses } of [alone, beside]) expect([...statuses.keys()]).toEqual([200])
  // The noisy one has what its share lets through, and is told to come back for the rest.
  expect([...noise.statuses.keys()].sort()).toEqual([200, 429])
  const ratio = p99(beside) / p99(alone)
  const p50 = ({ took }: Asked): number => took.toSorted((a, b) => a - b)[took.length >> 1] as number
  console.log(
    `p50 ${p50(alone).toFixed(1)} and ${p50(beside).toFixed(1)} ms; p99 of ${alone.took.length} alone ${p99(alone).toFixed(1)} ms, beside ${p99(beside).toFixed(1)} ms: ${ratio.toFixed(2)}; the noisy one was answered ${JSON.stringify([...noise.statuses])}`,
  )
  expect(ratio).toBeLessThanOrEqual(BAR)
}, 240_000)
