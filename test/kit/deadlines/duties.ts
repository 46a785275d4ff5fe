import { randomUUID } from 'node:crypto'
import { agreementWithFees } from '../../invoices/kit.js'
import type { Caller, Provider, World } from '../world.js'

/** Tickets under agreements with fees, each with two duties that fall due at the same instant. */
export interface Duty {
  ticketId: string
  /** Who may answer it. */
  agent: Caller
}

/** Hours of the response and of the fix alike, so that both duties of a ticket fall due at one instant. */
export const HOURS = 2
/** Percent 5.3.1 of 240,000.00 in minor units, and the offered cap of 30 % a year: six root causes fill it. */
export const PRICE = 12_000_00
export const CAP = 72_000_00
/** As many at once as the pool of a world has connections. */
const AT_ONCE = 10
/** One agreement in so many is quiet: its faults are too few to fill the cap of its year. */
const QUIET = 4
const QUIET_FAULTS = 3

/** Where faults are reported, by whom, and who may answer them. */
interface Place {
  agreementId: string
  member: Caller
  agent: Caller
}

/** Several tenants, each with several agreements in force, to report faults under. */
export class Desk {
  readonly #places: readonly Place[]
  #next = 0

  private constructor(places: readonly Place[]) {
    this.#places = places
  }

  static async open(world: World, tenants: number, agreementsEach: number): Promise<Desk> {
    const rows = await Promise.all(
      Array.from({ length: tenants }, async () => placesOf(await world.provider(), agreementsEach)),
    )
    // Neighbours in the list are of different tenants, so that those who report side by side don't wait for each other.
    return new Desk(
      Array.from({ length: agreementsEach }, (_, index) => rows.map(row => row[index] as Place)).flat(),
    )
  }

  /** The next in turn. */
  #place(): Place {
    for (;;) {
      const [turn, round] = [this.#next % this.#places.length, Math.floor(this.#next / this.#places.length)]
      this.#next += 1
      if (turn % QUIET !== QUIET - 1 || round < QUIET_FAULTS) return this.#places[turn] as Place
    }
  }

  /** Reports so many faults, in turn under all agreements, as the customers' own users. */
  report(count: number): Promise<Duty[]> {
    return sideBySide(count, async () => {
      const { agreementId, member, agent } = this.#place()
      const { ticket } = await member.mutate(
        'ticketReport',
        { agreementId, kind: 'FAULT', subject: 'No answers' },
        'ticket { id }',
      )
      return { ticketId: ticket.id as string, agent }
    })
  }
}

async function placesOf(provider: Provider, count: number): Promise<Place[]> {
  const agent = await provider.staff('AGENT')
  const places: Place[] = []
  for (let index = 0; index < count; index++) {
    const customer = await provider.customer()
    const terms = { responseHours: String(HOURS), fixHours: String(HOURS) }
    const { id: agreementId } = await agreementWithFees(customer, {}, terms)
    places.push({ agreementId, member: await customer.user('MEMBER'), agent })
  }
  return places
}

/** What became of an answer: the states of both duties as the API told them, or that it was never accepted. */
export interface Answered {
  ticketId: string
  response: string | null
  fix: string | null
}

const STATES = 'ticket { responseObligation { state } fixObligation { state } }'
/** A lost race is CONFLICT: the client sends the same key again, so often. */
const TRIES = 10

/** Solves a ticket, which stops both of its clocks; or only answers it, which stops the first. */
export async function answer(
  { ticketId, agent }: Duty,
  mutation: 'ticketRespond' | 'ticketResolve',
): Promise<Answered> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`
  const document = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${STATES} userErrors { code } } }`
  const input = { idempotencyKey: randomUUID(), ticketId, text: 'On it.' }
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const { data, errors } = await agent.send<Record<string, Payload | null>>(document, { input })
    const payload = data?.[mutation]
    if (payload?.ticket) {
      const { responseObligation, fixObligation } = payload.ticket
      return { ticketId, response: responseObligation?.state ?? null, fix: fixObligation?.state ?? null }
    }
    const codes = errors?.map(error => error.extensions.code) ?? payload?.userErrors.map(each => each.code)
    if (!codes?.every(code => code === 'CONFLICT'))
      throw new Error(`${mutation} answered ${JSON.stringify(codes)}`)
  }
  return { ticketId, response: null, fix: null }
}

interface Payload {
  ticket: { responseObligation: { state: string } | null; fixObligation: { state: string } | null } | null
  userErrors: { code: string }[]
}

/** Does something so many times, several at once. */
export async function sideBySide<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const done: T[] = []
  let begun = 0
  const worker = async (): Promise<void> => {
    while (begun < count) {
      const index = begun++
      done[index] = await work(index)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return done
}
