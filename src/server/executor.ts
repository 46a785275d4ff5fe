import type { ApolloServerOptionsWithGateway } from '@apollo/server'
import {
  type DocumentNode,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  OperationTypeNode,
  visit,
} from 'graphql'
import { buildExecutionContext } from 'graphql/execution/execute.js'
import type { RequestContext } from '../tenancy/index.js'
import { executeFields, executeInTurn } from './execution.js'
import { type Kept, OperationPlan, type Run } from './execution-plan.js'

/** Runs a validated operation: graphql-js's `execute`, or what answers alike. */
export type Execute = (args: ExecutionArgs) => Promise<ExecutionResult> | ExecutionResult

/** `compiled` is the usual one; `reference` is graphql-js itself, to compare with and to fall back on. */
export type ExecutorKind = 'compiled' | 'reference'

/** One executor for one schema. */
export const executorOf = (kind: ExecutorKind): Execute => (kind === 'compiled' ? compiled() : execute)

/**
 * Plans of one document. 32: sixteen operations with a condition each, which is more than a client sends; whoever sends
 * more pays for planning anew.
 */
const MAX_PLANS = 32
/**
 * Fields of all plans. 100,000, at half a kilobyte each: a plan may have thousands of times what its document weighs, so
 * that documents alone, bounded as they are, don't bound it. Past that all are forgotten, and made again as they are needed.
 */
const MAX_FIELDS = 100_000

interface Plans {
  /** Variables that decide on `@skip` and `@include`, and so on the plan. */
  readonly conditions: readonly string[]
  readonly byKey: Map<string, OperationPlan>
}

/**
 * Executes by plans, which are made the first time that a document is run and last as long as the document, if there is
 * room for all of them.
 */
function compiled(): Execute {
  let known = new WeakMap<DocumentNode, Plans>()
  let kept: Kept = { fields: 0 }
  return args => {
    const context = buildExecutionContext(args)
    if (!('schema' in context)) return { errors: context }
    if (kept.fields > MAX_FIELDS) {
      known = new WeakMap()
      kept = { fields: 0 }
    }
    let plans = known.get(args.document)
    if (!plans)
      known.set(args.document, (plans = { conditions: conditionsOf(args.document), byKey: new Map() }))
    return run({ ...context, args: [] }, planFor(plans, context, kept))
  }
}

function conditionsOf(document: DocumentNode): string[] {
  const names = new Set<string>()
  visit(document, {
    Directive: ({ arguments: given = [] }) => {
      for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value)
    },
  })
  return [...names]
}

function planFor(
  { conditions, byKey }: Plans,
  { operation, variableValues }: Omit<Run, 'args'>,
  kept: Kept,
): OperationPlan {
  const values = conditions.map(name => variableValues[name])
  const key =
    conditions.length === 0 ? (operation.name?.value ?? '') : JSON.stringify([operation.name?.value, values])
  let plan = byKey.get(key)
  if (!plan) {
    if (byKey.size >= MAX_PLANS) byKey.clear()
    byKey.set(key, (plan = new OperationPlan(kept)))
  }
  return plan
}

function run(run: Run, plan: OperationPlan): Promise<ExecutionResult> | ExecutionResult {
  const failed = (error: unknown): ExecutionResult => {
    run.collectedErrors.add(error as GraphQLError, undefined)
    return answer(run, null)
  }
  try {
    const data = begin(run, plan)
    return data instanceof Promise ? data.then(settled => answer(run, settled), failed) : answer(run, data)
  } catch (error) {
    return failed(error)
  }
}

function begin(run: Run, plan: OperationPlan): unknown {
  const { schema, operation, rootValue } = run
  const type = schema.getRootType(operation.operation)
  if (!type)
    throw new GraphQLError(`Schema is not configured to execute ${operation.operation} operation.`, {
      nodes: operation,
    })
  const selection = plan.rootOf(run, type)
  return operation.operation === OperationTypeNode.MUTATION
    ? executeInTurn(run, selection)
    : executeFields(run, selection, rootValue, undefined)
}

function answer({ collectedErrors: { errors } }: Run, data: unknown): ExecutionResult {
  const result = { data: data as ExecutionResult['data'] }
  return errors.length === 0 ? result : { errors, ...result }
}

/** Apollo's seam for an executor other than its own: it takes a gateway, which brings the schema and executes by itself. */
export function executeWith(
  schema: GraphQLSchema,
  execute: Execute,
): ApolloServerOptionsWithGateway<RequestContext>['gateway'] {
  let tell: (context: { apiSchema: GraphQLSchema; coreSupergraphSdl: string }) => void = () => undefined
  return {
    onSchemaLoadOrUpdate: listener => {
      tell = listener
      return () => undefined
    },
    load: async () => {
      tell({ apiSchema: schema, coreSupergraphSdl: '' })
      return {
        executor: async ({ document, context, request: { variables, operationName } }) =>
          execute({ schema, document, contextValue: context, variableValues: variables, operationName }),
      }
    },
    stop: async () => undefined,
  }
}
