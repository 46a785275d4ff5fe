import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { chart } from './chart.mjs'
import { SETTINGS } from './database.mjs'
import { RESULTS } from './places.mjs'

const line = cells => `| ${cells.join(' | ')} |`

function table(columns, rows) {
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')
}

const figure = value =>
  typeof value === 'object'
    ? `${value.median.toFixed(2)} (${value.min.toFixed(2)}-${value.max.toFixed(2)})`
    : String(value)

/** A result as Markdown: what was measured, and beside each bar whether it holds. */
export function print({ title, note, columns, rows, bars }) {
  const held = bars.map(({ what, value, bar, holds, must }) => [
    what,
    figure(value),
    bar,
    holds ? 'holds' : must ? 'MISSED' : 'not reached',
  ])
  return [`# ${title}`, note, table(columns, rows), table(['figure', 'measured', 'bar', ''], held), ''].join('\n\n')
}

/** The three files of a figure. */
export function write(name, result) {
  mkdirSync(RESULTS, { recursive: true })
  const machine = {
    measuredAt: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model.trim(),
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    postgres: SETTINGS,
  }
  const settings = Object.entries(SETTINGS)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ')
  const footer = `Measured ${machine.measuredAt.slice(0, 10)} with \`npm run bench -- ${name}\` on ${machine.cores} cores (${machine.cpu}), ${machine.memoryGb} GB, Node ${machine.node}; PostgreSQL on the same machine: ${settings}, fsync and synchronous_commit on.\n`
  const picture = result.chart ? `![${result.title}](${name}.svg)\n\n` : ''
  writeFileSync(join(RESULTS, `${name}.md`), `${print(result)}\n${picture}${footer}`)
  const { title, bars, raw, columns, rows } = result
  writeFileSync(
    join(RESULTS, `${name}.json`),
    `${JSON.stringify({ title, machine, bars, columns, rows, raw }, null, 2)}\n`,
  )
  if (result.chart) writeFileSync(join(RESULTS, `${name}.svg`), chart(result.title, result.chart))
}
