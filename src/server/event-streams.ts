import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { getOperationAST, GraphQLError } from 'graphql'
import { languageOf } from '../platform/language.js'
import { bearerOf, purposeOf } from './admission.js'
import { setCommonHeaders } from './headers.js'
import { EVENT_STREAM, type GraphqlQuestion } from './http-request.js'
import type { LiveConnections } from './live-connections.js'
import type { Asked, LiveOperations } from './live-operations.js'
import { StreamConnection } from './stream-connection.js'

export interface StreamParts {
  connections: LiveConnections
  operations: LiveOperations
}

/**
 * Answers one operation as server-sent events (GraphQL over SSE, distinct connections mode). Who may not come in is refused
 * as over HTTP; from then on all that there is to say is said in the stream, as the protocol asks.
 */
export async function streamAnswers(
  request: FastifyRequest,
  reply: FastifyReply,
  { method, ...question }: GraphqlQuestion,
  { connections, operations }: StreamParts,
): Promise<FastifyReply> {
  const { authorization, 'accept-language': acceptLanguage, 'last-event-id': lastEventId } = request.headers
  const language = languageOf(acceptLanguage)
  const connection = new StreamConnection(reply.raw, language)
  const purpose = purposeOf(request.headers['surety-purpose'])
  await connections.admit(connection, bearerOf(authorization), acceptLanguage, purpose)
  setCommonHeaders(request, reply)
  reply.hijack()
  // A proxy that collects answers before it sends them on would keep events to itself.
  connection.open({
    ...(reply.getHeaders() as OutgoingHttpHeaders),
    'content-type': EVENT_STREAM,
    'x-accel-buffering': 'no',
  })
  connections.add(connection)
  const asked = {
    ...question,
    requestId: request.id,
    readOnly: method === 'GET',
    lastCursor: typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : undefined,
  }
  try {
    await answerAll(connection, asked, operations)
  } catch (error) {
    const told =
      error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error })
    await connection.next({ errors: operations.present([told], language) })
  } finally {
    connection.complete()
  }
  return reply
}

async function answerAll(
  connection: StreamConnection,
  asked: Asked,
  operations: LiveOperations,
): Promise<void> {
  const prepared = await operations.prepare(connection, asked)
  if (Array.isArray(prepared)) {
    return connection.next({ errors: operations.present(prepared, connection.language) })
  }
  if (getOperationAST(prepared.document, prepared.operationName)?.operation !== 'subscription')
    return connection.next(await operations.execute(prepared))
  const answers = await operations.subscribe(prepared)
  connection.onOver(() => answers.return())
  for await (const answer of answers) await connection.next(answer, answers.cursor)
}
