import formbody from '@fastify/formbody'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isDatabaseUnreachable } from '../persistence/index.js'
import { describeError, type Logger } from '../platform/log.js'
import { type Directory, grantToken, TokenRefused, type TokenRequest } from '../tenancy/index.js'

/** Largest body: an id, a secret and every scope there is fit many times. */
const MAX_BODY_BYTES = 16 * 1024

/** `POST /oauth/token`: a token for an app by its own credentials (RFC 6749, 4.4). Forms alone, and on this path alone. */
export async function addTokenEndpoint(
  http: FastifyInstance,
  directory: Directory,
  log: Logger,
): Promise<void> {
  await http.register(async scope => {
    scope.removeAllContentTypeParsers()
    await scope.register(formbody, { bodyLimit: MAX_BODY_BYTES })
    scope.setErrorHandler((error, request, reply) => refuse(asRefusal(error), request, reply, log))
    scope.post('/oauth/token', async (request, reply) => {
      const token = await grantToken(directory, tokenRequestOf(request))
      log.info({ requestId: request.id }, 'a token was granted')
      return neverStored(reply).send(token)
    })
  })
}

/** What the form and the header say, each parameter once (RFC 6749, 3.2). */
function tokenRequestOf(request: FastifyRequest): TokenRequest {
  const form = formOf(request.body)
  const basic = basicOf(request.headers.authorization)
  const inBody = form.client_secret !== undefined
  // RFC 6749, 2.3: one way of proving oneself in a request.
  if (basic && inBody) throw new TokenRefused('invalid_request', 'Authenticate in one way only.')
  if (basic && form.client_id !== undefined && form.client_id !== basic.clientId)
    throw new TokenRefused('invalid_request', 'client_id differs from the Authorization header.')
  if (form.grant_type === undefined) throw new TokenRefused('invalid_request', 'grant_type is missing.')
  if (form.grant_type !== 'client_credentials')
    throw new TokenRefused('unsupported_grant_type', 'grant_type is client_credentials.')
  const { client_id: clientId, client_secret: clientSecret } = form
  const client =
    basic ?? (clientId !== undefined && clientSecret !== undefined ? { clientId, clientSecret } : null)
  if (!client)
    throw new TokenRefused('invalid_client', 'Send client_id and client_secret by HTTP Basic or in the form.')
  return { ...client, scope: form.scope ?? null, purpose: form.purpose ?? null }
}

function formOf(body: unknown): Record<string, string | undefined> {
  if (typeof body !== 'object' || body === null)
    throw new TokenRefused('invalid_request', 'Send application/x-www-form-urlencoded.')
  // A parameter without a value counts as left out (RFC 6749, 3.2).
  const entries = Object.entries(body).filter(([, value]) => value !== '')
  if (entries.some(([, value]) => typeof value !== 'string'))
    throw new TokenRefused('invalid_request', 'A parameter stands in it twice.')
  return Object.fromEntries(entries) as Record<string, string>
}

/** RFC 6749, 2.3.1: id and secret are form-encoded each, joined with a colon, and then base64. */
function basicOf(header: string | undefined): { clientId: string; clientSecret: string } | null {
  if (header === undefined) return null
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+=*) *$/i.exec(header) ?? []
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? []
  if (id === undefined || secret === undefined)
    throw new TokenRefused('invalid_client', 'The Authorization header is not HTTP Basic.')
  return { clientId: formDecoded(id), clientSecret: formDecoded(secret) }
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new TokenRefused('invalid_client', 'The Authorization header is not form-encoded.')
  }
}

/** What fastify says of a body it can't take is the client's mistake; all else is ours and passes on. */
function asRefusal(error: unknown): unknown {
  const status = (error as { statusCode?: unknown }).statusCode
  return typeof status === 'number' && status >= 400 && status < 500
    ? new TokenRefused('invalid_request', 'Send application/x-www-form-urlencoded, at most 16 kB.')
    : error
}

/** RFC 6749, 5.2. */
function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Logger): FastifyReply {
  void neverStored(reply)
  if (error instanceof TokenRefused) {
    log.info({ requestId: request.id, error: error.error }, 'a token was not granted')
    const unknown = error.error === 'invalid_client'
    if (unknown) void reply.header('www-authenticate', 'Basic realm="surety", charset="UTF-8"')
    return reply.code(unknown ? 401 : 400).send({ error: error.error, error_description: error.description })
  }
  log.error({ requestId: request.id, ...describeError(error) }, 'a token could not be granted')
  const away = isDatabaseUnreachable(error) || isDatabaseUnreachable((error as { cause?: unknown }).cause)
  if (away) void reply.header('retry-after', '2')
  return reply.code(away ? 503 : 500).send({ error: away ? 'temporarily_unavailable' : 'server_error' })
}

/** RFC 6749, 5.1. */
const neverStored = (reply: FastifyReply): FastifyReply =>
  reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
