import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Caller, World } from '../kit/world.js'

/** Quiet tenants, and how often each of them asks. */
const QUIET = 8
const PERIOD_MS = 200
/** The noisy one asks so many times as often as each of the others. */
const NOISE = 20
const MEASURE_MS = 12_000
/** Trust 17. */
const BAR = 1.5
/** Of alternating rounds each: a machine that does other things shows itself in all of them. */
const ROUNDS = 2

const PAGE = `{ agreements(first: 20) { nodes { number customer { name } tickets(first: 5) { nodes { number } } invoices(first: 3) { nodes { number } } } } }`

let world: World
let quiet: Caller[]
let noisy: Caller
beforeAll(async () => {
  // A tenant's share: twice what a quiet one asks, so that the noisy one asks ten times as much as it may.
  const perSecond = 1_000 / PERIOD_MS
  world = await World.create({
    poolSize: 10,
    allowances: { requestRate: perSecond * 2, tenantFactor: 1, costRate: 1e9 },
  })
  const callers: Caller[] = []
  for (let n = 0; n <= QUIET; n += 1) {
    const provider = await world.provider()
    for (let c = 0; c < 3; c += 1) {
      const customer = await provider.customer()
      await customer.draft()
    }
    callers.push(await provider.staff('AGENT'))
  }
  ;[noisy, ...quiet] = callers as [Caller, ...Caller[]]
})
afterAll(() => world.close())

/** Asks at fixed instants, whatever became of the last one; answers how long each took. */
async function ask(
  caller: Caller,
  periodMs: number,
  offsetMs: number,
  took: number[],
  statuses: Map<number, number>,
): Promise<void> {
  const begun = performance.now() + offsetMs
  const sent: Promise<void>[] = []
  for (let n = 0; n * periodMs < MEASURE_MS; n += 1) {
    const at = begun + n * periodMs
    await new Promise(resolve => setTimeout(resolve, Math.max(0, at - performance.now())))
    const from = performance.now()
    sent.push(
      caller.send(PAGE).then(({ status }) => {
        took.push(performance.now() - from)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }),
    )
  }
  await Promise.all(sent)
}

const p99 = (took: number[]): number =>
  took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)] as number

async function round(withNoise: boolean): Promise<{ p99: number; noise: Map<number, number> }> {
  const took: number[] = []
  const noise = new Map<number, number>()
  const fine = new Map<number, number>()
  const asking = quiet.map((caller, n) => ask(caller, PERIOD_MS, (n * PERIOD_MS) / QUIET, took, fine))
  if (withNoise) asking.push(ask(noisy, PERIOD_MS / NOISE, 0, [], noise))
  await Promise.all(asking)
  expect([...fine.keys()]).toEqual([200])
  return { p99: p99(took), noise }
}

it("one tenant at 20 times its neighbours' pace leaves them as quick as they were", async () => {
  await round(false)
  const alone: number[] = []
  const beside: number[] = []
  for (let n = 0; n < ROUNDS; n += 1) {
    alone.push((await round(false)).p99)
    const noisyRound = await round(true)
    beside.push(noisyRound.p99)
    console.log(`the noisy one was answered ${JSON.stringify([...noisyRound.noise])}`)
  }
  const ratio = Math.min(...beside) / Math.min(...alone)
  console.log(
    `p99 alone ${alone.map(ms => ms.toFixed(1))} ms, beside ${beside.map(ms => ms.toFixed(1))} ms: ${ratio.toFixed(2)}`,
  )
  expect(ratio).toBeLessThanOrEqual(BAR)
}, 180_000)
