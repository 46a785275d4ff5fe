import { done } from '../done.js'
import { Receiver } from '../receiver.js'
import { Caller } from '../world.js'
import type { Attacker } from './attackers.js'
import type { Answer } from './oracle.js'
import type { CanaryWorld } from './world.js'

/**
 * An endpoint with something in every field: two secrets, a delivery that arrived, one that failed and says why, one that
 * is still to come; and one beside it that is disabled.
 */
export async function fillHooks(caller: Caller): Promise<Hooks> {
  const closing: (() => Promise<void>)[] = []
  const description = 'What takes everything'
  const { events } = await caller.ask('{ events(first: 1) { nodes { cursor } } }')
  const input = { description, after: events.nodes[0]?.cursor }
  const receiver = await Receiver.for(caller, input, close => closing.push(close))
  receiver.answer = response => {
    const [status, text] = receiver.arrivals.length === 1 ? [200, 'ok'] : [500, 'internal error']
    response.writeHead(status as number).end(text)
  }
  const idle = await Receiver.for(caller, { types: ['TICKET_REPORTED'] }, close => closing.push(close))
  await done(caller, 'webhookEndpointDisable', { webhookEndpointId: idle.endpointId })
  return {
    finish: async () => {
      await done(caller, 'webhookEndpointRotateSecret', { webhookEndpointId: receiver.endpointId })
      for (const close of closing) await close()
    },
  }
}

/** The second secret ends after a day, so it's made when time has passed. */
export interface Hooks {
  finish(): Promise<void>
}

/** Something that an attacker's receiver was sent. */
export interface Delivered {
  attacker: Attacker
  text: string
  head: string
}

/** Attackers who also have everything sent to them: those who may set up endpoints, each with a receiver of its own. */
export class Hooked {
  readonly #receivers: { attacker: Attacker; receiver: Receiver }[] = []
  readonly #closing: (() => Promise<void>)[] = []

  /** From the oldest place of each on, so that all that was planted is sent as well. */
  static async begin({ world }: CanaryWorld, attackers: readonly Attacker[]): Promise<Hooked> {
    const hooked = new Hooked()
    for (const attacker of attackers) {
      const caller = new Caller(world, attacker.token)
      const { data } = await caller.send<{ events: { nodes: { cursor: string }[] } | null } | null>(
        '{ events(first: 1) { nodes { cursor } } }',
      )
      const after = data?.events?.nodes[0]?.cursor
      const made = await Receiver.for(caller, { after }, close => hooked.#closing.push(close)).catch(
        () => null,
      )
      if (made) hooked.#receivers.push({ attacker, receiver: made })
    }
    return hooked
  }

  get arrivals(): Delivered[] {
    return this.#receivers.flatMap(({ attacker, receiver }) =>
      receiver.arrivals.map(({ text, headers }) => ({
        attacker,
        text,
        head: Object.entries(headers)
          .map(([name, value]) => `${name}: ${value}`)
          .join('\n'),
      })),
    )
  }

  async close(): Promise<void> {
    for (const close of this.#closing) await close()
  }
}

/** A delivery as the oracle reads an answer. */
export const sentAs = ({ text, head }: Delivered): Answer => ({
  status: 200,
  head,
  text,
  body: { data: JSON.parse(text) as object },
})
