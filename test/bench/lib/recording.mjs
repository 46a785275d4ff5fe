import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ROOT } from './places.mjs'

/*
 * Loaded into Surety's process before anything else (`node --import`): keeps every message that goes to PostgreSQL, and
 * whether the one before it on that connection had its answer by then. SIGUSR2 writes down what was sent since the last one.
 */

const pg = createRequire(join(ROOT, 'package.json'))('pg')
const underWay = new WeakMap()
const connections = new WeakMap()
let known = 0
let messages = []

const { query } = pg.Client.prototype
pg.Client.prototype.query = function recorded(...given) {
  const asked = query.apply(this, given)
  const [first, second] = given
  const text = typeof first === 'string' ? first : first.text
  if (typeof text !== 'string' || typeof asked?.then !== 'function') return asked
  const before = underWay.get(this) ?? 0
  underWay.set(this, before + 1)
  const values = (typeof first === 'string' ? second : (first.values ?? second)) ?? []
  if (!connections.has(this)) connections.set(this, known++)
  messages.push({ connection: connections.get(this), together: before > 0, text, values, name: first.name })
  const answered = () => underWay.set(this, underWay.get(this) - 1)
  asked.then(answered, answered)
  return asked
}

process.on('SIGUSR2', () => {
  writeFileSync(process.env.RECORD_TO, JSON.stringify(messages))
  messages = []
})
