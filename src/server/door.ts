import { isUtf8 } from 'node:buffer'
import cors from '@fastify/cors'
import type { ApolloServer } from '@apollo/server'
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { GraphQLSchema } from 'graphql'
import { newUuid } from '../platform/ids.js'
import type { FileDoor, LiveEvents, Request, RequestContext } from '../tenancy/index.js'
import { type AdmissionParts, admit, within } from './admission.js'
import { createApollo } from './apollo.js'
import { type AllowanceSettings, boundTokenEndpoint, Bounds, listenTo } from './bounds/index.js'
import { DisclosureKeeper } from './disclosure-keeper.js'
import type { Execute } from './executor.js'
import { callLast, type Presence, sayFarewell } from './farewell.js'
import { type StreamParts, streamAnswers } from './event-streams.js'
import { addFiles } from './files.js'
import { PUBLIC, setCommonHeaders } from './headers.js'
import { EVENT_STREAM, mediaTypeOf, PLAIN_JSON, readQuestion, RequestRefused } from './http-request.js'
import { Ide } from './ide.js'
import { LiveConnections } from './live-connections.js'
import { addMetrics, type MetricsGate } from './metrics-door.js'
import { LiveOperations, type OperationParts } from './live-operations.js'
import { addTokenEndpoint, authorizationServerMetadata } from './oauth.js'
import { MAX_BODY_BYTES, refuse, refuseBytes } from './refusal.js'
import { printSdl } from './schema.js'
import { openSockets } from './sockets.js'
import { TrustedDocuments } from './trusted-documents.js'
import { breaksValidation } from './validation.js'
import { traceHeaders } from './watching.js'

export interface DoorParts extends AdmissionParts {
  schema: GraphQLSchema
  execute: Execute
  /** Where subscriptions get their events from. */
  live: LiveEvents
  /** What is promised of events, by file name: JSON Schemas and AsyncAPI, for everybody to read. */
  contracts: ReadonlyMap<string, string>
  /** Origins that browsers may call from; none: no CORS header at all. */
  corsOrigins: readonly string[]
  /** Addresses whose `X-Forwarded-For` says who calls; none: whoever opened the connection. */
  trustedProxies?: readonly string[]
  /** How much is let through; what isn't said is as README prints it. */
  allowances?: Partial<AllowanceSettings>
  /** Who may read `/metrics` here; null: it isn't here. */
  metrics: MetricsGate | null
  /** Answers that take so many milliseconds are said to be slow. */
  slowMs?: number
  /** Where bytes beside GraphQL come from and go to; none: there are none. */
  files?: FileDoor
  /** Whether a browser that opens `/graphql` finds an editor there. */
  ide: boolean
}

/** How long a request's bytes may take, so that a slow sender holds no connection for ever: Node's own default is 300 s. */
const REQUEST_MS = 30_000
/** A caller who was admitted longer ago than a look into the directory is good for is looked up again. */
const ADMITTED_FRESH_MS = 250
/** How long readiness waits for the database before it says no; probes give up after a second or two. */
const READY_MS = 1_000
const REQUEST_ID = /^[\w.:-]{1,100}$/
/** What a browser may send, and what it may read (api.md, One endpoint). */
const REQUEST_HEADERS = [
  'Authorization',
  'Content-Type',
  'Accept',
  'Accept-Language',
  'Request-Id',
  'Surety-Purpose',
  'Last-Event-ID',
]
const EXPOSED_HEADERS = ['Request-Id', 'Retry-After', 'RateLimit', 'RateLimit-Policy']

declare module 'fastify' {
  interface FastifyRequest {
    surety?: { request: Request; admittedAt: number }
  }
}

