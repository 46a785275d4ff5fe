import type { FastifyRequest } from 'fastify'
import Negotiator from 'negotiator'
import { Failure, type FailureCode } from '../platform/failure.js'

/** What GraphQL is asked, read from a POST body or a GET address (GraphQL over HTTP, sections 5 and 6). */
export interface GraphqlQuestion {
  method: 'GET' | 'POST'
  query?: string
  documentId?: string
  operationName?: string
  variables?: Record<string, unknown>
  extensions?: Record<string, unknown>
}

/** A request that never became an operation: a failure with an HTTP status, and with headers where the status asks for them. */
export class RequestRefused extends Failure {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    messageKey: string,
    options: {
      code?: FailureCode
      params?: Record<string, string | number>
      headers?: Record<string, string>
    } = {},
  ) {
    super(options.code ?? 'BAD_USER_INPUT', { messageKey, params: options.params ?? {} })
    this.status = status
    this.headers = options.headers ?? {}
  }
}

export const GRAPHQL_RESPONSE = 'application/graphql-response+json; charset=utf-8'
export const PLAIN_JSON = 'application/json; charset=utf-8'
export const EVENT_STREAM = 'text/event-stream; charset=utf-8'
export type MediaType = typeof GRAPHQL_RESPONSE | typeof PLAIN_JSON | typeof EVENT_STREAM

/** What the client takes: plain JSON when it says nothing (GraphQL over HTTP, 4.1), null when it takes none of them. */
export function mediaTypeOf(accept: string | undefined): MediaType | null {
  const wanted = new Negotiator({ headers: { accept: accept || '*/*' } })
  return (wanted.mediaType([PLAIN_JSON, GRAPHQL_RESPONSE, EVENT_STREAM]) as MediaType | undefined) ?? null
}

/** Reads the request. Throws {@link RequestRefused} for what is no GraphQL request. */
export function readQuestion(request: FastifyRequest): GraphqlQuestion {
  if (mediaTypeOf(request.headers.accept) === null) throw new RequestRefused(406, 'NOT_ACCEPTABLE')
  const method = request.method === 'GET' ? 'GET' : 'POST'
  const given = method === 'GET' ? fromAddress(request.url) : fromBody(request.body)
  const query = textIn(given, 'query')
  const documentId = textIn(given, 'documentId')
  const operationName = textIn(given, 'operationName')
  const variables = recordIn(given, 'variables')
  const extensions = recordIn(given, 'extensions')
  return {
    method,
    ...(query === undefined ? {} : { query }),
    ...(documentId === undefined ? {} : { documentId }),
    ...(operationName === undefined ? {} : { operationName }),
    ...(variables === undefined ? {} : { variables }),
    ...(extensions === undefined ? {} : { extensions }),
  }
}

type Given = Readonly<Record<string, unknown>>

function fromBody(body: unknown): Given {
  if (Array.isArray(body)) throw new RequestRefused(400, 'BATCH_REFUSED')
  if (!isRecord(body)) throw new RequestRefused(400, 'INVALID_JSON')
  return body
}

function fromAddress(url: string): Given {
  const start = url.indexOf('?')
  const params = new URLSearchParams(start < 0 ? '' : url.slice(start))
  const given: Record<string, unknown> = {}
  for (const name of ['query', 'documentId', 'operationName', 'variables', 'extensions']) {
    const values = params.getAll(name)
    if (values.length > 1) throw badParameter(name)
    const [value] = values
    if (value !== undefined)
      given[name] = name === 'variables' || name === 'extensions' ? parsed(name, value) : value
  }
  return given
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw badParameter(name)
  }
}

function textIn(given: Given, name: string): string | undefined {
  const value = given[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw badParameter(name)
  return value
}

function recordIn(given: Given, name: string): Record<string, unknown> | undefined {
  const value = given[name]
  if (value === undefined || value === null) return undefined
  if (!isRecord(value)) throw badParameter(name)
  return value
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The name is one of ours. */
const badParameter = (name: string): RequestRefused =>
  new RequestRefused(400, 'BAD_PARAMETER', { params: { name } })
