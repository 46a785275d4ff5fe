import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Court } from '../breaches/kit.js'
import { actsOf, BEFORES, RIVALS, unexplained } from '../breaches/serial-orders.js'

/** Sets of acts; four acts have 24 orders, each on an agreement of its own, in a second or less. */
const RUNS = 10
/** How often each set is then done all at once: with each other they interleave otherwise every time. */
const TIMES = 8

/** Three that get in each other's way, and whatever else. */
const contested = fc
  .tuple(fc.constantFrom(...RIVALS), actsOf(1))
  .map(([rivals, more]) => [...rivals, ...more])

let court: Court
beforeAll(async () => {
  court = await Court.open()
})
afterAll(() => court?.world.close())

it.each(
  RIVALS.flatMap(acts => BEFORES.map(before => [acts.map(({ name }) => name).join(), before, acts] as const)),
)('any order of %s after %j gives a verdict that some serial order gives', async (_, before, acts) => {
  expect((await unexplained(court, before, acts, TIMES)).strange).toEqual([])
})

it('any order of concurrent acts gives a verdict that some serial order gives', async () => {
  let differing = 0
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...BEFORES), contested, async (before, acts) => {
      const { outcomes, strange } = await unexplained(court, before, acts, TIMES)
      if (outcomes > 1) differing += 1
      expect(strange).toEqual([])
    }),
    { numRuns: RUNS, endOnFailure: true },
  )
  console.info(`${differing} of ${RUNS} sets of four acts come out otherwise in another order`)
  // A test of orders that don't matter would find nothing.
  expect(differing).toBeGreaterThan(RUNS / 4)
  expect(await court.brokenPromises()).toEqual([])
})
