import { setTimeout as sleep } from 'node:timers/promises'
import type { World } from '../world.js'
import { answer, type Answered, Desk, type Duty, HOURS, sideBySide } from './duties.js'
import type { Fleet } from './fleet.js'
import type { Expected } from './verdict.js'

/** How many tickets of each kind; every ticket has two duties. */
export interface DayPlan {
  tenants: number
  agreementsEach: number
  /** Nobody answers them in time. */
  missed: number
  /** Of the missed ones, those that are answered while the sweep is at them. */
  answeredLate: number
  /** Solved an hour before they're due. */
  early: number
  /** Solved at the very due instant. */
  atTheInstant: number
  /** Answered around the due instant, while the sweep looks. */
  raced: number
}

export interface Day {
  expected: Expected
  /** From the due instant to the last breach, by the clock that decides. */
  sweepMs: number
  /** Due duties of that sweep, and breaches found by the sweep or by late answers. */
  swept: number
  /** How many of the raced answers came in time. */
  racedInTime: number
}

const HOUR_MS = 3_600_000
/** Before this instant all is reported, on a frozen clock; `HOURS` later it's due. */
const REPORTED = new Date('2026-04-01T09:00:00+08:00')
const DUE = new Date(REPORTED.getTime() + HOURS * HOUR_MS)
/** The raced ones are due so much earlier, so that the sweep has nothing else to do when they are. */
const RACE_BEFORE_MS = 10_000
/** Answers come from so long before the due instant until so long after it. */
const RACE_MS = 500
/** Looks of an idle clock that are waited for where nothing may happen: it looks every 250 ms. */
const LOOKS_MS = 600

/**
 * A day on which very many duties fall due at one instant, with worker processes looking all the time. Each part of it
 * is under the clock that decides, which stands where it must and runs where that is what is tried.
 */
export async function dueDay(
  world: World,
  plan: DayPlan,
  started: Promise<Fleet>,
  whileSwept: (fleet: Fleet) => Promise<void> | void,
): Promise<Day> {
  await world.freezeClock(new Date(REPORTED.getTime() - RACE_BEFORE_MS))
  const desk = await Desk.open(world, plan.tenants, plan.agreementsEach)
  const raced = await desk.report(plan.raced)
  await world.freezeClock(REPORTED)
  const missed = await desk.report(plan.missed)
  const [early, atTheInstant] = [await desk.report(plan.early), await desk.report(plan.atTheInstant)]
  await world.freezeClock(new Date(DUE.getTime() - HOUR_MS))
  await solve(early)
  const fleet = await started
  const answered = await race(world, raced)
  const found = await breaches(world)
  await world.freezeClock(DUE)
  await sleep(LOOKS_MS)
  await solve(atTheInstant)
  await sleep(LOOKS_MS)
  if ((await breaches(world)) !== found) throw new Error('something was called a miss at its due instant')
  await world.setClock(DUE)
  const [sweepMs] = await Promise.all([
    untilSwept(world),
    whileSwept(fleet),
    sideBySide(plan.answeredLate, index => answer(missed[index] as Duty, 'ticketRespond')),
  ])
  const ids = (duties: Duty[]): string[] => duties.map(duty => duty.ticketId)
  return {
    expected: { missed: ids(missed), kept: [...ids(early), ...ids(atTheInstant)], raced: answered },
    sweepMs,
    swept: (await breaches(world)) - found,
    racedInTime: answered.filter(each => each.response === 'MET').length,
  }
}

/** Solved in time, all of them: the API says so. */
async function solve(duties: readonly Duty[]): Promise<void> {
  const answered = await sideBySide(duties.length, index => answer(duties[index] as Duty, 'ticketResolve'))
  const late = answered.filter(each => each.response !== 'MET' || each.fix !== 'MET')
  if (late.length > 0)
    throw new Error(`${late.length} answers in time were refused: ${JSON.stringify(late[0])}`)
}

/** Answers spread evenly around the due instant; every other one solves the ticket, too. */
async function race(world: World, duties: readonly Duty[]): Promise<Answered[]> {
  const due = DUE.getTime() - RACE_BEFORE_MS
  await world.setClock(new Date(due - 2 * RACE_MS))
  const answered = await Promise.all(
    duties.map(async (duty, index) => {
      await sleep(RACE_MS + (index / duties.length) * 2 * RACE_MS)
      return answer(duty, index % 2 === 0 ? 'ticketRespond' : 'ticketResolve')
    }),
  )
  await untilFound(world, new Date(due))
  return answered
}

/** Until the sweep has found what nobody did by an instant, however busy the machine is. */
async function untilFound(world: World, due: Date): Promise<void> {
  for (;;) {
    const [row] = await world.sqlAsSuperuser<{ left: number }>(
      `select count(*)::int as left from obligations where state = 'RUNNING' and due_at <= $1`,
      [due],
    )
    if (row?.left === 0) return
    await sleep(50)
  }
}

async function breaches(world: World): Promise<number> {
  const [row] = await world.sqlAsSuperuser<{ count: number }>('select count(*)::int as count from breaches')
  return row?.count ?? 0
}

/** How long a sweep may take; it's stuck when it takes longer. */
const SWEEP_MS = 10 * 60_000

async function untilSwept(world: World): Promise<number> {
  const end = performance.now() + SWEEP_MS
  for (;;) {
    const [row] = await world.sqlAsSuperuser<{ left: number; last: Date | null }>(
      `select (select count(*)::int from obligations where state = 'RUNNING') as left, (select max(detected_at) from breaches) as last`,
    )
    if (row?.left === 0 && row.last) return row.last.getTime() - DUE.getTime()
    if (performance.now() > end) throw new Error(`the sweep is stuck: ${row?.left} duties are left`)
    await sleep(200)
  }
}
