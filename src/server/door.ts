import cors from '@fastify/cors'
import type { ApolloServer } from '@apollo/server'
import { fastifyApolloHandler } from '@as-integrations/fastify'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { GraphQLSchema } from 'graphql'
import { type Database, isDatabaseUnreachable, type Seals } from '../persistence/index.js'
import { Failure } from '../platform/failure.js'
import { newUuid } from '../platform/ids.js'
import { languageOf } from '../platform/language.js'
import { describeError, type Logger } from '../platform/log.js'
import {
  type AccessTable,
  type Authenticator,
  type Directory,
  type DisclosureGate,
  type LiveEvents,
  Request,
  type RequestContext,
} from '../tenancy/index.js'
import { createApollo } from './apollo.js'
import { presentError } from './errors.js'
import { printSdl } from './schema.js'
import { openSockets } from './sockets.js'

export interface DoorParts {
  schema: GraphQLSchema
  access: AccessTable
  gate: DisclosureGate
  database: Database
  seals: Seals
  directory: Directory
  authenticator: Authenticator
  /** Where subscriptions get their events from. */
  live: LiveEvents
  corsOrigins: readonly string[]
  log: Logger
}

/** Largest body. A contract of 256 kB takes up to six bytes a character once JSON has escaped it: 2 MB holds it with room. */
const MAX_BODY_BYTES = 2 * 1024 * 1024
/** How long a client is asked to wait while the database is away. */
const UNREADY_RETRY_SECONDS = 2
const REQUEST_ID = /^[\w.:-]{1,100}$/

declare module 'fastify' {
  interface FastifyRequest {
    surety?: Request
  }
}

/** The HTTP server: `/graphql` and what stands beside it. */
export async function openDoor(
  parts: DoorParts,
): Promise<{ http: FastifyInstance; apollo: ApolloServer<RequestContext> }> {
  const http = Fastify({
    loggerInstance: undefined,
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    // A drain closes idle connections at once and lets the busy ones finish.
    forceCloseConnections: 'idle',
    genReqId: request => {
      const given = request.headers['request-id']
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : newUuid()
    },
  })
  const apollo = createApollo(parts.schema, parts.log)
  await apollo.start()
  if (parts.corsOrigins.length > 0) {
    await http.register(cors, {
      origin: [...parts.corsOrigins],
      exposedHeaders: ['Request-Id', 'Retry-After', 'RateLimit', 'RateLimit-Policy'],
      maxAge: 600,
    })
  }
  http.addHook('onSend', async (request, reply) => {
    void reply.header('request-id', request.id)
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'private, no-store')
    void reply.header('x-content-type-options', 'nosniff')
  })
  http.setErrorHandler((error, request, reply) => refuseRequest(error, request, reply, parts.log))
  http.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .send({ errors: [{ message: 'The API is at /graphql.', extensions: { code: 'BAD_USER_INPUT' } }] }),
  )
  addGraphql(http, apollo, parts)
  addBesides(http, parts)
  openSockets(http, apollo, parts)
  return { http, apollo }
}

function addGraphql(http: FastifyInstance, apollo: ApolloServer<RequestContext>, parts: DoorParts): void {
  const handler = fastifyApolloHandler(apollo, {
    context: async request => ({ request: request.surety as Request }),
  })
  http.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    preHandler: async (request, reply) => {
      request.surety = await admit(request, parts).catch(error => {
        throw asFailure(error, parts.log)
      })
      void reply.header('vary', 'accept, accept-language, authorization')
    },
    handler,
    onResponse: async request => request.surety?.close(),
  })
}

function addBesides(http: FastifyInstance, parts: DoorParts): void {
  const sdl = printSdl(parts.schema)
  http.get('/schema.graphql', (_request, reply) =>
    reply.type('text/plain; charset=utf-8').header('cache-control', 'public, max-age=300').send(sdl),
  )
  http.get('/healthz', (_request, reply) => reply.send({ status: 'ok' }))
  http.get('/readyz', async (_request, reply) => {
    const ready = await parts.database.isReady()
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'the database does not answer' })
  })
  http.get('/.well-known/jwks.json', async (_request, reply) => {
    await parts.directory.signingKey()
    const keys = (await parts.directory.look()).publicJwks
    return reply.header('cache-control', 'public, max-age=300').send({ keys })
  })
  http.get('/.well-known/oauth-protected-resource', (_request, reply) =>
    // RFC 9728: where this resource's tokens come from and how they are sent.
    reply.send({
      resource: parts.directory.ownIssuer,
      authorization_servers: [parts.directory.ownIssuer],
      bearer_methods_supported: ['header'],
      jwks_uri: `${parts.directory.ownIssuer}/.well-known/jwks.json`,
    }),
  )
}

async function admit(request: FastifyRequest, parts: DoorParts): Promise<Request> {
  const token = bearerOf(request.headers.authorization)
  if (token === null) throw new Failure('UNAUTHENTICATED')
  const caller = await parts.authenticator.authenticate(token)
  const admitted = new Request({
    id: request.id,
    caller,
    language: languageOf(request.headers['accept-language']),
    database: parts.database,
    seals: parts.seals,
    gate: parts.gate,
    access: parts.access,
    ownIssuer: parts.directory.ownIssuer,
  })
  await admitted.admit()
  return admitted
}

/** RFC 6750, 2.1. A token in the address would end up in logs, so it isn't looked for there. */
function bearerOf(header: string | undefined): string | null {
  return /^Bearer +([^\s]+) *$/i.exec(header ?? '')?.[1] ?? null
}

function asFailure(error: unknown, log: Logger): unknown {
  if (error instanceof Failure) {
    const reason = (error.cause as { reason?: unknown } | undefined)?.reason
    if (error.code === 'UNAUTHENTICATED' && typeof reason === 'string')
      log.info({ reason }, 'a token was refused')
    if (error.code !== 'INTERNAL') return error
  }
  // Nobody gets in while it isn't known who may: failing closed.
  log.error(describeError(error), 'callers could not be looked up')
  return new Failure('INTERNAL', {
    messageKey: 'DATABASE_UNREACHABLE',
    retryAfterSeconds: UNREADY_RETRY_SECONDS,
    cause: error,
  })
}

/** Every refusal before GraphQL has the shape of a GraphQL answer, since that is what clients parse. */
function refuseRequest(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
): FastifyReply {
  const language = languageOf(request.headers['accept-language'])
  const status = statusOf(error)
  if (status === 500) log.error({ requestId: request.id, ...describeError(error) }, 'a request failed')
  const shown =
    error instanceof Failure || status >= 500 ? error : new Failure('BAD_USER_INPUT', { cause: error })
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="surety", error="invalid_token"')
  if (status === 503) void reply.header('retry-after', String(UNREADY_RETRY_SECONDS))
  return reply
    .code(status)
    .type(contentTypeFor(request))
    .send(JSON.stringify({ errors: [presentError(shown, language)] }))
}

function statusOf(error: unknown): number {
  if (error instanceof Failure) {
    if (error.code === 'UNAUTHENTICATED') return 401
    return error.messageKey === 'DATABASE_UNREACHABLE' || isDatabaseUnreachable(error.cause) ? 503 : 400
  }
  const status = (error as { statusCode?: unknown }).statusCode
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500
}

function contentTypeFor(request: FastifyRequest): string {
  const accepts = request.headers.accept ?? ''
  return accepts.includes('application/graphql-response+json')
    ? 'application/graphql-response+json; charset=utf-8'
    : 'application/json; charset=utf-8'
}
