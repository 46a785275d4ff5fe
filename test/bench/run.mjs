import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT } from './lib/places.mjs'

/** The figures, in order of their numbers, each a file that answers rows, bars and perhaps a chart. */
const FIGURES = {
  P1: ['p1-portal.mjs', 'portal read beside PostGraphile 5, Mercurius with JIT and a hand-written handler'],
  P2: ['p2-reports.mjs', 'ticketReport beside a hand-written handler with the same statements'],
  P3: ['p3-latency.mjs', 'from the due instant to the committed breach and to the frame, 100 breaches a second'],
  P4: ['p4-sweep.mjs', '10,000 due obligations with 1,000,000 open and with 20,000 open'],
  P5: ['p5-tenants.mjs', 'portal read of one tenant with 10,000 tenants and with 10'],
  P6: ['p6-pages.mjs', 'page 1,000 of every list in every order beside its first page'],
  P7: ['p7-subscribers.mjs', 'one event to 5,000 open subscriptions on one process'],
  P8: ['p8-webhooks.mjs', 'webhooks a second to a receiver that verifies with the official library'],
  P9: ['p9-start.mjs', 'npm start to the first answered query'],
  P10: ['p10-memory.mjs', 'resident memory under ten minutes of P1'],
}

const HELP = `npm run bench -- [figures] [options]

Measures Surety and prints tables; writes test/bench/results/<figure>.{md,json,svg} unless --quick or --no-write is given.
The peers and their data are installed and loaded on first use, in test/bench/ alone.

Figures (all when none is named):
${Object.entries(FIGURES)
  .map(([name, [, what]]) => `  ${name.padEnd(4)} ${what}`)
  .join('\n')}

Options:
  --quick          small data and short rounds: whether everything runs, not how fast
  --rounds <n>     alternating rounds of a ratio (7)
  --seconds <n>    length of a round (10)
  --minutes <n>    length of P10 (10)
  --no-write       print only
  --help           this`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    minutes: { type: 'string' },
    'no-write': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(HELP)
  process.exit(0)
}
const chosen = positionals.length > 0 ? positionals.map(each => each.toUpperCase()) : Object.keys(FIGURES)
const unknown = chosen.find(each => !FIGURES[each])
if (unknown) {
  console.error(`There is no figure ${unknown}.\n\n${HELP}`)
  process.exit(2)
}

const say = text => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`)
installPeers()
const { Bench } = await import('./lib/database.mjs')
const { print, write } = await import('./lib/report.mjs')

const bench = await Bench.open()
const options = {
  bench,
  quick: values.quick,
  rounds: Number(values.rounds ?? (values.quick ? 2 : 7)),
  seconds: Number(values.seconds ?? (values.quick ? 2 : 10)),
  minutes: Number(values.minutes ?? (values.quick ? 0.2 : 10)),
  say,
}
let missed = 0
try {
  for (const name of chosen) {
    const [file, what] = FIGURES[name]
    say(`${name}: ${what}`)
    const figure = await import(`./figures/${file}`)
    const result = await figure.run(options)
    console.log(print(result))
    if (!values.quick && !values['no-write']) write(name, result)
    missed += result.bars.filter(bar => bar.must && !bar.holds).length
  }
} finally {
  await bench.close()
}
if (missed > 0 && !values.quick) say(`${missed} of the bars that must hold do not`)
process.exit(missed > 0 && !values.quick ? 1 : 0)

/** On first use, and again when the lock has changed. */
function installPeers() {
  const folder = join(ROOT, 'test/bench')
  const kept = join(folder, 'node_modules/.package-lock.json')
  const upToDate =
    existsSync(kept) &&
    Object.entries(JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages)
      .filter(([path]) => path !== '')
      .every(([path, { version, optional }]) => {
        const there = JSON.parse(readFileSync(kept, 'utf8')).packages[path]
        return there ? there.version === version : optional
      })
  if (upToDate) return
  say('installing the peers in test/bench')
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' })
  if (npm.status !== 0) throw new Error('the peers could not be installed')
}
