import type { Operation } from '../persistence/index.js'

/**
 * Misses whose breach this change made or judged itself: a finding that breaks a forbearance is its breach; one that was
 * withdrawn and turns out to be one after all is the same finding. Any other second one runs into the breach's key, and
 * takes its whole change back.
 */
const judged = new WeakMap<Operation, Set<string>>()

export const isJudged = (operation: Operation, obligationId: string): boolean =>
  judged.get(operation)?.has(obligationId) ?? false

export function markJudged(operation: Operation, obligationId: string): void {
  judged.set(operation, (judged.get(operation) ?? new Set()).add(obligationId))
}
