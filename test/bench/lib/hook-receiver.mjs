import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'

/**
 * A receiver of webhooks that checks each by the official library, and answers 204 only to what is genuine. It's told the
 * secrets of its paths with PUT, and says with GET what has arrived.
 */
let hooks = new Map()
const seen = { verified: 0, refused: 0, repeated: 0, ids: new Set(), firstAt: 0, lastAt: 0 }

const server = createServer((request, response) => {
  let text = ''
  request.setEncoding('utf8')
  request.on('data', data => (text += data))
  request.on('end', () => {
    if (request.method === 'PUT') {
      hooks = new Map(Object.entries(JSON.parse(text)).map(([path, secret]) => [path, new Webhook(secret)]))
      Object.assign(seen, { verified: 0, refused: 0, repeated: 0, ids: new Set(), firstAt: 0, lastAt: 0 })
      return response.writeHead(204).end()
    }
    if (request.method === 'GET') return response.end(JSON.stringify({ ...seen, ids: seen.ids.size }))
    try {
      const { id } = hooks.get(request.url).verify(text, request.headers)
      seen.verified += 1
      if (seen.ids.has(id)) seen.repeated += 1
      seen.ids.add(id)
      seen.lastAt = Date.now()
      seen.firstAt ||= seen.lastAt
      response.writeHead(204).end()
    } catch {
      seen.refused += 1
      response.writeHead(400).end()
    }
  })
})
server.keepAliveTimeout = 60_000
server.listen(Number(process.env.PORT), process.env.HOST, () =>
  process.stdout.write(`listening on http://${process.env.HOST}:${server.address().port}\n`),
)
process.on('SIGTERM', () => process.exit(0))
