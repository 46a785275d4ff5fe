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
/** How long a moment without a newcomer is waited for at the end, before the door is shut in their presence. */
const LAST_CALL_MS = 1_000
/** Such a moment: many times what a client takes from its answer to its next connection, and what a busy machine lets this process wait. */
const NOBODY_COMES_MS = 100
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
  })
  return presence
}

/**
 * The last of a drain, to be added behind all that it waits for. Whoever stands in the system's queue when the door is shut
 * is hit by it. So answers are held for a moment, since a client that waits for one doesn't come; who stands outside is
 * taken in; and the answers go out when the door is shut.
 */
export function callLast(http: FastifyInstance): void {
  const { server } = http
  let isLast = false
  http.addHook('onSend', async () => {
    if (isLast) await untilShut(server)
  })
  http.addHook('preClose', async () => {
    isLast = true
    const begun = performance.now()
    let lastCame = begun
    server.on('connection', () => (lastCame = performance.now()))
    const isQuiet = (): boolean => performance.now() - lastCame > NOBODY_COMES_MS
    while (!isQuiet() && performance.now() - begun < LAST_CALL_MS)
      await new Promise(resolve => setImmediate(resolve))
  })
}

/** Until the door is shut; twice what that takes at most. */
async function untilShut(server: Server): Promise<void> {
  const since = performance.now()
  while (server.listening && performance.now() - since < 2 * LAST_CALL_MS)
    await new Promise(resolve => setTimeout(resolve, 1))
}

function connections(server: Server): Promise<number> {
  return new Promise(resolve => server.getConnections((error, count) => resolve(error ? 0 : count)))
}
