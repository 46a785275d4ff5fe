import { loadavg } from 'node:os'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Compiled, compiled } from '../kit/compiled.js'
import { dueDay } from '../kit/deadlines/day.js'
import { Fleet } from '../kit/deadlines/fleet.js'
import { complaints } from '../kit/deadlines/verdict.js'
import { World } from '../kit/world.js'

/** bars.md, Trust 7: every ticket has two duties, so 10,000 are missed and 3,000 kept. */
const PLAN = {
  ...{ tenants: 4, agreementsEach: 25 },
  ...{ missed: 5_000, answeredLate: 200, early: 1_000, atTheInstant: 500, raced: 60 },
}
const PROCESSES = 4
const KILL_EVERY_MS = 5_000

let program: Compiled
let world: World
let fleet: Fleet
beforeAll(async () => {
  program = compiled()
  // A raced answer holds its connection while it waits for the sweep.
  world = await World.create({ poolSize: 40 })
  fleet = await Fleet.start(program.cli, world, PROCESSES)
})
afterAll(async () => {
  await fleet?.stop()
  await world?.close()
  program?.remove()
})

it(`${PROCESSES} processes, one killed every ${KILL_EVERY_MS / 1000} s: 10,000 missed duties are 10,000 breaches, none early, none for an answer in time`, async () => {
  const day = await dueDay(world, PLAN, Promise.resolve(fleet), workers => workers.killEvery(KILL_EVERY_MS))
  console.info(
    `${day.swept} breaches in ${(day.sweepMs / 1000).toFixed(1)} s with ${fleet.killed} processes killed, load ${loadavg()[0]?.toFixed(1)}; of ${PLAN.raced} raced answers ${day.racedInTime} came in time`,
  )
  expect(await complaints(world, day.expected)).toEqual([])
  expect(day.swept).toBe(2 * PLAN.missed)
  expect(fleet.killed).toBeGreaterThan(0)
})
