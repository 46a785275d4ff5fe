import { ApolloServer, type ApolloServerPlugin, type GraphQLRequestContext } from '@apollo/server'
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import { type FragmentDefinitionNode, type GraphQLSchema, Kind, type SelectionSetNode } from 'graphql'
import { Failure } from '../platform/failure.js'
import { describeError, type Logger } from '../platform/log.js'
import type { RequestContext } from '../tenancy/index.js'
import { isInternal, presentError } from './errors.js'
import { MAX_MUTATIONS } from './schema.js'

/** Apollo with our error shape, our extensions and our logging; no landing page, no usage reports, no batches. */
export function createApollo(schema: GraphQLSchema, log: Logger): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    // Callers carry a bearer token in a header and no cookie: a foreign page can't send one without asking first.
    csrfPrevention: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => log.error('the GraphQL server failed'),
    },
    formatError: (_formatted, error) => presentError(error, 'en'),
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      boundMutations(),
      presentAnswers(log),
      keepDisclosures(log),
    ],
  })
}

/** At most ten mutations in a document: each is a transaction of its own, and one caller mustn't hold the pool for long. */
function boundMutations(): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ operation, document }) => {
        if (operation?.operation !== 'mutation' || !document) return
        const fragments = new Map(
          document.definitions.flatMap(each =>
            each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [],
          ),
        )
        if (countFields(operation.selectionSet, fragments) > MAX_MUTATIONS) {
          throw new Failure('BAD_USER_INPUT', {
            messageKey: 'TOO_MANY_MUTATIONS',
            params: { max: MAX_MUTATIONS },
          })
        }
      },
    }),
  }
}

function countFields(set: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): number {
  let count = 0
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) count += 1
    else if (selection.kind === Kind.INLINE_FRAGMENT) count += countFields(selection.selectionSet, fragments)
    else {
      // Validation has refused circles and unknown names by now.
      const fragment = fragments.get(selection.name.value)
      if (fragment) count += countFields(fragment.selectionSet, fragments)
    }
  }
  return count
}

/** Errors in the caller's language, `extensions.replayed`, and one line in the log. */
function presentAnswers(log: Logger): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => {
      const startedAt = performance.now()
      return {
        willSendResponse: async context => {
          const { response, errors = [] } = context
          const { request } = context.contextValue
          request.close()
          if (response.body.kind !== 'single') return
          const result = response.body.singleResult
          if (errors.length > 0) result.errors = errors.map(error => presentError(error, request.language))
          if (request.replayed.length > 0)
            result.extensions = { ...result.extensions, replayed: request.replayed }
          if (request.redactions.length > 0)
            result.extensions = { ...result.extensions, consent: request.redactions }
          logAnswer(log, context, performance.now() - startedAt)
        },
      }
    },
  }
}

/**
 * What an answer showed an app is written down in a transaction of its own, which the answer doesn't wait for. One that
 * fails leaves a line in the log that says as much as the row would have; a drain waits for those under way.
 */
function keepDisclosures(log: Logger): ApolloServerPlugin<RequestContext> {
  const underWay = new Set<Promise<void>>()
  return {
    serverWillStart: async () => ({
      serverWillStop: async () => {
        await Promise.all(underWay)
      },
    }),
    requestDidStart: async () => ({
      willSendResponse: async ({ contextValue: { request } }) => {
        if (request.disclosed.length === 0) return
        const kept = request.keepDisclosures().catch((error: unknown) => {
          const { tenantId, appId, purpose } = request.caller
          log.error(
            {
              requestId: request.id,
              tenantId,
              appId,
              purpose,
              disclosed: request.disclosed,
              ...describeError(error),
            },
            'a disclosure could not be written down',
          )
        })
        underWay.add(kept)
        void kept.finally(() => underWay.delete(kept))
      },
    }),
  }
}

function logAnswer(
  log: Logger,
  { contextValue: { request }, operationName, operation, errors = [] }: GraphQLRequestContext<RequestContext>,
  ms: number,
): void {
  for (const error of errors.filter(isInternal)) {
    log.error(
      { requestId: request.id, path: error.path?.join('.'), ...describeError(error.originalError ?? error) },
      'an operation failed',
    )
  }
  log.info(
    {
      requestId: request.id,
      tenant: request.caller.tenantSlug,
      caller: request.caller.kind,
      operation: operationName?.slice(0, 100) ?? null,
      type: operation?.operation ?? null,
      ms: Math.round(ms * 10) / 10,
      errors: errors.map(error => presentError(error, 'en').extensions?.code),
    },
    'operation',
  )
}
