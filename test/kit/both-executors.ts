import { isDeepStrictEqual } from 'node:util'
import { type ExecutionArgs, type ExecutionResult, Kind, OperationTypeNode } from 'graphql'
import { type Execute, executorOf } from '../../src/server/index.js'

/** What two executors made of one operation, where it isn't the same. */
export interface Difference {
  readonly document: string
  readonly compiled: string
  readonly reference: string
}

/**
 * Executes every query, and every frame of a subscription, twice in the same view, by the compiled executor and by
 * graphql-js, and keeps what differs; mutations once. Sealed cursors and links are made anew each time, so there only their
 * being there counts. What an app was shown is noted twice.
 */
export class BothExecutors {
  readonly differences: Difference[] = []
  /** Executed by both. */
  compared = 0
  readonly #compiled = executorOf('compiled')
  readonly #reference = executorOf('reference')

  readonly execute: Execute = async args => {
    const compiled = await this.#compiled(args)
    if (isMutation(args)) return compiled
    const reference = await this.#reference(args)
    this.compared += 1
    if (!isDeepStrictEqual(told(compiled), told(reference)))
      this.differences.push({
        document: args.document.loc?.source.body ?? '',
        compiled: JSON.stringify(told(compiled)),
        reference: JSON.stringify(told(reference)),
      })
    return compiled
  }
}

function isMutation({ document }: ExecutionArgs): boolean {
  return document.definitions.some(
    each => each.kind === Kind.OPERATION_DEFINITION && each.operation === OperationTypeNode.MUTATION,
  )
}

/**
 * All that can be seen of an answer, the order of its keys included; of errors also what they came of and which fields they
 * are of. Errors stand by their places: which of two fields fails first depends on whether the other's rows are there.
 */
export function told({ data, errors }: ExecutionResult): unknown {
  const failures = errors?.map((error): [place: string, ...rest: unknown[]] => [
    JSON.stringify(error.path ?? null),
    error.message,
    JSON.stringify(error.locations ?? null),
    error.extensions,
    error.nodes?.map(node => node.kind),
    error.originalError?.message,
  ])
  return [
    JSON.stringify(data, (key, value: unknown) => {
      if (typeof value !== 'string') return value
      return /cursor/i.test(key) ? 'a cursor' : value.replace(/(^https?:.*\/files\/)\S+$/, '$1a link')
    }),
    failures?.toSorted((one, other) => (one[0] < other[0] ? -1 : 1)),
  ]
}
