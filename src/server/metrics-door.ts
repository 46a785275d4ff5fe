import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { describeError, type Logger } from '../platform/log.js'
import { metricsText } from '../platform/metrics.js'
import { addressOf, portProblem } from './listening.js'

/** Who may read `/metrics` at an address, by the Authorization header. */
export type MetricsGate = (authorization: string | undefined) => boolean

/** Whoever holds the token; where there is none, whoever can come. */
export function metricsGate(token: string | null): MetricsGate {
  if (token === null) return () => true
  const expected = digest(token)
  return authorization => {
    const [, given = ''] = /^Bearer +([^\s]+) *$/i.exec(authorization ?? '') ?? []
    return timingSafeEqual(digest(given), expected)
  }
}

/** Of one length, so that comparing tells nothing of the token's. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

export interface MetricsDoor {
  address: string
  close: () => void
}

export interface MetricsDoorParts {
  /** 0 lets the system choose. */
  port: number
  host: string
  gate: MetricsGate
  isReady: () => Promise<boolean>
  log: Logger
}

/**
 * A port of its own for those who run Surety: `/metrics`, `/healthz` and `/readyz`, of a worker as well, which has no other
 * door. Not for the public.
 */
export async function openMetricsDoor(parts: MetricsDoorParts): Promise<MetricsDoor> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0] ?? ''
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    response.setHeader('cache-control', 'no-store')
    answer(isRead ? path : '', request.headers.authorization, response, parts).catch((error: unknown) => {
      parts.log.error(describeError(error), 'a metrics request failed')
      response.writeHead(500).end()
    })
  })
  const { port, host } = parts
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, resolve)
    })
  } catch (error) {
    throw portProblem(error, 'METRICS_PORT', port, host)
  }
  const close = (): void => {
    server.close()
    server.closeAllConnections()
  }
  return { address: addressOf(server, host), close }
}

async function answer(
  path: string,
  authorization: string | undefined,
  response: ServerResponse,
  { gate, isReady }: MetricsDoorParts,
): Promise<void> {
  if (path === '/healthz') return say(response, 200, { status: 'ok' })
  if (path === '/readyz') {
    const ready = await isReady()
    return say(response, ready ? 200 : 503, { status: ready ? 'ready' : 'the database does not answer' })
  }
  if (path !== '/metrics') return say(response, 404, { status: 'no such address' })
  if (!gate(authorization)) {
    response.setHeader('www-authenticate', METRICS_CHALLENGE)
    return say(response, 401, { status: ASK_FOR_TOKEN })
  }
  const { contentType, text } = await metricsText()
  response.writeHead(200, { 'content-type': contentType }).end(text)
}

const METRICS_CHALLENGE = 'Bearer realm="surety metrics"'
const ASK_FOR_TOKEN = 'send METRICS_TOKEN as a bearer token'

function say(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}

/**
 * `/metrics` beside the API. How much is going on here is no business of those who use the API: without a gate there is
 * nothing at that address.
 */
export function addMetrics(http: FastifyInstance, gate: MetricsGate | null): void {
  if (!gate) return
  http.get('/metrics', async (request, reply) => {
    if (!gate(request.headers.authorization))
      return reply.code(401).header('www-authenticate', METRICS_CHALLENGE).send({ status: ASK_FOR_TOKEN })
    const { contentType, text } = await metricsText()
    return reply.type(contentType).send(text)
  })
}
