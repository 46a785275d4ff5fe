import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { Agent } from 'undici'

/*
 * Asks a server at fixed instants, whatever became of the last request, in a thread of its own: what it takes itself isn't
 * mistaken for what others wait. Answers how often it was answered with which status.
 */
const { address, token, query, periodMs, lastsMs } = workerData
const dispatcher = new Agent({ connections: 50 })
const statuses = new Map()
const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
const body = JSON.stringify({ query })
const ask = async () => {
  const answer = await dispatcher.request({ origin: address, path: '/graphql', method: 'POST', headers, body })
  await answer.body.dump()
  statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1)
}
const begun = performance.now()
const sent = []
for (let n = 0; n * periodMs < lastsMs; n += 1) {
  await sleep(Math.max(0, begun + n * periodMs - performance.now()))
  sent.push(ask())
}
await Promise.all(sent)
await dispatcher.close()
parentPort.postMessage([...statuses])
