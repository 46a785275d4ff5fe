import { loadTenants, REFERENCE, SMALL } from '../lib/datasets.mjs'
import { load } from '../lib/load.mjs'
import { CONTESTANTS } from '../lib/portal.mjs'
import { Server } from '../lib/server.mjs'
import { median, round } from '../lib/stats.mjs'
import { tokensOf } from '../lib/tokens.mjs'

export const title = 'P10 · resident memory under the portal read'

const SAMPLE_MS = 1_000
const MB = 2 ** 20
/** Flat: the last third of the time lies no more than a twentieth above the middle one. The first is warming up. */
const FLAT = 1.05

export async function run({ bench, quick, minutes, say }) {
  const shape = quick ? SMALL : REFERENCE
  const urls = await bench.database(quick ? 'small' : 'reference', client => loadTenants(client, shape, say))
  const { tokens } = await tokensOf(bench.env(urls), shape.tenants)
  const server = await Server.surety(bench.env(urls))
  const samples = []
  const sampling = setInterval(() => samples.push(server.residentBytes() / MB), SAMPLE_MS)
  try {
    const requests = tokens.map(CONTESTANTS.surety.request)
    const result = await load({
      address: server.address,
      seconds: minutes * 60,
      requestAt: index => requests[index % requests.length],
    })
    return report(samples, minutes, result.answered)
  } finally {
    clearInterval(sampling)
    await server.stop()
  }
}

function report(samples, minutes, answered) {
  const third = Math.floor(samples.length / 3)
  const [middle, last] = [median(samples.slice(third, 2 * third)), median(samples.slice(2 * third))]
  const most = Math.max(...samples)
  return {
    title,
    note: `${minutes} minutes, ${answered.toLocaleString('en')} requests, sampled each second.`,
    columns: ['', 'MB'],
    rows: [
      ['middle third, median', middle.toFixed(0)],
      ['last third, median', last.toFixed(0)],
      ['most', most.toFixed(0)],
    ],
    bars: [
      { what: 'last third / middle third', value: round(last / middle), bar: `<= ${FLAT}`, holds: last / middle <= FLAT, must: true },
      { what: 'most, MB', value: Math.round(most), bar: '<= 300', holds: most <= 300, must: true },
    ],
    raw: samples,
  }
}
