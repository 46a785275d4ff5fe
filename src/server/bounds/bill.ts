import { Failure } from '../../platform/failure.js'
import { type Allowance, takeAll } from './allowances.js'
import { actualCost, type CostPlan, requestedCost, type Variables } from './cost-plan.js'

/** `extensions.cost` of every answer. */
export interface CostAnswer {
  /** Points, before it was executed: as if every list were as long as it may be. */
  requested: number
  /** Points of what was answered; the difference is given back. */
  actual: number
  /** The most an operation may cost, which is what the caller's bucket holds. */
  limit: number
  /** What the caller's bucket holds now. */
  remaining: number
  /** Points that come back to it in a second. */
  restoreRate: number
}

/** What one operation costs: charged before it's executed, settled when its answer is there. */
export class Bill {
  readonly #allowance: Allowance
  readonly #plan: CostPlan | null
  readonly #requested: number
  #charged = 0

  /** `plan`: null for what never became an operation, and costs nothing. */
  constructor(allowance: Allowance, plan: CostPlan | null, variables: Variables) {
    this.#allowance = allowance
    this.#plan = plan
    this.#requested = plan ? requestedCost(plan, variables) : 0
  }

  /**
   * Takes what is requested, and counts fields at the root as requests: five hundred guesses under aliases are five hundred.
   * Throws COST_LIMIT_EXCEEDED for what may never be asked at once, RATE_LIMITED for what may be asked later.
   */
  charge(): void {
    const { cost, requests } = this.#allowance
    const limit = cost[0].capacity
    if (this.#requested > limit)
      throw new Failure('COST_LIMIT_EXCEEDED', {
        messageKey: 'COST_OVER_LIMIT',
        params: { requested: this.#requested, limit },
      })
    const more = (this.#plan?.rootFields ?? 0) - 1
    if (more > 0) takeAll(requests, more)
    takeAll(cost, this.#requested)
    this.#charged = this.#requested
  }

  /** Gives back what wasn't used. */
  settle(data: unknown): CostAnswer {
    const { cost } = this.#allowance
    const actual = this.#plan && this.#charged > 0 ? actualCost(this.#plan, data) : 0
    for (const bucket of cost) bucket.give(this.#charged - actual)
    this.#charged = actual
    return this.#answer(actual)
  }

  /** Of a frame: its subscription was charged once, and frames cost nothing. */
  frame(): CostAnswer {
    return this.#answer(0)
  }

  #answer(actual: number): CostAnswer {
    const [caller] = this.#allowance.cost
    return {
      requested: this.#requested,
      actual,
      limit: caller.capacity,
      remaining: caller.left(),
      restoreRate: caller.perSecond,
    }
  }
}
