import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { freePort, PUBLIC_URL, ROOT } from '../lib/places.mjs'
import { round } from '../lib/stats.mjs'

export const title = 'P9 · npm start to the first answered query'

const GIVE_UP_MS = 120_000

export async function run({ say }) {
  const folder = mkdtempSync(join(tmpdir(), 'surety-bench-start-'))
  try {
    const first = await start(folder)
    const second = await start(folder)
    say(`first ${first.toFixed(2)} s, second ${second.toFixed(2)} s`)
    const bar = (what, value, most) => ({
      what,
      value: round(value),
      bar: `<= ${most} s`,
      holds: value <= most,
      must: false,
    })
    return {
      title,
      note: 'In a folder without data: it makes a PostgreSQL cluster, migrates, loads the past of the demo, prints tokens, and answers a query with the first of them. Then once more on the same folder.',
      columns: ['start', 'seconds'],
      rows: [
        ['first', first.toFixed(2)],
        ['second', second.toFixed(2)],
      ],
      bars: [bar('first start, seconds', first, 4), bar('second start, seconds', second, 2)],
      raw: { first, second },
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function start(folder) {
  const port = await freePort()
  const startedAt = performance.now()
  const { PATH = '', HOME = '' } = process.env
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    env: { PATH, HOME, PORT: String(port), SURETY_DATA_DIR: folder, PUBLIC_URL },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  // As a newcomer does it: with the first of the tokens that it prints.
  let printed = ''
  child.stdout.on('data', data => (printed += data))
  const ended = new Promise(resolve => child.on('exit', resolve))
  try {
    while (!(await answers(port, /^eyJ\S+$/m.exec(printed)?.[0]))) {
      if (performance.now() - startedAt > GIVE_UP_MS) throw new Error('it did not answer in two minutes')
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    return (performance.now() - startedAt) / 1000
  } finally {
    // npm and what it started are one group.
    process.kill(-Number(child.pid), 'SIGTERM')
    await ended
  }
}

async function answers(port, token) {
  if (!token) return false
  try {
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: '{"query":"{ __typename }"}',
    })
    return response.status === 200 && (await response.json()).data?.__typename === 'Query'
  } catch {
    return false
  }
}
