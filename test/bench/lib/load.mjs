import { Client } from 'undici'

/** As bars.md has it. */
export const CONNECTIONS = 16

/**
 * Asks one server for so long over so many connections, each with one request under way. Answers how many were answered,
 * in how long, and each one's milliseconds. An answer that isn't 200, or has errors in it, ends the run.
 */
export async function load({ address, requestAt, seconds = Infinity, count = Infinity, connections = CONNECTIONS }) {
  const clients = Array.from({ length: connections }, () => new Client(address, { pipelining: 1 }))
  const latencies = []
  let next = 0
  const startedAt = performance.now()
  const until = startedAt + seconds * 1000
  try {
    await Promise.all(
      clients.map(async client => {
        while (performance.now() < until && next < count) {
          const request = requestAt(next++)
          const askedAt = performance.now()
          const { statusCode, body } = await client.request({ method: 'POST', ...request })
          const text = await body.text()
          latencies.push(performance.now() - askedAt)
          if (statusCode !== 200 || text.includes('"errors":[')) throw new Error(`${statusCode}: ${text.slice(0, 500)}`)
        }
      }),
    )
    return { answered: latencies.length, seconds: (performance.now() - startedAt) / 1000, latencies }
  } finally {
    await Promise.all(clients.map(client => client.close()))
  }
}

export async function ask(address, request) {
  const client = new Client(address)
  try {
    const { statusCode, body } = await client.request({ method: 'POST', ...request })
    const answer = await body.json()
    if (statusCode !== 200 || answer.errors) throw new Error(JSON.stringify(answer).slice(0, 1000))
    return answer
  } finally {
    await client.close()
  }
}

/** A GraphQL request over HTTP. */
export const graphql = (path, token, query, variables) => ({
  path,
  headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  body: JSON.stringify({ query, ...(variables ? { variables } : {}) }),
})
