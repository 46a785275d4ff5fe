import type { Server } from 'node:http'
import type { FastifyInstance } from 'fastify'

/**
 * After a drain begins, the door stays open until nobody has come for so long: a client that is at work sends within it,
 * is answered, and told that its connection ends. One that is quiet for longer loses an idle connection, as after any
 * keep-alive timeout.
 */
const QUIET_MS = 200
/** A process that got no processor for a while must first look who came meanwhile: quiet is so many turns of its loop. */
const QUIET_TURNS = 4
const TURN_MS = 10
/** How long turns without a newcomer are waited for at the end, before the door is shut in their presence. */
const LAST_CALL_MS = 1_000
/**
 * It doesn't stay open for longer than this, however many still come. 5 s: what a load balancer takes to see that this
 * process is not ready any more, with as long again for the requests that are under way.
 */
const FAREWELL_MS = 5_000

/** Where a process stands between its start and its end. */
export interface Presence {
  leaving: boolean
}

/** How a drain begins: every answer from now on ends its connection, and the door is shut when nobody comes any more. */
export function sayFarewell(http: FastifyInstance): Presence {
  const presence: Presence = { leaving: false }
  let lastSeen = Number.NEGATIVE_INFINITY
  const seen = async (): Promise<void> => {
    lastSeen = performance.now()
  }
  http.addHook('onRequest', seen)
  http.addHook('onResponse', seen)
  http.addHook('onSend', async (_request, reply) => {
    if (presence.leaving) void reply.header('connection', 'close')
  })
  http.addHook('preClose', async () => {
    presence.leaving = true
    const begun = performance.now()
    const since = (moment: number): number => performance.now() - moment
    const somebodyComes = async (): Promise<boolean> =>
      since(lastSeen) < QUIET_MS || (since(begun) < QUIET_MS && (await connections(http.server)) > 0)
    let quietTurns = 0
    while (since(begun) < FAREWELL_MS && quietTurns < QUIET_TURNS) {
      await new Promise(resolve => setTimeout(resolve, TURN_MS))
      quietTurns = (await somebodyComes()) ? 0 : quietTurns + 1
    }
    await takeInWhoStandsOutside(http.server)
  })
  return presence
}

/**
 * The event loop takes in one new connection a turn. Shut while others still stand in the system's queue, the door would
 * hit them in the face; so it's shut after some turns in which nobody came.
 */
async function takeInWhoStandsOutside(server: Server): Promise<void> {
  let quietTurns = 0
  const comes = (): void => {
    quietTurns = -1
  }
  server.on('connection', comes)
  const begun = performance.now()
  while (quietTurns < QUIET_TURNS && performance.now() - begun < LAST_CALL_MS) {
    await new Promise(resolve => setImmediate(resolve))
    quietTurns += 1
  }
  server.off('connection', comes)
}

function connections(server: Server): Promise<number> {
  return new Promise(resolve => server.getConnections((error, count) => resolve(error ? 0 : count)))
}
