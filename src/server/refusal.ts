import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Failure, type FailureCode } from '../platform/failure.js'
import { newUuid } from '../platform/ids.js'
import { languageOf } from '../platform/language.js'
import { describeError, type Logger } from '../platform/log.js'
import { comesBackAfter, isRateLimited, presentError, UNREADY_RETRY_SECONDS } from './errors.js'
import { EVENT_STREAM, mediaTypeOf, PLAIN_JSON, RequestRefused } from './http-request.js'
import { refused } from './watching.js'

/** Largest body, in bytes. A contract of 256 kB takes up to six bytes a character once JSON has escaped it: 2 MB holds it with room. */
export const MAX_BODY_BYTES = 2 * 1024 * 1024

/** What Fastify calls the requests it refuses by itself, by what the client is told. */
const FASTIFY_REFUSALS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'WRONG_CONTENT_TYPE',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'INVALID_JSON',
  FST_ERR_CTP_INVALID_JSON_BODY: 'INVALID_JSON',
}

/** Failures that have a status of their own before an operation began: there, a slow or a lost race only means "not now". */
const STATUSES: Partial<Record<FailureCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
  TIMEOUT: 503,
  CONFLICT: 503,
  INTERNAL: 500,
}

/** What is wrong with the document alone: one that isn't published or must be, one out of bounds, and what Apollo can't validate. */
const WELL_FORMED = new Set<FailureCode>([
  'PERSISTED_QUERY_NOT_FOUND',
  'FORBIDDEN',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
])

/**
 * Answers a request that ended before GraphQL, or instead of it. Every refusal has the shape of a GraphQL answer, since
 * that is what clients parse; its HTTP status holds whatever the client accepts, since interceptors key on it.
 */
export function refuse(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  parts: { log: Logger; resourceMetadata: string },
): FastifyReply {
  const refusal = asFailure(error)
  const accepted = mediaTypeOf(request.headers.accept)
  // A stream that didn't begin is told in the shape of any other answer.
  const mediaType = accepted === null || accepted === EVENT_STREAM ? PLAIN_JSON : accepted
  const status = statusOf(refusal, mediaType)
  const code = refusal instanceof Failure ? refusal.code : 'INTERNAL'
  refused.inc({ status: String(status), code })
  if (status >= 500)
    parts.log.error({ requestId: request.id, status, ...describeError(error) }, 'a request failed')
  else parts.log.info({ requestId: request.id, status, errors: [code] }, 'a request was refused')
  if (refusal instanceof RequestRefused) void reply.headers(refusal.headers)
  if (status === 401) void reply.header('www-authenticate', challenge(request, parts.resourceMetadata))
  if (status === 503 || status === 429)
    void reply.header('retry-after', String(comesBackAfter(refusal) ?? UNREADY_RETRY_SECONDS))
  const shown = presentError(refusal, languageOf(request.headers['accept-language']))
  return reply
    .code(status)
    .type(mediaType)
    .send(JSON.stringify({ errors: [shown] }))
}

function asFailure(error: unknown): unknown {
  if (error instanceof Failure) return error
  const { statusCode, code } = error as { statusCode?: unknown; code?: unknown }
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return error
  return new RequestRefused(statusCode, FASTIFY_REFUSALS[String(code)] ?? 'BAD_REQUEST', {
    params: { max: MAX_BODY_BYTES },
  })
}

function statusOf(refusal: unknown, mediaType: string): number {
  if (isRateLimited(refusal)) return 429
  if (comesBackAfter(refusal) !== null) return 503
  if (!(refusal instanceof Failure)) return 500
  // These are well-formed: as plain JSON they have an answer like any other (GraphQL over HTTP, 6.4.1).
  if (WELL_FORMED.has(refusal.code) && mediaType === PLAIN_JSON) return 200
  if (refusal instanceof RequestRefused) return refusal.status
  return STATUSES[refusal.code] ?? 400
}

/** RFC 6750, 3: no error code for one who sent no token; the same one for every token that is refused. RFC 9728, 5.1. */
function challenge(request: FastifyRequest, resourceMetadata: string): string {
  const error = request.headers.authorization === undefined ? '' : ', error="invalid_token"'
  return `Bearer realm="surety", resource_metadata="${resourceMetadata}"${error}`
}

/** What can't be read as HTTP at all is answered on the bare socket, in the same shape and without repeating a byte of it. */
export function refuseBytes(error: Error & { code?: string }, socket: Socket, log: Logger): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const [status, messageKey] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? [408, 'REQUEST_TOO_SLOW']
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? [431, 'HEADERS_TOO_LARGE']
        : [400, 'BAD_REQUEST']
  const requestId = newUuid()
  log.info({ requestId, status, errors: ['BAD_USER_INPUT'] }, 'a request was refused')
  const refusal = new RequestRefused(status as number, messageKey as string)
  const body = JSON.stringify({ errors: [presentError(refusal, 'en')] })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status as number]}`,
    `content-type: ${PLAIN_JSON}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `request-id: ${requestId}`,
    'cache-control: private, no-store',
    'x-content-type-options: nosniff',
    'connection: close',
  ]
  if (socket.writable) socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  else socket.destroy()
}
