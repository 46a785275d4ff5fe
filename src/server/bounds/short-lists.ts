import type { Variables } from './cost-plan.js'
import { DOCUMENT_LIMITS } from './limits.js'
import { OutOfBounds } from './out-of-bounds.js'

/** Lists anywhere in the variables, and how deep. Level by level and not by recursion: nobody knows yet how deep they go. */
export function requireShortLists(variables: Variables | null | undefined): void {
  let level: object[] = variables ? [variables] : []
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > DOCUMENT_LIMITS.variableDepth) throw new OutOfBounds('variableDepth')
    const below: object[] = []
    for (const each of level) {
      if (Array.isArray(each) && each.length > DOCUMENT_LIMITS.listEntries)
        throw new OutOfBounds('listEntries')
      for (const value of Object.values(each)) if (typeof value === 'object' && value) below.push(value)
    }
    level = below
  }
}
