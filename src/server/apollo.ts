import {
  ApolloServer,
  type ApolloServerOptions,
  type ApolloServerPlugin,
  type GraphQLRequestContext,
} from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import {
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import { Failure } from '../platform/failure.js'
import type { Language } from '../platform/language.js'
import { describeError, type Logger } from '../platform/log.js'
import { currentWork, SLOW_MS } from '../platform/work.js'
import type { RequestContext } from '../tenancy/index.js'
import { type Bounds, chargeOperations, KeptDocuments } from './bounds/index.js'
import type { DisclosureKeeper } from './disclosure-keeper.js'
import { comesBackAfter, isInternal, isRateLimited, presentError } from './errors.js'
import { type Execute, executeWith } from './executor.js'
import { MAX_MUTATIONS } from './schema.js'
import { MAX_ERRORS } from './validation.js'
import { variableProblems } from './variables.js'
import { observeAnswer, watchOperations } from './watching.js'
import { wordsOf } from './wordings.js'

type Context = GraphQLRequestContext<RequestContext>

export interface ApolloParts {
  schema: GraphQLSchema
  log: Logger
  keeper: DisclosureKeeper
  execute: Execute
  bounds: Bounds
  /** Answers that take so many milliseconds are said to be slow. */
  slowMs?: number
}

/** Apollo with our error shape, our extensions and our logging; no landing page, no batches, no reports to anybody. */
export function createApollo({
  schema,
  log,
  keeper,
  execute,
  bounds,
  slowMs = SLOW_MS,
}: ApolloParts): ApolloServer<RequestContext> {
  const apollo = new ApolloServer<RequestContext>({
    gateway: executeWith(schema, execute),
    validationOptions: { maxErrors: MAX_ERRORS },
    introspection: true,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    documentStore: keepDocuments(),
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    logger: whatApolloSays(log),
    // Errors are presented once the request is known, with its language; this one is for what never gets that far.
    formatError: (_formatted, error) => presentError(error, 'en', wordsOf(schema)),
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      // It would look at every field of every answer, to compute a header that is always the same here.
      ApolloServerPluginCacheControlDisabled(),
      // An APOLLO_KEY that happens to be in the environment must not send anything anywhere.
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      boundOperations(),
      chargeOperations(bounds),
      presentAnswers(log, slowMs),
      keepDisclosures(keeper),
    ],
  })
  return watchOperations(apollo)
}

/** Apollo's own store weighs a document by its JSON, in which neither its text nor its tokens are. */
function keepDocuments(): NonNullable<ApolloServerOptions<RequestContext>['documentStore']> {
  const kept = new KeptDocuments()
  return {
    get: async key => kept.get(key),
    set: async (key, document) => kept.set(key, document),
    delete: async key => kept.delete(key),
  }
}

/**
 * What Apollo logs about itself. Its sentences begin with constant words and may end with anything, so they are cut at
 * the first full stop or colon; errors lose their messages like everywhere.
 */
function whatApolloSays(log: Logger): {
  [level in 'debug' | 'info' | 'warn' | 'error']: (said: unknown) => void
} {
  const describe = (said: unknown): object =>
    typeof said === 'string' ? { apollo: said.split(/[.:]/, 1)[0]?.slice(0, 100) } : describeError(said)
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: said => log.warn(describe(said), 'the GraphQL server warns'),
    error: said => log.error(describe(said), 'the GraphQL server failed'),
  }
}

/**
 * Queries, and at most ten mutations in a document: each is a transaction of its own, and one caller mustn't hold the pool
 * for long.
 */
function boundOperations(): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ operation, document }) => {
        if (operation?.operation === 'subscription')
          throw new Failure('BAD_USER_INPUT', { messageKey: 'SUBSCRIBE_OVER_WEBSOCKET' })
        if (operation?.operation !== 'mutation' || !document) return
        const fragments = new Map(
          document.definitions.flatMap(each =>
            each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [],
          ),
        )
        const keys = new Set<string>()
        collectKeys(operation.selectionSet, fragments, keys)
        if (keys.size > MAX_MUTATIONS) {
          throw new Failure('BAD_USER_INPUT', {
            messageKey: 'TOO_MANY_MUTATIONS',
            params: { max: MAX_MUTATIONS },
          })
        }
      },
    }),
  }
}

/** Names in the answer: fields of one name are one. Each fragment is looked at once, however often it is spread. */
function collectKeys(
  set: SelectionSetNode,
  fragments: Map<string, FragmentDefinitionNode>,
  keys: Set<string>,
): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) keys.add((selection.alias ?? selection.name).value)
    else if (selection.kind === Kind.INLINE_FRAGMENT) collectKeys(selection.selectionSet, fragments, keys)
    else {
      const fragment = fragments.get(selection.name.value)
      fragments.delete(selection.name.value)
      if (fragment) collectKeys(fragment.selectionSet, fragments, keys)
    }
  }
}

