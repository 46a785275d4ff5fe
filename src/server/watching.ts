import type { IncomingHttpHeaders } from 'node:http'
import { type ApolloServer, type GraphQLRequestContext, HeaderMap } from '@apollo/server'
import { SpanKind } from '@opentelemetry/api'
import { BREAK, type DocumentNode, Kind, type OperationDefinitionNode, visit } from 'graphql'
import { counter, gauge, histogram } from '../platform/metrics.js'
import { asWork, currentWork } from '../platform/work.js'
import type { RequestContext } from '../tenancy/index.js'

/** From a read out of memory to what nobody waits for: the usual steps, with 500 ms among them, where slow begins. */
const OPERATION_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const operations = counter(
  'surety_operations_total',
  'Queries and mutations that were answered, by type, root field and outcome: OK, or the code of the first error.',
  ['type', 'field', 'outcome'],
)
const seconds = histogram(
  'surety_operation_duration_seconds',
  'From a parsed request to its answer, by type and root field.',
  ['type', 'field'],
  OPERATION_SECONDS,
)
/** Rate limits, tokens, bodies: what is turned away before GraphQL. */
export const refused = counter(
  'surety_requests_refused_total',
  'HTTP requests that ended before they became an operation, by status and code.',
  ['status', 'code'],
)
const inFlight = gauge('surety_operations_in_flight', 'Queries and mutations under way.')
const replays = counter(
  'surety_idempotent_replays_total',
  'Mutations that were answered from memory, since their key had been used.',
)

/** What an operation is known by here: words of the schema. Its own name is the client's, and is in the log alone. */
export interface OperationKind {
  /** `query` or `mutation`; `none` when it never became one. */
  type: string
  /** Its root field; `several`, or `none` when it never became an operation. */
  field: string
}

/** Everything that is executed, whichever way it came in, becomes a piece of work with a span of its own. */
export function watchOperations(apollo: ApolloServer<RequestContext>): ApolloServer<RequestContext> {
  type Execute = (...args: Parameters<typeof apollo.executeOperation>) => Promise<unknown>
  const execute = apollo.executeOperation.bind(apollo) as Execute
  const watched: Execute = async (request, options) => {
    inFlight.inc()
    try {
      return await asWork(() => execute(request, options), {
        begin: 'graphql',
        kind: SpanKind.SERVER,
        traceparent: request.http?.headers.get(TRACEPARENT),
      })
    } finally {
      inFlight.dec()
    }
  }
  return Object.assign(apollo, { executeOperation: watched })
}

/** W3C Trace Context, 3.2: the one header that what is executed knows of. */
const TRACEPARENT = 'traceparent'

export function traceHeaders(headers: IncomingHttpHeaders): HeaderMap {
  const { [TRACEPARENT]: given } = headers
  return typeof given === 'string' ? new HeaderMap([[TRACEPARENT, given]]) : new HeaderMap()
}

/** Counts an answer with the codes of its errors, and describes its span. */
export function observeAnswer(
  { operation, document, queryHash, contextValue }: GraphQLRequestContext<RequestContext>,
  codes: readonly unknown[],
  ms: number,
): OperationKind {
  const kind = kindOf(operation)
  const outcome = codes.length === 0 ? 'OK' : String(codes[0])
  operations.inc({ ...kind, outcome })
  seconds.observe({ ...kind }, ms / 1000)
  if (contextValue.request.replayed.length > 0) replays.inc(contextValue.request.replayed.length)
  const work = currentWork()
  if (work?.span) {
    const attributes = {
      'graphql.operation.type': kind.type,
      'surety.root_field': kind.field,
      ...(operation && document && isFreeOfValues(document)
        ? { 'surety.document.sha256': queryHash ?? '' }
        : {}),
    }
    const name = operation ? `${kind.type} ${kind.field}` : 'graphql'
    work.describe(name, attributes, codes.length > 0 ? outcome : undefined)
  }
  return kind
}

/** A telephone number that stands in a document could be guessed from the document's hash. */
function isFreeOfValues(document: DocumentNode): boolean {
  let free = true
  const found = (): typeof BREAK => {
    free = false
    return BREAK
  }
  visit(document, { StringValue: found, IntValue: found, FloatValue: found })
  return free
}

/** Documents are kept by Apollo, so that this is asked once for each. */
const kinds = new WeakMap<OperationDefinitionNode, OperationKind>()
const NONE: OperationKind = { type: 'none', field: 'none' }

function kindOf(operation: OperationDefinitionNode | undefined): OperationKind {
  if (!operation) return NONE
  let kind = kinds.get(operation)
  if (!kind) {
    const [first, ...others] = operation.selectionSet.selections
    const field = first?.kind === Kind.FIELD && others.length === 0 ? first.name.value : 'several'
    kind = { type: operation.operation, field }
    kinds.set(operation, kind)
  }
  return kind
}
