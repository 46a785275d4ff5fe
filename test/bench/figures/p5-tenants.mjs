import { loadTenants } from '../lib/datasets.mjs'
import { load } from '../lib/load.mjs'
import { CONTESTANTS } from '../lib/portal.mjs'
import { Server } from '../lib/server.mjs'
import { median, quantile, said, spread } from '../lib/stats.mjs'
import { tokensOf } from '../lib/tokens.mjs'

export const title = 'P5 · portal read of one tenant, among many tenants and among few'

/** 50 agreements and 100 tickets each. */
const SHAPE = { customers: 5, agreements: 50, tickets: 2, obligations: false }

export async function run({ bench, quick, rounds, seconds, say }) {
  const sizes = quick ? [10, 200] : [10, 10_000]
  const running = []
  try {
    for (const tenants of sizes) {
      const urls = await bench.database(`tenants_${tenants}`, client => loadTenants(client, { ...SHAPE, tenants }, say))
      const { tokens } = await tokensOf(bench.env(urls), 1)
      const server = await Server.surety(bench.env(urls))
      const client = await bench.connect(bench.nameOf(urls))
      running.push({ tenants, server, client, token: tokens[0], p50: [], p99: [], changingP50: [] })
    }
    for (let round = 0; round <= rounds; round++) {
      for (const each of running) {
        const quiet = await oneAfterAnother(each, seconds / 2)
        const changing = await whileTheDirectoryChanges(each, seconds / 2)
        if (round === 0) continue
        each.p50.push(median(quiet))
        each.p99.push(quantile(quiet, 0.99))
        each.changingP50.push(median(changing))
        say(`round ${round} of ${rounds}: ${each.tenants} tenants, p50 ${median(quiet).toFixed(2)} ms`)
      }
    }
    return report(running)
  } finally {
    for (const { server, client } of running) {
      await client.end()
      await server.stop()
    }
  }
}

const oneAfterAnother = async ({ server, token }, seconds) => {
  const request = CONTESTANTS.surety.request(token)
  const { latencies } = await load({ address: server.address, seconds, connections: 1, requestAt: () => request })
  return latencies
}

/** Somebody adds a tenant or revokes a token once a second. */
async function whileTheDirectoryChanges(each, seconds) {
  const changing = setInterval(() => {
    each.client.query('update directory_state set version = version + 1').catch(() => undefined)
  }, 1_000)
  try {
    return await oneAfterAnother(each, seconds)
  } finally {
    clearInterval(changing)
  }
}

function report(running) {
  const [few, many] = running
  const over = key => spread(many[key].map((each, index) => each / few[key][index]))
  return {
    title,
    note: 'Tenants of 50 agreements and 100 tickets each; the portal read (20 agreements with customer, tickets and invoices) of one of them, one request after another. "Directory changing": a tenant, key or revocation is written once a second meanwhile.',
    columns: ['tenants', 'p50 ms', 'p99 ms', 'p50 ms, directory changing'],
    rows: running.map(({ tenants, p50, p99, changingP50 }) => [
      tenants.toLocaleString('en'),
      said(spread(p50), 2),
      said(spread(p99), 2),
      said(spread(changingP50), 2),
    ]),
    bars: ['p50', 'changingP50'].map(key => ({
      what: `p50 with ${many.tenants.toLocaleString('en')} tenants / with ${few.tenants}${key === 'p50' ? '' : ', directory changing'}`,
      value: over(key),
      bar: '<= 1.2',
      holds: over(key).median <= 1.2,
      must: true,
    })),
    raw: running.map(({ tenants, p50, p99, changingP50 }) => ({ tenants, p50, p99, changingP50 })),
  }
}
