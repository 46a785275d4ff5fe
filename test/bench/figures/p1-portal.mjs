import { isDeepStrictEqual } from 'node:util'
import { loadTenants, REFERENCE, SMALL } from '../lib/datasets.mjs'
import { ask, CONNECTIONS, load } from '../lib/load.mjs'
import { CONTESTANTS } from '../lib/portal.mjs'
import { median, said, spread } from '../lib/stats.mjs'
import { tokensOf } from '../lib/tokens.mjs'

export const title = 'P1 · portal read: 20 agreements with customer, 5 newest tickets, 3 newest invoices'

export async function run({ bench, quick, rounds, seconds, say }) {
  const shape = quick ? SMALL : REFERENCE
  const urls = await bench.database(quick ? 'small' : 'reference', client => loadTenants(client, shape, say))
  const { tokens, publicKey } = await tokensOf(bench.env(urls), shape.tenants)
  const env = { ...bench.env(urls), TOKEN_PUBLIC_KEY: publicKey, DATABASE_POOL_SIZE: String(CONNECTIONS) }
  const running = new Map()
  try {
    for (const [name, { start }] of Object.entries(CONTESTANTS)) running.set(name, await start(env))
    await agree(running, tokens)
    say('all contestants answer alike')
    return report(await measure(running, tokens, { rounds, seconds, say }), shape)
  } finally {
    for (const server of running.values()) await server.stop()
  }
}

/** Nobody is measured who answers something else. */
async function agree(running, tokens) {
  for (const token of [tokens[0], tokens.at(-1)]) {
    let expected
    for (const [name, server] of running) {
      const { request, read } = CONTESTANTS[name]
      const answer = read(await ask(server.address, request(token)))
      expected ??= answer
      if (!isDeepStrictEqual(answer, expected))
        throw new Error(
          `${name} answers something else: ${JSON.stringify(answer[0])} and not ${JSON.stringify(expected[0])}`,
        )
    }
    if (expected.length !== 20 || expected.some(each => each.tickets.length !== 5 || each.invoices.length !== 3))
      throw new Error('the answer is not the portal read')
  }
}

/** Rounds in turn, so that what else the machine does falls on all alike. The first of each is for warming up. */
async function measure(running, tokens, { rounds, seconds, say }) {
  const found = Object.fromEntries([...running.keys()].map(name => [name, { perSecond: [], cpuMs: [], p50: [] }]))
  for (let round = 0; round <= rounds; round++) {
    for (const [name, server] of running) {
      const requests = tokens.map(CONTESTANTS[name].request)
      const before = server.cpuMs()
      const result = await load({
        address: server.address,
        seconds: round === 0 ? Math.max(2, seconds / 2) : seconds,
        requestAt: index => requests[index % requests.length],
      })
      if (round === 0) continue
      found[name].perSecond.push(result.answered / result.seconds)
      found[name].cpuMs.push((server.cpuMs() - before) / result.answered)
      found[name].p50.push(median(result.latencies))
      say(`round ${round} of ${rounds}: ${name} ${(result.answered / result.seconds).toFixed(0)}/s`)
    }
  }
  return found
}

function report(found, shape) {
  const rate = name => median(found[name].perSecond)
  /** Round by round: what disturbs one round disturbs both. */
  const ratio = name => spread(found.surety.perSecond.map((each, index) => each / found[name].perSecond[index]))
  const bars = [
    ['PostGraphile 5', 'postgraphile', 1.5, 2.2],
    ['Mercurius with JIT', 'mercurius', 1.0, 1.3],
    ['hand-written', 'handwritten', 0.5, 0.75],
  ]
  return {
    title,
    note: `${shape.tenants} tenants, ${shape.tenants * shape.agreements} agreements, ${shape.tenants * shape.agreements * shape.tickets} tickets, ${shape.tenants * shape.agreements * shape.invoices} invoices; ${CONNECTIONS} connections; row-level security and the same token check in every contestant; median and range of the rounds; CPU is the server process's, without PostgreSQL.`,
    columns: ['contestant', 'requests/s', 'CPU ms/request', 'p50 ms'],
    rows: Object.entries(CONTESTANTS)
      .sort(([a], [b]) => rate(b) - rate(a))
      .map(([name, each]) => [
        each.title,
        said(spread(found[name].perSecond)),
        said(spread(found[name].cpuMs), 2),
        said(spread(found[name].p50), 1),
      ]),
    bars: bars.map(([what, name, loaders, lookAhead]) => ({
      what: `Surety / ${what}`,
      value: ratio(name),
      bar: `>= ${lookAhead} (loader path >= ${loaders})`,
      holds: ratio(name).median >= lookAhead,
      must: false,
    })),
    chart: {
      unit: 'requests/s',
      bars: Object.entries(CONTESTANTS).map(([name, each]) => ({
        label: each.title,
        ...spread(found[name].perSecond),
        own: name === 'surety',
      })),
    },
    raw: found,
  }
}
