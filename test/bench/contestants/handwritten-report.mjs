import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import { pool, tenantOf } from './walls.mjs'

/*
 * What someone writes by hand who needs this one change: a handler that sends the same statements as Surety, in the same
 * order and as many at once, and knows everything else by heart. They are those that Surety sent for one report, with the
 * ids of another report in the place of its own, so that they can't fall behind when Surety's change.
 */

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const { messages, ids, number } = JSON.parse(readFileSync(process.env.RECORDED, 'utf8'))
const places = new RegExp(`(${UUID}|\\b${number}\\b)`)
const isUuid = new RegExp(`^${UUID}$`)

/** A text or value as a function of what is put in for each id, and for the number, of the recorded report. */
function template(value) {
  if (Array.isArray(value)) {
    const entries = value.map(template)
    return put => entries.map(entry => entry(put))
  }
  if (value === number) return put => Number(put(String(number)))
  if (typeof value !== 'string' || !places.test(value)) return () => value
  const pieces = value.split(places)
  return put => pieces.map((piece, index) => (index % 2 === 1 ? put(piece) : piece)).join('')
}

/** Transactions of groups of messages, each group sent at once. */
const transactions = []
for (const { text, values, name, together } of messages) {
  if (text.startsWith('begin')) transactions.push({ isRead: text.includes('read only'), groups: [] })
  const { groups } = transactions.at(-1)
  if (!together) groups.push([])
  const takesNumber = text.startsWith('insert into agreement_numbers')
  groups.at(-1).push({ text: template(text), values: template(values), name, takesNumber })
}

async function report(known) {
  const mine = new Map(Object.entries(ids).map(([name, id]) => [id, known[name]]))
  const put = piece => {
    if (!mine.has(piece)) mine.set(piece, isUuid.test(piece) ? randomUUID() : piece)
    return mine.get(piece)
  }
  const send = (client, group) =>
    Promise.all(
      group.map(async ({ text, values, name, takesNumber }) => {
        const { rows } = await client.query({ text: text(put), values: values(put), name })
        if (takesNumber) mine.set(String(number), String(rows[0].last))
      }),
    )
  for (const { isRead, groups } of transactions) {
    const client = await pool.connect()
    try {
      for (const group of isRead ? groups.slice(0, -1) : groups) await send(client, group)
      // Nobody waits for the commit of the view that the answer was read from: the same as Surety does.
      const rest = isRead ? send(client, groups.at(-1)) : Promise.resolve()
      rest.then(
        () => client.release(),
        error => client.release(error),
      )
    } catch (error) {
      client.release(error)
      throw error
    }
  }
  return mine.get(String(number))
}

const app = Fastify()
app.post('/report', async (request, reply) => {
  const tenant = tenantOf(request.headers.authorization)
  const { agreement, subject, description } = request.body
  if (typeof subject !== 'string' || typeof description !== 'string') return reply.code(400).send()
  return { number: Number(await report({ ...agreement, tenant })) }
})
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(`listening on http://127.0.0.1:${app.server.address().port}`)
process.on('SIGTERM', () => process.exit(0))
