import formbody from '@fastify/formbody'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isDatabaseUnreachable } from '../persistence/index.js'
import { describeError, type Logger } from '../platform/log.js'
import {
  type Authenticator,
  type Directory,
  exchangeToken,
  grantToken,
  TokenRefused,
  type TokenRequest,
} from '../tenancy/index.js'

/** Largest body: an id, a secret and every scope there is fit many times. */
const MAX_BODY_BYTES = 16 * 1024

const CLIENT_CREDENTIALS = 'client_credentials'
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const TOKEN_TYPES = ['jwt', 'access_token', 'id_token'].map(
  name => `urn:ietf:params:oauth:token-type:${name}`,
)

/** What a client finds out about the endpoint by itself (RFC 8414, 2). People sign in at their tenant's issuer, and not here. */
export const authorizationServerMetadata = (issuer: string): object => ({
  issuer,
  token_endpoint: `${issuer}/oauth/token`,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  response_types_supported: [],
  grant_types_supported: [CLIENT_CREDENTIALS, TOKEN_EXCHANGE],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
})

/**
 * `POST /oauth/token`: a token for an app by its own credentials (RFC 6749, 4.4), alone or on behalf of a person who signed
 * in at the tenant's issuer (RFC 8693). Forms alone, and on this path alone.
 */
export async function addTokenEndpoint(
  http: FastifyInstance,
  { directory, authenticator, log }: { directory: Directory; authenticator: Authenticator; log: Logger },
): Promise<void> {
  await http.register(async scope => {
    scope.removeAllContentTypeParsers()
    await scope.register(formbody, { bodyLimit: MAX_BODY_BYTES })
    scope.setErrorHandler((error, request, reply) => refuse(asRefusal(error), request, reply, log))
    scope.post('/oauth/token', async (request, reply) => {
      const { subjectToken, ...wish } = tokenRequestOf(request, directory.ownIssuer)
      const token =
        subjectToken === null
          ? await grantToken(directory, wish)
          : await exchangeToken(directory, authenticator, wish, subjectToken)
      log.info({ requestId: request.id }, 'a token was granted')
      return neverStored(reply).send(token)
    })
  })
}

/** What the form and the header say, each parameter once (RFC 6749, 3.2). */
function tokenRequestOf(
  request: FastifyRequest,
  issuer: string,
): TokenRequest & { subjectToken: string | null } {
  const form = formOf(request.body)
  const basic = basicOf(request.headers.authorization)
  const inBody = form.client_secret !== undefined
  // RFC 6749, 2.3: one way of proving oneself in a request.
  if (basic && inBody) throw new TokenRefused('invalid_request', 'Authenticate in one way only.')
  if (basic && form.client_id !== undefined && form.client_id !== basic.clientId)
    throw new TokenRefused('invalid_request', 'client_id differs from the Authorization header.')
  if (form.grant_type === undefined) throw new TokenRefused('invalid_request', 'grant_type is missing.')
  if (form.grant_type !== CLIENT_CREDENTIALS && form.grant_type !== TOKEN_EXCHANGE)
    throw new TokenRefused(
      'unsupported_grant_type',
      `grant_type is ${CLIENT_CREDENTIALS} or ${TOKEN_EXCHANGE}.`,
    )
  const { client_id: clientId, client_secret: clientSecret } = form
  const client =
    basic ?? (clientId !== undefined && clientSecret !== undefined ? { clientId, clientSecret } : null)
  if (!client)
    throw new TokenRefused('invalid_client', 'Send client_id and client_secret by HTTP Basic or in the form.')
  const subjectToken = form.grant_type === TOKEN_EXCHANGE ? subjectTokenOf(form, issuer) : null
  return { ...client, scope: form.scope ?? null, purpose: form.purpose ?? null, subjectToken }
}

/** RFC 8693, 2.1. What isn't understood is refused rather than left out: the client would get another token than it asked for. */
function subjectTokenOf(form: Record<string, string | undefined>, issuer: string): string {
  const invalid = (description: string): TokenRefused => new TokenRefused('invalid_request', description)
  if (form.subject_token === undefined) throw invalid('subject_token is missing.')
  if (!TOKEN_TYPES.includes(form.subject_token_type ?? ''))
    throw invalid(`subject_token_type is one of ${TOKEN_TYPES.join(', ')}.`)
  if (form.actor_token !== undefined || form.actor_token_type !== undefined)
    throw invalid('The actor is the client that authenticates: leave actor_token out.')
  const requested = form.requested_token_type
  if (requested !== undefined && !TOKEN_TYPES.slice(0, 2).includes(requested))
    throw invalid('requested_token_type is an access token or a JWT.')
  if ([form.audience, form.resource].some(target => target !== undefined && target !== issuer))
    throw new TokenRefused('invalid_target', `Tokens of this endpoint are for ${issuer}.`)
  return form.subject_token
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