/** Errors in the caller's language, `extensions.replayed`, the HTTP status, and one line in the log. */
function presentAnswers(log: Logger, slowMs: number): ApolloServerPlugin<RequestContext> {
  return {
    unexpectedErrorProcessingRequest: async ({ error, requestContext }) => {
      const { request } = requestContext.contextValue
      request.end()
      log.error({ requestId: request.id, ...describeError(error) }, 'the GraphQL server failed')
    },
    requestDidStart: async () => {
      const startedAt = performance.now()
      return {
        willSendResponse: async context => {
          const { request } = context.contextValue
          request.end()
          const { body, http } = context.response
          if (body.kind !== 'single') return
          const result = body.singleResult
          const { errors = [] } = context
          if (errors.length > 0) result.errors = presentAll(context, request.language)
          if (request.replayed.length > 0)
            result.extensions = { ...result.extensions, replayed: request.replayed }
          if (request.redactions.length > 0)
            result.extensions = { ...result.extensions, consent: request.redactions }
          const retryAfter = errors.map(comesBackAfter).find(seconds => seconds !== null)
          if (retryAfter != null && holdsNothing(result.data)) {
            delete result.data
            http.status = errors.some(isRateLimited) ? 429 : 503
            http.headers.set('retry-after', String(retryAfter))
          } else if (result.data !== undefined) http.status = 200
          else if (http.status !== 405) http.status = (result.errors ?? []).some(isOurs) ? 500 : 400
          logAnswer(log, context, result.errors ?? [], { ms: performance.now() - startedAt, slowMs })
        },
      }
    },
  }
}

/** What an answer showed an app goes into the disclosure log; a stop waits for what is under way. */
function keepDisclosures(keeper: DisclosureKeeper): ApolloServerPlugin<RequestContext> {
  return {
    serverWillStart: async () => ({ serverWillStop: () => keeper.settled() }),
    requestDidStart: async () => ({
      willSendResponse: async ({ contextValue: { request } }) => keeper.keep(request),
    }),
  }
}

function presentAll(context: Context, language: Language): readonly GraphQLFormattedError[] {
  const { schema, operation, request, errors = [] } = context
  const isKnown = wordsOf(schema)
  if (operation && errors.every(isOfVariables)) {
    const problems = variableProblems(schema, operation, request.variables ?? {}, language, isKnown)
    if (problems.length > 0) return problems
  }
  return errors.map(error => presentError(error, language, isKnown))
}

/** graphql-js reports variables before it runs anything, each at its definition; the last one may be that there are too many. */
const isOfVariables = (error: GraphQLError): boolean =>
  error.path === undefined && (error.nodes ?? []).every(node => node.kind === Kind.VARIABLE_DEFINITION)

const holdsNothing = (data: Record<string, unknown> | null | undefined): boolean =>
  data == null || Object.values(data).every(value => value === null)

/** Our fault, as it is told. */
const isOurs = ({ extensions }: GraphQLFormattedError): boolean => extensions?.code === 'INTERNAL'

function logAnswer(
  log: Logger,
  context: Context,
  shown: readonly GraphQLFormattedError[],
  { ms, slowMs }: { ms: number; slowMs: number },
): void {
  const { operationName, operation, errors = [] } = context
  const { request } = context.contextValue
  const codes = shown.map(error => error.extensions?.code)
  const { field } = observeAnswer(context, codes, ms)
  // Of more than fifty wrong variables graphql-js says in an error of its own that there are too many: nobody's fault here.
  for (const error of shown.some(isOurs) ? errors.filter(isInternal) : []) {
    const [node] = error.nodes ?? []
    log.error(
      {
        requestId: request.id,
        // The schema's name of the field: a path would hold the client's own names.
        field: node?.kind === Kind.FIELD ? node.name.value : null,
        ...describeError(error.originalError ?? error),
      },
      'an operation failed',
    )
  }
  const work = currentWork()
  const line = {
    requestId: request.id,
    ...(work?.traceId ? { traceId: work.traceId } : {}),
    tenant: request.caller.tenantSlug,
    caller: request.caller.kind,
    operation: operationName?.slice(0, 100) ?? null,
    type: operation?.operation ?? null,
    ms: Math.round(ms * 10) / 10,
    errors: codes,
  }
  if (ms < slowMs) log.info(line, 'operation')
  else log.warn({ ...line, field, statements: work?.statements, slowest: work?.slowest }, 'slow operation')
}
