import type { Caller } from '../world.js'
import type { Group } from './canaries.js'
import { done } from '../done.js'
import { CanaryMaker } from './making.js'
import type { CanaryWorld } from './world.js'

/** Longer than any promise that was planted (97 hours), so that whatever nobody answered is missed. */
const SWEEP_HOURS = 100
const HOUR_MS = 60 * 60 * 1000

/** Somebody who works while the attackers listen, and whose every word is a canary. */
export interface Worker {
  group: Group
  caller: Caller
  /** Also writes what only staff does. */
  isStaff: boolean
}

/**
 * Work that goes on while attackers listen: of the other tenant, of the other customer, and of the attackers' own, so that
 * there is something to hear. Each turn reports and comments, writes down people, stops and goes on; and now and then time
 * passes, and what was not answered is missed.
 */
export class Bustle {
  readonly #world: CanaryWorld
  readonly #maker: CanaryMaker
  readonly #workers: readonly Worker[]
  #turns = 0
  #last: Promise<void> = Promise.resolve()
  readonly #places = new Map<Caller, Promise<Place>>()

  constructor(world: CanaryWorld, seed: number) {
    this.#world = world
    this.#maker = new CanaryMaker(seed)
    this.#workers = world.workers
  }

  /** One after the other, or workers would race with themselves and with the alarms of what they did. */
  turn(): Promise<void> {
    return this.#then(async () => {
      await Promise.all(this.#workers.map(worker => this.#work(worker)))
      this.#turns += 1
    })
  }

  /** Lets time pass, and rings what falls due. */
  sweep(): Promise<void> {
    return this.#then(async () => {
      const { world } = this.#world
      const [row] = await world.sqlAsSuperuser<{ now: Date }>('select surety_now() as now')
      await world.setClock(new Date((row?.now.getTime() ?? 0) + SWEEP_HOURS * HOUR_MS))
      await world.ringDue()
    })
  }

  #then(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(work)
    return this.#last
  }

  async #work({ group, caller, isStaff }: Worker): Promise<void> {
    const say = (column: string): string => this.#say(group, column)
    const { agreementId, customerId, ticketIds } = await this.#placeOf(caller)
    const ticketId = ticketIds[this.#turns % ticketIds.length]
    // The attackers may have ended what others work with; nobody does so in the other tenant.
    const act = group === 'foreign' ? done : attempted
    const report = { agreementId, subject: say('subject'), description: say('description') }
    await act(caller, 'ticketReport', { ...report, kind: 'FAULT' })
    await act(caller, 'ticketComment', { ticketId, text: say('text') })
    await act(caller, 'personUpsert', { name: say('name'), ...(isStaff ? { customerId } : {}) })
    if (!isStaff) return
    const stop = { agreementId, scopes: ['UPGRADE'] }
    await act(caller, 'agreementSuspend', { ...stop, reason: say('reason') })
    await act(caller, 'agreementResume', stop)
  }

  /** An agreement that is served, and the tickets under it that stood before all of this, each with who reported it. */
  #placeOf(caller: Caller): Promise<Place> {
    const found = this.#places.get(caller) ?? findPlace(caller)
    this.#places.set(caller, found)
    return found
  }

  #say(group: Group, column: string): string {
    const text = this.#maker.text()
    this.#world.book.add({ group, table: 'bustle', column, text, number: null, rowIds: [] })
    return text
  }
}

interface Place {
  agreementId: string
  customerId: string
  ticketIds: string[]
}

async function findPlace(caller: Caller): Promise<Place> {
  const { tickets } = await caller.ask(
    '{ tickets(first: 100) { nodes { id reporter { id } agreement { id customer { id } } } } }',
  )
  const reported = tickets.nodes.filter((each: { reporter: object | null }) => each.reporter)
  const { agreement } = reported[0]
  const ticketIds = reported.map((each: { id: string }) => each.id)
  return { ticketIds, agreementId: agreement.id, customerId: agreement.customer.id }
}

/** Whatever comes of it: it may be refused, or lose a race. */
const attempted: typeof done = (caller, mutation, input, selection) =>
  caller.mutate(mutation, input, selection).catch(() => null)
