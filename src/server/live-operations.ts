import './live-messages.js'
import type { ApolloServer } from '@apollo/server'
import {
  createSourceEventStream,
  getOperationAST,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import { Failure } from '../platform/failure.js'
import { newUuid } from '../platform/ids.js'
import type { GuardedFetch } from '../platform/guarded-fetch.js'
import type { Language } from '../platform/language.js'
import { describeError, type Logger } from '../platform/log.js'
import {
  type DisclosureOperation,
  type Frame,
  type LiveEvents,
  Request,
  type RequestContext,
  type RequestParts,
} from '../tenancy/index.js'
import type { Bill, Bounds } from './bounds/index.js'
import type { Admission, Connection } from './connection.js'
import type { DisclosureKeeper } from './disclosure-keeper.js'
import { isInternal, presentError } from './errors.js'
import type { Execute } from './executor.js'
import { type Likeness, likenessOf } from './likeness.js'
import { LiveAnswers } from './live-answers.js'
import type { TrustedDocuments } from './trusted-documents.js'
import { coded, problemsOf } from './validation.js'
import { variableProblems } from './variables.js'
import { wordsOf } from './wordings.js'

export interface OperationParts extends Pick<RequestParts, 'database' | 'seals' | 'gate' | 'access'> {
  schema: GraphQLSchema
  ownIssuer: string
  outside: GuardedFetch
  live: LiveEvents
  documents: TrustedDocuments
  keeper: DisclosureKeeper
  execute: Execute
  log: Logger
  bounds: Bounds
}

/** What a client asks over such a connection, whichever it is. */
export interface Asked {
  query?: string | undefined
  documentId?: unknown
  operationName?: string | null | undefined
  variables?: Record<string, unknown> | null | undefined
  extensions?: Record<string, unknown> | null | undefined
  /** Where its reader stands; it says so instead of the subscription's own `after`. */
  lastCursor?: string | undefined
  /** What it is called in the log; a name of its own where none was given. */
  requestId?: string
  /** True where nothing may be changed. */
  readOnly?: boolean
}

interface OperationContext extends RequestContext {
  connection: Connection
  asked: Asked & { query: string }
  /** Both of a subscription. */
  bill: Bill | null
  likeness: Likeness | null
  /** Gives the operation's place on the connection back. */
  leave: () => void
}

type Presented = Omit<ExecutionResult, 'errors'> & { errors?: readonly GraphQLFormattedError[] }

/** Operations one connection may have under way: a page of an app has a handful; a hundred are a mistake. */
export const MAX_OPERATIONS = 100

/**
 * Operations over a connection that lasts: a WebSocket, or a stream of server-sent events. Queries and mutations go through
 * the same Apollo as over HTTP: the same guards, bounds, log and errors. Subscriptions are validated and guarded alike, and
 * each frame is executed like a query, under the request that it brings.
 */
export class LiveOperations {
  readonly #apollo: ApolloServer<RequestContext>
  readonly #parts: OperationParts

  constructor(apollo: ApolloServer<RequestContext>, parts: OperationParts) {
    this.#apollo = apollo
    this.#parts = parts
  }

  /** Parses, validates and admits. Answers what to execute, or what is wrong with it. */
  async prepare(connection: Connection, sent: Asked): Promise<ExecutionArgs | GraphQLError[]> {
    connection.stillAdmitted()
    const leave = connection.enter()
    try {
      if (connection.underWay > MAX_OPERATIONS)
        throw new Failure('RATE_LIMITED', {
          messageKey: 'TOO_MANY_OPERATIONS',
          params: { max: MAX_OPERATIONS },
        })
      const { schema, documents, bounds } = this.#parts
      const { caller } = this.#admitted(connection)
      // One that came as a request of HTTP was counted as one, and has its id.
      if (sent.requestId === undefined) bounds.count(caller)
      const asked = await documents.resolve(caller, sent)
      const document = bounds.read(asked.query, asked.variables)
      const problems = problemsOf(schema, document)
      if (problems.length > 0) throw new Unstarted(problems)
      const { operationName, variables } = asked
      const operation = getOperationAST(document, operationName)
      if (!operation) throw coded(new GraphQLError('Unknown operation.'), 'OPERATION_RESOLUTION_FAILURE')
      if (asked.readOnly && operation.operation === 'mutation')
        throw new Failure('BAD_USER_INPUT', { messageKey: 'MUTATION_BY_GET' })
      const isSubscription = operation.operation === 'subscription'
      const contextValue: OperationContext = {
        request: await this.#admit(
          connection,
          isSubscription ? 'SUBSCRIBE' : 'READ',
          asked.requestId ?? newUuid(),
        ),
        live: this.#liveFrom(asked.lastCursor),
        connection,
        asked,
        bill: null,
        likeness: null,
        leave,
      }
      // Apollo does so for queries and mutations; graphql-js would name the values, and no code.
      if (isSubscription) {
        requireVariables(schema, operation, variables ?? {}, contextValue.request.language)
        contextValue.bill = bounds.bill(contextValue.request.caller, {
          document,
          operation,
          variables: variables ?? {},
        })
        contextValue.bill.charge()
        contextValue.likeness = likenessOf(asked.query, document, operation, variables ?? {})
      }
      return {
        schema,
        document,
        operationName: operationName ?? null,
        variableValues: variables ?? null,
        contextValue,
      }
    } catch (error) {
      leave()
      return [error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error })]
    }
  }

  /** A query or a mutation. */
  async execute({ contextValue }: ExecutionArgs): Promise<ExecutionResult> {
    const { connection, asked, request, leave } = contextValue as OperationContext
    const { query, operationName, variables, extensions } = asked
    connection.running += 1
    try {
      const { body } = await this.#apollo.executeOperation(
        {
          query,
          operationName: operationName ?? undefined,
          variables: variables ?? {},
          extensions: extensions ?? {},
        },
        { contextValue: { request } },
      )
      if (body.kind !== 'single') throw new Error('an answer came in parts')
      return body.singleResult as ExecutionResult
    } catch (error) {
      return this.#present({ errors: [error as GraphQLError] }, request) as ExecutionResult
    } finally {
      connection.running -= 1
      leave()
      request.end()
    }
  }

  /** A subscription: its answers, each executed when the one before has left. */
  async subscribe(args: ExecutionArgs): Promise<LiveAnswers> {
    const { connection, request, leave } = args.contextValue as OperationContext
    try {
      const source = await createSourceEventStream(args)
      if (!(Symbol.asyncIterator in source)) throw new Unstarted(source.errors ?? [])
      this.#logSubscription(request, args)
      return new LiveAnswers(source as AsyncIterableIterator<Frame>, {
        mayGoOn: () => connection.stillAdmitted() !== null,
        answer: frame => this.#answer(frame, args),
        leave,
      })
    } catch (error) {
      leave()
      return LiveAnswers.failing(error)
    } finally {
      request.end()
    }
  }

  /** Errors that ended an operation before or between its answers. */
  present(errors: readonly GraphQLError[], language: Language): GraphQLFormattedError[] {
    return errors
      .flatMap(error => (error.originalError instanceof Unstarted ? error.originalError.errors : [error]))
      .flatMap(error => {
        if (error.originalError instanceof WrongVariables) return error.originalError.problems
        if (isInternal(error))
          this.#parts.log.error(describeError(error.originalError ?? error), 'a subscription failed')
        return [presentError(error, language, wordsOf(this.#parts.schema))]
      })
  }

  /** Readers of one entitlement who ask alike have one answer to a frame; what it cost and what it showed an app are each one's own. */
  async #answer(frame: Frame, args: ExecutionArgs): Promise<ExecutionResult> {
    const { live, bill, likeness } = args.contextValue as OperationContext
    const { key, saysPrevious } = likeness as Likeness
    const likely = saysPrevious ? `${key} ${frame.previousCursor}` : key
    const { request, result } = await frame.deliver(likely, async shared => {
      // They share a view as well; what a frame shows an app is an account of its own.
      const request = shared.caller.appId === null ? shared : shared.beside()
      const contextValue: RequestContext = live ? { request, live } : { request }
      const executed = await this.#parts.execute({ ...args, rootValue: frame.root, contextValue })
      return { request, result: this.#present(executed, request) }
    })
    this.#parts.keeper.keep(request)
    const consent = request.redactions.length === 0 ? {} : { consent: request.redactions }
    return { ...result, extensions: { ...consent, cost: bill?.frame() } } as ExecutionResult
  }

  #present(result: ExecutionResult, request: Request): Presented {
    const { errors, ...rest } = result
    return errors ? { ...rest, errors: this.present(errors, request.language) } : rest
  }

  #liveFrom(lastCursor: string | undefined): LiveEvents {
    const { live } = this.#parts
    if (lastCursor === undefined) return live
    return {
      subscribe: (request, wish) => live.subscribe(request, { ...wish, after: lastCursor }),
      close: () => live.close(),
    }
  }

  #admitted({ admission }: Connection): Admission {
    if (!admission) throw new Failure('UNAUTHENTICATED')
    return admission
  }

  async #admit(connection: Connection, operation: DisclosureOperation, id: string): Promise<Request> {
    const { caller, language } = this.#admitted(connection)
    const { database, seals, gate, access, ownIssuer, outside } = this.#parts
    const parts = { database, seals, gate, access, ownIssuer, outside }
    const request = new Request({ ...parts, id, caller, language, operation })
    await request.admit()
    // The gate may have taken long enough for the token to be revoked.
    this.#admitted(connection)
    return request
  }

  #logSubscription({ id, caller }: Request, { operationName }: ExecutionArgs): void {
    const operation = operationName?.slice(0, 100) ?? null
    this.#parts.log.info(
      { requestId: id, tenant: caller.tenantSlug, caller: caller.kind, operation, type: 'subscription' },
      'operation',
    )
  }
}

/** Why a subscription didn't start; it is told as an error of the operation, and not as an answer of it. */
class Unstarted extends Error {
  readonly errors: readonly GraphQLError[]

  constructor(errors: readonly GraphQLError[]) {
    super('the subscription did not start')
    this.errors = errors
  }
}

/** What is wrong with the variables, as it is told. */
class WrongVariables extends Error {
  readonly problems: readonly GraphQLFormattedError[]

  constructor(problems: readonly GraphQLFormattedError[]) {
    super('the variables are not as declared')
    this.problems = problems
  }
}

function requireVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  language: Language,
): void {
  const problems = variableProblems(schema, operation, variables, language, wordsOf(schema))
  if (problems.length > 0) throw new WrongVariables(problems)
}