/** The HTTP server: `/graphql` and what stands beside it. */
export async function openDoor(
  parts: DoorParts,
): Promise<{ http: FastifyInstance; apollo: ApolloServer<RequestContext> }> {
  const keeper = new DisclosureKeeper(parts.log)
  const bounds = new Bounds(parts.schema, parts.allowances)
  const apollo = createApollo({ ...parts, keeper, bounds })
  await apollo.start()
  const http = createHttp(parts)
  takeJsonOnly(http)
  if (parts.corsOrigins.length > 0) await admitOrigins(http, parts.corsOrigins)
  http.addHook('onSend', async (request, reply) => setCommonHeaders(request, reply))
  const presence = sayFarewell(http)
  const documents = new TrustedDocuments(parts)
  const live = openLive(http, apollo, parts, { keeper, bounds, documents })
  if (parts.ide) new Ide().addTo(http)
  addGraphql(http, apollo, { ...parts, ...live, bounds, documents })
  addBesides(http, parts, presence)
  if (parts.files) await addFiles(http, parts.files, parts)
  addMetrics(http, parts.metrics)
  boundTokenEndpoint(http, bounds)
  await addTokenEndpoint(http, parts)
  callLast(http)
  return { http, apollo }
}

/** What lasts: sockets and streams of server-sent events. Both end with the HTTP server. */
function openLive(
  http: FastifyInstance,
  apollo: ApolloServer<RequestContext>,
  parts: DoorParts,
  own: Pick<OperationParts, 'keeper' | 'bounds' | 'documents'>,
): StreamParts {
  const connections = new LiveConnections(parts)
  const { ownIssuer, outside } = parts.directory
  const operations = new LiveOperations(apollo, { ...parts, ...own, ownIssuer, outside })
  openSockets(http, { ...parts, ...own, connections, operations })
  http.addHook('preClose', async () => {
    await connections.drain()
    parts.live.close()
  })
  return { connections, operations }
}

function createHttp(parts: DoorParts): FastifyInstance {
  const resourceMetadata = metadataAddress(parts.directory.ownIssuer)
  const refuseRequest = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    refuse(error, request, reply, { log: parts.log, resourceMetadata })
  const http = Fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_MS,
    trustProxy: parts.trustedProxies?.length ? [...parts.trustedProxies] : false,
    // A request that comes in during a drain is answered, with `connection: close`, and not turned away.
    return503OnClosing: false,
    genReqId: request => {
      const given = request.headers['request-id']
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : newUuid()
    },
    frameworkErrors: (error: FastifyError, request, reply) => {
      setCommonHeaders(request, reply)
      void refuseRequest(error, request, reply)
    },
    clientErrorHandler: (error, socket) => refuseBytes(error, socket, parts.log),
  })
  http.setErrorHandler(refuseRequest)
  http.setNotFoundHandler(() => {
    throw new RequestRefused(404, 'NO_SUCH_ADDRESS')
  })
  return http
}

async function admitOrigins(http: FastifyInstance, origins: readonly string[]): Promise<void> {
  await http.register(cors, {
    origin: [...origins],
    methods: ['GET', 'POST', 'PUT'],
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: EXPOSED_HEADERS,
    strictPreflight: false,
    maxAge: 600,
  })
}

/** JSON in UTF-8 (RFC 8259, 8.1): bytes of another encoding would be taken for other words, in contracts of all things. */
function takeJsonOnly(http: FastifyInstance): void {
  const parse = http.getDefaultJsonParser('error', 'error')
  http.removeAllContentTypeParsers()
  http.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (isUtf8(body)) void parse(request, body.toString('utf8'), done)
    else done(new RequestRefused(400, 'INVALID_JSON'))
  })
}

function addGraphql(
  http: FastifyInstance,
  apollo: ApolloServer<RequestContext>,
  parts: DoorParts & StreamParts & AnswerParts,
): void {
  const enter = async (request: FastifyRequest): Promise<void> => {
    request.surety = { request: await admit(request, parts), admittedAt: performance.now() }
  }
  http.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    exposeHeadRoute: false,
    // Before the body: nobody's body is read before it's known whose it is.
    onRequest: async (request, reply) => {
      const from = { address: request.ip, sentToken: request.headers.authorization !== undefined }
      await listenTo(from, parts.bounds, () => enter(request))
      parts.bounds.count((request.surety as { request: Request }).request.caller, reply)
    },
    preHandler: async request => {
      const admittedAt = request.surety?.admittedAt ?? Number.NEGATIVE_INFINITY
      if (performance.now() - admittedAt > ADMITTED_FRESH_MS) await enter(request)
    },
    handler: (request, reply) =>
      mediaTypeOf(request.headers.accept) === EVENT_STREAM
        ? streamAnswers(request, reply, readQuestion(request), parts)
        : answer(request, reply, apollo, parts),
  })
  http.route({
    method: ['HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'],
    url: '/graphql',
    onRequest: async () => {
      throw new RequestRefused(405, 'METHOD_NOT_ALLOWED', { headers: { allow: 'GET, POST' } })
    },
    handler: async () => undefined,
  })
}

