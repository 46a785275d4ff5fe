import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Compiled, compiled } from '../kit/compiled.js'
import { dueDay } from '../kit/deadlines/day.js'
import { Fleet } from '../kit/deadlines/fleet.js'
import { Desk } from '../kit/deadlines/duties.js'
import { GUARDS, type Guard, ringWithout } from '../kit/deadlines/guards.js'
import { complaints } from '../kit/deadlines/verdict.js'
import { World } from '../kit/world.js'

/** bars.md, Trust 7, as far as a few seconds go; the whole of it is in test/long. */
const PLAN = {
  ...{ tenants: 2, agreementsEach: 2 },
  ...{ missed: 75, answeredLate: 5, early: 5, atTheInstant: 5, raced: 8 },
}
/** Into the sweep: by then both processes are at it. */
const KILL_AFTER_MS = 300
/** Sweeps side by side without any guard, of which one is enough to show what the guards are for; nearly always the first. */
const SWEEPS = 8

let program: Compiled
let world: World
let fleet: Promise<Fleet> | undefined
beforeAll(async () => {
  program = compiled()
  world = await World.create()
  // They start while the day is prepared.
  fleet = Fleet.start(program.cli, world, 2)
})
afterAll(async () => {
  await (await fleet)?.stop()
  await world?.close()
  program?.remove()
})

describe('a missed duty', () => {
  it('is a breach exactly once, never early, while two processes sweep and one of them is killed', async () => {
    const day = await dueDay(world, PLAN, fleet as Promise<Fleet>, async workers => {
      await new Promise(resolve => setTimeout(resolve, KILL_AFTER_MS))
      await workers.killOne()
    })
    expect(await complaints(world, day.expected)).toEqual([])
    expect(day.swept).toBe(2 * PLAN.missed)
  })
})

describe('two sweepers: what keeps them from finding the same miss twice', () => {
  const guards = Object.keys(GUARDS) as Guard[]
  const HOUR_MS = 3_600_000
  const missed: string[] = []
  let small: World
  let desk: Desk
  let now = Date.parse('2026-04-01T09:00:00+08:00')
  beforeAll(async () => {
    small = await World.create()
    await small.freezeClock(new Date(now))
    desk = await Desk.open(small, 1, 2)
  })
  afterAll(() => small?.close())

  /** Some duties more that nobody does, swept by two clocks at once. */
  async function sweepWithout(gone: readonly Guard[]): Promise<string[]> {
    missed.push(...(await desk.report(5)).map(duty => duty.ticketId))
    now += 3 * HOUR_MS
    await small.freezeClock(new Date(now))
    await ringWithout(small, gone)
    return complaints(small, { missed, kept: [], raced: [] })
  }

  it.each(guards)('is %s, also alone', async guard => {
    expect(await sweepWithout(guards.filter(each => each !== guard))).toEqual([])
  })

  it('is nothing else: without them all it is found twice, and the same count shows it', async () => {
    // On a busy machine the two may sweep one after the other: sought until they meet.
    const twice: string[] = []
    for (let round = 0; round < SWEEPS && twice.length === 0; round++)
      twice.push(
        ...(await sweepWithout(guards)).filter(each => each.endsWith('is MISSED and has 2 breaches')),
      )
    expect(twice).not.toEqual([])
  })
})