type AnswerParts = Pick<OperationParts, 'bounds' | 'documents'>

async function answer(
  httpRequest: FastifyRequest,
  reply: FastifyReply,
  apollo: ApolloServer<RequestContext>,
  { documents, bounds }: AnswerParts,
): Promise<FastifyReply> {
  const { request } = httpRequest.surety as { request: Request }
  const { method, ...question } = await documents.resolve(request.caller, readQuestion(httpRequest))
  const document = bounds.readGraphql(question.query, question.variables)
  if (document && breaksValidation(document))
    throw new RequestRefused(400, 'GRAPHQL_VALIDATION_FAILED', { code: 'GRAPHQL_VALIDATION_FAILED' })
  const { http, body } = await apollo.executeOperation(
    {
      ...question,
      http: { method, headers: traceHeaders(httpRequest.headers), search: '', body: undefined },
    },
    { contextValue: { request } },
  )
  if (body.kind !== 'single') throw new Error('an answer came in parts')
  const mediaType = mediaTypeOf(httpRequest.headers.accept) ?? PLAIN_JSON
  for (const [name, value] of http.headers) void reply.header(name, value)
  // As plain JSON a well-formed request has status 200 whatever became of it (GraphQL over HTTP, 6.4.1).
  const status = mediaType === PLAIN_JSON && http.status === 400 ? 200 : (http.status ?? 200)
  const { errors, data, extensions } = body.singleResult
  return reply.code(status).type(mediaType).send(JSON.stringify({ errors, data, extensions }))
}

function addBesides(http: FastifyInstance, parts: DoorParts, presence: Presence): void {
  const sdl = printSdl(parts.schema)
  const resource = parts.directory.ownIssuer
  http.get('/schema.graphql', (_request, reply) =>
    reply.type('text/plain; charset=utf-8').header('cache-control', PUBLIC).send(sdl),
  )
  for (const [name, text] of parts.contracts)
    http.get(`/schema/events/${name}`, (_request, reply) =>
      reply.type('application/json; charset=utf-8').header('cache-control', PUBLIC).send(text),
    )
  http.get('/healthz', (_request, reply) => reply.send({ status: 'ok' }))
  http.get('/readyz', async (_request, reply) => {
    if (presence.leaving) return reply.code(503).send({ status: 'draining' })
    const ready = await within(READY_MS, parts.database.isReady()).catch(() => false)
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'the database does not answer' })
  })
  http.get('/.well-known/jwks.json', async (_request, reply) => {
    await parts.directory.signingKey()
    const keys = (await parts.directory.look()).publicJwks
    return reply.header('cache-control', PUBLIC).send({ keys })
  })
  // RFC 9728, 2: where this resource's tokens come from and how they are sent.
  const metadata = {
    resource,
    resource_name: 'Surety',
    authorization_servers: [resource],
    bearer_methods_supported: ['header'],
  }
  const server = authorizationServerMetadata(resource)
  for (const path of new Set([WELL_KNOWN_SERVER, metadataPath(resource, WELL_KNOWN_SERVER)]))
    http.get(path, (_request, reply) => reply.header('cache-control', PUBLIC).send(server))
  for (const path of new Set([WELL_KNOWN_RESOURCE, metadataPath(resource)]))
    http.get(path, (_request, reply) => reply.header('cache-control', PUBLIC).send(metadata))
}

/** RFC 8414, 3.1: as with the resource's, the issuer's own path stands behind. */
const WELL_KNOWN_SERVER = '/.well-known/oauth-authorization-server'
const WELL_KNOWN_RESOURCE = '/.well-known/oauth-protected-resource'

/** RFC 9728, 3.1: the well-known part stands between the host and the resource's own path. */
function metadataPath(resource: string, wellKnown = WELL_KNOWN_RESOURCE): string {
  return `${wellKnown}${new URL(resource).pathname.replace(/\/$/, '')}`
}

const metadataAddress = (resource: string): string => new URL(metadataPath(resource), resource).href
